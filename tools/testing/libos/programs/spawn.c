// SPDX-License-Identifier: GPL-2.0
/* Sockets that programs started by posix_spawn(3), system(3) and popen(3) have, as they are told.
 */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "say.h"

extern char **environ;
static char *self;

/* What a child does: sends its name to each of its descriptors. Its status says to which. */
static int child(int count, char **arguments)
{
	int sent = 0;

	for (int i = 2; i < count; i++) {
		if (send(atoi(arguments[i]), arguments[1], strlen(arguments[1]), 0) > 0)
			sent |= 1 << (i - 2);
	}
	return sent;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	IS(waitpid(pid, &status, 0) == pid);
	return status;
}

static char *number(int fd)
{
	static char all[8][16];
	static int next;

	sprintf(all[next], "%d", fd);
	next = (next + 1) % 8;
	return all[next ? next - 1 : 7];
}

/* Everything that is there to be read, until nobody has the other end. */
static void heard(int fd)
{
	char text[256];
	long all = 0, n;

	while (all < (long)sizeof(text) && (n = recv(fd, text + all, sizeof(text) - all, 0)) > 0)
		all += n;
	say_bytes(text, all);
}

/* Without actions: what is not marked is inherited. */
static void inherited(void)
{
	int ends[2], marked[2];
	pid_t pid;

	printf("inherited\n");
	tcp_pair(7001, ends);
	tcp_pair(7002, marked);
	SAY(ioctl(ends[0], FIOCLEX));
	IS(fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
	SAY(ioctl(ends[0], FIONCLEX));
	SAY(ioctl(marked[0], FIOCLEX));
	char *arguments[] = {self, "plain", number(ends[0]), number(marked[0]), NULL};
	fflush(stdout);
	SAY(posix_spawn(&pid, self, NULL, NULL, arguments, environ));
	close(ends[0]);
	close(marked[0]);
	SAY(wait_for(pid));
	heard(ends[1]);
	heard(marked[1]);
	close(ends[1]);
	close(marked[1]);
}

/* With actions: in their order, with the meaning that the calls of those names have. */
static void acted_upon(void)
{
	posix_spawn_file_actions_t actions;
	int first[2], second[2];
	pid_t pid;

	printf("acted upon\n");
	tcp_pair(7003, first);
	tcp_pair(7004, second);
	fcntl(first[0], F_SETFD, FD_CLOEXEC);
	fcntl(second[0], F_SETFD, FD_CLOEXEC);
	SAY(posix_spawn_file_actions_init(&actions));
	/* 300 and 301 are the first; the second is swapped in over 301 and marked no more. */
	SAY(posix_spawn_file_actions_adddup2(&actions, first[0], 300));
	SAY(posix_spawn_file_actions_adddup2(&actions, 300, 301));
	SAY(posix_spawn_file_actions_adddup2(&actions, second[0], 301));
	SAY(posix_spawn_file_actions_adddup2(&actions, second[0], second[0]));
	SAY(posix_spawn_file_actions_addopen(&actions, 302, "/dev/null", O_WRONLY, 0));
	SAY(posix_spawn_file_actions_adddup2(&actions, first[0], 303));
	SAY(posix_spawn_file_actions_addopen(&actions, 303, "/dev/null", O_RDWR, 0));
	SAY(posix_spawn_file_actions_adddup2(&actions, first[0], 304));
	SAY(posix_spawn_file_actions_addclose(&actions, 304));
	SAY(posix_spawn_file_actions_addclose(&actions, 305));
	SAY(posix_spawn_file_actions_addchdir_np(&actions, "/proc"));
	SAY(posix_spawn_file_actions_addclose(&actions, -1));
	char *arguments[] = {self,  "acted", "300", "301", number(second[0]), number(first[0]),
			     "302", "303",   "304", NULL};
	fflush(stdout);
	SAY(posix_spawn(&pid, self, &actions, NULL, arguments, environ));
	SAY(wait_for(pid));
	close(first[0]);
	close(second[0]);
	heard(first[1]);
	heard(second[1]);
	close(first[1]);
	close(second[1]);
	SAY(posix_spawn_file_actions_destroy(&actions));
}

/* For its standard streams, as inetd does it; the program is a host's, and reads and writes. */
static void streams(void)
{
	posix_spawn_file_actions_t actions;
	char *arguments[] = {"tr", "a-z", "A-Z", NULL};
	int ends[2];
	pid_t pid;

	printf("streams\n");
	tcp_pair(7005, ends);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 1);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	fflush(stdout);
	SAY(posix_spawnp(&pid, "tr", &actions, NULL, arguments, environ));
	close(ends[0]);
	SAY(send(ends[1], "to be read\n", 11, 0));
	SAY(shutdown(ends[1], SHUT_WR));
	heard(ends[1]);
	SAY(wait_for(pid));
	close(ends[1]);
	posix_spawn_file_actions_destroy(&actions);
}

/* What goes wrong is told by the call, and there is no child. */
static void mistakes(void)
{
	posix_spawn_file_actions_t actions;
	char *arguments[] = {"x", NULL};
	pid_t pid;

	printf("mistakes\n");
	SAY(posix_spawn(&pid, "/no/such", NULL, NULL, arguments, environ));
	SAY(posix_spawn(&pid, "/etc/passwd", NULL, NULL, arguments, environ));
	SAY(posix_spawnp(&pid, "no-such-program", NULL, NULL, arguments, environ));
	posix_spawn_file_actions_init(&actions);
	SAY(posix_spawn_file_actions_adddup2(&actions, 400, 401));
	SAY(posix_spawn(&pid, "/bin/true", &actions, NULL, arguments, environ));
	posix_spawn_file_actions_destroy(&actions);
	SAY(waitpid(-1, NULL, 0));
}

static void handler(int signal) {}

/* Signals, process group, session. */
static void attributes(void)
{
	char *script = "trap '' HUP; kill -HUP $$; kill -USR1 $$; kill -USR2 $$; echo not";
	char *arguments[] = {"sh", "-c", script, NULL};
	posix_spawnattr_t attributes;
	sigset_t set;
	pid_t pid;

	printf("attributes\n");
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, handler);
	posix_spawnattr_init(&attributes);
	SAY(posix_spawn(&pid, "/bin/sh", NULL, &attributes, arguments, environ));
	SAY(wait_for(pid));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigdefault(&attributes, &set);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	SAY(posix_spawn(&pid, "/bin/sh", NULL, &attributes, arguments, environ));
	SAY(wait_for(pid));
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	arguments[2] = "[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ] && exit 9";
	SAY(posix_spawn(&pid, "/bin/sh", NULL, &attributes, arguments, environ));
	SAY(wait_for(pid));
	posix_spawnattr_setsigmask(&attributes, &set);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	char *blocked[] = {"grep", "-q", "SigBlk.*200$", "/proc/self/status", NULL};
	SAY(posix_spawnp(&pid, "grep", NULL, &attributes, blocked, environ));
	SAY(wait_for(pid));
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	posix_spawnattr_destroy(&attributes);
}

static void commands(void)
{
	char command[128];
	int ends[2];

	printf("commands\n");
	tcp_pair(7006, ends);
	IS(system(NULL));
	SAY(system("exit 3"));
	SAY(system("kill $$"));
	SAY(system("no-such-command 2> /dev/null"));
	sprintf(command, "exec %s command %d", self, ends[0]);
	SAY(system(command));
	close(ends[0]);
	heard(ends[1]);
	close(ends[1]);
	IS(signal(SIGINT, SIG_DFL) == SIG_DFL);
	IS(signal(SIGQUIT, SIG_DFL) == SIG_DFL);
}

static void pipes(void)
{
	char command[128], text[64];
	int ends[2];
	FILE *stream, *other;

	printf("pipes\n");
	tcp_pair(7007, ends);
	sprintf(command, "%s pipe %d; exit 4", self, ends[0]);
	IS(stream = popen(command, "r"));
	close(ends[0]);
	while (fgets(text, sizeof(text), stream))
		printf("%s", text);
	SAY(pclose(stream));
	heard(ends[1]);
	close(ends[1]);
	IS(stream = popen("tr a-z A-Z", "w"));
	IS(other = popen("tr a-z A-Z", "we"));
	IS(fcntl(fileno(stream), F_GETFD) == 0);
	IS(fcntl(fileno(other), F_GETFD) == FD_CLOEXEC);
	fputs("written\n", stream);
	SAY(pclose(stream));
	fputs("the other\n", other);
	SAY(pclose(other));
	IS(popen("true", "x") == NULL && errno == EINVAL);
}

static void *spawn_some(void *arguments)
{
	long failed = 0;
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		int status = -1, fd = socket(AF_INET, SOCK_STREAM, 0);
		failed += posix_spawn(&pid, self, NULL, NULL, arguments, environ) != 0;
		failed += waitpid(pid, &status, 0) != pid || status != 0;
		failed += close(fd);
	}
	return (void *)failed;
}

/* From several threads at once, of which none is in the way of another. */
static void threads(void)
{
	char *arguments[] = {self, "thread", NULL};
	pthread_t thread[3];
	void *failed;

	printf("threads\n");
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, spawn_some, arguments);
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], &failed);
		SAY((long)failed);
	}
}

int main(int count, char **arguments)
{
	self = realpath(arguments[0], NULL);
	if (count > 1)
		return child(count, arguments);
	inherited();
	acted_upon();
	streams();
	mistakes();
	attributes();
	commands();
	pipes();
	threads();
	return done();
}
