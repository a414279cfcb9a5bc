// SPDX-License-Identifier: GPL-2.0

//! The handler of all signals, and so of all calls. It runs on a signal stack of ours, with all signals
//! blocked. While the thread is the program's, so is its thread-local storage: nothing here that is
//! done then may use any.

use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;

use libc::{SIG_IGN, siginfo_t, ucontext_t};
use libos_host::fault;

use super::record::{self, Record, Work};
use super::sites::{self, Kind};
use super::{actions, crossing, frame};
use crate::call::{Call, Origin};
use crate::policy::{self, Class};
use crate::signals::{action, deferral, mask};
use crate::table::{Owner, TABLE};
use crate::{errno, instance, parent, registers, route};

/// `SYS_USER_DISPATCH` and `SYS_SECCOMP` of `<asm-generic/siginfo.h>`.
const BY_DISPATCH: c_int = 2;
const BY_FILTER: c_int = 1;

/// The handler.
///
/// # Safety
///
/// Called by the host's kernel, in a thread that has a record.
pub unsafe extern "C" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's arguments.
    let (info, context) = unsafe { (&mut *info, &mut *context.cast::<ucontext_t>()) };
    let signal = parent::meaning(signal, info);
    let is_fault = actions::is_of_memory(signal) && info.si_code > 0;
    // SAFETY: as above.
    if is_fault && unsafe { fault::fix(context) } {
        return;
    }
    let record = record::current();
    let was_sent = actions::is_of_memory(signal) && info.si_code <= 0;
    if was_sent && must_wait(record, signal, context) {
        record.held.keep(signal, info);
        if !frame::is_ours(record, context) {
            release(record);
        }
        return;
    }
    // SAFETY: as above; this function uses none.
    unsafe {
        crossing::complete_crossing(record, context);
        crossing::undo_entrance(record, context);
    }
    match (record.is_program(), signal, info.si_code) {
        // SAFETY: as above.
        (true, libc::SIGSYS, BY_DISPATCH) => unsafe { call(record, info, context) },
        // SAFETY: as above.
        (true, ..) => unsafe { deliver(record, signal, info, context) },
        // SAFETY: as above.
        (false, ..) => unsafe { arrive_in_runner(record, signal, info, context) },
    }
    release(record);
}

/// Whether a signal that is never blocked must wait: the program has blocked it, it interrupts this handler,
/// or the runner while nothing else would.
fn must_wait(record: &Record, signal: c_int, context: &ucontext_t) -> bool {
    const OTHERS: u64 = !mask::KEPT & !actions::NEVER;
    let is_blocked = record.held.blocked() & mask::bit(signal) != 0;
    let all_blocked = || !record.is_program() && !frame::mask_of(context) & OTHERS == 0;
    is_blocked || frame::is_ours(record, context) || all_blocked()
}

/// Has those come that were kept, and are not blocked: when this handler returns, or on the runner's way out.
fn release(record: &Record) {
    if record.is_program() {
        record.held.send_later();
    } else if record.held.pending() & !record.held.blocked() != 0 {
        record.waits.store(1, Ordering::Relaxed);
    }
}

/// # Safety
///
/// In the handler, for a call of the program's.
unsafe fn call(record: &Record, info: &siginfo_t, context: &mut ucontext_t) {
    let call = registers::call(&context.uc_mcontext.gregs, Origin::Static);
    if is_foreign(info) {
        record.work.set(Work::Foreign);
        // SAFETY: as the caller promises.
        return unsafe { crossing::become_runner(record, context) };
    }
    sites::look_at(&call);
    sites::rewrite(crossing::site(context), call.nr);
    let outcome = match call.nr {
        // SAFETY: as the caller promises.
        SIGRETURN => unsafe { frame::leave(record, context) },
        PROCMASK => actions::change_mask(record, context, call),
        ALTSTACK => frame::change_stack(record, context, call),
        _ if is_hosts(&call) => return crossing::call_in_gate(record, context),
        _ => {
            record.work.set(Work::Call);
            // SAFETY: as the caller promises.
            return unsafe { crossing::become_runner(record, context) };
        }
    };
    registers::set_result(&mut context.uc_mcontext.gregs, errno::raw(outcome));
}

/// Whether the call is one of another ABI, by the kernel's number for that.
fn is_foreign(info: &siginfo_t) -> bool {
    const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;
    const ARCH_AT: usize = 28;
    // SAFETY: the kernel has written all of it.
    let arch = unsafe { core::ptr::from_ref(info).byte_add(ARCH_AT).cast::<u32>().read() };
    arch != AUDIT_ARCH_X86_64
}

/// Whether nobody but the host has to do with the call.
fn is_hosts(call: &Call) -> bool {
    let fd = call.int(0);
    match policy::class(call.nr) {
        Class::Host => !is_special(call.nr),
        Class::Close => TABLE.owner(fd) == Owner::Host && !instance::owns(fd),
        Class::Descriptor
        | Class::Accept
        | Class::Duplicate
        | Class::EpollWait
        | Class::SetOption
        | Class::MakesOrChanges => !TABLE.is_library(fd),
        Class::Fcntl => TABLE.owner(fd) == Owner::Host && !instance::owns(fd),
        Class::Ioctl => {
            let concerns = TABLE.is_library(fd) || instance::owns(fd);
            !concerns && !policy::is_network_request(call.args[1])
        }
        Class::Makes | Class::MakesPair(_) => true,
        Class::Map => call.int(3) & libc::MAP_ANONYMOUS != 0 || !TABLE.is_library(call.int(4)),
        Class::KillThread => {
            !matches!(route::signal_of_thread(call), libc::SIGKILL | libc::SIGSTOP)
        }
        _ => false,
    }
}

/// What can be said of a call by its number.
pub fn kind(nr: i64) -> Kind {
    match policy::class(nr) {
        _ if matches!(nr, SIGRETURN | PROCMASK | ALTSTACK) => Kind::Caught,
        _ if matches!(nr, libc::SYS_mprotect | libc::SYS_pkey_mprotect) => Kind::Caught,
        Class::Host if is_special(nr) => Kind::Runner,
        Class::Host | Class::Makes | Class::MakesPair(_) => Kind::Host,
        Class::Descriptor
        | Class::Accept
        | Class::Duplicate
        | Class::EpollWait
        | Class::MakesOrChanges => Kind::ByDescriptor,
        _ => Kind::Runner,
    }
}

/// What the handler itself does: it is about the state that a signal interrupts.
const SIGRETURN: i64 = libc::SYS_rt_sigreturn;
const PROCMASK: i64 = libc::SYS_rt_sigprocmask;
const ALTSTACK: i64 = libc::SYS_sigaltstack;

/// Of the calls that have to do with neither files nor the network, those that [`super::calls`] does in
/// another way.
fn is_special(nr: i64) -> bool {
    matches!(
        nr,
        libc::SYS_clone
            | libc::SYS_clone3
            | libc::SYS_fork
            | libc::SYS_vfork
            | libc::SYS_exit
            | libc::SYS_brk
            | libc::SYS_arch_prctl
            | libc::SYS_rt_sigaction
            | libc::SYS_rt_sigsuspend
            | libc::SYS_rt_sigpending
            | libc::SYS_rt_sigtimedwait
            | libc::SYS_set_tid_address
            | libc::SYS_rseq
    )
}

/// A signal for the program, while the thread is that.
///
/// # Safety
///
/// In the handler.
unsafe fn deliver(record: &Record, signal: c_int, info: &siginfo_t, context: &mut ucontext_t) {
    let action = action::of(signal);
    if action.handler == SIG_IGN && !is_of_instruction(signal, info) {
        return;
    }
    crossing::leave_gate(record, context);
    if action.is_function() && frame::enter(record, signal, action, info, context) {
        return;
    }
    record.work.set(match action.is_function() {
        // There is no room for a frame.
        true => Work::Default(libc::SIGSEGV),
        false if is_of_instruction(signal, info) => Work::Fault(signal),
        false => Work::Default(signal),
    });
    // SAFETY: as the caller promises.
    unsafe { crossing::become_runner(record, context) };
}

/// Whether it comes of an instruction, which will be executed again.
fn is_of_instruction(signal: c_int, info: &siginfo_t) -> bool {
    let faults = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL];
    faults.contains(&signal) && info.si_code > 0
}

/// # Safety
///
/// In the handler, while the thread is the runner's.
unsafe fn arrive_in_runner(
    record: &Record,
    signal: c_int,
    info: &siginfo_t,
    context: &mut ucontext_t,
) {
    if signal == libc::SIGSYS && info.si_code == BY_FILTER {
        // Nothing in the runner makes such calls past the gate.
        let failed = -(libc::ENOSYS as isize);
        return registers::set_result(&mut context.uc_mcontext.gregs, failed);
    }
    if is_of_instruction(signal, info) {
        let _ = actions::tell_kernel(signal, Some(action::Action::DEFAULT));
        return;
    }
    // SAFETY: the kernel's arguments; the thread-local storage is the runner's.
    unsafe { deferral::put_off(signal, info, context) };
    record.waits.store(1, Ordering::Relaxed);
    crossing::interrupt_host_call(record, context);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_apart_by_their_numbers() {
        for (nr, expected) in [
            (libc::SYS_futex, Kind::Host),
            (libc::SYS_read, Kind::ByDescriptor),
            (libc::SYS_socket, Kind::Runner),
            (libc::SYS_clone, Kind::Runner),
            (libc::SYS_openat, Kind::Runner),
            (libc::SYS_rt_sigreturn, Kind::Caught),
        ] {
            assert!(kind(nr) == expected, "call {nr}");
        }
    }

    #[test]
    fn what_is_the_hosts_by_its_number_is_so_in_any_case() {
        let numbers = (0..512).filter(|nr| kind(*nr) == Kind::Host);
        let call = |nr| Call { nr, args: [0; 6], origin: Origin::Static };
        assert!(numbers.map(call).all(|call| is_hosts(&call)));
    }
}
