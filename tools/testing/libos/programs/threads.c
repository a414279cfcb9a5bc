// SPDX-License-Identifier: GPL-2.0
/* Threads, each of which waits in a socket of its own. */

#include <pthread.h>

#include "say.h"

enum { THREADS = 16, ROUNDS = 50 };

static int listener, waiting[2];
static long echoed[THREADS];

static void *serve(void *unused)
{
	int fd = accept(listener, NULL, NULL);
	char text[64];
	long n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		send(fd, text, n, 0);
	close(fd);
	return NULL;
}

static void *ask(void *number)
{
	long own = (long)number;
	int fd = connected(SOCK_STREAM, 7001);
	char question[64], answer[64];

	for (int i = 0; i < ROUNDS; i++) {
		int len = snprintf(question, sizeof(question), "thread %ld, round %d", own, i);

		send(fd, question, len, 0);
		if (recv(fd, answer, len, MSG_WAITALL) != len || memcmp(question, answer, len))
			break;
		echoed[own]++;
	}
	close(fd);
	return NULL;
}

static void many(void)
{
	pthread_t server[THREADS], client[THREADS];

	listener = listening(7001);
	for (long i = 0; i < THREADS; i++) {
		pthread_create(&server[i], NULL, serve, NULL);
		pthread_create(&client[i], NULL, ask, (void *)i);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(client[i], NULL);
		pthread_join(server[i], NULL);
	}
	for (int i = 0; i < THREADS; i++)
		printf("thread %d: %ld rounds\n", i, echoed[i]);
}

static void *open_one(void *unused)
{
	return (void *)(long)bound(SOCK_DGRAM, 7003);
}

/* The only thread that has made a call of the network so far ends: what it has opened stays. */
static void left_behind(void)
{
	struct sockaddr_in own = {0};
	pthread_t thread;
	void *fd;

	pthread_create(&thread, NULL, open_one, NULL);
	pthread_join(thread, &fd);
	SAY(getsockname((long)fd, (struct sockaddr *)&own, &(socklen_t){sizeof(own)}));
	SAY(ntohs(own.sin_port));
	close((long)fd);
}

static void *wait_here(void *unused)
{
	char text[8];

	return (void *)recv(waiting[0], text, sizeof(text), 0);
}

/* Another thread shuts the connection down, and the one that waits goes on. */
static void woken(void)
{
	pthread_t thread;
	void *result;

	tcp_pair(7002, waiting);
	pthread_create(&thread, NULL, wait_here, NULL);
	usleep(50000);
	SAY(shutdown(waiting[0], SHUT_RDWR));
	pthread_join(thread, &result);
	SAY((long)result);
}

/* A thread that is cancelled does not wait for ever. */
static void cancelled(void)
{
	pthread_t thread;
	void *result;

	tcp_pair(7003, waiting);
	pthread_create(&thread, NULL, wait_here, NULL);
	usleep(50000);
	SAY(pthread_cancel(thread));
	pthread_join(thread, &result);
	IS(result == PTHREAD_CANCELED);
	/* The socket is as good as before. */
	char text[8];
	SAY(send(waiting[1], "abc", 3, 0));
	SAY(recv(waiting[0], text, 3, MSG_WAITALL));
}

static __thread int own_errno;

static void *fail(void *unused)
{
	send(-1, "x", 1, 0);
	own_errno = errno;
	return (void *)(long)own_errno;
}

/* errno is a thread's own. */
static void errors(void)
{
	pthread_t thread;
	void *result;

	errno = 0;
	pthread_create(&thread, NULL, fail, NULL);
	pthread_join(thread, &result);
	printf("there: %s, here: %d\n", strerrorname_np((int)(long)result), errno);
}

int main(void)
{
	left_behind();
	many();
	woken();
	cancelled();
	errors();
	return done();
}
