/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes through a socket of Linux.
 */

#include "linux-socket-base.h"
#include "linux-socket-tags.h"

#include <algorithm>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace ns3
{

/* ---- sending ---- */

uint32_t LinuxSocketBase::GetTxAvailable() const
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

long LinuxSocketBase::SendMessage(const uint8_t *data, size_t size, const LinuxAddress *to)
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

/*
 * As ns-3's sockets do it, a packet is taken whole or not at all. Of what Linux
 * takes in part, the rest is kept until there is room for it.
 */
int LinuxSocketBase::SendTo(Ptr<Packet> packet, const Address &address)
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
bool LinuxSocketBase::Flush()
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

uint32_t LinuxSocketBase::GetRxAvailable() const
{
	int available = 0;
	if (IsMade() && m_state != LISTENING)
		libos_socket_ioctl(m_core, FIONREAD, &available);
	return available;
}

Ptr<Packet> LinuxSocketBase::RecvFrom(uint32_t size, uint32_t flags, Address &from)
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
	LinuxAddTags(packet, message, m_stack);
	return packet;
}

void LinuxSocketBase::Discard()
{
	Address from;
	m_shutRecv = false;
	while (RecvFrom(LARGEST, 0, from))
		;
	m_shutRecv = true;
}

} // namespace ns3
