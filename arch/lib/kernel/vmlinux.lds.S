/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmlinux as a shared library: one segment to execute, one to write. Tables of
 * pointers are in the second one whatever they are called, as the loader
 * relocates them. What nobody else writes has a program header of its own, of a
 * type of our own ("libO"): its pages without relocations are the same in every
 * instance.
 */

/* Not among the constants: written while booting. */
#define RO_AFTER_INIT_DATA

#include <asm-generic/vmlinux.lds.h>
#include <asm/cache.h>
#include <asm/page.h>
#include <asm/thread_info.h>

jiffies = jiffies_64;

VERSION
{
	{
		global: lib_init; lib_syscall;
		local: *;
	};
}

PHDRS
{
	text PT_LOAD FILEHDR PHDRS FLAGS(5);
	data PT_LOAD FLAGS(6);
	constants 0x6c69624f FLAGS(4);
	dynamic PT_DYNAMIC FLAGS(6);
	note PT_NOTE FLAGS(4);
	stack PT_GNU_STACK FLAGS(6);
}

SECTIONS
{
	. = SIZEOF_HEADERS;

	.note.gnu.build-id : { *(.note.gnu.build-id) } :text :note
	.gnu.hash : { *(.gnu.hash) } :text
	.hash : { *(.hash) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.gnu.version : { *(.gnu.version) }
	.gnu.version_d : { *(.gnu.version_d) }
	.rela.dyn : { *(.rela.*) }

	. = ALIGN(PAGE_SIZE);
	_stext = .;
	_text = .;
	.text : {
		TEXT_TEXT
#ifdef CPUIDLE_TEXT
		CPUIDLE_TEXT
#endif
		SCHED_TEXT
		LOCK_TEXT
		KPROBES_TEXT
		IRQENTRY_TEXT
		SOFTIRQENTRY_TEXT
		*(.text .text.*)
		*(.fixup)
	}
	. = ALIGN(PAGE_SIZE);
	_etext = .;
	_sinittext = .;
	.init.text : { INIT_TEXT }
	_einittext = .;
	.exit.text : { EXIT_TEXT }

	/* Huge pages of text end with it. */
	. = ALIGN(CONSTANT(MAXPAGESIZE));
	_sdata = .;
	.dynamic : { *(.dynamic) } :data :dynamic
	.got : { *(.got) *(.got.plt) } :data :constants

	RO_DATA(PAGE_SIZE)

	.data.rel : { *(.data.rel) *(.data.rel.*) *(.data.rel.local) *(.data.rel.local.*) *(.data.[_a-zA-Z]*) } :data
	.data.ro_after_init : {
		. = ALIGN(8);
		__start_ro_after_init = .;
		*(.data..ro_after_init)
		JUMP_TABLE_DATA
		STATIC_CALL_DATA
		__end_ro_after_init = .;
	}
	EXCEPTION_TABLE(16)

	__init_begin = .;
	INIT_DATA_SECTION(16)
	.exit.data : { EXIT_DATA }
	__init_end = .;

	RW_DATA(L1_CACHE_BYTES, PAGE_SIZE, THREAD_SIZE)
	PERCPU_SECTION(L1_CACHE_BYTES)
	_edata = .;

	/* The Rust half has a section for each variable. */
	.bss.port : { *(.bss.[_a-zA-Z]*) }
	BSS_SECTION(PAGE_SIZE, PAGE_SIZE, PAGE_SIZE)
	_end = .;

	STABS_DEBUG
	DWARF_DEBUG
	ELF_DETAILS

	/DISCARD/ : { *(.eh_frame) *(.eh_frame_hdr) *(.sframe) *(.interp) *(.llvmbc) *(.llvmcmd) }
	DISCARDS
}
