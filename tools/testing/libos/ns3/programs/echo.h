/* SPDX-License-Identifier: GPL-2.0 */
/* What the clients and servers have in common. */

#ifndef ECHO_H
#define ECHO_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 2000, SIZE = 1000, ROUNDS = 3 };

static inline int check(const char *what, long result)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static inline long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* The address of the peer, or any. */
static inline struct sockaddr_in address(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	if (text && inet_pton(AF_INET, text, &in.sin_addr) != 1) {
		fprintf(stderr, "%s is no address\n", text);
		exit(2);
	}
	return in;
}

#endif
