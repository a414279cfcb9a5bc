// SPDX-License-Identifier: GPL-2.0
/*
 * threads THREADS: so many at a time that each receive one byte of a connection. Those for which
 * the stack has no room get ENOMEM, and nobody waits for ever. When all are gone, there is room
 * again.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "../say.h"

enum { PORT = 7001, MOST = 8192, STACK = 1 << 16, FEW = 100 };

static int ends[2];
static int outcome[MOST];
/* Threads that have come to their call. */
static atomic_int waiting;

static void *receive(void *argument)
{
	int *mine = argument;
	char byte;

	waiting++;
	*mine = recv(ends[1], &byte, 1, 0) == 1 ? 0 : errno;
	return NULL;
}

static int start_all(pthread_t *threads, int wanted)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	for (int i = 0; i < wanted; i++)
		if (pthread_create(&threads[i], &small, receive, &outcome[i]))
			return i;
	return wanted;
}

/* How many had room. */
static int round_of(int wanted)
{
	static pthread_t threads[MOST];
	static char bytes[MOST];
	int received = 0, without = 0, started = start_all(threads, wanted);

	/* Whoever has not begun to wait yet may have the room of who is done. */
	while (waiting < started)
		usleep(1000);
	usleep(300000);
	waiting = 0;
	IS(started == wanted);
	IS(send(ends[0], bytes, started, 0) == started);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		received += outcome[i] == 0;
		without += outcome[i] == ENOMEM;
	}
	IS(received + without == started);
	/* What nobody took is still there. */
	long left = recv(ends[1], bytes, sizeof(bytes), MSG_DONTWAIT);
	IS(without == (left < 0 ? 0 : left));
	return received;
}

int main(int count, char **arguments)
{
	int wanted = count > 1 ? atoi(arguments[1]) : 1;

	tcp_pair(PORT, ends);
	IS(round_of(wanted) == wanted);
	IS(round_of(FEW) == FEW);
	return done();
}
