// SPDX-License-Identifier: GPL-2.0
/* TCP: partial reads, the halves of a connection, and a lot of data. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "say.h"

static void partial_reads(int client, int server)
{
	char text[32];
	int waiting = -1;

	SAY(send(client, "0123456789", 10, 0));
	SAY(recv(server, text, 10, MSG_PEEK | MSG_WAITALL));
	SAY(ioctl(server, FIONREAD, &waiting));
	printf("waiting: %d\n", waiting);
	SAY(recv(server, text, 3, 0));
	say_bytes(text, 3);
	SAY(recv(server, text, 0, 0));
	SAY(recv(server, text, sizeof(text), 0));
	say_bytes(text, 7);
	SAY(recv(server, text, sizeof(text), MSG_DONTWAIT));
	SAY(send(client, "ab", 2, MSG_MORE));
	SAY(send(client, "cdef", 4, 0));
	SAY(recv(server, text, 6, MSG_WAITALL));
	say_bytes(text, 6);
	SAY(recv(server, text, sizeof(text), MSG_DONTWAIT | MSG_PEEK));
}

static void urgent_byte(int client, int server)
{
	char text[32];

	SAY(send(client, "xyz", 3, MSG_OOB));
	SAY(recv(server, text, 2, MSG_WAITALL));
	SAY(sockatmark(server));
	SAY(recv(server, text, 1, MSG_OOB));
	say_bytes(text, 1);
	SAY(recv(server, text, 1, MSG_OOB));
}

static void halves(int client, int server)
{
	char text[32];

	SAY(send(client, "last words", 10, 0));
	SAY(shutdown(client, SHUT_WR));
	SAY(send(client, "more", 4, MSG_NOSIGNAL));
	SAY(recv(server, text, 10, MSG_WAITALL));
	SAY(recv(server, text, sizeof(text), 0));
	SAY(recv(server, text, sizeof(text), 0));
	SAY(send(server, "an answer", 9, 0));
	SAY(recv(client, text, 9, MSG_WAITALL));
	say_bytes(text, 9);
	SAY(shutdown(client, SHUT_RD));
	SAY(recv(client, text, sizeof(text), 0));
	SAY(shutdown(server, SHUT_RDWR));
	SAY(recv(client, text, sizeof(text), 0));
	SAY(shutdown(server, 99));
	SAY(close(client));
	SAY(close(server));
}

static int pipes;

static void count(int signal)
{
	pipes++;
}

/* Data that nobody reads resets the connection; then sending is SIGPIPE. */
static void reset(void)
{
	int ends[2], error = -1;
	socklen_t len = sizeof(error);
	char text[8];

	tcp_pair(7002, ends);
	SAY(send(ends[0], "unread", 6, 0));
	SAY(recv(ends[1], text, 6, MSG_PEEK | MSG_WAITALL));
	SAY(close(ends[1]));
	struct pollfd ready = {.fd = ends[0], .events = POLLIN | POLLOUT};
	SAY(poll(&ready, 1, 10000));
	IS(ready.revents & POLLERR);
	IS(ready.revents & POLLHUP);
	SAY(getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &error, &len));
	printf("error: %s\n", strerrorname_np(error));
	SAY(recv(ends[0], text, sizeof(text), 0));
	signal(SIGPIPE, count);
	SAY(send(ends[0], "x", 1, 0));
	printf("SIGPIPE: %d\n", pipes);
	SAY(send(ends[0], "x", 1, MSG_NOSIGNAL));
	printf("SIGPIPE: %d\n", pipes);
	close(ends[0]);
}

enum { LOT = 4 << 20 };

static char byte_at(size_t at)
{
	return at * 2654435761u >> 13;
}

static void *send_a_lot(void *fd)
{
	static char data[LOT];
	size_t sent = 0;

	for (size_t i = 0; i < LOT; i++)
		data[i] = byte_at(i);
	while (sent < LOT) {
		long n = send(*(int *)fd, data + sent, LOT - sent, 0);
		if (n <= 0)
			break;
		sent += n;
	}
	shutdown(*(int *)fd, SHUT_WR);
	return (void *)sent;
}

static void a_lot(void)
{
	static char data[LOT + 1];
	size_t received = 0, wrong = 0;
	pthread_t sender;
	void *sent;
	int ends[2];
	long n;

	tcp_pair(7003, ends);
	pthread_create(&sender, NULL, send_a_lot, &ends[0]);
	while ((n = recv(ends[1], data + received, sizeof(data) - received, 0)) > 0)
		received += n;
	pthread_join(sender, &sent);
	for (size_t i = 0; i < received; i++)
		wrong += data[i] != byte_at(i);
	printf("sent %zu, received %zu, wrong %zu\n", (size_t)sent, received, wrong);
}

int main(void)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	int ends[2];

	tcp_pair(7001, ends);
	SAY(getpeername(ends[0], (struct sockaddr *)&peer, &len));
	printf("peer of the client: %s %d\n", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
	partial_reads(ends[0], ends[1]);
	urgent_byte(ends[0], ends[1]);
	halves(ends[0], ends[1]);
	reset();
	a_lot();
	return done();
}
