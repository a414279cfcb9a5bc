/* SPDX-License-Identifier: GPL-2.0 */
/* Takes what comes over one connection, compares it, and answers how much it was. */

#include "mptcp.h"

int main(void)
{
	struct sockaddr_in own = address(NULL);
	unsigned char expected[CHUNK], bytes[CHUNK];
	unsigned int state = 0;
	long all = 0;
	int listener = check("socket", socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP));

	check("bind", bind(listener, (struct sockaddr *)&own, sizeof(own)));
	check("listen", listen(listener, 1));
	int fd = check("accept", accept(listener, NULL, NULL));

	for (;;) {
		int count = check("recv", recv(fd, bytes, sizeof(bytes), 0));

		if (count == 0)
			break;
		fill(expected, count, &state);
		if (memcmp(bytes, expected, count) != 0) {
			printf("other bytes than were sent, after %ld\n", all);
			return 1;
		}
		all += count;
	}
	print_kind(fd);
	printf("%ld bytes as they were sent\n", all);
	check("send", send(fd, &all, sizeof(all), 0));
	return 0;
}
