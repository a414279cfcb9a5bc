/* SPDX-License-Identifier: GPL-2.0 */
/* Memory: pages, slabs, and before there are any. */

#ifndef LIB_BINDINGS_MEMORY_H
#define LIB_BINDINGS_MEMORY_H

#include <linux/memblock.h>
#include <linux/percpu.h>
#include <linux/slab.h>

static inline void *lib_kzalloc(size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

static inline void lib_kfree(void *memory)
{
	kfree(memory);
}

static inline struct page *lib_alloc_pages(unsigned int gfp, unsigned int order)
{
	return alloc_pages(gfp | __GFP_COMP | __GFP_NOWARN, order);
}

static inline void lib_memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	memblock_reserve(base, size);
}

static inline void lib_print_address(const char *level, unsigned long address)
{
	printk("%s %pS\n", level, (void *)address);
}

static inline void *lib_memblock_alloc(phys_addr_t bytes)
{
	return memblock_alloc(bytes, PAGE_SIZE);
}

static inline bool lib_is_err(const void *p)
{
	return IS_ERR(p);
}

static inline void lib_get_page(struct page *page)
{
	get_page(page);
}

static inline void lib_put_page(struct page *page)
{
	put_page(page);
}

static inline void *lib_page_address(struct page *page)
{
	return page_address(page);
}

static inline void lib_free_percpu(void *stats)
{
	free_percpu(stats);
}

static inline unsigned int lib_gfp_atomic(void)
{
	return (__force unsigned int)GFP_ATOMIC;
}

#endif
