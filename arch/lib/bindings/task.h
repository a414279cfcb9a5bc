/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks, and the processor that executes them. */

#ifndef LIB_BINDINGS_TASK_H
#define LIB_BINDINGS_TASK_H

#include <linux/hardirq.h>
#include <linux/init_syscalls.h>
#include <linux/binfmts.h>
#include <linux/pid_namespace.h>
#include <linux/resume_user_mode.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>

extern void __noreturn do_group_exit(int code);

static inline struct task_struct *lib_current(void)
{
	return current;
}

static inline struct thread_info *lib_thread_info(struct task_struct *task)
{
	return task_thread_info(task);
}

static inline void *lib_stack_of(struct task_struct *task)
{
	return task_stack_page(task);
}

/* Sleep until woken or signalled; the caller checks its condition after it. */
static inline void lib_set_interruptible(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
}

static inline void lib_set_killable(void)
{
	set_current_state(TASK_KILLABLE);
}

static inline void lib_set_running(void)
{
	__set_current_state(TASK_RUNNING);
}

static inline bool lib_need_resched(void)
{
	return need_resched();
}

static inline bool lib_exit_work_pending(void)
{
	return test_thread_flag(TIF_NOTIFY_RESUME) || signal_pending(current);
}

static inline void lib_resume_user_mode(void)
{
	if (test_and_clear_thread_flag(TIF_NOTIFY_RESUME))
		resume_user_mode_work(NULL);
	if (test_thread_flag(TIF_NOTIFY_SIGNAL)) {
		clear_notify_signal();
		if (task_work_pending(current))
			task_work_run();
	}
}

static inline void lib_set_notify_signal(struct task_struct *task)
{
	set_notify_signal(task);
}

static inline bool lib_in_atomic(void)
{
	return pagefault_disabled() || in_atomic() || irqs_disabled();
}

static inline void lib_get_task(struct task_struct *task)
{
	get_task_struct(task);
}

static inline void lib_put_task(struct task_struct *task)
{
	put_task_struct(task);
}

/* The status that wait(2) gives of the whole process. */
static inline int lib_status_of(struct task_struct *task)
{
	if (task->signal->flags & SIGNAL_GROUP_EXIT)
		return task->signal->group_exit_code;
	return task->exit_code;
}

/* As the current task's own processes know it. */
static inline int lib_number_of(struct task_struct *task)
{
	return task_pid_vnr(task);
}

/* The process's thread after this one, if it is not the last. Interrupts are off. */
static inline struct task_struct *lib_next_thread(struct task_struct *task)
{
	struct task_struct *next = next_thread(task);

	return next == task->group_leader ? NULL : next;
}

/* NULL if there is none. Interrupts are off. */
static inline struct task_struct *lib_find_task(int number)
{
	struct task_struct *task;

	rcu_read_lock();
	task = find_task_by_pid_ns(number, &init_pid_ns);
	rcu_read_unlock();
	return task;
}

static inline int lib_execute_init(void)
{
	const char *const arguments[] = {"init", NULL};
	const char *const environment[] = {NULL};

	return kernel_execve("/init", arguments, environment);
}

#endif
