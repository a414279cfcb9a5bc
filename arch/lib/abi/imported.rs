// SPDX-License-Identifier: GPL-2.0

//! What the library asks of its host.

use core::ffi::{c_char, c_int, c_ulong, c_void};

use crate::{SimDevice, SimEvent, SimIovec, SimKernel, SimTask};

/// Operations of the host. The table, and `kernel`, must stay valid, at the same address in
/// every process that enters the instance, until `shutdown` has returned.
///
/// Unless said otherwise an operation is called by whichever thread executes the kernel at that
/// moment, on one of the kernel's stacks (16 KiB, perhaps half used), and must neither block nor
/// call the library back.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SimImported {
    /// `sizeof(struct SimImported)` as the host was compiled.
    pub size: u32,
    /// [`crate::SIM_ABI_VERSION`] as the host was compiled.
    pub version: u32,

    /// Memory of the instance in bytes; 0 is CONFIG_LIB_MEMORY_MB.
    pub memory: usize,
    /// Kernel parameters, NUL-terminated, put after CONFIG_LIB_CMDLINE; may be null.
    pub command_line: *const c_char,

    /// Print: one line of the kernel's log without its newline; `level` as in syslog(2), 0 to 7.
    pub print: Option<
        unsafe extern "C" fn(kernel: *mut SimKernel, level: c_int, text: *const c_char, len: usize),
    >,

    /// Memory: `bytes` of zeroed memory at an address that is a multiple of `align`, or null.
    /// Called once, by `lib_init`, on the caller's stack.
    pub memory_alloc: Option<
        unsafe extern "C" fn(kernel: *mut SimKernel, bytes: usize, align: usize) -> *mut c_void,
    >,
    /// Memory: returns what `memory_alloc` gave. Called once, by `shutdown`, on the caller's
    /// stack.
    pub memory_free:
        Option<unsafe extern "C" fn(kernel: *mut SimKernel, memory: *mut c_void, bytes: usize)>,

    /// Random: fills `len` bytes. A simulator's are reproducible.
    pub random:
        Option<unsafe extern "C" fn(kernel: *mut SimKernel, buffer: *mut c_void, len: usize)>,

    /// Time: nanoseconds of a clock that never goes back.
    pub current_ns: Option<unsafe extern "C" fn(kernel: *mut SimKernel) -> u64>,
    /// Time: nanoseconds since 1970. Optional: `current_ns` serves where it is absent.
    pub realtime_ns: Option<unsafe extern "C" fn(kernel: *mut SimKernel) -> u64>,
    /// Time: calls `function(context)` once, `ns` nanoseconds from now, from any thread that
    /// does not execute the kernel; or calls `interrupt(SIM_IRQ_TIMER)` at that time and sees to
    /// it that somebody enters. The library has one event pending at most.
    pub event_schedule_ns: Option<
        unsafe extern "C" fn(
            kernel: *mut SimKernel,
            ns: u64,
            function: Option<unsafe extern "C" fn(context: *mut c_void)>,
            context: *mut c_void,
        ) -> *mut SimEvent,
    >,
    /// Time: forgets an event that has not happened.
    pub event_cancel: Option<unsafe extern "C" fn(kernel: *mut SimKernel, event: *mut SimEvent)>,

    /// Tasks: the task of the calling thread, or null.
    pub task_current: Option<unsafe extern "C" fn(kernel: *mut SimKernel) -> *mut SimTask>,
    /// Tasks: the process of the calling thread, as `task_create` was told it; 0 for none. Optional:
    /// for hosts of which several processes share an instance.
    pub process_current: Option<unsafe extern "C" fn(kernel: *mut SimKernel) -> c_ulong>,
    /// Tasks: called on the caller's own stack, with nothing of the kernel held, by a thread
    /// whose call waits for something and that has nothing to execute; `private_data` is that of its
    /// task, or null while booting. Returns when `task_wakeup` was called for it since the last
    /// return, or when there is an interrupt
    /// to deliver; returning for no reason is harmless. It may call `function` of a scheduled
    /// event.
    pub task_wait: Option<unsafe extern "C" fn(kernel: *mut SimKernel, private_data: *mut c_void)>,
    /// Tasks: lets the thread continue that waits, or is about to, for the task with this
    /// `private_data`. Called with nothing of the kernel held.
    pub task_wakeup:
        Option<unsafe extern "C" fn(kernel: *mut SimKernel, private_data: *mut c_void)>,

    /// Lock: waits while `*word == expected`; spurious returns are harmless. Optional: without
    /// it, threads that compete for the instance spin.
    pub lock_wait:
        Option<unsafe extern "C" fn(kernel: *mut SimKernel, word: *mut u32, expected: u32)>,
    /// Lock: wakes one thread that waits for `word`. Comes with `lock_wait`.
    pub lock_wake: Option<unsafe extern "C" fn(kernel: *mut SimKernel, word: *mut u32)>,

    /// Devices: sends one frame, `iov[0..count]` laid end to end, preceded by a virtio-net header
    /// if the device has `SIM_DEV_OFFLOAD`. 0: it is sent. A negative errno: -EAGAIN stops the queue until
    /// `interrupt(SIM_IRQ_NET)`, any other drops the frame and counts it. [`crate::SIM_DEV_KEPT`]:
    /// the host goes on reading what the pieces are, but not `iov`, until it says by `dev_sent` that
    /// it has sent the frame.
    pub dev_xmit: Option<
        unsafe extern "C" fn(
            kernel: *mut SimKernel,
            device: *mut SimDevice,
            iov: *const SimIovec,
            count: usize,
        ) -> c_int,
    >,
    /// Devices: fetches one frame of a `SIM_DEV_PULL` device into `iov[0..count]`. Its length, or
    /// a negative errno: -EAGAIN when there is none.
    pub dev_receive: Option<
        unsafe extern "C" fn(
            kernel: *mut SimKernel,
            device: *mut SimDevice,
            iov: *const SimIovec,
            count: usize,
        ) -> isize,
    >,

    /// Signals: the kernel has sent `signal` to the task with this `private_data`. Its action is the
    /// host's.
    pub signal_raised: Option<
        unsafe extern "C" fn(kernel: *mut SimKernel, private_data: *mut c_void, signal: c_int),
    >,

    /// Poll: the descriptor of the host that `file_watch` was called for; which of `events` are
    /// true of it now. Called in a thread of the process that owns it.
    pub file_poll: Option<
        unsafe extern "C" fn(kernel: *mut SimKernel, private_data: *mut c_void, events: u32) -> u32,
    >,
    /// Poll: something has happened to a socket that `sock_watch` was called for with this
    /// `context`; `events` may be more than have. Called while the kernel executes.
    pub poll_event: Option<unsafe extern "C" fn(events: u32, context: *mut c_void)>,

    /// Tasks: whether the calling thread may execute the kernel for no task of its own: not if its
    /// process is leaving (`process_leave`) and it is another thread that wanted so. Called with the
    /// instance's lock held. Optional: without it, any may.
    pub thread_may_enter: Option<unsafe extern "C" fn(kernel: *mut SimKernel) -> bool>,
    /// Tasks: waits until `thread_may_enter` may say something else. Comes with it.
    pub thread_stay_out: Option<unsafe extern "C" fn(kernel: *mut SimKernel)>,

    /// Poll: the descriptor for which `file_create` was called with this `private_data` is closed, with all its
    /// copies, and no message has it. Optional. Called while the kernel executes.
    pub file_closed:
        Option<unsafe extern "C" fn(kernel: *mut SimKernel, private_data: *mut c_void)>,

    /// Signals: as `signal_raised`, instead of which it is called, with the signal's `siginfo_t`; for all of
    /// `process` where `private_data` is null, as for the owner of a socket (F_SETOWN of fcntl(2)). The numbers
    /// of processes in `info` are the library's. Optional. Called while the kernel executes.
    pub signal_sent: Option<
        unsafe extern "C" fn(
            kernel: *mut SimKernel,
            process: c_ulong,
            private_data: *mut c_void,
            signal: c_int,
            info: *const c_void,
        ),
    >,
}
