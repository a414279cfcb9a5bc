/* SPDX-License-Identifier: GPL-2.0 */
/* Returns what comes over one connection, and says from where it was. IPv6. */

#include "echo.h"

int main(void)
{
	struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)}, peer;
	socklen_t len = sizeof(peer);
	char text[INET6_ADDRSTRLEN], bytes[SIZE];
	int listener = check("socket", socket(AF_INET6, SOCK_STREAM, 0)), got;
	long all = 0;

	check("bind", bind(listener, (struct sockaddr *)&own, sizeof(own)));
	check("listen", listen(listener, 1));
	int fd = check("accept", accept(listener, (struct sockaddr *)&peer, &len));

	inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
	while ((got = check("recv", recv(fd, bytes, sizeof(bytes), 0)))) {
		all += got;
		for (int done = 0; done < got;)
			done += check("send", send(fd, bytes + done, got - done, 0));
	}
	printf("%ld bytes from %s\n", all, text);
	return 0;
}
