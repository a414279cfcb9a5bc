// SPDX-License-Identifier: GPL-2.0
/* Processes: how they begin, how they end, and who is told. */

#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "say.h"

extern char **environ;

static void describe(int status)
{
	if (WIFEXITED(status))
		printf("  exit %d\n", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("  %s\n", sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		printf("  stopped by %s\n", sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("  continued\n");
}

static void ends(void)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(7);
	IS(waitpid(child, &status, 0) == child);
	describe(status);
	SAY(waitpid(child, &status, 0));
	child = fork();
	if (!child) {
		pause();
		_exit(1);
	}
	SAY(waitpid(child, &status, WNOHANG));
	usleep(10000);
	SAY(kill(child, SIGSTOP));
	IS(waitpid(child, &status, WUNTRACED) == child);
	describe(status);
	SAY(kill(child, SIGCONT));
	IS(waitpid(child, &status, WCONTINUED) == child);
	describe(status);
	SAY(kill(child, SIGTERM));
	siginfo_t info;
	SAY(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
	IS(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
	IS(wait(&status) == child);
	describe(status);
	child = fork();
	if (!child) {
		struct rlimit none = {};

		setrlimit(RLIMIT_CORE, &none);
		*(volatile int *)16 = 1;
	}
	IS(wait(&status) == child);
	describe(status);
	child = fork();
	if (!child)
		abort();
	IS(wait(&status) == child);
	IS(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void family(void)
{
	int between[2], status;
	pid_t own = getpid(), child;

	if (pipe(between))
		OK(-1);
	fflush(stdout);
	child = fork();
	if (!child) {
		if (!fork()) {
			char same = getppid() != own;

			usleep(100000);
			same += getppid() != own;
			_exit(write(between[1], &same, 1) != 1);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	char count;
	SAY(read(between[0], &count, 1));
	printf("%d\n", count);
	IS(getpgid(0) == getpgrp());
	child = fork();
	if (!child) {
		setsid();
		_exit(getsid(0) != getpid() || getpgrp() != getpid());
	}
	waitpid(child, &status, 0);
	describe(status);
}

static volatile int told;

static void note(int signal)
{
	told++;
}

static void children(void)
{
	int status;

	signal(SIGCHLD, note);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();

		if (!child)
			_exit(i);
		while (waitpid(child, &status, 0) < 0)
			;
		describe(status);
	}
	printf("told %d\n", told);
	signal(SIGCHLD, SIG_DFL);
}

static void programs(void)
{
	char *words[] = {"sh", "-c", "echo spawned; exit 3", NULL};
	char line[64];
	int status;
	pid_t child;

	fflush(stdout);
	if (posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ))
		OK(-1);
	waitpid(child, &status, 0);
	describe(status);
	IS(posix_spawn(&child, "/no/such/program", NULL, NULL, words, environ) == ENOENT);
	fflush(stdout);
	describe(system("echo system | tr a-z A-Z; exit 4"));
	FILE *from = popen("echo one; echo two", "r");
	while (fgets(line, sizeof(line), from))
		printf("read %s", line);
	describe(pclose(from));
	child = vfork();
	if (!child) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	describe(status);
	SAY(execl("/no/such/program", "program", NULL));
	SAY(execl("/etc/passwd", "program", NULL));
}

int main(void)
{
	ends();
	family();
	children();
	programs();
	return done();
}
