/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_H
#define LINUX_SOCKET_H

#include "linux-address.h"
#include "linux-stack.h"

#include "ns3/event-id.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/udp-socket.h"

#include <vector>

namespace ns3
{

/** What the core tells of a socket: events of poll(2), as they happen. */
class LinuxSocketWatcher
{
      public:
	virtual ~LinuxSocketWatcher() = default;
	virtual void Happened(uint32_t events) = 0;
};

/** What kind of socket of Linux a factory makes. */
struct LinuxSocketKind {
	int type;
	int protocol;
	Socket::SocketType ns3Type;

	bool IsStream() const;
	bool IsDatagram() const;
	bool IsConnected() const;
};

/**
 * A socket of a node's Linux with the interface of ns3::Socket, for ns-3's own
 * applications. `Base` is Socket, or UdpSocket where applications look for one.
 *
 * ns-3 decides late whether a socket is of IPv4 or IPv6; Linux's is made when
 * the first address says so.
 */
template <class Base>
class LinuxSocketBase : public Base, public LinuxSocketWatcher
{
      public:
	LinuxSocketBase();
	~LinuxSocketBase() override;

	/** To be called once, by the factory. */
	void SetUp(Ptr<LinuxStack> stack, LinuxSocketKind kind);

	Socket::SocketErrno GetErrno() const override;
	Socket::SocketType GetSocketType() const override;
	Ptr<Node> GetNode() const override;
	int Bind(const Address &address) override;
	int Bind() override;
	int Bind6() override;
	int Close() override;
	int ShutdownSend() override;
	int ShutdownRecv() override;
	int Connect(const Address &address) override;
	int Listen() override;
	uint32_t GetTxAvailable() const override;
	int Send(Ptr<Packet> packet, uint32_t flags) override;
	int SendTo(Ptr<Packet> packet, uint32_t flags, const Address &to) override;
	uint32_t GetRxAvailable() const override;
	Ptr<Packet> Recv(uint32_t size, uint32_t flags) override;
	Ptr<Packet> RecvFrom(uint32_t size, uint32_t flags, Address &from) override;
	int GetSockName(Address &address) const override;
	int GetPeerName(Address &address) const override;
	void BindToNetDevice(Ptr<NetDevice> device) override;
	bool SetAllowBroadcast(bool allow) override;
	bool GetAllowBroadcast() const override;

	void Happened(uint32_t events) override;

      protected:
	void DoDispose() override;

	/** Whether there is a socket of Linux. */
	bool IsMade() const;
	/** Makes Linux's socket, of this family, unless there is one. 0 or a negative errno. */
	int Make(int family);
	/** Takes over a connection that was accepted. */
	void TakeOver(int core, int family);
	/** -1 and the errno, or what is not an error. */
	int Result(long result) const;
	int SetOption(int level, int name, int value);
	int GetOption(int level, int name) const;
	void BindToDevice();
	/** Options of a socket just made. */
	virtual void Configure();
	/** One more of the same class, for a connection. */
	virtual Ptr<LinuxSocketBase<Base>> Another() const = 0;

	Ptr<LinuxStack> m_stack;
	LinuxSocketKind m_kind;
	/** What the core calls the socket. */
	int m_core;
	int m_family;

      private:
	static const int NONE = -1;
	enum State { FRESH, LISTENING, CONNECTING, CONNECTED, CLOSING, CLOSED };

	void Handle();
	void ScheduleHandle();
	void AcceptAll();
	void FinishConnect();
	void Readable(uint32_t events);
	void Writable();
	bool Flush();
	void Release();
	/** Options of ns3::Socket that differ from what Linux was told. */
	void ApplyOptions();
	long SendMessage(const uint8_t *data, size_t size, const LinuxAddress *to);
	void AddTags(Ptr<Packet> packet, struct msghdr &message) const;
	uint32_t DeviceNumber(int ifIndex) const;

	State m_state;
	mutable Socket::SocketErrno m_errno;
	bool m_allowBroadcast;
	/** A call has found no room; NotifySend() is owed. */
	bool m_blocked;
	bool m_shutSend, m_shutRecv;
	/** The other side has sent all that it will. */
	bool m_ended;
	/** NotifyNormalClose() or NotifyErrorClose() was called. */
	bool m_closeNotified;
	/** Bytes for NotifyDataSent(). */
	uint32_t m_sent;
	/** What of the latest packet Linux had no room for. */
	std::vector<uint8_t> m_rest;
	EventId m_event;
	/** What Linux was told of the options that ns3::Socket keeps. */
	struct {
		int priority, tos, ttl, tclass, hopLimit;
		int recvTos, recvTtl, recvTclass, recvHopLimit, recvPktInfo;
	} m_known;
};

/** TCP, SCTP and DCCP. */
class LinuxSocket : public LinuxSocketBase<Socket>
{
      public:
	static TypeId GetTypeId();

      protected:
	Ptr<LinuxSocketBase<Socket>> Another() const override;
};

class LinuxUdpSocket : public LinuxSocketBase<UdpSocket>
{
      public:
	static TypeId GetTypeId();

	int MulticastJoinGroup(uint32_t interface, const Address &group) override;
	int MulticastLeaveGroup(uint32_t interface, const Address &group) override;

      protected:
	void Configure() override;
	Ptr<LinuxSocketBase<UdpSocket>> Another() const override;

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

/** IP with a protocol of the application's. */
class LinuxRawSocket : public LinuxSocketBase<Socket>
{
      public:
	static TypeId GetTypeId();

      protected:
	void Configure() override;
	Ptr<LinuxSocketBase<Socket>> Another() const override;

      private:
	void SetProtocol(uint16_t protocol);
	uint16_t GetProtocol() const;

	uint32_t m_icmpFilter;
	bool m_ipHeaderInclude;
};

} // namespace ns3

#endif
