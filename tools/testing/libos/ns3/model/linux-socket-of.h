/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_OF_H
#define LINUX_SOCKET_OF_H

#include "linux-socket-base.h"

namespace ns3
{

/**
 * A socket of a node's Linux with the interface of ns3::Socket, for ns-3's own
 * applications. `Base` is Socket, or UdpSocket where applications look for one.
 */
template <class Base>
class LinuxSocketOf : public Base, public LinuxSocketBase
{
      public:
	LinuxSocketOf() : LinuxSocketBase(static_cast<Socket &>(*this)) {}

	Socket::SocketErrno GetErrno() const override
	{
		return m_errno;
	}

	Socket::SocketType GetSocketType() const override
	{
		return m_kind.ns3Type;
	}

	Ptr<Node> GetNode() const override
	{
		return m_stack->GetNode();
	}

	int Bind(const Address &address) override
	{
		return LinuxSocketBase::Bind(address);
	}

	int Bind() override
	{
		return Bind(LinuxAddress(AF_INET).ToAddress());
	}

	int Bind6() override
	{
		return Bind(LinuxAddress(AF_INET6).ToAddress());
	}

	int GetSockName(Address &address) const override
	{
		return LinuxSocketBase::GetSockName(address);
	}

	int GetPeerName(Address &address) const override
	{
		return LinuxSocketBase::GetPeerName(address);
	}

	void BindToNetDevice(Ptr<NetDevice> device) override
	{
		Base::BindToNetDevice(device);
		BindToDevice();
	}

	bool SetAllowBroadcast(bool allow) override
	{
		return LinuxSocketBase::SetAllowBroadcast(allow);
	}

	bool GetAllowBroadcast() const override
	{
		return m_allowBroadcast;
	}

	int Connect(const Address &address) override
	{
		return LinuxSocketBase::Connect(address);
	}

	int Listen() override
	{
		return LinuxSocketBase::Listen();
	}

	int ShutdownSend() override
	{
		return LinuxSocketBase::ShutdownSend();
	}

	int ShutdownRecv() override
	{
		return LinuxSocketBase::ShutdownRecv();
	}

	int Close() override
	{
		return LinuxSocketBase::Close();
	}

	uint32_t GetTxAvailable() const override
	{
		return LinuxSocketBase::GetTxAvailable();
	}

	int Send(Ptr<Packet> packet, uint32_t) override
	{
		return LinuxSocketBase::SendTo(packet, Address());
	}

	int SendTo(Ptr<Packet> packet, uint32_t, const Address &to) override
	{
		return LinuxSocketBase::SendTo(packet, to);
	}

	uint32_t GetRxAvailable() const override
	{
		return LinuxSocketBase::GetRxAvailable();
	}

	Ptr<Packet> Recv(uint32_t size, uint32_t flags) override
	{
		Address from;
		return LinuxSocketBase::RecvFrom(size, flags, from);
	}

	Ptr<Packet> RecvFrom(uint32_t size, uint32_t flags, Address &from) override
	{
		return LinuxSocketBase::RecvFrom(size, flags, from);
	}

      protected:
	/** One more of the same class, for a connection. */
	virtual Ptr<LinuxSocketOf<Base>> Another() const = 0;

	void DoDispose() override
	{
		Release();
		m_stack = nullptr;
		Base::DoDispose();
	}

      private:
	LinuxSocketOptions GetOptions() const override
	{
		LinuxSocketOptions options = {};
		options.priority = this->GetPriority();
		options.tos = this->GetIpTos();
		options.ttl = this->IsManualIpTtl() ? this->GetIpTtl() : -1;
		options.tclass = this->IsManualIpv6Tclass() ? this->GetIpv6Tclass() : -1;
		options.hopLimit = this->IsManualIpv6HopLimit() ? this->GetIpv6HopLimit() : -1;
		options.recvTos = this->IsIpRecvTos();
		options.recvTtl = this->IsIpRecvTtl();
		options.recvTclass = this->IsIpv6RecvTclass();
		options.recvHopLimit = this->IsIpv6RecvHopLimit();
		options.recvPktInfo = this->IsRecvPktInfo();
		return options;
	}

	void ConnectionSucceeded() override
	{
		this->NotifyConnectionSucceeded();
	}

	void ConnectionFailed() override
	{
		this->NotifyConnectionFailed();
	}

	void Accepted(int core) override
	{
		Ptr<LinuxSocketOf<Base>> socket = Another();
		socket->TakeOver(*this, core);
		Address from;
		socket->GetPeerName(from);
		if (!this->NotifyConnectionRequest(from)) {
			socket->Close();
			return;
		}
		this->NotifyNewConnectionCreated(socket, from);
		socket->ScheduleHandle();
	}

	void DataSent(uint32_t size) override
	{
		this->NotifyDataSent(size);
	}

	void Room(uint32_t size) override
	{
		this->NotifySend(size);
	}

	void DataReceived() override
	{
		this->NotifyDataRecv();
	}

	void NormalClose() override
	{
		this->NotifyNormalClose();
	}

	void ErrorClose() override
	{
		this->NotifyErrorClose();
	}
};

} // namespace ns3

#endif
