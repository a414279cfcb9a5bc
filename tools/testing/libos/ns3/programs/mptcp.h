/* SPDX-License-Identifier: GPL-2.0 */
/* What the ends of a connection of MPTCP have in common. */

#ifndef MPTCP_H
#define MPTCP_H

#include "bytes.h"
#include "echo.h"

#include <linux/mptcp.h>
#include <netinet/in.h>

enum { CHUNK = 16384 };

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
