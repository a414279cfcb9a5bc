// SPDX-License-Identifier: GPL-2.0
/* A worker: threads that serve, and threads that do anything. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "stress.h"

static int own;
static uint64_t own_seed;

/* Accepts, waiting in one of all ways. Others may have been faster. */
static int accept_one(void)
{
	if (below(2))
		await(listener, true);
	return accept4(listener, NULL, NULL, below(2) ? SOCK_CLOEXEC : 0);
}

static void serve(void)
{
	while (!shared->stops) {
		step("accepts");
		int fd = accept_one();

		if (fd >= 0) {
			echo(fd);
			close(fd);
		} else if (!shared->stops && !is_end(errno) && errno != EINTR) {
			fail("accept: %s", strerror(errno));
		}
	}
}

/* Somebody is to be killed by somebody else. */
static void kill_victim(void)
{
	pid_t victim = atomic_exchange(&shared->victim, 0);

	if (victim)
		kill(victim, SIGKILL);
}

static void *live(void *number)
{
	long seat = (long)number;

	seed_random(own_seed * THREADS + seat);
	shared->seat[own][seat].steps = 0;
	seat_of_thread = &shared->seat[own][seat];
	if (seat < SERVERS) {
		serve();
	} else {
		while (!shared->stops) {
			kill_victim();
			any_operation();
		}
	}
	step("has ended");
	return NULL;
}

void work(int worker, uint64_t seed)
{
	pthread_t threads[THREADS];
	struct use before, after;

	own = worker;
	own_seed = seed;
	signal(SIGPIPE, SIG_IGN);
	measure(&before);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, live, (void *)i))
			fail("pthread_create failed");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	measure(&after);
	/* The library watches the host's files by one descriptor, once it is asked to. */
	if (after.host_descriptors > before.host_descriptors + 1 ||
	    after.library_descriptors != before.library_descriptors)
		fail("worker %d leaves descriptors: of the host %d, before %d; "
		     "of the library %d, before %d",
		     worker, after.host_descriptors, before.host_descriptors,
		     after.library_descriptors, before.library_descriptors);
}
