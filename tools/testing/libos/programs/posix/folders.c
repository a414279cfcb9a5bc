// SPDX-License-Identifier: GPL-2.0
/* Files and folders: what is in them, what is told of them, who may do what, and locks. */

#include <dirent.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <utime.h>

#include "say.h"
#include "took.h"

static const char *const FOLDER = "/tmp/libos-folder";

static void contents(void)
{
	char text[32] = {};
	struct stat about;
	int fd, copy;

	fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
	OK(fd);
	SAY(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	SAY(write(fd, "some text", 9));
	SAY(pwrite(fd, "S", 1, 0));
	SAY(lseek(fd, 0, SEEK_SET));
	SAY(read(fd, text, sizeof(text)));
	say_bytes(text, 9);
	copy = dup(fd);
	SAY(lseek(copy, 5, SEEK_SET));
	SAY(read(fd, text, 4));
	say_bytes(text, 4);
	SAY(fcntl(copy, F_GETFD));
	SAY(fcntl(copy, F_SETFD, FD_CLOEXEC));
	SAY(fcntl(copy, F_GETFD));
	SAY(ftruncate(fd, 4));
	SAY(fstat(fd, &about));
	printf("%ld bytes, mode %o\n", (long)about.st_size, about.st_mode);
	SAY(close(copy));
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	IS(map != MAP_FAILED && !memcmp(map, "Some", 4));
	map[1] = 'a';
	SAY(msync(map, 4096, MS_SYNC));
	SAY(munmap(map, 4096));
	SAY(pread(fd, text, 4, 0));
	say_bytes(text, 4);
	struct iovec parts[] = {{"one ", 4}, {"two", 3}};
	SAY(lseek(fd, 10, SEEK_SET));
	SAY(writev(fd, parts, 2));
	SAY(lseek(fd, 0, SEEK_END));
	SAY(pread(fd, text, sizeof(text), 4));
	IS(!memcmp(text, "\0\0\0\0\0\0one two", 13));
	SAY(posix_fallocate(fd, 0, 100));
	SAY(lseek(fd, -1, SEEK_SET));
	SAY(fsync(fd));
	SAY(close(fd));
	SAY(close(fd));
	fd = open("file", O_WRONLY | O_APPEND | O_TRUNC);
	SAY(write(fd, "begin", 5));
	SAY(lseek(fd, 0, SEEK_SET));
	SAY(write(fd, " end", 4));
	SAY(read(fd, text, 1));
	close(fd);
	SAY(truncate("file", 7));
	SAY(stat("file", &about));
	printf("%ld bytes\n", (long)about.st_size);
}

static void names(void)
{
	char text[32] = {};
	struct stat about, other;

	SAY(rename("file", "other"));
	SAY(access("file", F_OK));
	SAY(symlink("other", "link"));
	SAY(readlink("link", text, sizeof(text)));
	SAY(chmod("other", 0600));
	SAY(stat("link", &about));
	printf("mode %o\n", about.st_mode);
	SAY(lstat("link", &about));
	IS(S_ISLNK(about.st_mode));
	SAY(link("other", "same"));
	SAY(stat("same", &about));
	SAY(stat("other", &other));
	IS(about.st_ino == other.st_ino && about.st_nlink == 2);
	SAY(unlink("same"));
	SAY(symlink("circle", "circle"));
	SAY(open("circle", O_RDONLY));
	SAY(open("link", O_RDONLY | O_NOFOLLOW));
	SAY(unlink("circle"));
	SAY(unlink("link"));
	struct utimbuf times = {1000000000, 1000000001};
	SAY(utime("other", &times));
	SAY(stat("other", &about));
	printf("%ld %ld\n", (long)about.st_atime, (long)about.st_mtime);
	char *resolved = realpath("../libos-folder/./other", NULL);
	printf("%s\n", resolved);
	free(resolved);
	SAY(open("/no/such/file", O_RDONLY));
	SAY(open("/etc", O_WRONLY));
	SAY(open("other/below", O_RDONLY));
	SAY(mkdir("other", 0700));
}

/* From a working folder that is the kernel's own: either path leads out of there, or stays. */
static void from_proc(void)
{
	struct stat about;

	SAY(chdir("/proc/sys/net"));
	SAY(rename("../../../tmp/libos-folder/other", "../../../tmp/libos-folder/moved"));
	SAY(rename("/tmp/libos-folder/moved", "moved"));
	SAY(rename("core", "../../../tmp/libos-folder/core"));
	SAY(renameat(AT_FDCWD, "/tmp/libos-folder/moved", AT_FDCWD, "moved"));
	SAY(link("/tmp/libos-folder/moved", "../../../tmp/libos-folder/same"));
	SAY(linkat(AT_FDCWD, "core/somaxconn", AT_FDCWD, "/tmp/libos-folder/core", 0));
	SAY(symlink("same", "../../../tmp/libos-folder/link"));
	SAY(stat("/tmp/libos-folder/link", &about));
	IS(S_ISREG(about.st_mode) && about.st_nlink == 2);
	SAY(access("/moved", F_OK));
	SAY(chdir(FOLDER));
	SAY(unlink("link"));
	SAY(unlink("same"));
	SAY(rename("moved", "other"));
}

static int visited, deepest;

static int visit(const char *path, const struct stat *about, int kind, struct FTW *place)
{
	visited++;
	deepest = place->level > deepest ? place->level : deepest;
	return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static int by_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void folders(void)
{
	struct dirent **entries;
	int below, fd;

	SAY(mkdir("one", 0755));
	SAY(mkdir("one/two", 0755));
	SAY(mkdir("none/two", 0755));
	below = open("one", O_RDONLY | O_DIRECTORY);
	OK(below);
	SAY(open("other", O_RDONLY | O_DIRECTORY));
	fd = openat(below, "inner", O_WRONLY | O_CREAT, 0644);
	SAY(write(fd, "x", 1));
	close(fd);
	SAY(mkdirat(below, "three", 0700));
	SAY(renameat(below, "inner", below, "three/inner"));
	SAY(symlinkat("two", below, "link"));
	SAY(faccessat(below, "three/inner", R_OK, 0));
	SAY(unlinkat(below, "three", 0));
	SAY(unlinkat(below, "three", AT_REMOVEDIR));
	SAY(fchdir(below));
	char *here = getcwd(NULL, 0);
	printf("%s\n", here);
	free(here);
	int count = scandir(".", &entries, by_name, alphasort);
	for (int i = 0; i < count; i++) {
		printf("  %s %d\n", entries[i]->d_name, entries[i]->d_type);
		free(entries[i]);
	}
	free(entries);
	SAY(chdir(".."));
	SAY(rmdir("one"));
	SAY(nftw("one", visit, 8, FTW_DEPTH | FTW_PHYS));
	printf("%d visited, %d deep\n", visited, deepest);
	SAY(access("one", F_OK));
	close(below);
	struct statvfs system;
	SAY(statvfs(".", &system));
	IS(system.f_bsize > 0 && system.f_namemax >= 255);
}

/* What a user may do who is not root. */
static void permissions(void)
{
	struct stat about;
	int status;

	SAY(umask(027));
	close(open("masked", O_WRONLY | O_CREAT, 0666));
	SAY(stat("masked", &about));
	printf("mode %o\n", about.st_mode);
	SAY(chown("masked", 1, 1));
	SAY(stat("masked", &about));
	printf("owner %u %u\n", about.st_uid, about.st_gid);
	fflush(stdout);
	if (!fork()) {
		SAY(setgid(65534));
		SAY(setuid(65534));
		SAY(open("masked", O_RDONLY));
		SAY(access("other", R_OK));
		SAY(open("new", O_WRONLY | O_CREAT, 0600));
		SAY(chmod("masked", 0777));
		SAY(unlink("other"));
		OK(open("/tmp/libos-own", O_WRONLY | O_CREAT | O_EXCL, 0600));
		SAY(stat("/tmp/libos-own", &about));
		printf("owner %u %u\n", about.st_uid, about.st_gid);
		SAY(unlink("/tmp/libos-own"));
		fflush(stdout);
		_exit(3);
	}
	wait(&status);
	printf("status %d\n", WEXITSTATUS(status));
	SAY(unlink("masked"));
	umask(022);
}

/* One process has a lock, and another waits for it. */
static void locks(void)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, asked;
	int fd = open("other", O_RDWR), go[2], status;
	char byte;

	if (pipe(go))
		OK(-1);
	SAY(fcntl(fd, F_SETLK, &whole));
	SAY(flock(fd, LOCK_EX));
	fflush(stdout);
	if (!fork()) {
		int own = open("other", O_RDWR);

		asked = whole;
		SAY(fcntl(own, F_GETLK, &asked));
		IS(asked.l_type == F_WRLCK && asked.l_pid == getppid());
		SAY(fcntl(own, F_SETLK, &whole));
		SAY(flock(own, LOCK_EX | LOCK_NB));
		SAY(lockf(own, F_TEST, 0));
		fflush(stdout);
		begin();
		if (write(go[1], "x", 1) != 1)
			_exit(1);
		SAY(fcntl(own, F_SETLKW, &whole));
		SAY(flock(own, LOCK_EX));
		took("both", 400);
		fflush(stdout);
		_exit(0);
	}
	if (read(go[0], &byte, 1) != 1)
		OK(-1);
	usleep(200000);
	struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_SETLK, &none))
		OK(-1);
	usleep(200000);
	if (flock(fd, LOCK_UN))
		OK(-1);
	wait(&status);
	printf("status %d\n", status);
	close(fd);
}

int main(void)
{
	char text[32];

	SAY(mkdir(FOLDER, 0755));
	SAY(chdir(FOLDER));
	printf("%s\n", getcwd(text, sizeof(text)));
	contents();
	names();
	from_proc();
	folders();
	permissions();
	locks();
	SAY(unlink("other"));
	SAY(chdir("/"));
	SAY(rmdir(FOLDER));
	SAY(chdir(FOLDER));
	return done();
}
