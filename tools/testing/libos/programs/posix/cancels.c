// SPDX-License-Identifier: GPL-2.0
/* What a thread has for itself, how it begins, and how it is cancelled. */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "say.h"

#define SAID(call) said_error(#call, call)

static void said_error(const char *call, int error)
{
	printf("%s: %s\n", call, error ? strerrorname_np(error) : "ok");
}

/* ---- keys, and what is done once ---- */

static pthread_key_t first, second;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void destroy(void *value)
{
	printf("destroyed %s\n", (char *)value);
	/* Which has the other be destroyed in another round. */
	if (!strcmp(value, "first"))
		pthread_setspecific(second, "second");
}

static void make(void)
{
	printf("made once\n");
	usleep(1000);
}

static void *keep(void *unused)
{
	pthread_once(&once, make);
	IS(pthread_getspecific(first) == NULL);
	SAID(pthread_setspecific(first, "first"));
	return pthread_getspecific(first);
}

static void keys(void)
{
	pthread_t thread;
	void *result;

	SAID(pthread_key_create(&first, destroy));
	SAID(pthread_key_create(&second, destroy));
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, keep, NULL);
		pthread_join(thread, &result);
		printf("kept %s\n", (char *)result);
	}
	SAID(pthread_key_delete(first));
	SAID(pthread_setspecific(first, "x"));
}

/* ---- attributes ---- */

static volatile int looked;

static void *look(void *size)
{
	pthread_attr_t own;
	size_t bytes;

	pthread_getattr_np(pthread_self(), &own);
	pthread_attr_getstacksize(&own, &bytes);
	IS(bytes == *(size_t *)size);
	pthread_attr_destroy(&own);
	looked++;
	return NULL;
}

static void attributes(void)
{
	pthread_attr_t wanted;
	pthread_t thread;
	size_t size = 256 << 10;
	char name[16] = {};

	pthread_attr_init(&wanted);
	SAID(pthread_attr_setstacksize(&wanted, 100));
	SAID(pthread_attr_setstacksize(&wanted, size));
	pthread_create(&thread, &wanted, look, &size);
	pthread_join(thread, NULL);
	SAID(pthread_attr_setdetachstate(&wanted, PTHREAD_CREATE_DETACHED));
	pthread_create(&thread, &wanted, look, &size);
	while (looked < 2)
		usleep(1000);
	SAID(pthread_setname_np(pthread_self(), "a name"));
	SAID(pthread_getname_np(pthread_self(), name, sizeof(name)));
	printf("%s\n", name);
	SAID(pthread_setname_np(pthread_self(), "a name that is too long"));
	IS(pthread_equal(pthread_self(), pthread_self()));
	SAID(pthread_join(pthread_self(), NULL));
}

static void *sleep_a_little(void *unused)
{
	usleep(500000);
	return "slept";
}

static void joins(void)
{
	pthread_t thread;
	struct timespec then;
	void *result;

	pthread_create(&thread, NULL, sleep_a_little, NULL);
	SAID(pthread_tryjoin_np(thread, &result));
	clock_gettime(CLOCK_REALTIME, &then);
	SAID(pthread_timedjoin_np(thread, &result, &then));
	then.tv_sec += 10;
	SAID(pthread_timedjoin_np(thread, &result, &then));
	printf("%s\n", (char *)result);
}

/* ---- cancelling ---- */

static volatile int begun, reached;

static void clean(void *what)
{
	printf("cleaned up %s\n", (char *)what);
}

/* Not until it says so. */
static void *refuse(void *unused)
{
	int old;

	SAID(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
	IS(old == PTHREAD_CANCEL_ENABLE);
	begun = 1;
	usleep(50000);
	reached = 1;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	reached = 2;
	return NULL;
}

/* Not where it only computes. */
static void *compute(void *unused)
{
	pthread_cleanup_push(clean, "outer");
	pthread_cleanup_push(clean, "inner");
	begun = 1;
	while (!reached)
		sched_yield();
	reached = 3;
	pthread_testcancel();
	reached = 4;
	pthread_cleanup_pop(1);
	pthread_cleanup_pop(1);
	return NULL;
}

/* At once, wherever it is. */
static void *anywhere(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	reached = 5;
	begun = 1;
	for (;;)
		sched_yield();
	return NULL;
}

static void *leave(void *unused)
{
	pthread_cleanup_push(clean, "by itself");
	pthread_exit("left");
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancel(void *(*function)(void *), bool release)
{
	pthread_t thread;
	void *result;

	begun = reached = 0;
	if (pthread_create(&thread, NULL, function, NULL))
		OK(-1);
	/* Those that have begun may be cancelled at once. */
	while (!begun)
		usleep(1000);
	SAID(pthread_cancel(thread));
	if (release)
		reached = 1;
	SAID(pthread_join(thread, &result));
	printf("%s, reached %d\n", result == PTHREAD_CANCELED ? "cancelled" : "returned", reached);
}

static void cancels(void)
{
	pthread_t thread;
	void *result;

	cancel(refuse, false);
	cancel(compute, true);
	cancel(anywhere, false);
	pthread_create(&thread, NULL, leave, NULL);
	pthread_join(thread, &result);
	printf("%s\n", (char *)result);
	SAID(pthread_setcancelstate(99, NULL));
}

/* ---- masks ---- */

static volatile int handled;

static void note(int signal)
{
	handled = syscall(SYS_gettid);
}

static void *take(void *set)
{
	int number;

	SAID(sigwait(set, &number));
	printf("took %s\n", sigabbrev_np(number));
	return NULL;
}

/* A signal to the process goes to a thread that does not block it. */
static void masks(void)
{
	struct sigaction action = {.sa_handler = note};
	pthread_t thread;
	sigset_t set;

	sigaction(SIGUSR2, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	SAID(pthread_sigmask(SIG_BLOCK, &set, NULL));
	pthread_create(&thread, NULL, take, &set);
	usleep(10000);
	int sent = kill(getpid(), SIGUSR1);
	pthread_join(thread, NULL);
	SAY(sent);
	SAY(kill(getpid(), SIGUSR2));
	IS(handled == getpid());
	SAID(pthread_kill(pthread_self(), 0));
	SAID(pthread_kill(pthread_self(), 99));
}

int main(void)
{
	keys();
	attributes();
	joins();
	cancels();
	masks();
	return done();
}
