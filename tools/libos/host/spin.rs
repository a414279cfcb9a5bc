// SPDX-License-Identifier: GPL-2.0

//! Looking again and again for a moment before sleeping: to be woken on a processor that is idle takes
//! longer than most answers do.
//!
//! It is only done by a thread whose waits are short, and that finds what it waits for so. Where the
//! other side needs the processor that it keeps busy, looking never finds anything: each failure
//! doubles how many waits pass before the next attempt, up to a thousand. (KVM polls before it halts
//! a virtual processor for the same reason: `halt_poll_ns` in virt/kvm/kvm_main.c.)

use core::cell::Cell;

use crate::ticks;

/// How long a thread looks.
const LONGEST: u64 = 50_000 * ticks::PER_NS;
/// The most waits between two attempts.
const MOST_PAUSES: u32 = 1023;

/// What a thread has seen of its waits.
#[derive(Clone, Copy)]
struct Experience {
    /// The last wait was no longer than an attempt.
    short: bool,
    /// Waits that pass before the next attempt,
    pause: u32,
    /// and that will pass after it if it fails.
    next_pause: u32,
}

thread_local! {
    static EXPERIENCE: Cell<Experience> =
        const { Cell::new(Experience { short: false, pause: 0, next_pause: 1 }) };
}

/// Has the waiting thread `look` until it finds something, if that is worthwhile, and then `sleep`.
pub fn wait<T, R>(
    waiting: &mut T,
    look: impl Fn(&mut T) -> Option<R>,
    sleep: impl FnOnce(&mut T) -> R,
) -> R {
    let mut experience = EXPERIENCE.get();
    let begin = ticks::now();
    let attempt = experience.is_good();
    while attempt && ticks::now().wrapping_sub(begin) < LONGEST {
        if let Some(found) = look(waiting) {
            experience.next_pause = 1;
            EXPERIENCE.set(experience);
            return found;
        }
    }
    let result = sleep(waiting);
    if attempt {
        experience.fail();
    } else {
        experience.slept(ticks::now().wrapping_sub(begin));
    }
    EXPERIENCE.set(experience);
    result
}

impl Experience {
    fn is_good(&self) -> bool {
        self.short && self.pause == 0
    }

    fn fail(&mut self) {
        self.short = false;
        self.pause = self.next_pause;
        self.next_pause = (2 * self.next_pause + 1).min(MOST_PAUSES);
    }

    fn slept(&mut self, ticks: u64) {
        self.short = ticks < LONGEST;
        self.pause = self.pause.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_goes_on_looking() {
        let mut slept = 0;
        for _ in 0..100 {
            wait(&mut slept, |_| Some(()), |slept| *slept += 1);
        }
        assert_eq!(slept, 1, "before the first attempt a thread sleeps once, shortly");
    }

    #[test]
    fn who_never_finds_hardly_looks() {
        let (mut attempts, mut looks) = (0, 0);
        for _ in 0..2000 {
            let before = looks;
            let look = |looks: &mut u64| {
                *looks += 1;
                None
            };
            wait(&mut looks, look, |_| ());
            attempts += u32::from(looks > before);
        }
        assert!((1..=11).contains(&attempts), "{attempts} attempts");
    }

    #[test]
    fn who_sleeps_long_does_not_look() {
        for _ in 0..5 {
            let look = |_: &mut ()| unreachable!("after a long sleep");
            wait(&mut (), look, |_| std::thread::sleep(core::time::Duration::from_millis(1)));
        }
    }
}
