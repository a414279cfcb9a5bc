// SPDX-License-Identifier: GPL-2.0

//! getaddrinfo_a(3): names are looked up while the program goes on. Libc does it in threads that have all
//! signals blocked, where no inner call can be caught; these here have only the program's blocked.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use libc::{addrinfo, sigevent, sigval};

use crate::errno::Errno;
use crate::host;
use crate::signals::mask;

/// `struct gaicb` of `<netdb.h>`.
#[repr(C)]
pub struct Request {
    name: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    result: *mut addrinfo,
    /// What gai_error(3) says.
    state: AtomicI32,
    reserved: [c_int; 5],
}

pub const IN_PROGRESS: c_int = -100;
pub const NOT_CANCELED: c_int = -102;
pub const ALL_DONE: c_int = -103;

/// A request of the program's, which it leaves where it is until that is done.
#[derive(Clone, Copy)]
pub struct Handle(*mut Request);
// SAFETY: one thread works on it, and the program looks at its state.
unsafe impl Send for Handle {}

impl Handle {
    /// # Safety
    ///
    /// The address is null, or that of a request which stays there until it is done.
    pub unsafe fn new(request: *mut Request) -> Option<Self> {
        (!request.is_null()).then_some(Handle(request))
    }

    fn state(self) -> &'static AtomicI32 {
        // SAFETY: as `new` was promised.
        unsafe { &(*self.0).state }
    }

    pub fn is_in_progress(self) -> bool {
        self.state().load(Ordering::Acquire) == IN_PROGRESS
    }

    fn look_up(self) {
        let mut result = null_mut();
        // SAFETY: the program's request, on which nobody else works.
        let state = unsafe {
            let Request { name, service, hints, .. } = *self.0;
            let state = libc::getaddrinfo(name, service, hints, &raw mut result);
            (&raw mut (*self.0).result).write(result);
            state
        };
        self.finish(state);
    }

    fn finish(self, state: c_int) {
        let _turn = turn();
        self.state().store(state, Ordering::Release);
        DONE.notify_all();
    }
}

static TURN: Mutex<()> = Mutex::new(());
static DONE: Condvar = Condvar::new();

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `is_over`, at most for this long. Whether it is.
pub fn wait(longest: Option<Duration>, is_over: impl Fn() -> bool) -> bool {
    let deadline = longest.and_then(|longest| Instant::now().checked_add(longest));
    let mut turn = turn();
    while !is_over() {
        turn = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            None => DONE.wait(turn).unwrap_or_else(PoisonError::into_inner),
            Some(Duration::ZERO) => return false,
            Some(left) => DONE.wait_timeout(turn, left).unwrap_or_else(PoisonError::into_inner).0,
        };
    }
    true
}

/// Requests that belong together: how many are in progress, and what is done after the last.
struct Group {
    left: AtomicUsize,
    event: Option<Event>,
}

impl Group {
    fn one_less(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(event) = &self.event
        {
            event.happen();
        }
    }
}

/// Begins to look up all, each in a thread. What `event` says is done after the last.
pub fn begin(requests: &[Handle], event: Option<Event>) {
    // One more, for this function: nothing happens before all have begun.
    let group = Arc::new(Group { left: AtomicUsize::new(requests.len() + 1), event });
    for request in requests.iter().copied() {
        request.state().store(IN_PROGRESS, Ordering::Release);
        let own = group.clone();
        let work = move || {
            mask::set(mask::ALL);
            { request }.look_up();
            own.one_less();
        };
        if std::thread::Builder::new().spawn(work).is_err() {
            request.finish(libc::EAI_AGAIN);
            group.one_less();
        }
    }
    group.one_less();
}

/// How the program is told: sigevent(3type).
pub enum Event {
    Signal { number: c_int, value: usize },
    Thread { function: unsafe extern "C-unwind" fn(sigval), value: usize },
}

impl Event {
    /// # Safety
    ///
    /// The address is null, or that of an event.
    pub unsafe fn new(event: *const sigevent) -> Option<Self> {
        /// Where `<bits/types/sigevent_t.h>` has what SIGEV_THREAD calls.
        const FUNCTION: usize = 16;
        // SAFETY: as the caller promises.
        unsafe {
            let given = event.as_ref()?;
            let value = given.sigev_value.sival_ptr as usize;
            match given.sigev_notify {
                libc::SIGEV_SIGNAL => Some(Event::Signal { number: given.sigev_signo, value }),
                libc::SIGEV_THREAD => {
                    let function = event.byte_add(FUNCTION).cast();
                    Some(Event::Thread { function: *function, value })
                }
                _ => None,
            }
        }
    }

    fn happen(&self) {
        match *self {
            Event::Signal { number, value } => send(number, value),
            Event::Thread { function, value } => {
                let value = sigval { sival_ptr: value as *mut c_void };
                // SAFETY: the program's function, in a thread of its own.
                unsafe { function(value) };
            }
        }
    }
}

/// What rt_sigqueueinfo(2) takes, as far as it is of interest.
#[repr(C)]
struct Info {
    signal: c_int,
    errno: c_int,
    code: c_int,
    _align: c_int,
    pid: c_int,
    uid: u32,
    value: usize,
    _rest: [u64; 12],
}

fn send(signal: c_int, value: usize) {
    /// `SI_ASYNCNL` of `<bits/siginfo-consts.h>`.
    const CODE: c_int = -60;
    let of = |nr| host::syscall::<0>(nr, []).unwrap_or(0);
    let (pid, uid) = (of(libc::SYS_getpid) as c_int, of(libc::SYS_getuid) as u32);
    let info = Info { signal, errno: 0, code: CODE, _align: 0, pid, uid, value, _rest: [0; 12] };
    let args = [pid as usize, signal as usize, &raw const info as usize];
    // A number that is none is the program's mistake, of which libc does not tell either.
    let _: Result<isize, Errno> = host::syscall(libc::SYS_rt_sigqueueinfo, args);
}
