/* SPDX-License-Identifier: GPL-2.0 */
/* Takes what comes over one connection to an address, or to any of IPv4's; compares it, and answers
 * how much it was. */

#include "mptcp.h"

int main(int argc, char *argv[])
{
	struct sockaddr_storage own;
	socklen_t len = place(argc > 1 ? argv[1] : "0.0.0.0", &own);
	unsigned char expected[CHUNK], bytes[CHUNK];
	unsigned int state = 0;
	long all = 0;
	int listener = check("socket", socket(own.ss_family, SOCK_STREAM, IPPROTO_MPTCP));

	check("bind", bind(listener, (struct sockaddr *)&own, len));
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
