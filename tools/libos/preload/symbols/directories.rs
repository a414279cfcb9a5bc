// SPDX-License-Identifier: GPL-2.0

//! `<dirent.h>`, and glob(3), which is given these functions.

use core::ffi::{c_char, c_int, c_long};
use core::ptr::null_mut;

use libc::{DIR, dirent64, glob_t};

use super::{Word, aliases, files};
use crate::call::{Call, Origin};
use crate::directory::{self, Directory};
use crate::errno::{self, Errno};
use crate::table::TABLE;
use crate::{instance, opened, real, route};

fn failed<T>(error: Errno) -> *mut T {
    errno::set(error);
    null_mut()
}

/// opendir(3).
///
/// # Safety
///
/// As for opendir(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn opendir(path: *const c_char) -> *mut DIR {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC | libc::O_NONBLOCK;
    let call = Call::new(Origin::Function, libc::SYS_open, [path.word(), flags.word()]);
    if instance::is_attached() && crate::files::place(&call, 0).is_some() {
        return open_ours(call);
    }
    // SAFETY: the program's own call.
    let stream = real::OPENDIR.get().map_or(null_mut(), |open| unsafe { open(path) });
    if !instance::is_attached() || stream.is_null() {
        return stream;
    }
    // SAFETY: a new stream.
    let fd = real::DIRFD.get().map_or(-1, |dirfd| unsafe { dirfd(stream) });
    let Some(path) = opened::network_file(fd) else { return stream };
    // SAFETY: nobody has seen the stream.
    real::CLOSEDIR.get().map(|close| unsafe { close(stream) });
    open_ours(call.with(libc::SYS_open, [path.as_ptr() as usize, flags.word()]))
}

fn open_ours(call: Call) -> *mut DIR {
    match route::route(call) {
        Ok(fd) => directory::open(fd as c_int).cast(),
        Err(error) => failed(error),
    }
}

/// fdopendir(3).
///
/// # Safety
///
/// As for fdopendir(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fdopendir(fd: c_int) -> *mut DIR {
    if !TABLE.is_library(fd) {
        // SAFETY: the program's own call.
        return real::FDOPENDIR.get().map_or(null_mut(), |open| unsafe { open(fd) });
    }
    // SAFETY: plain data; a descriptor.
    unsafe {
        let mut stat = core::mem::zeroed::<libc::stat>();
        if files::fstat(fd, &raw mut stat) < 0 {
            return null_mut();
        }
        if stat.st_mode & libc::S_IFMT != libc::S_IFDIR {
            return failed(Errno(libc::ENOTDIR));
        }
    }
    directory::open(fd).cast()
}

/// The stream, if it is one of ours.
///
/// # Safety
///
/// The program's own, which it uses in one thread at a time.
unsafe fn ours<'a>(stream: *mut DIR) -> Option<&'a mut Directory> {
    // SAFETY: as the caller promises.
    directory::is_ours(stream).then(|| unsafe { &mut *stream.cast::<Directory>() })
}

/// Functions of a stream: what is done with one of ours, and libc's for the others.
macro_rules! streams {
    ($($name:ident($($arg:ident: $type:ty),*) -> $result:ty, $real:ident else $missing:expr,
        |$directory:ident| $body:expr;)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name(stream: *mut DIR $(, $arg: $type)*) -> $result {
                // SAFETY: as the caller promises.
                unsafe {
                    match ours(stream) {
                        Some($directory) => $body,
                        None => real::$real.get().map_or($missing, |real| real(stream $(, $arg)*)),
                    }
                }
            }
        )*
    };
}

streams! {
    readdir64() -> *mut dirent64, READDIR else null_mut(),
        |directory| directory.next().unwrap_or_else(failed);
    readdir64_r(entry: *mut dirent64, result: *mut *mut dirent64) -> c_int,
        READDIR_R else libc::ENOSYS, |directory| copy_next(directory, entry, result);
    rewinddir() -> (), REWINDDIR else (), |directory| directory.seek(0);
    seekdir(position: c_long) -> (), SEEKDIR else (), |directory| directory.seek(position);
    telldir() -> c_long, TELLDIR else -1, |directory| directory.position();
    dirfd() -> c_int, DIRFD else -1, |directory| directory.fd;
    closedir() -> c_int, CLOSEDIR else -1,
        |directory| errno::returned(directory::close(directory)) as c_int;
}

/// # Safety
///
/// The addresses are those of an entry and a pointer.
unsafe fn copy_next(
    directory: &mut Directory,
    entry: *mut dirent64,
    result: *mut *mut dirent64,
) -> c_int {
    let next = directory.next();
    // SAFETY: as the caller promises; an entry is as long as it says.
    unsafe {
        match next {
            Err(Errno(errno)) => {
                result.write(null_mut());
                errno
            }
            Ok(next) if next.is_null() => {
                result.write(null_mut());
                0
            }
            Ok(next) => {
                let len = usize::from((*next).d_reclen);
                next.cast::<u8>().copy_to_nonoverlapping(entry.cast(), len);
                result.write(entry);
                0
            }
        }
    }
}

aliases! {
    readdir = readdir64(stream: *mut DIR) -> *mut dirent64;
    readdir_r = readdir64_r(stream: *mut DIR, entry: *mut dirent64, result: *mut *mut dirent64)
        -> c_int;
}

// ---- scandir(3) ----

type Filter = Option<unsafe extern "C-unwind" fn(*const dirent64) -> c_int>;
type Compare =
    Option<unsafe extern "C-unwind" fn(*const *const dirent64, *const *const dirent64) -> c_int>;

/// scandirat(3).
///
/// # Safety
///
/// As for scandirat(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn scandirat64(
    at: c_int,
    path: *const c_char,
    list: *mut *mut *mut dirent64,
    filter: Filter,
    compare: Compare,
) -> c_int {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: as the caller promises.
    unsafe {
        let fd = files::openat(at, path, flags, 0);
        if fd < 0 {
            return -1;
        }
        let stream = fdopendir(fd);
        if stream.is_null() {
            super::descriptors::close(fd);
            return -1;
        }
        let mut found = collect(stream, filter);
        closedir(stream);
        if let Some(compare) = compare {
            found.sort_by(|a, b| {
                compare(core::ptr::from_ref(a).cast(), core::ptr::from_ref(b).cast()).cmp(&0)
            });
        }
        give(&found, list)
    }
}

/// Copies of the entries that `filter` wants, in memory of malloc(3).
///
/// # Safety
///
/// A stream.
unsafe fn collect(stream: *mut DIR, filter: Filter) -> Vec<*mut dirent64> {
    let mut found = Vec::new();
    // SAFETY: as the caller promises; an entry is as long as it says.
    unsafe {
        loop {
            let entry = readdir64(stream);
            if entry.is_null() {
                return found;
            }
            if filter.is_none_or(|filter| filter(entry) != 0) {
                let len = usize::from((*entry).d_reclen);
                let copy = libc::malloc(len).cast::<dirent64>();
                if copy.is_null() {
                    return found;
                }
                entry.cast::<u8>().copy_to_nonoverlapping(copy.cast(), len);
                found.push(copy);
            }
        }
    }
}

/// Gives the program its list.
///
/// # Safety
///
/// The address is that of a pointer.
unsafe fn give(found: &[*mut dirent64], list: *mut *mut *mut dirent64) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let all = libc::malloc(size_of_val(found).max(1)).cast::<*mut dirent64>();
        if all.is_null() {
            found.iter().for_each(|entry| libc::free(entry.cast()));
            errno::set(Errno(libc::ENOMEM));
            return -1;
        }
        found.as_ptr().copy_to_nonoverlapping(all, found.len());
        list.write(all);
    }
    found.len() as c_int
}

/// scandir(3).
///
/// # Safety
///
/// As for scandir(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn scandir64(
    path: *const c_char,
    list: *mut *mut *mut dirent64,
    filter: Filter,
    compare: Compare,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { scandirat64(libc::AT_FDCWD, path, list, filter, compare) }
}

aliases! {
    scandir = scandir64(path: *const c_char, list: *mut *mut *mut dirent64, filter: Filter,
        compare: Compare) -> c_int;
    scandirat = scandirat64(at: c_int, path: *const c_char, list: *mut *mut *mut dirent64,
        filter: Filter, compare: Compare) -> c_int;
}

// ---- glob(3) ----

/// `glob_t` of `<glob.h>`, with the functions that GLOB_ALTDIRFUNC is about.
#[repr(C)]
struct Glob {
    found: [usize; 3],
    flags: c_int,
    closedir: unsafe extern "C-unwind" fn(*mut DIR) -> c_int,
    readdir: unsafe extern "C-unwind" fn(*mut DIR) -> *mut dirent64,
    opendir: unsafe extern "C-unwind" fn(*const c_char) -> *mut DIR,
    lstat: unsafe extern "C-unwind" fn(*const c_char, *mut libc::stat) -> c_int,
    stat: unsafe extern "C-unwind" fn(*const c_char, *mut libc::stat) -> c_int,
}

/// glob(3), by libc's own with our functions.
///
/// # Safety
///
/// As for glob(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn glob(
    pattern: *const c_char,
    flags: c_int,
    error: real::GlobError,
    result: *mut glob_t,
) -> c_int {
    let Some(real) = real::GLOB.get() else { return libc::GLOB_ABORTED };
    // SAFETY: as the caller promises; the program's structure is as long.
    unsafe {
        if !instance::is_attached() || flags & libc::GLOB_ALTDIRFUNC != 0 {
            return real(pattern, flags, error, result);
        }
        let glob = result.cast::<Glob>();
        (&raw mut (*glob).closedir).write(closedir);
        (&raw mut (*glob).readdir).write(readdir64);
        (&raw mut (*glob).opendir).write(opendir);
        (&raw mut (*glob).lstat).write(files::lstat);
        (&raw mut (*glob).stat).write(files::stat);
        real(pattern, flags | libc::GLOB_ALTDIRFUNC, error, result)
    }
}

const _: () = assert!(size_of::<Glob>() == size_of::<glob_t>());

aliases! {
    glob64 = glob(pattern: *const c_char, flags: c_int, error: real::GlobError, result: *mut glob_t) -> c_int;
}
