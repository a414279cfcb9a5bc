// SPDX-License-Identifier: GPL-2.0
/* Who is told about sockets by signals: F_SETOWN, F_SETSIG, O_ASYNC, urgent data. */

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include <asm/sockios.h>

#include "say.h"

enum { REAL_TIME = 40 };

static int from, to;
static volatile sig_atomic_t count, last, code, band, of_socket;

static void caught(int signal, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	last = signal;
	code = info->si_code;
	if (signal == REAL_TIME) {
		band = info->si_band;
		of_socket = info->si_fd == from;
	}
}

static void install(int signal, int flags)
{
	struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | flags};

	sigaction(signal, &action, NULL);
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* Whoever is to be told has a while for that; what was sent is gone then. */
static void tell(const char *whom)
{
	char text[8];

	count = last = code = band = of_socket = 0;
	send(to, "news", 4, 0);
	for (int i = 0; i < 100 && !count; i++)
		pause_briefly();
	printf("%s: %d times, signal %d, code %d, band %#x, %s\n", whom, count, last, code,
	       (unsigned)band, of_socket ? "of the socket" : "of no socket");
	recv(from, text, sizeof(text), MSG_DONTWAIT);
}

static void nobody_is_told(const char *why)
{
	char text[8];

	count = 0;
	send(to, "news", 4, 0);
	pause_briefly();
	printf("%s: %d times\n", why, count);
	recv(from, text, sizeof(text), MSG_DONTWAIT);
}

static void processes(void)
{
	nobody_is_told("without an owner");
	SAY(fcntl(from, F_GETOWN));
	SAY(fcntl(from, F_SETFL, O_ASYNC));
	nobody_is_told("without an owner, asynchronous");
	SAY(fcntl(from, F_SETOWN, getpid()));
	IS(fcntl(from, F_GETOWN) == getpid());
	tell("the process");
	SAY(fcntl(from, F_SETSIG, REAL_TIME));
	SAY(fcntl(from, F_GETSIG));
	tell("the process, by another signal");
	SAY(fcntl(from, F_SETSIG, 1000));
	SAY(fcntl(from, F_SETOWN, 0));
	SAY(fcntl(from, F_GETOWN));
	nobody_is_told("without an owner again");
}

static void requests(void)
{
	int number = getpid(), off = 0, on = 1, answer = 0;

	SAY(ioctl(from, FIOSETOWN, &number));
	SAY(ioctl(from, FIOGETOWN, &answer));
	IS(answer == number);
	SAY(ioctl(from, SIOCSPGRP, &number));
	SAY(ioctl(from, SIOCGPGRP, &answer));
	IS(answer == number);
	SAY(ioctl(from, FIOASYNC, &off));
	nobody_is_told("not asynchronous");
	SAY(ioctl(from, FIOASYNC, &on));
	tell("asynchronous");
	SAY(ioctl(from, FIOSETOWN, NULL));
	SAY(ioctl(from, FIOGETOWN, NULL));
}

static void mistakes(void)
{
	struct f_owner_ex unknown = {.type = 77, .pid = getpid()};

	SAY(fcntl(from, F_SETOWN, INT_MAX));
	SAY(fcntl(from, F_SETOWN, -INT_MAX));
	SAY(fcntl(from, F_SETOWN, INT_MIN));
	SAY(fcntl(from, F_SETOWN_EX, &unknown));
	SAY(fcntl(from, F_SETOWN_EX, NULL));
	SAY(fcntl(from, F_GETOWN_EX, NULL));
	SAY(fcntl(-1, F_SETOWN, getpid()));
}

/* ---- threads ---- */

static sem_t ready, go_on;
static pid_t thread_number;

static void *thread(void *unused)
{
	int own = socket(AF_INET, SOCK_DGRAM, 0);

	thread_number = gettid();
	sem_post(&ready);
	while (sem_wait(&go_on))
		;
	close(own);
	return unused;
}

static void threads(void)
{
	struct f_owner_ex owner = {.type = F_OWNER_TID};
	sigset_t signals;
	pthread_t other;

	pthread_create(&other, NULL, thread, NULL);
	sem_wait(&ready);
	/* Only that thread can be told. */
	sigemptyset(&signals);
	sigaddset(&signals, REAL_TIME);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	owner.pid = thread_number;
	SAY(fcntl(from, F_SETOWN_EX, &owner));
	memset(&owner, 0, sizeof(owner));
	SAY(fcntl(from, F_GETOWN_EX, &owner));
	IS(owner.type == F_OWNER_TID && owner.pid == thread_number);
	tell("a thread");
	sem_post(&go_on);
	pthread_join(other, NULL);
	pause_briefly();
	nobody_is_told("a thread that has ended");
	SAY(fcntl(from, F_GETOWN_EX, &owner));
	IS(owner.pid == 0);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

/* ---- other processes ---- */

static void wait_for(pid_t child)
{
	int status;

	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("the child has ended by signal %d\n", WTERMSIG(status));
	else
		printf("the child has ended with %d\n", WEXITSTATUS(status));
}

/* A child that waits for a signal without a handler for SIGIO, or in a call with one for REAL_TIME.
 */
static pid_t child_that_waits(bool in_call, int group)
{
	pid_t child = fork();

	if (child == 0) {
		char text[8];

		if (in_call)
			_exit(recv(bound(SOCK_DGRAM, 0), text, sizeof(text), 0) < 0 ? count : 99);
		signal(SIGIO, SIG_DFL);
		pause();
		_exit(98);
	}
	if (group >= 0)
		setpgid(child, group);
	pause_briefly();
	pause_briefly();
	return child;
}

static void children(void)
{
	pid_t child = child_that_waits(true, -1), other;

	SAY(fcntl(from, F_SETSIG, REAL_TIME));
	OK(fcntl(from, F_SETOWN, child));
	IS(fcntl(from, F_GETOWN) == child);
	nobody_is_told("a child is told, this process");
	wait_for(child);
	SAY(fcntl(from, F_GETOWN));
	nobody_is_told("a process that has ended");

	child = child_that_waits(true, 0);
	other = child_that_waits(true, child);
	OK(fcntl(from, F_SETOWN, -child));
	IS(fcntl(from, F_GETOWN) == -child);
	nobody_is_told("a group is told, this process");
	wait_for(child);
	wait_for(other);
	SAY(fcntl(from, F_GETOWN));

	SAY(fcntl(from, F_SETSIG, 0));
	child = child_that_waits(false, -1);
	OK(fcntl(from, F_SETOWN, child));
	nobody_is_told("a child without a handler");
	wait_for(child);
}

static void group(void)
{
	struct f_owner_ex owner = {.type = F_OWNER_PGRP};

	setpgid(0, 0);
	owner.pid = getpgrp();
	SAY(fcntl(from, F_SETSIG, REAL_TIME));
	SAY(fcntl(from, F_SETOWN_EX, &owner));
	memset(&owner, 0, sizeof(owner));
	SAY(fcntl(from, F_GETOWN_EX, &owner));
	IS(owner.type == F_OWNER_PGRP && owner.pid == getpgrp());
	IS(fcntl(from, F_GETOWN) == -getpgrp());
	tell("the own group");
	SAY(fcntl(from, F_SETOWN, getpid()));
	if (fork() == 0) {
		send(to, "news", 4, 0);
		_exit(0);
	}
	for (int i = 0; i < 100 && !count; i++)
		pause_briefly();
	wait(NULL);
	tell("by what a child sends, too");
}

/* ---- calls, and urgent data ---- */

static volatile sig_atomic_t returned;

/* Until one has found the call waiting. */
static void *sender(void *unused)
{
	while (!returned) {
		pause_briefly();
		send(to, "news", 4, 0);
	}
	return unused;
}

static void interrupted(void)
{
	int other = bound(SOCK_DGRAM, 7901);
	sigset_t signals;
	siginfo_t info;
	pthread_t thread;
	char text[8];

	sigemptyset(&signals);
	sigaddset(&signals, REAL_TIME);
	SAY(fcntl(from, F_SETOWN, getpid()));
	SAY(fcntl(from, F_SETSIG, REAL_TIME));
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	pthread_create(&thread, NULL, sender, NULL);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	SAY(recv(other, text, sizeof(text), 0));
	returned = 1;
	pthread_join(thread, NULL);
	say_bytes(text, SAY(recv(from, text, sizeof(text), 0)));
	while (recv(from, text, sizeof(text), MSG_DONTWAIT) > 0)
		;

	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	send(to, "news", 4, 0);
	SAY(sigwaitinfo(&signals, &info));
	IS(info.si_fd == from);
	printf("band %#x\n", (unsigned)info.si_band);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	SAY(recv(from, text, sizeof(text), 0));
	close(other);
}

static void urgent(void)
{
	int ends[2];
	char byte;

	tcp_pair(7902, ends);
	SAY(fcntl(ends[0], F_SETOWN, getpid()));
	count = last = code = 0;
	SAY(send(ends[1], "!", 1, MSG_OOB));
	for (int i = 0; i < 100 && !count; i++)
		pause_briefly();
	printf("urgent: signal %d, code %d\n", last, code);
	SAY(recv(ends[0], &byte, 1, MSG_OOB));

	/* Accepted connections, and more than one signal in any case. */
	SAY(fcntl(ends[0], F_SETFL, O_ASYNC));
	count = last = code = 0;
	SAY(send(ends[1], "data", 4, 0));
	for (int i = 0; i < 100 && !count; i++)
		pause_briefly();
	printf("data: signal %d, code %d\n", last, code);
}

int main(void)
{
	alarm(60);
	install(SIGIO, SA_RESTART);
	install(SIGURG, SA_RESTART);
	install(REAL_TIME, 0);
	sem_init(&ready, 0, 0);
	sem_init(&go_on, 0, 0);
	from = bound(SOCK_DGRAM, 7900);
	to = connected(SOCK_DGRAM, 7900);

	processes();
	requests();
	mistakes();
	threads();
	children();
	group();
	interrupted();
	urgent();
	return done();
}
