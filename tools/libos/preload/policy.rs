// SPDX-License-Identifier: GPL-2.0

//! What goes where. This file is the whole policy; the rest of the crate carries it out.
//!
//! | what | goes to |
//! | --- | --- |
//! | a descriptor | whoever made it, see [`crate::table`]; in a message, see [`crate::sent`] |
//! | `socket(AF_UNIX)`, `socketpair` | the host |
//! | `socket(AF_ALG)`, which is about ciphers | the host, who can read a program's pages |
//! | `socket` of every other family, known or not | the library |
//! | `epoll_create` | the library, whose epoll takes the host's descriptors too |
//! | pipes, eventfd, timerfd, signalfd, inotify, memfd | the host |
//! | `connect` to a name service of the host ([`paths::RESOLVERS`]) | nobody: ENOENT |
//! | files of the network in /proc, /sys and /dev ([`paths::NETWORK`]) | the library |
//! | what `nuse --host` names, of the last two | the host |
//! | all other files, and working directories | the host |
//! | `ioctl` about interfaces, addresses, routes, of any socket | the library |
//! | users, groups, capabilities | the host, and the library is told: [`crate::credentials`] |
//! | a seccomp filter of the program's own | the host, with an exception: [`crate::sandbox`] |
//! | `io_uring_setup` | nobody: ENOSYS, by the filter |

use core::ffi::{CStr, c_int};
use std::borrow::Cow;
use std::ffi::CString;

use nuse_filter::paths::{self, is_below};

use crate::{instance, spelling};

/// What a system call is about, for routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Its first argument is a descriptor, whose owner executes it.
    Descriptor,
    /// Its second argument is a path below a descriptor; the path may be empty, for the
    /// descriptor itself.
    DescriptorOrPath,
    /// Its argument of this index is a path.
    Path(usize),
    /// chdir(2).
    ChangeFolder,
    /// fchdir(2).
    ChangeToOpenFolder,
    /// getcwd(2).
    CurrentFolder,
    Open,
    OpenAt,
    OpenAt2,
    Create,
    Socket,
    Accept,
    Connect,
    SendMessage,
    SendMessages,
    ReceiveMessage,
    ReceiveMessages,
    Ioctl,
    Fcntl,
    Close,
    CloseRange,
    Duplicate,
    /// dup2 and dup3.
    DuplicateTo,
    Poll,
    PollMasked,
    Select,
    SelectMasked,
    EpollCreate,
    EpollControl,
    EpollWait,
    EpollWaitMasked,
    SendFile,
    /// Moves data between two descriptors in the kernel; neither may be the library's.
    Splice,
    /// The host makes a descriptor.
    Makes,
    /// The host makes a descriptor, or changes the first argument, if that is one.
    MakesOrChanges,
    /// The host makes two descriptors; its argument of this index says where it puts them.
    MakesPair(usize),
    Map,
    Unmap,
    Prctl,
    Seccomp,
    /// execve(2), execveat(2).
    Execute,
    /// Ends the process.
    Exit,
    /// fstat(2).
    Status,
    /// setsockopt(2).
    SetOption,
    /// kill(2).
    Kill,
    /// tgkill(2), tkill(2).
    KillThread,
    Unshare,
    /// setns(2).
    Enter,
    /// getrlimit(2), setrlimit(2), prlimit(2).
    Limit,
    /// Changes who the thread is, or what it may do.
    Credentials,
    /// No business of ours.
    Host,
}

/// The class of system call `nr`.
#[inline(always)]
pub const fn class(nr: i64) -> Class {
    match nr {
        libc::SYS_read | libc::SYS_write | libc::SYS_readv | libc::SYS_writev => Class::Descriptor,
        libc::SYS_pread64 | libc::SYS_pwrite64 => Class::Descriptor,
        libc::SYS_preadv | libc::SYS_pwritev => Class::Descriptor,
        libc::SYS_preadv2 | libc::SYS_pwritev2 => Class::Descriptor,
        libc::SYS_sendto | libc::SYS_recvfrom => Class::Descriptor,
        libc::SYS_bind | libc::SYS_listen | libc::SYS_shutdown => Class::Descriptor,
        libc::SYS_getsockname | libc::SYS_getpeername => Class::Descriptor,
        libc::SYS_getsockopt => Class::Descriptor,
        libc::SYS_setsockopt => Class::SetOption,
        libc::SYS_fstat => Class::Status,
        libc::SYS_lseek | libc::SYS_ftruncate => Class::Descriptor,
        libc::SYS_fsync | libc::SYS_fdatasync | libc::SYS_getdents64 => Class::Descriptor,
        libc::SYS_fchown | libc::SYS_fchmod | libc::SYS_flock => Class::Descriptor,
        libc::SYS_fgetxattr | libc::SYS_flistxattr => Class::Descriptor,
        libc::SYS_fsetxattr | libc::SYS_fremovexattr => Class::Descriptor,
        libc::SYS_fstatfs | libc::SYS_fallocate => Class::Descriptor,
        libc::SYS_fadvise64 | libc::SYS_readahead => Class::Descriptor,
        libc::SYS_sync_file_range | libc::SYS_syncfs => Class::Descriptor,

        libc::SYS_newfstatat | libc::SYS_statx | libc::SYS_utimensat => Class::DescriptorOrPath,
        libc::SYS_stat | libc::SYS_lstat | libc::SYS_access | libc::SYS_readlink => Class::Path(0),
        libc::SYS_faccessat | libc::SYS_faccessat2 | libc::SYS_readlinkat => Class::Path(1),
        libc::SYS_getxattr | libc::SYS_lgetxattr => Class::Path(0),
        libc::SYS_listxattr | libc::SYS_llistxattr => Class::Path(0),
        libc::SYS_chdir => Class::ChangeFolder,
        libc::SYS_fchdir => Class::ChangeToOpenFolder,
        libc::SYS_getcwd => Class::CurrentFolder,
        libc::SYS_open => Class::Open,
        libc::SYS_openat => Class::OpenAt,
        libc::SYS_openat2 => Class::OpenAt2,
        libc::SYS_creat => Class::Create,

        libc::SYS_socket => Class::Socket,
        libc::SYS_accept | libc::SYS_accept4 => Class::Accept,
        libc::SYS_connect => Class::Connect,
        libc::SYS_sendmsg => Class::SendMessage,
        libc::SYS_sendmmsg => Class::SendMessages,
        libc::SYS_recvmsg => Class::ReceiveMessage,
        libc::SYS_recvmmsg => Class::ReceiveMessages,
        libc::SYS_ioctl => Class::Ioctl,
        libc::SYS_fcntl => Class::Fcntl,

        libc::SYS_close => Class::Close,
        libc::SYS_close_range => Class::CloseRange,
        libc::SYS_dup => Class::Duplicate,
        libc::SYS_dup2 | libc::SYS_dup3 => Class::DuplicateTo,

        libc::SYS_poll => Class::Poll,
        libc::SYS_ppoll => Class::PollMasked,
        libc::SYS_select => Class::Select,
        libc::SYS_pselect6 => Class::SelectMasked,
        libc::SYS_epoll_create | libc::SYS_epoll_create1 => Class::EpollCreate,
        libc::SYS_epoll_ctl => Class::EpollControl,
        libc::SYS_epoll_wait => Class::EpollWait,
        libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2 => Class::EpollWaitMasked,

        libc::SYS_sendfile => Class::SendFile,
        libc::SYS_splice | libc::SYS_tee | libc::SYS_copy_file_range => Class::Splice,

        libc::SYS_eventfd | libc::SYS_eventfd2 | libc::SYS_timerfd_create => Class::Makes,
        libc::SYS_memfd_create => Class::Makes,
        libc::SYS_signalfd | libc::SYS_signalfd4 => Class::MakesOrChanges,
        libc::SYS_inotify_init | libc::SYS_inotify_init1 | libc::SYS_pidfd_open => Class::Makes,
        libc::SYS_pipe | libc::SYS_pipe2 => Class::MakesPair(0),
        libc::SYS_socketpair => Class::MakesPair(3),

        libc::SYS_mmap => Class::Map,
        libc::SYS_munmap => Class::Unmap,
        libc::SYS_prctl => Class::Prctl,
        libc::SYS_seccomp => Class::Seccomp,
        libc::SYS_execve | libc::SYS_execveat => Class::Execute,
        libc::SYS_exit_group => Class::Exit,
        libc::SYS_kill => Class::Kill,
        libc::SYS_tgkill | libc::SYS_tkill => Class::KillThread,

        libc::SYS_unshare => Class::Unshare,
        libc::SYS_getrlimit | libc::SYS_setrlimit | libc::SYS_prlimit64 => Class::Limit,
        libc::SYS_setuid | libc::SYS_setreuid | libc::SYS_setresuid => Class::Credentials,
        libc::SYS_setgid | libc::SYS_setregid | libc::SYS_setresgid => Class::Credentials,
        libc::SYS_setfsuid | libc::SYS_setfsgid => Class::Credentials,
        libc::SYS_setgroups | libc::SYS_capset => Class::Credentials,
        libc::SYS_setns => Class::Enter,
        _ => Class::Host,
    }
}

/// Whether a socket of this family is made by the host.
#[inline]
pub const fn is_host_family(family: c_int) -> bool {
    matches!(family, libc::AF_UNIX | libc::AF_ALG)
}

/// Whether an AF_UNIX socket with this path belongs to a name service of the host.
pub fn is_host_resolver(path: &[u8]) -> bool {
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    let path = &path[..end];
    is_below_any(path, paths::RESOLVERS) && !is_given(path)
}

fn is_below_any(path: &[u8], tops: &[&str]) -> bool {
    tops.iter().any(|top| is_below(path, top.as_bytes()))
}

/// Whether the user has made this path the host's.
fn is_given(path: &[u8]) -> bool {
    instance::host_paths().any(|top| is_below(path, top))
}

/// The library's name for the file that the program calls `path`; `None` if the file is the
/// host's. Only absolute paths are looked at, and links are not followed: where an opened file really
/// is, [`crate::opened`] asks.
pub fn network_path(path: &CStr) -> Option<Cow<'_, CStr>> {
    let bytes = path.to_bytes();
    if bytes.first() != Some(&b'/') {
        return None;
    }
    if spelling::is_plain(bytes) {
        let path = match library_name(bytes)? {
            Cow::Borrowed(_) => Cow::Borrowed(path),
            Cow::Owned(renamed) => Cow::Owned(CString::new(renamed).ok()?),
        };
        return Some(path);
    }
    let plain = spelling::plain(bytes);
    let name = library_name(&plain)?.into_owned();
    CString::new(name).ok().map(Cow::Owned)
}

/// As [`network_path`], of a path that is spelled plainly.
fn library_name(path: &[u8]) -> Option<Cow<'_, [u8]>> {
    let name = if is_below_any(path, paths::NETWORK) {
        Cow::Borrowed(path)
    } else {
        // The library has other process numbers than the host.
        let rest = below_process(path).filter(|rest| is_below(rest, b"/net"))?;
        Cow::Owned([b"/proc", rest].concat())
    };
    (!is_given(&name)).then_some(name)
}

/// What follows `/proc/NUMBER` or `/proc/NUMBER/task/NUMBER`.
fn below_process(path: &[u8]) -> Option<&[u8]> {
    let rest = path.strip_prefix(b"/proc/")?;
    let process = match rest.strip_prefix(b"self") {
        Some(rest) => rest,
        None => after_number(rest)?,
    };
    Some(process.strip_prefix(b"/task/").and_then(after_number).unwrap_or(process))
}

fn after_number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| &text[digits..])
}

/// The library's name for a file of procfs or sysfs, wherever that is mounted, whose path the host has
/// told; `None` if the file is the host's.
pub fn network_file(system: FileSystem, path: &[u8]) -> Option<CString> {
    let name = match system {
        FileSystem::Proc => {
            let settings = from_component(path, b"/sys/net").map(|rest| [b"/proc", rest].concat());
            settings.or_else(|| {
                let rest = from_component(path, b"/net")?;
                let process = &path[..path.len() - rest.len()];
                // Those of a process, not a folder of the same name elsewhere.
                process.last()?.is_ascii_digit().then(|| [b"/proc", rest].concat())
            })
        }
        FileSystem::Sys => {
            let rest = from_component(path, b"/net")?;
            Some([b"/sys/class", rest].concat())
        }
    }?;
    if is_given(&name) || is_given(path) { None } else { CString::new(name).ok() }
}

/// File systems that say something of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    Proc,
    Sys,
}

/// From the first place where `path` has `part` as whole components.
fn from_component<'a>(path: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    (0..path.len()).map(|at| &path[at..]).find(|rest| is_below(rest, part))
}

/// Whether this request of ioctl(2) is about the network, not about the descriptor.
#[inline]
pub fn is_network_request(request: usize) -> bool {
    nuse_filter::policy::NETWORK_REQUESTS.contains(&(request as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_library(path: &CStr) -> Option<String> {
        network_path(path).map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn families() {
        assert!(is_host_family(libc::AF_UNIX) && is_host_family(libc::AF_ALG));
        for family in [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET, 0, 99, -1]
        {
            assert!(!is_host_family(family), "family {family}");
        }
    }

    #[test]
    fn network_files_are_the_librarys() {
        for path in [
            c"/proc/net",
            c"/proc/net/dev",
            c"/proc/self/net/tcp",
            c"/proc/sys/net/ipv4/ip_forward",
            c"/sys/class/net/eth0/address",
            c"/dev/net/tun",
        ] {
            assert_eq!(of_library(path).as_deref(), path.to_str().ok());
        }
    }

    #[test]
    fn process_numbers_are_dropped() {
        assert_eq!(of_library(c"/proc/1234/net/route").as_deref(), Some("/proc/net/route"));
        assert_eq!(of_library(c"/proc/1/net").as_deref(), Some("/proc/net"));
        assert_eq!(of_library(c"/proc/12/task/34/net/dev").as_deref(), Some("/proc/net/dev"));
        assert_eq!(of_library(c"/proc/self/task/34/net/dev").as_deref(), Some("/proc/net/dev"));
    }

    #[test]
    fn other_spellings_are_no_way_around() {
        for (path, expected) in [
            (c"//proc/sys/net", "/proc/sys/net"),
            (c"/proc/./sys//net/ipv4", "/proc/sys/net/ipv4"),
            (c"/proc/../proc/sys/net/", "/proc/sys/net"),
            (c"/tmp/../dev/net/./tun", "/dev/net/tun"),
            (c"/../proc/1/net/dev", "/proc/net/dev"),
        ] {
            assert_eq!(of_library(path).as_deref(), Some(expected), "{path:?}");
        }
    }

    #[test]
    fn files_are_known_wherever_they_are_mounted() {
        let name = |system, path: &str| {
            network_file(system, path.as_bytes()).map(|name| name.into_string().unwrap_or_default())
        };
        for (system, path, expected) in [
            (
                FileSystem::Proc,
                "/proc/sys/net/ipv4/ip_forward",
                Some("/proc/sys/net/ipv4/ip_forward"),
            ),
            (FileSystem::Proc, "/srv/proc/sys/net", Some("/proc/sys/net")),
            (FileSystem::Proc, "/proc/12/net/dev", Some("/proc/net/dev")),
            (FileSystem::Proc, "/proc/12/task/13/net/dev", Some("/proc/net/dev")),
            (FileSystem::Proc, "/proc/12/maps", None),
            (FileSystem::Proc, "/net/proc/12/maps", None),
            (FileSystem::Proc, "/proc/sys/kernel/hostname", None),
            (FileSystem::Sys, "/sys/class/net", Some("/sys/class/net")),
            (FileSystem::Sys, "/sys/devices/virtual/net/lo/mtu", Some("/sys/class/net/lo/mtu")),
            (FileSystem::Sys, "/sys/devices/pci0/virtio1/net/eth0", Some("/sys/class/net/eth0")),
            (FileSystem::Sys, "/sys/class/block", None),
        ] {
            assert_eq!(name(system, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn other_files_are_the_hosts() {
        for path in [
            c"",
            c"/",
            c"/proc",
            c"/proc/",
            c"/proc/self/status",
            c"/proc/network",
            c"/proc/12/netx",
            c"/proc/sys/kernel/hostname",
            c"/proc/12x/net",
            c"/dev/net",
            c"proc/net/dev",
            c"/etc/hosts",
        ] {
            assert_eq!(of_library(path), None, "{path:?}");
        }
    }

    #[test]
    fn resolvers_of_the_host_are_known() {
        assert!(is_host_resolver(b"/run/systemd/resolve/io.systemd.Resolve"));
        assert!(is_host_resolver(b"/var/run/nscd/socket"));
        assert!(!is_host_resolver(b"/run/docker.sock"));
        assert!(!is_host_resolver(b"/tmp/.X11-unix/X0"));
        assert!(!is_host_resolver(b""));
    }

    #[test]
    fn what_the_filter_catches_is_routed() {
        use nuse_filter::policy::*;
        let others = &[libc::SYS_socket, libc::SYS_ioctl, libc::SYS_mmap][..];
        let text = [IN_TEXT, OF_FIRST, OF_TWO, OF_FIRST_AND_THIRD];
        for &nr in [TRAPPED, WATCHED, others].iter().chain(&text).copied().flatten() {
            assert_ne!(class(nr), Class::Host, "call {nr}");
        }
    }

    #[test]
    fn calls_without_descriptors_are_the_hosts() {
        for nr in [libc::SYS_futex, libc::SYS_mprotect, libc::SYS_getpid, libc::SYS_clone, -1, 9999]
        {
            assert_eq!(class(nr), Class::Host, "call {nr}");
        }
    }
}
