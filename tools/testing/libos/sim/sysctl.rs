// SPDX-License-Identifier: GPL-2.0

//! Sysctls of nodes.

use std::ffi::CString;

use crate::error::Error;
use crate::simulation::Simulation;
use crate::socket::checked;

impl Simulation {
    /// Reads a sysctl, named as in sysctl(8), perhaps with a dot before it as scripts of DCE have.
    pub fn sysctl(&self, node: u32, name: &str) -> Result<String, Error> {
        let mut text = vec![0u8; 4096];
        let path = path(node, name)?;
        let read = self.table(node)?.sys_file_read.ok_or(Error::Absent("sys_file_read"))?;
        let got = self.enter(|| {
            // SAFETY: a string, and a buffer of that length.
            Ok(unsafe { read(path.as_ptr(), text.as_mut_ptr().cast(), text.len(), 0) })
        })?;
        text.truncate(checked(node, &format!("sysctl {name}"), got)?);
        Ok(String::from_utf8_lossy(&text).trim_end().to_string())
    }

    /// Writes a sysctl.
    pub fn set_sysctl(&self, node: u32, name: &str, value: &str) -> Result<(), Error> {
        let path = path(node, name)?;
        let write = self.table(node)?.sys_file_write.ok_or(Error::Absent("sys_file_write"))?;
        // SAFETY: a string, and readable memory.
        let written = self
            .enter(|| Ok(unsafe { write(path.as_ptr(), value.as_ptr().cast(), value.len(), 0) }))?;
        checked(node, &format!("sysctl {name}={value}"), written).map(drop)
    }
}

/// The path below /proc/sys. As sysctl(8) has it, what separates first, dot or slash, separates, and
/// the other one is part of a name.
fn path(node: u32, name: &str) -> Result<CString, Error> {
    let name = name.trim_start_matches('.');
    let dots = name.find('.').is_some_and(|dot| name.find('/').is_none_or(|slash| dot < slash));
    let swap = |c| match c {
        '.' if dots => '/',
        '/' if dots => '.',
        other => other,
    };
    CString::new(name.chars().map(swap).collect::<String>()).map_err(|_| Error::Refused {
        node,
        what: format!("sysctl {name:?}"),
        reason: std::io::ErrorKind::InvalidInput.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn names_become_paths() {
        for (name, expected) in [
            ("net.ipv4.ip_forward", c"net/ipv4/ip_forward"),
            (".net.ipv4.ip_forward", c"net/ipv4/ip_forward"),
            ("net/ipv4/conf/eth0.1/forwarding", c"net/ipv4/conf/eth0.1/forwarding"),
            ("net.ipv4.conf.eth0/1.forwarding", c"net/ipv4/conf/eth0.1/forwarding"),
        ] {
            assert_eq!(path(0, name).unwrap().as_c_str(), expected);
        }
    }
}
