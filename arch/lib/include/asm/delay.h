/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_DELAY_H
#define _ASM_LIB_DELAY_H

/*
 * There is no device to wait for, and simulated time stands still while the
 * kernel runs: a busy-wait returns at once. Sleeping goes through timers.
 */

static inline void __delay(unsigned long loops) {}
static inline void __udelay(unsigned long usecs) {}
static inline void __ndelay(unsigned long nsecs) {}

#define udelay(n) __udelay(n)
#define ndelay(n) __ndelay(n)

#endif /* _ASM_LIB_DELAY_H */
