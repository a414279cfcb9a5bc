// SPDX-License-Identifier: GPL-2.0

//! Memory that the program's arguments point to. It may not be there: whoever looks at it before a
//! kernel does must not crash, for the kernel says EFAULT.

use core::ffi::c_char;
use core::mem::MaybeUninit;

use libos_host::fault;

/// The value at an address; `None` if it cannot be read.
pub fn read<T: Copy>(address: usize) -> Option<T> {
    let (values, count) = read_some::<T, 1>(address, 1);
    // SAFETY: as many are there as were read.
    (count == 1).then(|| unsafe { values[0].assume_init() })
}

/// Up to `count` values from an address on, and how many of them could be read.
pub fn read_some<T: Copy, const N: usize>(
    address: usize,
    count: usize,
) -> ([MaybeUninit<T>; N], usize) {
    let mut values = [const { MaybeUninit::uninit() }; N];
    let wanted = count.min(N) * size_of::<T>();
    // SAFETY: there is room for so many.
    let read = unsafe { copy(values.as_mut_ptr().cast(), address, wanted) };
    (values, read / size_of::<T>())
}

/// Fills `bytes` from an address on. False if that cannot be.
pub fn read_into(address: usize, bytes: &mut [u8]) -> bool {
    // SAFETY: there is room for so many.
    unsafe { copy(bytes.as_mut_ptr(), address, bytes.len()) == bytes.len() }
}

/// Copies what can be read from an address on. How many bytes that was.
///
/// # Safety
///
/// There is room for `len` bytes.
unsafe fn copy(to: *mut u8, address: usize, len: usize) -> usize {
    /// No program has anything there, and null is in it, which often stands for no argument. A fault
    /// takes long, and programs may have forbidden themselves to return from its handler.
    const FIRST_PAGE: usize = 4096;
    if address < FIRST_PAGE {
        return 0;
    }
    // SAFETY: as the caller promises.
    unsafe { fault::copy(to, address as *const u8, len) }
}

/// Writes a value to an address. False if that cannot be.
pub fn write<T: Copy>(address: usize, value: T) -> bool {
    let from = (&raw const value).cast();
    // SAFETY: the program's own variable, if any.
    unsafe { fault::copy(address as *mut u8, from, size_of::<T>()) == size_of::<T>() }
}

/// Whether a path is there, up to its end.
pub fn is_string(address: *const c_char) -> bool {
    is_string_within(address, libc::PATH_MAX as usize)
}

/// Whether there is a list of strings, as execve(2) takes it, or none.
pub fn is_list(address: *const *const c_char) -> bool {
    let words = (address as usize..).step_by(size_of::<usize>()).map(read::<usize>);
    let mut strings = words.take_while(|string| *string != Some(0));
    let is_there = |at: Option<usize>| at.is_some_and(|at| is_string_within(at as _, usize::MAX));
    address.is_null() || strings.all(is_there)
}

fn is_string_within(address: *const c_char, longest: usize) -> bool {
    /// Divides a page.
    const PIECE: usize = 256;
    let (begin, mut at) = (address as usize, address as usize);
    while at - begin <= longest {
        let in_piece = PIECE - at % PIECE;
        let (bytes, read) = read_some::<u8, PIECE>(at, in_piece);
        // SAFETY: as many are there as were read.
        if bytes[..read].iter().any(|byte| unsafe { byte.assume_init() } == 0) {
            return true;
        }
        if read < in_piece {
            return false;
        }
        let Some(next) = at.checked_add(in_piece) else { return false };
        at = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_written() {
        let mut value = 5u64;
        let address = &raw mut value as usize;
        assert_eq!(read::<u64>(address), Some(5));
        assert!(write(address, 6u64));
        assert_eq!(value, 6);
    }

    #[test]
    fn there_is_nothing_at_null() {
        assert_eq!(read::<u8>(0), None);
        assert!(!is_string(core::ptr::null()));
    }

    #[test]
    fn lists_are_of_strings() {
        let long = [b'a'; 5000];
        let string = |bytes: &[u8]| bytes.as_ptr().cast::<c_char>();
        let (null, bad) = (core::ptr::null(), 8 as *const c_char);
        let with_end = [&long[..], b"\0"].concat();
        assert!(is_list(core::ptr::null()) && is_list([null].as_ptr()));
        assert!(is_list([c"a".as_ptr(), string(&with_end), null].as_ptr()));
        assert!(!is_list([c"a".as_ptr(), bad, null].as_ptr()));
        assert!(!is_list(bad.cast()));
    }

    #[test]
    fn strings_have_an_end() {
        let long = [b'a'; 5000];
        assert!(is_string(c"".as_ptr()) && is_string(c"/proc/net".as_ptr()));
        assert!(!is_string(long.as_ptr().cast()));
    }
}
