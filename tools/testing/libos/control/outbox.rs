// SPDX-License-Identifier: GPL-2.0

//! Frames that were sent while another than the simulator had the baton, or while it executed a
//! node's kernel. It takes them out, in order, when it is outside.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use liblinux_abi::SimIovec;

const ROOM: usize = 16 << 20;
const HEAD: usize = size_of::<Head>();

#[repr(C)]
#[derive(Clone, Copy)]
struct Head {
    node: u32,
    port: u32,
    len: usize,
}

#[repr(C, align(16))]
pub struct Outbox {
    used: AtomicUsize,
    bytes: UnsafeCell<[u8; ROOM]>,
}

// SAFETY: only who has the baton touches it.
unsafe impl Sync for Outbox {}

impl Outbox {
    /// Appends a frame, `pieces` laid end to end. False if there is no room.
    ///
    /// # Safety
    ///
    /// The pieces are readable, and the caller has the baton.
    pub unsafe fn push(&self, node: u32, port: u32, pieces: &[SimIovec]) -> bool {
        let used = self.used.load(Ordering::Relaxed);
        let len = pieces.iter().map(|piece| piece.len).sum::<usize>();
        let end = (used + HEAD + len).next_multiple_of(align_of::<Head>());
        if end > ROOM {
            return false;
        }
        // SAFETY: there is room, as just checked; as the caller promises.
        unsafe {
            let mut at = self.bytes.get().cast::<u8>().add(used);
            at.cast::<Head>().write(Head { node, port, len });
            at = at.add(HEAD);
            for piece in pieces {
                core::ptr::copy_nonoverlapping(piece.base.cast(), at, piece.len);
                at = at.add(piece.len);
            }
        }
        self.used.store(end, Ordering::Relaxed);
        true
    }

    /// Calls `visit` with each frame, and is empty then.
    ///
    /// # Safety
    ///
    /// The caller has the baton, and `visit` has nobody send.
    pub unsafe fn drain(&self, mut visit: impl FnMut(u32, u32, &[u8])) {
        let used = self.used.load(Ordering::Relaxed);
        let mut at = 0;
        while at < used {
            // SAFETY: `push` has written a head and so many bytes there.
            let (head, frame) = unsafe {
                let begin = self.bytes.get().cast::<u8>().add(at);
                let head = *begin.cast::<Head>();
                (head, core::slice::from_raw_parts(begin.add(HEAD), head.len))
            };
            visit(head.node, head.port, frame);
            at = (at + HEAD + head.len).next_multiple_of(align_of::<Head>());
        }
        self.used.store(0, Ordering::Relaxed);
    }
}
