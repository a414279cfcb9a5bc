// SPDX-License-Identifier: GPL-2.0

//! A program in ELF, as far as the kernel looks at one to execute it.

use object::LittleEndian as Endian;
use object::elf::{self, Dyn64, FileHeader64, ProgramHeader64};
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

    /// Whether it is a program, without a dynamic loader, and not that one.
    #[must_use]
    pub fn is_static(&self) -> bool {
        match self.header.e_type.get(Endian) {
            elf::ET_EXEC => !self.has(elf::PT_INTERP),
            elf::ET_DYN => !self.has(elf::PT_INTERP) && self.has(elf::PT_LOAD) && !self.has_name(),
            _ => false,
        }
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
        let tables = self.segments.iter().filter_map(|s| s.dynamic(Endian, self.bytes).ok()?);
        let is_name = |entry: &Dyn64<Endian>| entry.d_tag(Endian) == elf::DT_SONAME;
        tables.flatten().any(is_name)
    }
}
