// SPDX-License-Identifier: GPL-2.0
/* getaddrinfo(3) and getnameinfo(3), as far as no server is needed. */

#include <netdb.h>

#include "say.h"

static void resolve(const char *name, const char *service, int family, int flags)
{
	struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *all = NULL;
	int failed = getaddrinfo(name, service, &hints, &all);

	printf("%s %s: %s\n", name ? name : "-", service ? service : "-",
	       failed ? gai_strerror(failed) : "found");
	for (struct addrinfo *one = all; one; one = one->ai_next) {
		char host[64], port[16];

		failed = getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof(host), port,
				     sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
		printf("  %s %s\n", failed ? gai_strerror(failed) : host, port);
	}
	if (all)
		freeaddrinfo(all);
}

int main(void)
{
	resolve("127.0.0.1", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("::1", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("::1", "80", AF_INET, AI_NUMERICHOST);
	resolve("no address", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("localhost", "7", AF_INET, 0);
	resolve("localhost", "no-such-service", AF_INET, 0);
	resolve(NULL, "7", AF_INET, AI_PASSIVE);
	resolve(NULL, "7", AF_INET6, AI_PASSIVE);
	resolve(NULL, "7", AF_INET, 0);
	/* With lo only there is no address of IPv6 that is not local. */
	resolve("127.0.0.1", "7", AF_INET6, AI_V4MAPPED | AI_NUMERICHOST);
	resolve("10.0.0.1", "7", AF_UNSPEC, AI_ADDRCONFIG);
	return done();
}
