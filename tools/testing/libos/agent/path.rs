// SPDX-License-Identifier: GPL-2.0

//! A path of the program's.

use crate::host;

/// The longest path, with the zero at its end.
const LONGEST: usize = 4096;

pub struct Path {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Path {
    /// Reads the one at `address`. `None` if there is none, or it is too long.
    pub fn read(address: usize) -> Option<Self> {
        let mut path = Path { bytes: [0; LONGEST], len: 0 };
        path.append(address).then_some(path)
    }

    /// Where the one at `address` leads from the folder that `getcwd` tells, with the arguments and the
    /// result of the system call. `None` if it does not tell one, too.
    pub fn read_from(getcwd: impl Fn([usize; 2]) -> isize, address: usize) -> Option<Self> {
        let mut path = Path { bytes: [0; LONGEST], len: 0 };
        let told = getcwd([path.bytes.as_mut_ptr() as usize, LONGEST]);
        // The zero at its end is where the next part begins.
        let end = usize::try_from(told).ok()?.checked_sub(1)?;
        path.bytes[end] = b'/';
        path.len = end + 1;
        path.append(address).then(|| path.simplify())
    }

    /// Whether there is one at `address` that fits behind this.
    fn append(&mut self, address: usize) -> bool {
        const PAGE: usize = 4096;
        let begin = self.len;
        loop {
            let at = address + self.len - begin;
            // Small pieces: most paths are short.
            let piece = (PAGE - at % PAGE).min(64).min(LONGEST - self.len);
            let room = &mut self.bytes[self.len..self.len + piece];
            if piece == 0 || !host::read_memory(at, room) {
                return false;
            }
            if let Some(end) = room.iter().position(|byte| *byte == 0) {
                self.len += end;
                return true;
            }
            self.len += piece;
        }
    }

    /// The same without `.` and `..`; it is an absolute one.
    fn simplify(mut self) -> Self {
        let (mut len, mut begin) = (0, 0);
        while begin < self.len {
            let rest = &self.bytes[begin..self.len];
            let part = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
            match &rest[..part] {
                b"" | b"." => {}
                b".." => {
                    len = self.bytes[..len].iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                }
                _ => {
                    self.bytes[len] = b'/';
                    self.bytes.copy_within(begin..begin + part, len + 1);
                    len += 1 + part;
                }
            }
            begin += part + 1;
        }
        if len == 0 {
            self.bytes[0] = b'/';
            len = 1;
        }
        self.bytes[len] = 0;
        self.len = len;
        self
    }

    pub fn is_absolute(&self) -> bool {
        self.as_bytes().first() == Some(&b'/')
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    /// As an argument of a call: its end is a zero.
    pub fn address(&self) -> usize {
        self.bytes.as_ptr() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    /// Where `path` leads from `folder`.
    fn from(folder: &str, path: &str) -> String {
        let path = format!("{folder}/{path}");
        let mut made = Path { bytes: [0; super::LONGEST], len: path.len() };
        made.bytes[..path.len()].copy_from_slice(path.as_bytes());
        let simple = made.simplify();
        assert_eq!(simple.bytes[simple.len], 0);
        String::from_utf8(simple.as_bytes().to_vec()).expect("text")
    }

    #[test]
    fn a_relative_path_leads_somewhere() {
        assert_eq!(from("/proc", "net/dev"), "/proc/net/dev");
        assert_eq!(from("/proc/sys", "../net//./dev"), "/proc/net/dev");
        assert_eq!(from("/proc/sys", "."), "/proc/sys");
        assert_eq!(from("/proc/sys", "../../etc/hosts"), "/etc/hosts");
        assert_eq!(from("/", "proc"), "/proc");
    }

    #[test]
    fn nothing_is_above_the_root() {
        assert_eq!(from("/proc", "../../.."), "/");
        assert_eq!(from("/", "../etc"), "/etc");
    }
}
