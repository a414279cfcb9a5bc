// SPDX-License-Identifier: GPL-2.0

//! Where the code of the program is, and of its libraries.

use core::ffi::c_void;
use core::ops::Range;
use core::ptr::null_mut;

use libc::{Elf64_Ehdr, Elf64_Phdr};

use crate::real;

/// A program or a library, as the kernel or the loader has mapped it.
pub struct Loaded {
    /// How far it is from where it wants to be.
    bias: usize,
    headers: &'static [Elf64_Phdr],
}

/// `struct dl_find_object` of `<dlfcn.h>`, up to what is used of it.
#[repr(C)]
pub struct Found {
    flags: u64,
    start: *const c_void,
    end: *const c_void,
    rest: [usize; 10],
}

impl Loaded {
    pub fn program() -> Self {
        // SAFETY: what the kernel says of the program's headers, which stay.
        let (first, headers) = unsafe {
            let first = libc::getauxval(libc::AT_PHDR) as *const Elf64_Phdr;
            let count = libc::getauxval(libc::AT_PHNUM) as usize;
            let count = if first.is_null() { 0 } else { count };
            (first as usize, core::slice::from_raw_parts(first, count))
        };
        let own = headers.iter().find(|header| header.p_type == libc::PT_PHDR);
        Loaded { bias: own.map_or(0, |own| first.wrapping_sub(own.p_vaddr as usize)), headers }
    }

    /// The library that has this address. Takes no lock: a library that begins may wait for the thread that
    /// asks. Where libc cannot say (before 2.35), there is none.
    pub fn library(code: *mut c_void) -> Option<Self> {
        let mut found = Found { flags: 0, start: null_mut(), end: null_mut(), rest: [0; 10] };
        let find = real::FIND_OBJECT.get()?;
        // SAFETY: room for the answer, which says where the loader has mapped the library.
        unsafe {
            if find(code, &raw mut found) != 0 {
                return None;
            }
            let header = &*found.start.cast::<Elf64_Ehdr>();
            if !header.e_ident.starts_with(b"\x7fELF") {
                return None;
            }
            let first = found.start.byte_add(header.e_phoff as usize).cast::<Elf64_Phdr>();
            let headers = core::slice::from_raw_parts(first, header.e_phnum.into());
            let lowest = headers.iter().find(|header| header.p_type == libc::PT_LOAD)?;
            let bias = (found.start as usize).wrapping_sub(lowest.p_vaddr as usize);
            Some(Loaded { bias, headers })
        }
    }

    /// From the first to the last of what can be executed.
    pub fn text(&self) -> Option<Range<usize>> {
        let is_code = |s: &&Elf64_Phdr| s.p_type == libc::PT_LOAD && s.p_flags & libc::PF_X != 0;
        let code = || self.headers.iter().filter(is_code);
        let first = code().map(|segment| self.at(segment.p_vaddr)).min()?;
        let last = code().map(|segment| self.at(segment.p_vaddr + segment.p_memsz)).max()?;
        Some(first..last)
    }

    /// The segments of notes, and how they are aligned.
    pub fn notes(&self) -> impl Iterator<Item = (&'static [u8], usize)> {
        let notes = self.headers.iter().filter(|header| header.p_type == libc::PT_NOTE);
        notes.map(|segment| {
            let (at, len) = (self.at(segment.p_vaddr), segment.p_memsz as usize);
            // SAFETY: mapped with the rest, for as long as that is looked at.
            let notes = unsafe { core::slice::from_raw_parts(at as *const u8, len) };
            (notes, segment.p_align as usize)
        })
    }

    fn at(&self, address: u64) -> usize {
        self.bias.wrapping_add(address as usize)
    }
}
