// SPDX-License-Identifier: GPL-2.0

//! The program's memory: its segments, where they want to be, or anywhere.

use std::io::Error;
use std::ptr::null_mut;

use libc::{c_int, c_void};
use nuse_runner::Image;
use object::LittleEndian as Endian;
use object::elf::{self, ProgramHeader64};
use object::read::elf::ProgramHeader;

const PAGE: usize = 4096;
const CODE: c_int = libc::PROT_READ | libc::PROT_EXEC;

/// A program in memory.
pub struct Loaded {
    /// Its first instruction.
    pub entry: usize,
    /// How far it is from where it says that it wants to be.
    pub bias: usize,
    /// Between which addresses its code is, which is not written.
    pub text: [usize; 2],
    /// Its program headers: where, how many, and of which size.
    pub headers: usize,
    pub headers_count: usize,
    pub headers_size: usize,
    /// Whether it wants to execute what is on its stack.
    pub executable_stack: bool,
}

/// Maps the program, which is open as `fd`.
pub fn load(image: &Image<'_>, fd: c_int) -> Result<Loaded, String> {
    let loads = || image.loads();
    loads().try_for_each(|segment| check(segment, image.file_len()))?;
    let first = loads().map(start).min().ok_or("it has no segments")?;
    let last = loads().map(end).max().unwrap_or(first);
    let aligns = loads().map(|segment| segment.p_align(Endian) as usize);
    let align = aligns.filter(|align| align.is_power_of_two()).max().unwrap_or(PAGE);
    let at = reserve(image, first, last - first, align.max(PAGE))?;
    let bias = at.wrapping_sub(first);
    for segment in loads() {
        place(segment, bias, fd).map_err(|reason| format!("its segments: {reason}"))?;
    }
    for relocation in image.relocations().unwrap_or_default() {
        let at = bias.wrapping_add(relocation.r_offset.get(Endian) as usize);
        let value = bias.wrapping_add(relocation.r_addend.get(Endian) as usize);
        // SAFETY: in a segment of the program's that can be written.
        unsafe { (at as *mut usize).write_unaligned(value) };
    }
    let entry = image.header.e_entry.get(Endian) as usize;
    let has_entry = |s: &&ProgramHeader64<Endian>| (start(s)..end(s)).contains(&entry);
    let code = loads().filter(|segment| access(segment) == CODE).find(has_entry);
    let text = code.map_or([0; 2], |code| [start(code), end(code)]);
    let stack = image.segments.iter().find(|s| s.p_type(Endian) == elf::PT_GNU_STACK);
    Ok(Loaded {
        entry: bias.wrapping_add(entry),
        bias,
        text: text.map(|at| bias.wrapping_add(at)),
        headers: bias.wrapping_add(headers(image)),
        headers_count: image.segments.len(),
        headers_size: size_of::<ProgramHeader64<Endian>>(),
        executable_stack: stack.is_some_and(|s| access(s) & libc::PROT_EXEC != 0),
    })
}

/// Whether a segment can be in memory as it says, if the file has `len` bytes.
fn check(segment: &ProgramHeader64<Endian>, len: usize) -> Result<(), String> {
    /// Where the kernel's own addresses begin.
    const LAST: u64 = 1 << 47;
    let [at, size] = [segment.p_vaddr(Endian), segment.p_memsz(Endian)];
    let [offset, of_file] = [segment.p_offset(Endian), segment.p_filesz(Endian)];
    let page = PAGE as u64;
    let is_there = |end: u64| end.div_ceil(page) <= (len as u64).div_ceil(page);
    let wrong = if of_file > size {
        format!("has {of_file:#x} bytes of the file, but {size:#x} in memory")
    } else if at.checked_add(size).is_none_or(|end| end > LAST) {
        format!("of {size:#x} bytes does not fit into memory")
    } else if at % page != offset % page {
        format!("is at byte {offset:#x} of the file, which is elsewhere in its page")
    } else if !offset.checked_add(of_file).is_some_and(is_there) {
        format!("ends at byte {offset:#x} + {of_file:#x} of the file, which has only {len:#x}")
    } else {
        return Ok(());
    };
    Err(format!("its segment at {at:#x} {wrong}"))
}

fn start(segment: &ProgramHeader64<Endian>) -> usize {
    segment.p_vaddr(Endian) as usize & !(PAGE - 1)
}

fn end(segment: &ProgramHeader64<Endian>) -> usize {
    let end = segment.p_vaddr(Endian).saturating_add(segment.p_memsz(Endian));
    (end as usize).next_multiple_of(PAGE)
}

fn access(segment: &ProgramHeader64<Endian>) -> c_int {
    let flags = segment.p_flags(Endian);
    [(elf::PF_R, libc::PROT_READ), (elf::PF_W, libc::PROT_WRITE), (elf::PF_X, libc::PROT_EXEC)]
        .into_iter()
        .map(|(flag, access)| if flags & flag == flag { access } else { 0 })
        .sum()
}

/// Takes addresses for the whole program. Where they begin.
fn reserve(image: &Image<'_>, first: usize, len: usize, align: usize) -> Result<usize, String> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let map = |at: usize, len, flags| {
        // SAFETY: takes a free range, or none.
        unsafe { libc::mmap(at as *mut c_void, len, libc::PROT_NONE, flags, -1, 0) as usize }
    };
    if !image.is_movable() {
        let at = map(first, len, flags | libc::MAP_FIXED_NOREPLACE);
        return if at == first { Ok(at) } else { Err(format!("{first:#x} is not free")) };
    }
    // What is too much on both sides stays reserved.
    match map(0, len.saturating_add(align), flags) {
        failed if failed == usize::MAX => {
            Err(format!("no addresses for {len:#x} bytes: {}", Error::last_os_error()))
        }
        at => Ok(at.next_multiple_of(align)),
    }
}

/// Maps one segment: what is of the file, and zeros.
fn place(segment: &ProgramHeader64<Endian>, bias: usize, fd: c_int) -> Result<(), Error> {
    let (from, at) = (segment.p_vaddr(Endian) as usize, start(segment));
    let of_file = from + segment.p_filesz(Endian) as usize;
    let file_end = if of_file > from { of_file.next_multiple_of(PAGE) } else { at };
    let offset = segment.p_offset(Endian) as usize & !(PAGE - 1);
    let fixed = libc::MAP_PRIVATE | libc::MAP_FIXED;
    let map = |from: usize, to: usize, flags, fd, offset: usize| {
        let at = bias.wrapping_add(from) as *mut c_void;
        // SAFETY: in the range that was reserved.
        let mapped =
            unsafe { libc::mmap(at, to - from, access(segment), flags, fd, offset as libc::off_t) };
        if mapped == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(()) }
    };
    if file_end > at {
        map(at, file_end, fixed, fd, offset)?;
    }
    if end(segment) > file_end {
        map(file_end, end(segment), fixed | libc::MAP_ANONYMOUS, -1, 0)?;
    }
    let has_zeros = segment.p_memsz(Endian) > segment.p_filesz(Endian);
    if has_zeros && file_end > of_file && access(segment) & libc::PROT_WRITE != 0 {
        // SAFETY: the end of the last page of the file, which is this process's own.
        unsafe { (bias.wrapping_add(of_file) as *mut u8).write_bytes(0, file_end - of_file) };
    }
    Ok(())
}

/// Where the program headers are in the program's memory, before it is moved.
fn headers(image: &Image<'_>) -> usize {
    let offset = image.header.e_phoff.get(Endian);
    let holds = |s: &&ProgramHeader64<Endian>| {
        s.p_type(Endian) == elf::PT_LOAD
            && offset.checked_sub(s.p_offset(Endian)).is_some_and(|at| at < s.p_filesz(Endian))
    };
    let segment = image.segments.iter().find(holds);
    segment.map_or(0, |s| (s.p_vaddr(Endian) + (offset - s.p_offset(Endian))) as usize)
}

/// New memory for the program.
pub fn memory(len: usize, access: c_int) -> Result<usize, Error> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
    // SAFETY: a new mapping.
    let at = unsafe { libc::mmap(null_mut(), len, access, flags, -1, 0) };
    if at == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(at as usize) }
}
