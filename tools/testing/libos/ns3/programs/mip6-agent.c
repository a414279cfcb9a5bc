/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A home agent of Mobile IPv6: it stands in for nodes that are away from the network it is in.
 *
 *   mip6-agent DEVICE ADDRESS HOME-NETWORK LIFETIME
 *
 * A node's Binding Update tells where it is. The agent then takes what comes for its home address,
 * as a proxy of neighbour discovery, and sends it on through a tunnel; what comes back through the
 * tunnel leaves as if the node were here. A binding lasts at most LIFETIME seconds. The home
 * network is a /64. The kernel of the agent must forward, and be a proxy
 * (net.ipv6.conf.all.proxy_ndp).
 */

#include "mip6-kernel.h"

#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <sys/ioctl.h>

enum { BINDINGS = 16, PREFIX_BYTES = 8 };

struct binding {
	bool used;
	struct in6_addr home, care_of;
	uint16_t sequence;
	double expires;
	char tunnel[IFNAMSIZ];
};

struct agent {
	struct kernel kernel;
	int mobility, device;
	const char *name;
	struct in6_addr address, network;
	uint16_t lifetime;
	struct binding bindings[BINDINGS];
};

/* ---- standing in for a node ---- */

/* Tells all neighbours that what is for an address shall come here. */
static void claim(struct agent *agent, const struct in6_addr *home)
{
	struct {
		struct nd_neighbor_advert head;
		struct nd_opt_hdr option;
		uint8_t hardware[6];
	} claim = {
		.head.nd_na_type = ND_NEIGHBOR_ADVERT,
		.head.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.head.nd_na_target = *home,
		.option = {ND_OPT_TARGET_LINKADDR, 1},
	};
	struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = agent->address};
	struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_scope_id = agent->device};
	struct ifreq request = {};
	int fd = check("socket", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)), hops = 255;

	strncpy(request.ifr_name, agent->name, sizeof(request.ifr_name) - 1);
	check("SIOCGIFHWADDR", ioctl(fd, SIOCGIFHWADDR, &request));
	memcpy(claim.hardware, request.ifr_hwaddr.sa_data, sizeof(claim.hardware));
	all.sin6_addr = parse("ff02::1");
	check("bind", bind(fd, (struct sockaddr *)&own, sizeof(own)));
	check("IPV6_MULTICAST_HOPS",
	      setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)));
	check("sendto", sendto(fd, &claim, sizeof(claim), 0, (struct sockaddr *)&all, sizeof(all)));
	close(fd);
}

struct search {
	const struct in6_addr *wanted;
	int flags;
};

static void find_flags(const struct in6_addr *address, int flags, void *with)
{
	struct search *search = with;

	if (same(address, search->wanted))
		search->flags = flags;
}

/* Whether a neighbour has this address: the kernel tries to have it, and tells. */
static bool is_duplicate(struct agent *agent, const struct in6_addr *home)
{
	struct search search = {.wanted = home};

	address(&agent->kernel, RTM_NEWADDR, home, agent->device, 0);
	do {
		usleep(100000);
		search.flags = IFA_F_DADFAILED;
		each_address(&agent->kernel, find_flags, &search);
	} while ((search.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == IFA_F_TENTATIVE);
	address(&agent->kernel, RTM_DELADDR, home, agent->device, 0);
	return search.flags & IFA_F_DADFAILED;
}

/* What comes for the node goes to where it is. */
static void bind_to(struct agent *agent, struct binding *binding, const struct in6_addr *care_of)
{
	struct kernel *kernel = &agent->kernel;
	bool first = !binding->used;
	int device;

	binding->used = true;
	binding->care_of = *care_of;
	device = tunnel(kernel, binding->tunnel, &agent->address, care_of);
	if (first) {
		route(kernel, RT_TABLE_MAIN, &binding->home, device);
		proxy(kernel, RTM_NEWNEIGH, &binding->home, agent->device);
		claim(agent, &binding->home);
	}
}

static void unbind(struct agent *agent, struct binding *binding)
{
	proxy(&agent->kernel, RTM_DELNEIGH, &binding->home, agent->device);
	remove_link(&agent->kernel, binding->tunnel);
	binding->used = false;
}

/* ---- what a node asks for ---- */

/* The binding of a home address, or one that is free. */
static struct binding *find_binding(struct agent *agent, const struct in6_addr *home)
{
	struct binding *found = NULL;

	for (struct binding *each = agent->bindings; each < agent->bindings + BINDINGS; each++) {
		if (each->used && same(&each->home, home))
			return each;
		if (!each->used && !found)
			found = each;
	}
	if (found)
		snprintf(found->tunnel, sizeof(found->tunnel), "mip6-%d",
			 (int)(found - agent->bindings));
	return found;
}

/* Does what an update asks for: the status of the answer. */
static int carry_out(struct agent *agent, struct binding *binding, const struct message *message,
		     const struct in6_addr *care_of, int lifetime)
{
	uint16_t sequence = ntohs(message->update.sequence);

	if (!(message->update.flags & htons(UPDATE_HOME)))
		return STATUS_NOT_SUPPORTED;
	if (memcmp(&message->from, &agent->network, PREFIX_BYTES) != 0)
		return STATUS_NOT_HOME_SUBNET;
	if (!binding)
		return STATUS_NO_ROOM;
	if (binding->used && (int16_t)(sequence - binding->sequence) <= 0)
		return STATUS_SEQUENCE;
	if (!binding->used && !lifetime)
		return STATUS_NOT_HOME_AGENT;
	if (!binding->used && is_duplicate(agent, &message->from))
		return STATUS_DUPLICATE;
	binding->sequence = sequence;
	binding->home = message->from;
	binding->expires = now() + lifetime * UNIT;
	if (lifetime)
		bind_to(agent, binding, care_of);
	else
		unbind(agent, binding);
	return STATUS_ACCEPTED;
}

/* Answers to where the node is, with its home address in a routing header. */
static void answer(struct agent *agent, const struct message *message, int status,
		   uint16_t sequence, int lifetime)
{
	struct acknowledgement answer = {
		.head = mobility(MH_ACKNOWLEDGEMENT, sizeof(answer)),
		.status = status,
		.sequence = htons(sequence),
		.lifetime = htons(lifetime),
		.option = OPTION_REFRESH,
		.option_length = sizeof(answer.refresh),
		.refresh = htons(lifetime * 3 / 4),
	};

	care_of_state(&agent->kernel, IPPROTO_ROUTING, &agent->address, &message->from,
		      &message->care_of);
	mobility_policy(&agent->kernel, XFRM_POLICY_OUT, IPPROTO_ROUTING, MH_ACKNOWLEDGEMENT,
			&agent->address, &message->from);
	if (!send_mobility(agent->mobility, &message->from, &answer, sizeof(answer)))
		perror("an acknowledgement");
	remove_state(&agent->kernel, IPPROTO_ROUTING, &agent->address, &message->from);
}

static void updated(struct agent *agent)
{
	struct message message;
	const int least = offsetof(struct update, padding);
	const struct in6_addr *care_of;
	struct binding *binding;
	int lifetime, status;

	if (!receive_mobility(agent->mobility, MH_UPDATE, least, &message))
		return;
	care_of = option_of(&message, least, OPTION_CARE_OF, sizeof(*care_of));
	if (!care_of)
		care_of = &message.care_of;
	lifetime = ntohs(message.update.lifetime);
	if (lifetime > agent->lifetime)
		lifetime = agent->lifetime;
	binding = find_binding(agent, &message.from);
	status = carry_out(agent, binding, &message, care_of, lifetime);
	printf("%.3f %s at %s, update %d, for %d s: status %d\n", now(), text(&message.from),
	       text(care_of), ntohs(message.update.sequence), lifetime * UNIT, status);
	answer(agent, &message, status,
	       status == STATUS_SEQUENCE ? binding->sequence : ntohs(message.update.sequence),
	       status < STATUS_REFUSED ? lifetime : 0);
}

/* Ends what has lasted too long: seconds until the next one would, or -1. */
static double expire(struct agent *agent)
{
	double next = -1;

	for (struct binding *each = agent->bindings; each < agent->bindings + BINDINGS; each++) {
		double left = each->expires - now();

		if (!each->used)
			continue;
		if (left > 0) {
			next = next < 0 || left < next ? left : next;
			continue;
		}
		printf("%.3f %s expired\n", now(), text(&each->home));
		unbind(agent, each);
	}
	return next;
}

int main(int argc, char *argv[])
{
	if (argc != 5) {
		fprintf(stderr, "usage: %s DEVICE ADDRESS HOME-NETWORK LIFETIME\n", argv[0]);
		return 2;
	}
	struct agent agent = {
		.kernel = kernel(),
		.name = argv[1],
		.device = if_nametoindex(argv[1]),
		.address = parse(argv[2]),
		.network = parse(argv[3]),
		.lifetime = atoi(argv[4]) / UNIT,
	};
	if (!agent.device) {
		fprintf(stderr, "%s: there is no such device\n", argv[1]);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	care_of_state(&agent.kernel, IPPROTO_DSTOPTS, &in6addr_any, &in6addr_any, &in6addr_any);
	mobility_policy(&agent.kernel, XFRM_POLICY_IN, IPPROTO_DSTOPTS, MH_UPDATE, &in6addr_any,
			&agent.address);
	agent.mobility = mobility_socket(&agent.address);
	for (;;) {
		struct pollfd from = {agent.mobility, POLLIN, 0};
		double left = expire(&agent);

		check("poll", poll(&from, 1, left < 0 ? -1 : (int)(left * 1000) + 1));
		if (from.revents)
			updated(&agent);
	}
}
