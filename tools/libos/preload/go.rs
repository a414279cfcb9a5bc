// SPDX-License-Identifier: GPL-2.0

//! Which programs and libraries are Go's: its linker leaves a note in them. Their inline calls are made
//! [`aside`](crate::aside).

use core::ffi::c_void;
use core::ops::Range;

use crate::code::Loaded;

/// Where the program's code is, if it is Go's.
pub fn program_text() -> Option<Range<usize>> {
    Some(Loaded::program()).filter(is_go)?.text()
}

/// Where the code of the library is that has this address, if it is Go's.
pub fn library_text(code: *mut c_void) -> Option<Range<usize>> {
    Loaded::library(code).filter(is_go)?.text()
}

fn is_go(loaded: &Loaded) -> bool {
    loaded.notes().any(|(notes, align)| names(notes, align).any(|name| name == b"Go\0\0"))
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
