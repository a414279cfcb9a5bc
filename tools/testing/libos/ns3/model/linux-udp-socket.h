/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_UDP_SOCKET_H
#define LINUX_UDP_SOCKET_H

#include "linux-socket-of.h"

#include "ns3/udp-socket.h"

namespace ns3
{

class LinuxUdpSocket : public LinuxSocketOf<UdpSocket>
{
      public:
	static TypeId GetTypeId();

	int MulticastJoinGroup(uint32_t interface, const Address &group) override;
	int MulticastLeaveGroup(uint32_t interface, const Address &group) override;

      protected:
	void Configure() override;
	Ptr<LinuxSocketOf<UdpSocket>> Another() const override;

      private:
	int ChangeGroup(uint32_t interface, const Address &group, int name4, int name6);

	void SetRcvBufSize(uint32_t size) override;
	uint32_t GetRcvBufSize() const override;
	void SetIpMulticastTtl(uint8_t ttl) override;
	uint8_t GetIpMulticastTtl() const override;
	void SetIpMulticastIf(int32_t interface) override;
	int32_t GetIpMulticastIf() const override;
	void SetIpMulticastLoop(bool loop) override;
	bool GetIpMulticastLoop() const override;
	void SetMtuDiscover(bool discover) override;
	bool GetMtuDiscover() const override;

	uint32_t m_rcvBufSize;
	uint8_t m_multicastTtl;
	int32_t m_multicastIf;
	bool m_multicastLoop;
	bool m_mtuDiscover;
};

} // namespace ns3

#endif
