// SPDX-License-Identifier: GPL-2.0
/* The interfaces of a stack: getifaddrs(3), ioctl(2), if_nametoindex(3). */

#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>

#include "say.h"

static void say_address(const char *what, const struct sockaddr *address)
{
	char text[64] = "?";

	if (!address)
		return;
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)address)->sin_addr, text, sizeof(text));
	if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)address)->sin6_addr, text,
			  sizeof(text));
	if (address->sa_family == AF_PACKET)
		snprintf(text, sizeof(text), "hatype %d",
			 ((struct sockaddr_ll *)address)->sll_hatype);
	printf("  %s: family %d, %s\n", what, address->sa_family, text);
}

int main(void)
{
	struct ifaddrs *all = NULL;
	struct ifreq request = {.ifr_name = "lo"};
	char name[IF_NAMESIZE] = "";

	SAY(getifaddrs(&all));
	for (struct ifaddrs *one = all; one; one = one->ifa_next) {
		printf("%s: flags %#x\n", one->ifa_name, one->ifa_flags);
		say_address("address", one->ifa_addr);
		say_address("netmask", one->ifa_netmask);
	}

	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	SAY(ioctl(fd, SIOCGIFADDR, &request));
	say_address("lo", &request.ifr_addr);
	SAY(ioctl(fd, SIOCGIFNETMASK, &request));
	say_address("lo", &request.ifr_addr);
	SAY(ioctl(fd, SIOCGIFFLAGS, &request));
	printf("flags %#hx\n", request.ifr_flags);
	SAY(ioctl(fd, SIOCGIFMTU, &request));
	printf("mtu %d\n", request.ifr_mtu);
	SAY(ioctl(fd, SIOCGIFHWADDR, &request));
	printf("hardware %d\n", request.ifr_hwaddr.sa_family);
	strcpy(request.ifr_name, "nothing0");
	SAY(ioctl(fd, SIOCGIFMTU, &request));
	SAY(ioctl(fd, 0x89ff, &request));

	SAY(if_nametoindex("lo"));
	printf("%s\n", if_indextoname(1, name) ? name : strerrorname_np(errno));
	SAY((long)if_nametoindex("nothing0"));
	printf("%s\n", if_indextoname(4711, name) ? name : strerrorname_np(errno));
	return done();
}
