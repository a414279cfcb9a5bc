/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PGTABLE_H
#define _ASM_LIB_PGTABLE_H

/* No page tables: what generic code asks of them without an MMU. */

#include <asm-generic/pgtable-nopmd.h>
#include <asm/page.h>

#define PGDIR_SHIFT 21
#define PGDIR_SIZE  (1UL << PGDIR_SHIFT)
#define PGDIR_MASK  (~(PGDIR_SIZE - 1))

#define PAGE_NONE     __pgprot(0)
#define PAGE_SHARED   __pgprot(0)
#define PAGE_COPY     __pgprot(0)
#define PAGE_READONLY __pgprot(0)
#define PAGE_KERNEL   __pgprot(0)

#define pgprot_noncached(prot)	  (prot)
#define pgprot_writecombine(prot) (prot)
#define pgprot_device(prot)	  (prot)

#define swapper_pg_dir	   ((pgd_t *)0)
#define VMALLOC_START	   (0UL)
#define VMALLOC_END	   (~0UL)
#define FIRST_USER_ADDRESS (0UL)

extern char empty_zero_page[PAGE_SIZE];
#define ZERO_PAGE(vaddr) (virt_to_page(__va(0)))

#endif /* _ASM_LIB_PGTABLE_H */
