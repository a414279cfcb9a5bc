// SPDX-License-Identifier: GPL-2.0

//! Paths: the host has the files, the node's own before its own (the simulator has arranged that); the
//! library has what tells of the node, and sockets that are bound to paths.

use crate::descriptors::{self, is_host};
use crate::dispatch::Call;
use crate::library::{self, quietly};
use crate::path::Path;
use crate::{folder, host, users};

/// What the host tells about a process of its own.
const OWN: [&[u8]; 13] = [
    b"exe",
    b"maps",
    b"smaps",
    b"mem",
    b"cmdline",
    b"environ",
    b"fd",
    b"fdinfo",
    b"auxv",
    b"cwd",
    b"root",
    b"map_files",
    b"smaps_rollup",
];

/// Whether the file at this absolute path is the library's.
pub fn is_library(path: &[u8]) -> bool {
    let below = |directory: &[u8]| {
        let rest = path.strip_prefix(directory);
        rest.filter(|rest| rest.is_empty() || rest[0] == b'/')
    };
    if let Some(rest) = below(b"/proc/self").or_else(|| below(b"/proc/thread-self")) {
        let name = rest.get(1..).unwrap_or_default();
        let name = name.split(|byte| *byte == b'/').next().unwrap_or_default();
        return !OWN.contains(&name);
    }
    let of_library: [&[u8]; 6] =
        [b"/proc", b"/sys", b"/dev/random", b"/dev/urandom", b"/dev/kmsg", b"/dev/net/tun"];
    of_library.iter().any(|directory| below(directory).is_some())
}

/// Whether the file whose path is at `address` is the library's.
pub fn is_library_at(address: usize) -> bool {
    folder::resolve(address).is_some_and(|path| is_library(path.as_bytes()))
}

/// A call whose path is the argument at `index`, below no descriptor.
pub fn plain(call: &mut Call<'_>, index: usize) -> isize {
    if is_library_at(call.args[index]) { library::execute(call) } else { host_first(call) }
}

/// A call whose path is the argument after the descriptor at `index`.
pub fn below(call: &mut Call<'_>, index: usize) -> isize {
    if is_library_below(call, index) { library::execute(call) } else { host_first(call) }
}

/// rename(2) and link(2).
pub fn two(call: &mut Call<'_>) -> isize {
    let of_library = [is_library_at(call.args[0]), is_library_at(call.args[1])];
    by_owners(call, of_library)
}

/// The same below two descriptors.
pub fn two_below(call: &mut Call<'_>) -> isize {
    let of_library = [is_library_below(call, 0), is_library_below(call, 2)];
    by_owners(call, of_library)
}

/// The host and the library have no file system in common.
fn by_owners(call: &mut Call<'_>, of_library: [bool; 2]) -> isize {
    match of_library {
        [true, true] => library::execute(call),
        [false, false] => host_first(call),
        _ => host::error(libc::EXDEV),
    }
}

fn is_library_below(call: &Call<'_>, index: usize) -> bool {
    let (fd, address) = (call.int(index), call.args[index + 1]);
    match Path::read(address) {
        _ if fd == libc::AT_FDCWD => is_library_at(address),
        Some(path) if path.is_absolute() => is_library(path.as_bytes()),
        _ => !is_host(fd),
    }
}

/// By the host; but a socket that a program has bound is the library's, and so is a pipe with a name.
fn host_first(call: &mut Call<'_>) -> isize {
    let result = match call.nr {
        libc::SYS_access | libc::SYS_faccessat | libc::SYS_faccessat2 => {
            users::access(call.nr, call.args)
        }
        _ => host::call(call.nr, call.args),
    };
    if result != host::error(libc::ENOENT) {
        return result;
    }
    match quietly(call.nr, call.args) {
        found if found >= 0 => found,
        _ => result,
    }
}

/// open(2), creat(2), openat(2) and openat2(2); `flags` are those of open.
pub fn open(call: &mut Call<'_>, below_descriptor: bool, flags: i32) -> isize {
    let of_library = match below_descriptor {
        true => is_library_below(call, 0),
        false => is_library_at(call.args[0]),
    };
    let creates = flags & libc::O_CREAT != 0 || call.nr == libc::SYS_creat;
    if of_library || creates && is_pipe(call, below_descriptor) {
        return library::execute(call);
    }
    let fd = host::call(call.nr, call.args);
    if fd == host::error(libc::ENOENT) && is_pipe(call, below_descriptor) {
        return library::execute(call);
    }
    descriptors::adopt(fd, flags & libc::O_CLOEXEC != 0)
}

/// Whether the library has a pipe of this name.
fn is_pipe(call: &Call<'_>, below_descriptor: bool) -> bool {
    // SAFETY: zeros are a valid value of it.
    let mut about: libc::stat = unsafe { core::mem::zeroed() };
    let (at, path) = match below_descriptor {
        true => (call.args[0], call.args[1]),
        false => (libc::AT_FDCWD as usize, call.args[0]),
    };
    let told = quietly(libc::SYS_newfstatat, [at, path, &raw mut about as usize, 0]);
    told == 0 && about.st_mode & libc::S_IFMT == libc::S_IFIFO
}

/// mknod(2) and mknodat(2): pipes are the library's, where one process can wait for another.
pub fn make_node(call: &mut Call<'_>, below_descriptor: bool) -> isize {
    let index = usize::from(below_descriptor);
    if call.args[index + 1] as u32 & libc::S_IFMT != libc::S_IFIFO {
        return if below_descriptor { below(call, 0) } else { plain(call, 0) };
    }
    let Some(mut path) = Path::read(call.args[index]) else { return host::error(libc::EFAULT) };
    let at = if below_descriptor { call.args[0] } else { libc::AT_FDCWD as usize };
    if host::call(libc::SYS_faccessat, [at, call.args[index], libc::F_OK as usize]) == 0 {
        return host::error(libc::EEXIST);
    }
    make_directories(path.as_bytes_mut());
    library::execute(call)
}

/// bind(2): a socket that gets a path needs the directories in the library's own tree.
pub fn bind(call: &mut Call<'_>) -> isize {
    let mut address = [0u8; size_of::<libc::sockaddr_un>()];
    let len = call.args[2].min(address.len());
    let known = host::read_memory(call.args[1], &mut address[..len]);
    if known && u16::from_ne_bytes([address[0], address[1]]) == libc::AF_UNIX as u16 {
        let path = address[2..len.max(2)].split_mut(|byte| *byte == 0).next();
        make_directories(path.unwrap_or_default());
    }
    library::execute(call)
}

/// Makes all directories on the way to `path`.
fn make_directories(path: &mut [u8]) {
    const ANYBODYS: usize = 0o1777;
    for end in 1..path.len() {
        if path[end] != b'/' {
            continue;
        }
        path[end] = 0;
        // Whoever may make the file on the host cannot be asked here.
        if quietly(libc::SYS_mkdir, [path.as_ptr() as usize, ANYBODYS]) == 0 {
            quietly(libc::SYS_chmod, [path.as_ptr() as usize, ANYBODYS]);
        }
        path[end] = b'/';
    }
}

#[cfg(test)]
mod tests {
    use super::is_library;

    #[test]
    fn what_tells_of_the_node_is_the_librarys() {
        for path in
            ["/proc", "/proc/net/dev", "/proc/self/net/tcp", "/proc/self/status", "/sys/class/net"]
        {
            assert!(is_library(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn other_files_are_the_hosts() {
        for path in
            ["/", "/process", "/proc/self/exe", "/proc/self/fd/3", "/dev/null", "/etc/hosts"]
        {
            assert!(!is_library(path.as_bytes()), "{path}");
        }
    }
}
