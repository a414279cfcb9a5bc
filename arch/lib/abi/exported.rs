// SPDX-License-Identifier: GPL-2.0

//! What the library offers its host.

use core::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};

use crate::{
    SimCredentials, SimDevice, SimDevicePacket, SimIovec, SimSignal, SimSocket, SimSysIterator,
    SimTask, SimWatch,
};

/// Operations of the library; filled in by `lib_init`.
///
/// Unless said otherwise an operation may be called by any thread of the host that is not
/// executing the kernel, and may block it in `task_wait`. Those that act for a task act for
/// `task_current`, or for the instance's own first task where that is null. A negative return is
/// an errno; `-ESHUTDOWN` says that the instance has ended, `-ENOTRECOVERABLE` that it panicked.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SimExported {
    /// In: `sizeof(struct SimExported)` as the host was compiled. Out: how much was filled in.
    pub size: u32,
    /// In: [`crate::SIM_ABI_VERSION`] as the host was compiled. Out: the library's.
    pub version: u32,

    /// Tasks: a task for a thread of the host. Tasks made with one `process` share memory and
    /// descriptors, as threads do; a `process` not seen before begins one with no descriptors.
    /// `private_data` is for `task_get_private`. Null when there is no memory.
    pub task_create:
        Option<unsafe extern "C" fn(private_data: *mut c_void, process: c_ulong) -> *mut SimTask>,
    /// Tasks: as fork(2) by `parent`: the first task of the new process `process`, with copies of
    /// its descriptors.
    pub task_fork: Option<
        unsafe extern "C" fn(
            parent: *mut SimTask,
            private_data: *mut c_void,
            process: c_ulong,
        ) -> *mut SimTask,
    >,
    /// Tasks: ends a task that makes no call. Its process keeps its descriptors, also without tasks,
    /// until `process_kill`: threads that have made no call have none.
    pub task_destroy: Option<unsafe extern "C" fn(task: *mut SimTask)>,
    /// Tasks: ends all tasks of a process, wherever they are, and closes its descriptors.
    pub process_kill: Option<unsafe extern "C" fn(process: c_ulong)>,
    /// Tasks: a process of the host has died, whatever it was doing: -ENOTRECOVERABLE if one of its
    /// threads was executing the kernel. Then the instance cannot go on, and all calls return so
    /// from now on. Never blocks. If 0, `process_died` is to follow.
    pub process_check: Option<unsafe extern "C" fn(process: c_ulong) -> c_int>,
    /// Tasks: as `process_kill` for a process of the host that has died; what its threads held is
    /// given back.
    pub process_died: Option<unsafe extern "C" fn(process: c_ulong)>,
    /// Tasks: whether the threads of a process are kept out, all but that of `task` (null: all).
    /// True before it ends or executes another program, both of which must not happen while one of
    /// them executes the kernel; false if nothing came of that.
    pub process_leave:
        Option<unsafe extern "C" fn(process: c_ulong, leave: bool, task: *mut SimTask)>,
    /// Tasks: process `former` is `process` from now on: another program, with the descriptors that
    /// it had and without its tasks. 0 or a negative errno.
    pub process_exec: Option<unsafe extern "C" fn(former: c_ulong, process: c_ulong) -> c_int>,
    /// Tasks: what `task_create` was given. Callable from anywhere.
    pub task_get_private: Option<unsafe extern "C" fn(task: *mut SimTask) -> *mut c_void>,
    /// Tasks: makes a system call for `task` with the numbers of the host's processor. Unlike
    /// `lib_syscall`, an interrupted call that may be begun again returns -512 (ERESTARTSYS),
    /// -513 (ERESTARTNOINTR) or -514 (ERESTARTNOHAND), for the host to apply SA_RESTART.
    pub task_syscall: Option<
        unsafe extern "C" fn(task: *mut SimTask, nr: c_long, args: *const [c_ulong; 6]) -> c_long,
    >,
    /// Tasks: as `task_syscall`, and the descriptors which the call makes get the numbers
    /// `fds[0]`, then `fds[1]` (-1: the lowest free one). For hosts that keep both tables alike.
    pub task_syscall_fds: Option<
        unsafe extern "C" fn(
            task: *mut SimTask,
            nr: c_long,
            args: *const [c_ulong; 6],
            fds: *const [c_int; 2],
        ) -> c_long,
    >,
    /// Tasks: makes the call that `task` is in, or its next one that would wait, return as if by
    /// a signal.
    pub task_interrupt: Option<unsafe extern "C" fn(task: *mut SimTask)>,

    /// Running: raises interrupt lines. Takes no lock, may be called from a signal handler; the
    /// interrupt is delivered when somebody enters.
    pub interrupt: Option<unsafe extern "C" fn(lines: u32)>,
    /// Running: enters, delivers interrupts, and executes until nothing can go on. With `idle`,
    /// a task that is back in its program stops being the current one, so that the tick ends.
    pub run: Option<unsafe extern "C" fn(process: c_ulong, idle: bool) -> c_int>,
    /// Running: where execution continues after the instruction at `address` could not access the
    /// program's memory, or 0 if that instruction is not one of those. For the host's handler of
    /// SIGSEGV and SIGBUS; callable from anywhere.
    pub fault_fixup: Option<unsafe extern "C" fn(address: usize) -> usize>,
    /// Running: powers the instance off: devices are closed, and its memory returned. Nothing
    /// else may be in a call.
    pub shutdown: Option<unsafe extern "C" fn() -> c_int>,

    /// Sockets: as socket(2); the socket has no descriptor.
    pub sock_socket: Option<
        unsafe extern "C" fn(
            domain: c_int,
            kind: c_int,
            protocol: c_int,
            socket: *mut *mut SimSocket,
        ) -> c_int,
    >,
    /// Sockets: closes it.
    pub sock_close: Option<unsafe extern "C" fn(socket: *mut SimSocket) -> c_int>,
    /// Sockets: as recvmsg(2); `message` is a `struct msghdr`.
    pub sock_recvmsg: Option<
        unsafe extern "C" fn(socket: *mut SimSocket, message: *mut c_void, flags: c_int) -> isize,
    >,
    /// Sockets: as sendmsg(2).
    pub sock_sendmsg: Option<
        unsafe extern "C" fn(socket: *mut SimSocket, message: *const c_void, flags: c_int) -> isize,
    >,
    /// Sockets: as getsockname(2).
    pub sock_getsockname: Option<
        unsafe extern "C" fn(socket: *mut SimSocket, name: *mut c_void, len: *mut c_int) -> c_int,
    >,
    /// Sockets: as getpeername(2).
    pub sock_getpeername: Option<
        unsafe extern "C" fn(socket: *mut SimSocket, name: *mut c_void, len: *mut c_int) -> c_int,
    >,
    /// Sockets: as bind(2).
    pub sock_bind: Option<
        unsafe extern "C" fn(socket: *mut SimSocket, name: *const c_void, len: c_int) -> c_int,
    >,
    /// Sockets: as connect(2); `flags` may hold O_NONBLOCK.
    pub sock_connect: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            name: *const c_void,
            len: c_int,
            flags: c_int,
        ) -> c_int,
    >,
    /// Sockets: as listen(2).
    pub sock_listen: Option<unsafe extern "C" fn(socket: *mut SimSocket, backlog: c_int) -> c_int>,
    /// Sockets: as shutdown(2).
    pub sock_shutdown: Option<unsafe extern "C" fn(socket: *mut SimSocket, how: c_int) -> c_int>,
    /// Sockets: as accept(2); `flags` may hold O_NONBLOCK.
    pub sock_accept: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            accepted: *mut *mut SimSocket,
            flags: c_int,
        ) -> c_int,
    >,
    /// Sockets: as ioctl(2).
    pub sock_ioctl: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            request: c_ulong,
            argument: *mut c_void,
        ) -> c_int,
    >,
    /// Sockets: as setsockopt(2).
    pub sock_setsockopt: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            level: c_int,
            name: c_int,
            value: *const c_void,
            len: c_int,
        ) -> c_int,
    >,
    /// Sockets: as getsockopt(2).
    pub sock_getsockopt: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            level: c_int,
            name: c_int,
            value: *mut c_void,
            len: *mut c_int,
        ) -> c_int,
    >,
    /// Sockets: which of the events of poll(2) are true now. Does not block.
    pub sock_poll: Option<unsafe extern "C" fn(socket: *mut SimSocket, events: c_uint) -> c_int>,

    /// Devices: an interface named `name`, down and without address. `private_data` is for
    /// `dev_get_private`, `flags` are `SIM_DEV_*`. Null if the name is taken or not valid.
    pub dev_create: Option<
        unsafe extern "C" fn(
            name: *const c_char,
            private_data: *mut c_void,
            flags: u32,
        ) -> *mut SimDevice,
    >,
    /// Devices: removes the interface.
    pub dev_destroy: Option<unsafe extern "C" fn(device: *mut SimDevice)>,
    /// Devices: what `dev_create` was given. Callable from anywhere.
    pub dev_get_private: Option<unsafe extern "C" fn(device: *mut SimDevice) -> *mut c_void>,
    /// Devices: sets the MAC address of an interface that is down.
    pub dev_set_address:
        Option<unsafe extern "C" fn(device: *mut SimDevice, address: *const [u8; 6]) -> c_int>,
    /// Devices: sets the MTU.
    pub dev_set_mtu: Option<unsafe extern "C" fn(device: *mut SimDevice, mtu: c_int) -> c_int>,
    /// Devices: which offloads of the virtio-net header the host takes: bits of `TUN_F_*`
    /// (`<linux/if_tun.h>`). None until called.
    pub dev_set_offload:
        Option<unsafe extern "C" fn(device: *mut SimDevice, offload: u32) -> c_int>,
    /// Devices: room for a frame of `len` bytes.
    pub dev_create_packet:
        Option<unsafe extern "C" fn(device: *mut SimDevice, len: c_int) -> SimDevicePacket>,
    /// Devices: delivers a frame; the packet is the library's again.
    pub dev_rx: Option<unsafe extern "C" fn(device: *mut SimDevice, packet: SimDevicePacket)>,

    /// Files: reports every file below /proc/sys.
    pub sys_iterate_files: Option<unsafe extern "C" fn(iterator: *const SimSysIterator) -> c_int>,
    /// Files: reads up to `len` bytes of the file at `path` (absolute, or relative to /proc/sys)
    /// from `offset` on. Number of bytes.
    pub sys_file_read: Option<
        unsafe extern "C" fn(
            path: *const c_char,
            buffer: *mut c_void,
            len: usize,
            offset: i64,
        ) -> isize,
    >,
    /// Files: writes.
    pub sys_file_write: Option<
        unsafe extern "C" fn(
            path: *const c_char,
            buffer: *const c_void,
            len: usize,
            offset: i64,
        ) -> isize,
    >,

    /// Poll: makes the descriptor `fd` of `task`'s process stand for a file of the host, so that
    /// poll and epoll wait for it beside the library's own. `private_data` is for `file_poll`. With -1 it is
    /// the lowest number that is free. The number, or a negative errno.
    pub file_create: Option<
        unsafe extern "C" fn(task: *mut SimTask, fd: c_int, private_data: *mut c_void) -> c_int,
    >,
    /// Poll: the file of the host that `fd` of `task`'s process stands for may be ready.
    pub file_ready: Option<unsafe extern "C" fn(task: *mut SimTask, fd: c_int)>,

    /// Sockets: has the host's `poll_event` called with `context` whenever something happens to the
    /// socket, until `sock_unwatch`, which is to be called before `sock_close`.
    pub sock_watch: Option<
        unsafe extern "C" fn(
            socket: *mut SimSocket,
            context: *mut c_void,
            watch: *mut *mut SimWatch,
        ) -> c_int,
    >,
    /// Sockets: ends a watch.
    pub sock_unwatch: Option<unsafe extern "C" fn(watch: *mut SimWatch) -> c_int>,

    /// Devices: whether there is a link; a new device has one.
    pub dev_set_carrier: Option<unsafe extern "C" fn(device: *mut SimDevice, up: bool) -> c_int>,

    /// Programs: the first task of a new process, whose parent is the instance's first one. Unlike
    /// those of `task_create`, the process and its threads are the library's own, as on any kernel:
    /// it ends by exit_group(2) or a signal, its parent waits for it with wait4(2), and the library
    /// knows which handlers it has (`task_signal`). Null when there is no memory.
    pub program_create:
        Option<unsafe extern "C" fn(private_data: *mut c_void, process: c_ulong) -> *mut SimTask>,
    /// Programs: as clone(2) by `task` with these flags, of which those that concern the program's
    /// memory and registers are the host's. The number of the child, whose task goes to `child`, or a
    /// negative errno.
    pub program_clone: Option<
        unsafe extern "C" fn(
            task: *mut SimTask,
            flags: c_ulong,
            private_data: *mut c_void,
            process: c_ulong,
            child: *mut *mut SimTask,
        ) -> c_long,
    >,
    /// Programs: as execve(2) by `task` that has succeeded: the other threads end, descriptors marked
    /// so are closed, and handlers are forgotten. 0 or a negative errno.
    pub program_exec: Option<unsafe extern "C" fn(task: *mut SimTask) -> c_int>,
    /// Programs: after a call that `task` has made: takes a signal whose handler is to be called now.
    /// 1 and the signal, or 0 if there is none. What a signal does without a handler happens in here:
    /// -ESRCH if it was the end.
    pub task_signal:
        Option<unsafe extern "C" fn(task: *mut SimTask, signal: *mut SimSignal) -> c_int>,
    /// Programs: how `task` has ended, as wait(2) has it, or -1 if it has not. Calls for a task that
    /// has ended return -ESRCH; `task_destroy` is still to be called.
    pub task_status: Option<unsafe extern "C" fn(task: *mut SimTask) -> c_int>,

    /// Passing: holds the file at `fd` of `task`'s process under a `name` that the host has given
    /// to no other, until `file_release`.
    pub file_hold:
        Option<unsafe extern "C" fn(task: *mut SimTask, fd: c_int, name: c_ulong) -> c_int>,
    /// Passing: puts the file held under `name` at `fd` of `task`'s process; what is there is closed.
    /// `flags` may be O_CLOEXEC. The file stays held.
    pub file_take: Option<
        unsafe extern "C" fn(task: *mut SimTask, name: c_ulong, fd: c_int, flags: c_int) -> c_int,
    >,
    /// Passing: the file of that name is held no more.
    pub file_release: Option<unsafe extern "C" fn(name: c_ulong) -> c_int>,

    /// Mapping: the memory that the file at `fd` of `task`'s process shares with its program, to be
    /// mapped piece by piece, one behind the other, whole pages each, as mmap(2) of that file would: the
    /// rings of a packet socket. `pieces` has room for `room`. How many there are, -ENODEV for a file
    /// that shares none, or another negative errno of mmap(2). The memory is the file's as long as
    /// that is open.
    pub file_pieces: Option<
        unsafe extern "C" fn(
            task: *mut SimTask,
            fd: c_int,
            pieces: *mut SimIovec,
            room: usize,
        ) -> c_int,
    >,

    /// Devices: delivers a frame, `count` pieces laid end to end, which the library copies: what
    /// `dev_create_packet` and `dev_rx` do, in one entry. 0, -ENOMEM, or -ESHUTDOWN when the instance
    /// has ended.
    pub dev_deliver: Option<
        unsafe extern "C" fn(
            device: *mut SimDevice,
            pieces: *const SimIovec,
            count: usize,
        ) -> c_int,
    >,

    /// Devices: whether the kernel wants frames that are for others, too, as a bridge's ports do
    /// (IFF_PROMISC). Callable from anywhere.
    pub dev_promiscuous: Option<unsafe extern "C" fn(device: *mut SimDevice) -> bool>,

    /// Poll: the `private_data` of `file_create` for the file at `fd` of `task`'s process. 0, -EBADF, -EFAULT, or
    /// -EINVAL if it stands for none of the host.
    pub file_private: Option<
        unsafe extern "C" fn(
            task: *mut SimTask,
            fd: c_int,
            private_data: *mut *mut c_void,
        ) -> c_int,
    >,

    /// Running: calls `visit` with each part of the memory that is free: what is there may be lost.
    /// `visit` does not enter; when it returns, the part may be in use again.
    pub memory_unused: Option<
        unsafe extern "C" fn(
            visit: unsafe extern "C" fn(context: *mut c_void, memory: *mut c_void, bytes: usize),
            context: *mut c_void,
        ) -> c_int,
    >,

    /// Devices: of all frames that the host has ever kept of this device (`SIM_DEV_KEPT`) it has sent, or
    /// dropped, the first `count` (modulo 2³²), and reads them no more. Callable at any time, as `interrupt`,
    /// by one thread at a time. To be called for all before `dev_destroy` and `shutdown`.
    pub dev_sent: Option<unsafe extern "C" fn(device: *mut SimDevice, count: u32)>,

    /// Tasks: the number by which the library's own calls know the task of `process` with this
    /// `private_data`, or `process` if that is null; -ESRCH if there is none.
    pub task_number:
        Option<unsafe extern "C" fn(process: c_ulong, private_data: *mut c_void) -> c_int>,
    /// Tasks: the reverse: whose number it is. `private_data` is null for a process. 0, or -ESRCH if it is
    /// nobody's that the host knows.
    pub task_numbered: Option<
        unsafe extern "C" fn(
            number: c_int,
            process: *mut c_ulong,
            private_data: *mut *mut c_void,
        ) -> c_int,
    >,
    /// Tasks: who `task` is from now on, and what it may do; until then it is root, or what the one was
    /// that it was forked from. With `others`, so are the tasks that its process makes from now on. For
    /// hosts that know better than the library, whose tasks do not execute programs. 0, -ENOMEM,
    /// -EFAULT, or -EINVAL if there are too many groups.
    pub task_set_credentials: Option<
        unsafe extern "C" fn(
            task: *mut SimTask,
            credentials: *const SimCredentials,
            others: bool,
        ) -> c_int,
    >,
}
