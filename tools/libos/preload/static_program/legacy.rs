// SPDX-License-Identifier: GPL-2.0

//! What the child of vfork(2) leaves to its parent, which waits until it has executed a program or has
//! ended. The two should share all memory; what is brought back is what the child has changed on the
//! parent's stack, for there it says why it could not execute the program, as posix_spawn(3) does.

use core::ffi::c_int;

use libos_host::{fault, sys};

use super::record::Record;
use crate::errno::{Errno, Outcome};
use crate::{host, memory, registers};

/// As much of the stack is looked at.
const PART: usize = 8192;

/// Memory of both processes.
#[repr(C)]
struct Shared {
    /// How many bytes of the stack there were.
    len: usize,
    /// 1: the child has ended by itself.
    left: usize,
    before: [u8; PART],
    after: [u8; PART],
}

/// One vfork(2).
#[derive(Clone, Copy)]
pub struct Legacy {
    shared: *mut Shared,
    stack: usize,
    /// A pipe, whose end says that the child is done.
    from: c_int,
    to: c_int,
}

impl Legacy {
    pub fn new(record: &Record) -> Result<Self, Errno> {
        let (access, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        let args = [0, size_of::<Shared>(), access as usize, flags as usize, usize::MAX, 0];
        let shared = host::syscall(libc::SYS_mmap, args)? as *mut Shared;
        let [from, to] = pipe().inspect_err(|_| unmap(shared))?;
        let stack = registers::stack(record.registers());
        // SAFETY: new memory, and the program's stack, as much as there is of it.
        unsafe {
            let before = (&raw mut (*shared).before).cast();
            (*shared).len = fault::copy(before, stack as *const u8, PART);
        }
        Ok(Legacy { shared, stack, from, to })
    }

    /// In the child.
    pub fn of_child(self) -> Self {
        let _ = host::close(self.from);
        self
    }

    /// In the parent.
    pub fn of_parent(self) -> Self {
        let _ = host::close(self.to);
        self
    }

    /// In the parent: waits for the child, and takes what it has left.
    pub fn receive(self) {
        let mut byte = 0u8;
        let args = [self.from as usize, &raw mut byte as usize, 1];
        while host::syscall(libc::SYS_read, args) == Err(Errno(libc::EINTR)) {}
        let _ = host::close(self.from);
        // SAFETY: the child no longer uses it.
        let shared = unsafe { &*self.shared };
        if shared.left != 0 {
            let pairs = shared.before.iter().zip(&shared.after).take(shared.len);
            for (at, (_, after)) in (self.stack..).zip(pairs).filter(|(_, (b, a))| b != a) {
                memory::write(at, *after);
            }
        }
        unmap(self.shared);
    }
}

/// The process ends.
pub fn leave(record: &Record) {
    let Some(legacy) = record.legacy.take() else { return };
    // SAFETY: memory that the parent does not use yet.
    let shared = unsafe { &mut *legacy.shared };
    // SAFETY: the program's stack, or nothing.
    let copied =
        unsafe { fault::copy(shared.after.as_mut_ptr(), legacy.stack as *const u8, shared.len) };
    shared.left = usize::from(copied == shared.len);
}

/// At numbers that the child does not come to by itself.
fn pipe() -> Result<[c_int; 2], Errno> {
    const HIGH: c_int = 3000;
    let mut pair = [0 as c_int; 2];
    let at = pair.as_mut_ptr() as usize;
    host::syscall(libc::SYS_pipe2, [at, libc::O_CLOEXEC as usize])?;
    Ok(pair.map(|fd| sys::move_above(fd, HIGH)))
}

fn unmap(shared: *mut Shared) {
    let _: Outcome = host::syscall(libc::SYS_munmap, [shared as usize, size_of::<Shared>()]);
}
