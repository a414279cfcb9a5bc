// SPDX-License-Identifier: GPL-2.0

//! The group of sockets: system calls on sockets that have no descriptor.
//!
//! A socket is its `struct file`. For the time of a call it gets a descriptor in the calling task,
//! so that the call is the real one, with all its checks.

use core::ffi::{c_int, c_uint, c_ulong, c_void};

use liblinux_abi::{SimSocket, SimWatch};

use crate::api::tasks::call_current;
use crate::bindings::{self, file};
use crate::kernel::task::{Args, SimTask};
use crate::kernel::{host, syscall, watch};

/// Makes system call `nr` on `socket` and five more arguments.
fn on(socket: *mut SimSocket, nr: u32, args: [usize; 5]) -> isize {
    let [a, b, c, d, e] = args;
    call_current(with_descriptor, syscall::args(nr as usize, [socket as usize, a, b, c, d, e]))
}

/// As `syscall::execute`, but `args[0]` is a file.
fn with_descriptor(task: &SimTask, args: &Args) -> isize {
    let file = args[0] as *mut file;
    // SAFETY: the host has the file open.
    unsafe {
        let fd = bindings::get_unused_fd_flags(bindings::O_CLOEXEC);
        if fd < 0 {
            return fd as isize;
        }
        bindings::fd_install(fd as u32, bindings::get_file(file));
        let mut call = *args;
        call[0] = fd as usize;
        let result = syscall::execute(task, &call);
        bindings::close_fd(fd as u32);
        syscall::interrupted_as_eintr(result)
    }
}

/// Takes the file out of a descriptor that a call has just made; its address, or the error.
fn take_file(fd: isize) -> isize {
    if fd < 0 {
        return fd;
    }
    // SAFETY: the descriptor is the current task's, and nobody else knows it.
    unsafe {
        let file = bindings::fget(fd as u32);
        bindings::close_fd(fd as u32);
        file as isize
    }
}

/// Gives the host the file that `function(args)` made.
fn make(function: fn(&SimTask, &Args) -> isize, args: Args, socket: *mut *mut SimSocket) -> c_int {
    if socket.is_null() {
        return -(bindings::EFAULT as c_int);
    }
    let made = call_current(function, args);
    if made < 0 && made > -4096 {
        return made as c_int;
    }
    // SAFETY: the host's own pointer.
    unsafe { *socket = made as *mut SimSocket };
    0
}

pub unsafe extern "C" fn socket(
    domain: c_int,
    kind: c_int,
    protocol: c_int,
    socket: *mut *mut SimSocket,
) -> c_int {
    fn create(task: &SimTask, args: &Args) -> isize {
        take_file(syscall::execute(task, args))
    }
    let args = [domain as usize, kind as usize, protocol as usize, 0, 0, 0];
    make(create, syscall::args(bindings::__NR_socket as usize, args), socket)
}

pub unsafe extern "C" fn close(socket: *mut SimSocket) -> c_int {
    fn put(_task: &SimTask, args: &Args) -> isize {
        // SAFETY: the host gives its reference back.
        unsafe { bindings::fput(args[0] as *mut file) };
        0
    }
    call_current(put, [socket as usize, 0, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn recvmsg(
    socket: *mut SimSocket,
    message: *mut c_void,
    flags: c_int,
) -> isize {
    on(socket, bindings::__NR_recvmsg, [message as usize, flags as usize, 0, 0, 0])
}

pub unsafe extern "C" fn sendmsg(
    socket: *mut SimSocket,
    message: *const c_void,
    flags: c_int,
) -> isize {
    on(socket, bindings::__NR_sendmsg, [message as usize, flags as usize, 0, 0, 0])
}

pub unsafe extern "C" fn getsockname(
    socket: *mut SimSocket,
    name: *mut c_void,
    len: *mut c_int,
) -> c_int {
    on(socket, bindings::__NR_getsockname, [name as usize, len as usize, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn getpeername(
    socket: *mut SimSocket,
    name: *mut c_void,
    len: *mut c_int,
) -> c_int {
    on(socket, bindings::__NR_getpeername, [name as usize, len as usize, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn bind(socket: *mut SimSocket, name: *const c_void, len: c_int) -> c_int {
    on(socket, bindings::__NR_bind, [name as usize, len as usize, 0, 0, 0]) as c_int
}

/// The file's O_NONBLOCK for the time of a call.
struct NonBlocking {
    file: *mut file,
    before: u32,
}

impl NonBlocking {
    fn set(socket: *mut SimSocket, flags: c_int) -> Self {
        let file = socket.cast::<file>();
        // SAFETY: the host has the file open, and one thread at a time uses its flags.
        unsafe {
            let before = (*file).f_flags;
            (*file).f_flags |= flags as u32 & bindings::O_NONBLOCK;
            NonBlocking { file, before }
        }
    }
}

impl Drop for NonBlocking {
    fn drop(&mut self) {
        // SAFETY: as in `set`.
        unsafe { (*self.file).f_flags = self.before };
    }
}

pub unsafe extern "C" fn connect(
    socket: *mut SimSocket,
    name: *const c_void,
    len: c_int,
    flags: c_int,
) -> c_int {
    let _non_blocking = NonBlocking::set(socket, flags);
    on(socket, bindings::__NR_connect, [name as usize, len as usize, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn listen(socket: *mut SimSocket, backlog: c_int) -> c_int {
    on(socket, bindings::__NR_listen, [backlog as usize, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn shutdown(socket: *mut SimSocket, how: c_int) -> c_int {
    on(socket, bindings::__NR_shutdown, [how as usize, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn accept(
    socket: *mut SimSocket,
    accepted: *mut *mut SimSocket,
    flags: c_int,
) -> c_int {
    fn accept(task: &SimTask, args: &Args) -> isize {
        take_file(with_descriptor(task, args))
    }
    let _non_blocking = NonBlocking::set(socket, flags);
    let args = [socket as usize, 0, 0, 0, 0, 0];
    make(accept, syscall::args(bindings::__NR_accept4 as usize, args), accepted)
}

pub unsafe extern "C" fn ioctl(
    socket: *mut SimSocket,
    request: c_ulong,
    argument: *mut c_void,
) -> c_int {
    on(socket, bindings::__NR_ioctl, [request as usize, argument as usize, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn setsockopt(
    socket: *mut SimSocket,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: c_int,
) -> c_int {
    let args = [level as usize, name as usize, value as usize, len as usize, 0];
    on(socket, bindings::__NR_setsockopt, args) as c_int
}

pub unsafe extern "C" fn getsockopt(
    socket: *mut SimSocket,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    len: *mut c_int,
) -> c_int {
    let args = [level as usize, name as usize, value as usize, len as usize, 0];
    on(socket, bindings::__NR_getsockopt, args) as c_int
}

pub unsafe extern "C" fn poll(socket: *mut SimSocket, events: c_uint) -> c_int {
    fn poll(_task: &SimTask, args: &Args) -> isize {
        // SAFETY: the host has the file open.
        unsafe { (bindings::lib_vfs_poll(args[0] as *mut file) & args[1] as u32) as isize }
    }
    let always = bindings::POLLERR | bindings::POLLHUP;
    call_current(poll, [socket as usize, (events | always) as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn watch(
    socket: *mut SimSocket,
    context: *mut c_void,
    made: *mut *mut SimWatch,
) -> c_int {
    if host::table().poll_event.is_none() {
        return -(bindings::EOPNOTSUPP as c_int);
    }
    let result = call_current(watch::create, [socket as usize, context as usize, 0, 0, 0, 0, 0]);
    if result < 0 && result > -4096 {
        return result as c_int;
    }
    // SAFETY: the host's own pointer.
    unsafe { *made = result as *mut SimWatch };
    0
}

pub unsafe extern "C" fn unwatch(watch: *mut SimWatch) -> c_int {
    call_current(watch::destroy, [watch as usize, 0, 0, 0, 0, 0, 0]) as c_int
}
