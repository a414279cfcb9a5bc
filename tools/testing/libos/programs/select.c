// SPDX-License-Identifier: GPL-2.0
/* select(2) of a socket, a pipe and a timer. */

#include <sys/select.h>

#include "sources.h"

static struct sources from;

static void look(int milliseconds, bool write)
{
	struct timeval timeout = {.tv_usec = milliseconds * 1000};
	fd_set in, out, exceptional;

	if (milliseconds >= 1000)
		timeout = (struct timeval){.tv_sec = milliseconds / 1000};
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&exceptional);
	FD_SET(from.socket[0], &in);
	FD_SET(from.pipe[0], &in);
	FD_SET(from.timer, &in);
	FD_SET(from.socket[0], &exceptional);
	if (write)
		FD_SET(from.socket[0], &out);
	SAY(select(FD_SETSIZE, &in, &out, &exceptional, &timeout));
	if (FD_ISSET(from.socket[0], &in))
		printf("  socket: in\n");
	if (FD_ISSET(from.socket[0], &out))
		printf("  socket: out\n");
	if (FD_ISSET(from.socket[0], &exceptional))
		printf("  socket: exceptional\n");
	if (FD_ISSET(from.pipe[0], &in))
		printf("  pipe: in\n");
	if (FD_ISSET(from.timer, &in))
		printf("  timer: in\n");
}

int main(void)
{
	make_sources(&from, 7001);
	printf("nothing\n");
	look(0, false);
	look(30, false);
	printf("the timer\n");
	start_timer(&from);
	look(10000, false);
	drain(from.timer);
	printf("the socket\n");
	SAY(send(from.socket[1], "abc", 3, 0));
	look(10000, false);
	look(0, true);
	drain(from.socket[0]);
	printf("an urgent byte\n");
	SAY(send(from.socket[1], "!", 1, MSG_OOB));
	look(10000, false);
	char urgent;
	SAY(recv(from.socket[0], &urgent, 1, MSG_OOB));
	printf("the pipe\n");
	SAY(write(from.pipe[1], "abcd", 4));
	look(10000, false);
	drain(from.pipe[0]);
	printf("the other ends are closed\n");
	SAY(close(from.pipe[1]));
	SAY(close(from.socket[1]));
	look(10000, false);

	printf("errors\n");
	struct timeval wrong = {.tv_sec = -1}, none = {0};
	SAY(select(0, NULL, NULL, NULL, &wrong));
	fd_set in;
	FD_ZERO(&in);
	FD_SET(from.socket[0], &in);
	close(from.socket[0]);
	SAY(select(FD_SETSIZE, &in, NULL, NULL, &none));
	return done();
}
