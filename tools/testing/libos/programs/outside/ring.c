// SPDX-License-Identifier: GPL-2.0
/* Reaches a listener with io_uring(7), which makes a socket without a system call for it. */

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "knock.h"

static int ring;
static struct io_uring_params params;
static char *queue, *completions;
static struct io_uring_sqe *entries;

static int set_up(void)
{
	ring = syscall(SYS_io_uring_setup, 8, &params);
	if (ring < 0)
		return -1;
	size_t size = params.sq_off.array + params.sq_entries * sizeof(int);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	completions =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	size = params.sq_entries * sizeof(*entries);
	entries = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	return queue == MAP_FAILED || completions == MAP_FAILED || entries == MAP_FAILED ? -1 : 0;
}

/* One operation, and its result. */
static int operate(struct io_uring_sqe entry)
{
	unsigned int *tail = (unsigned int *)(queue + params.sq_off.tail);
	unsigned int *array = (unsigned int *)(queue + params.sq_off.array);
	unsigned int *head = (unsigned int *)(completions + params.cq_off.head);
	struct io_uring_cqe *all = (struct io_uring_cqe *)(completions + params.cq_off.cqes);
	unsigned int slot = *tail & (params.sq_entries - 1);

	entries[slot] = entry;
	array[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	int result = all[*head & (params.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int main(int argc, char **argv)
{
	struct sockaddr_in there = door(argv);

	if (set_up())
		return 1;
	int fd = operate((struct io_uring_sqe){
		.opcode = 45 /* IORING_OP_SOCKET */, .fd = AF_INET, .off = SOCK_STREAM});
	if (fd < 0)
		return 2;
	if (operate((struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
					  .fd = fd,
					  .addr = (unsigned long)&there,
					  .off = sizeof(there)}))
		return 3;
	return operate((struct io_uring_sqe){.opcode = IORING_OP_SEND,
					     .fd = fd,
					     .addr = (unsigned long)knock,
					     .len = strlen(knock)}) < 0;
}
