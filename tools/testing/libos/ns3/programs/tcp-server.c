/* SPDX-License-Identifier: GPL-2.0 */
/* Returns what comes over one connection. */

#include "echo.h"

int main(void)
{
	struct sockaddr_in own = address(NULL), peer;
	socklen_t len = sizeof(peer);
	char text[INET_ADDRSTRLEN], bytes[SIZE];
	int listener = check("socket", socket(AF_INET, SOCK_STREAM, 0));
	long all = 0;

	check("bind", bind(listener, (struct sockaddr *)&own, sizeof(own)));
	check("listen", listen(listener, 1));
	int fd = check("accept", accept(listener, (struct sockaddr *)&peer, &len));

	inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
	printf("a connection from %s\n", text);
	for (;;) {
		int got = check("read", read(fd, bytes, sizeof(bytes)));

		if (got == 0)
			break;
		all += got;
		check("write", write(fd, bytes, got));
	}
	printf("%ld bytes\n", all);
	return 0;
}
