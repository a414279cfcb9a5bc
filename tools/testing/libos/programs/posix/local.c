// SPDX-License-Identifier: GPL-2.0
/* Local sockets: streams, datagrams, names, passed descriptors. */

#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "say.h"

static struct sockaddr_un named(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	return name;
}

static void streams(void)
{
	struct sockaddr_un name = named("/tmp/libos-local-test");
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	char text[64];

	unlink(name.sun_path);
	SAY(bind(listener, AT(name)));
	SAY(bind(socket(AF_UNIX, SOCK_STREAM, 0), AT(name)));
	SAY(listen(listener, 4));
	fflush(stdout);
	if (!fork()) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, AT(name)) || write(fd, "hello", 5) != 5)
			_exit(1);
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	IS(fd >= 0);
	SAY(recv(fd, text, 5, MSG_WAITALL));
	say_bytes(text, 5);
	SAY(recv(fd, text, 1, 0));
	struct ucred peer;
	socklen_t len = sizeof(peer);
	SAY(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len));
	IS(peer.pid != getpid() && peer.uid == getuid());
	wait(NULL);
	struct stat about;
	SAY(stat(name.sun_path, &about));
	IS(S_ISSOCK(about.st_mode));
	SAY(unlink(name.sun_path));
	SAY(connect(socket(AF_UNIX, SOCK_STREAM, 0), AT(name)));
}

static void datagrams(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0libos"};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 6;
	int to = socket(AF_UNIX, SOCK_DGRAM, 0), from = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[64];

	SAY(bind(to, (struct sockaddr *)&name, len));
	SAY(sendto(from, "one", 3, 0, (struct sockaddr *)&name, len));
	SAY(sendto(from, "three", 5, 0, (struct sockaddr *)&name, len));
	SAY(recv(to, text, sizeof(text), 0));
	SAY(recv(to, text, 2, MSG_TRUNC));
	SAY(recv(to, text, sizeof(text), MSG_DONTWAIT));
}

/* Packets, in order; and pairs without a name. */
static void packets(void)
{
	int pair[2], kinds[] = {SOCK_SEQPACKET, SOCK_DGRAM};
	char text[8];

	for (int i = 0; i < 2; i++) {
		SAY(socketpair(AF_UNIX, kinds[i], 0, pair));
		SAY(send(pair[0], "one", 3, 0));
		SAY(send(pair[0], "three", 5, 0));
		SAY(recv(pair[1], text, sizeof(text), 0));
		SAY(recv(pair[1], text, 2, 0));
		SAY(shutdown(pair[0], SHUT_WR));
		SAY(recv(pair[1], text, sizeof(text), MSG_DONTWAIT));
		SAY(send(pair[0], "more", 4, MSG_NOSIGNAL));
		SAY(close(pair[0]));
		SAY(send(pair[1], "more", 4, MSG_NOSIGNAL));
		SAY(close(pair[1]));
	}
}

static void pass(int over, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = {}, byte = 'x';
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	SAY(sendmsg(over, &message, 0));
}

/* What recvmsg(2) returned, and the descriptor. */
static long take(int over, int *fd)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	long result = recvmsg(over, &message, 0);

	*fd = -1;
	if (CMSG_FIRSTHDR(&message))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*fd));
	return result;
}

static int passed(int over)
{
	int fd;

	SAY(take(over, &fd));
	return fd;
}

static void descriptors(void)
{
	int pair[2], ends[2];
	char text[8];

	SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	if (pipe(ends))
		OK(-1);
	fflush(stdout);
	if (!fork()) {
		/* Without a word: its parent writes at the same time. */
		int fd;

		_exit(take(pair[1], &fd) != 1 || write(fd, "by fork", 7) != 7);
	}
	pass(pair[0], ends[1]);
	SAY(read(ends[0], text, 7));
	say_bytes(text, 7);
	wait(NULL);
	/* The last one that has it is who it was passed to; and one that nobody takes is closed. */
	int tcp[2], got;
	tcp_pair(7001, tcp);
	pass(pair[0], tcp[0]);
	SAY(close(tcp[0]));
	SAY(send(tcp[1], "to whom it was passed", 21, 0));
	got = passed(pair[1]);
	SAY(recv(got, text, sizeof(text), 0));
	say_bytes(text, sizeof(text));
	pass(pair[0], got);
	SAY(close(got));
	SAY(recv(tcp[1], text, 1, MSG_DONTWAIT));
	SAY(close(pair[0]));
	SAY(close(pair[1]));
	SAY(recv(tcp[1], text, 1, 0));
}

int main(void)
{
	streams();
	datagrams();
	packets();
	descriptors();
	return done();
}
