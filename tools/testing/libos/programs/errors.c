// SPDX-License-Identifier: GPL-2.0
/* What goes wrong with sockets, and how that is told. */

#include <poll.h>
#include <sys/mman.h>

#include "say.h"

static void non_blocking_connect(void)
{
	struct sockaddr_in there = loopback(7001), nobody = loopback(7002);
	int listener = listening(7001), error = -1;
	socklen_t len = sizeof(error);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	printf("a connect that does not wait\n");
	SAY(accept4(bound(SOCK_STREAM, 7003), NULL, NULL, 0));
	SAY(connect(fd, AT(there)));
	SAY(poll(&ready, 1, 10000));
	IS(ready.revents == POLLOUT);
	SAY(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	printf("error: %d\n", error);
	SAY(connect(fd, AT(there)));
	SAY(connect(fd, AT(there)));
	close(fd);
	close(listener);

	printf("a connect that does not wait, to nobody\n");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ready.fd = fd;
	SAY(connect(fd, AT(nobody)));
	SAY(poll(&ready, 1, 10000));
	IS(ready.revents & POLLERR);
	SAY(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	printf("error: %s\n", strerrorname_np(error));
	close(fd);

	printf("an accept that does not wait\n");
	listener = listening(7004);
	SAY(fcntl(listener, F_SETFL, O_NONBLOCK));
	SAY(accept(listener, NULL, NULL));
	close(listener);
}

static void addresses(void)
{
	struct sockaddr_in there = loopback(7011), foreign = loopback(7012);
	int listener = listening(7011), fd = socket(AF_INET, SOCK_STREAM, 0);

	printf("addresses\n");
	SAY(bind(fd, AT(there)));
	foreign.sin_addr.s_addr = htonl(0x0a636363);
	SAY(bind(fd, AT(foreign)));
	SAY(connect(fd, AT(foreign)));
	there.sin_family = AF_INET6;
	SAY(bind(fd, AT(there)));
	SAY(connect(fd, AT(there)));
	there = loopback(7013);
	SAY(bind(fd, (struct sockaddr *)&there, 5));
	SAY(connect(fd, AT(there)));
	SAY(bind(fd, AT(there)));
	SAY(bind(fd, AT(there)));
	close(fd);
	close(listener);
}

static void not_connected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	char text[8];

	printf("not connected\n");
	SAY(send(fd, "x", 1, MSG_NOSIGNAL));
	SAY(recv(fd, text, sizeof(text), 0));
	SAY(shutdown(fd, SHUT_RDWR));
	SAY(getpeername(fd, (struct sockaddr *)&name, &len));
	SAY(getsockname(fd, (struct sockaddr *)&name, &len));
	SAY(accept(fd, NULL, NULL));
	SAY(lseek(fd, 0, SEEK_SET));
	SAY(read(fd, text, sizeof(text)));
	close(fd);
}

static void no_socket(void)
{
	struct sockaddr_in there = loopback(7001);
	int pipes[2], value;
	socklen_t len = sizeof(value);
	char text[8];

	printf("no descriptor\n");
	SAY(bind(-1, AT(there)));
	SAY(listen(500, 1));
	SAY(send(-1, "x", 1, 0));
	SAY(recv(500, text, sizeof(text), 0));
	SAY(close(500));
	SAY(getsockopt(-1, SOL_SOCKET, SO_ERROR, &value, &len));
	printf("no socket\n");
	if (pipe(pipes))
		return;
	SAY(connect(pipes[0], AT(there)));
	SAY(accept(pipes[0], NULL, NULL));
	SAY(send(pipes[1], "x", 1, 0));
	SAY(getsockopt(pipes[1], SOL_SOCKET, SO_ERROR, &value, &len));
}

static void bad_pointers(void)
{
	char *nothing = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *constant = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr *address = (struct sockaddr *)nothing;
	struct msghdr message = {.msg_iov = (struct iovec *)nothing, .msg_iovlen = 1};
	socklen_t len = 4;
	int ends[2];
	char text[8];

	printf("bad pointers\n");
	tcp_pair(7021, ends);
	SAY(send(ends[0], nothing, 10, 0));
	SAY(send(ends[0], NULL, 10, 0));
	SAY(recv(ends[1], text, sizeof(text), MSG_DONTWAIT));
	SAY(send(ends[0], "abc", 3, 0));
	SAY(recv(ends[1], text, 3, MSG_PEEK | MSG_WAITALL));
	SAY(recv(ends[1], constant, 3, 0));
	SAY(recv(ends[1], nothing, 3, 0));
	/* What could not be delivered is still there. */
	SAY(recv(ends[1], text, sizeof(text), 0));
	say_bytes(text, 3);
	SAY(bind(ends[0], address, sizeof(struct sockaddr_in)));
	SAY(connect(ends[0], address, sizeof(struct sockaddr_in)));
	SAY(getsockname(ends[0], address, &len));
	SAY(getsockname(ends[0], (struct sockaddr *)text, (socklen_t *)nothing));
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, nothing, 4));
	SAY(getsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, nothing, &len));
	SAY(sendmsg(ends[0], &message, 0));
	SAY(sendmsg(ends[0], (struct msghdr *)nothing, 0));
	SAY(recvmsg(ends[0], (struct msghdr *)nothing, MSG_DONTWAIT));
	SAY(write(ends[0], nothing, 1));
	SAY(send(ends[0], "still alive", 11, 0));
	SAY(recv(ends[1], text, 5, MSG_WAITALL));
	say_bytes(text, 5);
}

static void wrong_kinds(void)
{
	printf("kinds of sockets that do not exist\n");
	OK(socket(AF_INET, 77, 0));
	OK(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	OK(socket(222, SOCK_STREAM, 0));
	OK(socket(AF_INET, SOCK_STREAM | 0x100000, 0));
}

int main(void)
{
	non_blocking_connect();
	addresses();
	not_connected();
	no_socket();
	bad_pointers();
	wrong_kinds();
	return done();
}
