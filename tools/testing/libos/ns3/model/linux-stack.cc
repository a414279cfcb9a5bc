/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-stack.h"

#include "ns3/boolean.h"
#include "ns3/fatal-error.h"
#include "ns3/loopback-net-device.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LinuxStack);

TypeId LinuxStack::GetTypeId()
{
	static TypeId tid =
		TypeId("ns3::LinuxStack")
			.SetParent<Object>()
			.SetGroupName("LibOS")
			.AddConstructor<LinuxStack>()
			.AddAttribute(
				"Library",
				"The file liblinux.so; a name without a slash is looked for where "
				"make library leaves it, or is what LIBOS_LIBRARY says.",
				StringValue("liblinux.so"),
				MakeStringAccessor(&LinuxStack::m_library), MakeStringChecker())
			.AddAttribute(
				"Memory",
				"Memory of a node in MiB, a multiple of 4. Only what is touched "
				"costs anything.",
				UintegerValue(32), MakeUintegerAccessor(&LinuxStack::m_memory),
				MakeUintegerChecker<uint32_t>(16, 3840))
			.AddAttribute("CommandLine", "Parameters of the kernel.", StringValue(""),
				      MakeStringAccessor(&LinuxStack::m_commandLine),
				      MakeStringChecker())
			.AddAttribute(
				"LogLevel",
				"Least important level of the kernel's log that is printed, as "
				"in syslog(2).",
				UintegerValue(3), MakeUintegerAccessor(&LinuxStack::m_logLevel),
				MakeUintegerChecker<uint32_t>(0, 7))
			.AddAttribute("Trace",
				      "Whether each program's system calls, with their times, are "
				      "written to var/log/PID/syscalls.",
				      BooleanValue(false),
				      MakeBooleanAccessor(&LinuxStack::m_trace),
				      MakeBooleanChecker())
			.AddAttribute(
				"HugePages",
				"Whether the kernel's code is copied to huge pages: faster the "
				"more nodes there are, but profilers do not find its symbols "
				"then.",
				BooleanValue(true), MakeBooleanAccessor(&LinuxStack::m_hugePages),
				MakeBooleanChecker());
	return tid;
}

static const int NONE = -1;

/* A node has its addresses and routes when the simulation begins. What they have replaced, the
 * kernel frees when RCU lets it, some ticks later. */
static const Time CONFIGURED = MilliSeconds(100);

LinuxStack::LinuxStack() : m_core(NONE) {}

LinuxStack::~LinuxStack() {}

Ptr<LinuxStack> LinuxStack::Of(Ptr<Node> node)
{
	return node->GetObject<LinuxStack>();
}

void LinuxStack::NotifyNewAggregate()
{
	if (!m_node) {
		m_node = GetObject<Node>();
		if (m_node)
			Boot();
	}
	Object::NotifyNewAggregate();
}

void LinuxStack::Boot()
{
	LinuxSimulation::Begin(
		{m_library, m_memory, m_commandLine, m_logLevel, m_trace, m_hugePages});
	m_timer = Create<LinuxTimer>(m_node->GetId());
	m_core = libos_add_node(m_node->GetId(), this);
	if (m_core < 0)
		NS_FATAL_ERROR("node " << m_node->GetId() << ": " << libos_reason());
	m_timer->SetCore(m_core);
	m_node->RegisterDeviceAdditionListener(MakeCallback(&LinuxStack::AddDevice, this));
	Simulator::ScheduleWithContext(m_node->GetId(), CONFIGURED, &LinuxStack::GiveBack,
				       Ptr<LinuxStack>(this));
}

void LinuxStack::GiveBack()
{
	if (IsUp() && libos_give_back(m_core) < 0)
		NS_FATAL_ERROR(libos_reason());
}

void LinuxStack::AddDevice(Ptr<NetDevice> device)
{
	if (DynamicCast<LoopbackNetDevice>(device))
		return;
	std::string name = "sim" + std::to_string(m_devices.size());
	m_devices.push_back(Create<LinuxDevice>(m_core, device, name));
}

void LinuxStack::DoDispose()
{
	if (IsUp()) {
		m_node->UnregisterDeviceAdditionListener(
			MakeCallback(&LinuxStack::AddDevice, this));
		m_timer->Cancel();
		m_core = NONE;
	}
	for (const Ptr<LinuxDevice> &device : m_devices)
		device->Detach();
	m_devices.clear();
	m_watched.clear();
	m_node = nullptr;
	Object::DoDispose();
}

void LinuxStack::SysctlSet(const std::string &name, const std::string &value)
{
	if (libos_set_sysctl(m_core, name.c_str(), value.c_str()) < 0)
		NS_FATAL_ERROR(libos_reason());
}

std::string LinuxStack::SysctlGet(const std::string &name) const
{
	char text[4096];
	if (libos_sysctl(m_core, name.c_str(), text, sizeof(text)) < 0)
		NS_FATAL_ERROR(libos_reason());
	return text;
}

uint32_t LinuxStack::GetNInterfaces() const
{
	return 1 + m_devices.size();
}

int32_t LinuxStack::GetInterface(Ptr<const NetDevice> device) const
{
	for (size_t i = 0; i < m_devices.size(); i++)
		if (m_devices[i]->GetDevice() == device)
			return 1 + i;
	return -1;
}

Ptr<LinuxDevice> LinuxStack::GetDevice(uint32_t interface) const
{
	return interface >= 1 && interface <= m_devices.size() ? m_devices[interface - 1] : nullptr;
}

int LinuxStack::GetIfIndex(uint32_t interface) const
{
	static const int LOOPBACK = 1;
	Ptr<LinuxDevice> device = GetDevice(interface);
	return device ? device->GetIfIndex() : LOOPBACK;
}

int32_t LinuxStack::GetInterface(int ifIndex) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		if (GetIfIndex(i) == ifIndex)
			return i;
	return -1;
}

int LinuxStack::Start(const libos_program &program, Callback<void, int> ended)
{
	m_ended.clear();
	int pid = libos_start(m_core, &program);
	if (pid < 0)
		return pid;
	m_watched[pid] = ended;
	auto already = m_ended.find(pid);
	if (already != m_ended.end())
		Exited(pid, already->second);
	return pid;
}

/* Told in an event of its own: the core is in the middle of something. */
void LinuxStack::Exited(uint32_t pid, int status)
{
	auto watched = m_watched.find(pid);
	if (watched == m_watched.end()) {
		m_ended[pid] = status;
		return;
	}
	Callback<void, int> ended = watched->second;
	m_watched.erase(watched);
	Simulator::ScheduleNow([ended, status]() { ended(status); });
}

Ptr<Node> LinuxStack::GetNode() const
{
	return m_node;
}

bool LinuxStack::IsUp() const
{
	return m_core >= 0;
}

uint32_t LinuxStack::Core() const
{
	return m_core;
}

LinuxTimer &LinuxStack::Timer() const
{
	return *m_timer;
}

} // namespace ns3
