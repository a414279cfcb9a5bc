// SPDX-License-Identifier: GPL-2.0

//! The memory of an AF_XDP socket: frames, the four rings by which they change hands with the kernel,
//! and which of them are free. All processes of an instance have it mapped at the same place.
//!
//! Of frames, the first are for receiving: they are in the fill ring, then in the receive ring, and
//! back. The others are for sending: in the list of free ones, the send ring, the completion ring.

use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU32, Ordering},
};

/// Bytes of a frame.
pub const FRAME: usize = 2048;
/// Frames for receiving, and for sending: powers of two.
pub const RX_FRAMES: usize = 2048;
/// See [`RX_FRAMES`].
pub const TX_FRAMES: usize = 1024;
/// Bytes of all frames.
pub const FRAMES_SIZE: usize = (RX_FRAMES + TX_FRAMES) * FRAME;

/// Where the rings are, behind the frames.
pub const RX: usize = FRAMES_SIZE;
/// See [`RX`].
pub const TX: usize = RX + RING_ROOM;
/// See [`RX`].
pub const FILL: usize = TX + RING_ROOM;
/// See [`RX`].
pub const DONE: usize = FILL + RING_ROOM;
/// Bytes that are kept for each.
pub const RING_ROOM: usize = 128 << 10;
const STATE: usize = DONE + RING_ROOM;
/// Bytes of all of it.
pub const SIZE: usize = STATE + size_of::<State>().next_multiple_of(4096);

/// What only the instance knows of it.
#[repr(C)]
struct State {
    rx: Offsets,
    tx: Offsets,
    fill: Offsets,
    done: Offsets,
    /// Frames that are received have been checked.
    checked: u32,
    free_count: AtomicU32,
    free: UnsafeCell<[u32; TX_FRAMES]>,
}

/// Where in a ring the kernel has what.
#[repr(C)]
#[derive(Clone, Copy)]
struct Offsets {
    producer: u32,
    consumer: u32,
    descriptors: u32,
    flags: u32,
}

impl Offsets {
    fn of(offset: &libc::xdp_ring_offset) -> Self {
        Offsets {
            producer: offset.producer as u32,
            consumer: offset.consumer as u32,
            descriptors: offset.desc as u32,
            flags: offset.flags as u32,
        }
    }
}

/// A frame in the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its first byte.
    pub at: *mut u8,
    /// Bytes of it.
    pub len: usize,
    /// Where it is in the memory.
    address: u64,
}

/// The rings of a socket.
#[derive(Clone, Copy)]
pub struct Queues {
    memory: *mut u8,
}

impl Queues {
    /// # Safety
    ///
    /// [`SIZE`] bytes there are this socket's as long as this is used. One thread receives, and one
    /// sends.
    pub unsafe fn new(memory: *mut u8) -> Self {
        Queues { memory }
    }

    /// Remembers where the kernel has what, for all processes, and that all frames are free.
    pub(super) fn begin(self, offsets: &libc::xdp_mmap_offsets, checked: bool) {
        let state = self.memory.wrapping_add(STATE).cast::<State>();
        // SAFETY: the memory is ours, and nobody uses it yet.
        unsafe {
            (*state).rx = Offsets::of(&offsets.rx);
            (*state).tx = Offsets::of(&offsets.tx);
            (*state).fill = Offsets::of(&offsets.fr);
            (*state).done = Offsets::of(&offsets.cr);
            (*state).checked = checked.into();
            (*state).free_count = AtomicU32::new(TX_FRAMES as u32);
            *(*state).free.get() = core::array::from_fn(|i| (RX_FRAMES + i) as u32);
        }
    }

    /// Gives the kernel its frames.
    pub(super) fn fill_all(self) {
        for frame in 0..RX_FRAMES {
            self.fill().put((frame * FRAME) as u64, RX_FRAMES);
        }
    }

    /// Where each ring is, and how long.
    pub(super) fn rings(&self) -> [(usize, usize); 4] {
        const DESCRIPTOR: usize = size_of::<libc::xdp_desc>();
        const ADDRESS: usize = size_of::<u64>();
        let state = self.state();
        let length = |offsets: Offsets, frames: usize, size: usize| {
            offsets.descriptors as usize + frames * size
        };
        [
            (RX, length(state.rx, RX_FRAMES, DESCRIPTOR)),
            (TX, length(state.tx, TX_FRAMES, DESCRIPTOR)),
            (FILL, length(state.fill, RX_FRAMES, ADDRESS)),
            (DONE, length(state.done, TX_FRAMES, ADDRESS)),
        ]
    }

    fn state(&self) -> &State {
        // SAFETY: written in `begin`, before the memory was any device's.
        unsafe { &*self.memory.wrapping_add(STATE).cast::<State>() }
    }

    fn ring<T>(&self, at: usize, offsets: Offsets) -> Ring<T> {
        let place = |offset: u32| self.memory.wrapping_add(at + offset as usize);
        Ring {
            producer: place(offsets.producer).cast(),
            consumer: place(offsets.consumer).cast(),
            flags: place(offsets.flags).cast(),
            descriptors: place(offsets.descriptors).cast(),
        }
    }

    fn rx(&self) -> Ring<libc::xdp_desc> {
        self.ring(RX, self.state().rx)
    }

    fn tx(&self) -> Ring<libc::xdp_desc> {
        self.ring(TX, self.state().tx)
    }

    fn fill(&self) -> Ring<u64> {
        self.ring(FILL, self.state().fill)
    }

    fn done(&self) -> Ring<u64> {
        self.ring(DONE, self.state().done)
    }

    /// Whether received frames have been checked.
    pub fn checked(&self) -> bool {
        self.state().checked != 0
    }

    /// A frame that has come. It is to be given back ([`Queues::give_back`]).
    pub fn take(&self) -> Option<Frame> {
        let descriptor = self.rx().take(RX_FRAMES)?;
        let offset = descriptor.addr as usize;
        // The kernel's word is good, but whoever else has the socket could have written there.
        let fits = offset < FRAMES_SIZE && descriptor.len as usize <= FRAME - offset % FRAME;
        let len = if fits { descriptor.len as usize } else { 0 };
        let at = self.memory.wrapping_add(offset % FRAMES_SIZE);
        Some(Frame { at, len, address: descriptor.addr })
    }

    /// The kernel may receive into that frame again. Whether it wants to be told.
    pub fn give_back(&self, frame: Frame) -> bool {
        let start = frame.address as usize % FRAMES_SIZE / FRAME * FRAME;
        self.fill().put(start as u64, RX_FRAMES);
        self.fill().wants_wakeup()
    }

    /// A frame to write to, then to be sent ([`Queues::send`]).
    pub fn room(&self) -> Option<Frame> {
        let state = self.state();
        let free = state.free.get().cast::<u32>();
        let mut count = state.free_count.load(Ordering::Relaxed);
        while let Some(address) = self.done().take(TX_FRAMES) {
            // What was never sent cannot have been: the list would not hold it.
            if (count as usize) < TX_FRAMES {
                // SAFETY: within the list; one thread sends.
                unsafe { free.add(count as usize).write((address as usize / FRAME) as u32) };
                count += 1;
            }
        }
        let left = count.checked_sub(1);
        state.free_count.store(left.unwrap_or(0), Ordering::Relaxed);
        // SAFETY: as above.
        let number = unsafe { free.add(left? as usize).read() } as usize;
        let address = (number % (RX_FRAMES + TX_FRAMES)) * FRAME;
        Some(Frame { at: self.memory.wrapping_add(address), len: FRAME, address: address as u64 })
    }

    /// Sends `len` bytes of a frame. Whether the kernel wants to be told.
    pub fn send(&self, frame: Frame, len: usize) -> bool {
        let descriptor = libc::xdp_desc { addr: frame.address, len: len as u32, options: 0 };
        self.tx().put(descriptor, TX_FRAMES);
        self.tx().wants_wakeup()
    }
}

/// A ring that the kernel shares: one side puts, the other takes.
struct Ring<T> {
    producer: *const AtomicU32,
    consumer: *const AtomicU32,
    flags: *const AtomicU32,
    descriptors: *mut T,
}

impl<T: Copy> Ring<T> {
    /// Takes one, if there is one.
    fn take(&self, size: usize) -> Option<T> {
        // SAFETY: the kernel's counts and descriptors, mapped as long as the memory is.
        unsafe {
            let consumer = (*self.consumer).load(Ordering::Relaxed);
            if consumer == (*self.producer).load(Ordering::Acquire) {
                return None;
            }
            let descriptor = self.descriptors.add(consumer as usize % size).read();
            (*self.consumer).store(consumer.wrapping_add(1), Ordering::Release);
            Some(descriptor)
        }
    }

    /// Puts one. There is room, as a ring has as many places as there are frames.
    fn put(&self, descriptor: T, size: usize) {
        // SAFETY: as above.
        unsafe {
            let producer = (*self.producer).load(Ordering::Relaxed);
            self.descriptors.add(producer as usize % size).write(descriptor);
            (*self.producer).store(producer.wrapping_add(1), Ordering::Release);
        }
    }

    fn wants_wakeup(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.flags).load(Ordering::Relaxed) & libc::XDP_RING_NEED_WAKEUP != 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::{Layout, alloc_zeroed, dealloc};

    use super::*;

    /// Memory of a socket, with this test as the kernel.
    struct Memory(*mut u8);

    const LAYOUT: Layout = match Layout::from_size_align(SIZE, 4096) {
        Ok(layout) => layout,
        Err(_) => panic!(),
    };

    impl Memory {
        fn new() -> Self {
            // SAFETY: of a size.
            Memory(unsafe { alloc_zeroed(LAYOUT) })
        }

        fn queues(&self) -> Queues {
            let place =
                || libc::xdp_ring_offset { producer: 0, consumer: 64, desc: 192, flags: 128 };
            let offsets =
                libc::xdp_mmap_offsets { rx: place(), tx: place(), fr: place(), cr: place() };
            // SAFETY: as much memory as it wants, and ours.
            let queues = unsafe { Queues::new(self.0) };
            queues.begin(&offsets, true);
            queues.fill_all();
            queues
        }
    }

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: allocated so.
            unsafe { dealloc(self.0, LAYOUT) };
        }
    }

    #[test]
    fn frames_that_are_sent_come_back() {
        let memory = Memory::new();
        let queues = memory.queues();
        let mut sent = Vec::new();
        while let Some(frame) = queues.room() {
            assert!(!queues.send(frame, 60));
            sent.push(frame.address);
        }
        assert_eq!(sent.len(), TX_FRAMES);
        sent.sort_unstable();
        sent.dedup();
        assert_eq!(sent.len(), TX_FRAMES, "a frame was given out twice");
        let first = queues.tx().take(TX_FRAMES).unwrap();
        assert_eq!(first.len, 60);
        queues.done().put(first.addr, TX_FRAMES);
        assert_eq!(queues.room().map(|frame| frame.address), Some(first.addr));
        assert_eq!(queues.room(), None);
    }

    #[test]
    fn frames_that_are_received_go_back() {
        let memory = Memory::new();
        let queues = memory.queues();
        assert_eq!(queues.take(), None);
        let address = queues.fill().take(RX_FRAMES).unwrap();
        let received = |addr, len| libc::xdp_desc { addr, len, options: 0 };
        queues.rx().put(received(address + 256, 100), RX_FRAMES);
        let frame = queues.take().unwrap();
        assert_eq!((frame.len, frame.at), (100, memory.0.wrapping_add(256)));
        queues.give_back(frame);
        for _ in 1..RX_FRAMES {
            queues.fill().take(RX_FRAMES).unwrap();
        }
        assert_eq!(queues.fill().take(RX_FRAMES), Some(address), "whole frames are given back");
    }

    #[test]
    fn what_is_not_in_the_memory_is_empty() {
        let memory = Memory::new();
        let queues = memory.queues();
        for (addr, len) in [(u64::MAX, 1), (FRAMES_SIZE as u64, 60), (0, FRAME as u32 + 1)] {
            queues.rx().put(libc::xdp_desc { addr, len, options: 0 }, RX_FRAMES);
            assert_eq!(queues.take().unwrap().len, 0, "{addr:#x}");
        }
    }
}
