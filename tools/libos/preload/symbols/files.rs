// SPDX-License-Identifier: GPL-2.0

//! Functions of files: `<fcntl.h>`, `<sys/stat.h>`, `<unistd.h>`.

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr::null_mut;

use libc::{stat as Stat, statx as Statx, timespec};

use super::{aliases, calls};
use crate::call::{Call, Origin};
use crate::errno::{self, Errno};
use crate::route::route;

/// Of utimensat(2), which is about the descriptor then.
const NO_PATH: usize = 0;

// Where libc has a variable number of arguments, the last one is in a register also if it has
// none, and the kernel does not look at it then.
calls! {
    Point open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int
        = SYS_open(path, flags, mode);
    Point openat(at: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int
        = SYS_openat(at, path, flags, mode);
    Point creat(path: *const c_char, mode: c_uint) -> c_int = SYS_creat(path, mode);
    Function __open_2(path: *const c_char, flags: c_int) -> c_int = SYS_open(path, flags);
    Function __openat_2(at: c_int, path: *const c_char, flags: c_int) -> c_int
        = SYS_openat(at, path, flags);
    Function access(path: *const c_char, mode: c_int) -> c_int = SYS_access(path, mode);
    Function readlink(path: *const c_char, buffer: *mut c_char, len: usize) -> isize
        = SYS_readlink(path, buffer, len);
    Function readlinkat(at: c_int, path: *const c_char, buffer: *mut c_char, len: usize) -> isize
        = SYS_readlinkat(at, path, buffer, len);
    Function faccessat(at: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int
        = SYS_faccessat2(at, path, mode, flags);
    Function getxattr(path: *const c_char, name: *const c_char, value: *mut c_void, len: usize)
        -> isize = SYS_getxattr(path, name, value, len);
    Function lgetxattr(path: *const c_char, name: *const c_char, value: *mut c_void, len: usize)
        -> isize = SYS_lgetxattr(path, name, value, len);
    Function listxattr(path: *const c_char, names: *mut c_char, len: usize) -> isize
        = SYS_listxattr(path, names, len);
    Function llistxattr(path: *const c_char, names: *mut c_char, len: usize) -> isize
        = SYS_llistxattr(path, names, len);
    Function chdir(path: *const c_char) -> c_int = SYS_chdir(path);
    Function fchdir(fd: c_int) -> c_int = SYS_fchdir(fd);

    Function fstat(fd: c_int, buffer: *mut Stat) -> c_int = SYS_fstat(fd, buffer);
    Function stat(path: *const c_char, buffer: *mut Stat) -> c_int = SYS_stat(path, buffer);
    Function lstat(path: *const c_char, buffer: *mut Stat) -> c_int = SYS_lstat(path, buffer);
    Function fstatat(at: c_int, path: *const c_char, buffer: *mut Stat, flags: c_int) -> c_int
        = SYS_newfstatat(at, path, buffer, flags);
    Function statx(at: c_int, path: *const c_char, flags: c_int, mask: c_uint, buffer: *mut Statx)
        -> c_int = SYS_statx(at, path, flags, mask, buffer);
    Function futimens(fd: c_int, times: *const timespec) -> c_int
        = SYS_utimensat(fd, NO_PATH, times, 0);
    Function __fxstat(_version: c_int, fd: c_int, buffer: *mut Stat) -> c_int
        = SYS_fstat(fd, buffer);
    Function __xstat(_version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int
        = SYS_stat(path, buffer);
    Function __lxstat(_version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int
        = SYS_lstat(path, buffer);
}

/// posix_fadvise(3), which returns its error.
///
/// # Safety
///
/// None is needed: all are numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn posix_fadvise(
    fd: c_int,
    offset: i64,
    len: i64,
    advice: c_int,
) -> c_int {
    let args = [fd as usize, offset as usize, len as usize, advice as usize];
    match route(Call::new(Origin::Function, libc::SYS_fadvise64, args)) {
        Ok(_) => 0,
        Err(Errno(errno)) => errno,
    }
}

/// getcwd(3): in memory of malloc(3) if there is no buffer.
///
/// # Safety
///
/// As for getcwd(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn getcwd(buffer: *mut c_char, len: usize) -> *mut c_char {
    if buffer.is_null() {
        // SAFETY: as the caller promises.
        return unsafe { getcwd_allocated(len) };
    }
    let args = [buffer as usize, len];
    match route(Call::new(Origin::Function, libc::SYS_getcwd, args)) {
        Ok(_) => buffer,
        Err(error) => {
            errno::set(error);
            null_mut()
        }
    }
}

/// # Safety
///
/// As for getcwd(3).
unsafe fn getcwd_allocated(len: usize) -> *mut c_char {
    let room = if len == 0 { libc::PATH_MAX as usize } else { len };
    // SAFETY: memory of that size, of which what is not needed is given back.
    unsafe {
        let memory = libc::malloc(room).cast::<c_char>();
        if memory.is_null() || getcwd(memory, room).is_null() {
            errno::preserved(|| libc::free(memory.cast()));
            return null_mut();
        }
        if len != 0 {
            return memory;
        }
        let fitting = libc::realloc(memory.cast(), libc::strlen(memory) + 1).cast::<c_char>();
        if fitting.is_null() { memory } else { fitting }
    }
}

aliases! {
    posix_fadvise64 = posix_fadvise(fd: c_int, offset: i64, len: i64, advice: c_int) -> c_int;
    __open = open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    __open64 = open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    open64 = open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    openat64 = openat(at: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    creat64 = creat(path: *const c_char, mode: c_uint) -> c_int;
    __open64_2 = __open_2(path: *const c_char, flags: c_int) -> c_int;
    __openat64_2 = __openat_2(at: c_int, path: *const c_char, flags: c_int) -> c_int;
    fstat64 = fstat(fd: c_int, buffer: *mut Stat) -> c_int;
    stat64 = stat(path: *const c_char, buffer: *mut Stat) -> c_int;
    lstat64 = lstat(path: *const c_char, buffer: *mut Stat) -> c_int;
    fstatat64 = fstatat(at: c_int, path: *const c_char, buffer: *mut Stat, flags: c_int) -> c_int;
    __fxstat64 = __fxstat(version: c_int, fd: c_int, buffer: *mut Stat) -> c_int;
    __xstat64 = __xstat(version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int;
    __lxstat64 = __lxstat(version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int;
}
