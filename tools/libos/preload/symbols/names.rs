// SPDX-License-Identifier: GPL-2.0

//! `<netdb.h>`: names that are looked up by threads.

use core::ffi::c_int;
use core::time::Duration;

use libc::{sigevent, timespec};

use crate::errno::{self, Errno};
use crate::lookups::{self, ALL_DONE, Event, Handle, NOT_CANCELED, Request};

/// The requests of a list.
///
/// # Safety
///
/// So many addresses are there, each null or that of a request.
unsafe fn all(list: *const *mut Request, count: c_int) -> Vec<Handle> {
    // SAFETY: as the caller promises.
    (0..count.max(0) as usize).filter_map(|i| unsafe { Handle::new(*list.add(i)) }).collect()
}

/// getaddrinfo_a(3).
///
/// # Safety
///
/// As for getaddrinfo_a(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn getaddrinfo_a(
    mode: c_int,
    list: *const *mut Request,
    count: c_int,
    event: *const sigevent,
) -> c_int {
    /// Of `<netdb.h>`.
    const WAIT: c_int = 0;
    const NO_WAIT: c_int = 1;
    if ![WAIT, NO_WAIT].contains(&mode) {
        errno::set(Errno(libc::EINVAL));
        return libc::EAI_SYSTEM;
    }
    // SAFETY: as the caller promises.
    let (requests, event) = unsafe { (all(list, count), Event::new(event)) };
    if mode == NO_WAIT {
        lookups::begin(&requests, event);
    } else {
        lookups::begin(&requests, None);
        lookups::wait(None, || !requests.iter().any(|request| request.is_in_progress()));
    }
    0
}

/// gai_suspend(3).
///
/// # Safety
///
/// As for gai_suspend(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn gai_suspend(
    list: *const *mut Request,
    count: c_int,
    timeout: *const timespec,
) -> c_int {
    // SAFETY: as the caller promises.
    let (requests, timeout) = unsafe { (all(list, count), timeout.as_ref()) };
    let open: Vec<_> = requests.into_iter().filter(|request| request.is_in_progress()).collect();
    if open.is_empty() {
        return ALL_DONE;
    }
    let longest = timeout.map(|time| Duration::new(time.tv_sec as u64, time.tv_nsec as u32));
    let is_over = || open.iter().any(|request| !request.is_in_progress());
    if lookups::wait(longest, is_over) { 0 } else { libc::EAI_AGAIN }
}

/// gai_cancel(3): all are begun at once, and what is begun is not canceled.
///
/// # Safety
///
/// As for gai_cancel(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn gai_cancel(request: *mut Request) -> c_int {
    // SAFETY: as the caller promises.
    let request = unsafe { Handle::new(request) };
    if request.is_some_and(|request| request.is_in_progress()) { NOT_CANCELED } else { ALL_DONE }
}
