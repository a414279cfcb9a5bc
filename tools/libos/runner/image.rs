// SPDX-License-Identifier: GPL-2.0

//! A program in ELF, as far as the kernel looks at one to execute it, and, where nothing is to be loaded,
//! as far as the dynamic loader does.

use std::ffi::CStr;

use object::LittleEndian as Endian;
use object::elf::{self, Dyn64, FileHeader64, ProgramHeader64, Rela64};
use object::pod::slice_from_all_bytes;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

/// A file in ELF.
pub struct Image<'a> {
    bytes: &'a [u8],
    pub header: &'a FileHeader64<Endian>,
    pub segments: &'a [ProgramHeader64<Endian>],
}

impl<'a> Image<'a> {
    /// `None` if it is not one for this processor.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = FileHeader64::<Endian>::parse(bytes).ok()?;
        let segments = header.program_headers(Endian, bytes).ok()?;
        let ours = header.e_machine.get(Endian) == elf::EM_X86_64;
        ours.then_some(Image { bytes, header, segments })
    }

    /// Whether it is a program, without a dynamic loader, and not that one. Go's that can be anywhere
    /// (`-buildmode=pie`) name one, but have it load nothing.
    #[must_use]
    pub fn is_static(&self) -> bool {
        let is_alone = !self.has(elf::PT_INTERP) || self.relocations().is_some();
        match self.header.e_type.get(Endian) {
            elf::ET_EXEC => is_alone,
            elf::ET_DYN => is_alone && self.has(elf::PT_LOAD) && !self.has_name(),
            _ => false,
        }
    }

    /// The dynamic loader that the program names; `None` if it is static.
    #[must_use]
    pub fn loader(&self) -> Option<&'a CStr> {
        let is_it = |segment: &&ProgramHeader64<Endian>| segment.p_type(Endian) == elf::PT_INTERP;
        let named = self.segments.iter().filter(|_| !self.is_static()).find(is_it)?;
        CStr::from_bytes_with_nul(named.data(Endian, self.bytes).ok()?).ok()
    }

    /// What a dynamic loader would have to do for it: addresses that move with the program. `None` if
    /// that would be more, or nobody is to do anything.
    #[must_use]
    pub fn relocations(&self) -> Option<&'a [Rela64<Endian>]> {
        let has = |tag| self.dynamic().any(|entry| entry.d_tag(Endian) == tag);
        let more = [elf::DT_NEEDED, elf::DT_JMPREL, elf::DT_REL, elf::DT_RELR];
        if !self.has(elf::PT_INTERP) || more.into_iter().any(has) {
            return None;
        }
        let value = |tag| {
            let entry = self.dynamic().find(|entry| entry.d_tag(Endian) == tag)?;
            Some(entry.d_val(Endian))
        };
        let len = value(elf::DT_RELASZ).unwrap_or(0) as usize;
        let from = if len == 0 { 0 } else { self.offset_of(value(elf::DT_RELA)?)? };
        let bytes = self.bytes.get(from..from.checked_add(len)?)?;
        let all: &[Rela64<Endian>] = slice_from_all_bytes(bytes).ok()?;
        let relative = |rela: &Rela64<Endian>| {
            rela.r_type(Endian, false) == elf::R_X86_64_RELATIVE && self.is_writable_at(rela)
        };
        all.iter().all(relative).then_some(all)
    }

    /// Where in the file that is which has this address.
    fn offset_of(&self, address: u64) -> Option<usize> {
        self.loads().find_map(|load| {
            let inside = address.checked_sub(load.p_vaddr(Endian))?;
            let offset = (inside < load.p_filesz(Endian)).then_some(load.p_offset(Endian))?;
            Some(offset.checked_add(inside)? as usize)
        })
    }

    fn is_writable_at(&self, rela: &Rela64<Endian>) -> bool {
        let at = rela.r_offset.get(Endian);
        self.loads().any(|load| {
            let inside = at.checked_sub(load.p_vaddr(Endian));
            let left = inside.and_then(|inside| load.p_memsz(Endian).checked_sub(inside));
            left >= Some(size_of::<u64>() as u64) && load.p_flags(Endian) & elf::PF_W == elf::PF_W
        })
    }

    /// How many bytes the file has.
    #[must_use]
    pub fn file_len(&self) -> usize {
        self.bytes.len()
    }

    /// The segments that are in memory.
    pub fn loads(&self) -> impl Iterator<Item = &'a ProgramHeader64<Endian>> {
        self.segments.iter().filter(|segment| segment.p_type(Endian) == elf::PT_LOAD)
    }

    /// Whether it may be anywhere.
    #[must_use]
    pub fn is_movable(&self) -> bool {
        self.header.e_type.get(Endian) == elf::ET_DYN
    }

    fn has(&self, kind: elf::ProgramType) -> bool {
        self.segments.iter().any(|segment| segment.p_type(Endian) == kind)
    }

    /// Whether it is a library by its own account, as the dynamic loader is.
    fn has_name(&self) -> bool {
        self.dynamic().any(|entry| entry.d_tag(Endian) == elf::DT_SONAME)
    }

    fn dynamic(&self) -> impl Iterator<Item = &'a Dyn64<Endian>> {
        self.segments.iter().filter_map(|s| s.dynamic(Endian, self.bytes).ok()?).flatten()
    }
}
