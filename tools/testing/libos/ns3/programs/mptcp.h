/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection of MPTCP carries: bytes that each depend on all that came before. */

#ifndef MPTCP_H
#define MPTCP_H

#include "echo.h"

#include <linux/mptcp.h>
#include <netinet/in.h>

enum { CHUNK = 16384 };

static inline void fill(unsigned char *bytes, int count, unsigned int *state)
{
	for (int i = 0; i < count; i++) {
		*state = *state * 1664525 + 1013904223;
		bytes[i] = *state >> 24;
	}
}

/* Whether it is MPTCP still, and not TCP to which it has fallen back. */
static inline void print_kind(int fd)
{
	struct mptcp_info info;
	socklen_t len = sizeof(info);

	check("MPTCP_INFO", getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &len));
	printf("%s, %d more subflows\n",
	       info.mptcpi_flags & MPTCP_INFO_FLAG_FALLBACK ? "TCP" : "MPTCP",
	       info.mptcpi_subflows);
}

#endif
