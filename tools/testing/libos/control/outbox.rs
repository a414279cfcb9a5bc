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

    /// Calls `visit` with each frame, also with those that are sent meanwhile, and is empty then.
    ///
    /// # Safety
    ///
    /// The caller has the baton.
    pub unsafe fn drain(&self, mut visit: impl FnMut(u32, u32, &[u8])) {
        let mut at = 0;
        while at < self.used.load(Ordering::Relaxed) {
            // SAFETY: `push` has written a head and so many bytes there, and never writes there again.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outbox: &Outbox, frame: &[u8]) {
        let piece = SimIovec { base: frame.as_ptr().cast_mut().cast(), len: frame.len() };
        // SAFETY: the frame is readable, and nobody else knows of the outbox.
        assert!(unsafe { outbox.push(1, 2, &[piece]) });
    }

    #[test]
    fn what_is_sent_while_it_is_emptied_is_seen() {
        // SAFETY: valid when zeroed.
        let outbox = unsafe { Box::<Outbox>::new_zeroed().assume_init() };
        push(&outbox, b"first");
        push(&outbox, b"second");
        let mut seen = Vec::new();
        let visit = |node, port, frame: &[u8]| {
            assert_eq!((node, port), (1, 2));
            if seen.is_empty() {
                push(&outbox, b"an answer");
            }
            seen.push(frame.to_vec());
        };
        // SAFETY: as above.
        unsafe { outbox.drain(visit) };
        assert_eq!(seen, [&b"first"[..], b"second", b"an answer"]);
        // SAFETY: as above.
        unsafe { outbox.drain(|_, _, _| panic!("it is empty")) };
    }
}
