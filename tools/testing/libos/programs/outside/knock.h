/* SPDX-License-Identifier: GPL-2.0 */
/* A listener of the host, at which no program under nuse may arrive. */
#ifndef KNOCK_H
#define KNOCK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* `program ADDRESS PORT` */
static inline struct sockaddr_in door(char **argv)
{
	struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};

	inet_pton(AF_INET, argv[1], &there.sin_addr);
	return there;
}

/* What the listener sees of one that arrived. */
static const char knock[] = "knock\n";

#endif
