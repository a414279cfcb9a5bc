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

/// Calls that go to the handler, whatever their arguments, if they are made by code that makes all its calls
/// itself (`text`): paths may be the network's, and a process must leave the stack before it ends, or is
/// ended.
pub const IN_TEXT: &[i64] = &[
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_creat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_kill,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_exit_group,
];

/// As [`WATCHED`], in such code: of the first argument,
pub const OF_FIRST: &[i64] = &[
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_getdents64,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
];
/// the first two,
pub const OF_TWO: &[i64] = &[libc::SYS_sendfile, libc::SYS_tee];
/// the first and the third. The fifth is that of `mmap`.
pub const OF_FIRST_AND_THIRD: &[i64] = &[libc::SYS_splice, libc::SYS_copy_file_range];

/// Calls that fail with ENOSYS: they would get around everything else.
pub const REFUSED: &[i64] = &[libc::SYS_io_uring_setup];

/// Requests of ioctl(2) that ask about the network, of whatever socket: from SIOCADDRT on, up to
/// those whose meaning is private to a protocol (AF_UNIX has one). Libc asks them of an AF_UNIX
/// socket.
pub const NETWORK_REQUESTS: Range<u32> = 0x890b..0x89e0;
