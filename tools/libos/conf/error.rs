// SPDX-License-Identifier: GPL-2.0
//! What can be wrong with a `nuse.conf`, and the words that say so.
//!
//! Every message is one line: where, what was found, and what would be right. All of them are
//! listed in `Documentation/nuse.conf.md`.

use std::io;

use thiserror::Error;

use crate::place::Place;

/// Why a file gives no [`Conf`](crate::Conf).
#[derive(Debug, Error)]
pub enum ConfError {
    /// The file cannot be read at all.
    #[error(
        "{}: cannot be read ({reason}), it must be a text file that you may read",
        one_line(file)
    )]
    Unreadable {
        /// The path as it was given.
        file: String,
        /// What the system said.
        reason: io::Error,
    },

    /// The file has a mistake. It is the first one; there may be more.
    #[error("{}:{line}: {mistake}", one_line(file))]
    Mistaken {
        /// The path or the name as it was given.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        mistake: Mistake,
    },

    /// A flag has a mistake.
    #[error("--{flag}: {mistake}")]
    Flag {
        /// Its name.
        flag: &'static str,
        /// What is wrong with it.
        mistake: Mistake,
    },
}

/// What is wrong at a line.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// The value of a key breaks a rule.
    #[error("found {}, {key} must {must}", quote(found))]
    Value {
        /// The key.
        key: String,
        /// Its value in the file.
        found: String,
        /// The rule, as the end of a sentence.
        must: String,
    },

    /// A key stands alone.
    #[error("{key} has no value, it must {must}")]
    NoValue {
        /// The key.
        key: String,
        /// The rule for its value, as the end of a sentence.
        must: String,
    },

    /// A line goes on where it must end.
    #[error(
        "found {} after {after}, the line must end there (a comment starts with #)",
        quote(found)
    )]
    Trailing {
        /// The first word too many.
        found: String,
        /// What it follows.
        after: String,
    },

    /// A word looks like a key but is none.
    #[error("found unknown key {}, {hint}", quote(key))]
    UnknownKey {
        /// The word.
        key: String,
        /// The key that was meant, or a list of those that are possible.
        hint: String,
    },

    /// A key stands where it has no meaning.
    #[error("found {key:?} in the wrong place, it must follow a line {home}")]
    Misplaced {
        /// The key.
        key: String,
        /// The line that starts its section.
        home: String,
    },

    /// A section has a key twice.
    #[error("found {key:?} again, a section must have it once and has it at {first}")]
    Again {
        /// The key.
        key: String,
        /// Where it was first.
        first: Place,
    },

    /// A route lacks a key.
    #[error(
        "route has no {lacks}, it must have network, netmask and gateway, or network6 and gateway6"
    )]
    Incomplete {
        /// The key.
        lacks: &'static str,
    },

    /// A route has keys of IPv4 and of IPv6.
    #[error("found {key:?} in a route with {other:?}, a route must be all IPv4 or all IPv6")]
    Mixed {
        /// The key.
        key: String,
        /// A key of the other family that came before.
        other: String,
    },

    /// The file is not UTF-8.
    #[error("found a byte that is not UTF-8, the file must be plain text")]
    Encoding,
}

/// A mistake and its place; the file is added at the very end.
#[derive(Debug)]
pub(crate) struct Fault {
    pub place: Place,
    pub mistake: Mistake,
}

pub(crate) type Found<T> = Result<T, Fault>;

/// A word in quotes, with anything unprintable escaped, and cut if it is longer than any value.
fn quote(found: &str) -> String {
    const MOST: usize = 64;
    match found.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}...", &found[..end]),
        None => format!("{found:?}"),
    }
}

/// A path may contain a newline; a message may not.
fn one_line(file: &str) -> String {
    file.replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_short_line() {
        let mistake = Mistake::Trailing { found: "x\u{7}".repeat(1000), after: "route".to_owned() };
        let file = "odd\nname".to_owned();
        let message = ConfError::Mistaken { file, line: 7, mistake }.to_string();
        assert!(message.starts_with(r#"odd?name:7: found "x\u{7}x\u{7}"#));
        assert!(!message.contains(char::is_control) && message.len() < 500);
    }
}
