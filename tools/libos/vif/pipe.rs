// SPDX-License-Identifier: GPL-2.0

//! A link between two instances of one user, for which nobody needs a privilege.
//!
//! Frames pass through memory that both map, a [`ring`](crate::ring) for each direction, without a
//! system call while the other side is awake. A side that sleeps waits on its bell, a FIFO. A frame
//! is what it is on other interfaces, a virtio-net header and up to 64 KiB: neither side cuts, joins
//! or sums anything.
//!
//! A link is three files in a folder of its name, in the user's [`runtime`] folder. It has two
//! sides; who has one holds a lock on its byte of the memory, which goes when the last process of an
//! instance does, however it ends. So either side may come first, go, and come back. What is sent to
//! a side that is not there fills the ring, and is dropped then; who comes finds its ring empty. The
//! last one that leaves in order removes the files; those of killed ones are used again.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{
            ffi::OsStrExt,
            fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt},
        },
    },
    path::{Path, PathBuf},
    ptr::NonNull,
    sync::atomic::Ordering,
};

use crate::{Offloads, Vif, VifError, Wire, name, ring, ring::Shared, runtime, sys};

/// Bytes of the memory that are locked: a side each, and one by who opens or removes the link.
const GUARD: libc::off_t = 2;
const MEMORY: &str = "memory";
const BELLS: [&str; 2] = ["bell0", "bell1"];
/// The largest IP packet that is not a GSO packet: what an Ethernet frame can say.
const LARGEST_MTU: u32 = 65_521;

/// An instance's side of a link.
#[derive(Debug)]
pub struct End {
    /// It is readable when the other side has rung.
    pub bell: OwnedFd,
    /// To ring the other side: write a byte.
    pub other_bell: OwnedFd,
    /// A [`Shared`], whose lock says that this side is taken.
    pub memory: OwnedFd,
    /// Which ring is sent to; the other is received from.
    pub side: usize,
}

/// Removes the files of a link when it is dropped, unless the other side is there.
#[derive(Debug)]
pub(crate) struct Remover {
    folder: PathBuf,
    side: usize,
}

pub(crate) fn open(link: &str) -> Result<Vif, VifError> {
    name::check_link(link)?;
    let refused = |source| VifError::Link { name: link.to_owned(), source };
    let folder = runtime::folder().map_err(refused)?.join(".link").join(link);
    loop {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(refused)?;
        match try_open(&folder) {
            Ok(Some(end)) => {
                let keeper = Some(Remover { folder, side: end.side }.into());
                let wire = Wire::Pipe(end);
                return Ok(Vif { wire, offloads: Offloads::USO, mtu: LARGEST_MTU, keeper });
            }
            // Somebody has removed it meanwhile.
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(VifError::LinkFull { name: link.to_owned() });
            }
            Err(error) => return Err(refused(error)),
        }
    }
}

fn try_open(folder: &Path) -> io::Result<Option<End>> {
    let path = folder.join(MEMORY);
    let memory = file(&path)?;
    lock(&memory, libc::F_OFD_SETLKW, GUARD)?;
    if !is_at(&memory, &path) {
        return Ok(None);
    }
    let free = |side| lock(&memory, libc::F_OFD_SETLK, side).is_ok();
    let Some(side) = (0..2).find(|side| free(*side as libc::off_t)) else {
        return Err(io::ErrorKind::AddrInUse.into());
    };
    let alone = !is_taken(&memory, 1 - side)?;
    prepare(&memory, side, alone)?;
    let bell = fifo(&folder.join(BELLS[side]))?;
    let other_bell = fifo(&folder.join(BELLS[1 - side]))?;
    if !alone {
        // It may wait for room in a ring that is empty now.
        io::Write::write(&mut &other_bell, &[0])?;
    }
    unlock(&memory, GUARD)?;
    Ok(Some(End { bell: bell.into(), other_bell: other_bell.into(), memory: memory.into(), side }))
}

fn file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Opened for both directions, a FIFO never tells that nobody is at its other end.
fn fifo(path: &Path) -> io::Result<File> {
    let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a string.
    if unsafe { libc::mkfifo(name.as_ptr(), 0o600) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Err(error);
        }
    }
    let fifo = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)?;
    match fifo.metadata()?.file_type().is_fifo() {
        true => Ok(fifo),
        false => Err(io::Error::other(format!("{} is no FIFO", path.display()))),
    }
}

/// Whether the file is still the one of that name.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(found)) => (file.dev(), file.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

/// Makes the memory new if this side is alone, else forgets what was sent to whoever had this side.
fn prepare(memory: &File, side: usize, alone: bool) -> io::Result<()> {
    if alone {
        memory.set_len(0)?;
        memory.set_len(size_of::<Shared>() as u64)?;
    }
    let mapped = Mapping::new(memory)?;
    let shared = mapped.shared();
    if alone {
        shared.magic.store(ring::MAGIC, Ordering::Relaxed);
    } else if shared.magic.load(Ordering::Relaxed) != ring::MAGIC {
        return Err(io::Error::other("the other side has another version of nuse"));
    }
    shared.rings[1 - side].empty();
    Ok(())
}

/// The memory, mapped for a while.
struct Mapping(NonNull<Shared>);

impl Mapping {
    fn new(memory: &File) -> io::Result<Self> {
        if memory.metadata()?.len() < size_of::<Shared>() as u64 {
            return Err(io::Error::other("the other side has another version of nuse"));
        }
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let (size, fd) = (size_of::<Shared>(), memory.as_raw_fd());
        // SAFETY: a new mapping, of a file that is long enough.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), size, access, libc::MAP_SHARED, fd, 0) };
        match NonNull::new(at) {
            Some(at) if at.as_ptr() != libc::MAP_FAILED => Ok(Mapping(at.cast())),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn shared(&self) -> &Shared {
        // SAFETY: mapped, as long as `self` is; all its parts are atomic, or not looked at.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping.
        unsafe { libc::munmap(self.0.as_ptr().cast(), size_of::<Shared>()) };
    }
}

/// One byte of the file, by its open file description: all who inherit it hold the lock.
fn request(kind: libc::c_int, at: libc::off_t) -> libc::flock {
    // SAFETY: plain data for which zero is a value.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    (lock.l_start, lock.l_len) = (at, 1);
    lock
}

fn lock(file: &File, how: libc::c_int, at: libc::off_t) -> io::Result<()> {
    let lock = request(libc::F_WRLCK, at);
    // SAFETY: the kernel reads the lock.
    sys::check(unsafe { libc::fcntl(file.as_raw_fd(), how, &raw const lock) }).map(drop)
}

fn unlock(file: &File, at: libc::off_t) -> io::Result<()> {
    let lock = request(libc::F_UNLCK, at);
    // SAFETY: the kernel reads the lock.
    sys::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) })
        .map(drop)
}

/// Whether somebody else has that side.
fn is_taken(file: &File, side: usize) -> io::Result<bool> {
    let mut lock = request(libc::F_WRLCK, side as libc::off_t);
    // SAFETY: the kernel writes the lock that is in the way.
    sys::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) })?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

impl Remover {
    fn remove(&self) -> io::Result<()> {
        let path = self.folder.join(MEMORY);
        let memory = OpenOptions::new().read(true).write(true).open(&path)?;
        lock(&memory, libc::F_OFD_SETLKW, GUARD)?;
        if is_at(&memory, &path) && !is_taken(&memory, 1 - self.side)? {
            for name in BELLS.iter().chain([&MEMORY]) {
                fs::remove_file(self.folder.join(name))?;
            }
            fs::remove_dir(&self.folder)?;
            self.folder.parent().map_or(Ok(()), fs::remove_dir)?;
            runtime::leave();
        }
        Ok(())
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        // What cannot be removed is used again.
        let _ = self.remove();
    }
}
