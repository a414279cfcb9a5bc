/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_BASE_H
#define LINUX_SOCKET_BASE_H

#include "linux-address.h"
#include "linux-stack.h"

#include "ns3/event-id.h"
#include "ns3/packet.h"
#include "ns3/socket.h"

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

	bool IsDatagram() const;
	bool IsConnected() const;
};

/** The options that ns3::Socket keeps, which Linux is told. Negative is what Linux decides. */
struct LinuxSocketOptions {
	int priority, tos, ttl, tclass, hopLimit;
	int recvTos, recvTtl, recvTclass, recvHopLimit, recvPktInfo;
};

/**
 * A socket of a node's Linux, as an ns3::Socket wants it; LinuxSocketOf makes it one. Its functions
 * do what those of the same names in ns3::Socket are to do, and its application is told by the
 * pure virtual ones.
 *
 * ns-3 decides late whether a socket is of IPv4 or IPv6; Linux's is made when
 * the first address says so.
 */
class LinuxSocketBase : public LinuxSocketWatcher
{
      public:
	/** `socket` is what applications have. */
	explicit LinuxSocketBase(Socket &socket);
	~LinuxSocketBase() override;

	/** To be called once, by the factory. */
	void SetUp(Ptr<LinuxStack> stack, LinuxSocketKind kind);

	void Happened(uint32_t events) override;

      protected:
	/* linux-socket-base.cc: Linux's socket, and what it refuses. */

	/** Whether there is a socket of Linux. */
	bool IsMade() const;
	/** Makes Linux's socket, of this family, unless there is one. 0 or a negative errno. */
	int Make(int family);
	/** Takes over a connection that `listening` has accepted. */
	void TakeOver(const LinuxSocketBase &listening, int core);
	void Release();
	/** -1 and the errno, or what is not an error. */
	int Result(long result) const;

	/* linux-socket-options.cc */

	int SetOption(int level, int name, int value);
	int GetOption(int level, int name) const;
	/** Options of a socket just made. */
	virtual void Configure();
	void BindToDevice();
	bool SetAllowBroadcast(bool allow);

	/* linux-socket-names.cc */

	int Bind(const Address &address);
	int GetSockName(Address &address) const;
	int GetPeerName(Address &address) const;

	/* linux-socket-connection.cc */

	int Connect(const Address &address);
	int Listen();
	int ShutdownSend();
	int ShutdownRecv();
	int Close();

	/* linux-socket-data.cc */

	uint32_t GetTxAvailable() const;
	int SendTo(Ptr<Packet> packet, const Address &to);
	uint32_t GetRxAvailable() const;
	Ptr<Packet> RecvFrom(uint32_t size, uint32_t flags, Address &from);

	/* linux-socket-events.cc */

	/** Looks soon at what has happened. */
	void ScheduleHandle();

	/** What ns3::Socket has now. */
	virtual LinuxSocketOptions GetOptions() const = 0;
	virtual void ConnectionSucceeded() = 0;
	virtual void ConnectionFailed() = 0;
	/** Somebody has connected; `core` is what the core calls the connection. */
	virtual void Accepted(int core) = 0;
	virtual void DataSent(uint32_t size) = 0;
	virtual void Room(uint32_t size) = 0;
	virtual void DataReceived() = 0;
	virtual void NormalClose() = 0;
	virtual void ErrorClose() = 0;

	Ptr<LinuxStack> m_stack;
	LinuxSocketKind m_kind;
	/** What the core calls the socket. */
	int m_core;
	int m_family;
	mutable Socket::SocketErrno m_errno;
	bool m_allowBroadcast;

      private:
	static constexpr int NONE = -1;
	/** What one call receives at most: all of any datagram. */
	static constexpr size_t LARGEST = 65536;
	enum State { FRESH, LISTENING, CONNECTING, CONNECTED, CLOSING, CLOSED };

	void ApplyOptions();
	void AcceptAll();
	void FinishConnect();
	long SendMessage(const uint8_t *data, size_t size, const LinuxAddress *to);
	bool Flush();
	/** Drops what has come. */
	void Discard();
	void Handle();
	void Writable();
	void Readable(uint32_t events);

	Socket &m_socket;
	State m_state;
	/** A call has found no room; Room() is owed. */
	bool m_blocked;
	bool m_shutSend, m_shutRecv;
	/** The other side has sent all that it will. */
	bool m_ended;
	/** NormalClose() or ErrorClose() was called. */
	bool m_closeNotified;
	/** Bytes for DataSent(). */
	uint32_t m_sent;
	/** What of the latest packet Linux had no room for. */
	std::vector<uint8_t> m_rest;
	EventId m_event;
	/** What Linux was told. */
	LinuxSocketOptions m_known;
};

} // namespace ns3

#endif
