// SPDX-License-Identifier: GPL-2.0
/* Sockets that processes inherit from each other. */

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "say.h"

static int wait_for(pid_t child)
{
	int status = -1;

	IS(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A server that forks for each connection. */
static void server(void)
{
	int listener = listening(7001), client;
	char text[32];

	printf("a process for each connection\n");
	for (int i = 0; i < 3; i++) {
		client = connected(SOCK_STREAM, 7001);
		int accepted = accept(listener, NULL, NULL);
		pid_t child = fork();
		if (!child) {
			long n = recv(accepted, text, sizeof(text), 0);
			send(accepted, text, n, 0);
			_exit(10 + i);
		}
		close(accepted);
		SAY(send(client, "to the child", 12, 0));
		SAY(recv(client, text, 12, MSG_WAITALL));
		say_bytes(text, 12);
		SAY(recv(client, text, sizeof(text), 0));
		SAY(wait_for(child));
		close(client);
	}
	close(listener);
}

/* Workers that accept on one listener. */
static void workers(void)
{
	int listener = listening(7002), answers = 0;
	pid_t worker[3];
	char text[8];

	printf("workers on one listener\n");
	for (int i = 0; i < 3; i++) {
		worker[i] = fork();
		if (!worker[i]) {
			int fd = accept(listener, NULL, NULL);
			_exit(send(fd, "served", 6, 0) != 6);
		}
	}
	close(listener);
	for (int i = 0; i < 3; i++) {
		int fd = connected(SOCK_STREAM, 7002);
		answers += recv(fd, text, 6, MSG_WAITALL) == 6;
		close(fd);
	}
	printf("answers: %d\n", answers);
	for (int i = 0; i < 3; i++)
		SAY(wait_for(worker[i]));
}

/* A child without a server's knowledge keeps the connection. */
static void the_last_one_closes(void)
{
	int ends[2], go[2];
	char text[8];

	printf("the last one closes\n");
	tcp_pair(7003, ends);
	if (pipe(go))
		return;
	pid_t child = fork();
	if (!child) {
		close(ends[1]);
		close(go[1]);
		if (read(go[0], text, 1) != 1)
			_exit(1);
		send(ends[0], "late", 4, 0);
		_exit(0);
	}
	close(ends[0]);
	SAY(recv(ends[1], text, sizeof(text), MSG_DONTWAIT));
	SAY(write(go[1], "x", 1));
	SAY(recv(ends[1], text, 4, MSG_WAITALL));
	SAY(recv(ends[1], text, sizeof(text), 0));
	SAY(wait_for(child));
	close(ends[1]);
}

/* One that is killed leaves nothing open. */
static void killed(void)
{
	int ends[2];
	char text[8];

	printf("killed while it waits\n");
	tcp_pair(7004, ends);
	pid_t child = fork();
	if (!child) {
		close(ends[1]);
		send(ends[0], "here", 4, 0);
		recv(ends[0], text, sizeof(text), 0);
		_exit(0);
	}
	close(ends[0]);
	SAY(recv(ends[1], text, 4, MSG_WAITALL));
	SAY(kill(child, SIGKILL));
	SAY(wait_for(child));
	SAY(recv(ends[1], text, sizeof(text), 0));
	close(ends[1]);
}

/* A child has sockets of its own, which its parent does not. */
static void own_sockets(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	close(fd);
	printf("sockets of a child\n");
	pid_t child = vfork();
	if (!child)
		_exit(5);
	SAY(wait_for(child));
	child = fork();
	if (!child) {
		int own = socket(AF_INET, SOCK_STREAM, 0);
		_exit(own == fd ? 0 : 1);
	}
	SAY(wait_for(child));
	SAY(fcntl(fd, F_GETFD));
}

static int epoll = -1;

/* What libuv does: a child has an epoll instance of its own. */
static void renew(void)
{
	if (epoll < 0)
		return;
	close(epoll);
	epoll = epoll_create1(0);
}

/* Handlers that are called in the child before fork(3) returns change nothing in the parent. */
static void handlers(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int ends[2];

	printf("handlers\n");
	tcp_pair(7005, ends);
	epoll = epoll_create1(0);
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	pthread_atfork(NULL, NULL, renew);
	pid_t child = fork();
	if (!child)
		_exit(epoll_wait(epoll, &event, 1, 0) == 0 ? 3 : 4);
	SAY(wait_for(child));
	SAY(send(ends[1], "x", 1, 0));
	SAY(epoll_wait(epoll, &event, 1, 1000));
	close(ends[0]);
	close(ends[1]);
	close(epoll);
	epoll = -1;
}

/* A fork inside of libc. */
static void daemons(void)
{
	int ends[2];
	char text[16];

	printf("daemon\n");
	tcp_pair(7006, ends);
	pid_t child = fork();
	if (!child) {
		close(ends[1]);
		if (daemon(1, 1))
			_exit(1);
		usleep(50000);
		send(ends[0], "from a daemon", 13, 0);
		_exit(0);
	}
	close(ends[0]);
	SAY(wait_for(child));
	SAY(recv(ends[1], text, 13, MSG_WAITALL));
	say_bytes(text, 13);
	SAY(recv(ends[1], text, 1, 0));
	close(ends[1]);
}

int main(void)
{
	handlers();
	daemons();
	server();
	workers();
	the_last_one_closes();
	killed();
	own_sockets();
	return done();
}
