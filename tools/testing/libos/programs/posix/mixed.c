// SPDX-License-Identifier: GPL-2.0
/* Threads and processes together: forks of threads, programs in the place of threads. */

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "say.h"

static volatile int *shared;

static void *wait_for_ever(void *unused)
{
	while (pause())
		;
	return NULL;
}

static void describe(int status)
{
	if (WIFEXITED(status))
		printf("  exit %d\n", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("  %s\n", sigabbrev_np(WTERMSIG(status)));
}

static void *forks(void *number)
{
	pid_t child = fork();
	int status;

	if (!child) {
		usleep(1000);
		_exit((long)number);
	}
	if (waitpid(child, &status, 0) != child)
		return (void *)-1L;
	return (void *)(long)WEXITSTATUS(status);
}

static void forked_by_threads(void)
{
	pthread_t threads[4];
	long sum = 0;

	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, forks, (void *)(i + 1));
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("sum %ld\n", sum);
}

static void *execute(void *unused)
{
	execl("/bin/sh", "sh", "-c", "echo executed by a thread; exit 5", NULL);
	return NULL;
}

/* The program of a thread takes the place of all of them. */
static void executed_by_a_thread(void)
{
	int status;

	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		pthread_t thread;

		pthread_create(&thread, NULL, wait_for_ever, NULL);
		pthread_create(&thread, NULL, execute, NULL);
		wait_for_ever(NULL);
	}
	IS(waitpid(child, &status, 0) == child);
	describe(status);
}

/* Each way for a process with threads to end. */
static void ended(int how)
{
	int status;

	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		pthread_t thread;

		for (int i = 0; i < 3; i++)
			pthread_create(&thread, NULL, wait_for_ever, NULL);
		usleep(1000);
		if (how == 0)
			exit(6);
		if (how == 1)
			abort();
		if (how == 2)
			kill(getpid(), SIGKILL);
		pthread_exit(NULL);
	}
	if (how == 3) {
		usleep(200000);
		SAY(kill(child, SIGTERM));
	}
	IS(waitpid(child, &status, 0) == child);
	IS(how != 1 || WTERMSIG(status) == SIGABRT);
	if (how != 1)
		describe(status);
}

static void memory(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!fork()) {
		*shared = 42;
		_exit(0);
	}
	wait(NULL);
	printf("shared %d\n", *shared);
}

static void *identify(void *result)
{
	*(long *)result = syscall(SYS_gettid);
	return NULL;
}

static void numbers(void)
{
	pthread_t thread;
	long tid;

	IS(syscall(SYS_gettid) == getpid());
	pthread_create(&thread, NULL, identify, &tid);
	pthread_join(thread, NULL);
	IS(tid != getpid() && tid > 0);
	if (!fork())
		_exit(syscall(SYS_gettid) != getpid());
	int status;
	wait(&status);
	describe(status);
}

int main(void)
{
	forked_by_threads();
	executed_by_a_thread();
	for (int how = 0; how < 4; how++)
		ended(how);
	memory();
	numbers();
	return done();
}
