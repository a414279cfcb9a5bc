/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many threads in several processes that use sockets at random, while one process is killed each
 * second. What arrives is what was sent, nobody waits for ever, and nothing is left afterwards.
 */
#ifndef STRESS_H
#define STRESS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WORKERS = 8,
	THREADS = 25,
	/* Of them, those that serve. */
	SERVERS = 7,
	/* Children that operations may have at a time, in all workers. */
	CHILDREN = 24,
};

/* ---- random numbers: a sequence for each thread of each generation of each worker ---- */

uint64_t next_random(void);
void seed_random(uint64_t seed);
static inline unsigned int below(unsigned int limit)
{
	return next_random() % limit;
}

/* ---- what all processes share ---- */

struct seat {
	/* What the thread does, a string that all processes have. */
	_Atomic(const char *) does;
	_Atomic uint64_t steps;
};

struct shared {
	atomic_bool stops;
	/* A failure was told. */
	atomic_bool failed;
	/* The process that a worker is to kill; 0: none. */
	_Atomic pid_t victim;
	atomic_int children;
	_Atomic pid_t pid[WORKERS];
	struct seat seat[WORKERS][THREADS];
};

extern struct shared *shared;
extern struct sockaddr_in lo_tcp, peer_tcp, peer_udp;
extern int listener;
extern bool has_peer;
extern _Thread_local struct seat *seat_of_thread;

/* Tells a failure, which ends the test. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Notes that the calling thread goes on. */
void step(const char *does);

/* ---- the parts ---- */

int supervise(int seconds, uint64_t seed);
void work(int worker, uint64_t seed);
void any_operation(void);
int serve_as_peer(void);
/* A program that a child has executed: echoes blocks on an inherited descriptor. */
int continue_as_child(int fd);

/* ---- streams of blocks that can be checked ---- */

/* Blocks of random lengths go out and come back; false if the connection ended. */
bool exchange(int fd, int rounds);
/* Sends back what comes, up to the end. */
void echo(int fd);
/* One block through a pair of descriptors; false if the connection ended. */
bool through(int to, int from, bool datagrams);
/* Waits for `fd` in one of all ways. */
void await(int fd, bool reading);
/* Whether a connection may end so while processes are killed. */
bool is_end(int error);

/* ---- what is open ---- */

struct use {
	int host_descriptors, library_descriptors, sockets;
	long free_kib, unreclaimable_kib, stack_kib;
};

void measure(struct use *use);
void tell(const char *when, const struct use *use);

#endif
