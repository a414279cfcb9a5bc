// SPDX-License-Identifier: GPL-2.0

//! The vdso: its functions tell the host's time without a system call, so they are overwritten by ones
//! that make the call.

use object::read::elf::ElfFile64;
use object::{LittleEndian, Object, ObjectSymbol};

use crate::host;

/// The functions, and the calls that they stand for.
const FUNCTIONS: [(&str, i64); 5] = [
    ("__vdso_clock_gettime", libc::SYS_clock_gettime),
    ("__vdso_clock_getres", libc::SYS_clock_getres),
    ("__vdso_gettimeofday", libc::SYS_gettimeofday),
    ("__vdso_time", libc::SYS_time),
    ("__vdso_getcpu", libc::SYS_getcpu),
];

/// The vdso has at most so many bytes.
const LARGEST: usize = 4 * 4096;
/// What no table describes, as `mov $nr, %eax; syscall; ret` has.
const CODE: usize = 8;

/// Overwrites the functions. Called while the program has not begun; `address` is that of its
/// AT_SYSINFO_EHDR.
pub fn overwrite(address: usize) -> bool {
    let size = mapped(address);
    // SAFETY: so many bytes are mapped, readable.
    let image = unsafe { core::slice::from_raw_parts(address as *const u8, size) };
    let Ok(file) = ElfFile64::<LittleEndian>::parse(image) else { return false };
    let rwx = (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC) as usize;
    if host::call(libc::SYS_mprotect, [address, size, rwx]) != 0 {
        return false;
    }
    for symbol in file.dynamic_symbols() {
        let Ok(name) = symbol.name() else { continue };
        if let Some((_, nr)) = FUNCTIONS.iter().find(|(function, _)| *function == name) {
            let nr = (*nr as u32).to_le_bytes();
            let code: [u8; CODE] = [0xb8, nr[0], nr[1], nr[2], nr[3], 0x0f, 0x05, 0xc3];
            let at = (address + symbol.address() as usize) as *mut u8;
            // SAFETY: the function is in the image, which is writable, and longer than this.
            unsafe { core::ptr::copy_nonoverlapping(code.as_ptr(), at, CODE) };
        }
    }
    let rx = (libc::PROT_READ | libc::PROT_EXEC) as usize;
    host::call(libc::SYS_mprotect, [address, size, rx]) == 0
}

/// How many bytes are mapped at `address`.
fn mapped(address: usize) -> usize {
    let mut size = 0;
    let mut byte = [0];
    while size < LARGEST && host::read_memory(address + size, &mut byte) {
        size += 4096;
    }
    size
}
