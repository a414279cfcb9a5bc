// SPDX-License-Identifier: GPL-2.0

//! The file `liblinux.so`: its segments, its relocations (all of them relative) and `lib_init`.

use std::fs::File;
use std::io::Seek;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use object::LittleEndian as Endian;
use object::elf::{self, FileHeader64, ProgramHeader64, Rela64};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Object, ObjectSymbol};

use crate::common::Common;
use crate::error::Error;
use crate::layout::PAGE;
use crate::map;

/// The type of the program header of what nobody writes but the loader: "libO". See vmlinux.lds.S.
const PT_CONSTANTS: elf::ProgramType = elf::ProgramType(0x6c69_624f);

/// What the processor calls "base plus addend".
const RELATIVE: u32 = 8; // R_X86_64_RELATIVE

/// The library as a file.
pub struct Image {
    path: PathBuf,
    file: File,
    data: Mmap,
    /// Bytes of memory it takes.
    pub size: usize,
    /// What all instances have in common.
    pub common: Common,
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
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        Self::parse(path.clone(), file, data)
            .map_err(|reason| Error::NotALibrary { file: path, reason })
    }

    fn parse(path: PathBuf, file: File, data: Mmap) -> Result<Self, String> {
        let elf = ElfFile64::<Endian>::parse(&*data).map_err(|error| error.to_string())?;
        let mut size = 0;
        let mut text_size = 0;
        for segment in segments(&data, elf::PT_LOAD)? {
            let end = (segment.p_vaddr(Endian) + segment.p_memsz(Endian)) as usize;
            size = size.max(end);
            if segment.p_offset(Endian) != segment.p_vaddr(Endian) {
                return Err("its segments are not where they are in the file".to_string());
            }
            if !is_writable(segment) {
                if segment.p_offset(Endian) != 0 {
                    return Err("its code is not at its beginning".to_string());
                }
                text_size = end.next_multiple_of(segment.p_align(Endian) as usize);
            }
        }
        let init = elf
            .dynamic_symbols()
            .find(|symbol| symbol.name() == Ok("lib_init"))
            .ok_or("it does not export lib_init")?
            .address() as usize;
        let size = size.next_multiple_of(PAGE);
        let common = Common::new(text_size, &constants(&data, size)?);
        Ok(Image { path, file, data, size, common, init })
    }

    /// The file, of which parts are mapped as they are: see [`crate::map::map_common`].
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Another descriptor for it.
    pub fn open_again(&self) -> Result<File, Error> {
        let what = "a descriptor for the library";
        self.file.try_clone().map_err(|reason| Error::Host { what, reason })
    }

    /// A copy of the library's file in memory, its text in huge pages where the host has them: for many
    /// instances in a process, between which the processor would look up small ones again and again.
    /// It has the file's path for a name.
    pub fn copy(&self) -> Result<File, Error> {
        let what = "memory for the library";
        let copy = map::memfd(&self.path.to_string_lossy(), self.size)?;
        let mut from = &self.file;
        let copied = from.rewind().and_then(|()| std::io::copy(&mut from, &mut &copy));
        copied.map_err(|reason| Error::Host { what, reason })?;
        map::use_huge_pages(&copy, self.common.text().len())?;
        Ok(copy)
    }

    /// Writes what each instance has for itself to `file`, the library's first byte at `offset`:
    /// memory that is written as a file costs no page fault.
    pub fn write_data(&self, file: &File, offset: u64) -> Result<(), String> {
        for segment in segments(&self.data, elf::PT_LOAD)? {
            let (begin, len) = segment.file_range(Endian);
            let (begin, end) = (begin as usize, (begin + len) as usize);
            for own in self.common.others(self.size) {
                let part = own.start.max(begin)..own.end.min(end);
                if part.is_empty() {
                    continue;
                }
                let at = offset + part.start as u64;
                let from = self.data.get(part).ok_or("a segment is outside the file")?;
                file.write_all_at(from, at).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// Relocates the library to `base`, where it is.
    ///
    /// # Safety
    ///
    /// `base` is `self.size` bytes of memory that nothing uses.
    pub unsafe fn relocate(&self, base: *mut u8) -> Result<(), String> {
        for rela in relocations(&self.data)? {
            let kind = rela.r_info.get(Endian) as u32;
            if kind != RELATIVE {
                return Err(format!("it has a relocation of type {kind}"));
            }
            let offset = rela.r_offset.get(Endian) as usize;
            if offset + size_of::<usize>() > self.size {
                return Err(behind_its_end(offset));
            }
            let value = base as usize + rela.r_addend.get(Endian) as usize;
            // SAFETY: inside the image, as just checked.
            unsafe { base.add(offset).cast::<usize>().write_unaligned(value) };
        }
        Ok(())
    }
}

fn relocations(data: &[u8]) -> Result<&[Rela64<Endian>], String> {
    let dynamic = segments(data, elf::PT_DYNAMIC)?
        .into_iter()
        .find_map(|p| p.dynamic(Endian, data).transpose());
    let dynamic = dynamic.ok_or("it has no dynamic section")?.map_err(|e| e.to_string())?;
    let value = |tag: elf::DynamicTag| {
        let entry = dynamic.iter().find(|d| d.d_tag.get(Endian) == tag);
        entry.map(|d| d.d_val.get(Endian))
    };
    let (Some(address), Some(size)) = (value(elf::DT_RELA), value(elf::DT_RELASZ)) else {
        return Ok(&[]);
    };
    let data = segments(data, elf::PT_LOAD)?
        .into_iter()
        .find_map(|segment| segment.data_range(Endian, data, address, size).ok().flatten());
    let data = data.ok_or("its relocations are outside the file")?;
    object::slice_from_all_bytes(data).map_err(|()| "its relocations are cut".to_string())
}

/// The runs of whole pages that nobody writes and the loader does not relocate, of an image of `size` bytes.
fn constants(data: &[u8], size: usize) -> Result<Vec<Range<usize>>, String> {
    let mut is_written = vec![false; size / PAGE + 1];
    for rela in relocations(data)? {
        let at = rela.r_offset.get(Endian) as usize;
        for page in [at / PAGE, (at + size_of::<usize>() - 1) / PAGE] {
            *is_written.get_mut(page).ok_or_else(|| behind_its_end(at))? = true;
        }
    }
    let mut runs = Vec::new();
    for header in segments(data, PT_CONSTANTS)? {
        let (begin, len) = (header.p_vaddr(Endian) as usize, header.p_memsz(Endian) as usize);
        let pages = begin.div_ceil(PAGE)..(begin + len) / PAGE;
        let written = pages.clone().filter(|page| is_written.get(*page) == Some(&true));
        let mut first = pages.start;
        for page in written.chain([pages.end]) {
            if first < page {
                runs.push(first * PAGE..page * PAGE);
            }
            first = page + 1;
        }
    }
    Ok(runs)
}

fn behind_its_end(offset: usize) -> String {
    format!("it has a relocation at {offset:#x}, behind its end")
}

fn is_writable(segment: &ProgramHeader64<Endian>) -> bool {
    (segment.p_flags(Endian) & elf::PF_W).0 != 0
}

fn segments(data: &[u8], kind: elf::ProgramType) -> Result<Vec<&ProgramHeader64<Endian>>, String> {
    let header = FileHeader64::<Endian>::parse(data).map_err(|error| error.to_string())?;
    let programs = header.program_headers(Endian, data).map_err(|error| error.to_string())?;
    Ok(programs.iter().filter(|p| p.p_type(Endian) == kind).collect())
}
