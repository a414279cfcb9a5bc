// SPDX-License-Identifier: GPL-2.0
/* A library whose thread has used the network, and is waited for when the process ends. */

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ready, ends;

static void set(bool *what)
{
	pthread_mutex_lock(&lock);
	*what = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_for(const bool *what)
{
	pthread_mutex_lock(&lock);
	while (!*what)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void *work(void *unused)
{
	close(socket(AF_INET, SOCK_DGRAM, 0));
	set(&ready);
	wait_for(&ends);
	return unused;
}

void start(void)
{
	pthread_create(&thread, NULL, work, NULL);
	wait_for(&ready);
}

__attribute__((destructor)) static void end(void)
{
	set(&ends);
	pthread_join(thread, NULL);
	dprintf(1, "joined\n");
}
