/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_ARCHRANDOM_H
#define _ASM_LIB_ARCHRANDOM_H

/* The host is the source of randomness; a simulator's is reproducible. */

#include <linux/types.h>

extern size_t lib_random(void *buffer, size_t bytes);

static inline size_t __must_check arch_get_random_longs(unsigned long *v, size_t max_longs)
{
	return 0;
}

static inline size_t __must_check arch_get_random_seed_longs(unsigned long *v, size_t max_longs)
{
	return lib_random(v, max_longs * sizeof(*v)) / sizeof(*v);
}

#endif /* _ASM_LIB_ARCHRANDOM_H */
