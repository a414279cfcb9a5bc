/* SPDX-License-Identifier: GPL-2.0 */
/* Signals of tasks. */

#ifndef LIB_BINDINGS_SIGNAL_H
#define LIB_BINDINGS_SIGNAL_H

#include <linux/sched/signal.h>
#include <linux/syscalls.h>

static inline bool lib_signal_pending(void)
{
	return signal_pending(current);
}

static inline bool lib_fatal_signal_pending(void)
{
	return fatal_signal_pending(current);
}

static inline struct sighand_struct *lib_sighand(void)
{
	return current->sighand;
}

/* The disposition of every signal: the host's. 2 is no address and neither SIG_DFL nor SIG_IGN. */
static inline void lib_host_takes_signals(void)
{
	int i;

	for (i = 0; i < _NSIG; i++) {
		struct k_sigaction *action = &current->sighand->action[i];

		if (sig_kernel_only(i + 1))
			continue;
		if (i + 1 == SIGCHLD) {
			/* Parents wait on the host: nobody would reap here. */
			action->sa.sa_handler = SIG_IGN;
			continue;
		}
		action->sa.sa_handler = (__sighandler_t)2UL;
		action->sa.sa_flags = SA_NODEFER;
	}
}

static inline bool lib_task_sigpending(void)
{
	return task_sigpending(current);
}

/* Those that were sent to this thread alone. */
static inline u64 lib_pending_of_thread(void)
{
	return current->pending.signal.sig[0];
}

static inline bool lib_signal_waits(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_SIGPENDING);
}

static inline u64 lib_mask_to_save(void)
{
	return sigmask_to_save()->sig[0];
}

static inline void lib_restore_mask(void)
{
	restore_saved_sigmask();
}

static inline u64 lib_handler_of(const struct ksignal *signal)
{
	return (u64)signal->ka.sa.sa_handler;
}

static inline int lib_flags_of(const struct ksignal *signal)
{
	return signal->ka.sa.sa_flags;
}

#endif
