/* SPDX-License-Identifier: GPL-2.0 */
/* Sends datagrams to the server at the address in its argument, and says when each is back. */

#include "echo.h"

int main(int argc, char *argv[])
{
	struct sockaddr_in peer = address(argc > 1 ? argv[1] : "127.0.0.1");
	char sent[SIZE], got[SIZE];
	int fd = check("socket", socket(AF_INET, SOCK_DGRAM, 0));

	check("connect", connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
	for (int round = 0; round < ROUNDS; round++) {
		long begin = now_ns();

		memset(sent, 'a' + round, sizeof(sent));
		check("send", send(fd, sent, sizeof(sent), 0));
		if (check("recv", recv(fd, got, sizeof(got), 0)) != SIZE ||
		    memcmp(sent, got, SIZE) != 0) {
			printf("not what was sent\n");
			return 1;
		}
		printf("%d bytes were back after %ld ns\n", SIZE, now_ns() - begin);
		sleep(1);
	}
	check("send", send(fd, "", 0, 0));
	return 0;
}
