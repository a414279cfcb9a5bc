// SPDX-License-Identifier: GPL-2.0

//! The Ethernet address of the stack's side.

use std::fmt;

use crate::{VifError, name::Name};

/// An Ethernet address, written as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac(
    /// Its bytes, in the order of the wire.
    pub [u8; 6],
);

impl Mac {
    /// Refuses what no station can have.
    pub(crate) fn check(self, name: Name<'_>) -> Result<Self, VifError> {
        if self.0 == [0; 6] {
            Err(self.wrong(name, "is nobody's address"))
        } else if self.0[0] & 1 != 0 {
            Err(self.wrong(name, "is a group's address"))
        } else {
            Ok(self)
        }
    }

    /// Refuses the address of the host's own interface: both stacks would answer to it.
    pub(crate) fn expect_not(self, host: Mac, name: Name<'_>) -> Result<(), VifError> {
        match self == host {
            false => Ok(()),
            true => Err(self.wrong(name, "is already the address of the host's interface")),
        }
    }

    fn wrong(self, name: Name<'_>, wrong: &'static str) -> VifError {
        VifError::Mac { name: name.to_string(), mac: self, wrong }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mac: [u8; 6]) -> Result<Mac, VifError> {
        Mac(mac).check(Name::check("tap0")?)
    }

    #[test]
    fn only_a_station_passes() {
        assert!(check([2, 0, 0, 0, 0, 1]).is_ok());
        assert!(check([0; 6]).is_err());
        assert!(check([0xff; 6]).is_err());
        assert!(check([1, 0, 0x5e, 0, 0, 1]).is_err());
    }

    #[test]
    fn is_written_with_colons() {
        assert_eq!(Mac([2, 0, 0xab, 0, 0, 0x10]).to_string(), "02:00:ab:00:00:10");
    }
}
