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

/* Has all free pages in blocks of the page allocator, which stay as they are until unlocked. */
static inline unsigned long lib_lock_free_blocks(void)
{
	unsigned long flags;

	drain_local_pages(NULL);
	spin_lock_irqsave(&page_zone(pfn_to_page(0))->lock, flags);
	return flags;
}

static inline void lib_unlock_free_blocks(unsigned long flags)
{
	spin_unlock_irqrestore(&page_zone(pfn_to_page(0))->lock, flags);
}

/* How many pages the free block has that begins with this one; 0 if none does. */
static inline unsigned long lib_free_block(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	return PageBuddy(page) ? 1UL << page_private(page) : 0;
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
