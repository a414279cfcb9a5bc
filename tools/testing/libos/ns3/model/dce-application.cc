/* SPDX-License-Identifier: GPL-2.0 */

#include "dce-application.h"

#include "ns3/fatal-error.h"
#include "ns3/simulator.h"

#include <chrono>
#include <csignal>
#include <sys/wait.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(DceApplication);

namespace
{

using Clock = std::chrono::steady_clock;

/** Those that were started in this run. */
struct Records {
	std::vector<ProcStatus> all;
	Clock::time_point begin;

	double Now() const
	{
		return std::chrono::duration<double>(Clock::now() - begin).count();
	}
};

Records g_records;

/* A new run of the simulator has none. */
size_t Record(const ProcStatus &status)
{
	if (g_records.all.empty()) {
		g_records.begin = Clock::now();
		Simulator::ScheduleDestroy(+[]() { g_records.all.clear(); });
	}
	g_records.all.push_back(status);
	return g_records.all.size() - 1;
}

} // namespace

uint32_t ProcStatus::GetNode() const
{
	return node;
}

uint32_t ProcStatus::GetPid() const
{
	return pid;
}

std::string ProcStatus::GetCmdLine() const
{
	return command;
}

int ProcStatus::GetExitCode() const
{
	return running ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int64_t ProcStatus::GetSimulatedStartTime() const
{
	return started.GetNanoSeconds();
}

int64_t ProcStatus::GetSimulatedEndTime() const
{
	return ended.GetNanoSeconds();
}

double ProcStatus::GetRealDuration() const
{
	return wallEnded - wallStarted;
}

TypeId DceApplication::GetTypeId()
{
	static TypeId tid =
		TypeId("ns3::DceApplication")
			.SetParent<Application>()
			.SetGroupName("LibOS")
			.AddConstructor<DceApplication>()
			.AddTraceSource("ProcessStarted", "The program was started, with this pid.",
					MakeTraceSourceAccessor(&DceApplication::m_started),
					"ns3::DceApplication::StartedCallback")
			.AddTraceSource("Exit", "It has ended: its pid, and status as in wait(2).",
					MakeTraceSourceAccessor(&DceApplication::m_exited),
					"ns3::DceApplication::ExitCallback");
	return tid;
}

DceApplication::DceApplication() : m_uid(0), m_gid(0), m_stack(0), m_pid(0), m_record(0) {}

void DceApplication::DoDispose()
{
	m_linux = nullptr;
	Application::DoDispose();
}

void DceApplication::SetBinary(const std::string &binary)
{
	m_binary = binary;
}

void DceApplication::SetArguments(const std::vector<std::string> &arguments)
{
	m_arguments = arguments;
}

void DceApplication::SetEnvironment(const std::vector<std::string> &environment)
{
	m_environment = environment;
}

void DceApplication::SetStdinFile(const std::string &file)
{
	m_stdin = file;
}

void DceApplication::SetUid(uint32_t uid)
{
	m_uid = uid;
}

void DceApplication::SetGid(uint32_t gid)
{
	m_gid = gid;
}

void DceApplication::SetStackSize(uint64_t bytes)
{
	m_stack = bytes;
}

void DceApplication::SetFinishedCallback(Callback<void, uint16_t, int> finished)
{
	m_finished = finished;
}

uint32_t DceApplication::GetPid() const
{
	return m_pid;
}

std::vector<ProcStatus> DceApplication::GetProcStatus()
{
	return g_records.all;
}

/* Pointers into strings that stay, and a null. */
static std::vector<const char *> Pointers(const std::vector<std::string> &strings)
{
	std::vector<const char *> pointers;
	for (const std::string &string : strings)
		pointers.push_back(string.c_str());
	pointers.push_back(nullptr);
	return pointers;
}

void DceApplication::StartApplication()
{
	m_linux = LinuxStack::Of(GetNode());
	if (!m_linux)
		NS_FATAL_ERROR("node " << GetNode()->GetId() << " has no Linux for " << m_binary
				       << ": LinuxStackHelper gives it one");
	std::vector<const char *> arguments = Pointers(m_arguments);
	std::vector<const char *> environment = Pointers(m_environment);
	libos_program program = {m_binary.c_str(),
				 arguments.data(),
				 environment.data(),
				 m_stdin.empty() ? nullptr : m_stdin.c_str(),
				 m_uid,
				 m_gid,
				 m_stack};
	std::string command = m_binary;
	for (const std::string &argument : m_arguments)
		command += " " + argument;
	Time now = Simulator::Now();
	m_record =
		Record({GetNode()->GetId(), 0, command, now, Time(0), g_records.Now(), 0, true, 0});
	int pid = m_linux->Start(program, MakeCallback(&DceApplication::Ended, this));
	if (pid < 0)
		NS_FATAL_ERROR("node " << GetNode()->GetId() << ": " << m_binary << ": "
				       << libos_reason());
	m_pid = pid;
	g_records.all[m_record].pid = pid;
	m_started(m_pid);
}

void DceApplication::StopApplication()
{
	if (m_pid && m_linux && m_linux->IsUp() && g_records.all[m_record].running)
		libos_kill(m_linux->Core(), m_pid, SIGKILL);
}

void DceApplication::Ended(int status)
{
	ProcStatus &record = g_records.all[m_record];
	record.running = false;
	record.status = status;
	record.ended = Simulator::Now();
	record.wallEnded = g_records.Now();
	m_exited(m_pid, status);
	if (!m_finished.IsNull())
		m_finished(m_pid, status);
}

} // namespace ns3
