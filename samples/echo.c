// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux in this process: dlopen the library, boot it, bring lo up, send
 * a line through TCP and back, read /proc/net/dev, shut it down.
 *
 *   cc -I build/include -o echo samples/echo.c && ./echo ./liblinux.so
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "liblinux.h"

/* ---- the host: one thread, the real clock, no devices ---- */

static struct {
	unsigned long long at;
	void (*function)(void *);
	void *context;
} event;

static void print(struct SimKernel *kernel, int level, const char *text, size_t len)
{
	if (level < 4)
		fprintf(stderr, "<%d> %.*s\n", level, (int)len, text);
}

static void *memory_alloc(struct SimKernel *kernel, size_t bytes, size_t align)
{
	char *memory = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Return what is before and behind the aligned part. */
	size_t before = -(size_t)memory & (align - 1);

	if (before)
		munmap(memory, before);
	if (align - before)
		munmap(memory + before + bytes, align - before);
	return memory + before;
}

static void memory_free(struct SimKernel *kernel, void *memory, size_t bytes)
{
	munmap(memory, bytes);
}

static void random_bytes(struct SimKernel *kernel, void *buffer, size_t len)
{
	if (getrandom(buffer, len, 0) != (ssize_t)len)
		abort();
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint64_t current_ns(struct SimKernel *kernel)
{
	return now(CLOCK_MONOTONIC);
}

static uint64_t realtime_ns(struct SimKernel *kernel)
{
	return now(CLOCK_REALTIME);
}

static struct SimEvent *event_schedule_ns(struct SimKernel *kernel, uint64_t ns,
					  void (*function)(void *), void *context)
{
	event.at = current_ns(kernel) + ns;
	event.function = function;
	event.context = context;
	return (struct SimEvent *)&event;
}

static void event_cancel(struct SimKernel *kernel, struct SimEvent *e)
{
	event.function = NULL;
}

static struct SimTask *task_current(struct SimKernel *kernel)
{
	return NULL; /* calls are the first process's */
}

/* A call waits: with one thread, only time can help it. */
static void task_wait(struct SimKernel *kernel, void *private)
{
	void (*function)(void *) = event.function;

	if (!function) {
		fprintf(stderr, "a call waits for nothing\n");
		exit(1);
	}
	struct timespec until = {event.at / 1000000000, event.at % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	event.function = NULL;
	function(event.context);
}

static void task_wakeup(struct SimKernel *kernel, void *private) {}

static const struct SimImported imported = {
	.size = sizeof(imported),
	.version = SIM_ABI_VERSION,
	.print = print,
	.memory_alloc = memory_alloc,
	.memory_free = memory_free,
	.random = random_bytes,
	.current_ns = current_ns,
	.realtime_ns = realtime_ns,
	.event_schedule_ns = event_schedule_ns,
	.event_cancel = event_cancel,
	.task_current = task_current,
	.task_wait = task_wait,
	.task_wakeup = task_wakeup,
};

/* ---- the tool ---- */

static long (*linux_call)(long nr, ...);

static long check(const char *what, long result)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-result));
		exit(1);
	}
	return result;
}

#define CALL(name, ...) check(#name, linux_call(SYS_##name, ##__VA_ARGS__))

static void bring_lo_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = CALL(socket, AF_INET, SOCK_DGRAM, 0);

	CALL(ioctl, fd, SIOCSIFFLAGS, &request);
	CALL(close, fd);
}

static void echo(const char *line)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char received[128] = "";
	size_t len = strlen(line);

	int listener = CALL(socket, AF_INET, SOCK_STREAM, 0);
	CALL(bind, listener, &address, sizeof(address));
	CALL(listen, listener, 1);
	int client = CALL(socket, AF_INET, SOCK_STREAM, 0);
	CALL(connect, client, &address, sizeof(address));
	int server = CALL(accept4, listener, NULL, NULL, 0);

	CALL(sendto, client, line, len, 0, NULL, 0);
	long n = CALL(recvfrom, server, received, sizeof(received), 0, NULL, NULL);
	CALL(sendto, server, received, n, 0, NULL, 0);
	memset(received, 0, sizeof(received));
	CALL(recvfrom, client, received, sizeof(received), 0, NULL, NULL);
	printf("echo: %s\n", received);

	CALL(close, client);
	CALL(close, server);
	CALL(close, listener);
	if (strcmp(line, received))
		exit(1);
}

static void show(const char *path)
{
	char text[1024];
	int fd = CALL(openat, AT_FDCWD, path, O_RDONLY, 0);
	long n;

	while ((n = CALL(read, fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	CALL(close, fd);
}

int main(int argc, char **argv)
{
	struct SimExported exported = {.size = sizeof(exported), .version = SIM_ABI_VERSION};
	void *library = dlopen(argc > 1 ? argv[1] : "./liblinux.so", RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	int (*boot)(struct SimExported *, const struct SimImported *, struct SimKernel *) =
		dlsym(library, "lib_init");

	linux_call = (long (*)(long, ...))dlsym(library, "lib_syscall");
	check("lib_init", boot(&exported, &imported, NULL));
	bring_lo_up();
	echo("hello from a Linux in this process");
	show("/proc/version");
	show("/proc/net/dev");
	check("shutdown", exported.shutdown());
	printf("down\n");
	return dlclose(library);
}
