// SPDX-License-Identifier: GPL-2.0
/* Descriptors that are sent over AF_UNIX sockets: SCM_RIGHTS. */

#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "say.h"

#define MOST 8

union control {
	char bytes[CMSG_SPACE(MOST * sizeof(int))];
	struct cmsghdr header;
};

struct message {
	struct msghdr header;
	struct iovec data;
	char byte;
	union control control;
};

/* A message with so many descriptors, or with room for them. */
static struct msghdr *prepare(struct message *message, const int *fds, int count)
{
	memset(message, 0, sizeof(*message));
	message->byte = 'x';
	message->data = (struct iovec){&message->byte, 1};
	message->header.msg_iov = &message->data;
	message->header.msg_iovlen = 1;
	message->header.msg_control = message->control.bytes;
	message->header.msg_controllen = CMSG_SPACE(count * sizeof(int));
	if (fds) {
		struct cmsghdr *header = CMSG_FIRSTHDR(&message->header);

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	return &message->header;
}

static long give(int socket, const int *fds, int count)
{
	struct message message;

	return sendmsg(socket, prepare(&message, fds, count), 0);
}

/* The descriptors that a message has brought. */
static int unpack(struct msghdr *header, int *fds)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	int count = 0;

	if (control && control->cmsg_type == SCM_RIGHTS) {
		count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(control), count * sizeof(int));
	}
	return count;
}

static int take(int socket, int *fds, int room, int flags)
{
	struct message message;

	if (recvmsg(socket, prepare(&message, NULL, room), flags) != 1)
		return -1;
	if (message.header.msg_flags & MSG_CTRUNC)
		printf("  truncated\n");
	return unpack(&message.header, fds);
}

static void channel(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		OK(-1);
}

static int wait_for(pid_t pid)
{
	int status = -1;

	IS(waitpid(pid, &status, 0) == pid);
	return status;
}

/* Text from one end of a connection to the other. */
static void talk(int from, int to)
{
	char text[16];

	SAY(send(from, "a word", 6, 0));
	long n = recv(to, text, sizeof(text), 0);
	say_bytes(text, n);
}

static void to_itself(void)
{
	int unix_pair[2], ends[2], got[MOST];

	printf("to itself\n");
	channel(unix_pair);
	tcp_pair(7001, ends);
	SAY(give(unix_pair[0], ends, 1));
	SAY(take(unix_pair[1], got, 1, 0));
	IS(got[0] != ends[0]);
	SAY(fcntl(got[0], F_GETFD));
	talk(got[0], ends[1]);
	/* Two descriptors of one file. */
	SAY(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	SAY(recv(got[0], &(char){0}, 1, 0));
	close(ends[0]);
	talk(ends[1], got[0]);
	close(got[0]);
	SAY(recv(ends[1], &(char){0}, 1, 0));
	SAY(give(unix_pair[0], ends, 1));
	close(ends[1]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* The receiver is a child of before there was a connection; the sender ends. */
static void to_a_child(void)
{
	int unix_pair[2], ends[2], got[MOST];

	printf("to a child\n");
	channel(unix_pair);
	pid_t child = fork();
	if (!child) {
		char text[16];

		if (take(unix_pair[1], got, 2, MSG_CMSG_CLOEXEC) != 1)
			_exit(1);
		if (fcntl(got[0], F_GETFD) != FD_CLOEXEC)
			_exit(2);
		_exit(recv(got[0], text, 5, MSG_WAITALL) != 5 || send(got[0], text, 5, 0) != 5);
	}
	tcp_pair(7002, ends);
	SAY(give(unix_pair[0], &ends[0], 1));
	close(ends[0]);
	close(unix_pair[0]);
	close(unix_pair[1]);
	SAY(send(ends[1], "child", 5, 0));
	char text[16];
	SAY(recv(ends[1], text, 5, MSG_WAITALL));
	say_bytes(text, 5);
	SAY(recv(ends[1], text, 1, 0));
	SAY(wait_for(child));
	close(ends[1]);
}

/* From a process that ends before anybody has received. */
static void from_the_dead(void)
{
	int unix_pair[2], ends[2], got[MOST];

	printf("from the dead\n");
	channel(unix_pair);
	pid_t child = fork();
	if (!child) {
		tcp_pair(7003, ends);
		_exit(give(unix_pair[0], ends, 2) != 1);
	}
	SAY(wait_for(child));
	SAY(take(unix_pair[1], got, 2, 0));
	talk(got[0], got[1]);
	close(got[0]);
	SAY(recv(got[1], &(char){0}, 1, 0));
	close(got[1]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* Sockets, an epoll instance, a pipe and a file in one message. */
static void mixed(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int unix_pair[2], ends[2], tube[2], got[MOST];
	char text[16] = "";

	printf("mixed\n");
	channel(unix_pair);
	tcp_pair(7004, ends);
	if (pipe(tube))
		OK(-1);
	int epoll = epoll_create1(0), file = open("/etc/passwd", O_RDONLY);
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event));
	int all[] = {tube[1], ends[0], file, epoll, ends[1]};
	SAY(give(unix_pair[0], all, 5));
	SAY(take(unix_pair[1], got, MOST, 0));
	SAY(epoll_wait(got[3], &event, 1, 0));
	SAY(write(got[0], "pipe", 4));
	SAY(read(tube[0], text, sizeof(text)));
	SAY(write(got[1], "socket", 6));
	SAY(epoll_wait(got[3], &event, 1, 1000));
	SAY(read(got[4], text, sizeof(text)));
	SAY(pread(got[2], text, 4, 0));
	say_bytes(text, 4);
	for (int i = 0; i < 5; i++) {
		close(all[i]);
		SAY(close(got[i]));
	}
	close(tube[0]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* Each look gives a descriptor, and taking the message another one. */
static void peeked(void)
{
	int unix_pair[2], ends[2], look[MOST], got[MOST];

	printf("peeked\n");
	channel(unix_pair);
	tcp_pair(7005, ends);
	SAY(give(unix_pair[0], ends, 1));
	close(ends[0]);
	SAY(take(unix_pair[1], look, 1, MSG_PEEK));
	talk(look[0], ends[1]);
	SAY(close(look[0]));
	SAY(take(unix_pair[1], look, 1, MSG_PEEK));
	SAY(take(unix_pair[1], got, 1, 0));
	SAY(close(look[0]));
	talk(got[0], ends[1]);
	SAY(close(got[0]));
	SAY(recv(ends[1], &(char){0}, 1, 0));
	close(ends[1]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* What there is no room for is closed. */
static void truncated(void)
{
	int unix_pair[2], first[2], second[2], got[MOST];

	printf("truncated\n");
	channel(unix_pair);
	tcp_pair(7006, first);
	tcp_pair(7007, second);
	int both[] = {first[0], second[0]};
	SAY(give(unix_pair[0], both, 2));
	close(first[0]);
	close(second[0]);
	struct message message;
	struct msghdr *header = prepare(&message, NULL, 1);
	header->msg_controllen = CMSG_LEN(sizeof(int));
	SAY(recvmsg(unix_pair[1], header, 0));
	IS(header->msg_flags & MSG_CTRUNC);
	SAY(unpack(header, got));
	talk(got[0], first[1]);
	SAY(recv(second[1], &(char){0}, 1, 0));
	close(got[0]);
	SAY(recv(first[1], &(char){0}, 1, 0));
	close(first[1]);
	close(second[1]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* Nobody takes the message: with the last socket, what is in it is closed. */
static void unread(void)
{
	int unix_pair[2], ends[2];

	printf("unread\n");
	for (int i = 0; i < 3; i++) {
		channel(unix_pair);
		tcp_pair(7008 + i, ends);
		SAY(give(unix_pair[0], ends, 1));
		close(ends[0]);
		SAY(recv(ends[1], &(char){0}, 1, MSG_DONTWAIT));
		close(unix_pair[0]);
		close(unix_pair[1]);
		SAY(recv(ends[1], &(char){0}, 1, 0));
		close(ends[1]);
	}
}

/* Many messages by one call, and many messages that wait. */
static void many(void)
{
	struct mmsghdr messages[3] = {};
	struct message bodies[3];
	int unix_pair[2], ends[2], got[MOST];

	printf("many\n");
	channel(unix_pair);
	tcp_pair(7011, ends);
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = *prepare(&bodies[i], &ends[i % 2], 1);
	SAY(sendmmsg(unix_pair[0], messages, 3, 0));
	IS(messages[0].msg_len == 1 && messages[2].msg_len == 1);
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = *prepare(&bodies[i], NULL, 1);
	SAY(recvmmsg(unix_pair[1], messages, 3, 0, NULL));
	for (int i = 0; i < 3; i++)
		IS(unpack(&messages[i].msg_hdr, &got[i]) == 1);
	talk(got[0], got[1]);
	talk(got[1], got[2]);
	for (int i = 0; i < 3; i++)
		SAY(close(got[i]));
	int sent = 0, taken = 0;
	for (int i = 0; i < 100; i++)
		sent += give(unix_pair[0], ends, 2) == 1;
	for (int i = 0; i < 100; i++) {
		taken += take(unix_pair[1], got, 2, 0);
		close(got[0]);
		close(got[1]);
	}
	SAY(sent);
	SAY(taken);
	talk(ends[0], ends[1]);
	close(ends[0]);
	SAY(recv(ends[1], &(char){0}, 1, 0));
	close(ends[1]);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

/* Files, and where they have been read to. Who sent them has closed them, or ended. */
static void files(void)
{
	int unix_pair[2], got[MOST], sent = 0, read_again = 0;
	char text[8];

	printf("files\n");
	channel(unix_pair);
	pid_t child = fork();
	if (!child) {
		int file = open("/etc/passwd", O_RDONLY);

		_exit(read(file, text, 2) != 2 || give(unix_pair[0], &file, 1) != 1);
	}
	SAY(wait_for(child));
	SAY(take(unix_pair[1], got, 1, MSG_CMSG_CLOEXEC));
	SAY(fcntl(got[0], F_GETFD));
	SAY(read(got[0], text, 2));
	say_bytes(text, 2);
	SAY(lseek(got[0], 0, SEEK_CUR));
	close(unix_pair[0]);
	close(unix_pair[1]);
	/* To the lowest number, below those of the sockets. */
	int first = open("/etc/passwd", O_RDONLY), second = open("/etc/group", O_RDONLY);
	channel(unix_pair);
	SAY(give(unix_pair[0], &first, 1));
	SAY(close(first));
	IS(take(unix_pair[1], &first, 1, 0) == 1 && first < second);
	SAY(pread(first, text, 4, 0));
	SAY(close(first));
	close(second);
	/* Whoever has locked a file keeps the lock when others are passed. */
	char name[] = "/tmp/passing-XXXXXX";
	int locked = mkstemp(name), other = open("/etc/passwd", O_RDONLY);
	SAY(lockf(locked, F_LOCK, 0));
	SAY(give(unix_pair[0], &locked, 1));
	SAY(give(unix_pair[0], &other, 1));
	child = fork();
	if (!child)
		_exit(lockf(locked, F_TEST, 0) == -1 && errno == EACCES ? 0 : 1);
	SAY(wait_for(child));
	unlink(name);
	close(locked);
	close(other);
	/* Nobody takes these, nor this one. */
	SAY(give(unix_pair[0], got, 1));
	SAY(close(got[0]));
	close(unix_pair[0]);
	close(unix_pair[1]);
	channel(unix_pair);
	for (int i = 0; i < 200; i++) {
		int file = open("/etc/passwd", O_RDONLY);

		sent += give(unix_pair[0], &file, 1) == 1;
		close(file);
		if (take(unix_pair[1], got, 1, 0) == 1)
			read_again += pread(got[0], text, 4, 0) == 4 && !memcmp(text, "root", 4);
		close(got[0]);
	}
	SAY(sent);
	SAY(read_again);
	close(unix_pair[0]);
	close(unix_pair[1]);
}

static void mistakes(void)
{
	int unix_pair[2], ends[2], got[MOST];

	printf("mistakes\n");
	channel(unix_pair);
	tcp_pair(7012, ends);
	int wrong[] = {ends[0], 999};
	SAY(give(unix_pair[0], wrong, 2));
	struct message long_one;
	struct msghdr *header = prepare(&long_one, ends, 1);
	header->msg_controllen = 1ul << 40;
	CMSG_FIRSTHDR(header)->cmsg_len = 1ul << 39;
	SAY(sendmsg(unix_pair[0], header, 0));
	close(unix_pair[1]);
	signal(SIGPIPE, SIG_IGN);
	SAY(give(unix_pair[0], ends, 1));
	close(ends[0]);
	SAY(recv(ends[1], &(char){0}, 1, 0));
	close(ends[1]);
	close(unix_pair[0]);
	channel(unix_pair);
	SAY(take(unix_pair[1], got, 1, MSG_DONTWAIT));
	close(unix_pair[0]);
	close(unix_pair[1]);
}

int main(void)
{
	to_itself();
	to_a_child();
	from_the_dead();
	mixed();
	peeked();
	truncated();
	unread();
	many();
	files();
	mistakes();
	return done();
}
