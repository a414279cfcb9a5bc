// SPDX-License-Identifier: GPL-2.0
/* Reaches a listener with libc's functions. */

#include <unistd.h>

#include "knock.h"

int main(int argc, char **argv)
{
	struct sockaddr_in there = door(argv);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof(there)))
		return 1;
	return write(fd, knock, strlen(knock)) < 0;
}
