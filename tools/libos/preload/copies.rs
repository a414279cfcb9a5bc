// SPDX-License-Identifier: GPL-2.0

//! Copies of the network's files, in memory of the host: what was in one when it was opened. Their names there
//! say which file it was, so that a program that looks finds that file's identity and mode.

use core::ffi::{CStr, c_int};
use core::sync::atomic::{AtomicU64, Ordering};
use std::ffi::CString;

use libos_host::procfs;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::{descriptors, host, library, memory};

/// A name that is followed by the library's path.
const NAME: &[u8] = b"network:";
/// How the host shows it.
const SHOWN: (&[u8], &[u8]) = (b"/memfd:network:", b" (deleted)");
/// The longest name of such a file (memfd_create(2)).
const LONGEST: usize = 249;

/// The device of the host that they are on; 0 before this program has made one.
static DEVICE: AtomicU64 = AtomicU64::new(0);

/// An empty one for what openat(2) of the library is to open.
pub fn make(open: &Call) -> Outcome {
    let flag = if open.int(2) & libc::O_CLOEXEC != 0 { libc::MFD_CLOEXEC } else { 0 };
    let name = name(open).unwrap_or_else(|| c"network".into());
    let args = [name.as_ptr() as usize, (flag | libc::MFD_ALLOW_SEALING) as usize];
    let fd = descriptors::made(host::syscall(libc::SYS_memfd_create, args))?;
    if DEVICE.load(Ordering::Relaxed) == 0 {
        DEVICE.store(device(fd as c_int).unwrap_or(0), Ordering::Relaxed);
    }
    Ok(fd)
}

fn name(open: &Call) -> Option<CString> {
    let path = open.path(1)?.to_bytes();
    let name = if path.first() == Some(&b'/') {
        [NAME, path].concat()
    } else {
        [NAME, &folder(open.int(0))?, b"/", path].concat()
    };
    CString::new(name).ok().filter(|name| name.count_bytes() <= LONGEST)
}

/// Where an open folder of the library's is.
fn folder(fd: c_int) -> Option<Vec<u8>> {
    let link = CString::new(format!("/proc/self/fd/{fd}")).ok()?;
    let mut path = vec![0; LONGEST];
    let args = [link.as_ptr() as usize, path.as_mut_ptr() as usize, path.len()];
    let len = library::syscall(libc::SYS_readlink, args).ok()?;
    path.truncate(len as usize);
    Some(path)
}

/// fstat(2), fstatat(2) or statx(2) has told of a descriptor of the host's. If that is a copy, it says whose from
/// now on: all but the size, which a file of procfs or sysfs does not tell.
pub fn identify(call: &Call) {
    let Some(original) = path(call.int(0)).and_then(|path| stat_of(&path)) else { return };
    match call.nr {
        libc::SYS_fstat => change(call.args[1], |stat| be_as(stat, &original)),
        libc::SYS_newfstatat => change(call.args[2], |stat| be_as(stat, &original)),
        libc::SYS_statx => change(call.args[4], |statx| be_as_extended(statx, &original)),
        _ => {}
    }
}

fn change<T: Copy>(address: usize, change: impl FnOnce(&mut T)) {
    if let Some(mut told) = memory::read::<T>(address) {
        change(&mut told);
        memory::write(address, told);
    }
}

fn be_as(stat: &mut libc::stat, original: &libc::stat) {
    (stat.st_dev, stat.st_ino) = (original.st_dev, original.st_ino);
    (stat.st_mode, stat.st_nlink) = (original.st_mode, original.st_nlink);
    (stat.st_uid, stat.st_gid) = (original.st_uid, original.st_gid);
}

fn be_as_extended(statx: &mut libc::statx, original: &libc::stat) {
    let device = original.st_dev;
    (statx.stx_dev_major, statx.stx_dev_minor) = (libc::major(device), libc::minor(device));
    statx.stx_ino = original.st_ino;
    (statx.stx_mode, statx.stx_nlink) = (original.st_mode as u16, original.st_nlink as u32);
    (statx.stx_uid, statx.stx_gid) = (original.st_uid, original.st_gid);
}

/// The library's path for what `fd` is a copy of; `None` if it is none, or another program's.
fn path(fd: c_int) -> Option<CString> {
    let known = DEVICE.load(Ordering::Relaxed);
    if known == 0 || device(fd) != Some(known) {
        return None;
    }
    let mut room = [0; SHOWN.0.len() + LONGEST + SHOWN.1.len()];
    let shown = procfs::read_link(libos_host::process(), format_args!("fd/{fd}"), &mut room)?;
    CString::new(shown.strip_prefix(SHOWN.0)?.strip_suffix(SHOWN.1)?).ok()
}

/// What the library says of a path.
fn stat_of(path: &CStr) -> Option<libc::stat> {
    // SAFETY: plain data.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    let args = [path.as_ptr() as usize, &raw mut stat as usize];
    library::syscall(libc::SYS_stat, args).ok()?;
    Some(stat)
}

fn device(fd: c_int) -> Option<u64> {
    // SAFETY: plain data.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    host::syscall(libc::SYS_fstat, [fd as usize, &raw mut stat as usize]).ok()?;
    Some(stat.st_dev)
}

/// The file is open in the library for the moment, at the number of its copy.
pub fn fill(open: Call, fd: usize) -> Outcome {
    open.to_library_making(fd as c_int)?;
    let copied = copy(fd);
    let _ = library::close(fd as c_int);
    copied?;
    // It was opened for reading.
    let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK;
    host::syscall(libc::SYS_fcntl, [fd, libc::F_ADD_SEALS as usize, seals as usize])?;
    host::syscall(libc::SYS_lseek, [fd, 0, libc::SEEK_SET as usize])
}

/// From the library's descriptor to the host's of the same number. Its buffer must not become part
/// of a caller's frame: the calls of a thread with a small stack come that way too.
#[inline(never)]
fn copy(fd: usize) -> Outcome {
    let mut buffer = [0u8; 4096];
    let address = buffer.as_mut_ptr() as usize;
    loop {
        let read = library::syscall(libc::SYS_read, [fd, address, buffer.len()])?;
        if read == 0 {
            return Ok(0);
        }
        if host::syscall(libc::SYS_write, [fd, address, read as usize])? < read {
            return Err(Errno(libc::ENOMEM));
        }
    }
}
