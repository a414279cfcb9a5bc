// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of processes: each forks the next, or executes this program anew, and all of them have
 * the sockets that the first has opened.
 */

#include <sys/wait.h>

#include "say.h"

enum { DEPTH = 6 };

static char *self;

/* What a generation does: says its number to the first, and is what all after it are, and one more.
 */
static int generation(int number, int fd, bool execute)
{
	char line[16], text[2][16];
	int status;

	if (send(fd, line, snprintf(line, sizeof(line), "%d ", number), 0) < 0)
		return 100;
	if (number == DEPTH)
		return 1;
	pid_t child = fork();
	if (!child && execute) {
		sprintf(text[0], "%d", number + 1);
		sprintf(text[1], "%d", fd);
		execl(self, self, text[0], text[1], NULL);
		_exit(101);
	}
	if (!child)
		_exit(generation(number + 1, fd, false));
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 102;
	return WEXITSTATUS(status) + 1;
}

static void descend(bool execute, int port)
{
	int ends[2], status;
	char text[64] = {};

	printf(execute ? "executed anew\n" : "forked\n");
	tcp_pair(port, ends);
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		close(ends[1]);
		_exit(generation(1, ends[0], execute));
	}
	close(ends[0]);
	IS(waitpid(child, &status, 0) == child);
	printf("%d generations\n", WEXITSTATUS(status));
	SAY(recv(ends[1], text, sizeof(text), MSG_WAITALL));
	say_bytes(text, strlen(text));
	close(ends[1]);
}

/* Each forks two, at once. */
static void spread(void)
{
	enum { LEVELS = 4 };
	int ends[2], level = 0;
	char text[64];
	long all = 0, n;

	printf("two of each\n");
	if (pipe(ends))
		OK(-1);
	fflush(stdout);
	pid_t first = fork();
	if (!first) {
		close(ends[0]);
		for (; level < LEVELS; level++)
			if (fork() && fork())
				break;
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		close(ends[1]);
		while (wait(NULL) > 0)
			;
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text, sizeof(text))) > 0)
		all += n;
	printf("%ld processes\n", all);
	IS(waitpid(first, NULL, 0) == first);
	SAY(waitpid(-1, NULL, WNOHANG));
}

/* A child that outlives its parent goes on with the connection. */
static void orphaned(void)
{
	int ends[2];
	char text[16];

	printf("orphaned\n");
	tcp_pair(7003, ends);
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		pid_t parent = getpid();

		close(ends[1]);
		if (!fork()) {
			while (getppid() == parent)
				usleep(1000);
			send(ends[0], "alone", 5, 0);
			_exit(0);
		}
		_exit(0);
	}
	close(ends[0]);
	IS(waitpid(child, NULL, 0) == child);
	SAY(recv(ends[1], text, 5, MSG_WAITALL));
	SAY(recv(ends[1], text, 1, 0));
	close(ends[1]);
}

int main(int count, char **arguments)
{
	self = arguments[0];
	if (count > 1)
		return generation(atoi(arguments[1]), atoi(arguments[2]), true);
	descend(false, 7001);
	descend(true, 7002);
	spread();
	orphaned();
	return done();
}
