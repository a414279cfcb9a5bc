/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs write: each call as it stands in the source, and what it
 * returned. Nothing that may differ between two kernels without being wrong,
 * such as numbers of descriptors, addresses in memory, or times.
 */
#ifndef SAY_H
#define SAY_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The call and its result, or the name of its error. */
#define SAY(call) said(#call, call, true)
/* The call, and only whether it worked. */
#define OK(call) said(#call, call, false)
/* A question, and its answer. */
#define IS(question) printf("%s: %s\n", #question, (question) ? "yes" : "no")

static inline long said(const char *call, long result, bool value)
{
	if (result < 0)
		printf("%s: %s\n", call, strerrorname_np(errno));
	else if (value)
		printf("%s: %ld\n", call, result);
	else
		printf("%s: ok\n", call);
	return result;
}

/* What was received. */
static inline void say_bytes(const char *bytes, long len)
{
	printf("  \"%.*s\"\n", len < 0 ? 0 : (int)len, bytes);
}

__attribute__((constructor)) static void say_at_once(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static inline int done(void)
{
	printf("done\n");
	return 0;
}

/* ---- the loopback address ---- */

static inline struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

#define AT(address) (struct sockaddr *)&(address), sizeof(address)

/* A socket of a kind, bound to a port of the loopback address. */
static inline int bound(int kind, int port)
{
	struct sockaddr_in here = loopback(port);
	int fd = socket(AF_INET, kind, 0);

	if (fd < 0 || bind(fd, AT(here)))
		OK(-1);
	return fd;
}

static inline int listening(int port)
{
	int fd = bound(SOCK_STREAM, port);

	if (listen(fd, 8))
		OK(-1);
	return fd;
}

static inline int connected(int kind, int port)
{
	struct sockaddr_in there = loopback(port);
	int fd = socket(AF_INET, kind, 0);

	if (fd < 0 || connect(fd, AT(there)))
		OK(-1);
	return fd;
}

/* Both ends of a TCP connection through a port. */
static inline void tcp_pair(int port, int ends[2])
{
	int listener = listening(port);

	ends[0] = connected(SOCK_STREAM, port);
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] < 0)
		OK(-1);
	close(listener);
}

#endif
