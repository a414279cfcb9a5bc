/* SPDX-License-Identifier: GPL-2.0 */
/* What the ends of a connection of MPTCP have in common. */

#ifndef MPTCP_H
#define MPTCP_H

#include "bytes.h"
#include "echo.h"

#include <linux/mptcp.h>
#include <netinet/in.h>

enum { CHUNK = 16384 };

/* PORT at an address of IPv4 or IPv6; the length of that. */
static inline socklen_t place(const char *text, struct sockaddr_storage *at)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};

	if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
		memcpy(at, &in6, sizeof(in6));
		return sizeof(in6);
	}
	struct sockaddr_in in = address(text);

	memcpy(at, &in, sizeof(in));
	return sizeof(in);
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
