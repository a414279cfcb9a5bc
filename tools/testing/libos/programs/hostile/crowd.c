// SPDX-License-Identifier: GPL-2.0
/*
 * crowd PROCESSES [fails]: so many children at a time, each with a connection to their parent, in
 * which it waits together with a pipe. With "fails", there are more than can be.
 */

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../say.h"

enum { PORT = 7001, MOST = 4096 };

static int pipes[2];

/* Waits for the host's pipe and the stack's socket, of which the latter says something. */
static void live(int number)
{
	int fd = connected(SOCK_STREAM, PORT);
	struct pollfd files[] = {{.fd = pipes[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	int answer = -1;

	close(pipes[1]);
	if (send(fd, &number, sizeof(number), 0) != sizeof(number) || poll(files, 2, -1) < 1 ||
	    recv(fd, &answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		_exit(1);
	_exit(answer == ~number ? 0 : 2);
}

static int fork_all(int wanted)
{
	for (int i = 0; i < wanted; i++) {
		pid_t pid = fork();

		if (!pid)
			live(i);
		if (pid < 0) {
			printf("fork: %s\n", strerrorname_np(errno));
			return i;
		}
	}
	return wanted;
}

static int answer_all(int listener, int children)
{
	static int fds[MOST];
	int answered = 0;

	for (int i = 0; i < children; i++)
		fds[i] = accept(listener, NULL, NULL);
	/* All are there. */
	for (int i = 0; i < children; i++) {
		int number;

		if (recv(fds[i], &number, sizeof(number), MSG_WAITALL) != sizeof(number))
			continue;
		number = ~number;
		answered += send(fds[i], &number, sizeof(number), MSG_NOSIGNAL) == sizeof(number);
	}
	for (int i = 0; i < children; i++)
		close(fds[i]);

	return answered;
}

static int wait_all(void)
{
	int status, good = 0;

	while (wait(&status) > 0)
		good += status == 0;
	return good;
}

int main(int count, char **arguments)
{
	int wanted = count > 1 ? atoi(arguments[1]) : 1, listener = bound(SOCK_STREAM, PORT);
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (listen(listener, 4096) || pipe(pipes))
		return 1;
	for (int round = 0; round < 2; round++) {
		int children = fork_all(wanted);
		int answered = answer_all(listener, children), good = wait_all();

		IS(children == wanted);
		IS(answered == children);
		IS(good == children);
	}
	return done();
}
