// SPDX-License-Identifier: GPL-2.0

//! The file `liblinux.so`: its segments, its relocations (all of them relative) and `lib_init`.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use memmap2::Mmap;

use object::LittleEndian as Endian;
use object::elf::{self, FileHeader64, ProgramHeader64, Rela64};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Object, ObjectSymbol};

use crate::error::Error;

/// What the processor calls "base plus addend".
const RELATIVE: u32 = 8; // R_X86_64_RELATIVE

/// The library as a file.
pub struct Image {
    file: File,
    data: Mmap,
    /// Bytes of memory it takes.
    pub size: usize,
    /// Bytes at its beginning that are only executed and read.
    pub text_size: usize,
    /// Offset of `lib_init`.
    pub init: usize,
}

impl Image {
    /// Reads and checks the library at `path`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mapped = File::open(path).and_then(|file| {
            // SAFETY: whoever changes the file while it is loaded gets what he asked for.
            let data = unsafe { Mmap::map(&file) }?;
            Ok((file, data))
        });
        let (file, data) =
            mapped.map_err(|reason| Error::Unreadable { file: path.to_path_buf(), reason })?;
        Self::parse(file, data)
            .map_err(|reason| Error::NotALibrary { file: path.to_path_buf(), reason })
    }

    fn parse(file: File, data: Mmap) -> Result<Self, String> {
        let elf = ElfFile64::<Endian>::parse(&*data).map_err(|error| error.to_string())?;
        let mut size = 0;
        let mut text_size = 0;
        for segment in loads(&data)? {
            let end = (segment.p_vaddr(Endian) + segment.p_memsz(Endian)) as usize;
            size = size.max(end);
            if !is_writable(segment) {
                if segment.p_offset(Endian) != 0 || segment.p_vaddr(Endian) != 0 {
                    return Err("its code is not at its beginning".to_string());
                }
                text_size = end.next_multiple_of(crate::layout::PAGE);
            }
        }
        let init = elf
            .dynamic_symbols()
            .find(|symbol| symbol.name() == Ok("lib_init"))
            .ok_or("it does not export lib_init")?
            .address() as usize;
        let size = size.next_multiple_of(crate::layout::PAGE);
        Ok(Image { file, data, size, text_size, init })
    }

    /// The file, whose beginning is the text: see [`crate::map::map_text`].
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Writes what each instance has for itself to `file`, the library's first byte at `offset`:
    /// memory that is written as a file costs no page fault.
    pub fn write_data(&self, file: &File, offset: u64) -> Result<(), String> {
        for segment in loads(&self.data)?.into_iter().filter(|segment| is_writable(segment)) {
            let from = segment
                .data(Endian, &*self.data)
                .map_err(|()| "a segment is outside the file".to_string())?;
            file.write_all_at(from, offset + segment.p_vaddr(Endian))
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Relocates the library to `base`, where it is.
    ///
    /// # Safety
    ///
    /// `base` is `self.size` bytes of memory that nothing uses.
    pub unsafe fn relocate(&self, base: *mut u8) -> Result<(), String> {
        for rela in self.relocations()? {
            let kind = rela.r_info.get(Endian) as u32;
            if kind != RELATIVE {
                return Err(format!("it has a relocation of type {kind}"));
            }
            let offset = rela.r_offset.get(Endian) as usize;
            if offset + size_of::<usize>() > self.size {
                return Err(format!("it has a relocation at {offset:#x}, behind its end"));
            }
            let value = base as usize + rela.r_addend.get(Endian) as usize;
            // SAFETY: inside the image, as just checked.
            unsafe { base.add(offset).cast::<usize>().write_unaligned(value) };
        }
        Ok(())
    }

    fn relocations(&self) -> Result<&[Rela64<Endian>], String> {
        let header = FileHeader64::<Endian>::parse(&*self.data).map_err(|e| e.to_string())?;
        let programs = header.program_headers(Endian, &*self.data).map_err(|e| e.to_string())?;
        let dynamic = programs.iter().find_map(|p| p.dynamic(Endian, &*self.data).transpose());
        let dynamic = dynamic.ok_or("it has no dynamic section")?.map_err(|e| e.to_string())?;
        let value = |tag: elf::DynamicTag| {
            let entry = dynamic.iter().find(|d| d.d_tag.get(Endian) == tag);
            entry.map(|d| d.d_val.get(Endian))
        };
        let (Some(address), Some(size)) = (value(elf::DT_RELA), value(elf::DT_RELASZ)) else {
            return Ok(&[]);
        };
        let data = loads(&self.data)?.into_iter().find_map(|segment| {
            segment.data_range(Endian, &*self.data, address, size).ok().flatten()
        });
        let data = data.ok_or("its relocations are outside the file")?;
        object::slice_from_all_bytes(data).map_err(|()| "its relocations are cut".to_string())
    }
}

fn is_writable(segment: &ProgramHeader64<Endian>) -> bool {
    (segment.p_flags(Endian) & elf::PF_W).0 != 0
}

fn loads(data: &[u8]) -> Result<Vec<&ProgramHeader64<Endian>>, String> {
    let header = FileHeader64::<Endian>::parse(data).map_err(|error| error.to_string())?;
    let programs = header.program_headers(Endian, data).map_err(|error| error.to_string())?;
    Ok(programs.iter().filter(|p| p.p_type(Endian) == elf::PT_LOAD).collect())
}
