// SPDX-License-Identifier: GPL-2.0
/* The parent of all workers: begins them, has them killed, and looks what is left. */

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "stress.h"

/* A thread that does nothing for so long hangs. */
enum { HANG_SECONDS = 60 };

static uint64_t generation;

static void begin(int worker)
{
	uint64_t seed = ++generation * 1000003 + next_random();
	pid_t pid = fork();

	if (pid < 0)
		fail("fork: %s", strerror(errno));
	if (!pid) {
		work(worker, seed);
		_exit(shared->failed ? 1 : 0);
	}
	shared->pid[worker] = pid;
}

/* ---- hanging ---- */

static uint64_t steps_before[WORKERS][THREADS];
static int idle_seconds[WORKERS][THREADS];

static void tell_all_seats(void)
{
	for (int w = 0; w < WORKERS; w++)
		for (int t = 0; t < THREADS; t++)
			printf("worker %d (%d), thread %d: %s, %d s\n", w, shared->pid[w], t,
			       shared->seat[w][t].does, idle_seconds[w][t]);
	fflush(stdout);
}

/* One that waits for others' connections may do so for long. */
static bool may_idle(const char *does)
{
	return !shared->stops && does && !strcmp(does, "accepts");
}

static void look_for_hanging(void)
{
	for (int w = 0; w < WORKERS; w++)
		for (int t = 0; t < THREADS; t++) {
			struct seat *seat = &shared->seat[w][t];
			bool moved = seat->steps != steps_before[w][t] || may_idle(seat->does);

			steps_before[w][t] = seat->steps;
			idle_seconds[w][t] = moved ? 0 : idle_seconds[w][t] + 1;
			if (idle_seconds[w][t] > HANG_SECONDS) {
				tell_all_seats();
				fail("worker %d, thread %d hangs: it %s", w, t, seat->does);
			}
		}
}

/* ---- killing ---- */

static void wait_killed(int worker)
{
	int status;

	if (waitpid(shared->pid[worker], &status, 0) != shared->pid[worker])
		fail("waitpid: %s", strerror(errno));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail("worker %d, to be killed, ended with %#x", worker, status);
}

/* Children of the killed one that were counted are ours no more to know. */
static void kill_one(void)
{
	int worker = below(WORKERS);
	pid_t pid = shared->pid[worker];

	if (below(2)) {
		kill(pid, SIGKILL);
	} else {
		/* Any worker does it, perhaps itself. */
		shared->victim = pid;
	}
	wait_killed(worker);
	shared->victim = 0;
	shared->children = 0;
	begin(worker);
}

/* ---- rounds ---- */

static int listen_on_lo(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof(lo_tcp);

	lo_tcp = (struct sockaddr_in){.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)&lo_tcp, length) || listen(fd, 100) ||
	    getsockname(fd, (struct sockaddr *)&lo_tcp, &length) ||
	    /* Of several that are ready, others may have been faster. */
	    fcntl(fd, F_SETFL, 0))
		fail("the listener: %s", strerror(errno));
	return fd;
}

static void wait_ended(int worker)
{
	int status = 0;

	for (;;) {
		pid_t pid = waitpid(shared->pid[worker], &status, WNOHANG);

		if (pid)
			break;
		sleep(1);
		look_for_hanging();
	}
	if (status)
		fail("worker %d ended with %#x", worker, status);
}

static void round_of(int seconds)
{
	shared->stops = false;
	shared->children = 0;
	memset(idle_seconds, 0, sizeof(idle_seconds));
	listener = listen_on_lo();
	for (int w = 0; w < WORKERS; w++)
		begin(w);
	for (int i = 0; i < seconds; i++) {
		sleep(1);
		look_for_hanging();
		kill_one();
	}
	shared->stops = true;
	/* Whoever accepts is told. */
	shutdown(listener, SHUT_RDWR);
	for (int w = 0; w < WORKERS; w++)
		wait_ended(w);
	close(listener);
}

static uint64_t steps(void)
{
	uint64_t sum = 0;

	for (int w = 0; w < WORKERS; w++)
		for (int t = 0; t < THREADS; t++)
			sum += shared->seat[w][t].steps;
	return sum;
}

/* The kernel frees some things a moment later. */
static void settle(struct use *use, const struct use *wanted)
{
	for (int i = 0; i < 30; i++) {
		measure(use);
		if (wanted && use->sockets <= wanted->sockets)
			break;
		sleep(1);
		if (!wanted && i)
			break;
	}
}

static void compare(const struct use *before, const struct use *after)
{
	/* Of pages that are partly used there are never as many as before. */
	enum { SLACK_KIB = 3072 };

	if (after->host_descriptors != before->host_descriptors ||
	    after->library_descriptors != before->library_descriptors ||
	    after->sockets > before->sockets)
		fail("descriptors or sockets are left");
	if (after->stack_kib > before->stack_kib + 256)
		fail("kernel stacks are left");
	if (after->free_kib + SLACK_KIB < before->free_kib ||
	    after->unreclaimable_kib > before->unreclaimable_kib + SLACK_KIB)
		fail("memory is left");
}

int supervise(int seconds, uint64_t seed)
{
	struct use before, after;

	seed_random(seed);
	/* What is made once and kept is made here. */
	round_of(3);
	settle(&before, NULL);
	tell("before", &before);
	round_of(seconds);
	settle(&after, &before);
	tell("after", &after);
	compare(&before, &after);
	printf("%lu steps of the last workers, %lu processes\n", steps(), generation);
	printf(shared->failed ? "failed\n" : "nothing is left\n");
	return shared->failed;
}
