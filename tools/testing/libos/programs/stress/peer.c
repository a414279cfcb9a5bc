// SPDX-License-Identifier: GPL-2.0
/* The peer: echoes what comes over TCP and UDP, on the host's own stack. */

#include <pthread.h>
#include <signal.h>

#include "stress.h"

static void *serve_connection(void *fd)
{
	echo((long)fd);
	close((long)fd);
	return NULL;
}

static void *serve_datagrams(void *unused)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in from;
	char bytes[2048];

	if (bind(fd, (struct sockaddr *)&peer_udp, sizeof(peer_udp)))
		fail("the peer: %s", strerror(errno));
	for (;;) {
		socklen_t length = sizeof(from);
		long n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);

		if (n >= 0)
			sendto(fd, bytes, n, 0, (struct sockaddr *)&from, length);
	}
	return unused;
}

int serve_as_peer(void)
{
	int waits = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	if (bind(waits, (struct sockaddr *)&peer_tcp, sizeof(peer_tcp)) || listen(waits, 200))
		fail("the peer: %s", strerror(errno));
	pthread_create(&thread, NULL, serve_datagrams, NULL);
	printf("the peer is there\n");
	fflush(stdout);
	for (;;) {
		int fd = accept(waits, NULL, NULL);

		if (fd >= 0 && !pthread_create(&thread, NULL, serve_connection, (void *)(long)fd))
			pthread_detach(thread);
	}
}
