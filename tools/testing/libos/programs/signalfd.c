// SPDX-License-Identifier: GPL-2.0
/* Signals that are read from a descriptor, which an epoll instance watches meanwhile. */

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "say.h"

static int epoll, signals;

static void look(int timeout)
{
	struct epoll_event event;
	struct signalfd_siginfo info;

	SAY(epoll_wait(epoll, &event, 1, timeout));
	while (read(signals, &info, sizeof(info)) == sizeof(info))
		printf("  signal %u\n", info.ssi_signo);
}

static void block(sigset_t *set, int signal)
{
	sigaddset(set, signal);
	SAY(sigprocmask(SIG_BLOCK, set, NULL));
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	OK(epoll = epoll_create1(0));
	OK(signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
	struct epoll_event event = {.events = EPOLLIN};
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event));
	look(0);

	printf("more signals, from the same descriptor\n");
	block(&set, SIGUSR1);
	IS(signalfd(signals, &set, 0) == signals);
	SAY(raise(SIGUSR1));
	look(1000);
	block(&set, SIGCHLD);
	IS(signalfd(signals, &set, 0) == signals);
	pid_t child = fork();
	if (!child)
		_exit(0);
	look(10000);
	IS(waitpid(child, NULL, 0) == child);

	printf("what is no such descriptor\n");
	SAY(signalfd(epoll, &set, 0));
	SAY(signalfd(500, &set, 0));
	look(0);
	return done();
}
