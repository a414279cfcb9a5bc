// SPDX-License-Identifier: GPL-2.0
/* Numbers of descriptors: dup, dup2, fcntl, close. */

#include <sys/stat.h>
#include <sys/wait.h>

#include "say.h"

static void copies(void)
{
	int ends[2];
	char text[8];

	printf("copies\n");
	tcp_pair(7001, ends);
	int copy = dup(ends[0]);
	IS(copy >= 0 && copy != ends[0]);
	SAY(send(copy, "abc", 3, 0));
	SAY(recv(ends[1], text, 3, MSG_WAITALL));
	SAY(close(ends[0]));
	SAY(send(ends[0], "abc", 3, 0));
	SAY(send(copy, "def", 3, 0));
	SAY(recv(ends[1], text, 3, MSG_WAITALL));
	say_bytes(text, 3);
	SAY(dup2(copy, 100));
	SAY(close(copy));
	SAY(send(100, "ghi", 3, 0));
	SAY(recv(ends[1], text, 3, MSG_WAITALL));
	/* The last copy ends the connection. */
	SAY(close(100));
	SAY(recv(ends[1], text, sizeof(text), 0));
	SAY(close(ends[1]));
	SAY(close(ends[1]));
	SAY(dup(500));
	SAY(dup2(500, 5));
	SAY(dup3(0, 0, 0));
}

static void over_something_else(void)
{
	int ends[2], pipes[2];
	char text[8];

	printf("a number that was something else\n");
	tcp_pair(7002, ends);
	if (pipe(pipes))
		return;
	/* A pipe becomes a socket. */
	IS(dup2(ends[0], pipes[1]) == pipes[1]);
	SAY(read(pipes[0], text, sizeof(text)));
	SAY(write(pipes[1], "abc", 3));
	SAY(recv(ends[1], text, 3, MSG_WAITALL));
	/* A socket becomes a pipe. */
	int more[2];
	if (pipe(more))
		return;
	IS(dup2(more[1], ends[0]) == ends[0]);
	SAY(write(ends[0], "xyz", 3));
	SAY(read(more[0], text, sizeof(text)));
	say_bytes(text, 3);
	SAY(send(ends[0], "xyz", 3, 0));
	/* A socket becomes standard input. */
	IS(dup2(ends[1], 0) == 0);
	SAY(send(pipes[1], "in", 2, 0));
	SAY(read(0, text, 2));
	say_bytes(text, 2);
	close(0);
}

static void lowest(void)
{
	printf("the lowest number\n");
	int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);
	int file = open("/dev/null", O_RDONLY);
	IS(b > a && file > b);
	SAY(close(a));
	int again = socket(AF_INET, SOCK_DGRAM, 0);
	IS(again == a);
	SAY(close(a));
	again = open("/dev/null", O_RDONLY);
	IS(again == a);
	SAY(close(b));
	again = dup(file);
	IS(again == b);
	close(a);
	close(b);
	close(file);
}

static void flags(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat stat;

	printf("flags\n");
	SAY(fcntl(fd, F_GETFD));
	SAY(fcntl(fd, F_GETFL));
	SAY(fcntl(fd, F_SETFD, 0));
	SAY(fcntl(fd, F_GETFD));
	int copy = fcntl(fd, F_DUPFD, 50), other = fcntl(fd, F_DUPFD_CLOEXEC, 50);
	printf("%d %d\n", copy, other);
	SAY(fcntl(copy, F_GETFD));
	SAY(fcntl(other, F_GETFD));
	/* Copies share what belongs to the open file. */
	SAY(fcntl(copy, F_SETFL, 0));
	SAY(fcntl(fd, F_GETFL));
	SAY(fcntl(other, F_GETFL));
	SAY(fcntl(500, F_GETFL));
	SAY(fstat(fd, &stat));
	IS(S_ISSOCK(stat.st_mode));
	close(fd);
	close(copy);
	close(other);
}

int main(void)
{
	copies();
	over_something_else();
	lowest();
	flags();
	return done();
}
