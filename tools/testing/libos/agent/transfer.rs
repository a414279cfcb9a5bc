// SPDX-License-Identifier: GPL-2.0

//! Calls with two descriptors, of which one may be the host's and one the library's.

use crate::descriptors::{is_host, is_open};
use crate::dispatch::Call;
use crate::{host, library};

/// sendfile(2).
pub fn send_file(call: &mut Call<'_>) -> isize {
    let (to, from) = (is_host(call.int(0)), is_host(call.int(1)));
    match (to, from) {
        (true, true) => host::call(call.nr, call.args),
        (false, false) => library::execute(call),
        (false, true) => send_host_file(call),
        (true, false) => host::error(libc::EINVAL),
    }
}

/// A file of the host to a socket of the library, piece by piece.
fn send_host_file(call: &mut Call<'_>) -> isize {
    const PIECE: usize = 16 << 10;
    let [to, from, offset, count, ..] = call.args;
    if !is_open(to as i32) {
        return host::error(libc::EBADF);
    }
    let mut position = 0u64;
    if offset != 0 {
        let mut bytes = [0; 8];
        if !host::read_memory(offset, &mut bytes) {
            return host::error(libc::EFAULT);
        }
        position = u64::from_ne_bytes(bytes);
    } else {
        position = match host::call(libc::SYS_lseek, [from, 0, libc::SEEK_CUR as usize]) {
            at if at < 0 => return at,
            at => position + at as u64,
        };
    }
    let mut buffer = [0u8; PIECE];
    let mut sent = 0;
    while sent < count {
        let wanted = (count - sent).min(PIECE);
        let at = buffer.as_mut_ptr() as usize;
        let read = host::call(libc::SYS_pread64, [from, at, wanted, position as usize]);
        if read <= 0 {
            if read < 0 && sent == 0 {
                return read;
            }
            break;
        }
        let args = [to, at, read as usize, 0, 0, 0];
        let written = library::execute_as(call, libc::SYS_write, args);
        if written < 0 {
            if sent == 0 {
                return written;
            }
            break;
        }
        sent += written as usize;
        position += written as u64;
        if written < read {
            break;
        }
    }
    if offset != 0 {
        host::write_memory(offset, &position.to_ne_bytes());
    } else {
        host::call(libc::SYS_lseek, [from, position as usize, libc::SEEK_SET as usize]);
    }
    sent as isize
}

/// splice(2), tee(2) and copy_file_range(2); `second` is where the second descriptor is.
pub fn splice(call: &mut Call<'_>, second: usize) -> isize {
    match (is_host(call.int(0)), is_host(call.int(second))) {
        (true, true) => host::call(call.nr, call.args),
        (false, false) => library::execute(call),
        // With which programs fall back to read and write.
        _ => host::error(libc::EINVAL),
    }
}
