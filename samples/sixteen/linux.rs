// SPDX-License-Identifier: GPL-2.0

//! An instance: loaded, booted, and called.

use std::ffi::{CStr, c_int, c_long};
use std::fs::File;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, FromRawFd};

use liblinux_abi::{
    SIM_ABI_VERSION, SIM_DEV_BROADCAST, SIM_DEV_MULTICAST, SimExported, SimImported, SimKernel,
};
use libloading::Library;

use crate::Result;
use crate::host::{self, Host};

type Init = unsafe extern "C" fn(*mut SimExported, *const SimImported, *mut SimKernel) -> c_int;
type Syscall = unsafe extern "C" fn(c_long, ...) -> c_long;

/// A booted instance.
pub struct Linux {
    syscall: Syscall,
    host: &'static Host,
    _imported: Box<SimImported>,
    _library: Library,
    /// dlopen knows files by their inode and their name: it must stay open while others are
    /// loaded, so that none of them gets the same.
    _file: File,
}

impl Linux {
    /// Boots a copy of the library: of one file, dlopen gives one image only.
    pub fn boot(image: &[u8], host: &'static Host) -> Result<Self> {
        let mut file = memfd()?;
        file.write_all(image)?;
        // SAFETY: the library has no constructors, and these symbols have these types.
        let (library, init, syscall) = unsafe {
            let library = Library::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
            let init: Init = *library.get(c"lib_init")?;
            let syscall: Syscall = *library.get(c"lib_syscall")?;
            (library, init, syscall)
        };
        // SAFETY: all its members may be zero: no operations.
        let mut exported: SimExported = unsafe { std::mem::zeroed() };
        exported.size = size_of::<SimExported>() as u32;
        exported.version = SIM_ABI_VERSION;
        let imported = Box::new(host::operations());
        // SAFETY: both tables and the host live as long as the library needs them.
        let result = unsafe { init(&mut exported, &*imported, host.kernel()) };
        checked(result.into())?;
        host.booted(exported);
        Ok(Linux { syscall, host, _imported: imported, _library: library, _file: file })
    }

    pub fn shutdown(&self) -> Result<()> {
        let shutdown = self.host.exported()?.shutdown.ok_or("no shutdown")?;
        self.host.ended();
        // SAFETY: nobody else makes a call.
        checked(unsafe { shutdown() }.into())?;
        Ok(())
    }

    // ---- system calls ----

    /// A system call, with up to six arguments.
    fn call<const N: usize>(&self, nr: c_long, args: [usize; N]) -> Result<usize> {
        let arg = |i: usize| args.get(i).copied().unwrap_or(0);
        // SAFETY: pointers to what lives during the call, as for any system call.
        let result = unsafe { (self.syscall)(nr, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5)) };
        Ok(checked(result)?)
    }

    fn socket(&self, kind: c_int) -> Result<usize> {
        self.call(libc::SYS_socket, [libc::AF_INET as usize, kind as usize, 0])
    }

    pub fn listen(&self, port: u16) -> Result<usize> {
        let (fd, address) =
            (self.socket(libc::SOCK_STREAM)?, internet(Ipv4Addr::UNSPECIFIED, port));
        self.call(libc::SYS_bind, [fd, &raw const address as usize, size_of_val(&address)])?;
        self.call(libc::SYS_listen, [fd, 8])?;
        Ok(fd)
    }

    pub fn connect(&self, to: Ipv4Addr, port: u16) -> Result<usize> {
        let (fd, address) = (self.socket(libc::SOCK_STREAM)?, internet(to, port));
        self.call(libc::SYS_connect, [fd, &raw const address as usize, size_of_val(&address)])?;
        Ok(fd)
    }

    pub fn accept(&self, listener: usize) -> Result<usize> {
        self.call(libc::SYS_accept4, [listener, 0, 0, 0])
    }

    pub fn send(&self, fd: usize, bytes: &[u8]) -> Result<usize> {
        self.call(libc::SYS_sendto, [fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0])
    }

    /// What comes before the next newline.
    pub fn receive_line(&self, fd: usize) -> Result<String> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            let at = byte.as_mut_ptr() as usize;
            if self.call(libc::SYS_recvfrom, [fd, at, 1, 0, 0, 0])? == 0 || byte == *b"\n" {
                return Ok(String::from_utf8(line)?);
            }
            line.extend(byte);
        }
    }

    pub fn close(&self, fd: usize) -> Result<()> {
        self.call(libc::SYS_close, [fd]).map(drop)
    }

    // ---- interfaces ----

    /// Makes an interface whose wire leads to the partner.
    pub fn add_device(&self, name: &CStr, mac: [u8; 6]) -> Result<()> {
        let exported = self.host.exported()?;
        let create = exported.dev_create.ok_or("no devices")?;
        let set_address = exported.dev_set_address.ok_or("no devices")?;
        let flags = SIM_DEV_BROADCAST | SIM_DEV_MULTICAST;
        // SAFETY: a string, and a device that has just been made.
        let result = unsafe {
            let device = create(name.as_ptr(), std::ptr::null_mut(), flags);
            if device.is_null() {
                return Err("the library refused the device".into());
            }
            self.host.plug_in(device);
            set_address(device, &mac)
        };
        checked(result.into())?;
        Ok(())
    }

    /// Gives the interface `name`, or its alias NAME:1, an address, and brings it up.
    pub fn add_address(&self, name: &str, address: Ipv4Addr) -> Result<()> {
        let mut request = interface(name);
        request.ifr_ifru.ifru_addr = generic(address);
        self.interface_call(libc::SIOCSIFADDR, &mut request)?;
        request.ifr_ifru.ifru_netmask = generic(Ipv4Addr::new(255, 255, 255, 0));
        self.interface_call(libc::SIOCSIFNETMASK, &mut request)?;
        request.ifr_ifru.ifru_flags =
            (libc::IFF_UP | libc::IFF_BROADCAST | libc::IFF_MULTICAST) as _;
        self.interface_call(libc::SIOCSIFFLAGS, &mut request)
    }

    pub fn address(&self, name: &str) -> Result<Ipv4Addr> {
        let mut request = interface(name);
        self.interface_call(libc::SIOCGIFADDR, &mut request)?;
        // SAFETY: the request has filled in an address of IPv4.
        let address = unsafe {
            (&raw const request.ifr_ifru.ifru_addr).cast::<libc::sockaddr_in>().read_unaligned()
        };
        Ok(u32::from_be(address.sin_addr.s_addr).into())
    }

    fn interface_call(&self, request: libc::c_ulong, at: &mut libc::ifreq) -> Result<()> {
        let fd = self.socket(libc::SOCK_DGRAM)?;
        self.call(libc::SYS_ioctl, [fd, request as usize, &raw mut *at as usize])?;
        self.close(fd)
    }

    /// Bytes that an interface has received and sent, of /proc/net/dev.
    pub fn counters(&self, name: &str) -> Result<(u64, u64)> {
        let text = self.read_file(c"/proc/net/dev")?;
        let row = text.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}:")));
        let row: Vec<_> = row.ok_or("no such interface")?.split_whitespace().collect();
        Ok((row[0].parse()?, row[8].parse()?))
    }

    // ---- files ----

    /// Reads a file below /proc/sys.
    pub fn read_sysctl(&self, path: &CStr) -> Result<String> {
        Ok(self.read_file(path)?.trim().to_string())
    }

    fn read_file(&self, path: &CStr) -> Result<String> {
        let read = self.host.exported()?.sys_file_read.ok_or("no files")?;
        let mut text = [0; 4096];
        // SAFETY: a string, and writable memory.
        let len = unsafe { read(path.as_ptr(), text.as_mut_ptr().cast(), text.len(), 0) };
        Ok(String::from_utf8_lossy(&text[..checked(len as c_long)?]).into_owned())
    }

    pub fn write_sysctl(&self, path: &CStr, value: &str) -> Result<()> {
        let write = self.host.exported()?.sys_file_write.ok_or("no files")?;
        // SAFETY: a string, and readable memory.
        let len = unsafe { write(path.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
        checked(len as c_long)?;
        Ok(())
    }
}

fn memfd() -> io::Result<File> {
    // SAFETY: makes a descriptor, which is ours.
    unsafe {
        match libc::memfd_create(c"liblinux".as_ptr(), libc::MFD_CLOEXEC) {
            fd if fd >= 0 => Ok(File::from_raw_fd(fd)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn internet(address: Ipv4Addr, port: u16) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as _,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(address).to_be() },
        sin_zero: [0; 8],
    }
}

fn generic(address: Ipv4Addr) -> libc::sockaddr {
    // SAFETY: both are sixteen bytes of numbers.
    unsafe { std::mem::transmute(internet(address, 0)) }
}

fn interface(name: &str) -> libc::ifreq {
    // SAFETY: a structure of numbers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name.bytes()) {
        *to = from as _;
    }
    request
}

fn checked(result: c_long) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
}
