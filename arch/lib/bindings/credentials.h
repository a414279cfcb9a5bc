/* SPDX-License-Identifier: GPL-2.0 */
/* Who a task is. */

#ifndef LIB_BINDINGS_CREDENTIALS_H
#define LIB_BINDINGS_CREDENTIALS_H

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/user.h>

#ifdef CONFIG_MULTIUSER
static inline void lib_put_groups(struct group_info *groups)
{
	put_group_info(groups);
}
#endif

#endif
