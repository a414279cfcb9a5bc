// SPDX-License-Identifier: GPL-2.0
/* Signals that find a call waiting: EINTR, SA_RESTART, masks. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "say.h"

static int ends[2];
static volatile sig_atomic_t caught;
static bool answer;

static void handler(int signal)
{
	caught++;
	/* Sockets may be used in a handler. */
	if (answer)
		send(ends[1], "from the handler", 16, 0);
}

static void install(int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigaction(SIGALRM, &action, NULL);
	caught = 0;
}

static void alarm_soon(void)
{
	struct itimerval soon = {.it_value.tv_usec = 50000};

	setitimer(ITIMER_REAL, &soon, NULL);
}

static void interrupted(void)
{
	char text[32];
	int listener = listening(7002), epoll = epoll_create1(0);
	struct pollfd ready = {.fd = ends[0], .events = POLLIN};
	struct epoll_event event = {.events = EPOLLIN};
	struct timeval second = {.tv_sec = 20};

	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
	printf("without SA_RESTART\n");
	install(0);
	alarm_soon();
	SAY(recv(ends[0], text, sizeof(text), 0));
	alarm_soon();
	SAY(read(ends[0], text, sizeof(text)));
	alarm_soon();
	SAY(accept(listener, NULL, NULL));
	alarm_soon();
	SAY(poll(&ready, 1, 20000));
	alarm_soon();
	SAY(epoll_wait(epoll, &event, 1, 20000));
	alarm_soon();
	fd_set in;
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	SAY(select(ends[0] + 1, &in, NULL, NULL, &second));
	printf("caught %d\n", caught);
	close(listener);
	close(epoll);
}

static void begun_again(void)
{
	char text[32];
	struct pollfd ready = {.fd = ends[0], .events = POLLIN};

	printf("with SA_RESTART\n");
	install(SA_RESTART);
	answer = true;
	alarm_soon();
	say_bytes(text, SAY(recv(ends[0], text, sizeof(text), 0)));
	alarm_soon();
	say_bytes(text, SAY(read(ends[0], text, sizeof(text))));
	/* poll is never begun again. */
	alarm_soon();
	SAY(poll(&ready, 1, 20000));
	SAY(recv(ends[0], text, sizeof(text), 0));
	/* Nor is a call that has a time-out. */
	struct timeval long_time = {.tv_sec = 20};
	answer = false;
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time)));
	alarm_soon();
	SAY(recv(ends[0], text, sizeof(text), 0));
	long_time = (struct timeval){0};
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time));
	printf("caught %d\n", caught);
}

static void partly_done(void)
{
	char text[32];

	printf("some data, then a signal\n");
	install(0);
	SAY(send(ends[1], "abc", 3, 0));
	alarm_soon();
	SAY(recv(ends[0], text, 10, MSG_WAITALL));
	printf("caught %d\n", caught);
}

static void masked(void)
{
	struct pollfd ready = {.fd = ends[0], .events = POLLIN};
	sigset_t alarm, none, pending;
	struct timespec moment = {.tv_nsec = 150000000};

	printf("a signal that is blocked\n");
	install(0);
	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	SAY(sigprocmask(SIG_BLOCK, &alarm, NULL));
	alarm_soon();
	SAY(poll(&ready, 1, 150));
	printf("caught %d\n", caught);
	SAY(sigpending(&pending));
	IS(sigismember(&pending, SIGALRM));
	moment.tv_sec = 20;
	SAY(ppoll(&ready, 1, &moment, &none));
	printf("caught %d\n", caught);
	SAY(sigprocmask(SIG_UNBLOCK, &alarm, NULL));
}

static void *waits(void *sent)
{
	char text[32];
	long received = recv(ends[0], text, sizeof(text), 0);
	int error = errno;

	/* After the sender's line. */
	pthread_mutex_lock(sent);
	errno = error;
	SAY(received);
	pthread_mutex_unlock(sent);
	return NULL;
}

static void to_a_thread(void)
{
	static pthread_mutex_t sent = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	printf("a signal to another thread\n");
	install(0);
	pthread_mutex_lock(&sent);
	pthread_create(&thread, NULL, waits, &sent);
	usleep(100000);
	SAY(pthread_kill(thread, SIGALRM));
	pthread_mutex_unlock(&sent);
	pthread_join(thread, NULL);
	printf("caught %d\n", caught);
}

static volatile int sent;

static void count(int signal)
{
	sent++;
}

/* Signals of the processor's, which are sent all the same. */
static void of_the_processor(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGSYS, SIGFPE, SIGILL, SIGTRAP};

	for (int i = 0; i < 6; i++) {
		signal(signals[i], count);
		SAY(kill(getpid(), signals[i]));
		SAY(raise(signals[i]));
		SAY(sent);
	}
}

int main(void)
{
	tcp_pair(7001, ends);
	interrupted();
	begun_again();
	partly_done();
	masked();
	to_a_thread();
	of_the_processor();
	return done();
}
