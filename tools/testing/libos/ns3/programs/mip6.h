/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mobile IPv6, RFC 6275: the messages of registering a binding with the home agent, and the raw
 * socket that they go through. Their Home Address options and type 2 routing headers are the
 * kernel's (mip6-kernel.h).
 */

#ifndef MIP6_H
#define MIP6_H

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MH_UPDATE = 5, MH_ACKNOWLEDGEMENT = 6 };
enum { UPDATE_ACKNOWLEDGE = 0x8000, UPDATE_HOME = 0x4000 };
enum { OPTION_PAD1, OPTION_PADN, OPTION_REFRESH, OPTION_CARE_OF };
/* The destination option. */
enum { HOME_ADDRESS = 0xc9 };

enum {
	STATUS_ACCEPTED = 0,
	STATUS_REFUSED = 128,
	STATUS_NO_ROOM = 130,
	STATUS_NOT_SUPPORTED = 131,
	STATUS_NOT_HOME_SUBNET = 132,
	STATUS_NOT_HOME_AGENT = 133,
	STATUS_DUPLICATE = 134,
	STATUS_SEQUENCE = 135,
};

/* Lifetimes are told in units of 4 seconds. */
enum { UNIT = 4 };

/* What each mobility header begins with; its length is in units of 8 bytes, without the first. */
struct mobility {
	uint8_t next, length, type, reserved;
	uint16_t checksum;
};

/* A Binding Update, with an Alternate Care-of Address option at its place. */
struct update {
	struct mobility head;
	uint16_t sequence, flags, lifetime;
	uint8_t padding[2];
	uint8_t option, option_length;
	struct in6_addr care_of;
};

/* A Binding Acknowledgement, with a Binding Refresh Advice option. */
struct acknowledgement {
	struct mobility head;
	uint8_t status, flags;
	uint16_t sequence, lifetime;
	uint8_t option, option_length;
	uint16_t refresh;
};

_Static_assert(sizeof(struct update) == 32, "4 units of 8 bytes");
_Static_assert(sizeof(struct acknowledgement) == 16, "2 units of 8 bytes");

static inline struct mobility mobility(int type, int bytes)
{
	return (struct mobility){.next = IPPROTO_NONE, .length = bytes / 8 - 1, .type = type};
}

/* The value of an option of that kind and length among these; NULL if there is none. */
static inline const void *find_option(const uint8_t *options, int len, int kind, int size)
{
	while (len > 0) {
		int taken = *options == OPTION_PAD1 ? 1 : len < 2 ? 2 : 2 + options[1];

		if (taken > len)
			return NULL;
		if (*options == kind && taken == 2 + size)
			return options + 2;
		options += taken;
		len -= taken;
	}
	return NULL;
}

/* ---- the socket ---- */

static inline int check(const char *what, long result)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

/* The kernel fills in the checksums, and hands over only what is correct. */
static inline int mobility_socket(const struct in6_addr *own)
{
	struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_addr = *own};
	int checksum = offsetof(struct mobility, checksum), on = 1;
	int fd = check("socket", socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_MH));

	check("IPV6_CHECKSUM",
	      setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &checksum, sizeof(checksum)));
	check("IPV6_RECVDSTOPTS", setsockopt(fd, IPPROTO_IPV6, IPV6_RECVDSTOPTS, &on, sizeof(on)));
	check("bind", bind(fd, (struct sockaddr *)&here, sizeof(here)));
	return fd;
}

/* Whether it was sent: between two networks there may be no route. */
static inline bool send_mobility(int fd, const struct in6_addr *to, const void *message, int len)
{
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_addr = *to};

	return sendto(fd, message, len, 0, (struct sockaddr *)&peer, sizeof(peer)) == len;
}

/* A message, the home address it comes from if it has such an option, and what that replaced. */
struct message {
	union {
		struct mobility head;
		struct update update;
		struct acknowledgement acknowledgement;
		uint8_t bytes[1024];
	};
	int len;
	struct in6_addr from, care_of;
};

/* Receives a message of a type, of at least the size of what each of these has. */
static inline bool receive_mobility(int fd, int type, int least, struct message *message)
{
	struct sockaddr_in6 peer;
	struct iovec where = {message->bytes, sizeof(message->bytes)};
	_Alignas(struct cmsghdr) char control[512];
	struct msghdr how = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &where,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int got = check("recvmsg", recvmsg(fd, &how, 0));

	message->from = peer.sin6_addr;
	message->care_of = in6addr_any;
	for (struct cmsghdr *with = CMSG_FIRSTHDR(&how); with; with = CMSG_NXTHDR(&how, with)) {
		const struct in6_addr *found;

		if (with->cmsg_level != IPPROTO_IPV6 || with->cmsg_type != IPV6_DSTOPTS)
			continue;
		found = find_option(CMSG_DATA(with) + 2, with->cmsg_len - CMSG_LEN(2), HOME_ADDRESS,
				    sizeof(*found));
		if (found)
			message->care_of = *found;
	}
	message->len = (message->head.length + 1) * 8;
	return got >= least && message->len <= got && message->len >= least &&
	       message->head.type == type;
}

/* The value of an option of a message, whose options begin after so many bytes. */
static inline const void *option_of(const struct message *message, int begin, int kind, int size)
{
	return find_option(message->bytes + begin, message->len - begin, kind, size);
}

/* ---- what the daemons say ---- */

static inline double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static inline const char *text(const struct in6_addr *address)
{
	static char texts[2][INET6_ADDRSTRLEN];
	static int next;

	next = !next;
	return inet_ntop(AF_INET6, address, texts[next], sizeof(texts[next]));
}

static inline struct in6_addr parse(const char *argument)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, argument, &address) != 1) {
		fprintf(stderr, "%s is no IPv6 address\n", argument);
		exit(2);
	}
	return address;
}

static inline bool same(const struct in6_addr *one, const struct in6_addr *other)
{
	return IN6_ARE_ADDR_EQUAL(one, other);
}

#endif
