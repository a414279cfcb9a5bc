/* SPDX-License-Identifier: GPL-2.0 */
/* Connects to the server at the address in its argument, sends, and says when all is back. */

#include "echo.h"

int main(int argc, char *argv[])
{
	struct sockaddr_in peer = address(argc > 1 ? argv[1] : "127.0.0.1");
	char sent[SIZE], got[SIZE];
	int fd = check("socket", socket(AF_INET, SOCK_STREAM, 0));
	long begin = now_ns();

	check("connect", connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
	printf("connected after %ld ns\n", now_ns() - begin);
	for (int round = 0; round < ROUNDS; round++) {
		sleep(1);
		memset(sent, 'a' + round, sizeof(sent));
		begin = now_ns();
		check("send", send(fd, sent, sizeof(sent), 0));
		if (check("recv", recv(fd, got, sizeof(got), MSG_WAITALL)) != SIZE ||
		    memcmp(sent, got, SIZE) != 0) {
			printf("not what was sent\n");
			return 1;
		}
		printf("%d bytes were back after %ld ns\n", SIZE, now_ns() - begin);
	}
	return 0;
}
