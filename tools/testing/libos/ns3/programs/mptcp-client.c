/* SPDX-License-Identifier: GPL-2.0 */
/* Sends so many bytes to the server at an address, and waits until they have arrived. */

#include "mptcp.h"

int main(int argc, char *argv[])
{
	struct sockaddr_storage peer;
	socklen_t len = place(argc > 1 ? argv[1] : "127.0.0.1", &peer);
	long left = argc > 2 ? atol(argv[2]) : CHUNK, arrived = 0;
	unsigned char bytes[CHUNK];
	unsigned int state = 0;
	int fd = check("socket", socket(peer.ss_family, SOCK_STREAM, IPPROTO_MPTCP));

	check("connect", connect(fd, (struct sockaddr *)&peer, len));
	while (left > 0) {
		int count = left < CHUNK ? left : CHUNK;

		fill(bytes, count, &state);
		for (int done = 0; done < count;)
			done += check("send", send(fd, bytes + done, count - done, 0));
		left -= count;
	}
	print_kind(fd);
	check("shutdown", shutdown(fd, SHUT_WR));
	if (check("recv", recv(fd, &arrived, sizeof(arrived), MSG_WAITALL)) != sizeof(arrived)) {
		printf("the server does not answer\n");
		return 1;
	}
	printf("%ld bytes have arrived\n", arrived);
	return 0;
}
