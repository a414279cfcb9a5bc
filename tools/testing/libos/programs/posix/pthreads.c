// SPDX-License-Identifier: GPL-2.0
/* POSIX threads and all that they wait for. */

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include "say.h"

enum { MANY = 8 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t semaphore;
static int counter, turn, initialized, destroyed, serial;

static void start(pthread_t threads[MANY], void *(*function)(void *))
{
	for (long i = 0; i < MANY; i++)
		if (pthread_create(&threads[i], NULL, function, (void *)i))
			OK(-1);
}

static void join(pthread_t threads[MANY])
{
	long sum = 0;

	for (int i = 0; i < MANY; i++) {
		void *result;

		if (pthread_join(threads[i], &result))
			OK(-1);
		sum += (long)result;
	}
	printf("joined, sum %ld\n", sum);
}

static void initialize(void)
{
	initialized++;
}

static void destroy(void *value)
{
	destroyed += (long)value;
}

static void *work(void *number)
{
	static __thread int own;

	pthread_once(&once, initialize);
	pthread_setspecific(key, (void *)1L);
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		int seen = counter;
		if (i % 10 == 0)
			sched_yield();
		counter = seen + 1;
		pthread_mutex_unlock(&mutex);
		own++;
	}
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		serial++;
	return (void *)((long)number + own);
}

static void *in_turn(void *number)
{
	pthread_mutex_lock(&mutex);
	while (turn != (long)number)
		pthread_cond_wait(&condition, &mutex);
	printf("turn of %ld\n", (long)number);
	turn++;
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
	sem_post(&semaphore);
	return NULL;
}

static void together(void)
{
	pthread_t threads[MANY];

	pthread_key_create(&key, destroy);
	pthread_barrier_init(&barrier, NULL, MANY);
	pthread_rwlock_wrlock(&rwlock);
	start(threads, work);
	usleep(10000);
	pthread_rwlock_unlock(&rwlock);
	join(threads);
	printf("counter %d, once %d, keys %d, serial %d\n", counter, initialized, destroyed,
	       serial);
	sem_init(&semaphore, 0, 0);
	start(threads, in_turn);
	for (int i = 0; i < MANY; i++)
		sem_wait(&semaphore);
	join(threads);
	SAY(sem_trywait(&semaphore));
}

static void timeouts(void)
{
	struct timespec then;

	clock_gettime(CLOCK_REALTIME, &then);
	then.tv_sec++;
	pthread_mutex_lock(&mutex);
	printf("%s\n", strerrorname_np(pthread_cond_timedwait(&condition, &mutex, &then)));
	printf("%s\n", strerrorname_np(pthread_mutex_timedlock(&mutex, &then)));
	SAY(sem_timedwait(&semaphore, &then));
	pthread_mutex_unlock(&mutex);
	pthread_mutexattr_t attributes;
	pthread_mutex_t checked;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checked, &attributes);
	pthread_mutex_lock(&checked);
	printf("%s\n", strerrorname_np(pthread_mutex_lock(&checked)));
	pthread_mutex_unlock(&checked);
	printf("%s\n", strerrorname_np(pthread_mutex_unlock(&checked)));
}

static void cleaned(void *what)
{
	printf("cleaned up %s\n", (const char *)what);
}

static void *in_read(void *end)
{
	char byte;

	pthread_cleanup_push(cleaned, "read");
	if (read(*(int *)end, &byte, 1) >= 0)
		OK(-1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_wait(void *unused)
{
	pthread_cleanup_push(cleaned, "wait");
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_sleep(void *unused)
{
	sleep(1000);
	return NULL;
}

static void cancelled(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	void *result;

	pthread_create(&thread, NULL, function, argument);
	usleep(10000);
	int failed = pthread_cancel(thread) || pthread_join(thread, &result);
	IS(!failed && result == PTHREAD_CANCELED);
}

static volatile sig_atomic_t signalled;

static void note(int signal)
{
	signalled++;
}

static void signals(void)
{
	pthread_t thread;
	struct sigaction action = {.sa_handler = note};

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, in_sleep, NULL);
	usleep(10000);
	SAY(pthread_kill(thread, SIGUSR1));
	SAY(pthread_join(thread, NULL));
	printf("signalled %d\n", signalled);
}

static void *last(void *unused)
{
	usleep(50000);
	exit(done());
}

int main(void)
{
	int ends[2];
	pthread_t thread;

	if (pipe(ends))
		OK(-1);
	together();
	timeouts();
	cancelled(in_read, &ends[0]);
	cancelled(in_wait, NULL);
	pthread_mutex_unlock(&mutex);
	cancelled(in_sleep, NULL);
	signals();
	pthread_create(&thread, NULL, last, NULL);
	pthread_detach(thread);
	pthread_exit(NULL);
}
