/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors, and waiting for what is behind them. */

#ifndef LIB_BINDINGS_FILE_H
#define LIB_BINDINGS_FILE_H

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/poll.h>

static inline void lib_init_waitqueue(struct wait_queue_head *head)
{
	init_waitqueue_head(head);
}

static inline void lib_poll_wait(struct file *file, struct wait_queue_head *head,
				 struct poll_table_struct *table)
{
	poll_wait(file, head, table);
}

static inline void lib_wake_up_poll(struct wait_queue_head *head, unsigned int events)
{
	wake_up_poll(head, events);
}

static inline unsigned int lib_poll_requested(const struct poll_table_struct *table)
{
	return (__force unsigned int)poll_requested_events(table);
}

static inline void lib_wait_queue_wake(struct wait_queue_head *head)
{
	wake_up_all(head);
}

/* Numbers of descriptors, and of a user's processes, are the host's to limit. */
static inline void lib_open_limits(void)
{
	struct rlimit *limits = current->signal->rlim;

	limits[RLIMIT_NOFILE].rlim_cur = limits[RLIMIT_NOFILE].rlim_max = 1 << 20;
	limits[RLIMIT_NPROC].rlim_cur = limits[RLIMIT_NPROC].rlim_max = RLIM_INFINITY;
}

/* Interrupts are taken one at a time, so nothing closes the file meanwhile. */
static inline struct file *lib_file_of(struct task_struct *task, unsigned int fd)
{
	struct file *file = NULL;

	rcu_read_lock();
	if (task->files)
		file = files_lookup_fd_raw(task->files, fd);
	rcu_read_unlock();
	return file;
}

static inline unsigned int lib_vfs_poll(struct file *file)
{
	return (__force unsigned int)vfs_poll(file, NULL);
}

static inline unsigned int lib_vfs_poll_table(struct file *file, struct poll_table_struct *table)
{
	return (__force unsigned int)vfs_poll(file, table);
}

static inline void lib_init_wait_entry(struct wait_queue_entry *entry, wait_queue_func_t function)
{
	init_waitqueue_func_entry(entry, function);
}

#endif
