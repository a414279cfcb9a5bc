/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_KASAN_H
#define _ASM_LIB_KASAN_H

/*
 * Where KASAN keeps what it knows of each eight bytes. Image and arena lie
 * wherever the host has put them, so each has a shadow of its own, in the arena
 * (mm/kasan.rs). All that is outside, the host's tables and programs' memory, may
 * be accessed. Every access asks by a function call (ARCH_DISABLE_KASAN_INLINE).
 */

#include <linux/types.h>
#include <asm/page.h>

struct mm_struct;
struct vm_area_struct;

#define KASAN_SHADOW_SCALE_SHIFT 3

/* Of page tables with shadow memory, which there are none. */
#define PTRS_PER_PTE 1

extern bool lib_kasan_ready;
extern unsigned char *lib_kasan_arena;
extern unsigned char *lib_kasan_image;
extern char _text[], _end[];

#define KASAN_SHADOW_OFFSET 0UL
#define KASAN_SHADOW_START  ((unsigned long)lib_kasan_arena)
#define KASAN_SHADOW_END \
	(KASAN_SHADOW_START + ((memory_end - memory_start) >> KASAN_SHADOW_SCALE_SHIFT))

static inline void *lib_kasan_shadow(const void *addr)
{
	extern unsigned char kasan_early_shadow_page[];
	unsigned long offset = (unsigned long)addr - memory_start;

	if (offset < memory_end - memory_start)
		return lib_kasan_arena + (offset >> KASAN_SHADOW_SCALE_SHIFT);
	offset = (unsigned long)addr - (unsigned long)_text;
	if (offset < (unsigned long)_end - (unsigned long)_text)
		return lib_kasan_image + (offset >> KASAN_SHADOW_SCALE_SHIFT);
	return kasan_early_shadow_page;
}

#define kasan_mem_to_shadow(addr) lib_kasan_shadow(addr)
#define kasan_shadow_to_mem(addr) ((const void *)(addr))
#define addr_has_metadata(addr)	  ((void)(addr), true)
#define kasan_arch_is_ready()	  lib_kasan_ready

#endif /* _ASM_LIB_KASAN_H */
