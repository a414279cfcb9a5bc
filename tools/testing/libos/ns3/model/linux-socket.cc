/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-socket.h"

#include "ns3/boolean.h"
#include "ns3/fatal-error.h"
#include "ns3/integer.h"
#include "ns3/ipv4-packet-info-tag.h"
#include "ns3/ipv6-packet-info-tag.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/dccp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace ns3
{

/* What one call receives at most: all of any datagram. */
static const size_t LARGEST = 65536;
static const int BACKLOG = 128;
/* What our SOCK_DCCP connections are for; both sides must say the same. */
static const int DCCP_SERVICE = 0x6e733300;
/* Of Linux's socket options, which C libraries name only in part. */
static const int ICMP_FILTER_OPTION = 1;

static Socket::SocketErrno ToErrno(int errnum)
{
	switch (errnum) {
	case 0:
		return Socket::ERROR_NOTERROR;
	case EISCONN:
		return Socket::ERROR_ISCONN;
	case ENOTCONN:
	case EDESTADDRREQ:
	case EPIPE:
		return Socket::ERROR_NOTCONN;
	case EMSGSIZE:
		return Socket::ERROR_MSGSIZE;
	case EAGAIN:
	case EINPROGRESS:
	case ENOBUFS:
		return Socket::ERROR_AGAIN;
	case ESHUTDOWN:
		return Socket::ERROR_SHUTDOWN;
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
		return Socket::ERROR_OPNOTSUPP;
	case EAFNOSUPPORT:
		return Socket::ERROR_AFNOSUPPORT;
	case EBADF:
		return Socket::ERROR_BADF;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		return Socket::ERROR_NOROUTETOHOST;
	case ENODEV:
	case ENXIO:
		return Socket::ERROR_NODEV;
	case EADDRNOTAVAIL:
		return Socket::ERROR_ADDRNOTAVAIL;
	case EADDRINUSE:
		return Socket::ERROR_ADDRINUSE;
	default:
		return Socket::ERROR_INVAL;
	}
}

bool LinuxSocketKind::IsStream() const
{
	return type == SOCK_STREAM;
}

bool LinuxSocketKind::IsDatagram() const
{
	return type == SOCK_DGRAM || type == SOCK_RAW;
}

bool LinuxSocketKind::IsConnected() const
{
	return !IsDatagram();
}

template <class Base>
LinuxSocketBase<Base>::LinuxSocketBase()
    : m_kind(), m_core(NONE), m_family(AF_UNSPEC), m_state(FRESH), m_errno(Socket::ERROR_NOTERROR),
      m_allowBroadcast(false), m_blocked(false), m_shutSend(false), m_shutRecv(false),
      m_ended(false), m_closeNotified(false), m_sent(0), m_known()
{
}

template <class Base>
bool LinuxSocketBase<Base>::IsMade() const
{
	return m_core != NONE;
}

template <class Base>
LinuxSocketBase<Base>::~LinuxSocketBase()
{
	Release();
}

template <class Base>
void LinuxSocketBase<Base>::DoDispose()
{
	Release();
	m_stack = nullptr;
	Base::DoDispose();
}

template <class Base>
void LinuxSocketBase<Base>::Release()
{
	m_event.Cancel();
	m_state = CLOSED;
	if (IsMade() && m_stack && m_stack->IsUp())
		libos_socket_close(m_core);
	m_core = NONE;
}

template <class Base>
void LinuxSocketBase<Base>::SetUp(Ptr<LinuxStack> stack, LinuxSocketKind kind)
{
	m_stack = stack;
	m_kind = kind;
}

template <class Base>
int LinuxSocketBase<Base>::Result(long result) const
{
	if (result >= 0)
		return result;
	m_errno = ToErrno(-result);
	return -1;
}

/* The node is gone when its simulation has ended, though an application may still have us. */
template <class Base>
int LinuxSocketBase<Base>::Make(int family)
{
	if (IsMade())
		return m_stack->IsUp() ? 0 : -ENETDOWN;
	if (m_state == CLOSED || !m_stack || !m_stack->IsUp())
		return -EBADF;
	int made = libos_socket(m_stack->Core(), family, m_kind.type, m_kind.protocol,
				static_cast<LinuxSocketWatcher *>(this));
	if (made < 0)
		return made;
	m_core = made;
	m_family = family;
	Configure();
	return 0;
}

template <class Base>
void LinuxSocketBase<Base>::TakeOver(int core, int family)
{
	m_core = core;
	m_family = family;
	m_state = CONNECTED;
	libos_socket_watch(core, static_cast<LinuxSocketWatcher *>(this));
}

template <class Base>
void LinuxSocketBase<Base>::Configure()
{
	/* ns-3 keeps the two apart, and applications bind one of each to a port. */
	if (m_family == AF_INET6)
		SetOption(IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (m_kind.type == SOCK_DCCP)
		SetOption(SOL_DCCP, DCCP_SOCKOPT_SERVICE, htonl(DCCP_SERVICE));
	if (m_allowBroadcast)
		SetOption(SOL_SOCKET, SO_BROADCAST, 1);
	BindToDevice();
}

template <class Base>
int LinuxSocketBase<Base>::SetOption(int level, int name, int value)
{
	return libos_socket_setsockopt(m_core, level, name, &value, sizeof(value));
}

template <class Base>
int LinuxSocketBase<Base>::GetOption(int level, int name) const
{
	int value = 0;
	int size = sizeof(value);
	int failed = libos_socket_getsockopt(m_core, level, name, &value, &size);
	return failed ? failed : value;
}

template <class Base>
void LinuxSocketBase<Base>::BindToDevice()
{
	if (!IsMade() || !this->m_boundnetdevice)
		return;
	int32_t interface = m_stack->GetInterface(this->m_boundnetdevice);
	if (interface < 0)
		NS_FATAL_ERROR("the device is none of node " << m_stack->GetNode()->GetId());
	SetOption(SOL_SOCKET, SO_BINDTOIFINDEX, m_stack->GetIfIndex(interface));
}

template <class Base>
void LinuxSocketBase<Base>::BindToNetDevice(Ptr<NetDevice> device)
{
	Base::BindToNetDevice(device);
	BindToDevice();
}

template <class Base>
bool LinuxSocketBase<Base>::SetAllowBroadcast(bool allow)
{
	m_allowBroadcast = allow;
	return !IsMade() || SetOption(SOL_SOCKET, SO_BROADCAST, allow) == 0;
}

template <class Base>
bool LinuxSocketBase<Base>::GetAllowBroadcast() const
{
	return m_allowBroadcast;
}

template <class Base>
void LinuxSocketBase<Base>::ApplyOptions()
{
	auto apply = [this](int &known, int wanted, int level, int name) {
		if (known != wanted && SetOption(level, name, wanted) == 0)
			known = wanted;
	};
	apply(m_known.priority, this->GetPriority(), SOL_SOCKET, SO_PRIORITY);
	if (m_family == AF_INET) {
		apply(m_known.tos, this->GetIpTos(), IPPROTO_IP, IP_TOS);
		if (this->IsManualIpTtl())
			apply(m_known.ttl, this->GetIpTtl(), IPPROTO_IP, IP_TTL);
		apply(m_known.recvTos, this->IsIpRecvTos(), IPPROTO_IP, IP_RECVTOS);
		apply(m_known.recvTtl, this->IsIpRecvTtl(), IPPROTO_IP, IP_RECVTTL);
		apply(m_known.recvPktInfo, this->IsRecvPktInfo(), IPPROTO_IP, IP_PKTINFO);
	} else {
		if (this->IsManualIpv6Tclass())
			apply(m_known.tclass, this->GetIpv6Tclass(), IPPROTO_IPV6, IPV6_TCLASS);
		if (this->IsManualIpv6HopLimit())
			apply(m_known.hopLimit, this->GetIpv6HopLimit(), IPPROTO_IPV6,
			      IPV6_UNICAST_HOPS);
		apply(m_known.recvTclass, this->IsIpv6RecvTclass(), IPPROTO_IPV6, IPV6_RECVTCLASS);
		apply(m_known.recvHopLimit, this->IsIpv6RecvHopLimit(), IPPROTO_IPV6,
		      IPV6_RECVHOPLIMIT);
		apply(m_known.recvPktInfo, this->IsRecvPktInfo(), IPPROTO_IPV6, IPV6_RECVPKTINFO);
	}
}

template <class Base>
Socket::SocketErrno LinuxSocketBase<Base>::GetErrno() const
{
	return m_errno;
}

template <class Base>
Socket::SocketType LinuxSocketBase<Base>::GetSocketType() const
{
	return m_kind.ns3Type;
}

template <class Base>
Ptr<Node> LinuxSocketBase<Base>::GetNode() const
{
	return m_stack->GetNode();
}

/* ---- addresses and connections ---- */

template <class Base>
int LinuxSocketBase<Base>::Bind(const Address &address)
{
	if (!LinuxAddress::IsMatchingType(address))
		return Result(-EAFNOSUPPORT);
	LinuxAddress own(address);
	int failed = Make(own.Family());
	return Result(failed ? failed : libos_socket_bind(m_core, own.Data(), own.Size()));
}

template <class Base>
int LinuxSocketBase<Base>::Bind()
{
	return Bind(LinuxAddress(AF_INET).ToAddress());
}

template <class Base>
int LinuxSocketBase<Base>::Bind6()
{
	return Bind(LinuxAddress(AF_INET6).ToAddress());
}

template <class Base>
int LinuxSocketBase<Base>::Listen()
{
	/* Applications listen on whatever socket they have, also of UDP. */
	if (!m_kind.IsConnected())
		return 0;
	int failed = Make(AF_INET);
	failed = failed ? failed : libos_socket_listen(m_core, BACKLOG);
	if (!failed)
		m_state = LISTENING;
	return Result(failed);
}

template <class Base>
int LinuxSocketBase<Base>::Connect(const Address &address)
{
	if (!LinuxAddress::IsMatchingType(address))
		return Result(-EAFNOSUPPORT);
	LinuxAddress to(address);
	int failed = Make(to.Family());
	if (!failed) {
		ApplyOptions();
		failed = libos_socket_connect(m_core, to.Data(), to.Size());
	}
	if (failed == -EINPROGRESS) {
		m_state = CONNECTING;
		return 0;
	}
	if (failed) {
		Base::NotifyConnectionFailed();
		return Result(failed);
	}
	if (m_kind.IsConnected()) {
		m_state = CONNECTING;
		ScheduleHandle();
	} else {
		m_state = CONNECTED;
		Base::NotifyConnectionSucceeded();
	}
	return 0;
}

template <class Base>
int LinuxSocketBase<Base>::Close()
{
	if (m_state == CLOSED || m_state == CLOSING)
		return Result(-EBADF);
	if (m_rest.empty()) {
		Release();
	} else {
		/* Until the rest is sent the socket keeps itself. */
		m_state = CLOSING;
		this->Ref();
	}
	return 0;
}

template <class Base>
int LinuxSocketBase<Base>::ShutdownSend()
{
	m_shutSend = true;
	if (m_kind.IsConnected() && m_state == CONNECTED && m_rest.empty())
		return Result(libos_socket_shutdown(m_core, SHUT_WR));
	return 0;
}

/* Linux would still take what comes, or give up connecting; ns-3 means that nobody will read. */
template <class Base>
int LinuxSocketBase<Base>::ShutdownRecv()
{
	m_shutRecv = true;
	if (IsMade())
		ScheduleHandle();
	return 0;
}

template <class Base>
int LinuxSocketBase<Base>::GetSockName(Address &address) const
{
	LinuxAddress own(m_family == AF_UNSPEC ? AF_INET : m_family);
	int failed = 0;
	if (IsMade())
		failed = libos_socket_name(m_core, false, own.Data(), sizeof(sockaddr_storage));
	if (!failed)
		address = own.ToAddress();
	return Result(failed);
}

template <class Base>
int LinuxSocketBase<Base>::GetPeerName(Address &address) const
{
	LinuxAddress peer(m_family);
	int failed = -ENOTCONN;
	if (IsMade())
		failed = libos_socket_name(m_core, true, peer.Data(), sizeof(sockaddr_storage));
	if (!failed)
		address = peer.ToAddress();
	return Result(failed);
}

/* ---- sending ---- */

template <class Base>
uint32_t LinuxSocketBase<Base>::GetTxAvailable() const
{
	if (!IsMade())
		return LARGEST;
	if (!m_rest.empty())
		return 0;
	int queued = 0;
	int room = GetOption(SOL_SOCKET, SO_SNDBUF);
	libos_socket_ioctl(m_core, SIOCOUTQ, &queued);
	return std::max(0, room - queued);
}

template <class Base>
long LinuxSocketBase<Base>::SendMessage(const uint8_t *data, size_t size, const LinuxAddress *to)
{
	struct iovec piece = {const_cast<uint8_t *>(data), size};
	struct msghdr message = {};
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	if (to) {
		message.msg_name = const_cast<void *>(to->Data());
		message.msg_namelen = to->Size();
	}
	return libos_socket_sendmsg(m_core, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

template <class Base>
int LinuxSocketBase<Base>::Send(Ptr<Packet> packet, uint32_t flags)
{
	return SendTo(packet, flags, Address());
}

/*
 * As ns-3's sockets do it, a packet is taken whole or not at all. Of what Linux
 * takes in part, the rest is kept until there is room for it.
 */
template <class Base>
int LinuxSocketBase<Base>::SendTo(Ptr<Packet> packet, uint32_t, const Address &address)
{
	static std::vector<uint8_t> buffer;
	bool named = !address.IsInvalid();
	if (named && !LinuxAddress::IsMatchingType(address))
		return Result(-EAFNOSUPPORT);
	LinuxAddress to(address);
	int failed = named ? Make(to.Family()) : (IsMade() ? 0 : -ENOTCONN);
	if (!failed && (m_shutSend || m_state == CLOSING))
		failed = -ESHUTDOWN;
	if (!failed && (!m_rest.empty() || m_state == CONNECTING))
		failed = -EAGAIN;
	if (failed) {
		m_blocked = true;
		return Result(failed);
	}
	ApplyOptions();
	size_t size = packet->GetSize();
	buffer.resize(std::max<size_t>(size, 1));
	packet->CopyData(buffer.data(), size);
	long sent = SendMessage(buffer.data(), size, named ? &to : nullptr);
	if (sent < 0) {
		m_blocked = true;
		return Result(sent);
	}
	if (size_t(sent) < size) {
		m_rest.assign(buffer.begin() + sent, buffer.begin() + size);
		m_blocked = true;
	}
	m_sent += size;
	ScheduleHandle();
	return size;
}

/* Whether nothing is left of the latest packet. */
template <class Base>
bool LinuxSocketBase<Base>::Flush()
{
	if (m_rest.empty())
		return true;
	long sent = SendMessage(m_rest.data(), m_rest.size(), nullptr);
	if (sent == -EAGAIN)
		return false;
	if (sent < 0)
		m_rest.clear(); /* The connection is gone, which its events tell. */
	else
		m_rest.erase(m_rest.begin(), m_rest.begin() + sent);
	return m_rest.empty();
}

/* ---- receiving ---- */

template <class Base>
uint32_t LinuxSocketBase<Base>::GetRxAvailable() const
{
	int available = 0;
	if (IsMade() && m_state != LISTENING)
		libos_socket_ioctl(m_core, FIONREAD, &available);
	return available;
}

template <class Base>
Ptr<Packet> LinuxSocketBase<Base>::Recv(uint32_t size, uint32_t flags)
{
	Address from;
	return RecvFrom(size, flags, from);
}

template <class Base>
Ptr<Packet> LinuxSocketBase<Base>::RecvFrom(uint32_t size, uint32_t flags, Address &from)
{
	static std::vector<uint8_t> buffer(LARGEST);
	if (!IsMade() || m_state == CLOSED || m_shutRecv) {
		Result(m_shutRecv ? -ESHUTDOWN : -ENOTCONN);
		return nullptr;
	}
	ApplyOptions();
	char control[256];
	LinuxAddress peer(m_family);
	struct iovec piece = {buffer.data(), std::min<size_t>(size, LARGEST)};
	struct msghdr message = {};
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	message.msg_name = peer.Data();
	message.msg_namelen = sizeof(sockaddr_storage);
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	long received =
		libos_socket_recvmsg(m_core, &message, MSG_DONTWAIT | int(flags & MSG_PEEK));
	if (Result(received) < 0)
		return nullptr;
	if (received == 0 && !m_kind.IsDatagram()) {
		m_ended = true;
		m_errno = Socket::ERROR_NOTERROR;
		return nullptr;
	}
	if (message.msg_namelen > 0)
		from = peer.ToAddress();
	else
		GetPeerName(from);
	Ptr<Packet> packet = Create<Packet>(buffer.data(), received);
	AddTags(packet, message);
	return packet;
}

template <class Base>
void LinuxSocketBase<Base>::AddTags(Ptr<Packet> packet, struct msghdr &message) const
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		const uint8_t *data = CMSG_DATA(c);
		bool ipv4 = c->cmsg_level == IPPROTO_IP, ipv6 = c->cmsg_level == IPPROTO_IPV6;
		if (ipv4 && c->cmsg_type == IP_TOS) {
			SocketIpTosTag tag;
			tag.SetTos(*data);
			packet->AddPacketTag(tag);
		} else if (ipv4 && c->cmsg_type == IP_TTL) {
			SocketIpTtlTag tag;
			tag.SetTtl(*data);
			packet->AddPacketTag(tag);
		} else if (ipv4 && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, data, sizeof(info));
			Ipv4PacketInfoTag tag;
			tag.SetAddress(Ipv4Address(ntohl(info.ipi_addr.s_addr)));
			tag.SetRecvIf(DeviceNumber(info.ipi_ifindex));
			packet->AddPacketTag(tag);
		} else if (ipv6 && c->cmsg_type == IPV6_TCLASS) {
			SocketIpv6TclassTag tag;
			tag.SetTclass(*data);
			packet->AddPacketTag(tag);
		} else if (ipv6 && c->cmsg_type == IPV6_HOPLIMIT) {
			SocketIpv6HopLimitTag tag;
			tag.SetHopLimit(*data);
			packet->AddPacketTag(tag);
		} else if (ipv6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, data, sizeof(info));
			Ipv6PacketInfoTag tag;
			tag.SetAddress(Ipv6Address::Deserialize(info.ipi6_addr.s6_addr));
			tag.SetRecvIf(DeviceNumber(info.ipi6_ifindex));
			packet->AddPacketTag(tag);
		}
	}
}

/* ns-3's number, in its node, of the device behind an interface. */
template <class Base>
uint32_t LinuxSocketBase<Base>::DeviceNumber(int ifIndex) const
{
	int32_t interface = m_stack->GetInterface(ifIndex);
	Ptr<LinuxDevice> device = interface > 0 ? m_stack->GetDevice(interface) : nullptr;
	return device ? device->GetDevice()->GetIfIndex() : 0;
}

/* ---- what happens ---- */

template <class Base>
void LinuxSocketBase<Base>::Happened(uint32_t)
{
	ScheduleHandle();
}

/* In an event of its own: the application may be in the middle of a call. */
template <class Base>
void LinuxSocketBase<Base>::ScheduleHandle()
{
	if (m_state != CLOSED && m_event.IsExpired())
		m_event = Simulator::ScheduleNow(&LinuxSocketBase<Base>::Handle,
						 Ptr<LinuxSocketBase<Base>>(this));
}

template <class Base>
void LinuxSocketBase<Base>::Handle()
{
	if (!IsMade() || !m_stack || !m_stack->IsUp())
		return;
	if (m_state == LISTENING) {
		AcceptAll();
		return;
	}
	uint32_t events = libos_socket_poll(m_core, POLLIN | POLLOUT | POLLRDHUP);
	if (m_state == CONNECTING && events & (POLLOUT | POLLERR | POLLHUP))
		FinishConnect();
	if (m_state == CONNECTING || m_state == CLOSED)
		return;
	if (events & POLLOUT)
		Writable();
	if (IsMade())
		Readable(events);
}

template <class Base>
void LinuxSocketBase<Base>::AcceptAll()
{
	while (m_state == LISTENING) {
		int core = libos_socket_accept(m_core);
		if (core < 0)
			return;
		Ptr<LinuxSocketBase<Base>> socket = Another();
		socket->SetUp(m_stack, m_kind);
		socket->TakeOver(core, m_family);
		Address from;
		socket->GetPeerName(from);
		if (!this->NotifyConnectionRequest(from)) {
			socket->Close();
			continue;
		}
		this->NotifyNewConnectionCreated(socket, from);
		socket->ScheduleHandle();
	}
}

template <class Base>
void LinuxSocketBase<Base>::FinishConnect()
{
	int failed = GetOption(SOL_SOCKET, SO_ERROR);
	if (failed) {
		Result(-failed);
		m_state = FRESH;
		this->NotifyConnectionFailed();
		return;
	}
	m_state = CONNECTED;
	this->NotifyConnectionSucceeded();
	if (m_state == CONNECTED && m_shutSend && m_rest.empty())
		libos_socket_shutdown(m_core, SHUT_WR);
}

template <class Base>
void LinuxSocketBase<Base>::Writable()
{
	if (!Flush())
		return;
	if (m_state == CLOSING) {
		Release();
		this->Unref();
		return;
	}
	if (m_blocked && m_shutSend && m_kind.IsConnected())
		libos_socket_shutdown(m_core, SHUT_WR);
	if (m_sent > 0) {
		uint32_t sent = m_sent;
		m_sent = 0;
		this->NotifyDataSent(sent);
	}
	if (m_blocked && m_state != CLOSED) {
		m_blocked = false;
		this->NotifySend(GetTxAvailable());
	}
}

template <class Base>
void LinuxSocketBase<Base>::Readable(uint32_t events)
{
	if (events & POLLIN && m_shutRecv) {
		m_shutRecv = false;
		while (Recv(LARGEST, 0))
			;
		m_shutRecv = true;
	} else if (events & POLLIN) {
		this->NotifyDataRecv();
	}
	if (!IsMade() || m_state == CLOSED || m_kind.IsDatagram() || m_closeNotified)
		return;
	if (events & POLLERR) {
		m_closeNotified = true;
		Result(-GetOption(SOL_SOCKET, SO_ERROR));
		this->NotifyErrorClose();
	} else if (events & (POLLRDHUP | POLLHUP) || m_ended) {
		m_closeNotified = true;
		this->NotifyNormalClose();
	}
}

template class LinuxSocketBase<Socket>;
template class LinuxSocketBase<UdpSocket>;

/* ---- the kinds ---- */

NS_OBJECT_ENSURE_REGISTERED(LinuxSocket);
NS_OBJECT_ENSURE_REGISTERED(LinuxUdpSocket);
NS_OBJECT_ENSURE_REGISTERED(LinuxRawSocket);

TypeId LinuxSocket::GetTypeId()
{
	static TypeId tid = TypeId("ns3::LinuxSocket")
				    .SetParent<Socket>()
				    .SetGroupName("LibOS")
				    .AddConstructor<LinuxSocket>();
	return tid;
}

Ptr<LinuxSocketBase<Socket>> LinuxSocket::Another() const
{
	return CreateObject<LinuxSocket>();
}

TypeId LinuxUdpSocket::GetTypeId()
{
	static TypeId tid = TypeId("ns3::LinuxUdpSocket")
				    .SetParent<UdpSocket>()
				    .SetGroupName("LibOS")
				    .AddConstructor<LinuxUdpSocket>();
	return tid;
}

Ptr<LinuxSocketBase<UdpSocket>> LinuxUdpSocket::Another() const
{
	return CreateObject<LinuxUdpSocket>();
}

void LinuxUdpSocket::Configure()
{
	LinuxSocketBase<UdpSocket>::Configure();
	SetRcvBufSize(m_rcvBufSize);
	SetIpMulticastTtl(m_multicastTtl);
	SetIpMulticastIf(m_multicastIf);
	SetIpMulticastLoop(m_multicastLoop);
	SetMtuDiscover(m_mtuDiscover);
}

int LinuxUdpSocket::MulticastJoinGroup(uint32_t interface, const Address &group)
{
	return ChangeGroup(interface, group, IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP);
}

int LinuxUdpSocket::MulticastLeaveGroup(uint32_t interface, const Address &group)
{
	return ChangeGroup(interface, group, IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP);
}

/* Interface 0 is any: the one with a route to the group. */
int LinuxUdpSocket::ChangeGroup(uint32_t interface, const Address &group, int name4, int name6)
{
	LinuxAddress address(group);
	int failed = Make(address.Family());
	if (failed)
		return Result(failed);
	int index = interface ? m_stack->GetIfIndex(interface) : 0;
	if (address.Family() == AF_INET) {
		struct ip_mreqn request = {};
		request.imr_multiaddr = static_cast<const sockaddr_in *>(address.Data())->sin_addr;
		request.imr_ifindex = index;
		return Result(libos_socket_setsockopt(m_core, IPPROTO_IP, name4, &request,
						      sizeof(request)));
	}
	struct ipv6_mreq request = {};
	request.ipv6mr_multiaddr = static_cast<const sockaddr_in6 *>(address.Data())->sin6_addr;
	request.ipv6mr_interface = index;
	return Result(
		libos_socket_setsockopt(m_core, IPPROTO_IPV6, name6, &request, sizeof(request)));
}

void LinuxUdpSocket::SetRcvBufSize(uint32_t size)
{
	m_rcvBufSize = size;
	if (IsMade())
		SetOption(SOL_SOCKET, SO_RCVBUF, size);
}

uint32_t LinuxUdpSocket::GetRcvBufSize() const
{
	return m_rcvBufSize;
}

/* 0 stands for Linux's own, which is 1. */
void LinuxUdpSocket::SetIpMulticastTtl(uint8_t ttl)
{
	m_multicastTtl = ttl;
	if (IsMade() && ttl > 0 && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MULTICAST_TTL, ttl);
	else if (IsMade() && ttl > 0)
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
}

uint8_t LinuxUdpSocket::GetIpMulticastTtl() const
{
	return m_multicastTtl;
}

void LinuxUdpSocket::SetIpMulticastIf(int32_t interface)
{
	m_multicastIf = interface;
	if (!IsMade() || interface < 1)
		return;
	int index = m_stack->GetIfIndex(interface);
	if (m_family == AF_INET6) {
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
		return;
	}
	struct ip_mreqn request = {};
	request.imr_ifindex = index;
	libos_socket_setsockopt(m_core, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request));
}

int32_t LinuxUdpSocket::GetIpMulticastIf() const
{
	return m_multicastIf;
}

void LinuxUdpSocket::SetIpMulticastLoop(bool loop)
{
	m_multicastLoop = loop;
	if (IsMade() && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MULTICAST_LOOP, loop);
	else if (IsMade())
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop);
}

bool LinuxUdpSocket::GetIpMulticastLoop() const
{
	return m_multicastLoop;
}

void LinuxUdpSocket::SetMtuDiscover(bool discover)
{
	m_mtuDiscover = discover;
	if (IsMade() && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MTU_DISCOVER,
			  discover ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

bool LinuxUdpSocket::GetMtuDiscover() const
{
	return m_mtuDiscover;
}

TypeId LinuxRawSocket::GetTypeId()
{
	static TypeId tid =
		TypeId("ns3::LinuxRawSocket")
			.SetParent<Socket>()
			.SetGroupName("LibOS")
			.AddConstructor<LinuxRawSocket>()
			.AddAttribute("Protocol",
				      "Protocol of IP, to be set before the socket is used.",
				      UintegerValue(0),
				      MakeUintegerAccessor(&LinuxRawSocket::SetProtocol,
							   &LinuxRawSocket::GetProtocol),
				      MakeUintegerChecker<uint16_t>(0, 255))
			.AddAttribute("IcmpFilter",
				      "Types of ICMP that are not received, a bit each.",
				      UintegerValue(0),
				      MakeUintegerAccessor(&LinuxRawSocket::m_icmpFilter),
				      MakeUintegerChecker<uint32_t>())
			.AddAttribute("IpHeaderInclude",
				      "Packets sent begin with their header of IPv4.",
				      BooleanValue(false),
				      MakeBooleanAccessor(&LinuxRawSocket::m_ipHeaderInclude),
				      MakeBooleanChecker());
	return tid;
}

Ptr<LinuxSocketBase<Socket>> LinuxRawSocket::Another() const
{
	return CreateObject<LinuxRawSocket>();
}

void LinuxRawSocket::SetProtocol(uint16_t protocol)
{
	if (IsMade() && protocol != m_kind.protocol)
		NS_FATAL_ERROR("the protocol of a raw socket cannot be changed once it is used");
	m_kind.protocol = protocol;
}

uint16_t LinuxRawSocket::GetProtocol() const
{
	return m_kind.protocol;
}

void LinuxRawSocket::Configure()
{
	if (m_family == AF_INET && m_ipHeaderInclude)
		SetOption(IPPROTO_IP, IP_HDRINCL, 1);
	if (m_family == AF_INET && m_icmpFilter)
		SetOption(SOL_RAW, ICMP_FILTER_OPTION, m_icmpFilter);
	BindToDevice();
}

} // namespace ns3
