// SPDX-License-Identifier: GPL-2.0
/* What threads do at the same time: signals and processes that meet in the middle of a call. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "say.h"

#define FORKS	100
#define TIMES	3000
#define ORPHANS 50

extern char **environ;

static volatile bool over;

static pthread_t beside(void *(*what)(void *))
{
	pthread_t thread;

	over = false;
	if (pthread_create(&thread, NULL, what, NULL))
		OK(-1);
	return thread;
}

static void end(pthread_t thread)
{
	over = true;
	pthread_join(thread, NULL);
}

static void handle(int signal) {}

static int status_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Libc has each thread told by a signal of its own. */
static void *become_nobody_else(void *unused)
{
	while (!over)
		if (setuid(getuid()))
			OK(-1);
	return unused;
}

static void masks(void)
{
	pthread_t thread = beside(become_nobody_else);
	sigset_t mask;
	int good = 0;

	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(sigprocmask(0, NULL, &mask) || !sigisemptyset(&mask));
		good += !status_of(child) && !sigprocmask(0, NULL, &mask) && sigisemptyset(&mask);
	}
	SAY(good);
	end(thread);
}

static void often(int microseconds)
{
	const struct itimerval timer = {
		.it_interval.tv_usec = microseconds,
		.it_value.tv_usec = microseconds,
	};
	const struct sigaction action = {.sa_handler = handle};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Calls that never wait are not interrupted, though no handler is to restart them. */
static void interrupted(void)
{
	struct stat status;
	int good = 0;

	often(53);
	for (int i = 0; i < TIMES; i++) {
		int fd = open("/dev/null", O_RDONLY);

		good += fd >= 0 && !close(fd) && !stat("/", &status);
	}
	often(0);
	SAY(good);
}

/* A mask is a call's own, whatever comes before it and after. */
static void masked(int fd)
{
	const struct timespec now = {};
	struct pollfd file = {.fd = fd, .events = POLLIN};
	sigset_t mask, after;
	int good = 0;

	sigfillset(&mask);
	often(53);
	for (int i = 0; i < TIMES; i++)
		good += !ppoll(&file, 1, &now, &mask) && !sigprocmask(0, NULL, &after) &&
			sigisemptyset(&after);
	often(0);
	SAY(good);
	close(fd);
}

static void *urge(void *unused)
{
	while (!over)
		kill(getpid(), SIGURG);
	return unused;
}

/* A signal arrives for a handler that is no longer there. */
static void left_over(void)
{
	const struct sigaction action = {.sa_handler = handle,
					 .sa_flags = SA_RESTART | SA_RESETHAND};
	pthread_t threads[] = {beside(urge), beside(urge)};

	for (int i = 0; i < 10 * TIMES; i++) {
		sigaction(SIGURG, &action, NULL);
		signal(SIGURG, SIG_DFL);
	}
	end(threads[0]);
	end(threads[1]);
	OK(socket(AF_INET, SOCK_STREAM, 0));
}

static volatile time_t longest;

static void *spawn_often(void *unused)
{
	char *const words[] = {"true", NULL};

	while (!over) {
		time_t begin = time(NULL);
		pid_t child;

		if (posix_spawnp(&child, "true", NULL, NULL, words, environ))
			OK(-1);
		if (time(NULL) - begin > longest)
			longest = time(NULL) - begin;
		status_of(child);
	}
	return unused;
}

/* Whoever starts a program does not wait for the children of others. */
static void spawned(void)
{
	pid_t children[FORKS];
	pthread_t thread = beside(spawn_often);

	for (int i = 0; i < FORKS; i++) {
		children[i] = fork();
		if (!children[i])
			_exit(sleep(10));
	}
	usleep(100000);
	for (int i = 0; i < FORKS; i++) {
		kill(children[i], SIGKILL);
		status_of(children[i]);
	}
	end(thread);
	IS(longest < 5);
}

static void *change_often(void *unused)
{
	const struct sigaction action = {.sa_handler = handle};

	while (!over)
		sigaction(SIGUSR1, &action, NULL);
	return unused;
}

/* A child may change what another thread was just changing. */
static void changed(void)
{
	pthread_t thread = beside(change_often);
	int good = 0;

	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(signal(SIGUSR1, SIG_IGN) == SIG_ERR);
		good += !status_of(child);
	}
	SAY(good);
	end(thread);
}

/* A child whose parent ends before it comes to run; then others, which are killed. */
static void orphaned(void)
{
	int told[2], size = sizeof(pid_t);
	pid_t child, grandchild;

	if (pipe(told))
		OK(-1);
	for (int i = 0; i < ORPHANS; i++) {
		child = fork();
		if (!child) {
			if (!fork())
				usleep(10000);
			_exit(0);
		}
		if (status_of(child))
			OK(-1);
		usleep(15000);
		child = fork();
		if (!child) {
			grandchild = fork();
			if (grandchild && write(told[1], &grandchild, size) != size)
				OK(-1);
			pause();
		}
		if (read(told[0], &grandchild, size) != size)
			OK(-1);
		kill(child, SIGKILL);
		kill(grandchild, SIGKILL);
		if (!WIFSIGNALED(status_of(child)))
			OK(-1);
	}
	printf("orphaned\n");
	close(told[0]);
	close(told[1]);
}

int main(void)
{
	orphaned();
	masks();
	interrupted();
	masked(socket(AF_INET, SOCK_DGRAM, 0));
	masked(eventfd(0, 0));
	left_over();
	spawned();
	changed();
	return done();
}
