/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-socket.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LinuxSocket);

TypeId LinuxSocket::GetTypeId()
{
	static TypeId tid = TypeId("ns3::LinuxSocket")
				    .SetParent<Socket>()
				    .SetGroupName("LibOS")
				    .AddConstructor<LinuxSocket>();
	return tid;
}

Ptr<LinuxSocketOf<Socket>> LinuxSocket::Another() const
{
	return CreateObject<LinuxSocket>();
}

} // namespace ns3
