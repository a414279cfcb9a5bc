// SPDX-License-Identifier: GPL-2.0

//! Malformed frames into each backend: nothing crashes, the frames are counted, and a question that is
//! asked afterwards is answered. `LIBOS_FRAMES=10000000` sends more than the usual number.

mod generator;
mod stack;
mod wires;

use std::time::{Duration, Instant};

use generator::Generator;
use stack::Stack;
use wires::Wires;

const USUAL: u64 = 200_000;

fn count() -> u64 {
    match std::env::var("LIBOS_FRAMES") {
        Ok(text) => text.parse().expect("LIBOS_FRAMES is a number"),
        Err(_) => USUAL,
    }
}

/// Sends them, of which the host may refuse some itself, and asks in between and afterwards.
fn survives(wires: impl FnOnce(&Stack) -> Wires + Send + 'static) {
    // A thread of its own, which may be moved to a network namespace.
    let run = move || {
        let stack = Stack::boot();
        let mut wires = wires(&stack);
        stack.configure();
        answers(&mut wires, "before");
        let (mut generator, count) = (Generator::new(), count());
        let before = stack.received();
        let (mut made, mut sent) = (0u64, 0u64);
        while sent < count {
            let (header, frame) = generator.next();
            sent += u64::from(wires.send(header, frame));
            made += 1;
            assert!(made < 1000 + 20 * count, "only {sent} of {made} could be sent");
            if made.is_multiple_of((count / 4).max(1)) {
                answers(&mut wires, "between");
            }
        }
        answers(&mut wires, "after");
        let seen = stack.received() - before;
        println!("{made} made, {sent} taken by the host, {seen} counted by the stack");
        assert!(seen > sent / 100, "only {seen} of {sent} were counted");
        stack.is_well();
    };
    if let Err(panic) = std::thread::spawn(run).join() {
        std::panic::resume_unwind(panic);
    }
}

/// An ARP question, as often as it takes: frames that were sent before may have filled a queue.
fn answers(wires: &mut Wires, when: &str) {
    const LONGEST: Duration = Duration::from_secs(30);
    let begin = Instant::now();
    while begin.elapsed() < LONGEST {
        wires.send([0; 10], &stack::question());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_millis(100) {
            match wires.receive() {
                Some(frame) if stack::is_answer(&frame) => return,
                Some(_) => {}
                None => std::thread::sleep(Duration::from_micros(200)),
            }
        }
    }
    panic!("no answer {when} the frames");
}

/// Whoever is at the other end of a descriptor may write any header.
#[test]
fn by_a_descriptor() {
    survives(wires::descriptor);
}

#[test]
fn over_tap() {
    survives(wires::tap);
}

#[test]
fn over_raw() {
    survives(wires::raw);
}

#[test]
fn over_xdp() {
    survives(wires::xdp);
}

/// The other side of a link may also write anything into the memory.
#[test]
fn over_a_link() {
    survives(wires::link);
}

/// A stream may have lengths that no frame has.
#[test]
fn over_a_stream() {
    survives(wires::stream);
}
