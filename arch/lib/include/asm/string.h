/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_STRING_H
#define _ASM_LIB_STRING_H

#define __HAVE_ARCH_MEMCPY
extern void *memcpy(void *to, const void *from, __kernel_size_t n);

#define __HAVE_ARCH_MEMMOVE
extern void *memmove(void *to, const void *from, __kernel_size_t n);

#define __HAVE_ARCH_MEMSET
extern void *memset(void *to, int byte, __kernel_size_t n);

#ifdef CONFIG_KASAN
extern void *__memcpy(void *to, const void *from, __kernel_size_t n);
extern void *__memmove(void *to, const void *from, __kernel_size_t n);
extern void *__memset(void *to, int byte, __kernel_size_t n);

/* Files that are not checked call nothing that is. */
#ifndef __SANITIZE_ADDRESS__
#define memcpy(to, from, n)  __memcpy(to, from, n)
#define memmove(to, from, n) __memmove(to, from, n)
#define memset(to, byte, n)  __memset(to, byte, n)
#endif
#endif

#endif /* _ASM_LIB_STRING_H */
