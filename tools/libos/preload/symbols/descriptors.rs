// SPDX-License-Identifier: GPL-2.0

//! Functions of descriptors: `<unistd.h>`, `<sys/uio.h>`, `<sys/mman.h>`, `<fcntl.h>` and others that make them.

use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

use libc::{iovec, sigset_t};

use super::{aliases, calls};
use crate::call::{Call, Origin};
use crate::route::route;
use crate::signals::mask;
use crate::{clone, control, errno};

/// The upper half of an offset, which the kernel ignores on 64-bit machines.
const HIGH: usize = 0;

calls! {
    Point read(fd: c_int, data: *mut c_void, len: usize) -> isize = SYS_read(fd, data, len);
    Point write(fd: c_int, data: *const c_void, len: usize) -> isize = SYS_write(fd, data, len);
    Point readv(fd: c_int, pieces: *const iovec, count: c_int) -> isize
        = SYS_readv(fd, pieces, count);
    Point writev(fd: c_int, pieces: *const iovec, count: c_int) -> isize
        = SYS_writev(fd, pieces, count);
    Point pread(fd: c_int, data: *mut c_void, len: usize, offset: i64) -> isize
        = SYS_pread64(fd, data, len, offset);
    Point pwrite(fd: c_int, data: *const c_void, len: usize, offset: i64) -> isize
        = SYS_pwrite64(fd, data, len, offset);
    Point preadv(fd: c_int, pieces: *const iovec, count: c_int, offset: i64) -> isize
        = SYS_preadv(fd, pieces, count, offset, HIGH);
    Point pwritev(fd: c_int, pieces: *const iovec, count: c_int, offset: i64) -> isize
        = SYS_pwritev(fd, pieces, count, offset, HIGH);
    Point preadv2(fd: c_int, pieces: *const iovec, count: c_int, offset: i64, flags: c_int) -> isize
        = SYS_preadv2(fd, pieces, count, offset, HIGH, flags);
    Point pwritev2(fd: c_int, pieces: *const iovec, count: c_int, offset: i64, flags: c_int) -> isize
        = SYS_pwritev2(fd, pieces, count, offset, HIGH, flags);
    Function lseek(fd: c_int, offset: i64, whence: c_int) -> i64 = SYS_lseek(fd, offset, whence);
    Function ftruncate(fd: c_int, len: i64) -> c_int = SYS_ftruncate(fd, len);
    Point fsync(fd: c_int) -> c_int = SYS_fsync(fd);
    Point fdatasync(fd: c_int) -> c_int = SYS_fdatasync(fd);
    Function fchown(fd: c_int, owner: c_uint, group: c_uint) -> c_int
        = SYS_fchown(fd, owner, group);
    Function fchmod(fd: c_int, mode: c_uint) -> c_int = SYS_fchmod(fd, mode);
    Function flock(fd: c_int, operation: c_int) -> c_int = SYS_flock(fd, operation);
    Function fgetxattr(fd: c_int, name: *const c_char, value: *mut c_void, len: usize) -> isize
        = SYS_fgetxattr(fd, name, value, len);
    Function flistxattr(fd: c_int, names: *mut c_char, len: usize) -> isize
        = SYS_flistxattr(fd, names, len);
    Function fsetxattr(fd: c_int, name: *const c_char, value: *const c_void, len: usize,
        flags: c_int) -> c_int = SYS_fsetxattr(fd, name, value, len, flags);
    Function fremovexattr(fd: c_int, name: *const c_char) -> c_int = SYS_fremovexattr(fd, name);
    Function fstatfs(fd: c_int, found: *mut c_void) -> c_int = SYS_fstatfs(fd, found);
    Point fallocate(fd: c_int, mode: c_int, offset: i64, len: i64) -> c_int
        = SYS_fallocate(fd, mode, offset, len);
    Function syncfs(fd: c_int) -> c_int = SYS_syncfs(fd);
    Function readahead(fd: c_int, offset: i64, len: usize) -> isize
        = SYS_readahead(fd, offset, len);
    Point sync_file_range(fd: c_int, offset: i64, len: i64, flags: c_uint) -> c_int
        = SYS_sync_file_range(fd, offset, len, flags);
    Function getdents64(fd: c_int, entries: *mut c_void, len: usize) -> isize
        = SYS_getdents64(fd, entries, len);

    Function sendfile(to: c_int, from: c_int, offset: *mut i64, count: usize) -> isize
        = SYS_sendfile(to, from, offset, count);
    Point splice(from: c_int, from_offset: *mut i64, to: c_int, to_offset: *mut i64, count: usize,
        flags: c_uint) -> isize
        = SYS_splice(from, from_offset, to, to_offset, count, flags);
    Function tee(from: c_int, to: c_int, count: usize, flags: c_uint) -> isize
        = SYS_tee(from, to, count, flags);
    Function copy_file_range(from: c_int, from_offset: *mut i64, to: c_int, to_offset: *mut i64,
        count: usize, flags: c_uint) -> isize
        = SYS_copy_file_range(from, from_offset, to, to_offset, count, flags);

    Point close(fd: c_int) -> c_int = SYS_close(fd);
    Function close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int
        = SYS_close_range(first, last, flags);
    Function dup(old: c_int) -> c_int = SYS_dup(old);
    Function dup2(old: c_int, new: c_int) -> c_int = SYS_dup2(old, new);
    Function dup3(old: c_int, new: c_int, flags: c_int) -> c_int = SYS_dup3(old, new, flags);
    Function ioctl(fd: c_int, request: c_ulong, argument: usize) -> c_int
        = SYS_ioctl(fd, request, argument);

    Function pipe(pair: *mut c_int) -> c_int = SYS_pipe(pair);
    Function pipe2(pair: *mut c_int, flags: c_int) -> c_int = SYS_pipe2(pair, flags);
    Function eventfd(count: c_uint, flags: c_int) -> c_int = SYS_eventfd2(count, flags);
    Function timerfd_create(clock: c_int, flags: c_int) -> c_int = SYS_timerfd_create(clock, flags);
    Function signalfd(fd: c_int, mask: *const sigset_t, flags: c_int) -> c_int
        = SYS_signalfd4(fd, mask, mask::SIZE, flags);
    Function mmap(address: *mut c_void, len: usize, access: c_int, flags: c_int, fd: c_int,
        offset: i64) -> *mut c_void
        = SYS_mmap(address, len, access, flags, fd, offset);
    Function munmap(address: *mut c_void, len: usize) -> c_int = SYS_munmap(address, len);
    Function memfd_create(name: *const c_char, flags: c_uint) -> c_int
        = SYS_memfd_create(name, flags);
    Function inotify_init() -> c_int = SYS_inotify_init1(0);
    Function inotify_init1(flags: c_int) -> c_int = SYS_inotify_init1(flags);
}

/// closefrom(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn closefrom(first: c_int) {
    // SAFETY: takes numbers.
    unsafe { close_range(first.max(0) as c_uint, c_uint::MAX, 0) };
}

/// fcntl(2). Its last argument, of whatever type, is in a register also if it has none.
///
/// # Safety
///
/// As for fcntl(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fcntl(fd: c_int, command: c_int, argument: usize) -> c_int {
    let call =
        Call::new(origin(command), libc::SYS_fcntl, [fd as usize, command as usize, argument]);
    let outcome = match command {
        libc::F_GETOWN => control::owner(call),
        _ => route(call),
    };
    errno::returned(outcome) as c_int
}

/// fcntl(2) is a cancellation point if it waits for a lock.
fn origin(command: c_int) -> Origin {
    match command {
        libc::F_SETLKW | libc::F_OFD_SETLKW => Origin::Point,
        _ => Origin::Function,
    }
}

/// syscall(2).
///
/// # Safety
///
/// As for syscall(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn syscall(
    nr: i64,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> i64 {
    let call = Call::new(Origin::Function, nr, [a, b, c, d, e, f]);
    let makes_process = clone::is_meant(&call);
    errno::returned(if makes_process { clone::by_call(call) } else { route(call) }) as i64
}

aliases! {
    __read = read(fd: c_int, data: *mut c_void, len: usize) -> isize;
    __write = write(fd: c_int, data: *const c_void, len: usize) -> isize;
    __close = close(fd: c_int) -> c_int;
    __dup2 = dup2(old: c_int, new: c_int) -> c_int;
    __fcntl = fcntl(fd: c_int, command: c_int, argument: usize) -> c_int;
    fcntl64 = fcntl(fd: c_int, command: c_int, argument: usize) -> c_int;
    pread64 = pread(fd: c_int, data: *mut c_void, len: usize, offset: i64) -> isize;
    pwrite64 = pwrite(fd: c_int, data: *const c_void, len: usize, offset: i64) -> isize;
    preadv64 = preadv(fd: c_int, pieces: *const iovec, count: c_int, offset: i64) -> isize;
    pwritev64 = pwritev(fd: c_int, pieces: *const iovec, count: c_int, offset: i64) -> isize;
    preadv64v2 = preadv2(fd: c_int, pieces: *const iovec, count: c_int, offset: i64, flags: c_int)
        -> isize;
    pwritev64v2 = pwritev2(fd: c_int, pieces: *const iovec, count: c_int, offset: i64, flags: c_int)
        -> isize;
    lseek64 = lseek(fd: c_int, offset: i64, whence: c_int) -> i64;
    ftruncate64 = ftruncate(fd: c_int, len: i64) -> c_int;
    fstatfs64 = fstatfs(fd: c_int, found: *mut c_void) -> c_int;
    fallocate64 = fallocate(fd: c_int, mode: c_int, offset: i64, len: i64) -> c_int;
    mmap64 = mmap(address: *mut c_void, len: usize, access: c_int, flags: c_int, fd: c_int,
        offset: i64) -> *mut c_void;
    sendfile64 = sendfile(to: c_int, from: c_int, offset: *mut i64, count: usize) -> isize;
}
