// SPDX-License-Identifier: GPL-2.0

//! The blocks of a pcapng file (draft-ietf-opsawg-pcapng), in this machine's byte order.

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const LINKTYPE_ETHERNET: u32 = 1;

const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const SHB_USERAPPL: u16 = 4;
const EPB_FLAGS: u32 = 2;

/// Which way a frame went: the first two of the flags of a packet.
#[derive(Clone, Copy)]
pub enum Direction {
    In = 1,
    Out = 2,
}

/// The block that a file begins with.
pub fn section() -> Vec<u8> {
    const VERSION_1_0: u32 = 1;
    let unknown_length = u64::MAX.to_ne_bytes();
    let mut body = [BYTE_ORDER.to_ne_bytes(), VERSION_1_0.to_ne_bytes()].concat();
    body.extend(unknown_length);
    body.extend(option(SHB_USERAPPL, b"nuse"));
    block(SECTION, &body)
}

/// The block of an interface. Packets name it by its number among those of the file.
pub fn interface(name: &str) -> Vec<u8> {
    const NO_LIMIT: u32 = 0;
    const NANOSECONDS: u8 = 9;
    let mut body = [LINKTYPE_ETHERNET.to_ne_bytes(), NO_LIMIT.to_ne_bytes()].concat();
    body.extend(option(IF_NAME, name.as_bytes()));
    body.extend(option(IF_TSRESOL, &[NANOSECONDS]));
    block(INTERFACE, &body)
}

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = [code.to_ne_bytes(), (value.len() as u16).to_ne_bytes()].concat();
    option.extend(value);
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

/// A block whose body ends with options.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    const END_OF_OPTIONS: [u8; 4] = [0; 4];
    const FRAME: usize = 12;
    let length = ((body.len() + END_OF_OPTIONS.len() + FRAME) as u32).to_ne_bytes();
    [&kind.to_ne_bytes()[..], &length, body, &END_OF_OPTIONS, &length].concat()
}

/// What is before and after the frame in the block of a packet; made without allocating.
#[repr(C)]
pub struct Packet {
    head: [u32; 7],
    /// Padding, of which some is used; flags; end of options; length of the block.
    tail: [u32; 5],
    length: usize,
}

impl Packet {
    /// Of `length` bytes, at a time in nanoseconds.
    pub fn new(interface: usize, direction: Direction, time: u64, length: usize) -> Self {
        let total = (size_of::<[u32; 11]>() + length.next_multiple_of(4)) as u32;
        let (high, low) = ((time >> 32) as u32, time as u32);
        let of_frame = length as u32;
        let flags = u32::from_ne_bytes(two_halves(EPB_FLAGS as u16, 4));
        Packet {
            head: [PACKET, total, interface as u32, high, low, of_frame, of_frame],
            tail: [0, flags, direction as u32, 0, total],
            length,
        }
    }

    pub fn head(&self) -> &[u8] {
        bytes(&self.head)
    }

    pub fn tail(&self) -> &[u8] {
        &bytes(&self.tail)[4 - self.padding()..]
    }

    fn padding(&self) -> usize {
        self.length.next_multiple_of(4) - self.length
    }
}

fn two_halves(first: u16, second: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (first.to_ne_bytes(), second.to_ne_bytes());
    [a, b, c, d]
}

fn bytes(words: &[u32]) -> &[u8] {
    // SAFETY: the same memory, which has no padding.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn a_block_has_its_length_at_both_ends() {
        for block in [section(), interface("eth0"), interface("a")] {
            assert_eq!(word(&block, 4) as usize, block.len());
            assert_eq!(word(&block, block.len() - 4) as usize, block.len());
        }
    }

    #[test]
    fn so_has_a_packet_of_any_length() {
        for length in 0..9 {
            let packet = Packet::new(3, Direction::Out, 5 << 32 | 7, length);
            let block = [packet.head(), &vec![0xff; length], packet.tail()].concat();
            assert_eq!(block.len() % 4, 0);
            assert_eq!(word(&block, 4) as usize, block.len());
            assert_eq!(word(&block, block.len() - 4) as usize, block.len());
            assert_eq!([word(&block, 12), word(&block, 16)], [5, 7]);
            assert_eq!(word(&block, 20) as usize, length);
        }
    }
}
