/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_STACK_H
#define LINUX_STACK_H

#include "linux-device.h"
#include "linux-simulation.h"

#include "ns3/callback.h"
#include "ns3/node.h"
#include "ns3/object.h"

#include <map>
#include <vector>

namespace ns3
{

/**
 * The Linux of a node: an instance of liblinux.so under the simulator's clock.
 * Aggregated to a node, it boots; every device of the node becomes one of its
 * interfaces, sim0, sim1 and so on in their order.
 */
class LinuxStack : public Object
{
      public:
	static TypeId GetTypeId();
	LinuxStack();
	~LinuxStack() override;

	/** That of `node`, or null. */
	static Ptr<LinuxStack> Of(Ptr<Node> node);

	/** Sets a sysctl: "net.ipv4.ip_forward" or ".net.ipv4.ip_forward". */
	void SysctlSet(const std::string &name, const std::string &value);
	std::string SysctlGet(const std::string &name) const;

	/** Interfaces: 0 is lo, then the node's devices in their order. */
	uint32_t GetNInterfaces() const;
	/** -1 for a device that is not one. */
	int32_t GetInterface(Ptr<const NetDevice> device) const;
	/** Null for lo. */
	Ptr<LinuxDevice> GetDevice(uint32_t interface) const;
	/** The kernel's number of an interface. */
	int GetIfIndex(uint32_t interface) const;
	/** The reverse; -1 for what is not an interface of a device. */
	int32_t GetInterface(int ifIndex) const;

	/**
	 * Starts a program; calls `ended` with its status, as in wait(2), when it ends. Its
	 * number, or a negative errno.
	 */
	int Start(const libos_program &program, Callback<void, int> ended);
	/** From the core: a process has ended. */
	void Exited(uint32_t pid, int status);

	Ptr<Node> GetNode() const;
	/** Whether it has been booted, and not been disposed of. */
	bool IsUp() const;
	/** What the core calls the node. */
	uint32_t Core() const;
	/** The kernel's timer of this node. */
	LinuxTimer &Timer() const;

      protected:
	void NotifyNewAggregate() override;
	void DoDispose() override;

      private:
	void Boot();
	void GiveBack();
	void AddDevice(Ptr<NetDevice> device);

	/** Attributes. */
	std::string m_library;
	uint32_t m_memory;
	std::string m_commandLine;
	uint32_t m_logLevel;
	bool m_trace;
	bool m_hugePages;

	Ptr<Node> m_node;
	Ptr<LinuxTimer> m_timer;
	int m_core;
	std::vector<Ptr<LinuxDevice>> m_devices;
	std::map<uint32_t, Callback<void, int>> m_watched;
	/** Processes that have ended while one was being started: it may be among them. */
	std::map<uint32_t, int> m_ended;
};

} // namespace ns3

#endif
