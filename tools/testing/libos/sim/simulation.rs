// SPDX-License-Identifier: GPL-2.0

//! The nodes, and the turns of their programs.
//!
//! Whatever happens to a node happens in [`Simulation::enter`]: a kernel executes, then every program
//! that it woke, one after the other, until all of them wait. Then what they sent and which timers
//! they want is told the [`World`]. Simulated time stands still meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use liblinux_abi::{SIM_IRQ_NET, SIM_IRQ_TIMER, SimIovec};
use libos_control::layout::{CONTROL, Control, MAGIC, SIMULATOR, base_of, control};
use libos_control::node::NEVER;
use libos_control::{baton, socket};
use libos_loader::layout::PAGE;
use libos_loader::{Image, fault, gate, map};

use crate::error::Error;
use crate::files;
use crate::node::Node;
use crate::socket::Socket;
use crate::world::World;

/// How nodes are made.
pub struct Options {
    /// `liblinux.so`.
    pub library: PathBuf,
    /// Bytes of memory a node; a multiple of 4 MiB.
    pub memory: usize,
    /// Kernel parameters of all nodes.
    pub command_line: String,
    /// All randomness follows from it.
    pub seed: u64,
    /// What time of day it is at simulated time 0, in nanoseconds since 1970.
    pub epoch: u64,
    /// Least important level of the kernels' logs that goes to standard error; see syslog(2).
    pub log_level: u32,
    /// Where the folders `files-N` of the nodes are.
    pub files: PathBuf,
    /// Whether programs record their system calls.
    pub trace: bool,
    /// The library that is preloaded into programs.
    pub agent: PathBuf,
    /// Whether the library's code is copied to huge pages: faster the more nodes there are, but profilers
    /// do not find its symbols then.
    pub huge_pages: bool,
    /// How long a program may execute without waiting, in the host's time.
    pub patience: Duration,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(library: &Path) -> Self {
        /// The first day of 2026.
        const EPOCH: u64 = 1_767_225_600_000_000_000;
        Options {
            library: library.to_path_buf(),
            memory: 32 << 20,
            command_line: String::new(),
            seed: 1,
            epoch: EPOCH,
            // A kernel without an MMU warns of that whenever it boots.
            log_level: 3,
            files: PathBuf::from("."),
            trace: false,
            agent: find_agent(),
            huge_pages: true,
            patience: Duration::from_secs(10),
        }
    }
}

/// A frame that came while another was being delivered.
struct Arrival {
    node: u32,
    port: u32,
    frame: Vec<u8>,
}

/// The nodes of a simulation. There is one in a process, and one thread uses it.
pub struct Simulation {
    world: Rc<dyn World>,
    options: Options,
    image: Image,
    /// What nodes have in common is mapped from it.
    pub(crate) library: File,
    pub(crate) control_fd: i32,
    pub(crate) agent: File,
    /// Where programs' kernels and agents say what is wrong: standard error.
    pub(crate) log: OwnedFd,
    /// Where programs have the host's network: nowhere.
    pub(crate) network: OwnedFd,
    /// Where all threads execute.
    pub(crate) processor: usize,
    nodes: RefCell<Vec<Node>>,
    sockets: RefCell<BTreeMap<u32, Socket>>,
    arrivals: RefCell<VecDeque<Arrival>>,
    /// Nodes with an interface for which there is room again.
    resumable: RefCell<VecDeque<u32>>,
    /// Something is happening to a node.
    busy: Cell<bool>,
}

impl Simulation {
    /// A simulation without nodes.
    pub fn new(world: Rc<dyn World>, options: Options) -> Result<Self, Error> {
        let image = Image::read(&options.library)?;
        let agent = File::open(&options.agent)
            .map_err(|reason| Error::Agent { file: options.agent.clone(), reason })?;
        let log = std::io::stderr().as_fd().try_clone_to_owned().map_err(|reason| {
            libos_loader::Error::Host { what: "standard error for programs", reason }
        })?;
        let network = files::empty_network().map_err(Error::Namespace)?;
        let processor = stay_here()?;
        allow_descriptors()?;
        gate::map()?;
        let control_fd = share_control(&image)?;
        let library = if options.huge_pages { image.copy() } else { image.open_again() }?;
        fault::install(fixup);
        let shared = control();
        shared.epoch.store(options.epoch, Ordering::Relaxed);
        shared.log_level.store(options.log_level, Ordering::Relaxed);
        shared.trace.store(options.trace.into(), Ordering::Relaxed);
        shared.thread[SIMULATOR as usize].used.store(1, Ordering::Relaxed);
        Ok(Simulation {
            world,
            options,
            image,
            library,
            control_fd,
            agent,
            log,
            network,
            processor,
            nodes: RefCell::default(),
            sockets: RefCell::default(),
            arrivals: RefCell::default(),
            resumable: RefCell::default(),
            busy: Cell::new(false),
        })
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn image(&self) -> &Image {
        &self.image
    }

    pub(crate) fn nodes(&self) -> &RefCell<Vec<Node>> {
        &self.nodes
    }

    pub(crate) fn sockets(&self) -> &RefCell<BTreeMap<u32, Socket>> {
        &self.sockets
    }

    /// The simulator's side.
    #[must_use]
    pub fn world(&self) -> &dyn World {
        &*self.world
    }

    /// The event that [`World::schedule`] was asked for has come.
    pub fn timer(&self, node: u32) -> Result<(), Error> {
        self.nodes.borrow_mut()[node as usize].event = None;
        let deadline = &control().node[node as usize].deadline;
        deadline.store(NEVER, Ordering::Relaxed);
        self.interrupt(node, SIM_IRQ_TIMER)
    }

    /// A frame has come to a port of a node.
    pub fn receive(&self, node: u32, port: u32, frame: &[u8]) -> Result<(), Error> {
        if self.busy.get() {
            let frame = frame.to_vec();
            self.arrivals.borrow_mut().push_back(Arrival { node, port, frame });
            return Ok(());
        }
        self.enter(|| self.deliver(node, port, frame))
    }

    /// The wire of a port takes so many frames more.
    pub fn room(&self, node: u32, port: u32, frames: u32) -> Result<(), Error> {
        let port = &control().node[node as usize].port[port as usize];
        port.room.fetch_add(frames, Ordering::Relaxed);
        if port.stopped.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        if self.busy.get() {
            self.resumable.borrow_mut().push_back(node);
            return Ok(());
        }
        port.stopped.store(0, Ordering::Relaxed);
        self.interrupt(node, SIM_IRQ_NET)
    }

    /// Raises interrupts of a node, and lets happen what follows from that.
    fn interrupt(&self, node: u32, lines: u32) -> Result<(), Error> {
        let table = self.table(node)?;
        let interrupt = table.interrupt.ok_or(Error::Absent("interrupt"))?;
        let run = table.run.ok_or(Error::Absent("run"))?;
        self.enter(|| {
            // SAFETY: the node has been booted, and this thread is outside its kernel.
            unsafe {
                interrupt(lines);
                run(0, true);
            }
            Ok(())
        })
    }

    fn deliver(&self, node: u32, port: u32, frame: &[u8]) -> Result<(), Error> {
        let deliver = self.table(node)?.dev_deliver.ok_or(Error::Absent("dev_deliver"))?;
        let device = self.nodes.borrow()[node as usize].ports[port as usize];
        let piece = SimIovec { base: frame.as_ptr().cast_mut().cast(), len: frame.len() };
        // SAFETY: the device is the node's; the frame is only read. A node without memory drops it.
        unsafe { deliver(device, &raw const piece, 1) };
        Ok(())
    }

    /// Has `act` do something to nodes, and lets happen what follows from that.
    pub fn enter<R>(&self, act: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
        let outer = self.busy.replace(true);
        control().now.store(self.world.now(), Ordering::Relaxed);
        let result = act();
        if outer {
            return result;
        }
        let settled = self.settle();
        self.busy.set(false);
        settled.and(result)
    }

    /// Until nothing can go on: turns of programs, what they sent, what came meanwhile.
    fn settle(&self) -> Result<(), Error> {
        loop {
            while let Some(thread) = baton::next() {
                self.run_ready(thread);
            }
            self.tell();
            // Whom the world has told may have sent something in turn.
            if let Some(thread) = baton::next() {
                self.run_ready(thread);
                continue;
            }
            let arrival = self.arrivals.borrow_mut().pop_front();
            if let Some(Arrival { node, port, frame }) = arrival {
                self.deliver(node, port, &frame)?;
                continue;
            }
            let resumable = self.resumable.borrow_mut().pop_front();
            match resumable {
                Some(node) => self.interrupt(node, SIM_IRQ_NET)?,
                None => return Ok(()),
            }
        }
    }

    /// Tells the world what was asked for, in order.
    fn tell(&self) {
        let transmit = |node, port, frame: &[u8]| self.world.transmit(node, port, frame);
        // SAFETY: this thread has the baton.
        unsafe { control().outbox.drain(transmit) };
        while let Some(node) = control().let_go.pop() {
            self.let_go(node);
        }
        while let Some(node) = control().overflowed.pop() {
            control().node[node as usize].overflowed.store(0, Ordering::Relaxed);
            self.resumable.borrow_mut().push_back(node);
        }
        while let Some(node) = control().changed.pop() {
            self.reschedule(node);
        }
        while let Some((number, events)) = socket::next() {
            let context = self.sockets.borrow().get(&number).map(Socket::context);
            if let Some(context) = context {
                self.world.happened(context, events);
            }
        }
    }

    fn reschedule(&self, number: u32) {
        let shared = &control().node[number as usize];
        shared.changed.store(0, Ordering::Relaxed);
        let deadline = shared.deadline.load(Ordering::Relaxed);
        let event = self.nodes.borrow_mut()[number as usize].event.take();
        let event = match event {
            Some((when, _)) if when == deadline => event,
            _ => {
                if let Some((_, event)) = event {
                    self.world.cancel(event);
                }
                let delay = deadline.saturating_sub(self.world.now());
                (deadline != NEVER).then(|| (deadline, self.world.schedule(number, delay)))
            }
        };
        self.nodes.borrow_mut()[number as usize].event = event;
    }
}

impl Drop for Simulation {
    /// Another one may follow in this process.
    fn drop(&mut self) {
        if let Err(error) = self.save_coverage() {
            eprintln!("coverage: {error}");
        }
        for process in self.processes() {
            // SAFETY: a process of this simulation, which nothing can answer any more.
            unsafe { libc::kill(process.host_pid as i32, libc::SIGKILL) };
        }
        for (number, node) in self.nodes.take().into_iter().enumerate() {
            let size = control().node[number].size.load(Ordering::Relaxed) as usize;
            // SAFETY: nothing executes in the node any more, and nobody else has its descriptor.
            unsafe {
                libc::munmap(base_of(number as u32) as *mut _, size);
                libc::close(node.memfd);
            }
        }
        // SAFETY: what was made by `share_control`, and nothing refers to it after this.
        unsafe {
            libc::munmap(CONTROL as *mut _, size_of::<Control>().next_multiple_of(PAGE));
            libc::close(self.control_fd);
        }
    }
}

/// The agent is where Cargo puts it: beside this program, or above it for tests.
fn find_agent() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folders = own.ancestors().skip(1).take(2);
    let mut places = folders.map(|folder| folder.join("liblibos_agent.so"));
    places.find(|place| place.exists()).unwrap_or_else(|| "liblibos_agent.so".into())
}

/// All threads of a simulation share a processor, on which one wakes the other at once; this one. Its
/// number.
fn stay_here() -> Result<usize, Error> {
    // SAFETY: asks for a number, and gives a set of it.
    unsafe {
        let processor = libc::sched_getcpu().max(0) as usize;
        let mut set: libc::cpu_set_t = core::mem::zeroed();
        libc::CPU_SET(processor, &mut set);
        if libc::sched_setaffinity(0, size_of_val(&set), &set) < 0 {
            return Err(libos_loader::Error::last("a processor for the simulation").into());
        }
        Ok(processor)
    }
}

/// Each node takes a descriptor: as many as the host lets this process have.
fn allow_descriptors() -> Result<(), Error> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: reads and writes the process's own limit.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) < 0 {
            return Err(libos_loader::Error::last("the limit of descriptors").into());
        }
        limit.rlim_cur = limit.rlim_max;
        if libc::setrlimit(libc::RLIMIT_NOFILE, &limit) < 0 {
            return Err(libos_loader::Error::last("a higher limit of descriptors").into());
        }
    }
    Ok(())
}

/// Makes the file of memory that all processes share, and maps it here.
fn share_control(image: &Image) -> Result<i32, Error> {
    let size = size_of::<Control>().next_multiple_of(PAGE);
    let memfd = map::memfd("simulation", size)?;
    let fd = memfd.into_raw_fd();
    let (rw, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: takes a free range, or none.
    let at = unsafe {
        let flags = flags | libc::MAP_FIXED_NOREPLACE;
        libc::mmap(CONTROL as *mut _, size, rw, flags, fd, 0)
    };
    if at as usize != CONTROL {
        return Err(libos_loader::Error::Taken { from: CONTROL, to: CONTROL + size }.into());
    }
    // SAFETY: just mapped, and new.
    unsafe {
        let control = CONTROL as *mut Control;
        (*control).magic = MAGIC;
        (*control).size = size_of::<Control>() as u64;
        (*control).common = image.common;
    }
    Ok(fd)
}

/// Where the library that `address` is in goes on after a fault.
fn fixup(address: usize) -> usize {
    let node = libos_control::node::at(address);
    let fixup = node.and_then(|node| libos_control::node::exported(node).fault_fixup);
    // SAFETY: callable from anywhere; that node has been booted.
    fixup.map_or(0, |fixup| unsafe { fixup(address) })
}
