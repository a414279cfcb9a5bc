// SPDX-License-Identifier: GPL-2.0

//! Who executes a call. This file is the whole policy; the rest of the crate carries it out.
//!
//! | what | goes to |
//! | --- | --- |
//! | memory | the host |
//! | a descriptor | whoever has the file |
//! | a path | the host, but what tells of the node to the library ([`paths`]) |
//! | threads, processes, programs, their ends | both ([`clone`], [`exec`], [`end`]) |
//! | what would let the program out of here | nobody: it is refused |
//! | everything else | the library: time, sleep, signals, futexes, sockets, pipes, polls, numbers, limits |

use core::sync::atomic::Ordering;

use crate::descriptors::{self, is_host};
use crate::dispatch::Call;
use crate::thread::current;
use crate::warn::Warning;
use crate::{
    clock, clone, end, exec, folder, host, library, locks, mapping, passing, paths, signals,
    transfer, users,
};

pub fn route(call: &mut Call<'_>) -> isize {
    clock::count(call);
    match call.nr {
        libc::SYS_mmap => mapping::map(call),
        libc::SYS_munmap => mapping::unmap(call),
        libc::SYS_mprotect | libc::SYS_brk | libc::SYS_mremap => hosts(call),
        libc::SYS_madvise | libc::SYS_msync | libc::SYS_mincore | libc::SYS_mlock => hosts(call),
        libc::SYS_mlock2 | libc::SYS_munlock | libc::SYS_mlockall => hosts(call),
        libc::SYS_munlockall | libc::SYS_arch_prctl | libc::SYS_membarrier => hosts(call),
        libc::SYS_pkey_alloc | libc::SYS_pkey_free | libc::SYS_pkey_mprotect => hosts(call),

        libc::SYS_read | libc::SYS_write | libc::SYS_readv | libc::SYS_writev => by_file(call),
        libc::SYS_pread64 | libc::SYS_pwrite64 | libc::SYS_preadv => by_file(call),
        libc::SYS_pwritev | libc::SYS_preadv2 | libc::SYS_pwritev2 => by_file(call),
        libc::SYS_lseek | libc::SYS_fstat | libc::SYS_ftruncate | libc::SYS_fsync => by_file(call),
        libc::SYS_fdatasync | libc::SYS_getdents | libc::SYS_getdents64 => by_file(call),
        libc::SYS_fchmod | libc::SYS_fchown | libc::SYS_fallocate => by_file(call),
        libc::SYS_flock if is_host(call.int(0)) => locks::flock(call),
        libc::SYS_fadvise64 | libc::SYS_fstatfs | libc::SYS_readahead => by_file(call),
        libc::SYS_fgetxattr | libc::SYS_fsetxattr | libc::SYS_flistxattr => by_file(call),
        libc::SYS_sync_file_range | libc::SYS_fremovexattr => by_file(call),
        libc::SYS_fcntl => descriptors::fcntl(call),
        libc::SYS_ioctl => descriptors::ioctl(call),
        libc::SYS_close => descriptors::close(call),
        libc::SYS_close_range => descriptors::close_range(call),
        libc::SYS_dup => descriptors::dup(call),
        libc::SYS_dup2 | libc::SYS_dup3 => descriptors::dup_to(call),
        libc::SYS_memfd_create => {
            const CLOEXEC: usize = 1;
            let made = host::call(call.nr, call.args);
            descriptors::adopt(made, call.args[1] & CLOEXEC != 0)
        }
        libc::SYS_sendfile => transfer::send_file(call),
        libc::SYS_splice | libc::SYS_copy_file_range => transfer::splice(call, 2),
        libc::SYS_tee => transfer::splice(call, 1),

        libc::SYS_open => paths::open(call, false, call.int(1)),
        libc::SYS_openat => paths::open(call, true, call.int(2)),
        libc::SYS_creat => paths::open(call, false, 0),
        libc::SYS_stat | libc::SYS_lstat | libc::SYS_access | libc::SYS_readlink => {
            paths::plain(call, 0)
        }
        libc::SYS_chmod | libc::SYS_chown | libc::SYS_lchown | libc::SYS_unlink => {
            paths::plain(call, 0)
        }
        libc::SYS_mkdir | libc::SYS_rmdir => paths::plain(call, 0),
        libc::SYS_rename | libc::SYS_link => paths::two(call),
        libc::SYS_symlink => paths::plain(call, 1),
        libc::SYS_truncate | libc::SYS_statfs | libc::SYS_utime | libc::SYS_utimes => {
            paths::plain(call, 0)
        }
        libc::SYS_mknod => paths::make_node(call, false),
        libc::SYS_mknodat => paths::make_node(call, true),
        libc::SYS_getxattr | libc::SYS_lgetxattr => paths::plain(call, 0),
        libc::SYS_setxattr | libc::SYS_lsetxattr | libc::SYS_listxattr => paths::plain(call, 0),
        libc::SYS_llistxattr | libc::SYS_removexattr | libc::SYS_lremovexattr => {
            paths::plain(call, 0)
        }
        libc::SYS_newfstatat | libc::SYS_statx | libc::SYS_faccessat => paths::below(call, 0),
        libc::SYS_faccessat2 | libc::SYS_readlinkat | libc::SYS_unlinkat => paths::below(call, 0),
        libc::SYS_mkdirat | libc::SYS_fchmodat => paths::below(call, 0),
        libc::SYS_fchownat | libc::SYS_utimensat | libc::SYS_futimesat => paths::below(call, 0),
        libc::SYS_renameat | libc::SYS_renameat2 | libc::SYS_linkat => paths::two_below(call),
        libc::SYS_symlinkat => paths::below(call, 1),
        libc::SYS_chdir => folder::change(call),
        libc::SYS_fchdir => folder::change_to_opened(call),
        libc::SYS_getcwd => folder::tell(call),
        libc::SYS_umask => {
            library::execute(call);
            hosts(call)
        }
        libc::SYS_bind => paths::bind(call),
        libc::SYS_sendmsg => passing::send(call),
        libc::SYS_sendmmsg => passing::send_many(call),
        libc::SYS_recvmsg => passing::receive(call),
        libc::SYS_recvmmsg => passing::receive_many(call),

        libc::SYS_setuid | libc::SYS_setreuid | libc::SYS_setresuid => users::change(call),
        libc::SYS_setgid | libc::SYS_setregid | libc::SYS_setresgid => users::change(call),
        libc::SYS_setfsuid | libc::SYS_setfsgid | libc::SYS_setgroups => users::change(call),

        libc::SYS_clone => clone::clone(call),
        libc::SYS_fork => clone::fork(call, false),
        libc::SYS_vfork => clone::fork(call, true),
        libc::SYS_execve => exec::execute(call),
        libc::SYS_exit => end::exit(call),
        libc::SYS_exit_group => end::exit_group(call),
        libc::SYS_set_tid_address => {
            let me = current().thread;
            me.clear_tid.store(call.args[0] as u64, Ordering::Relaxed);
            me.library_tid.load(Ordering::Relaxed) as isize
        }
        libc::SYS_sigaltstack => signals::set_stack(call),
        libc::SYS_futex => {
            // Threads of one process have one memory here as there; other processes have not.
            call.args[1] |= libc::FUTEX_PRIVATE_FLAG as usize;
            library::execute(call)
        }
        libc::SYS_prctl => control(call),
        libc::SYS_getrlimit | libc::SYS_setrlimit if is_host_limit(call.int(0)) => hosts(call),
        libc::SYS_prlimit64 if call.args[0] == 0 && is_host_limit(call.int(1)) => hosts(call),

        libc::SYS_sched_yield => clock::give_way(call),

        _ if is_refused(call.nr) => refuse(call),
        _ => library::execute(call),
    }
}

fn hosts(call: &mut Call<'_>) -> isize {
    host::call(call.nr, call.args)
}

fn by_file(call: &mut Call<'_>) -> isize {
    if is_host(call.int(0)) { hosts(call) } else { library::execute(call) }
}

/// Limits of what is the host's.
fn is_host_limit(resource: i32) -> bool {
    const LIMITS: [libc::__rlimit_resource_t; 7] = [
        libc::RLIMIT_STACK,
        libc::RLIMIT_AS,
        libc::RLIMIT_DATA,
        libc::RLIMIT_RSS,
        libc::RLIMIT_MEMLOCK,
        libc::RLIMIT_FSIZE,
        libc::RLIMIT_CORE,
    ];
    LIMITS.contains(&(resource as libc::__rlimit_resource_t))
}

/// What is done without, by programs and by libc, when it is not there: ENOSYS.
fn is_refused(nr: i64) -> bool {
    matches!(
        nr,
        libc::SYS_clone3
            | libc::SYS_rseq
            | libc::SYS_io_uring_setup
            | libc::SYS_io_setup
            | libc::SYS_openat2
            | libc::SYS_execveat
            | libc::SYS_seccomp
            | libc::SYS_ptrace
            | libc::SYS_shmat
            | libc::SYS_inotify_init
            | libc::SYS_inotify_init1
            | libc::SYS_fanotify_init
            | libc::SYS_userfaultfd
            | libc::SYS_process_vm_readv
            | libc::SYS_process_vm_writev
            | libc::SYS_chroot
            | libc::SYS_mount
            | libc::SYS_pivot_root
    )
}

fn refuse(call: &Call<'_>) -> isize {
    static SHARED: Warning = Warning::new("shmat is not supported: processes share no memory");
    static TRACED: Warning = Warning::new("ptrace is not supported: programs cannot be traced");
    static WATCHED: Warning = Warning::new("inotify and fanotify are not supported: ENOSYS");
    match call.nr {
        libc::SYS_shmat => SHARED.say(),
        libc::SYS_ptrace => TRACED.say(),
        libc::SYS_inotify_init | libc::SYS_inotify_init1 | libc::SYS_fanotify_init => WATCHED.say(),
        _ => {}
    }
    host::error(libc::ENOSYS)
}

/// prctl(2).
fn control(call: &mut Call<'_>) -> isize {
    const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
    const PR_SET_VMA: i32 = 0x5356_4d41;
    match call.int(0) {
        libc::PR_SET_NAME => {
            hosts(call);
            library::execute(call)
        }
        libc::PR_SET_TSC | libc::PR_SET_SECCOMP | PR_SET_SYSCALL_USER_DISPATCH | PR_SET_VMA => {
            host::error(libc::EINVAL)
        }
        libc::PR_SET_DUMPABLE | libc::PR_GET_DUMPABLE => hosts(call),
        _ => library::execute(call),
    }
}
