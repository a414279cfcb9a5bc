// SPDX-License-Identifier: GPL-2.0

//! The baton: who executes. It is handed from thread to thread in the order in which they became
//! ready, and goes back to the simulator when no more are.

use core::sync::atomic::Ordering;
use core::time::Duration;

use libos_loader::sys;

use crate::layout::{SIMULATOR, control};

/// The thread that executes.
#[must_use]
pub fn holder() -> u32 {
    control().holder.load(Ordering::Relaxed)
}

/// Lets `number` execute when those before it have: what it waits for may have happened.
pub fn wake(number: u32) {
    let thread = &control().thread[number as usize];
    if !thread.is_used() {
        return;
    }
    thread.woken.store(1, Ordering::Relaxed);
    if thread.waits.load(Ordering::Relaxed) != 0
        && number != SIMULATOR
        && thread.queued.swap(1, Ordering::Relaxed) == 0
    {
        control().ready.push(number);
    }
}

/// The next thread that is to execute.
pub fn next() -> Option<u32> {
    loop {
        let number = control().ready.pop()?;
        let thread = &control().thread[number as usize];
        thread.queued.store(0, Ordering::Relaxed);
        if thread.is_used() {
            return Some(number);
        }
    }
}

/// Waits until `number`, the calling thread's, was woken; others execute meanwhile. Not for the
/// simulator, which has nobody to give the baton back to.
pub fn wait(number: u32) {
    let thread = &control().thread[number as usize];
    if thread.woken.swap(0, Ordering::Relaxed) != 0 {
        return;
    }
    thread.waits.store(1, Ordering::Relaxed);
    give(next().unwrap_or(SIMULATOR));
    receive(number);
    thread.waits.store(0, Ordering::Relaxed);
    thread.woken.store(0, Ordering::Relaxed);
}

/// Gives the baton to `number`. The calling thread must not touch anything shared after that.
pub fn give(number: u32) {
    let control = control();
    control.holder.store(number, Ordering::Relaxed);
    control.turns.fetch_add(1, Ordering::Relaxed);
    let word = &control.thread[number as usize].word;
    word.store(1, Ordering::Release);
    sys::futex_wake(word, 1);
}

/// Takes the baton back from `number`, which is gone; by the simulator.
pub fn take_back(number: u32) {
    let control = control();
    control.thread[number as usize].word.store(0, Ordering::Relaxed);
    control.thread[SIMULATOR as usize].word.store(0, Ordering::Relaxed);
    control.holder.store(SIMULATOR, Ordering::Relaxed);
}

/// Waits for the baton.
pub fn receive(number: u32) {
    while !receive_within(number, None) {}
}

/// Waits for the baton for a while; whether it came.
pub fn receive_within(number: u32, at_most: Option<Duration>) -> bool {
    let word = &control().thread[number as usize].word;
    if word.load(Ordering::Acquire) == 0 {
        sys::futex_wait(word, 0, at_most);
    }
    word.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

/// Lets the threads that are ready execute before `number`, the calling one, goes on. False if there
/// are none.
pub fn give_way(number: u32) -> bool {
    let Some(next) = next() else { return false };
    let thread = &control().thread[number as usize];
    thread.waits.store(1, Ordering::Relaxed);
    wake(number);
    give(next);
    receive(number);
    thread.waits.store(0, Ordering::Relaxed);
    thread.woken.store(0, Ordering::Relaxed);
    true
}
