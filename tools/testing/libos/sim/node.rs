// SPDX-License-Identifier: GPL-2.0

//! Nodes: booting an instance, and its interfaces.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use liblinux_abi::{SimDevice, SimExported, SimTask};
use libos_control::layout::{NODES, PORTS, SIMULATOR, base_of, control};
use libos_control::node::{NEVER, exported};
use libos_control::operations::Page;
use libos_control::{baton, random};
use libos_loader::layout::{ARENA_OFFSET, IMAGE_OFFSET, SHARED_OFFSET};
use libos_loader::{debugger, map};

use crate::error::Error;
use crate::files::Files;
use crate::simulation::Simulation;

/// A node, as the simulator knows it.
pub struct Node {
    pub memfd: i32,
    /// The simulator's own process there.
    pub task: *mut SimTask,
    /// The number in the name of its folder `files-N`.
    pub id: u32,
    pub files: Option<Rc<Files>>,
    pub ports: Vec<*mut SimDevice>,
    /// The event at its deadline, and when that is.
    pub event: Option<(u64, crate::Event)>,
}

/// How to make an interface.
pub struct PortOptions<'a> {
    pub name: &'a str,
    pub mac: [u8; 6],
    pub mtu: u32,
    /// `SIM_DEV_*`.
    pub flags: u32,
    /// Frames that the wire takes before [`Simulation::room`] must give room back.
    pub room: u32,
}

impl Simulation {
    /// Boots one more node. Its number; the first is 0.
    pub fn add_node(&self) -> Result<u32, Error> {
        let number = self.nodes().borrow().len();
        self.add_node_with_files(number as u32)
    }

    /// As [`Simulation::add_node`]; its files are in the folder `files-ID`.
    pub fn add_node_with_files(&self, id: u32) -> Result<u32, Error> {
        let number = self.nodes().borrow().len();
        if number == NODES {
            return Err(Error::Full { what: "nodes", limit: NODES });
        }
        let number = number as u32;
        let (image, options) = (self.image(), self.options());
        let base = base_of(number);
        let size = ARENA_OFFSET + options.memory;
        let wrong = |reason| libos_loader::Error::NotALibrary {
            file: options.library.to_path_buf(),
            reason,
        };
        let memfd = map::memfd(&format!("node-{id}"), size)?;
        image.write_data(&memfd, IMAGE_OFFSET as u64).map_err(wrong)?;
        let memfd = memfd.into_raw_fd();
        // SAFETY: the range is reserved, then used as the layout says.
        unsafe {
            map::reserve(base, size)?;
            map::map_shared(base, size, memfd)?;
            image.relocate((base + IMAGE_OFFSET) as *mut u8).map_err(wrong)?;
            map::map_common(base, &image.common, self.library.as_raw_fd())?;
        }
        debugger::libos_instance_mapped(base);
        let node = &control().node[number as usize];
        node.size.store(size as u64, Ordering::Relaxed);
        node.deadline.store(NEVER, Ordering::Relaxed);
        node.random.store(random::seed(options.seed, number), Ordering::Relaxed);
        self.nodes().borrow_mut().push(Node {
            memfd,
            task: null_mut(),
            id,
            files: None,
            ports: Vec::new(),
            event: None,
        });
        self.enter(|| {
            boot(self, number)?;
            node.booted();
            self.settle_in(number)
        })?;
        // SAFETY: mapped above; the node's kernel has been left.
        unsafe { map::give_back_zeroes(base, size, memfd)? };
        Ok(number)
    }

    /// What each node has from the beginning: a process of the simulator's, a name, devices, and
    /// room for sockets that programs bind to paths.
    fn settle_in(&self, node: u32) -> Result<(), Error> {
        /// Of memory, by their numbers.
        const DEVICES: [(&CStr, u32); 3] =
            [(c"/dev/random", 8), (c"/dev/urandom", 9), (c"/dev/kmsg", 11)];
        const ANYBODYS: u64 = 0o1777;
        let create = self.table(node)?.program_create.ok_or(Error::Absent("program_create"))?;
        // SAFETY: the node has been booted.
        let task = unsafe { create(null_mut(), 0) };
        self.nodes().borrow_mut()[node as usize].task = task;
        let at = |path: &CStr| path.as_ptr() as u64;
        for (path, minor) in DEVICES {
            let mode = u64::from(libc::S_IFCHR | 0o666);
            self.call(node, libc::SYS_mknod, [at(path), mode, libc::makedev(1, minor)])?;
        }
        self.call(node, libc::SYS_umask, [0])?;
        self.call(node, libc::SYS_chmod, [at(c"/"), ANYBODYS])?;
        for path in [c"/run", c"/tmp", c"/var"] {
            self.call(node, libc::SYS_mkdir, [at(path), ANYBODYS])?;
        }
        self.call(node, libc::SYS_symlink, [at(c"/run"), at(c"/var/run")])?;
        let name = format!("node-{node}");
        self.call(node, libc::SYS_sethostname, [name.as_ptr() as u64, name.len() as u64])?;
        Ok(())
    }

    /// Makes an interface on a node, down and without addresses. Its number there.
    pub fn add_port(&self, node: u32, options: &PortOptions<'_>) -> Result<u32, Error> {
        let table = self.table(node)?;
        let index = self.nodes().borrow()[node as usize].ports.len();
        if index == PORTS {
            return Err(Error::Full { what: "interfaces a node", limit: PORTS });
        }
        let refused = |errno: i32| Error::Refused {
            node,
            what: format!("interface {}", options.name),
            reason: io::Error::from_raw_os_error(errno),
        };
        let name = CString::new(options.name).map_err(|_| refused(libc::EINVAL))?;
        let create = table.dev_create.ok_or(Error::Absent("dev_create"))?;
        let set_address = table.dev_set_address.ok_or(Error::Absent("dev_set_address"))?;
        let set_mtu = table.dev_set_mtu.ok_or(Error::Absent("dev_set_mtu"))?;
        let port = &control().node[node as usize].port[index];
        port.room.store(options.room, Ordering::Relaxed);
        let device = self.enter(|| {
            // SAFETY: the node has been booted; the string and the address are locals.
            unsafe {
                let device = create(name.as_ptr(), index as *mut _, options.flags);
                if device.is_null() {
                    return Err(refused(libc::EEXIST));
                }
                for failed in
                    [set_address(device, &options.mac), set_mtu(device, options.mtu as i32)]
                {
                    if failed != 0 {
                        return Err(refused(-failed));
                    }
                }
                Ok(device)
            }
        })?;
        self.nodes().borrow_mut()[node as usize].ports.push(device);
        Ok(index as u32)
    }

    /// Whether a port has a link.
    pub fn set_carrier(&self, node: u32, port: u32, up: bool) -> Result<(), Error> {
        let set = self.table(node)?.dev_set_carrier.ok_or(Error::Absent("dev_set_carrier"))?;
        let device = self.nodes().borrow()[node as usize].ports[port as usize];
        // SAFETY: the node's own device.
        self.enter(|| Ok(unsafe { set(device, up) }))?;
        Ok(())
    }

    /// Whether a port is given frames that are for others, too: it is a bridge's, or captured from.
    pub fn is_promiscuous(&self, node: u32, port: u32) -> Result<bool, Error> {
        let ask = self.table(node)?.dev_promiscuous.ok_or(Error::Absent("dev_promiscuous"))?;
        let device = self.nodes().borrow()[node as usize].ports[port as usize];
        // SAFETY: the node's own device.
        Ok(unsafe { ask(device) })
    }

    /// The operations of a node.
    pub fn table(&self, node: u32) -> Result<&'static SimExported, Error> {
        let known = (node as usize) < self.nodes().borrow().len();
        if known { Ok(exported(node)) } else { Err(Error::NoNode(node)) }
    }
}

fn boot(simulation: &Simulation, number: u32) -> Result<(), Error> {
    let options = simulation.options();
    // SAFETY: nobody else uses the instance yet, and the tables are in their places.
    unsafe {
        let page = Page::place(number, libc::STDERR_FILENO, Some(idle));
        let room = &mut (*page).command_line;
        let text = options.command_line.as_bytes();
        let text = &text[..text.len().min(room.len() - 1)];
        room[..text.len()].copy_from_slice(text);
        (*page).imported.memory = options.memory;
        (*page).imported.command_line = room.as_ptr().cast();
        let base = base_of(number);
        let exported = (base + SHARED_OFFSET) as *mut SimExported;
        let imported = &raw const (*page).imported;
        libos_loader::boot(simulation.image(), base, exported, imported, page.cast())?;
    }
    Ok(())
}

/// The simulator waits for something of `node` in the middle of a call: for a program of the node, or
/// else for the node's clock, which goes ahead of simulated time then.
fn idle(node: u32) {
    if let Some(thread) = baton::next() {
        baton::give(thread);
        baton::receive(SIMULATOR);
        return;
    }
    let shared = &control().node[node as usize];
    let deadline = shared.deadline.swap(NEVER, Ordering::Relaxed);
    if deadline == NEVER {
        eprintln!("node {node} waits for what nobody will do: this is an error of the library");
        std::process::abort();
    }
    let wait = deadline.saturating_sub(control().now.load(Ordering::Relaxed));
    shared.ahead.fetch_add(wait, Ordering::Relaxed);
    // SAFETY: the library gave the function with the deadline, and this thread is outside it.
    unsafe { shared.expire() };
}
