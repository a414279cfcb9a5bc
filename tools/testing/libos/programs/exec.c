// SPDX-License-Identifier: GPL-2.0
/* Sockets that the next program inherits: execve(2) and all its forms. */

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "say.h"

static char number[16], *self;

/* What the next program is given: a connection with something to read, and one marked to close. */
static void next(int fd, const char *form)
{
	static int marked;
	char *arguments[] = {self, "next", number, (char *)form, NULL};
	char *environment[] = {NULL};

	sprintf(number, "%d", fd);
	marked = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setenv("MARKED", "", 1);
	fflush(stdout);
	if (!strcmp(form, "execv"))
		execv(self, arguments);
	if (!strcmp(form, "execve"))
		execve(self, arguments, environment);
	if (!strcmp(form, "execvp"))
		execvp(self, arguments);
	if (!strcmp(form, "execvpe"))
		execvpe(self, arguments, environment);
	if (!strcmp(form, "fexecve"))
		fexecve(open(self, O_RDONLY | O_CLOEXEC), arguments, environment);
	if (!strcmp(form, "execl"))
		execl(self, self, "next", number, form, NULL);
	if (!strcmp(form, "execlp"))
		execlp(self, self, "next", number, form, "and", "more", "than", "registers", NULL);
	if (!strcmp(form, "execle"))
		execle(self, self, "next", number, form, NULL, environment);
	printf("  %d is still here: %s\n", marked, strerror(errno));
	_exit(1);
}

/* The next program: only what was not marked is open, in the same place, in the same state. */
static void goes_on(const char *form, int fd, int count)
{
	char text[16];
	int open = 0;

	for (int i = 3; i < 64; i++)
		open += getsockopt(i, SOL_SOCKET, SO_TYPE, &(int){0}, &(socklen_t){sizeof(int)}) ==
			0;
	printf("%s: %d arguments, %d socket open, ", form, count, open);
	long n = recv(fd, text, sizeof(text), 0);
	say_bytes(text, n);
	fflush(stdout);
	send(fd, "answer", 6, 0);
}

static void form(const char *form, int port)
{
	int listener = listening(port), status;
	int client = connected(SOCK_STREAM, port);
	char text[8];

	IS(send(client, "before", 6, 0) == 6);
	pid_t child = fork();
	if (!child) {
		int fd = accept(listener, NULL, NULL);
		close(listener);
		close(client);
		next(fd, form);
	}
	SAY(recv(client, text, 6, MSG_WAITALL));
	SAY(recv(client, text, 1, 0));
	IS(waitpid(child, &status, 0) == child);
	printf("  %s\n", WIFEXITED(status) ? "exited" : "killed");
	close(client);
	close(listener);
}

/* A program that cannot be executed changes nothing. */
static void failing(void)
{
	int listener = listening(7010);
	int client = connected(SOCK_STREAM, 7010);
	char *const arguments[] = {self, NULL}, *const broken[] = {self, (char *)8, NULL};
	char *const *volatile nowhere = (char *const *)8;

	printf("failing\n");
	SAY(execl("/no/such/program", "program", NULL));
	SAY(execve(self, nowhere, environ));
	SAY(execve(self, arguments, nowhere));
	SAY(execve(self, broken, environ));
	SAY(send(client, "still there", 11, 0));
	close(client);
	close(listener);
}

static void *execute(void *unused)
{
	/* Until then, the first thread has ended. This one makes its first call of the network. */
	usleep(100000);
	execl(self, self, number, NULL);
	_exit(errno);
}

static void without_the_first_thread(void)
{
	pthread_t thread;
	int status;
	pid_t child = fork();

	if (!child) {
		sprintf(number, "%d", socket(AF_INET, SOCK_STREAM, 0));
		pthread_create(&thread, NULL, execute, NULL);
		pthread_exit(NULL);
	}
	IS(waitpid(child, &status, 0) == child);
	SAY(WEXITSTATUS(status));
}

int main(int count, char **arguments)
{
	static const char *const forms[] = {"execv",   "execve", "execvp", "execvpe",
					    "fexecve", "execl",	 "execlp", "execle"};

	self = arguments[0];
	if (count == 2)
		return getsockopt(atoi(arguments[1]), SOL_SOCKET, SO_TYPE, &(int){0},
				  &(socklen_t){sizeof(int)})
			       ? errno
			       : 42;
	if (count > 1) {
		goes_on(arguments[3], atoi(arguments[2]), count);
		return 0;
	}
	for (int i = 0; i < 8; i++)
		form(forms[i], 7001 + i);
	failing();
	without_the_first_thread();
	printf("done\n");
	return 0;
}
