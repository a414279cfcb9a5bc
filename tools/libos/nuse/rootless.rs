// SPDX-License-Identifier: GPL-2.0

//! A program of an ordinary user gets a user namespace of its own: there it may have a resolv.conf(5)
//! of its own, and files that would raise its privileges, as ping(8) may be one, are files like
//! others. It does not need them: in the stack, everybody may do everything. It stays the user that
//! it is.

use std::io;

/// Whether that is to be done.
pub fn is_user() -> bool {
    // SAFETY: asks for a number.
    unsafe { libc::geteuid() != 0 }
}

/// The maps of a namespace that has one user.
pub struct Namespace {
    users: String,
    groups: String,
}

impl Namespace {
    pub fn new() -> Self {
        // SAFETY: ask for numbers.
        let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
        Namespace { users: format!("{user} {user} 1"), groups: format!("{group} {group} 1") }
    }

    /// Moves the calling thread, the only one of its process, to a namespace of its own. Allocates no
    /// memory.
    pub fn enter(&self) -> io::Result<()> {
        // SAFETY: takes a number.
        if unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) } < 0 {
            tell(b"nuse: this host lets its users make no namespaces: run nuse as root\n");
            return Err(io::Error::last_os_error());
        }
        write(c"/proc/self/setgroups", b"deny")?;
        write(c"/proc/self/uid_map", self.users.as_bytes())?;
        write(c"/proc/self/gid_map", self.groups.as_bytes())?;
        ignore_privileged_files()
    }
}

fn tell(text: &[u8]) {
    // SAFETY: so many readable bytes.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

fn write(path: &core::ffi::CStr, text: &[u8]) -> io::Result<()> {
    // SAFETY: a string and readable bytes; the descriptor is our own.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        let written = libc::write(fd, text.as_ptr().cast(), text.len());
        let error = io::Error::last_os_error();
        libc::close(fd);
        if written == text.len() as isize { Ok(()) } else { Err(error) }
    }
}

/// The kernel's `struct mount_attr`.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Of all mounts, with MOUNT_ATTR_NOSUID. A kernel before 5.12 cannot: such a program is refused there.
fn ignore_privileged_files() -> io::Result<()> {
    const NOSUID: u64 = 2;
    let attributes = MountAttributes { set: NOSUID, clear: 0, propagation: 0, user_namespace: 0 };
    // SAFETY: a string, and a structure of that size.
    let failed = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            c"/".as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<MountAttributes>(),
        )
    };
    match io::Error::last_os_error() {
        error if failed != 0 && error.raw_os_error() != Some(libc::ENOSYS) => Err(error),
        _ => Ok(()),
    }
}
