// SPDX-License-Identifier: GPL-2.0

//! What calls become with _FORTIFY_SOURCE: the last argument, or the one after the lengths, is the
//! size of the buffer as the compiler knows it.

use core::ffi::{c_char, c_int, c_ulong, c_void};

use libc::{pollfd, sigset_t, sockaddr, socklen_t, timespec};

use super::{descriptors, files, sockets, waiting};

unsafe extern "C" {
    /// Ends the process: "buffer overflow detected".
    fn __chk_fail() -> !;
}

fn check(needed: usize, size: usize) {
    if needed > size {
        // SAFETY: what libc does then.
        unsafe { __chk_fail() }
    }
}

/// Functions that check that a length is not more than a size, then do what another one does.
macro_rules! checked {
    ($($name:ident($($arg:ident: $type:ty),*) -> $result:ty,
        $needed:expr => $size:ident, $module:ident::$function:ident($($passed:ident),*);)*) => {
        $(
            /// # Safety
            ///
            /// As the function without the check.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $result {
                check($needed, $size);
                // SAFETY: the caller's promise is the same.
                unsafe { $module::$function($($passed),*) }
            }
        )*
    };
}

checked! {
    __read_chk(fd: c_int, data: *mut c_void, len: usize, size: usize) -> isize,
        len => size, descriptors::read(fd, data, len);
    __pread_chk(fd: c_int, data: *mut c_void, len: usize, offset: i64, size: usize) -> isize,
        len => size, descriptors::pread(fd, data, len, offset);
    __pread64_chk(fd: c_int, data: *mut c_void, len: usize, offset: i64, size: usize) -> isize,
        len => size, descriptors::pread(fd, data, len, offset);
    __readlink_chk(path: *const c_char, buffer: *mut c_char, len: usize, size: usize) -> isize,
        len => size, files::readlink(path, buffer, len);
    __readlinkat_chk(at: c_int, path: *const c_char, buffer: *mut c_char, len: usize, size: usize)
        -> isize,
        len => size, files::readlinkat(at, path, buffer, len);
    __recv_chk(fd: c_int, data: *mut c_void, len: usize, size: usize, flags: c_int) -> isize,
        len => size, sockets::recv(fd, data, len, flags);
    __recvfrom_chk(fd: c_int, data: *mut c_void, len: usize, size: usize, flags: c_int,
        address: *mut sockaddr, address_len: *mut socklen_t) -> isize,
        len => size, sockets::recvfrom(fd, data, len, flags, address, address_len);
    __poll_chk(fds: *mut pollfd, count: c_ulong, timeout: c_int, size: usize) -> c_int,
        bytes(count) => size, waiting::poll(fds, count, timeout);
    __ppoll_chk(fds: *mut pollfd, count: c_ulong, timeout: *const timespec, mask: *const sigset_t,
        size: usize) -> c_int,
        bytes(count) => size, waiting::ppoll(fds, count, timeout, mask);
}

/// getcwd(3), whose result is an address.
///
/// # Safety
///
/// As the function without the check.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __getcwd_chk(
    buffer: *mut c_char,
    len: usize,
    size: usize,
) -> *mut c_char {
    check(len, size);
    // SAFETY: the caller's promise is the same.
    unsafe { files::getcwd(buffer, len) }
}

fn bytes(count: c_ulong) -> usize {
    (count as usize).saturating_mul(size_of::<pollfd>())
}
