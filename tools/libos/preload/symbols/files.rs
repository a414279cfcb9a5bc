// SPDX-License-Identifier: GPL-2.0

//! Functions of files: `<fcntl.h>`, `<sys/stat.h>`, `<unistd.h>`.

use core::ffi::{c_char, c_int, c_uint};

use libc::{stat as Stat, statx as Statx};

use super::{aliases, calls};

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

    Function fstat(fd: c_int, buffer: *mut Stat) -> c_int = SYS_fstat(fd, buffer);
    Function stat(path: *const c_char, buffer: *mut Stat) -> c_int = SYS_stat(path, buffer);
    Function lstat(path: *const c_char, buffer: *mut Stat) -> c_int = SYS_lstat(path, buffer);
    Function fstatat(at: c_int, path: *const c_char, buffer: *mut Stat, flags: c_int) -> c_int
        = SYS_newfstatat(at, path, buffer, flags);
    Function statx(at: c_int, path: *const c_char, flags: c_int, mask: c_uint, buffer: *mut Statx)
        -> c_int = SYS_statx(at, path, flags, mask, buffer);
    Function __fxstat(_version: c_int, fd: c_int, buffer: *mut Stat) -> c_int
        = SYS_fstat(fd, buffer);
    Function __xstat(_version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int
        = SYS_stat(path, buffer);
    Function __lxstat(_version: c_int, path: *const c_char, buffer: *mut Stat) -> c_int
        = SYS_lstat(path, buffer);
}

aliases! {
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
