// SPDX-License-Identifier: GPL-2.0
/* Reaches a listener by syscall(2), with numbers of which the kernel looks at the lower half only.
 */

#include <sys/syscall.h>
#include <unistd.h>

#include "knock.h"

static long upper(long nr)
{
	return 1L << 32 | nr;
}

int main(int argc, char **argv)
{
	struct sockaddr_in there = door(argv);
	long fd = syscall(upper(SYS_socket), AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || syscall(upper(SYS_connect), fd, &there, sizeof(there)))
		return 1;
	return syscall(upper(SYS_write), fd, knock, strlen(knock)) < 0;
}
