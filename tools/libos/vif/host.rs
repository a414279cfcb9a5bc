// SPDX-License-Identifier: GPL-2.0

//! The host's interface of one name: what it is, and the little we change about it.

use std::{
    ffi::CStr,
    io,
    os::fd::{AsFd, OwnedFd},
};

use libc::{Ioctl, c_char, c_int, c_short, ifreq};

use crate::{Mac, VifError, name::Name, sys};

/// A way to ask the host about an interface, by name.
pub(crate) struct Host<'a> {
    name: Name<'a>,
    socket: OwnedFd,
}

impl<'a> Host<'a> {
    /// A socket of any family takes these questions; this one needs no configured stack.
    pub(crate) fn new(name: Name<'a>) -> Result<Self, VifError> {
        let socket = sys::socket(libc::AF_UNIX, libc::SOCK_DGRAM)
            .map_err(|source| refused(name, "open a socket", source))?;
        Ok(Host { name, socket })
    }

    /// Its number, which also tells whether it is there.
    pub(crate) fn index(&self) -> Result<c_int, VifError> {
        let answer = self.ask(libc::SIOCGIFINDEX as Ioctl, "tell its number")?;
        // SAFETY: SIOCGIFINDEX fills this member.
        Ok(unsafe { answer.ifr_ifru.ifru_ifindex })
    }

    /// The longest packet it takes.
    pub(crate) fn mtu(&self) -> Result<u32, VifError> {
        let answer = self.ask(libc::SIOCGIFMTU as Ioctl, "tell its mtu")?;
        // SAFETY: SIOCGIFMTU fills this member.
        Ok(unsafe { answer.ifr_ifru.ifru_mtu } as u32)
    }

    /// Its Ethernet address, or the error that it is not Ethernet.
    pub(crate) fn mac(&self) -> Result<Mac, VifError> {
        let answer = self.ask(libc::SIOCGIFHWADDR as Ioctl, "tell its address")?;
        // SAFETY: SIOCGIFHWADDR fills this member.
        let address = unsafe { answer.ifr_ifru.ifru_hwaddr };
        if address.sa_family != libc::ARPHRD_ETHER {
            return Err(VifError::NotEthernet {
                name: self.name.to_string(),
                hardware: address.sa_family,
            });
        }
        Ok(Mac(std::array::from_fn(|i| address.sa_data[i] as u8)))
    }

    /// Whether the administrator has it up.
    pub(crate) fn is_up(&self) -> Result<bool, VifError> {
        Ok(self.flags()? & libc::IFF_UP as c_short != 0)
    }

    /// Sets it up.
    pub(crate) fn set_up(&self) -> Result<(), VifError> {
        let mut request = request(self.name);
        request.ifr_ifru.ifru_flags = self.flags()? | libc::IFF_UP as c_short;
        self.ioctl(libc::SIOCSIFFLAGS as Ioctl, &mut request)
            .map_err(|source| refused(self.name, "set it up", source))
    }

    /// Sets the longest packet it takes.
    pub(crate) fn set_mtu(&self, mtu: u32) -> Result<(), VifError> {
        let out_of_range = || VifError::Mtu { name: self.name.to_string(), mtu };
        let mut request = request(self.name);
        request.ifr_ifru.ifru_mtu = c_int::try_from(mtu).map_err(|_| out_of_range())?;
        self.ioctl(libc::SIOCSIFMTU as Ioctl, &mut request).map_err(|source| {
            match source.raw_os_error() {
                Some(libc::EINVAL) => out_of_range(),
                _ => refused(self.name, "set its mtu", source),
            }
        })
    }

    /// What its driver calls itself and its place: `("tun", "tap")`, `("veth", "")`. Some, such as
    /// the loopback, have no name.
    pub(crate) fn driver(&self) -> Option<(String, String)> {
        let mut info = DriverInfo::question();
        let mut request = request(self.name);
        request.ifr_ifru.ifru_data = (&raw mut info).cast();
        self.ioctl(libc::SIOCETHTOOL as Ioctl, &mut request).ok()?;
        Some((text(&info.driver), text(&info.bus)))
    }

    fn flags(&self) -> Result<c_short, VifError> {
        let answer = self.ask(libc::SIOCGIFFLAGS as Ioctl, "tell its state")?;
        // SAFETY: SIOCGIFFLAGS fills this member.
        Ok(unsafe { answer.ifr_ifru.ifru_flags })
    }

    fn ask(&self, question: Ioctl, action: &'static str) -> Result<ifreq, VifError> {
        let mut request = request(self.name);
        self.ioctl(question, &mut request).map_err(|source| refused(self.name, action, source))?;
        Ok(request)
    }

    fn ioctl(&self, command: Ioctl, request: &mut ifreq) -> io::Result<()> {
        // SAFETY: all commands of this file take an ifreq; the one that takes a pointer inside it
        // gives that of a DriverInfo, which outlives the call.
        unsafe { sys::ioctl(self.socket.as_fd(), command, request) }
    }
}

/// A request about the interface of this name, with nothing else in it yet.
pub(crate) fn request(name: Name<'_>) -> ifreq {
    // SAFETY: an ifreq is plain data for which zero is a value.
    let mut request: ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name = name.bytes();
    request
}

/// The error for an `action` that the host refused.
pub(crate) fn refused(name: Name<'_>, action: &'static str, source: io::Error) -> VifError {
    let name = name.to_string();
    match source.raw_os_error() {
        Some(libc::ENODEV) => VifError::Missing { name },
        Some(libc::EPERM) => VifError::Permission {
            name,
            action,
            needs: "needs CAP_NET_ADMIN; run it as root".to_owned(),
        },
        _ => VifError::Host { name, action, source },
    }
}

/// The kernel's `struct ethtool_drvinfo`, which libc lacks.
#[repr(C)]
struct DriverInfo {
    command: u32,
    driver: [c_char; 32],
    version: [c_char; 32],
    firmware: [c_char; 32],
    bus: [c_char; 32],
    rom: [c_char; 32],
    reserved: [c_char; 12],
    counts: [u32; 5],
}

impl DriverInfo {
    fn question() -> Self {
        const ETHTOOL_GDRVINFO: u32 = 3;
        // SAFETY: it is plain data for which zero is a value.
        let info: Self = unsafe { std::mem::zeroed() };
        DriverInfo { command: ETHTOOL_GDRVINFO, ..info }
    }
}

fn text(field: &[c_char; 32]) -> String {
    let bytes = field.map(|c| c as u8);
    CStr::from_bytes_until_nul(&bytes)
        .map(|text| text.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_structure_is_the_kernels() {
        assert_eq!(size_of::<DriverInfo>(), 196);
    }

    #[test]
    fn loopback_is_there_and_is_not_ethernet() -> Result<(), VifError> {
        let host = Host::new(Name::check("lo")?)?;
        assert_eq!(host.index()?, 1);
        assert!(matches!(host.mac(), Err(VifError::NotEthernet { hardware: 772, .. })));
        Ok(())
    }
}
