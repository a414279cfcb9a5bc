// SPDX-License-Identifier: GPL-2.0
/* The file behind a socket: its owner, mode, times, attributes, locks; and that it is no terminal.
 */

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

#include "say.h"

static void look(int fd)
{
	struct stat found;

	SAY(fstat(fd, &found));
	printf("  %o of %d and %d\n", found.st_mode, found.st_uid, found.st_gid);
}

/* Requests about the network are for sockets. */
static void ask(int fd)
{
	struct ifreq request = {.ifr_name = "lo"};
	int null = open("/dev/null", O_RDONLY), namespace;

	SAY(ioctl(fd, SIOCGIFINDEX, &request));
	SAY(ioctl(-1, SIOCGIFINDEX, &request));
	SAY(ioctl(null, SIOCGIFINDEX, &request));
	SAY(ioctl(null, SIOCGSKNS, 0));
	namespace = ioctl(fd, SIOCGSKNS, 0);
	IS(namespace > null);
	SAY(close(namespace));
	SAY(close(null));
}

static void look_for_terminal(int fd)
{
	struct termios state = {0};
	char name[100];

	SAY(isatty(fd));
	SAY(tcgetattr(fd, &state));
	SAY(tcsetattr(fd, TCSANOW, &state));
	SAY(tcgetpgrp(fd));
	SAY(tcgetsid(fd));
	SAY(tcdrain(fd));
	SAY(ttyname(fd) != NULL);
	SAY(ttyname_r(fd, name, sizeof(name)));
	SAY(ptsname(fd) != NULL);
}

int main(void)
{
	char bytes[100] = "";
	struct statfs system;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	look(fd);
	SAY(fchown(fd, 5, 6));
	look(fd);
	SAY(fchmod(fd, 0640));
	look(fd);
	SAY(fgetxattr(fd, "system.sockprotoname", bytes, sizeof(bytes)));
	say_bytes(bytes, strlen(bytes));
	SAY(flistxattr(fd, bytes, sizeof(bytes)));
	SAY(fsetxattr(fd, "user.x", "y", 1, 0));
	SAY(fremovexattr(fd, "user.x"));
	SAY(fstatfs(fd, &system));
	printf("  %lx\n", (long)system.f_type);
	SAY(flock(fd, LOCK_EX));
	SAY(flock(fd, LOCK_UN));
	SAY(fallocate(fd, 0, 0, 1));
	SAY(fsync(fd));
	SAY(syncfs(fd));
	SAY(futimens(fd, NULL));
	SAY(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	SAY(readahead(fd, 0, 1));
	SAY(sync_file_range(fd, 0, 0, 0));
	ask(fd);
	look_for_terminal(fd);
	SAY(close(fd));
	SAY(fchown(fd, 5, 6));
	SAY(fchmod(fd, 0640));
	return done();
}
