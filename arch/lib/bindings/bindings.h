/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Rust sees of the kernel: build.rs runs bindgen over this file with the
 * flags of the kernel's own objects. Inline functions and macros that Rust
 * calls are wrapped in the headers beside it.
 */

#include <linux/anon_inodes.h>
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/console.h>
#include <linux/extable.h>
#include <linux/fs.h>
#include <linux/if_packet.h>
#include <linux/init.h>
#include <linux/netdevice.h>
#include <linux/ptrace.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sched/debug.h>
#include <linux/sched/stat.h>
#include <linux/seq_file.h>
#include <linux/start_kernel.h>
#include <linux/timekeeping.h>

#include <asm/setup.h>
#include <asm/syscall.h>

#include <net/sock.h>
#include <../net/packet/internal.h>

#include "credentials.h"
#include "file.h"
#include "irq.h"
#include "memory.h"
#include "net_device.h"
#include "signal.h"
#include "skb.h"
#include "task.h"

/* Values of macros that bindgen does not evaluate, and of enums with other names before. */
enum {
	LIB_PAGE_SIZE = PAGE_SIZE,
	LIB_THREAD_SIZE = THREAD_SIZE,
	LIB_ZONES = MAX_NR_ZONES,
	LIB_ZONE_NORMAL = ZONE_NORMAL,
	LIB_CONSOLE_FLAGS = CON_PRINTBUFFER | CON_ENABLED | CON_EXTENDED | CON_ANYTIME,
	LIB_MAX_SKB_FRAGS = MAX_SKB_FRAGS,
	LIB_SKB_CB_SIZE = sizeof_field(struct sk_buff, cb),
	LIB_COMMAND_LINE_SIZE = COMMAND_LINE_SIZE,
	LIB_SYSTEM_RESTART = SYSTEM_RESTART,
};
