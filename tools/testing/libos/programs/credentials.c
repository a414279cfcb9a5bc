// SPDX-License-Identifier: GPL-2.0
/* What a program may do that was root's, and gives up what it may, in part or for good. */

#include <grp.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "say.h"

enum { USER = 1000, OTHER = 1001, GROUP = 2000, PORT = 7000 };

/* Has the kernel set the MTU of lo to what it may be. */
static int set_mtu(void)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct rtattr attribute;
		int mtu;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_NEWLINK,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.link = {.ifi_index = 1},
		.attribute = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = IFLA_MTU},
		.mtu = 65000,
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char more[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (send(fd, &request, sizeof(request), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		OK(-1);
	close(fd);
	errno = -answer.error.error;
	return errno ? -1 : 0;
}

static int make(int kind, int protocol)
{
	int fd = socket(AF_INET, kind, protocol);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int bind_to(int port)
{
	struct sockaddr_in here = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = bind(fd, AT(here)), error = errno;

	close(fd);
	errno = error;
	return result;
}

/* A value that is there already. */
static int set_forwarding(void)
{
	int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* Whose a socket is, as the kernel's list of them says. */
static int owner_of_socket(void)
{
	struct sockaddr_in here = loopback(PORT);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), owner = -1;
	FILE *list;
	char line[256];
	unsigned port;

	bind(fd, AT(here));
	list = fopen("/proc/net/udp", "r");
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%*d: %*x:%x %*x:%*x %*x %*x:%*x %*x:%*x %*x %d", &port, &owner) ==
			    2 &&
		    port == PORT)
			break;
	fclose(list);
	close(fd);
	return owner;
}

static void try(const char *who)
{
	printf("%s\n", who);
	OK(make(SOCK_RAW, IPPROTO_ICMP));
	OK(make(SOCK_DGRAM, IPPROTO_ICMP));
	OK(bind_to(80));
	OK(bind_to(PORT));
	OK(set_mtu());
	OK(set_forwarding());
	SAY(owner_of_socket());
}

static void *in_thread(void *who)
{
	try(who);
	return NULL;
}

static void try_in_thread(const char *who)
{
	pthread_t thread;

	pthread_create(&thread, NULL, in_thread, (void *)who);
	pthread_join(thread, NULL);
}

/* Does something in a child, which is root's again. */
static void apart(void (*what)(void))
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		what();
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	if (status)
		printf("status %x\n", status);
}

static int set_capabilities(unsigned permitted, unsigned effective)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{.permitted = permitted, .effective = effective}};

	return syscall(SYS_capset, &header, data);
}

static void execute(const char *how)
{
	fflush(stdout);
	OK(execl("/proc/self/exe", "credentials", how, NULL));
}

static void for_a_while(void)
{
	SAY(seteuid(USER));
	try("seteuid");
	SAY(seteuid(0));
	try("back");
	SAY(setresuid(-1, USER, 0));
	try("setresuid");
	SAY(setreuid(-1, 0));
	try("back");
	SAY(setegid(GROUP));
	try("setegid");
}

static void child(void)
{
	try("child");
}

static void for_good(void)
{
	SAY(setgid(USER));
	SAY(setuid(USER));
	try("setuid");
	SAY(setuid(0));
	try_in_thread("thread");
	apart(child);
	execute("executed");
}

static pthread_barrier_t turn;

static void *before_and_after(void *unused)
{
	try("other thread, before");
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	try("other thread, after");
	return NULL;
}

static void with_another(void (*change)(void))
{
	pthread_t thread;

	pthread_barrier_init(&turn, NULL, 2);
	pthread_create(&thread, NULL, before_and_after, NULL);
	pthread_barrier_wait(&turn);
	change();
	pthread_barrier_wait(&turn);
	pthread_join(thread, NULL);
	try("first thread");
}

static void become_user(void)
{
	SAY(setresuid(USER, USER, 0));
}

static void become_user_alone(void)
{
	SAY(syscall(SYS_setresuid, USER, USER, 0));
}

static void all_threads(void)
{
	with_another(become_user);
}

static void one_thread(void)
{
	with_another(become_user_alone);
}

static void capabilities(void)
{
	SAY(prctl(PR_SET_KEEPCAPS, 1));
	SAY(setuid(USER));
	try("kept");
	SAY(set_capabilities(1 << CAP_NET_BIND_SERVICE | 1 << CAP_NET_RAW, 1 << CAP_NET_RAW));
	try("CAP_NET_RAW");
	SAY(set_capabilities(1 << CAP_NET_BIND_SERVICE, 1 << CAP_NET_BIND_SERVICE));
	try("CAP_NET_BIND_SERVICE");
	SAY(set_capabilities(1 << CAP_NET_RAW, 1 << CAP_NET_RAW));
	execute("executed");
}

static void root_without(void)
{
	SAY(set_capabilities(0, 0));
	try("no capabilities");
	execute("root again");
}

static void bounded(void)
{
	SAY(prctl(PR_CAPBSET_DROP, CAP_NET_RAW));
	try("bounded");
	execute("executed, bounded");
}

static void ambient(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {};
	unsigned kept = 1 << CAP_NET_ADMIN;

	SAY(prctl(PR_SET_KEEPCAPS, 1));
	SAY(setuid(USER));
	data[0] = (struct __user_cap_data_struct){kept, kept, kept};
	SAY(syscall(SYS_capset, &header, data));
	SAY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0));
	execute("executed with CAP_NET_ADMIN");
}

static void for_files(void)
{
	SAY(setfsuid(OTHER));
	try("setfsuid");
	SAY(setfsuid(0));
	SAY(owner_of_socket());
}

static void write_range(const char *range)
{
	int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY);

	SAY(write(fd, range, strlen(range)));
	close(fd);
}

static void groups(void)
{
	enum { MANY = 300 };
	gid_t list[MANY];

	write_range("2000 2000");
	for (int i = 0; i < MANY; i++)
		list[i] = GROUP + MANY - 1 - i;
	SAY(setgroups(MANY, list));
	SAY(seteuid(USER));
	try("among many groups");
	SAY(seteuid(0));
	SAY(setgroups(MANY - 1, list));
	SAY(seteuid(USER));
	try("one less");
	SAY(seteuid(0));
	SAY(setgroups(1, list + MANY - 1));
	SAY(seteuid(USER));
	try("one");
	SAY(seteuid(0));
	SAY(initgroups("root", 0));
	SAY(seteuid(USER));
	try("initgroups");
	SAY(seteuid(0));
	SAY(setresgid(GROUP, GROUP, GROUP));
	SAY(seteuid(USER));
	try("setresgid");
	SAY(seteuid(0));
	SAY(setregid(0, 0));
	write_range("1 0");
}

/* There it may do everything, but not with the network, which is none of its. */
static void namespace(void)
{
	SAY(setuid(USER));
	SAY(unshare(CLONE_NEWUSER));
	try("namespace");
	try_in_thread("thread of the namespace");
	execute("executed in the namespace");
}

int main(int count, char **arguments)
{
	if (count > 1) {
		try(arguments[1]);
		return 0;
	}
	try("root");
	apart(for_a_while);
	apart(for_good);
	apart(all_threads);
	apart(one_thread);
	apart(capabilities);
	apart(root_without);
	apart(bounded);
	apart(ambient);
	apart(for_files);
	apart(groups);
	apart(namespace);
	try("root");
	return done();
}
