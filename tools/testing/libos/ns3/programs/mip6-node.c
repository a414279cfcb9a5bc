/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mobile node of Mobile IPv6: whatever address it has where it is, programs use its home address.
 *
 *   mip6-node HOME-ADDRESS HOME-AGENT LIFETIME
 *
 * It takes the first address that a network gives it as its care-of address, until that is gone,
 * and tells its home agent, with Binding Updates that carry the home address in an option. What
 * comes from the home address goes through a tunnel to the home agent. SIGTERM ends the binding.
 */

#include "mip6-kernel.h"

#include <signal.h>

enum { TABLE = 100 };
static const char TUNNEL[] = "mip6";
/* Seconds until an update is sent again, at first, and at most. */
static const double FIRST = 1.5, LAST = 32, NEVER = 1e18;

struct node {
	struct kernel kernel;
	int mobility, changes;
	struct in6_addr home, agent, care_of;
	uint16_t sequence, lifetime;
	double wait, next;
};

static volatile sig_atomic_t leaving;

static void leave(int signal)
{
	(void)signal;
	leaving = 1;
}

/* What stays as it is wherever the node is. */
static void prepare(struct node *node)
{
	struct kernel *kernel = &node->kernel;
	int device = tunnel(kernel, TUNNEL, &in6addr_any, &node->agent);

	address(kernel, RTM_NEWADDR, &node->home, device, IFA_F_HOMEADDRESS | IFA_F_NODAD);
	route(kernel, TABLE, NULL, device);
	rule_from(kernel, &node->home, TABLE);
	mobility_policy(kernel, XFRM_POLICY_OUT, IPPROTO_DSTOPTS, MH_UPDATE, &node->home,
			&node->agent);
	mobility_policy(kernel, XFRM_POLICY_IN, IPPROTO_ROUTING, MH_ACKNOWLEDGEMENT, &node->agent,
			&node->home);
}

static void send_update(struct node *node)
{
	struct update update = {
		.head = mobility(MH_UPDATE, sizeof(update)),
		.sequence = htons(++node->sequence),
		.flags = htons(UPDATE_ACKNOWLEDGE | UPDATE_HOME),
		.lifetime = htons(leaving ? 0 : node->lifetime),
		.padding = {OPTION_PADN, 0},
		.option = OPTION_CARE_OF,
		.option_length = sizeof(update.care_of),
		.care_of = node->care_of,
	};
	bool sent = send_mobility(node->mobility, &node->agent, &update, sizeof(update));

	printf("%.3f update %d: at %s, for %d s%s\n", now(), node->sequence, text(&node->care_of),
	       ntohs(update.lifetime) * UNIT, sent ? "" : ", not sent");
	node->next = now() + node->wait;
	node->wait = node->wait * 2 < LAST ? node->wait * 2 : LAST;
}

static void register_now(struct node *node)
{
	node->wait = FIRST;
	send_update(node);
}

/* The one it has, if it is still there; otherwise the first. */
struct choice {
	struct in6_addr now, next;
};

static void consider(const struct in6_addr *address, int flags, void *with)
{
	struct choice *choice = with;

	if (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_HOMEADDRESS))
		return;
	if (IN6_IS_ADDR_UNSPECIFIED(&choice->next) || same(address, &choice->now))
		choice->next = *address;
}

static void look_around(struct node *node)
{
	struct choice choice = {.now = node->care_of, .next = in6addr_any};

	each_address(&node->kernel, consider, &choice);
	if (same(&choice.now, &choice.next))
		return;
	node->care_of = choice.next;
	if (IN6_IS_ADDR_UNSPECIFIED(&node->care_of)) {
		printf("%.3f no care-of address\n", now());
		node->next = NEVER;
		return;
	}
	care_of_state(&node->kernel, IPPROTO_DSTOPTS, &node->home, &node->agent, &node->care_of);
	care_of_state(&node->kernel, IPPROTO_ROUTING, &node->agent, &node->home, &node->care_of);
	tunnel(&node->kernel, TUNNEL, &node->care_of, &node->agent);
	register_now(node);
}

static void acknowledged(struct node *node)
{
	struct message message;
	const struct acknowledgement *answer = &message.acknowledgement;
	const int least = offsetof(struct acknowledgement, option);
	const uint16_t *refresh;
	int lifetime;

	if (!receive_mobility(node->mobility, MH_ACKNOWLEDGEMENT, least, &message) ||
	    !same(&message.from, &node->agent))
		return;
	if (answer->status == STATUS_SEQUENCE) {
		node->sequence = ntohs(answer->sequence);
		register_now(node);
		return;
	}
	if (ntohs(answer->sequence) != node->sequence)
		return;
	lifetime = ntohs(answer->lifetime);
	printf("%.3f acknowledgement %d: status %d, for %d s\n", now(), node->sequence,
	       answer->status, lifetime * UNIT);
	if (leaving) {
		remove_link(&node->kernel, TUNNEL);
		exit(0);
	}
	refresh = option_of(&message, least, OPTION_REFRESH, sizeof(*refresh));
	if (refresh && ntohs(*refresh) < lifetime)
		lifetime = ntohs(*refresh);
	node->wait = FIRST;
	node->next = answer->status < STATUS_REFUSED ? now() + lifetime * UNIT : NEVER;
}

/* Waits for what comes next, a signal too. */
static void turn(struct node *node, const sigset_t *awake)
{
	struct pollfd from[] = {{node->changes, POLLIN, 0}, {node->mobility, POLLIN, 0}};
	double left = node->next - now();
	struct timespec time = {.tv_sec = left > 0 ? left : 0};
	char ignored[8192];

	time.tv_nsec = left > 0 ? (left - time.tv_sec) * 1e9 : 0;
	if (ppoll(from, 2, node->next < NEVER ? &time : NULL, awake) < 0) {
		check("ppoll", errno == EINTR ? 0 : -1);
		register_now(node);
		return;
	}
	if (from[0].revents) {
		check("recv", recv(node->changes, ignored, sizeof(ignored), 0));
		look_around(node);
	}
	if (from[1].revents)
		acknowledged(node);
	if (now() >= node->next)
		send_update(node);
}

int main(int argc, char *argv[])
{
	sigset_t blocked, awake;

	if (argc != 4) {
		fprintf(stderr, "usage: %s HOME-ADDRESS HOME-AGENT LIFETIME\n", argv[0]);
		return 2;
	}
	struct node node = {
		.kernel = kernel(),
		.changes = netlink_socket(NETLINK_ROUTE, RTMGRP_IPV6_IFADDR),
		.home = parse(argv[1]),
		.agent = parse(argv[2]),
		.lifetime = atoi(argv[3]) / UNIT,
		.next = NEVER,
	};
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &awake);
	signal(SIGTERM, leave);
	prepare(&node);
	node.mobility = mobility_socket(&node.home);
	look_around(&node);
	for (;;)
		turn(&node, &awake);
}
