// SPDX-License-Identifier: GPL-2.0

//! `lib_init` and `lib_syscall`.

use core::ffi::{c_int, c_long, c_ulong};

use liblinux_abi::{SIM_ABI_VERSION, SimExported, SimImported, SimKernel};

#[cfg(feature = "net_device")]
use crate::api::devices;
#[cfg(CONFIG_PACKET)]
use crate::api::mapping;
#[cfg(feature = "socket_api")]
use crate::api::sockets;
use crate::api::{files, passing, poll, running, tasks};
use crate::bindings;
use crate::kernel::{boot, host, syscall};
use crate::mm::arena;

/// Boots the instance that this image is: once; another instance is another image.
///
/// `exported` is filled in as far as its `size` goes. `imported` and `kernel` stay the host's, and
/// must remain until the instance is shut down. Returns 0 when the first process waits for calls;
/// -EINVAL when a table is too small, a necessary operation is missing, or `memory` is less than
/// 16 MiB or no multiple of 4 MiB; -EPROTO when a version differs; -ENOMEM when `memory_alloc`
/// gave none; -EALREADY when called before; -ENOTRECOVERABLE when the kernel panicked.
///
/// # Safety
///
/// The pointers are null or as described.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lib_init(
    exported: *mut SimExported,
    imported: *const SimImported,
    kernel: *mut SimKernel,
) -> c_int {
    // SAFETY: the caller's tables begin with their size and version.
    unsafe {
        if exported.is_null() || imported.is_null() {
            return -(bindings::EINVAL as c_int);
        }
        if (*exported).version != SIM_ABI_VERSION || (*imported).version != SIM_ABI_VERSION {
            return -(bindings::EPROTO as c_int);
        }
        if ((*exported).size as usize) < EXPORTED_LEAST || !complete(&*imported) {
            return -(bindings::EINVAL as c_int);
        }
        if !host::attach(imported, kernel) {
            return -(bindings::EALREADY as c_int);
        }
        let failed = arena::allocate((*imported).memory);
        if failed != 0 {
            return failed;
        }
        let failed = boot::boot();
        if failed == 0 {
            export(exported);
        }
        failed
    }
}

/// A table without even the running group is no table.
const EXPORTED_LEAST: usize = core::mem::offset_of!(SimExported, sock_socket);

/// A table that ends here, as the first ones did, has all that is not optional.
const IMPORTED_LEAST: usize = core::mem::offset_of!(SimImported, thread_may_enter);

/// Whether the host gave all that the kernel cannot do without.
fn complete(table: &SimImported) -> bool {
    table.size as usize >= IMPORTED_LEAST
        && table.print.is_some()
        && table.memory_alloc.is_some()
        && table.memory_free.is_some()
        && table.random.is_some()
        && table.current_ns.is_some()
        && table.event_schedule_ns.is_some()
        && table.event_cancel.is_some()
        && table.task_current.is_some()
        && table.task_wait.is_some()
        && table.task_wakeup.is_some()
        && table.lock_wait.is_some() == table.lock_wake.is_some()
}

/// Fills in as much of the host's table as it has room for.
///
/// # Safety
///
/// `exported` has the size it says.
unsafe fn export(exported: *mut SimExported) {
    // SAFETY: as the caller promises; TABLE is plain data.
    unsafe {
        let size = size_of::<SimExported>().min((*exported).size as usize);
        let table = SimExported { size: size as u32, ..TABLE };
        core::ptr::copy_nonoverlapping((&raw const table).cast::<u8>(), exported.cast(), size);
    }
}

#[allow(clippy::needless_update)] // Not with every configuration.
static TABLE: SimExported = SimExported {
    size: size_of::<SimExported>() as u32,
    version: SIM_ABI_VERSION,
    task_create: Some(tasks::create),
    task_fork: Some(tasks::fork),
    task_destroy: Some(tasks::destroy),
    process_kill: Some(tasks::kill),
    process_check: Some(tasks::check),
    process_died: Some(tasks::died),
    process_leave: Some(tasks::leave),
    process_exec: Some(tasks::exec),
    task_get_private: Some(tasks::get_private),
    task_syscall: Some(tasks::syscall),
    task_syscall_fds: Some(tasks::syscall_fds),
    task_interrupt: Some(tasks::interrupt),
    interrupt: Some(running::interrupt),
    run: Some(running::run),
    fault_fixup: Some(running::fault_fixup),
    shutdown: Some(running::shutdown),
    #[cfg(feature = "socket_api")]
    sock_socket: Some(sockets::socket),
    #[cfg(feature = "socket_api")]
    sock_close: Some(sockets::close),
    #[cfg(feature = "socket_api")]
    sock_recvmsg: Some(sockets::recvmsg),
    #[cfg(feature = "socket_api")]
    sock_sendmsg: Some(sockets::sendmsg),
    #[cfg(feature = "socket_api")]
    sock_getsockname: Some(sockets::getsockname),
    #[cfg(feature = "socket_api")]
    sock_getpeername: Some(sockets::getpeername),
    #[cfg(feature = "socket_api")]
    sock_bind: Some(sockets::bind),
    #[cfg(feature = "socket_api")]
    sock_connect: Some(sockets::connect),
    #[cfg(feature = "socket_api")]
    sock_listen: Some(sockets::listen),
    #[cfg(feature = "socket_api")]
    sock_shutdown: Some(sockets::shutdown),
    #[cfg(feature = "socket_api")]
    sock_accept: Some(sockets::accept),
    #[cfg(feature = "socket_api")]
    sock_ioctl: Some(sockets::ioctl),
    #[cfg(feature = "socket_api")]
    sock_setsockopt: Some(sockets::setsockopt),
    #[cfg(feature = "socket_api")]
    sock_getsockopt: Some(sockets::getsockopt),
    #[cfg(feature = "socket_api")]
    sock_poll: Some(sockets::poll),
    #[cfg(feature = "net_device")]
    dev_create: Some(devices::create),
    #[cfg(feature = "net_device")]
    dev_destroy: Some(devices::destroy),
    #[cfg(feature = "net_device")]
    dev_get_private: Some(devices::get_private),
    #[cfg(feature = "net_device")]
    dev_set_address: Some(devices::set_address),
    #[cfg(feature = "net_device")]
    dev_set_mtu: Some(devices::set_mtu),
    #[cfg(feature = "net_device")]
    dev_set_offload: Some(devices::set_offload),
    #[cfg(feature = "net_device")]
    dev_create_packet: Some(devices::create_packet),
    #[cfg(feature = "net_device")]
    dev_rx: Some(devices::rx),
    sys_iterate_files: Some(files::iterate),
    sys_file_read: Some(files::read),
    sys_file_write: Some(files::write),
    file_create: Some(poll::file_create),
    file_ready: Some(poll::file_ready),
    #[cfg(feature = "socket_api")]
    sock_watch: Some(sockets::watch),
    #[cfg(feature = "socket_api")]
    sock_unwatch: Some(sockets::unwatch),
    #[cfg(feature = "net_device")]
    dev_set_carrier: Some(devices::set_carrier),
    program_create: Some(tasks::create_program),
    program_clone: Some(tasks::clone_program),
    program_exec: Some(tasks::exec_program),
    task_signal: Some(tasks::signal),
    task_status: Some(tasks::status),
    file_hold: Some(passing::file_hold),
    file_take: Some(passing::file_take),
    file_release: Some(passing::file_release),
    #[cfg(CONFIG_PACKET)]
    file_pieces: Some(mapping::file_pieces),
    #[cfg(feature = "net_device")]
    dev_deliver: Some(devices::deliver),
    #[cfg(feature = "net_device")]
    dev_promiscuous: Some(devices::promiscuous),
    file_private: Some(poll::file_private),
    memory_unused: Some(running::memory_unused),
    #[cfg(feature = "net_device")]
    dev_sent: Some(devices::sent),
    task_number: Some(tasks::number),
    task_numbered: Some(tasks::numbered),
    #[cfg(CONFIG_MULTIUSER)]
    task_set_credentials: Some(tasks::set_credentials),
    ..ABSENT
};

/// Every operation absent.
const ABSENT: SimExported = {
    // SAFETY: numbers and optional functions.
    unsafe { core::mem::zeroed() }
};

/// Makes system call `nr`, with the numbers of the host's processor, for the calling thread's
/// task, or for the instance's first one. The result, or a negative errno.
///
/// # Safety
///
/// The instance has been booted; the arguments are the call's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lib_syscall(
    nr: c_long,
    a: c_ulong,
    b: c_ulong,
    c: c_ulong,
    d: c_ulong,
    e: c_ulong,
    f: c_ulong,
) -> c_long {
    let args = syscall::args(nr as usize, [a, b, c, d, e, f].map(|arg| arg as usize));
    let result = tasks::call_current(syscall::execute, args);
    syscall::interrupted_as_eintr(result) as c_long
}
