// SPDX-License-Identifier: GPL-2.0
/* Directories of the network, and dprintf(3), which both work by calls inside of libc. */

#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>

#include "say.h"

/* Whether a directory has these entries; they differ between kernels. */
static void has(const char *path, const char *const *names)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	printf("%s\n", path);
	if (!directory) {
		OK(-1);
		return;
	}
	for (; *names; names++) {
		rewinddir(directory);
		do
			entry = readdir(directory);
		while (entry && strcmp(entry->d_name, *names));
		printf("  %s %s\n", *names, entry ? "found" : "not found");
	}
	IS(dirfd(directory) >= 0);
	IS(readdir(directory) || errno == 0);
	SAY(closedir(directory));
}

static int plain(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void scanned(const char *path)
{
	struct dirent **list;
	int count = scandir(path, &list, plain, alphasort);

	printf("%s: %s\n", path, count > 0 ? "entries" : "none");
	for (int i = 0; i < count; i++) {
		if (i && strcmp(list[i - 1]->d_name, list[i]->d_name) > 0)
			printf("  not sorted\n");
		free(list[i]);
	}
	if (count >= 0)
		free(list);
}

static void matched(const char *pattern)
{
	glob_t all;

	printf("%s: %d\n", pattern, glob(pattern, 0, NULL, &all));
	if (all.gl_pathc)
		printf("  %s\n", all.gl_pathv[0]);
	globfree(&all);
}

/* The place of an entry, and back to it. */
static void places(void)
{
	DIR *directory = opendir("/proc/sys/net/ipv4");
	char first[256], second[256];

	printf("places\n");
	strcpy(first, readdir(directory)->d_name);
	long place = telldir(directory);
	strcpy(second, readdir(directory)->d_name);
	IS(strcmp(first, second) != 0);
	seekdir(directory, place);
	IS(!strcmp(readdir(directory)->d_name, second));
	rewinddir(directory);
	IS(!strcmp(readdir(directory)->d_name, first));
	SAY(closedir(directory));
}

/* Names below a descriptor. */
static void below(void)
{
	int fd = open("/proc/sys/net/ipv4", O_RDONLY | O_DIRECTORY);
	char text[8];
	struct stat stat;

	printf("below\n");
	SAY(fstatat(fd, "ip_forward", &stat, 0));
	IS(S_ISREG(stat.st_mode));
	SAY(faccessat(fd, "ip_forward", R_OK, 0));
	SAY(fstatat(fd, "no_such", &stat, 0));
	SAY(openat(fd, "no_such", O_RDONLY) < 0);
	int file = openat(fd, "tcp_sack", O_RDONLY);
	SAY(read(file, text, sizeof(text)));
	say_bytes(text, 1);
	close(file);
	DIR *directory = fdopendir(openat(fd, "conf", O_RDONLY));
	IS(directory);
	IS(readdir(directory));
	SAY(closedir(directory));
	SAY(close(fd));
	fd = open("/etc/passwd", O_RDONLY);
	IS(!fdopendir(fd) && errno == ENOTDIR);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	IS(!fdopendir(fd) && errno == ENOTDIR);
	close(fd);
}

/* Relative paths, in a working directory of the network's. */
static void working(void)
{
	char path[64], text[8];
	struct stat info;

	printf("working\n");
	SAY(chdir("/proc/sys/net/no_such"));
	SAY(chdir("/proc/sys/net/ipv4"));
	printf("  %s\n", getcwd(path, sizeof(path)));
	SAY(access("ip_forward", R_OK));
	scanned("conf");
	has(".", (const char *const[]){"ip_forward", "passwd", NULL});
	FILE *stream = fopen("tcp_sack", "r");
	IS(stream && fgetc(stream) == '1');
	fclose(stream);
	SAY(chdir("conf/lo"));
	char *allocated = getcwd(NULL, 0);
	printf("  %s\n", allocated);
	free(allocated);
	int fd = open("../../tcp_sack", O_RDONLY);
	SAY(read(fd, text, sizeof(text)));
	close(fd);
	SAY(system("cat tag && cd .. && pwd && ls -d lo && [ ! -e eth9 ]"));
	fd = open("..", O_RDONLY | O_DIRECTORY);
	SAY(fchdir(fd));
	SAY(close(fd));
	printf("  %s\n", getcwd(path, sizeof(path)));
	IS(!getcwd(path, 2) && errno == ERANGE);
	SAY(stat("/etc/passwd", &info));
	SAY(chdir("/proc"));
	SAY(chdir("sys"));
	SAY(chdir("net"));
	SAY(stat("core", &info));
	SAY(execl("core", "core", NULL));
	SAY(chdir("/etc"));
	SAY(stat("passwd", &info));
	SAY(stat("core", &info));
	/* From one kind into the other, by relative paths. */
	SAY(chdir("../proc/sys/net"));
	SAY(stat("core", &info));
	SAY(stat("../../../etc/passwd", &info));
	SAY(stat("../../etc/passwd", &info));
	SAY(chdir("../../.."));
	printf("  %s\n", getcwd(path, sizeof(path)));
	SAY(stat("etc/passwd", &info));
}

static void formatted(void)
{
	int ends[2];
	char text[256];

	printf("formatted\n");
	tcp_pair(7001, ends);
	SAY(dprintf(ends[0], "%s %d %c %ld %.2f %x %s %g\n", "text", -7, 'c', 1L << 40, 2.5, 255,
		    "more", 0.125));
	say_bytes(text, recv(ends[1], text, sizeof(text), 0));
	SAY(dprintf(ends[0], "plain"));
	say_bytes(text, recv(ends[1], text, sizeof(text), 0));
	SAY(dprintf(1, "%d, %g and %s\n", 1, 1.5, "a file of the host"));
	SAY(close(ends[0]));
	SAY(dprintf(ends[0], "to nobody"));
	close(ends[1]);
}

int main(void)
{
	has("/proc/net", (const char *const[]){"tcp", "route", "dev", "no_such", NULL});
	has("/proc/self/net", (const char *const[]){"tcp", "no_such", NULL});
	has("/proc/sys/net", (const char *const[]){".", "core", "ipv4", NULL});
	has("/sys/class/net", (const char *const[]){"lo", "eth9", NULL});
	has("/sys/class/net/lo", (const char *const[]){"mtu", NULL});
	has("/sys/class/net/no_such", NULL);
	has("/proc/net/tcp", NULL);
	has("/etc", (const char *const[]){"passwd", "no_such", NULL});
	scanned("/proc/sys/net/ipv4/conf");
	scanned("/sys/class/net");
	scanned("/sys/class/net/no_such");
	scanned("/etc");
	matched("/sys/class/net/l*");
	matched("/proc/sys/net/ipv4/ip_forw?rd");
	matched("/proc/net/no_such*");
	matched("/etc/pass[w]d");
	places();
	below();
	working();
	formatted();
	return done();
}
