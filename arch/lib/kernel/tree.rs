// SPDX-License-Identifier: GPL-2.0

//! Reading and writing the instance's own files, /proc/sys above all, from inside.

use core::ffi::{CStr, c_char, c_int};

use crate::bindings::{self, dir_context, file};
use crate::kernel::call::error;
use crate::kernel::task::{Args, SimTask};

/// The longest path taken, with its NUL.
const PATH: usize = 256;

/// A path, NUL-terminated, that grows and shrinks by components.
struct Path {
    bytes: [u8; PATH],
    len: usize,
}

impl Path {
    fn new(begin: &[u8]) -> Option<Self> {
        let mut path = Path { bytes: [0; PATH], len: 0 };
        path.push(begin).then_some(path)
    }

    /// Appends; false, and nothing done, if it does not fit.
    fn push(&mut self, more: &[u8]) -> bool {
        let end = self.len + more.len();
        if end >= PATH {
            return false;
        }
        self.bytes[self.len..end].copy_from_slice(more);
        self.bytes[end] = 0;
        self.len = end;
        true
    }

    fn truncate(&mut self, len: usize) {
        self.bytes[len] = 0;
        self.len = len;
    }

    fn from(&self, at: usize) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes[at.min(self.len)..]).unwrap_or_default()
    }

    fn open(&self, flags: u32) -> Result<*mut file, isize> {
        // SAFETY: process context; the path ends with NUL.
        unsafe {
            let file = bindings::filp_open(self.bytes.as_ptr().cast(), flags as c_int, 0);
            if bindings::lib_is_err(file.cast()) { Err(file as isize) } else { Ok(file) }
        }
    }
}

/// The path the host gave: absolute, or relative to /proc/sys.
fn given(path: *const c_char) -> Result<Path, isize> {
    if path.is_null() {
        return Err(error(bindings::EFAULT));
    }
    // SAFETY: the host gave a string, and its thread waits.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let too_long = error(bindings::ENAMETOOLONG);
    if path.first() == Some(&b'/') {
        return Path::new(path).ok_or(too_long);
    }
    let mut whole = Path::new(b"/proc/sys/").ok_or(too_long)?;
    if whole.push(path) { Ok(whole) } else { Err(too_long) }
}

type Transfer = unsafe extern "C" fn(*mut file, *mut c_char, usize, *mut i64) -> isize;

fn transfer(args: &Args, flags: u32, with: Transfer) -> isize {
    let file = match given(args[0] as *const c_char).and_then(|path| path.open(flags)) {
        Ok(file) => file,
        Err(error) => return error,
    };
    let mut offset = args[3] as i64;
    // SAFETY: the file is open, and the buffer the caller's risk: it is copied with care.
    unsafe {
        let result = with(file, args[1] as *mut c_char, args[2], &mut offset);
        bindings::fput(file);
        result
    }
}

/// `args`: path, buffer, length, offset.
pub fn read(_task: &SimTask, args: &Args) -> isize {
    transfer(args, bindings::O_RDONLY, bindings::vfs_read)
}

/// `args`: path, buffer, length, offset.
pub fn write(_task: &SimTask, args: &Args) -> isize {
    transfer(args, bindings::O_WRONLY, write_file)
}

unsafe extern "C" fn write_file(
    file: *mut file,
    buffer: *mut c_char,
    len: usize,
    offset: *mut i64,
) -> isize {
    // SAFETY: as `vfs_write` wants it.
    unsafe { bindings::vfs_write(file, buffer, len, offset) }
}

/// One entry at a time: `iterate_dir()` calls back, and we want the n-th.
#[repr(C)]
struct Nth {
    context: dir_context,
    skip: usize,
    name: [u8; PATH],
    len: usize,
    directory: bool,
}

/// # Safety
///
/// Called by `iterate_dir()` with the context of an [`Nth`].
unsafe extern "C" fn emit(
    context: *mut dir_context,
    name: *const c_char,
    len: c_int,
    _offset: i64,
    _inode: u64,
    kind: u32,
) -> bool {
    // SAFETY: `context` is the first member of ours; `name` has `len` bytes.
    unsafe {
        let nth = &mut *context.cast::<Nth>();
        let name = core::slice::from_raw_parts(name.cast::<u8>(), len as usize);
        if name == b"." || name == b".." || name.len() >= PATH {
            return true;
        }
        if nth.skip > 0 {
            nth.skip -= 1;
            return true;
        }
        nth.name[..name.len()].copy_from_slice(name);
        nth.len = name.len();
        nth.directory = kind == bindings::DT_DIR;
        false
    }
}

/// The `n`-th entry of the directory at `path`, and whether it is one itself.
fn entry(path: &Path, n: usize, nth: &mut Nth) -> Result<bool, isize> {
    let directory = path.open(bindings::O_RDONLY | bindings::O_DIRECTORY)?;
    nth.context.actor = Some(emit);
    nth.context.pos = 0;
    nth.skip = n;
    nth.len = 0;
    // SAFETY: the directory is open, the context our own.
    unsafe {
        let failed = bindings::iterate_dir(directory, &mut nth.context);
        bindings::fput(directory);
        if failed < 0 { Err(failed as isize) } else { Ok(nth.len > 0) }
    }
}

/// Calls `visit` with the path of every file below `root`, relative to it. 0 or a negative errno.
pub fn walk(root: &CStr, mut visit: impl FnMut(&CStr)) -> isize {
    const DEEPEST: usize = 16;

    let Some(mut path) = Path::new(root.to_bytes()) else { return error(bindings::ENAMETOOLONG) };
    let below = path.len + 1;
    // SAFETY: plain data; `actor` is set before it is used.
    let mut nth: Nth = unsafe { core::mem::zeroed() };
    // How many entries of each directory on the way are done, and where its name ends.
    let mut done = [(0usize, 0usize); DEEPEST];
    let mut depth = 0;
    done[0] = (0, path.len);
    loop {
        let (next, len) = done[depth];
        path.truncate(len);
        match entry(&path, next, &mut nth) {
            Err(error) => return error,
            Ok(false) if depth == 0 => return 0,
            Ok(false) => depth -= 1,
            Ok(true) => {
                done[depth].0 += 1;
                let fits = path.push(b"/") && path.push(&nth.name[..nth.len]);
                if !fits {
                    continue;
                }
                if !nth.directory {
                    visit(path.from(below));
                } else if depth + 1 < DEEPEST {
                    depth += 1;
                    done[depth] = (0, path.len);
                }
            }
        }
    }
}
