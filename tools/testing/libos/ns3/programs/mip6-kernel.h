/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel does of Mobile IPv6: which packets have a Home Address option or a type 2 routing
 * header (states and policies of xfrm, net/ipv6/mip6.c), and the tunnel between care-of address and
 * home agent (ip6tnl).
 */

#ifndef MIP6_KERNEL_H
#define MIP6_KERNEL_H

#include "mip6.h"
#include "netlink.h"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <linux/xfrm.h>

/* Sockets: of routes and links, of xfrm. */
struct kernel {
	int route, xfrm;
};

static inline struct kernel kernel(void)
{
	return (struct kernel){netlink_socket(NETLINK_ROUTE, 0), netlink_socket(NETLINK_XFRM, 0)};
}

/* ---- xfrm ---- */

/*
 * A state between two addresses: `proto` is IPPROTO_DSTOPTS, where the source has a care-of address
 * and packets a Home Address option, or IPPROTO_ROUTING, where the destination has one. The option
 * is accepted from everywhere where all addresses are zero.
 */
static inline void care_of_state(struct kernel *kernel, int proto, const struct in6_addr *from,
				 const struct in6_addr *to, const struct in6_addr *care_of)
{
	struct xfrm_usersa_info state = {
		.family = AF_INET6,
		.mode = XFRM_MODE_ROUTEOPTIMIZATION,
		.id.proto = proto,
		.lft.soft_byte_limit = XFRM_INF,
		.lft.hard_byte_limit = XFRM_INF,
		.lft.soft_packet_limit = XFRM_INF,
		.lft.hard_packet_limit = XFRM_INF,
		.flags = IN6_IS_ADDR_UNSPECIFIED(to) ? XFRM_STATE_WILDRECV : 0,
	};
	struct request made;

	memcpy(&state.saddr, from, sizeof(*from));
	memcpy(&state.id.daddr, to, sizeof(*to));
	made = request(XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, &state, sizeof(state));
	attribute(&made, XFRMA_COADDR, care_of, sizeof(*care_of));
	if (ask(kernel->xfrm, &made) == -EEXIST) {
		made.head.nlmsg_type = XFRM_MSG_UPDSA;
		must("a state of xfrm", kernel->xfrm, &made, 0);
	}
}

static inline void remove_state(struct kernel *kernel, int proto, const struct in6_addr *from,
				const struct in6_addr *to)
{
	struct xfrm_usersa_id id = {.family = AF_INET6, .proto = proto};
	struct request made;

	memcpy(&id.daddr, to, sizeof(*to));
	made = request(XFRM_MSG_DELSA, 0, &id, sizeof(id));
	attribute(&made, XFRMA_SRCADDR, from, sizeof(*from));
	must("no state of xfrm", kernel->xfrm, &made, ESRCH);
}

/*
 * Mobility messages between two addresses have the header that a state says. What leaves is chosen
 * by its type; for what comes in, the kernel does not look at it (since 6.8).
 */
static inline void mobility_policy(struct kernel *kernel, int direction, int proto, int type,
				   const struct in6_addr *from, const struct in6_addr *to)
{
	struct xfrm_userpolicy_info policy = {
		.dir = direction,
		.sel.family = AF_INET6,
		.sel.proto = IPPROTO_MH,
		.sel.prefixlen_s = IN6_IS_ADDR_UNSPECIFIED(from) ? 0 : 128,
		.sel.prefixlen_d = 128,
		.lft.soft_byte_limit = XFRM_INF,
		.lft.hard_byte_limit = XFRM_INF,
		.lft.soft_packet_limit = XFRM_INF,
		.lft.hard_packet_limit = XFRM_INF,
	};
	struct xfrm_user_tmpl template = {
		.id.proto = proto,
		.family = AF_INET6,
		.mode = XFRM_MODE_ROUTEOPTIMIZATION,
	};
	struct request made;

	if (direction == XFRM_POLICY_OUT) {
		policy.sel.sport = htons(type);
		policy.sel.sport_mask = 0xffff;
	}
	memcpy(&policy.sel.saddr, from, sizeof(*from));
	memcpy(&policy.sel.daddr, to, sizeof(*to));
	made = request(XFRM_MSG_UPDPOLICY, 0, &policy, sizeof(policy));
	attribute(&made, XFRMA_TMPL, &template, sizeof(template));
	must("a policy of xfrm", kernel->xfrm, &made, 0);
}

/* ---- the tunnel and the ways into it ---- */

/* Makes or changes a tunnel, whose packets go between two addresses. */
static inline int tunnel(struct kernel *kernel, const char *name, const struct in6_addr *local,
			 const struct in6_addr *remote)
{
	struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct request made =
		request(RTM_NEWLINK, if_nametoindex(name) ? 0 : NLM_F_CREATE, &link, sizeof(link));
	uint8_t proto = IPPROTO_IPV6, ttl = 64;
	uint32_t flags = IP6_TNL_F_IGN_ENCAP_LIMIT;
	struct rtattr *info, *data;

	attribute(&made, IFLA_IFNAME, name, strlen(name) + 1);
	info = attribute(&made, IFLA_LINKINFO, NULL, 0);
	attribute(&made, IFLA_INFO_KIND, "ip6tnl", sizeof("ip6tnl"));
	data = attribute(&made, IFLA_INFO_DATA, NULL, 0);
	attribute(&made, IFLA_IPTUN_LOCAL, local, sizeof(*local));
	attribute(&made, IFLA_IPTUN_REMOTE, remote, sizeof(*remote));
	attribute(&made, IFLA_IPTUN_PROTO, &proto, sizeof(proto));
	attribute(&made, IFLA_IPTUN_TTL, &ttl, sizeof(ttl));
	attribute(&made, IFLA_IPTUN_FLAGS, &flags, sizeof(flags));
	close_attribute(&made, data);
	close_attribute(&made, info);
	must("the tunnel", kernel->route, &made, 0);
	return if_nametoindex(name);
}

static inline void remove_link(struct kernel *kernel, const char *name)
{
	struct ifinfomsg link = {.ifi_index = if_nametoindex(name)};
	struct request made = request(RTM_DELLINK, 0, &link, sizeof(link));

	must("no tunnel", kernel->route, &made, 0);
}

/* A route of a table into a device, to an address or to all. */
static inline void route(struct kernel *kernel, int table, const struct in6_addr *to, int device)
{
	struct rtmsg head = {
		.rtm_family = AF_INET6,
		.rtm_dst_len = to ? 128 : 0,
		.rtm_table = table,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct request made =
		request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));

	if (to)
		attribute(&made, RTA_DST, to, sizeof(*to));
	attribute(&made, RTA_OIF, &device, sizeof(device));
	must("a route", kernel->route, &made, 0);
}

/*
 * What comes from an address goes by a table of its own; and so does what has no source yet, if it
 * would get this one there.
 */
static inline void rule_from(struct kernel *kernel, const struct in6_addr *source, int table)
{
	struct fib_rule_hdr head = {
		.family = AF_INET6,
		.src_len = 128,
		.table = table,
		.action = FR_ACT_TO_TBL,
		.flags = FIB_RULE_FIND_SADDR,
	};
	struct request made = request(RTM_NEWRULE, NLM_F_CREATE, &head, sizeof(head));

	attribute(&made, FRA_SRC, source, sizeof(*source));
	must("a rule", kernel->route, &made, 0);
}

/* Answers for a neighbour that is away, or no longer. */
static inline void proxy(struct kernel *kernel, int type, const struct in6_addr *whom, int device)
{
	struct ndmsg head = {
		.ndm_family = AF_INET6,
		.ndm_ifindex = device,
		.ndm_flags = NTF_PROXY,
		.ndm_state = NUD_PERMANENT,
	};
	struct request made = request(type, type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0,
				      &head, sizeof(head));

	attribute(&made, NDA_DST, whom, sizeof(*whom));
	must("a proxy", kernel->route, &made, 0);
}

/* ---- addresses ---- */

/* Gives a device an address, or takes it. */
static inline void address(struct kernel *kernel, int type, const struct in6_addr *which,
			   int device, int flags)
{
	struct ifaddrmsg head = {
		.ifa_family = AF_INET6,
		.ifa_prefixlen = 128,
		.ifa_flags = flags,
		.ifa_index = device,
	};
	struct request made =
		request(type, type == RTM_NEWADDR ? NLM_F_CREATE : 0, &head, sizeof(head));

	attribute(&made, IFA_LOCAL, which, sizeof(*which));
	must("an address", kernel->route, &made, 0);
}

/* Has every address of the whole network's looked at, with its flags. */
static inline void each_address(struct kernel *kernel,
				void (*look)(const struct in6_addr *, int flags, void *with),
				void *with)
{
	struct ifaddrmsg all = {.ifa_family = AF_INET6};
	struct request made = request(RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
	_Alignas(struct nlmsghdr) char answer[8192];

	check("addresses", send(kernel->route, &made, made.head.nlmsg_len, 0));
	for (;;) {
		int len = check("addresses", recv(kernel->route, answer, sizeof(answer), 0));

		for (struct nlmsghdr *one = (void *)answer; NLMSG_OK(one, (unsigned int)len);
		     one = NLMSG_NEXT(one, len)) {
			struct ifaddrmsg *head = NLMSG_DATA(one);
			struct rtattr *part = IFA_RTA(head);

			if (one->nlmsg_type != RTM_NEWADDR)
				return;
			if (head->ifa_scope != RT_SCOPE_UNIVERSE)
				continue;
			for (int left = IFA_PAYLOAD(one); RTA_OK(part, left);
			     part = RTA_NEXT(part, left))
				if (part->rta_type == IFA_ADDRESS)
					look(RTA_DATA(part), head->ifa_flags, with);
		}
	}
}

#endif
