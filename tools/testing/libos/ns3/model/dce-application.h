/* SPDX-License-Identifier: GPL-2.0 */

#ifndef DCE_APPLICATION_H
#define DCE_APPLICATION_H

#include "linux-stack.h"

#include "ns3/application.h"
#include "ns3/traced-callback.h"

#include <string>
#include <vector>

namespace ns3
{

/** What is known of a program that was started; see DceManagerHelper::GetProcStatus(). */
struct ProcStatus {
	uint32_t node;
	uint32_t pid;
	std::string command;
	/** Simulated time. */
	Time started, ended;
	/** Wall time since the first of them was started, in seconds. */
	double wallStarted, wallEnded;
	bool running;
	/** As in wait(2). */
	int status;

	uint32_t GetNode() const;
	uint32_t GetPid() const;
	std::string GetCmdLine() const;
	int GetExitCode() const;
	int64_t GetSimulatedStartTime() const;
	int64_t GetSimulatedEndTime() const;
	double GetRealDuration() const;
};

/** A program of a node with Linux, unmodified, between StartTime and StopTime. */
class DceApplication : public Application
{
      public:
	static TypeId GetTypeId();
	DceApplication();

	void SetBinary(const std::string &binary);
	void SetArguments(const std::vector<std::string> &arguments);
	void SetEnvironment(const std::vector<std::string> &environment);
	void SetStdinFile(const std::string &file);
	void SetUid(uint32_t uid);
	void SetGid(uint32_t gid);
	void SetStackSize(uint64_t bytes);
	void SetFinishedCallback(Callback<void, uint16_t, int> finished);

	/** Its number on the node; 0 before it is started. */
	uint32_t GetPid() const;
	/** All that were started in this run, in order. */
	static std::vector<ProcStatus> GetProcStatus();

	/** Of the trace ProcessStarted. */
	typedef void (*StartedCallback)(uint16_t pid);
	/** Of the trace Exit. */
	typedef void (*ExitCallback)(uint16_t pid, int status);

      protected:
	void DoDispose() override;

      private:
	void StartApplication() override;
	void StopApplication() override;
	void Ended(int status);

	std::string m_binary;
	std::vector<std::string> m_arguments;
	std::vector<std::string> m_environment;
	std::string m_stdin;
	uint32_t m_uid, m_gid;
	uint64_t m_stack;
	Callback<void, uint16_t, int> m_finished;

	Ptr<LinuxStack> m_linux;
	uint32_t m_pid;
	/** Where it is in the list of those that were started. */
	size_t m_record;
	TracedCallback<uint16_t> m_started;
	TracedCallback<uint16_t, int> m_exited;
};

} // namespace ns3

#endif
