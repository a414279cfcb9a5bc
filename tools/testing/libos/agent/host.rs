// SPDX-License-Identifier: GPL-2.0

//! System calls of the host, through the gate.

use libos_loader::gate;

/// System call `nr` with up to six arguments. The result, or a negative errno.
pub fn call<const N: usize>(nr: i64, args: [usize; N]) -> isize {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&args);
    // SAFETY: the program's own call with its own arguments, or one of ours on memory that is ours.
    unsafe { gate::syscall(nr, all) }
}

/// A negative errno as system calls return it.
pub const fn error(errno: i32) -> isize {
    -(errno as isize)
}

pub fn close(fd: i32) {
    call(libc::SYS_close, [fd as usize]);
}

/// Copies to memory of the program that may be gone. Whether it was not.
pub fn write_memory(address: usize, bytes: &[u8]) -> bool {
    let from = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let to = libc::iovec { iov_base: address as *mut _, iov_len: bytes.len() };
    transfer_memory(libc::SYS_process_vm_writev, &from, &to)
}

/// Copies from memory of the program that may not be there. Whether it was.
pub fn read_memory(address: usize, bytes: &mut [u8]) -> bool {
    let to = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let from = libc::iovec { iov_base: address as *mut _, iov_len: bytes.len() };
    transfer_memory(libc::SYS_process_vm_readv, &to, &from)
}

fn transfer_memory(nr: i64, local: &libc::iovec, remote: &libc::iovec) -> bool {
    // The thread: a process whose first thread has ended has no memory by its own number.
    let thread = call(libc::SYS_gettid, []) as usize;
    let (local, remote) = (core::ptr::from_ref(local), core::ptr::from_ref(remote));
    // SAFETY: one piece each.
    let len = unsafe { (*local).iov_len };
    call(nr, [thread, local as usize, 1, remote as usize, 1, 0]) == len as isize
}
