// SPDX-License-Identifier: GPL-2.0

//! A short string with a number in it, for calls of the agent's own.

use core::fmt::{self, Write};

/// What does not fit is cut off; the last byte stays zero.
pub struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.bytes.len() - 1 - self.len;
        let len = more.len().min(room);
        self.bytes[self.len..self.len + len].copy_from_slice(&more.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

impl Text {
    pub fn new(text: fmt::Arguments<'_>) -> Self {
        let mut made = Text { bytes: [0; 64], len: 0 };
        // It has room for what is written here.
        let _ = made.write_fmt(text);
        made
    }

    /// As an argument of a call.
    pub fn address(&self) -> usize {
        self.bytes.as_ptr() as usize
    }
}
