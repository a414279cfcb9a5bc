/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PGALLOC_H
#define _ASM_LIB_PGALLOC_H

#include <asm-generic/pgalloc.h>

#ifdef CONFIG_KASAN
/*
 * mm/kasan/init.c fills page tables with shadow memory, for architectures that
 * have them. It is compiled all the same, and nothing of it is called.
 */
#define pgd_offset_k(addr)		    ((pgd_t *)NULL)
#define pgd_addr_end(addr, end)		    (end)
#define p4d_alloc(mm, pgd, addr)	    ((p4d_t *)NULL)
#define pud_alloc(mm, p4d, addr)	    ((pud_t *)NULL)
#define pmd_alloc(mm, pud, addr)	    ((pmd_t *)NULL)
#define pmd_none(pmd)			    ((void)(pmd), true)
#define pmd_present(pmd)		    ((void)(pmd), false)
#define pmd_page(pmd)			    ((void)(pmd), (struct page *)NULL)
#define pmd_clear(pmd)			    ((void)(pmd))
#define pmd_populate_kernel(mm, pmd, pte)   ((void)(pmd), (void)(pte))
#define pte_alloc_one_kernel(mm)	    ((pte_t *)NULL)
#define pte_free_kernel(mm, pte)	    ((void)(pte))
#define pte_offset_kernel(pmd, addr)	    ((void)(pmd), (pte_t *)NULL)
#define pte_none(pte)			    ((void)(pte), true)
#define pte_present(pte)		    ((void)(pte), false)
#define pte_page(pte)			    ((void)(pte), (struct page *)NULL)
#define pte_wrprotect(pte)		    (pte)
#define pte_clear(mm, addr, pte)	    ((void)(pte))
#define ptep_get(pte)			    (*(pte))
#define pfn_pte(pfn, prot)		    __pte(0)
#define set_pte_at(mm, addr, pte, to)	    ((void)(pte), (void)(to))
#define ARCH_PAGE_TABLE_SYNC_MASK	    0
#define arch_sync_kernel_mappings(from, to) ((void)0)
#endif

#endif /* _ASM_LIB_PGALLOC_H */
