// SPDX-License-Identifier: GPL-2.0

//! A small simulator: a calendar of events, and wires with delay and rate. It is what the tests of
//! this crate use, and shows what [`World`] asks of a larger one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Error;
use crate::node::PortOptions;
use crate::simulation::{Options, Simulation};
use crate::world::{Event, World};

type Action = Box<dyn FnOnce(&Simulation) -> Result<(), Error>>;

/// A point-to-point wire between two ports.
#[derive(Clone, Copy)]
struct Wire {
    peer: (u32, u32),
    delay: u64,
    /// Bits a second.
    rate: u64,
}

/// The simulator's side.
#[derive(Default)]
pub struct Calendar {
    now: Cell<u64>,
    count: Cell<u64>,
    /// By time, then by the order in which they were scheduled.
    events: RefCell<BTreeMap<(u64, Event), Action>>,
    wires: RefCell<BTreeMap<(u32, u32), Wire>>,
    /// Until when each port is sending.
    sending: RefCell<BTreeMap<(u32, u32), u64>>,
    /// All that ended: node, process, status.
    exits: RefCell<Vec<(u32, u32, i32)>>,
    /// What happened to sockets: context, events.
    happened: RefCell<Vec<(usize, u32)>>,
    /// Digest of all frames with their times.
    frames: Cell<(u64, u64)>,
}

impl Calendar {
    fn at(&self, time: u64, action: Action) -> Event {
        let event = self.count.get();
        self.count.set(event + 1);
        self.events.borrow_mut().insert((time, event), action);
        event
    }

    fn record(&self, node: u32, port: u32, frame: &[u8]) {
        let (count, mut digest) = self.frames.get();
        let head = [self.now.get().to_le_bytes(), [node as u8, port as u8, 0, 0, 0, 0, 0, 0]];
        for byte in head.as_flattened().iter().chain(frame) {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.frames.set((count + 1, digest));
    }
}

impl World for Calendar {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn schedule(&self, node: u32, delay: u64) -> Event {
        self.at(self.now.get() + delay, Box::new(move |simulation| simulation.timer(node)))
    }

    fn cancel(&self, event: Event) {
        self.events.borrow_mut().retain(|(_, number), _| *number != event);
    }

    fn transmit(&self, node: u32, port: u32, frame: &[u8]) {
        let Some(&Wire { peer, delay, rate }) = self.wires.borrow().get(&(node, port)) else {
            return;
        };
        self.record(node, port, frame);
        let begin = self.sending.borrow().get(&(node, port)).copied().unwrap_or(0);
        let end = begin.max(self.now.get()) + frame.len() as u64 * 8 * 1_000_000_000 / rate;
        self.sending.borrow_mut().insert((node, port), end);
        self.at(end, Box::new(move |simulation| simulation.room(node, port, 1)));
        let frame = frame.to_vec();
        let arrive = move |simulation: &Simulation| simulation.receive(peer.0, peer.1, &frame);
        self.at(end + delay, Box::new(arrive));
    }

    fn happened(&self, context: usize, events: u32) {
        self.happened.borrow_mut().push((context, events));
    }

    fn exited(&self, node: u32, pid: u32, status: i32) {
        self.exits.borrow_mut().push((node, pid, status));
    }
}

/// Nodes, and a calendar that drives them.
pub struct Network {
    pub simulation: Simulation,
    calendar: Rc<Calendar>,
}

impl Network {
    /// Without nodes.
    pub fn new(options: Options) -> Result<Self, Error> {
        let calendar = Rc::new(Calendar::default());
        let simulation = Simulation::new(calendar.clone(), options)?;
        Ok(Network { simulation, calendar })
    }

    /// Joins two nodes by a wire with this delay in nanoseconds and rate in bits a second; the
    /// interface of each is called `name`.
    pub fn join(&self, [a, b]: [u32; 2], name: &str, delay: u64, rate: u64) -> Result<(), Error> {
        /// As many as a small card has.
        const ROOM: u32 = 64;
        let wires = self.calendar.wires.borrow().len() as u8;
        let port = |node: u32, number: u8| {
            let mac = [2, 0, 0, 0, wires, number];
            self.simulation
                .add_port(node, &PortOptions { name, mac, mtu: 1500, flags: 0, room: ROOM })
        };
        let (at_a, at_b) = ((a, port(a, 1)?), (b, port(b, 2)?));
        let mut wires = self.calendar.wires.borrow_mut();
        wires.insert(at_a, Wire { peer: at_b, delay, rate });
        wires.insert(at_b, Wire { peer: at_a, delay, rate });
        Ok(())
    }

    /// Has `action` happen at a time.
    pub fn at(&self, time: u64, action: impl FnOnce(&Simulation) -> Result<(), Error> + 'static) {
        self.calendar.at(time, Box::new(action));
    }

    /// Lets time pass until `time`, or until nothing more happens.
    pub fn run_until(&self, time: u64) -> Result<(), Error> {
        while self.next_at().is_some_and(|next| next <= time) {
            self.step()?;
        }
        self.calendar.now.set(time);
        Ok(())
    }

    /// Lets the next event happen. False if there is none.
    pub fn step(&self) -> Result<bool, Error> {
        let first = self.calendar.events.borrow_mut().pop_first();
        let Some(((when, _), action)) = first else { return Ok(false) };
        self.calendar.now.set(when);
        action(&self.simulation)?;
        Ok(true)
    }

    /// Simulated time in nanoseconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.calendar.now.get()
    }

    fn next_at(&self) -> Option<u64> {
        self.calendar.events.borrow().first_key_value().map(|((when, _), _)| *when)
    }

    /// The processes that have ended: node, process, status.
    #[must_use]
    pub fn exits(&self) -> Vec<(u32, u32, i32)> {
        self.calendar.exits.borrow().clone()
    }

    /// What has happened to sockets since the last look: context, events.
    #[must_use]
    pub fn take_happened(&self) -> Vec<(usize, u32)> {
        self.calendar.happened.take()
    }

    /// How many frames were sent, and a digest of them and their times.
    #[must_use]
    pub fn frames(&self) -> (u64, u64) {
        self.calendar.frames.get()
    }
}
