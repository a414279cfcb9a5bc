// SPDX-License-Identifier: GPL-2.0

//! Memory that a file shares with programs by mmap(2): the rings of packet sockets, as
//! `packet_mmap` (net/packet/af_packet.c) maps them where there is an MMU. Here it is the host that
//! maps memory, and it asks where that is.

use core::ffi::c_void;
use core::ptr::null_mut;

use liblinux_abi::SimIovec;

use crate::bindings::{self, packet_ring_buffer, packet_sock, sock};
use crate::kernel::call::error;
use crate::kernel::task::{Args, SimTask};
use crate::mm::uaccess;

/// The pieces of memory to be mapped one behind the other.
struct Pieces {
    /// Where the host has room for some of them.
    to: *mut SimIovec,
    room: usize,
    count: usize,
    /// The room is not there.
    faulted: bool,
}

impl Pieces {
    /// # Safety
    ///
    /// Process context; what is at `to` may be overwritten, if it is there.
    unsafe fn add(&mut self, base: *mut c_void, len: usize) {
        if self.count < self.room {
            let piece = SimIovec { base, len };
            let to = self.to.wrapping_add(self.count).cast();
            // SAFETY: as the caller promises.
            let left = unsafe {
                uaccess::copy_to_program(to, (&raw const piece).cast(), size_of_val(&piece))
            };
            self.faulted |= left != 0;
        }
        self.count += 1;
    }

    /// # Safety
    ///
    /// As [`Pieces::add`], and the ring does not change meanwhile.
    unsafe fn add_ring(&mut self, ring: &packet_ring_buffer) {
        if ring.pg_vec.is_null() {
            return;
        }
        let len = ring.pg_vec_pages as usize * bindings::LIB_PAGE_SIZE as usize;
        for block in 0..ring.pg_vec_len as usize {
            // SAFETY: a ring has so many blocks.
            unsafe { self.add((*ring.pg_vec.add(block)).buffer.cast(), len) };
        }
    }
}

/// Where the memory is that the file at descriptor `args[0]` shares: `args[1]` has room for `args[2]`
/// pieces. How many there are, or the error of mmap(2).
pub fn pieces(_task: &SimTask, args: &Args) -> isize {
    let to = args[1] as *mut SimIovec;
    let mut pieces = Pieces { to, room: args[2], count: 0, faulted: false };
    // SAFETY: process context; the reference is given back.
    unsafe {
        let file = bindings::fget(args[0] as u32);
        if file.is_null() {
            return error(bindings::EBADF);
        }
        let sock = packet_socket(bindings::sock_from_file(file));
        if !sock.is_null() {
            bindings::mutex_lock(&raw mut (*sock).pg_vec_lock);
            pieces.add_ring(&(*sock).rx_ring);
            pieces.add_ring(&(*sock).tx_ring);
            bindings::mutex_unlock(&raw mut (*sock).pg_vec_lock);
        }
        bindings::fput(file);
        match pieces.count {
            _ if sock.is_null() => error(bindings::ENODEV),
            _ if pieces.faulted => error(bindings::EFAULT),
            0 => error(bindings::EINVAL),
            count => count as isize,
        }
    }
}

/// The packet socket that this one is, or null.
///
/// # Safety
///
/// Null, or a socket that is open.
unsafe fn packet_socket(socket: *mut bindings::socket) -> *mut packet_sock {
    // SAFETY: as the caller promises; `struct packet_sock` begins with the `struct sock`.
    unsafe {
        if socket.is_null() {
            return null_mut();
        }
        let sock: *mut sock = (*socket).sk;
        if u32::from((*sock).__sk_common.skc_family) == bindings::PF_PACKET {
            sock.cast()
        } else {
            null_mut()
        }
    }
}
