// SPDX-License-Identifier: GPL-2.0
/* Processes made by clone(2), in all its forms, and the sockets that they inherit. */

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "say.h"

static char stack[256 << 10] __attribute__((aligned(16)));
#define TOP (stack + sizeof(stack))

static int listener, ends[2];

static int wait_for(pid_t child)
{
	int status = -1;

	IS(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The call itself, unknown to libc. */
static long inline_call(long number, long first)
{
	register long fourth asm("r10") = 0;
	register long fifth asm("r8") = 0;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(first), "S"(0), "d"(0), "r"(fourth), "r"(fifth)
		     : "rcx", "r11", "memory");
	return result;
}

/* ---- ways to make a process ---- */

static pid_t by_function(int (*child)(void *))
{
	return clone(child, TOP, SIGCHLD, NULL);
}

static pid_t by_function_waiting(int (*child)(void *))
{
	return clone(child, TOP, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static pid_t by_function_apart(int (*child)(void *))
{
	return clone(child, TOP, CLONE_NEWUTS | CLONE_PARENT_SETTID | SIGCHLD, NULL, &(pid_t){0});
}

static pid_t went_on(pid_t pid, int (*child)(void *))
{
	if (!pid)
		_exit(child(NULL));
	return pid;
}

static pid_t by_clone(int (*child)(void *))
{
	return went_on(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), child);
}

static pid_t by_fork(int (*child)(void *))
{
	return went_on(syscall(SYS_fork), child);
}

/* As vsftpd does. */
static pid_t by_clone_apart(int (*child)(void *))
{
	return went_on(syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0), child);
}

/* As programs do that know older kernels. */
static pid_t by_clone3(int (*child)(void *))
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 && errno == ENOSYS ? by_clone(child) : went_on(pid, child);
}

static const struct {
	const char *name;
	pid_t (*make)(int (*child)(void *));
} WAYS[] = {
	{"clone(3)", by_function},
	{"clone(3), waiting", by_function_waiting},
	{"clone(3), in a namespace", by_function_apart},
	{"clone(2)", by_clone},
	{"clone(2), in a namespace", by_clone_apart},
	{"fork(2)", by_fork},
	{"clone3(2)", by_clone3},
};
#define ALL_WAYS (sizeof(WAYS) / sizeof(*WAYS))

/* ---- what is done with each ---- */

static int answer(void *argument)
{
	char text[8];

	(void)argument;
	if (close(listener) || close(ends[1]) || recv(ends[0], text, 4, MSG_WAITALL) != 4)
		return 1;
	return send(ends[0], text, 4, 0) == 4 ? 5 : 2;
}

static void inherited(void)
{
	char text[8];

	for (size_t i = 0; i < ALL_WAYS; i++) {
		printf("inherited: %s\n", WAYS[i].name);
		listener = listening(7101 + i);
		tcp_pair(7201 + i, ends);
		SAY(send(ends[1], "data", 4, 0));
		pid_t child = WAYS[i].make(answer);
		close(ends[0]);
		SAY(recv(ends[1], text, 4, MSG_WAITALL));
		SAY(wait_for(child));
		SAY(recv(ends[1], text, 4, 0));
		OK(fcntl(listener, F_GETFL));
		close(ends[1]);
		close(listener);
	}
}

static int make_own(void *argument)
{
	(void)argument;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 6 : 1;
}

/* Before the parent has any. */
static void own(void)
{
	for (size_t i = 0; i < ALL_WAYS; i++) {
		printf("own: %s\n", WAYS[i].name);
		SAY(wait_for(WAYS[i].make(make_own)));
	}
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	OK(fd);
	close(fd);
}

static int execute(void *argument)
{
	(void)argument;
	dup2(ends[0], 1);
	execlp("echo", "echo", "a program", NULL);
	return 1;
}

static void executed(void)
{
	char text[16];

	for (size_t i = 0; i < ALL_WAYS; i++) {
		printf("executed: %s\n", WAYS[i].name);
		tcp_pair(7301 + i, ends);
		fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		pid_t child = WAYS[i].make(execute);
		close(ends[0]);
		SAY(recv(ends[1], text, 10, MSG_WAITALL));
		say_bytes(text, 9);
		SAY(wait_for(child));
		SAY(recv(ends[1], text, 1, 0));
		close(ends[1]);
	}
}

/* ---- numbers and errors ---- */

static pid_t told;

static int is_told(void *argument)
{
	(void)argument;
	return told == getpid() ? 0 : 1;
}

static void numbers(void)
{
	pid_t here = 0;
	siginfo_t info;
	int fd = -1;

	printf("numbers\n");
	const int flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD;
	pid_t child = clone(is_told, TOP, flags, NULL, &here, NULL, &told);
	IS(here == child);
	SAY(wait_for(child));
	child = clone(is_told, TOP, CLONE_PIDFD | CLONE_CHILD_SETTID | SIGCHLD, NULL, &fd, NULL,
		      &told);
	SAY(waitid(P_PIDFD, fd, &info, WEXITED));
	IS(info.si_pid == child);
	SAY(info.si_status);
	close(fd);
}

static void errors(void)
{
	printf("errors\n");
	SAY(clone(NULL, TOP, SIGCHLD, NULL));
	SAY(clone(is_told, NULL, SIGCHLD, NULL));
	SAY(clone(is_told, TOP, CLONE_SIGHAND | SIGCHLD, NULL));
	SAY(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
	SAY(socket(AF_INET, SOCK_STREAM, -1));
}

/* ---- one of which nobody is told ---- */

static void tidy_up(void)
{
	close(listener);
	close(ends[0]);
	close(ends[1]);
	close(socket(AF_INET, SOCK_STREAM, 0));
	pid_t child = fork();
	if (!child)
		_exit(3);
	exit(waitpid(child, NULL, 0) == child ? 7 : 1);
}

/* Its parent has what it had. */
static void unknown(void)
{
	char text[8];
	pid_t child;

	printf("unknown\n");
	listener = listening(7401);
	tcp_pair(7402, ends);
	child = inline_call(SYS_clone, SIGCHLD);
	if (!child)
		tidy_up();
	SAY(wait_for(child));
	SAY(send(ends[0], "still", 5, 0));
	SAY(recv(ends[1], text, 5, MSG_WAITALL));
	say_bytes(text, 5);
	int client = connected(SOCK_STREAM, 7401);
	int accepted = accept(listener, NULL, NULL);
	SAY(send(client, "open", 4, 0));
	SAY(recv(accepted, text, 4, MSG_WAITALL));
	close(client);
	close(accepted);
	close(listener);
	close(ends[0]);
	close(ends[1]);
}

/* It shares the memory of its parent, who waits. */
static long inline_vfork(int (*child)(void))
{
	register long fourth asm("r10") = 0;
	register long fifth asm("r8") = 0;
	int (**top)(void) = (int (**)(void))TOP;
	long result;

	*--top = child;
	asm volatile("syscall\n"
		     "test %%eax, %%eax\n"
		     "jnz 1f\n"
		     "pop %%rax\n"
		     "call *%%rax\n"
		     "mov %%eax, %%edi\n"
		     "mov %[exit], %%eax\n"
		     "syscall\n"
		     "1:"
		     : "=a"(result)
		     : "a"(SYS_clone), "D"(CLONE_VM | CLONE_VFORK | SIGCHLD), "S"(top), "d"(0),
		       "r"(fourth), "r"(fifth), [exit] "i"(SYS_exit_group)
		     : "rcx", "r11", "memory");
	return result;
}

static int put_in_order(void)
{
	close(listener);
	close(ends[1]);
	if (dup2(ends[0], 1) != 1 || fcntl(ends[0], F_SETFD, FD_CLOEXEC))
		return 1;
	execlp("echo", "echo", "in order", NULL);
	return 1;
}

static int only_close(void)
{
	close(ends[1]);
	close_range(listener, listener, 0);
	_exit(8);
}

static void unknown_waited_for(void)
{
	char text[16];

	printf("unknown, waited for\n");
	listener = listening(7403);
	tcp_pair(7404, ends);
	SAY(wait_for(inline_vfork(only_close)));
	SAY(wait_for(inline_vfork(put_in_order)));
	SAY(recv(ends[1], text, 9, MSG_WAITALL));
	say_bytes(text, 8);
	IS(fcntl(ends[0], F_GETFD) == 0);
	SAY(send(ends[0], "still", 5, 0));
	SAY(recv(ends[1], text, 5, MSG_WAITALL));
	int client = connected(SOCK_STREAM, 7403);
	OK(accept(listener, NULL, NULL));
	close(client);
	close(listener);
	close(ends[0]);
	SAY(recv(ends[1], text, 1, 0));
	close(ends[1]);
}

int main(void)
{
	own();
	inherited();
	executed();
	numbers();
	errors();
	unknown();
	unknown_waited_for();
	return done();
}
