// SPDX-License-Identifier: GPL-2.0
/*
 * System calls by instructions of the program's own, with descriptors and files
 * that libc's functions know too: whoever makes a call, it means the same.
 */

#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "say.h"

/* As syscall(2), by an instruction of ours. */
static long call(long nr, long a, long b, long c)
{
	long result;

#if defined(__x86_64__)
	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(nr), "D"(a), "S"(b), "d"(c)
		     : "rcx", "r11", "memory");
#else
#error "how does this processor make a system call?"
#endif
	if (result < 0) {
		errno = -result;
		return -1;
	}
	return result;
}

static long call_openat(const char *path, int flags)
{
	/* The fourth argument is for O_CREAT only. */
	return call(SYS_openat, AT_FDCWD, (long)path, flags);
}

/* How many UDP sockets are bound to a port, by the kernel's list. */
static int listed(int port)
{
	static char text[64 << 10];
	char local[16];
	long len = 0, got;
	int fd = call_openat("/proc/net/udp", O_RDONLY), count = 0;

	if (fd < 0)
		return -1;
	while ((got = call(SYS_read, fd, (long)text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	text[len] = '\0';
	call(SYS_close, fd, 0, 0);
	snprintf(local, sizeof(local), "0100007F:%04X", port);
	for (char *at = text; (at = strstr(at, local)); at++)
		count++;
	return count;
}

static void *first_in_a_thread(void *port)
{
	SAY(listed((long)port));
	return NULL;
}

static void thread_is_first(int port)
{
	pthread_t thread;

	pthread_create(&thread, NULL, first_in_a_thread, (void *)(long)port);
	pthread_join(thread, NULL);
	SAY(listed(port));
}

static void child_is_first(int port)
{
	if (fork() == 0) {
		SAY(listed(port));
		exit(0);
	}
	wait(NULL);
}

static void clone_is_first(int port)
{
	/* By fork(2), of which the child has nothing of the network. */
	long child = call(SYS_fork, 0, 0, 0);

	if (child == 0)
		call(SYS_exit_group, 7, 0, 0);
	int status;

	waitpid(child, &status, 0);
	SAY(WEXITSTATUS(status));
	SAY(listed(port));
}

/* By dispatch nothing more is noticed; the program that is executed begins anew. */
static void then_execute(int port)
{
	SAY(listed(port));
	fflush(stdout);
	execl("/bin/sh", "sh", "-c", "grep -c : /proc/net/if_inet6", NULL);
}

/* Each in a process that has made no such call yet. */
static void in_a_process(void (*what)(int), int port)
{
	fflush(stdout);
	if (fork() == 0) {
		what(port);
		exit(0);
	}
	wait(NULL);
}

static bool is_socket(long fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static void descriptors(void)
{
	char bytes[8] = "";
	int ends[2];

	/* The lowest number that is free, as libc's. */
	ends[0] = socket(AF_INET, SOCK_DGRAM, 0);
	close(ends[0]);
	IS(call(SYS_socket, AF_INET, SOCK_DGRAM, 0) == ends[0]);
	close(ends[0]);

	tcp_pair(7001, ends);
	SAY(call(SYS_write, ends[0], (long)"one", 3));
	say_bytes(bytes, SAY(call(SYS_read, ends[1], (long)bytes, sizeof(bytes))));
	OK(call(SYS_dup2, ends[0], 50, 0));
	IS(is_socket(50));
	SAY(send(50, "two", 3, 0));
	say_bytes(bytes, SAY(recv(ends[1], bytes, sizeof(bytes), 0)));
	SAY(call(SYS_fcntl, ends[0], F_DUPFD, 60));
	SAY(send(60, "three", 5, 0));
	say_bytes(bytes, SAY(call(SYS_read, ends[1], (long)bytes, sizeof(bytes))));
	OK(call(SYS_close, 60, 0, 0));
	SAY(send(60, "no", 2, 0));
	OK(call(SYS_close, 50, 0, 0));
	OK(call(SYS_close_range, ends[0], ends[0], 0));
	SAY(call(SYS_read, ends[1], (long)bytes, sizeof(bytes)));
	OK(close(ends[1]));
	SAY(call(SYS_close, ends[1], 0, 0));
}

static void redirected(void)
{
	int ends[2];
	char text[32] = "";

	/* As a server does that has been told by which number a connection came. */
	tcp_pair(7002, ends);
	fflush(stdout);
	if (fork() == 0) {
		call(SYS_dup2, ends[0], STDOUT_FILENO, 0);
		execl("/bin/echo", "echo", "by echo", NULL);
	}
	close(ends[0]);
	wait(NULL);
	say_bytes(text, SAY(read(ends[1], text, sizeof(text))));
	close(ends[1]);
}

static void peer_of_who_exits(void)
{
	char byte;
	int ends[2];

	tcp_pair(7003, ends);
	fflush(stdout);
	if (fork() == 0) {
		close(ends[1]);
		call(SYS_exit_group, 3, 0, 0);
	}
	close(ends[0]);
	SAY(read(ends[1], &byte, 1));
	wait(NULL);
	close(ends[1]);
}

static void settings(void)
{
	char before[8] = "", after[8] = "";
	const char *name = "/proc/sys/net/ipv4/ip_default_ttl";
	int fd = call_openat(name, O_RDONLY);

	SAY(call(SYS_read, fd, (long)before, sizeof(before) - 1));
	close(fd);
	fd = call_openat(name, O_WRONLY);
	SAY(call(SYS_write, fd, (long)"77\n", 3));
	close(fd);
	fd = open(name, O_RDONLY);
	SAY(read(fd, after, sizeof(after) - 1));
	printf("%s%s", before, after);
	close(fd);
	SAY(call(SYS_chdir, (long)"/proc/sys/net", 0, 0));
	OK(open("ipv4/ip_default_ttl", O_RDONLY));
	SAY(call(SYS_chdir, (long)"/", 0, 0));
}

int main(void)
{
	int sock = bound(SOCK_DGRAM, 7000);

	in_a_process(thread_is_first, 7000);
	in_a_process(child_is_first, 7000);
	in_a_process(clone_is_first, 7000);
	in_a_process(then_execute, 7000);
	descriptors();
	redirected();
	peer_of_who_exits();
	settings();
	close(sock);
	SAY(listed(7000));
	return done();
}
