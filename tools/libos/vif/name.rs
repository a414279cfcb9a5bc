// SPDX-License-Identifier: GPL-2.0

//! The name of a host interface, checked once so that the kernel need not guess.

use std::fmt;

use libc::{IFNAMSIZ, c_char};

use crate::VifError;

/// A name that the kernel takes as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    /// Takes what the kernel's `dev_valid_name()` takes, and no template such as `tap%d`.
    pub(crate) fn check(name: &'a str) -> Result<Self, VifError> {
        match wrong(name) {
            None => Ok(Name(name)),
            Some(wrong) => Err(VifError::Name { name: name.to_owned(), wrong }),
        }
    }

    /// The name as the kernel's structures hold it: bytes and a closing NUL.
    pub(crate) fn bytes(self) -> [c_char; IFNAMSIZ] {
        let mut bytes = [0; IFNAMSIZ];
        for (to, from) in bytes.iter_mut().zip(self.0.bytes()) {
            *to = from as c_char;
        }
        bytes
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn wrong(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() >= IFNAMSIZ {
        Some("is too long")
    } else if name == "." || name == ".." {
        Some("is a folder's")
    } else if name.bytes().any(forbidden) {
        Some("has a byte that no interface name may have")
    } else {
        None
    }
}

fn forbidden(byte: u8) -> bool {
    byte.is_ascii_control() || b" /:%".contains(&byte)
}

/// The name of a link is that of a folder.
pub(crate) fn check_link(name: &str) -> Result<(), VifError> {
    const LONGEST: usize = 64;
    let right = (1..=LONGEST).contains(&name.len())
        && !name.starts_with('.')
        && !name.bytes().any(|byte| byte.is_ascii_control() || b" /".contains(&byte));
    match right {
        true => Ok(()),
        false => Err(VifError::LinkName { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_pass() {
        for name in ["tap0", "eth0", "enp0s31f6", "br-lan.5", "123456789012345"] {
            assert!(Name::check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_the_kernel_would_refuse_or_change_do_not() {
        for name in ["", "1234567890123456", ".", "..", "a b", "a/b", "a:1", "tap%d", "a\0b"] {
            assert!(Name::check(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn links_are_named_like_folders() {
        for name in ["red", "a-b.c_d", "ü", &"x".repeat(64)] {
            assert!(check_link(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", ".x", "a/b", "a b", "a\0", &"x".repeat(65)] {
            assert!(check_link(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn bytes_end_with_nul() {
        let bytes = Name("123456789012345").bytes();
        assert_eq!(bytes[14], b'5' as c_char);
        assert_eq!(bytes[15], 0);
    }
}
