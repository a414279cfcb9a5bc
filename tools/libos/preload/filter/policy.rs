// SPDX-License-Identifier: GPL-2.0

//! What the filter looks for.

use std::ops::Range;

/// Numbers of the descriptors that are made by calls which the filter caught: those inside libc
/// (the resolver), and inline ones. What reads or closes such a descriptor is inline too, so the
/// filter watches this range, which programs do not come to by themselves.
pub const WINDOW: Range<i32> = 4096..8000;

/// Calls that go to the handler whatever their arguments.
pub const TRAPPED: &[i64] = &[
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_setsockopt,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_shutdown,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_epoll_create,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_execve,
    libc::SYS_execveat,
];

/// Calls that go to the handler if their first argument is a descriptor in [`WINDOW`].
///
/// Not `dup2`: the child of posix_spawn(3) makes it with SIGSYS blocked.
pub const WATCHED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_ioctl,
];

/// Calls that fail with ENOSYS: they would get around everything else.
pub const REFUSED: &[i64] = &[libc::SYS_io_uring_setup];

/// Requests of ioctl(2) that ask about the network, of whatever socket: from SIOCADDRT on, up to
/// those whose meaning is private to a protocol (AF_UNIX has one). Libc asks them of an AF_UNIX
/// socket.
pub const NETWORK_REQUESTS: Range<u32> = 0x890b..0x89e0;
