// SPDX-License-Identifier: GPL-2.0

//! What the runner does for the program.

use core::sync::atomic::Ordering;

use super::record::{INVALID, Record, Work, own_tid};
use super::{actions, bases, children, exe, heap, legacy, sites, threads};
use crate::call::{Call, Origin};
use crate::errno::{self, Errno, Outcome};
use crate::instructions::is_dispatch;
use crate::route::route;
use crate::signals::restart::{Decision, Handlers, decide};
use crate::signals::{default, deferral, held, mask, pending};
use crate::{instance, memory, process, registers};

/// The thread has become the runner's.
pub extern "C" fn work(record: &Record) {
    match record.work.replace(Work::Call) {
        Work::Call => call(record),
        Work::Default(signal) => default::act(signal),
        Work::Fault(signal) => {
            instance::end();
            default::die_of_fault(signal);
        }
        Work::Foreign => {
            instance::leave("a static program has made a system call of a 32-bit program")
        }
    }
}

fn call(record: &Record) {
    let call = registers::call(record.registers(), Origin::Static);
    let mask = mask_during(&call);
    let result = errno::raw(execute(record, call));
    if instance::has_ended() {
        // The kernel would not let the program see what becomes of its descriptors meanwhile.
        threads::await_end();
    }
    // Only a signal that has interrupted the call has come under its mask, which may block one that has come
    // before or after.
    if let Some(mask) = mask.filter(|_| result == -(libc::EINTR as isize)) {
        deferral::call_under(mask);
    }
    // A signal whose handler is about to be called has interrupted it.
    let handlers = if record.waits.load(Ordering::Relaxed) == 0 {
        Handlers::None
    } else {
        deferral::handlers_to_come()
    };
    match decide(result, handlers) {
        Decision::Return(result) => registers::set_result(record.registers(), result),
        Decision::Again | Decision::Continue => registers::repeat(record.registers(), call.nr),
    }
}

fn execute(record: &Record, call: Call) -> Outcome {
    sites::look_at(&call);
    let call = match exe::renamed(call) {
        Ok(call) => call,
        Err(known) => return known,
    };
    match call.nr {
        libc::SYS_clone => children::clone(record, call),
        libc::SYS_fork | libc::SYS_vfork => children::fork(record, call.nr),
        libc::SYS_exit if !threads::is_only() => threads::exit(record, call.int(0)),
        libc::SYS_exit | libc::SYS_exit_group => {
            legacy::leave(record);
            process::exit(call.int(0))
        }
        libc::SYS_brk => heap::set_break(call.args[0]),
        libc::SYS_arch_prctl => bases::change(record, call),
        libc::SYS_rt_sigaction => actions::change(call),
        libc::SYS_rt_sigsuspend => suspend(call),
        libc::SYS_rt_sigpending => pending::ask(call),
        libc::SYS_rt_sigtimedwait => pending::wait(call),
        libc::SYS_prctl if is_dispatch(&call) => Err(INVALID),
        libc::SYS_set_tid_address => {
            record.clear_tid.set(call.args[0]);
            Ok(own_tid() as isize)
        }
        // A libc does without: clone3 is told in a structure that grows, rseq is the runner's.
        libc::SYS_clone3 | libc::SYS_rseq => Err(Errno(libc::ENOSYS)),
        _ => route(call),
    }
}

/// The mask that the call has for its duration.
fn mask_during(call: &Call) -> Option<u64> {
    match call.nr {
        libc::SYS_rt_sigsuspend => mask::at(call.args[0]),
        libc::SYS_ppoll => mask::at(call.args[3]),
        libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2 => mask::at(call.args[4]),
        libc::SYS_pselect6 => memory::read(call.args[5]).and_then(mask::at),
        _ => None,
    }
}

fn suspend(mut call: Call) -> Outcome {
    if call.args[1] != mask::SIZE {
        return Err(INVALID);
    }
    let wanted = mask::at(call.args[0]).ok_or(Errno(libc::EFAULT))?;
    let mask = wanted & !mask::KEPT;
    call.args[0] = &raw const mask as usize;
    held::during(Some(wanted), || call.to_host())
}

/// On the way out, with a signal that waits: it is sent again, and comes when the thread is the
/// program's.
pub extern "C" fn send_again(record: &Record) {
    if deferral::waits() {
        let again = deferral::send_again();
        // Of what we never block, the host's masks say nothing; that of a call does.
        let of_program = |mask: u64| mask & !mask::KEPT | record.held.blocked();
        let under = if again.after.is_some() { again.mask } else { of_program(again.mask) };
        record.mask_after.set(again.after.map(of_program));
        record.return_under(under);
        record.held.block(under);
    } else if record.restores_mask.load(Ordering::Relaxed) == 0 {
        record.return_under(mask::block(0));
    }
    record.waits.store(0, Ordering::Relaxed);
    record.held.send_later();
}
