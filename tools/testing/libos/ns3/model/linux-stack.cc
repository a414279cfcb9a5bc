/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-stack.h"

#include "ns3/fatal-error.h"
#include "ns3/loopback-net-device.h"
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
			.AddAttribute("Library", "The file liblinux.so; a name without a slash is "
						 "looked for where make library leaves it.",
				      StringValue("liblinux.so"),
				      MakeStringAccessor(&LinuxStack::SetLibrary),
				      MakeStringChecker())
			.AddAttribute("Memory", "Memory of the node in MiB, a multiple of 4. Only what "
						"is touched costs anything.",
				      UintegerValue(64), MakeUintegerAccessor(&LinuxStack::m_memory),
				      MakeUintegerChecker<uint32_t>(16, 65536))
			.AddAttribute("CommandLine", "Parameters of the kernel.", StringValue(""),
				      MakeStringAccessor(&LinuxStack::m_commandLine),
				      MakeStringChecker());
	return tid;
}

LinuxStack::LinuxStack() : m_core(nullptr)
{
}

LinuxStack::~LinuxStack()
{
}

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
	m_timer = Create<LinuxTimer>(m_node->GetId());
	LinuxSimulation &simulation = LinuxSimulation::Get(m_library);
	m_core = libos_node_new(simulation.Core(), m_node->GetId(), size_t(m_memory) << 20,
				m_commandLine.c_str(), this);
	if (!m_core)
		NS_FATAL_ERROR("node " << m_node->GetId() << ": " << LinuxReason());
	m_node->RegisterDeviceAdditionListener(MakeCallback(&LinuxStack::AddDevice, this));
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
	if (m_core) {
		m_node->UnregisterDeviceAdditionListener(
			MakeCallback(&LinuxStack::AddDevice, this));
		for (const Ptr<LinuxDevice> &device : m_devices)
			device->Detach();
		m_timer->Cancel();
		libos_node_free(m_core);
		m_core = nullptr;
	}
	m_devices.clear();
	m_node = nullptr;
	Object::DoDispose();
}

void LinuxStack::SysctlSet(const std::string &name, const std::string &value)
{
	if (!libos_sysctl_set(m_core, name.c_str(), value.c_str()))
		NS_FATAL_ERROR("node " << m_node->GetId() << ": " << LinuxReason());
}

std::string LinuxStack::SysctlGet(const std::string &name) const
{
	char text[4096];
	if (!libos_sysctl_get(m_core, name.c_str(), text, sizeof(text)))
		NS_FATAL_ERROR("node " << m_node->GetId() << ": " << LinuxReason());
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

Ptr<Node> LinuxStack::GetNode() const
{
	return m_node;
}

libos_node *LinuxStack::Core() const
{
	return m_core;
}

LinuxTimer *LinuxStack::Timer() const
{
	return PeekPointer(m_timer);
}

} // namespace ns3
