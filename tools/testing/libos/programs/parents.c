// SPDX-License-Identifier: GPL-2.0
/* Children that are killed when their parents end, while they are busy. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "say.h"

#define TIMES 20

static void be_busy(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char bytes[1000] = "";

	bind(fd, (struct sockaddr *)&address, len);
	getsockname(fd, (struct sockaddr *)&address, &len);
	for (;;) {
		sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&address, len);
		recv(fd, bytes, sizeof(bytes), 0);
	}
}

/* Has a child, and ends when that is ready. */
static void be_parent(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) == 0 && fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ends[1], "", 1) == 1)
			be_busy();
	}
	if (read(ends[0], &byte, 1) == 1)
		usleep(2000);
	_exit(0);
}

int main(void)
{
	int signal = -1, killed = 0, status;

	SAY(prctl(PR_SET_PDEATHSIG, SIGKILL));
	SAY(prctl(PR_GET_PDEATHSIG, &signal));
	IS(signal == SIGKILL);
	SAY(prctl(PR_SET_PDEATHSIG, 0));
	SAY(prctl(PR_SET_PDEATHSIG, 100));
	SAY(prctl(PR_GET_PDEATHSIG, NULL));
	SAY(prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i < TIMES; i++) {
		if (fork() == 0)
			be_parent();
		while (wait(&status) > 0)
			killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	IS(killed == TIMES);
	SAY(close(socket(AF_INET, SOCK_STREAM, 0)));
	return done();
}
