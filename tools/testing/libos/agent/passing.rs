// SPDX-License-Identifier: GPL-2.0

//! Descriptors in messages: unix(7), SCM_RIGHTS. All sockets are the library's, which passes its own files and
//! the stand-ins of the host's; the host's files go by the [`keeper`].

use crate::descriptors;
use crate::dispatch::Call;
use crate::{host, keeper, library};

/// sendmsg(2).
pub fn send(call: &mut Call<'_>) -> isize {
    match keep(call.args[1]) {
        0 => library::execute(call),
        errno => errno,
    }
}

/// sendmmsg(2).
pub fn send_many(call: &mut Call<'_>) -> isize {
    for message in messages(call.args[1], call.args[2]) {
        match keep(message) {
            0 => {}
            errno => return errno,
        }
    }
    library::execute(call)
}

/// recvmsg(2).
pub fn receive(call: &mut Call<'_>) -> isize {
    let message = call.args[1];
    let result = library::execute(call);
    if result >= 0 {
        take(message);
    }
    result
}

/// recvmmsg(2).
pub fn receive_many(call: &mut Call<'_>) -> isize {
    let first = call.args[1];
    let result = library::execute(call);
    messages(first, result.max(0) as usize).for_each(take);
    result
}

fn messages(first: usize, count: usize) -> impl Iterator<Item = usize> {
    /// UIO_MAXIOV, to which the kernel shortens the number.
    const MOST: usize = 1024;
    (0..count.min(MOST)).map(move |i| first + i * size_of::<libc::mmsghdr>())
}

/// The host's files among what the message passes are kept. 0 or a negative errno.
fn keep(message: usize) -> isize {
    let mut result = 0;
    each_descriptor(message, |fd| {
        if result == 0
            && descriptors::is_host(fd)
            && let Some(number) = descriptors::number_of(fd)
        {
            result = keeper::keep(number, fd);
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

/// Calls `visit` with each descriptor in the message whose header is at this address, as far as it can be read: with
/// what cannot, the kernel fails.
fn each_descriptor(message: usize, mut visit: impl FnMut(i32)) {
    let Some(message) = read::<libc::msghdr>(message) else { return };
    let (mut at, end) = (message.msg_control as usize, message.msg_controllen);
    let end = at.saturating_add(end);
    while end.saturating_sub(at) >= size_of::<libc::cmsghdr>()
        && let Some(header) = read::<libc::cmsghdr>(at)
        && header.cmsg_len >= size_of::<libc::cmsghdr>()
        && header.cmsg_len <= end - at
    {
        if (header.cmsg_level, header.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            let descriptors = at + size_of::<libc::cmsghdr>()..at + header.cmsg_len;
            for fd in descriptors.step_by(size_of::<i32>()).filter_map(read::<i32>) {
                visit(fd);
            }
        }
        at += header.cmsg_len.next_multiple_of(align_of::<libc::cmsghdr>());
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
