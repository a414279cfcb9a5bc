// SPDX-License-Identifier: GPL-2.0
/* Limits of addresses, and of what poll(2) may be given: those that the program has set, no others.
 */

#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "say.h"

enum { MOST = 256, MEGABYTE = 1 << 20 };

static long of(rlim_t limit)
{
	return limit == RLIM_INFINITY ? -1 : (long)(limit / MEGABYTE);
}

static void say_limit(void)
{
	struct rlimit limit = {0, 0};

	OK(getrlimit(RLIMIT_AS, &limit));
	printf("  %ld of %ld MB\n", of(limit.rlim_cur), of(limit.rlim_max));
	OK(prlimit(getpid(), RLIMIT_AS, NULL, &limit));
	printf("  %ld of %ld MB\n", of(limit.rlim_cur), of(limit.rlim_max));
	OK(syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, &limit));
	printf("  %ld of %ld MB\n", of(limit.rlim_cur), of(limit.rlim_max));
}

static int map(size_t megabytes)
{
	void *at = mmap(NULL, megabytes * MEGABYTE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -1;
	munmap(at, megabytes * MEGABYTE);
	return 0;
}

static void room(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	OK(fd);
	close(fd);
	OK(map(100));
	OK(map(500));
}

static int set(long current, long maximum)
{
	struct rlimit limit = {current * MEGABYTE, maximum * MEGABYTE};

	return setrlimit(RLIMIT_AS, &limit);
}

static void limit_child(void)
{
	struct rlimit limit = {300L * MEGABYTE, 350L * MEGABYTE}, before;
	int status, ready[2];
	pid_t child;

	pipe(ready);
	fflush(stdout);
	child = fork();
	if (!child) {
		read(ready[0], &status, 1);
		say_limit();
		room();
		fflush(stdout);
		_exit(0);
	}
	OK(prlimit(child, RLIMIT_AS, &limit, &before));
	printf("  it had %ld of %ld MB\n", of(before.rlim_cur), of(before.rlim_max));
	write(ready[1], "", 1);
	waitpid(child, &status, 0);
}

static void poll_many(void)
{
	static struct pollfd polled[MOST];
	struct rlimit limit;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = 0; i < MOST; i++)
		polled[i] = (struct pollfd){.fd = -1, .events = POLLOUT};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 100;
	SAY(setrlimit(RLIMIT_NOFILE, &limit));
	SAY(poll(polled, 101, 0));
	polled[0].fd = fd;
	SAY(poll(polled, 100, 0));
	SAY(poll(polled, 101, 0));
	SAY(ppoll(polled, MOST, &(struct timespec){0}, NULL));
	SAY(poll(polled, 1, 0));
	close(fd);
}

int main(int count, char **arguments)
{
	if (count > 1) {
		printf("%s\n", arguments[1]);
		say_limit();
		room();
		return done();
	}
	say_limit();
	room();
	OK(getrlimit(RLIMIT_AS, (void *)8));
	SAY(set(400, 450));
	say_limit();
	room();
	SAY(set(450, 450));
	SAY(set(1, 0));
	say_limit();
	limit_child();
	poll_many();
	fflush(stdout);
	OK(execl("/proc/self/exe", "memorylimits", "executed", NULL));
}
