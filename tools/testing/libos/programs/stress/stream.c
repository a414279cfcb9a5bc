// SPDX-License-Identifier: GPL-2.0
/* Blocks with a checksum, sent and received by all calls that can, and waited for in all ways. */

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/uio.h>

#include "stress.h"

enum { LONGEST = 16384, LARGEST_DATAGRAM = 1400 };

struct head {
	uint32_t length, sum;
	uint64_t seed;
};

bool is_end(int error)
{
	switch (error) {
	case ECONNRESET:
	case ECONNREFUSED:
	case ECONNABORTED:
	case EPIPE:
	case ENOTCONN:
	case ETIMEDOUT:
		return true;
	}
	return false;
}

static uint32_t fill(unsigned char *bytes, size_t length, uint64_t state)
{
	uint32_t sum = length;

	for (size_t i = 0; i < length; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = state >> 56;
		sum = sum * 31 + bytes[i];
	}
	return sum;
}

static size_t make(unsigned char *block, size_t longest)
{
	size_t length = below(4) ? below(200) : below(longest - sizeof(struct head));
	struct head head = {.length = length, .seed = next_random()};

	head.sum = fill(block + sizeof(head), length, head.seed);
	memcpy(block, &head, sizeof(head));
	return sizeof(head) + length;
}

/* Whether what came is what such a head stands for. */
static void check(const unsigned char *block, const unsigned char *sent, size_t length)
{
	static _Thread_local unsigned char again[LONGEST];
	struct head head;

	memcpy(&head, block, sizeof(head));
	if (memcmp(block, sent, length))
		fail("%zu bytes came back changed", length);
	if (head.length != length - sizeof(head) || fill(again, head.length, head.seed) != head.sum)
		fail("a block does not fit its checksum");
}

/* ---- waiting ---- */

static void by_poll(int fd, bool reading)
{
	struct pollfd ready = {.fd = fd, .events = reading ? POLLIN : POLLOUT};
	struct timespec hour = {.tv_sec = 3600};

	if ((below(2) ? poll(&ready, 1, -1) : ppoll(&ready, 1, &hour, NULL)) != 1)
		fail("poll: %s", strerror(errno));
	if (ready.revents & POLLNVAL)
		fail("poll: POLLNVAL of %d", fd);
}

static void by_select(int fd, bool reading)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (select(fd + 1, reading ? &set : NULL, reading ? NULL : &set, NULL, NULL) != 1)
		fail("select: %s", strerror(errno));
	if (!FD_ISSET(fd, &set))
		fail("select: %d is not among the ready", fd);
}

static void by_epoll(int fd, bool reading)
{
	static const unsigned int modes[] = {0, EPOLLET, EPOLLONESHOT};
	struct epoll_event event = {.events = reading ? EPOLLIN : EPOLLOUT, .data.fd = fd}, seen;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	event.events |= modes[below(3)];
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		fail("epoll_ctl: %s", strerror(errno));
	if (epoll_wait(epoll, &seen, 1, -1) != 1 || seen.data.fd != fd)
		fail("epoll_wait: %s", strerror(errno));
	close(epoll);
}

void await(int fd, bool reading)
{
	switch (below(3)) {
	case 0:
		return by_poll(fd, reading);
	case 1:
		if (fd < FD_SETSIZE)
			return by_select(fd, reading);
		/* fall through */
	default:
		return by_epoll(fd, reading);
	}
}

/* ---- sending and receiving ---- */

static long send_some(int fd, const void *bytes, size_t length, int flags)
{
	struct iovec pieces[2] = {{(void *)bytes, length / 2},
				  {(char *)bytes + length / 2, length - length / 2}};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = pieces, .msg_iovlen = 2}};

	flags |= MSG_NOSIGNAL;
	switch (below(4)) {
	case 0:
		return send(fd, bytes, length, flags);
	case 1:
		return sendto(fd, bytes, length, flags, NULL, 0);
	case 2:
		return sendmsg(fd, &message.msg_hdr, flags);
	default:
		return sendmmsg(fd, &message, 1, flags) == 1 ? (long)message.msg_len : -1;
	}
}

static long receive_some(int fd, void *bytes, size_t length, int flags)
{
	struct iovec pieces[2] = {{bytes, length / 2},
				  {(char *)bytes + length / 2, length - length / 2}};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = pieces, .msg_iovlen = 2}};

	switch (below(flags ? 3 : 5)) {
	case 0:
		return recv(fd, bytes, length, flags);
	case 1:
		return recvmsg(fd, &message.msg_hdr, flags);
	case 2:
		return recvmmsg(fd, &message, 1, flags, NULL) == 1 ? (long)message.msg_len : -1;
	case 3:
		return read(fd, bytes, length);
	default:
		return readv(fd, pieces, 2);
	}
}

/* A call that would wait is made again when the descriptor is ready. */
static bool again(int fd, bool reading)
{
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	await(fd, reading);
	return true;
}

static bool send_all(int fd, const unsigned char *bytes, size_t length)
{
	int flags = below(2) ? MSG_DONTWAIT : 0;

	for (size_t sent = 0; sent < length;) {
		long n = send_some(fd, bytes + sent, 1 + below(length - sent), flags);

		if (n < 0 && !again(fd, false)) {
			if (!is_end(errno))
				fail("send: %s", strerror(errno));
			return false;
		}
		sent += n > 0 ? n : 0;
	}
	return true;
}

static bool receive_all(int fd, unsigned char *bytes, size_t length)
{
	int flags = below(2) ? MSG_DONTWAIT : 0;

	for (size_t received = 0; received < length;) {
		if (!flags && below(2))
			await(fd, true);
		long n = receive_some(fd, bytes + received, length - received, flags);

		if (n == 0)
			return false;
		if (n < 0 && !again(fd, true)) {
			if (!is_end(errno))
				fail("receive: %s", strerror(errno));
			return false;
		}
		received += n > 0 ? n : 0;
	}
	return true;
}

bool exchange(int fd, int rounds)
{
	static _Thread_local unsigned char out[LONGEST], in[LONGEST];

	for (int i = 0; i < rounds && !shared->stops; i++) {
		size_t length = make(out, LONGEST);

		step("exchanges blocks");
		if (!send_all(fd, out, length) || !receive_all(fd, in, length))
			return false;
		check(in, out, length);
	}
	return true;
}

bool through(int to, int from, bool datagrams)
{
	static _Thread_local unsigned char out[LONGEST], in[LONGEST];
	size_t length = make(out, datagrams ? LARGEST_DATAGRAM : 2000);

	if (write(to, out, length) != (long)length) {
		if (!is_end(errno))
			fail("write: %s", strerror(errno));
		return false;
	}
	if (below(2))
		await(from, true);
	for (size_t received = 0; received < length;) {
		long n = read(from, in + received, sizeof(in) - received);

		if (n <= 0) {
			if (n < 0 && !is_end(errno))
				fail("read: %s", strerror(errno));
			return false;
		}
		received += n;
	}
	check(in, out, length);
	return true;
}

void echo(int fd)
{
	static _Thread_local unsigned char bytes[LONGEST];

	for (;;) {
		step("echoes");
		long n = recv(fd, bytes, sizeof(bytes), 0);

		if (n > 0 && !send_all(fd, bytes, n))
			return;
		if (n == 0)
			return;
		if (n < 0 && errno != EINTR) {
			if (!is_end(errno))
				fail("recv: %s", strerror(errno));
			return;
		}
	}
}
