/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sends to the server at an address, over one connection, fifty times a second for so many seconds,
 * and compares what is returned. It says how long it has waited for more at most. IPv6.
 */

#include "bytes.h"
#include "echo.h"

#include <poll.h>

static const long STEP = 20000000;

int main(int argc, char *argv[])
{
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	unsigned int sending = 0, expecting = 0;
	unsigned char bytes[SIZE], expected[SIZE];
	long sent = 0, back = 0, silence = 0;

	if (argc != 3 || inet_pton(AF_INET6, argv[1], &peer.sin6_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS SECONDS\n", argv[0]);
		return 2;
	}
	long all = atol(argv[2]) * 1000000000 / STEP * SIZE;
	int fd = check("socket", socket(AF_INET6, SOCK_STREAM, 0));

	check("connect", connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
	for (long heard = now_ns(), next = heard; back < all;) {
		struct pollfd from = {fd, POLLIN, 0};
		long left = next > now_ns() ? (next - now_ns() + 999999) / 1000000 : 0;

		check("poll", poll(&from, 1, sent < all ? left : -1));
		if (from.revents) {
			int got = check("recv", recv(fd, bytes, sizeof(bytes), 0));

			fill(expected, got, &expecting);
			if (!got || memcmp(bytes, expected, got) != 0) {
				printf("not what was sent, after %ld bytes\n", back);
				return 1;
			}
			back += got;
			silence = now_ns() - heard > silence ? now_ns() - heard : silence;
			heard = now_ns();
		}
		if (sent < all && now_ns() >= next) {
			fill(bytes, SIZE, &sending);
			for (int done = 0; done < SIZE;)
				done += check("send", send(fd, bytes + done, SIZE - done, 0));
			sent += SIZE;
			next += STEP;
		}
	}
	printf("%ld bytes are back\nsilent for %ld ms\n", back, silence / 1000000);
	return 0;
}
