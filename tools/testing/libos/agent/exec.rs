// SPDX-License-Identifier: GPL-2.0

//! execve(2): in the library what it does to descriptors, handlers and other threads; on the host the
//! program itself, which finds its place by what is in its environment.

use core::sync::atomic::Ordering;

use libos_control::layout::AGENT_FD;
use libos_control::thread;

use crate::dispatch::Call;
use crate::text::Text;
use crate::thread::{Current, current};
use crate::warn::Warning;
use crate::{clone, end, fault, host, library, paths, users};

/// What tells a program its place: the node, the thread, whether it replaces another program.
pub const TOLD: &[u8] = b"LIBOS_SIM=";
pub const PRELOAD: &[u8] = b"LD_PRELOAD=";

/// As large as any list that the host would take.
const MOST: usize = 1 << 16;

/// execve(2).
pub fn execute(call: &mut Call<'_>) -> isize {
    let [path, arguments, environment, ..] = call.args;
    // The host would say so when there is no way back.
    if !is_list(arguments) || !is_list(environment) {
        return host::error(libc::EFAULT);
    }
    let failed = check(path);
    if failed < 0 {
        return failed;
    }
    let me = current();
    let told = Text::new(format_args!("LIBOS_SIM={},{},1", me.node(), me.number));
    let preload = Text::new(format_args!("LD_PRELOAD=/proc/self/fd/{AGENT_FD}"));
    let own = [preload.address(), told.address()];
    let list = complete(environment, own);
    let failed = if list.is_some() { replace(me) } else { host::error(libc::E2BIG) };
    let Some(list) = list.filter(|_| failed >= 0) else {
        users::follow();
        return failed;
    };
    fault::release_clock();
    host::call(libc::SYS_execve, [path, arguments, list]);
    // There is no way back: the process has lost its threads, and its handlers.
    library::quietly(libc::SYS_kill, [0, libc::SIGKILL as usize]);
    end::if_ended(me);
    host::error(libc::ENOEXEC)
}

/// Whether there is a list of strings, or none.
fn is_list(address: usize) -> bool {
    for index in 0..if address == 0 { 0 } else { MOST } {
        let mut word = [0; size_of::<usize>()];
        if !host::read_memory(address + index * size_of::<usize>(), &mut word) {
            return false;
        }
        match usize::from_ne_bytes(word) {
            0 => break,
            string if is_string(string) => {}
            _ => return false,
        }
    }
    true
}

/// Whether there is a string, up to its end.
fn is_string(address: usize) -> bool {
    /// Divides a page.
    const PIECE: usize = 256;
    let mut at = address;
    loop {
        let mut bytes = [0; PIECE];
        let piece = &mut bytes[..PIECE - at % PIECE];
        if !host::read_memory(at, piece) {
            return false;
        }
        if piece.contains(&0) {
            return true;
        }
        at += piece.len();
    }
}

/// The new environment: the old one, and what the agent needs. Its address.
fn complete(environment: usize, own: [usize; 2]) -> Option<usize> {
    let size = (MOST + 8) * size_of::<usize>();
    let (rw, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let at = host::call(libc::SYS_mmap, [0, size, rw as usize, flags as usize, usize::MAX, 0]);
    if at < 0 {
        return None;
    }
    // SAFETY: just mapped.
    let list = unsafe { core::slice::from_raw_parts_mut(at as *mut usize, MOST + 8) };
    list[..2].copy_from_slice(&own);
    let mut len = 2;
    for index in 0..if environment == 0 { 0 } else { MOST } {
        let mut word = [0; size_of::<usize>()];
        let known = host::read_memory(environment + index * size_of::<usize>(), &mut word);
        let string = usize::from_ne_bytes(word);
        if !known || string == 0 {
            break;
        }
        let mut begin = [0; PRELOAD.len()];
        if !host::read_memory(string, &mut begin) || begin != *PRELOAD {
            list[len] = string;
            len += 1;
        }
    }
    Some(at as usize)
}

/// The library's part.
fn replace(me: Current) -> isize {
    let Some(exec) = me.exported().program_exec else { return host::error(libc::ENOSYS) };
    // SAFETY: this thread's own task.
    let failed = unsafe { exec(me.task()) } as isize;
    if failed < 0 {
        return failed;
    }
    for number in thread::of_process(me.process_index()) {
        if number != me.number {
            end::release(crate::thread::at(number));
        }
    }
    let pid = library::quietly(libc::SYS_getpid, []) as u32;
    me.thread.library_tid.store(pid, Ordering::Relaxed);
    me.thread.clear_tid.store(0, Ordering::Relaxed);
    for word in &me.thread.signal_stack {
        word.store(0, Ordering::Relaxed);
    }
    clone::release_parent(me.process);
    0
}

/// Whether the file at `path` can be executed here: 0, and it is root who executes it on the host, or a
/// negative errno.
fn check(path: usize) -> isize {
    if paths::is_library_at(path) {
        // Nothing there is a program.
        let found = library::quietly(libc::SYS_access, [path, libc::F_OK as usize]);
        return if found < 0 { found } else { host::error(libc::EACCES) };
    }
    let allowed = users::access(libc::SYS_access, [path, libc::X_OK as usize, 0, 0, 0, 0]);
    if allowed < 0 {
        return allowed;
    }
    users::be_root();
    let checked = check_readable(path);
    if checked < 0 {
        users::follow();
    }
    checked
}

fn check_readable(path: usize) -> isize {
    let fd = host::call(libc::SYS_open, [path, (libc::O_RDONLY | libc::O_CLOEXEC) as usize, 0]);
    if fd < 0 {
        return fd;
    }
    let checked = check_file(fd as usize);
    host::close(fd as i32);
    checked
}

fn check_file(fd: usize) -> isize {
    static STATIC: Warning = Warning::new(
        "a statically linked program cannot be on a node: nothing can be preloaded into it (EACCES)",
    );
    const SIZE: usize = 56;
    const INTERPRETER: u32 = 3;
    let mut head = [0u8; 64];
    let read = host::call(libc::SYS_pread64, [fd, head.as_mut_ptr() as usize, head.len(), 0]);
    if read < 0 {
        return if read == host::error(libc::EISDIR) { host::error(libc::EACCES) } else { read };
    }
    if head.starts_with(b"#!") {
        return 0;
    }
    if !head.starts_with(b"\x7fELF\x02") {
        return host::error(libc::ENOEXEC);
    }
    let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]) as usize;
    let mut offset = [0; 8];
    offset.copy_from_slice(&head[32..40]);
    let offset = u64::from_le_bytes(offset) as usize;
    for index in 0..half(56) {
        let mut kind = [0u8; 4];
        let at = kind.as_mut_ptr() as usize;
        host::call(libc::SYS_pread64, [fd, at, kind.len(), offset + index * SIZE]);
        if u32::from_le_bytes(kind) == INTERPRETER {
            return 0;
        }
    }
    STATIC.say();
    host::error(libc::EACCES)
}
