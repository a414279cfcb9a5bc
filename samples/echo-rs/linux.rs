// SPDX-License-Identifier: GPL-2.0

//! The library: loaded, booted, and called.

use std::error::Error;
use std::ffi::{OsStr, c_int, c_long};
use std::io;

use liblinux_abi::{SIM_ABI_VERSION, SimExported, SimImported, SimKernel};
use libloading::Library;

use crate::host::{self, Host};

type Init = unsafe extern "C" fn(*mut SimExported, *const SimImported, *mut SimKernel) -> c_int;
type Syscall = unsafe extern "C" fn(c_long, ...) -> c_long;

/// A booted instance.
pub struct Linux {
    syscall: Syscall,
    exported: SimExported,
    // What the library uses until it is shut down.
    _host: Box<Host>,
    _imported: Box<SimImported>,
    _library: Library,
}

impl Linux {
    /// Loads the library and boots it.
    pub fn boot(path: impl AsRef<OsStr>) -> Result<Self, Box<dyn Error>> {
        // SAFETY: the library has no constructors, and these symbols have these types.
        let (library, init, syscall) = unsafe {
            let library = Library::new(path.as_ref())?;
            let init: Init = *library.get(c"lib_init")?;
            let syscall: Syscall = *library.get(c"lib_syscall")?;
            (library, init, syscall)
        };
        // SAFETY: all its members may be zero: no operations.
        let mut exported: SimExported = unsafe { std::mem::zeroed() };
        exported.size = size_of::<SimExported>() as u32;
        exported.version = SIM_ABI_VERSION;
        let host = Box::new(Host::default());
        let imported = Box::new(host::operations());
        // SAFETY: both tables and the host live as long as the library needs them.
        let result =
            unsafe { init(&mut exported, &*imported, (&raw const *host).cast_mut().cast()) };
        checked(result.into())?;
        Ok(Linux { syscall, exported, _host: host, _imported: imported, _library: library })
    }

    /// A system call, with up to six arguments.
    pub fn call<const N: usize>(&self, nr: c_long, args: [usize; N]) -> io::Result<usize> {
        let arg = |i: usize| args.get(i).copied().unwrap_or(0);
        // SAFETY: the caller's pointers are valid, as for any system call.
        let result = unsafe { (self.syscall)(nr, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5)) };
        checked(result)
    }

    pub fn send(&self, fd: usize, bytes: &[u8]) -> io::Result<usize> {
        self.call(libc::SYS_sendto, [fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0])
    }

    pub fn receive(&self, fd: usize, bytes: &mut [u8]) -> io::Result<usize> {
        self.call(libc::SYS_recvfrom, [fd, bytes.as_mut_ptr() as usize, bytes.len(), 0, 0, 0])
    }

    pub fn shutdown(self) -> Result<(), Box<dyn Error>> {
        let shutdown = self.exported.shutdown.ok_or("the library cannot be shut down")?;
        // SAFETY: nobody else makes a call.
        checked(unsafe { shutdown() }.into())?;
        Ok(())
    }
}

fn checked(result: c_long) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
}
