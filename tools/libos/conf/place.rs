// SPDX-License-Identifier: GPL-2.0
//! Where something was said: in the file, or on the command line.

use std::fmt;

/// Where a line, or what stands for one, comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the file, counted from 1.
    Line(usize),
    /// A flag of the command line, without its dashes.
    Flag(&'static str),
}

impl Place {
    /// Whether it is on the command line.
    pub(crate) fn is_flag(self) -> bool {
        matches!(self, Self::Flag(_))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}
