// SPDX-License-Identifier: GPL-2.0
/* The file behind a socket: its owner, mode, attributes, locks. */

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "say.h"

static void look(int fd)
{
	struct stat found;

	SAY(fstat(fd, &found));
	printf("  %o of %d and %d\n", found.st_mode, found.st_uid, found.st_gid);
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
	SAY(close(fd));
	SAY(fchown(fd, 5, 6));
	SAY(fchmod(fd, 0640));
	return done();
}
