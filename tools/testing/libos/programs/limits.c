// SPDX-License-Identifier: GPL-2.0
/* No more descriptors: what fails, how, and that all goes on when there are some again. */

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "say.h"

enum { MOST = 4096 };

static int made[MOST], count;

static void limit(int soft)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = soft;
	SAY(setrlimit(RLIMIT_NOFILE, &limit));
}

static void fill(int most)
{
	for (count = 0; count < most; count++) {
		made[count] = socket(AF_INET, count & 1 ? SOCK_DGRAM : SOCK_STREAM, 0);
		if (made[count] < 0)
			break;
	}
	if (count < most)
		printf("%d sockets, then %s\n", count, strerrorname_np(errno));
	else
		printf("%d sockets\n", count);
}

static void empty(void)
{
	int closed = 0;

	while (count > 0)
		closed += close(made[--count]) == 0;
	printf("%d closed\n", closed);
}

/* Every way to a descriptor. */
static void all_fail(int listener, int client)
{
	int pair[2], any = made[0];

	SAY(socket(AF_INET, SOCK_STREAM, 0));
	SAY(socket(AF_UNIX, SOCK_STREAM, 0));
	SAY(accept(listener, NULL, NULL));
	SAY(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	SAY(dup(any));
	SAY(fcntl(any, F_DUPFD, 3));
	SAY(fcntl(any, F_DUPFD, 40));
	SAY(fcntl(any, F_DUPFD, 39));
	SAY(fcntl(any, F_DUPFD, -1));
	SAY(dup2(any, 40));
	SAY(dup2(any, -1));
	SAY(dup3(any, 100, O_CLOEXEC));
	SAY(epoll_create1(0));
	SAY(pipe(pair));
	SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	SAY(open("/proc/net/dev", O_RDONLY));
	SAY(open("/dev/null", O_RDONLY));
	/* What is there works. */
	IS(dup2(any, made[1]) == made[1]);
	SAY(send(client, "abc", 3, 0));
}

/* Files of both kinds are waited for when there is no descriptor left. */
static void waiting(int client, int pipes[2])
{
	struct pollfd files[] = {{.fd = client, .events = POLLIN},
				 {.fd = pipes[0], .events = POLLIN}};
	struct timeval second = {20, 0};
	fd_set set;

	printf("waiting\n");
	SAY(poll(files, 2, 10));
	SAY(write(pipes[1], "x", 1));
	SAY(poll(files, 2, 10000));
	FD_ZERO(&set);
	FD_SET(client, &set);
	FD_SET(pipes[0], &set);
	SAY(select(30, &set, NULL, NULL, &second));
	IS(FD_ISSET(pipes[0], &set));
}

static void small(void)
{
	int listener, client, accepted, pipes[2];
	char text[8];

	printf("forty\n");
	limit(40);
	listener = listening(7001);
	client = connected(SOCK_STREAM, 7001);
	if (pipe(pipes))
		return;
	fill(MOST);
	all_fail(listener, client);
	waiting(client, pipes);
	printf("one is closed\n");
	SAY(close(made[--count]));
	accepted = accept(listener, NULL, NULL);
	IS(accepted >= 0);
	SAY(recv(accepted, text, 3, MSG_WAITALL));
	SAY(dup(accepted));
	empty();
	fill(20);
	empty();
	printf("none\n");
	limit(0);
	SAY(socket(AF_INET, SOCK_STREAM, 0));
	SAY(dup(client));
	SAY(send(accepted, "def", 3, 0));
	SAY(recv(client, text, 3, MSG_WAITALL));
	limit(1024);
	close(listener);
	close(client);
	close(accepted);
}

/* Many, where so many are allowed. */
static void large(void)
{
	struct pollfd files[3000];
	struct sockaddr_in here;
	int ready;

	printf("three thousand\n");
	limit(MOST);
	fill(3000);
	for (int i = 0; i < count; i++) {
		files[i] = (struct pollfd){.fd = made[i], .events = POLLIN};
		here = loopback(10000 + i);
		if (i & 1 && bind(made[i], AT(here)))
			OK(-1);
	}
	/* The last one is sent something. */
	SAY(sendto(made[count - 3], "abc", 3, 0, AT(here)));
	ready = 0;
	do {
		SAY(poll(files, count, 10000) > 0);
		for (int i = 1; i < count; i += 2)
			ready += files[i].revents == POLLIN;
	} while (!ready);
	IS(files[count - 1].revents == POLLIN);
	empty();
}

int main(void)
{
	small();
	large();
	return done();
}
