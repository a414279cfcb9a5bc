// SPDX-License-Identifier: GPL-2.0

//! What a file of the host's is that has been opened. A path may lead to a file of the network in ways
//! that its text does not show: along links, from a folder above, by another mount of procfs. Such a
//! file is the library's all the same.

use core::ffi::{CStr, c_int};
use std::ffi::CString;

use libos_host::procfs;

use crate::host;
use crate::mounts::{self, Within};
use crate::policy::{self, FileSystem};

/// The library's path for what `fd` is, if that is a file of the network.
pub fn network_file(fd: c_int) -> Option<CString> {
    const TUN: (u32, u32) = (10, 200);
    let stat = stat(fd)?;
    if stat.st_mode & libc::S_IFMT == libc::S_IFCHR {
        let device = (libc::major(stat.st_rdev), libc::minor(stat.st_rdev));
        return policy::network_path(c"/dev/net/tun").filter(|_| device == TUN).map(CString::from);
    }
    // Neither file system is on a device.
    if libc::major(stat.st_dev) != 0 {
        return None;
    }
    by_path(fd, file_system(fd)?)
}

/// Its buffer must not become part of a caller's frame: a thread with a small stack opens files, too.
#[inline(never)]
fn by_path(fd: c_int, system: FileSystem) -> Option<CString> {
    let mut room = [0u8; libc::PATH_MAX as usize];
    let path = path(fd, &mut room)?;
    policy::network_file(system, path).or_else(|| match mounts::path_within(fd, path) {
        Within::Whole => None,
        Within::Part(path) => policy::network_file(system, &path),
        // It may be one: it is given to nobody.
        Within::Unknown => Some(c"/proc/net/of an unknown place".into()),
    })
}

fn stat(fd: c_int) -> Option<libc::stat> {
    // SAFETY: plain data.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    host::syscall(libc::SYS_fstat, [fd as usize, &raw mut stat as usize]).ok()?;
    Some(stat)
}

fn file_system(fd: c_int) -> Option<FileSystem> {
    system_of(libc::SYS_fstatfs, fd as usize)
}

/// What statfs(2), or fstatfs(2), says of its argument, if that is one of the two.
pub fn system_of(nr: i64, what: usize) -> Option<FileSystem> {
    // SAFETY: plain data.
    let mut of: libc::statfs = unsafe { core::mem::zeroed() };
    host::syscall(nr, [what, &raw mut of as usize]).ok()?;
    match of.f_type {
        libc::PROC_SUPER_MAGIC => Some(FileSystem::Proc),
        libc::SYSFS_MAGIC => Some(FileSystem::Sys),
        _ => None,
    }
}

fn path(fd: c_int, room: &mut [u8]) -> Option<&[u8]> {
    procfs::read_link(libos_host::process(), format_args!("fd/{fd}"), room)
}

/// The same for the host's working directory.
pub fn network_folder() -> Option<CString> {
    let here: &CStr = c".";
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    let fd = host::syscall(libc::SYS_open, [here.as_ptr() as usize, flags as usize]).ok()? as c_int;
    let path = network_file(fd);
    let _ = host::close(fd);
    path
}
