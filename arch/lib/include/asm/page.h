/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PAGE_H
#define _ASM_LIB_PAGE_H

/*
 * Physical memory is the arena that the host gave: address 0 is its first
 * byte, so that page frame numbers are small wherever the arena lies.
 */

#include <linux/const.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#ifndef __ASSEMBLY__

#define clear_page(page)		    memset((page), 0, PAGE_SIZE)
#define copy_page(to, from)		    memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg)    clear_page(page)
#define copy_user_page(to, from, vaddr, pg) copy_page(to, from)

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)    ((x).pte)
#define pgd_val(x)    ((x).pgd)
#define pgprot_val(x) ((x).pgprot)

#define __pte(x)    ((pte_t){(x)})
#define __pgd(x)    ((pgd_t){(x)})
#define __pgprot(x) ((pgprot_t){(x)})

/* Where the arena begins, and where the program's addresses end. */
extern unsigned long lib_memory_base;
extern unsigned long memory_start;
extern unsigned long memory_end;
extern unsigned long max_mapnr;

#define PAGE_OFFSET	(lib_memory_base)
#define ARCH_PFN_OFFSET (0UL)

#define __pa(vaddr)	       ((unsigned long)(vaddr)-lib_memory_base)
#define __va(paddr)	       ((void *)((unsigned long)(paddr) + lib_memory_base))
#define virt_to_pfn(kaddr)     (__pa(kaddr) >> PAGE_SHIFT)
#define pfn_to_virt(pfn)       __va((pfn) << PAGE_SHIFT)
#define virt_to_page(addr)     pfn_to_page(virt_to_pfn(addr))
#define page_to_virt(page)     pfn_to_virt(page_to_pfn(page))
#define pfn_valid(pfn)	       ((pfn) < max_mapnr)
#define virt_addr_valid(kaddr) pfn_valid(virt_to_pfn(kaddr))

#endif /* __ASSEMBLY__ */

#include <asm-generic/memory_model.h>
#ifndef page_to_phys
#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif
#include <asm-generic/getorder.h>

#endif /* _ASM_LIB_PAGE_H */
