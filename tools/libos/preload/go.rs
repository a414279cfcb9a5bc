// SPDX-License-Identifier: GPL-2.0

//! Which programs and libraries are Go's: its linker leaves a note in them. Their inline calls are made
//! [`aside`](crate::aside).

use core::ffi::c_void;
use core::ops::Range;
use core::ptr::null_mut;

use libc::{Elf64_Ehdr, Elf64_Phdr};

use crate::real;

/// Where the program's code is, if it is Go's.
pub fn program_text() -> Option<Range<usize>> {
    // SAFETY: what the kernel says of the program's headers.
    unsafe {
        let first = libc::getauxval(libc::AT_PHDR) as *const Elf64_Phdr;
        let count = libc::getauxval(libc::AT_PHNUM) as usize;
        let headers = core::slice::from_raw_parts(first, if first.is_null() { 0 } else { count });
        let own = headers.iter().find(|header| header.p_type == libc::PT_PHDR);
        let bias = own.map_or(0, |own| (first as usize).wrapping_sub(own.p_vaddr as usize));
        text(bias, headers)
    }
}

/// `struct dl_find_object` of `<dlfcn.h>`, up to what is used of it.
#[repr(C)]
pub struct Found {
    flags: u64,
    start: *const c_void,
    end: *const c_void,
    rest: [usize; 10],
}

/// Where the code of the library is that has this address, if it is Go's. Takes no lock: a library that begins
/// may wait for the thread that asks. Where libc cannot say (before 2.35), none is.
pub fn library_text(code: *mut c_void) -> Option<Range<usize>> {
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
        text((found.start as usize).wrapping_sub(lowest.p_vaddr as usize), headers)
    }
}

/// From the first to the last of what can be executed.
///
/// # Safety
///
/// The headers are those of what is loaded, so far from where it wants to be.
unsafe fn text(bias: usize, headers: &[Elf64_Phdr]) -> Option<Range<usize>> {
    let mut notes = headers.iter().filter(|header| header.p_type == libc::PT_NOTE);
    // SAFETY: as the caller promises.
    let is_go = notes.any(|segment| unsafe {
        let (at, len) = (bias.wrapping_add(segment.p_vaddr as usize), segment.p_memsz as usize);
        let notes = core::slice::from_raw_parts(at as *const u8, len);
        names(notes, segment.p_align as usize).any(|name| name == b"Go\0\0")
    });
    let is_code = |s: &&Elf64_Phdr| s.p_type == libc::PT_LOAD && s.p_flags & libc::PF_X != 0;
    let code = || headers.iter().filter(is_code);
    let at = |address: u64| bias.wrapping_add(address as usize);
    let first = code().map(|segment| at(segment.p_vaddr)).min().filter(|_| is_go)?;
    let last = code().map(|segment| at(segment.p_vaddr + segment.p_memsz)).max()?;
    Some(first..last)
}

/// The names of all notes in a segment, of which the GNU linker puts several into one (elf(5)).
fn names(mut notes: &[u8], align: usize) -> impl Iterator<Item = &[u8]> {
    /// Lengths of the name and of what follows it, and a type.
    const HEAD: usize = 12;
    let align = align.max(4);
    core::iter::from_fn(move || {
        let word = |at: usize| Some(u32::from_ne_bytes(notes.get(at..at + 4)?.try_into().ok()?));
        let (name, rest) = (word(0)? as usize, word(4)? as usize);
        let padded = |len: usize| len.checked_next_multiple_of(align);
        let end = padded(HEAD.checked_add(name)?)?.checked_add(padded(rest)?)?;
        let found = notes.get(HEAD..HEAD + name)?;
        notes = notes.get(end..).unwrap_or_default();
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], rest: &[u8]) -> Vec<u8> {
        let lens = [name.len() as u32, rest.len() as u32, 1].map(u32::to_ne_bytes).concat();
        let mut note = [&lens, name].concat();
        for part in [&[][..], rest] {
            note.extend(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    #[test]
    fn all_notes_of_a_segment_are_looked_at() {
        let notes = [note(b"GNU\0", &[7; 20]), note(b"x\0", b"y"), note(b"Go\0\0", b"id")].concat();
        let found: Vec<&[u8]> = names(&notes, 4).collect();
        assert_eq!(found, [&b"GNU\0"[..], b"x\0", b"Go\0\0"]);
    }

    #[test]
    fn damaged_notes_are_the_last() {
        let mut notes = [note(b"GNU\0", &[7; 20]), note(b"Go\0\0", b"id")].concat();
        notes[4..8].fill(0xff);
        assert_eq!(names(&notes, 4).count(), 1);
        assert_eq!(names(&notes[..9], 4).count(), 0);
        notes[..4].fill(0xff);
        assert_eq!(names(&notes, 0).count(), 0);
    }
}
