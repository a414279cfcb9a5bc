/* SPDX-License-Identifier: GPL-2.0 */
/* Returns each datagram to its sender, until an empty one comes. */

#include "echo.h"

int main(void)
{
	struct sockaddr_in own = address(NULL), peer;
	char text[INET_ADDRSTRLEN], bytes[SIZE];
	int fd = check("socket", socket(AF_INET, SOCK_DGRAM, 0));

	check("bind", bind(fd, (struct sockaddr *)&own, sizeof(own)));
	for (;;) {
		socklen_t len = sizeof(peer);
		int got = check("recvfrom", recvfrom(fd, bytes, sizeof(bytes), 0,
						     (struct sockaddr *)&peer, &len));

		inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
		printf("%d bytes from %s\n", got, text);
		if (got == 0)
			return 0;
		check("sendto", sendto(fd, bytes, got, 0, (struct sockaddr *)&peer, len));
	}
}
