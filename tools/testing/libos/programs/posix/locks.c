// SPDX-License-Identifier: GPL-2.0
/* What threads lock, wait for and keep: each kind, with its mistakes and its time-outs. */

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "say.h"
#include "took.h"

#define SAID(call) said_error(#call, call)

static void said_error(const char *call, int error)
{
	printf("%s: %s\n", call, error ? strerrorname_np(error) : "ok");
}

static struct timespec after(clockid_t clock, long ms)
{
	struct timespec then;

	clock_gettime(clock, &then);
	then.tv_nsec += ms * 1000000;
	then.tv_sec += then.tv_nsec / 1000000000;
	then.tv_nsec %= 1000000000;
	return then;
}

static void run(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, function, argument))
		OK(-1);
	SAID(pthread_join(thread, &result));
}

/* ---- mutexes ---- */

static void *try(void *mutex)
{
	SAID(pthread_mutex_trylock(mutex));
	return NULL;
}

static void *wait_a_little(void *mutex)
{
	struct timespec then = after(CLOCK_REALTIME, 110);

	begin();
	SAID(pthread_mutex_timedlock(mutex, &then));
	took("timedlock", 110);
	then = after(CLOCK_MONOTONIC, 110);
	SAID(pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &then));
	took("clocklock", 110);
	return NULL;
}

static void mutexes(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t recursive, plain = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutexattr_init(&attributes);
	SAID(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE));
	pthread_mutex_init(&recursive, &attributes);
	SAID(pthread_mutex_lock(&recursive));
	SAID(pthread_mutex_lock(&recursive));
	run(try, &recursive);
	SAID(pthread_mutex_unlock(&recursive));
	run(try, &recursive);
	SAID(pthread_mutex_unlock(&recursive));
	SAID(pthread_mutex_unlock(&recursive));
	pthread_mutex_lock(&plain);
	run(wait_a_little, &plain);
	pthread_mutex_unlock(&plain);
	SAID(pthread_mutex_destroy(&plain));
	SAID(pthread_mutexattr_settype(&attributes, 99));
}

static void *die_with(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

/* The owner has died: the next one is told. */
static void robust(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;

	pthread_mutexattr_init(&attributes);
	SAID(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
	pthread_mutex_init(&mutex, &attributes);
	run(die_with, &mutex);
	SAID(pthread_mutex_lock(&mutex));
	SAID(pthread_mutex_consistent(&mutex));
	SAID(pthread_mutex_unlock(&mutex));
	run(die_with, &mutex);
	SAID(pthread_mutex_lock(&mutex));
	SAID(pthread_mutex_unlock(&mutex));
	SAID(pthread_mutex_lock(&mutex));
}

/* Priority inheritance is a futex of its own kind. */
static void inheriting(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;

	pthread_mutexattr_init(&attributes);
	SAID(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
	pthread_mutex_init(&mutex, &attributes);
	SAID(pthread_mutex_lock(&mutex));
	run(try, &mutex);
	run(wait_a_little, &mutex);
	SAID(pthread_mutex_unlock(&mutex));
}

/* ---- conditions ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static int waiting, wakes;

static void until_waiting(int wanted)
{
	for (int now = -1; now != wanted; usleep(1000)) {
		pthread_mutex_lock(&mutex);
		now = waiting;
		pthread_mutex_unlock(&mutex);
	}
	printf("%d wait\n", wanted);
}

static void *wait_for_one(void *unused)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (!wakes)
		pthread_cond_wait(&woken, &mutex);
	wakes--;
	waiting--;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void conditions(void)
{
	pthread_condattr_t attributes;
	pthread_cond_t monotonic;
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, wait_for_one, NULL);
	until_waiting(3);
	pthread_mutex_lock(&mutex);
	wakes = 1;
	SAID(pthread_cond_signal(&woken));
	pthread_mutex_unlock(&mutex);
	until_waiting(2);
	pthread_mutex_lock(&mutex);
	wakes = 2;
	SAID(pthread_cond_broadcast(&woken));
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("%d wait\n", waiting);
	pthread_condattr_init(&attributes);
	SAID(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
	pthread_cond_init(&monotonic, &attributes);
	struct timespec then = after(CLOCK_MONOTONIC, 110);
	pthread_mutex_lock(&mutex);
	begin();
	SAID(pthread_cond_timedwait(&monotonic, &mutex, &then));
	took("timedwait", 110);
	pthread_mutex_unlock(&mutex);
	SAID(pthread_cond_destroy(&monotonic));
}

/* ---- locks for readers and writers ---- */

static void *try_both(void *lock)
{
	struct timespec then = after(CLOCK_REALTIME, 110);

	SAID(pthread_rwlock_tryrdlock(lock));
	SAID(pthread_rwlock_trywrlock(lock));
	begin();
	SAID(pthread_rwlock_timedwrlock(lock, &then));
	took("timedwrlock", 110);
	pthread_rwlock_unlock(lock);
	return NULL;
}

static void *try_to_read(void *lock)
{
	struct timespec then = after(CLOCK_REALTIME, 110);

	begin();
	SAID(pthread_rwlock_timedrdlock(lock, &then));
	took("timedrdlock", 110);
	return NULL;
}

static void readers_and_writers(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	SAID(pthread_rwlock_rdlock(&lock));
	run(try_both, &lock);
	SAID(pthread_rwlock_unlock(&lock));
	SAID(pthread_rwlock_wrlock(&lock));
	run(try_to_read, &lock);
	SAID(pthread_rwlock_rdlock(&lock));
	SAID(pthread_rwlock_unlock(&lock));
	SAID(pthread_rwlock_destroy(&lock));
}

/* ---- barriers, spin locks, semaphores ---- */

static pthread_spinlock_t spinlock;
static int counted;

static void *count(void *barrier)
{
	int serial = pthread_barrier_wait(barrier) == PTHREAD_BARRIER_SERIAL_THREAD;

	for (int i = 0; i < 1000; i++) {
		pthread_spin_lock(&spinlock);
		counted++;
		pthread_spin_unlock(&spinlock);
	}
	return (void *)(long)serial;
}

static void *try_to_spin(void *unused)
{
	SAID(pthread_spin_trylock(&spinlock));
	return NULL;
}

static void spinning(void)
{
	pthread_barrier_t barrier;
	pthread_t threads[4];
	long serial = 0;

	SAID(pthread_barrier_init(&barrier, NULL, 0));
	SAID(pthread_barrier_init(&barrier, NULL, 4));
	SAID(pthread_spin_init(&spinlock, PTHREAD_PROCESS_PRIVATE));
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, count, &barrier);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(threads[i], &result);
		serial += (long)result;
	}
	printf("counted %d, %ld serial\n", counted, serial);
	pthread_spin_lock(&spinlock);
	run(try_to_spin, NULL);
	pthread_spin_unlock(&spinlock);
	SAID(pthread_barrier_destroy(&barrier));
}

static void *post_later(void *semaphore)
{
	usleep(110000);
	sem_post(semaphore);
	return NULL;
}

static void semaphores(void)
{
	sem_t semaphore;
	int value = -1;
	pthread_t thread;

	SAY(sem_init(&semaphore, 0, 2));
	SAY(sem_wait(&semaphore));
	SAY(sem_trywait(&semaphore));
	SAY(sem_trywait(&semaphore));
	struct timespec then = after(CLOCK_REALTIME, 110);
	begin();
	SAY(sem_timedwait(&semaphore, &then));
	took("timedwait", 110);
	pthread_create(&thread, NULL, post_later, &semaphore);
	SAY(sem_wait(&semaphore));
	took("posted", 110);
	pthread_join(thread, NULL);
	SAY(sem_post(&semaphore));
	SAY(sem_getvalue(&semaphore, &value));
	printf("value %d\n", value);
	SAY(sem_destroy(&semaphore));
	sem_t *named = sem_open("/libos-semaphore", O_CREAT | O_EXCL, 0600, 1);
	IS(named != SEM_FAILED);
	SAY(sem_wait(named));
	SAY(sem_trywait(named));
	SAY(sem_close(named));
	SAY(sem_unlink("/libos-semaphore"));
	SAY(sem_unlink("/libos-semaphore"));
}

int main(void)
{
	mutexes();
	robust();
	inheriting();
	conditions();
	readers_and_writers();
	spinning();
	semaphores();
	return done();
}
