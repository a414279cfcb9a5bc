/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel over netlink(7): one at a time, each with its answer. */

#ifndef NETLINK_H
#define NETLINK_H

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	char body[2048];
};

/* A request with what its family puts before the attributes. */
static inline struct request request(int type, int flags, const void *fixed, int len)
{
	struct request made = {
		.head.nlmsg_type = type,
		.head.nlmsg_flags = NLM_F_REQUEST | flags,
		.head.nlmsg_len = NLMSG_LENGTH(len),
	};

	memcpy(made.body, fixed, len);
	return made;
}

/* Adds an attribute, and returns it: others go into it, until it is closed. */
static inline struct rtattr *attribute(struct request *to, int type, const void *data, int len)
{
	struct rtattr *made = (void *)((char *)to + NLMSG_ALIGN(to->head.nlmsg_len));

	made->rta_type = type;
	made->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(made), data, len);
	to->head.nlmsg_len = NLMSG_ALIGN(to->head.nlmsg_len) + RTA_ALIGN(made->rta_len);
	return made;
}

static inline void close_attribute(struct request *in, struct rtattr *opened)
{
	opened->rta_len = (char *)in + in->head.nlmsg_len - (char *)opened;
}

/* A socket that hears of these groups, too. */
static inline int netlink_socket(int protocol, int groups)
{
	struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own))) {
		perror("netlink");
		exit(1);
	}
	return fd;
}

/* Has the kernel do it: 0, or the number of the error, negative. */
static inline int ask(int fd, struct request *what)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr result;
		char more[1024];
	} answer;

	what->head.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, what, what->head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)offsetof(typeof(answer), more))
		return -errno;
	return answer.result.error;
}

/* As ask(), where only one error may be. */
static inline void must(const char *what, int fd, struct request *asked, int allowed)
{
	int error = ask(fd, asked);

	if (error && error != -allowed) {
		fprintf(stderr, "%s: %s\n", what, strerror(-error));
		exit(1);
	}
}

#endif
