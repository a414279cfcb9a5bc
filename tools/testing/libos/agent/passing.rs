// SPDX-License-Identifier: GPL-2.0

//! Descriptors in messages: unix(7), SCM_RIGHTS. All sockets are the library's, which passes its own files and
//! the stand-ins of the host's; the host's files stay with the node ([`libos_control::kept`]).

use crate::descriptors;
use crate::dispatch::Call;
use crate::{host, library};

/// sendmsg(2).
pub fn send(call: &mut Call<'_>) -> isize {
    match keep(call.args[1]) {
        0 => library::execute(call),
        errno => errno,
    }
}

/// sendmmsg(2).
pub fn send_many(call: &mut Call<'_>) -> isize {
    for (count, message) in messages(call.args[1], call.args[2]).enumerate() {
        match (keep(message), count) {
            (0, _) => {}
            (errno, 0) => return errno,
            // As for any error: those before it are sent.
            _ => {
                call.args[2] = count;
                break;
            }
        }
    }
    library::execute(call)
}

/// recvmsg(2).
pub fn receive(call: &mut Call<'_>) -> isize {
    let message = call.args[1];
    library::execute_then(call, |_| take(message))
}

/// recvmmsg(2).
pub fn receive_many(call: &mut Call<'_>) -> isize {
    let first = call.args[1];
    library::execute_then(call, |count| messages(first, count).for_each(take))
}

fn messages(first: usize, count: usize) -> impl Iterator<Item = usize> {
    /// UIO_MAXIOV, to which the kernel shortens the number.
    const MOST: usize = 1024;
    (0..count.min(MOST)).map(move |i| first.wrapping_add(i * size_of::<libc::mmsghdr>()))
}

/// The host's files among what the message passes are kept. 0 or a negative errno.
fn keep(message: usize) -> isize {
    let mut result = 0;
    each_descriptor(message, |fd| {
        if result == 0
            && descriptors::is_host(fd)
            && let Some(number) = descriptors::number_of(fd)
        {
            result = descriptors::keep(number, fd);
        }
    });
    result
}

/// The program has got a message: the host's files among what it has brought.
fn take(message: usize) {
    each_descriptor(message, |fd| {
        if let Some(number) = descriptors::number_of(fd) {
            descriptors::receive(number, fd);
        }
    });
}

/// Calls `visit` with each descriptor in the message whose header is at this address, as far as it can be read and
/// is as messages are: of what is not, the kernel tells.
fn each_descriptor(message: usize, mut visit: impl FnMut(i32)) {
    /// SCM_MAX_FD.
    const MOST: usize = 253;
    const HEADER: usize = size_of::<libc::cmsghdr>();
    let Some(message) = read::<libc::msghdr>(message) else { return };
    let (mut at, mut left) = (message.msg_control as usize, message.msg_controllen);
    if left > i32::MAX as usize {
        return;
    }
    while left >= HEADER
        && let Some(header) = read::<libc::cmsghdr>(at)
        && (HEADER..=left).contains(&header.cmsg_len)
    {
        if (header.cmsg_level, header.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            let count = ((header.cmsg_len - HEADER) / size_of::<i32>()).min(MOST);
            let address = |i| at.wrapping_add(HEADER + i * size_of::<i32>());
            (0..count).map_while(|i| read::<i32>(address(i))).for_each(&mut visit);
        }
        let len = header.cmsg_len.next_multiple_of(align_of::<libc::cmsghdr>());
        at = at.wrapping_add(len);
        left = left.saturating_sub(len);
    }
}

/// Plain data of the program.
fn read<T: Plain>(at: usize) -> Option<T> {
    let mut value = core::mem::MaybeUninit::<T>::zeroed();
    let room = value.as_mut_ptr().cast::<u8>();
    // SAFETY: its own bytes, which are zero.
    let bytes = unsafe { core::slice::from_raw_parts_mut(room, size_of::<T>()) };
    // SAFETY: any bytes are one.
    host::read_memory(at, bytes).then(|| unsafe { value.assume_init() })
}

/// Types of which any bytes are a value.
trait Plain {}
impl Plain for libc::msghdr {}
impl Plain for libc::cmsghdr {}
impl Plain for i32 {}
