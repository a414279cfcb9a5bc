// SPDX-License-Identifier: GPL-2.0
/* What is open, and what memory is used, by the kernels' own counters. */

#include <dirent.h>
#include <sys/syscall.h>

#include "stress.h"

/* By the host's kernel. */
static int count_host(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* The stack's kernel has a /proc of its own, to which a way leads from its folder /proc/net. */
static int open_inside(const char *path, int flags)
{
	char full[64];
	int net = open("/proc/net", O_RDONLY | O_DIRECTORY);

	snprintf(full, sizeof(full), "../../%s", path);
	int fd = openat(net, full, O_RDONLY | flags);

	if (fd < 0)
		fail("%s: %s", full, strerror(errno));
	close(net);
	return fd;
}

static int count_inside(void)
{
	char entries[8192];
	int count = 0, folder = open_inside("self/fd", O_DIRECTORY);
	long length;

	while ((length = getdents64(folder, entries, sizeof(entries))) > 0)
		for (long at = 0; at < length; count++)
			at += *(unsigned short *)(entries + at + 16);
	close(folder);
	return count;
}

static void read_all(const char *path, char *text, size_t size)
{
	int fd = open_inside(path, 0);
	long n, length = 0;

	while ((n = read(fd, text + length, size - 1 - length)) > 0)
		length += n;
	if (n < 0)
		fail("%s: %s", path, strerror(errno));
	text[length] = 0;
	close(fd);
}

static long number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		fail("no %s", name);
	return at ? atol(at + strlen(name)) : 0;
}

void measure(struct use *use)
{
	char text[8192];

	use->host_descriptors = count_host();
	use->library_descriptors = count_inside();
	read_all("net/sockstat", text, sizeof(text));
	use->sockets = number_after(text, "used ") + number_after(text, "orphan ");
	read_all("meminfo", text, sizeof(text));
	use->free_kib = number_after(text, "MemFree:");
	use->unreclaimable_kib = number_after(text, "SUnreclaim:");
	use->stack_kib = number_after(text, "KernelStack:");
}

void tell(const char *when, const struct use *use)
{
	printf("%s: descriptors %d of the host, %d of the library; %d sockets; %ld KiB free, %ld "
	       "KiB of slabs, %ld KiB of stacks\n",
	       when, use->host_descriptors, use->library_descriptors, use->sockets, use->free_kib,
	       use->unreclaimable_kib, use->stack_kib);
	fflush(stdout);
}
