// SPDX-License-Identifier: GPL-2.0
/* Pipes with and without names: room, ends, waiting, and what is written at once. */

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "say.h"

static void simple(void)
{
	int ends[2], waiting = -1;
	char text[16] = {};

	SAY(pipe(ends));
	SAY(write(ends[1], "some text", 9));
	SAY(ioctl(ends[0], FIONREAD, &waiting));
	printf("%d waiting\n", waiting);
	SAY(read(ends[0], text, 4));
	say_bytes(text, 4);
	struct iovec parts[] = {{text, 2}, {text + 2, 10}};
	SAY(readv(ends[0], parts, 2));
	say_bytes(text, 5);
	SAY(read(ends[1], text, 1));
	SAY(write(ends[0], text, 1));
	SAY(lseek(ends[0], 0, SEEK_SET));
	SAY(close(ends[1]));
	SAY(read(ends[0], text, 1));
	SAY(close(ends[0]));
}

static volatile int broken;

static void note(int signal)
{
	broken++;
}

static void unread(void)
{
	int ends[2];

	signal(SIGPIPE, note);
	SAY(pipe2(ends, O_CLOEXEC));
	SAY(fcntl(ends[1], F_GETFD));
	close(ends[0]);
	SAY(write(ends[1], "x", 1));
	printf("SIGPIPE %d\n", broken);
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
	SAY(pipe2(ends, 0x7fffffff));
}

static void room(void)
{
	static char page[PIPE_BUF];
	int ends[2];
	long all = 0;

	SAY(pipe2(ends, O_NONBLOCK));
	SAY(fcntl(ends[1], F_SETPIPE_SZ, 65536));
	SAY(fcntl(ends[0], F_GETPIPE_SZ));
	SAY(read(ends[0], page, 1));
	while (write(ends[1], page, sizeof(page)) == sizeof(page))
		all += sizeof(page);
	printf("%ld bytes have room\n", all);
	struct pollfd out = {ends[1], POLLOUT, 0};
	SAY(poll(&out, 1, 0));
	SAY(read(ends[0], page, 100));
	/* What fits in whole is not written in part. */
	SAY(write(ends[1], page, sizeof(page)));
	SAY(read(ends[0], page, sizeof(page) - 100));
	SAY(write(ends[1], page, sizeof(page)));
	close(ends[0]);
	close(ends[1]);
}

/* A writer waits for room, and a reader for it. */
static void between_processes(void)
{
	enum { LOT = 1 << 20 };
	static char some[10000];
	int ends[2], status;
	long all = 0, sum = 0, n;

	SAY(pipe(ends));
	fflush(stdout);
	if (!fork()) {
		long left = LOT;

		close(ends[0]);
		memset(some, 7, sizeof(some));
		while (left > 0 && (n = write(ends[1], some, left < 10000 ? left : 10000)) > 0)
			left -= n;
		_exit(left != 0);
	}
	close(ends[1]);
	while ((n = read(ends[0], some, sizeof(some))) > 0) {
		for (int i = 0; i < n; i++)
			sum += some[i];
		all += n;
	}
	wait(&status);
	printf("%ld bytes, sum %ld, status %d\n", all, sum, status);
	close(ends[0]);
}

/* Each write of many is in one piece. */
static void whole_lines(void)
{
	enum { WRITERS = 4, LINES = 50 };
	int ends[2], whole = 0;
	char line[32];

	SAY(pipe(ends));
	fflush(stdout);
	for (int writer = 0; writer < WRITERS; writer++)
		if (!fork()) {
			for (int i = 0; i < LINES; i++) {
				snprintf(line, sizeof(line), "writer %d line %2d\n", writer, i);
				if (write(ends[1], line, 17) != 17)
					_exit(1);
				if (i % 10 == 0)
					usleep(1000);
			}
			_exit(0);
		}
	close(ends[1]);
	FILE *from = fdopen(ends[0], "r");
	int writer, number;
	while (fgets(line, sizeof(line), from))
		whole += sscanf(line, "writer %d line %d", &writer, &number) == 2 &&
			 strlen(line) == 17;
	printf("%d whole lines\n", whole);
	fclose(from);
	while (wait(NULL) > 0)
		;
}

static void named(void)
{
	const char *name = "/tmp/libos-pipe";
	struct stat about;
	char text[16];
	int fd;

	unlink(name);
	SAY(mkfifo(name, 0640));
	SAY(mkfifo(name, 0640));
	SAY(stat(name, &about));
	IS(S_ISFIFO(about.st_mode));
	SAY(open(name, O_WRONLY | O_NONBLOCK));
	fflush(stdout);
	if (!fork()) {
		usleep(50000);
		fd = open(name, O_WRONLY);
		_exit(write(fd, "by its name", 11) != 11);
	}
	fd = open(name, O_RDONLY);
	OK(fd);
	SAY(read(fd, text, 11));
	say_bytes(text, 11);
	SAY(read(fd, text, 1));
	SAY(close(fd));
	SAY(unlink(name));
	SAY(access(name, F_OK));
	wait(NULL);
}

int main(void)
{
	simple();
	unread();
	room();
	between_processes();
	whole_lines();
	named();
	return done();
}
