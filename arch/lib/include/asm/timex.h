/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_TIMEX_H
#define _ASM_LIB_TIMEX_H

/* The host's clock is the cycle counter. */
typedef unsigned long cycles_t;

extern unsigned long lib_now(void);

#define get_cycles()	     lib_now()
#define random_get_entropy() lib_now()

#endif /* _ASM_LIB_TIMEX_H */
