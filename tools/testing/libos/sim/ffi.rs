// SPDX-License-Identifier: GPL-2.0

//! The interface for simulators in C and C++: build/include/ns3/libos-sim.h is made from this file.
//!
//! There is one simulation in a process, so nothing here names it. Nodes, ports and sockets are
//! numbers. What fails returns a negative errno; where that says too little, `libos_reason` says more.

use std::cell::RefCell;
use std::ffi::{CStr, CString, OsStr, OsString, c_char, c_int, c_ulong, c_void};
use std::net::IpAddr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::rc::Rc;

use crate::error::Error;
use crate::node::PortOptions;
use crate::process::Program;
use crate::simulation::{Options, Simulation};
use crate::world::{Event, World};

/// What a simulation asks its simulator for. Each `context` is what the simulator gave with the
/// node, port or socket.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LibosWorld {
    /// Simulated time in nanoseconds.
    pub now: extern "C" fn() -> u64,
    /// `libos_timer` is to be called for the node, so many nanoseconds from now; not when it was
    /// asked before.
    pub schedule: extern "C" fn(node: *mut c_void, delay: u64),
    /// `libos_timer` is not to be called for the node.
    pub cancel: extern "C" fn(node: *mut c_void),
    /// A frame leaves through a port.
    pub transmit: extern "C" fn(port: *mut c_void, frame: *const u8, len: usize),
    /// Something has happened to a socket: events of poll(2), or less.
    pub happened: extern "C" fn(socket: *mut c_void, events: u32),
    /// A process has ended that was started, or a descendant of one; `status` is as in wait(2).
    pub exited: extern "C" fn(node: *mut c_void, pid: u32, status: c_int),
}

/// `flags` of a port: it does not answer ARP,
pub const LIBOS_PORT_NOARP: u32 = 1;
/// it is a point-to-point link,
pub const LIBOS_PORT_POINTTOPOINT: u32 = 2;
/// it carries multicast frames,
pub const LIBOS_PORT_MULTICAST: u32 = 4;
/// it carries broadcast frames.
pub const LIBOS_PORT_BROADCAST: u32 = 8;

const _: () = {
    assert!(LIBOS_PORT_NOARP == liblinux_abi::SIM_DEV_NOARP);
    assert!(LIBOS_PORT_POINTTOPOINT == liblinux_abi::SIM_DEV_POINTTOPOINT);
    assert!(LIBOS_PORT_MULTICAST == liblinux_abi::SIM_DEV_MULTICAST);
    assert!(LIBOS_PORT_BROADCAST == liblinux_abi::SIM_DEV_BROADCAST);
};

/// How nodes are made.
#[repr(C)]
pub struct LibosOptions {
    /// The file `liblinux.so`.
    pub library: *const c_char,
    /// The library that is preloaded into programs, `liblibos_agent.so`.
    pub agent: *const c_char,
    /// Bytes of memory a node; a multiple of 4 MiB.
    pub memory: usize,
    /// Kernel parameters.
    pub command_line: *const c_char,
    /// All randomness follows from it.
    pub seed: u64,
    /// Least important level of the kernels' logs that goes to standard error; see syslog(2).
    pub log_level: u32,
    /// Whether each program's system calls are written to `var/log/PID/syscalls`.
    pub trace: bool,
    /// Whether the library's code is copied to huge pages.
    pub huge_pages: bool,
}

/// An IP address.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LibosAddress {
    /// AF_INET or AF_INET6; 0: none.
    pub family: u8,
    /// Bits of it that are the network's.
    pub prefix: u8,
    /// As in `<linux/rtnetlink.h>`: 0 everywhere, 253 on the link, 254 on the host.
    pub scope: u8,
    /// In network order.
    pub bytes: [u8; 16],
}

/// The simulator's side, with what it calls things.
struct Host {
    world: LibosWorld,
    nodes: RefCell<Vec<Contexts>>,
}

/// What the simulator calls a node, and its ports.
struct Contexts {
    node: *mut c_void,
    ports: Vec<*mut c_void>,
}

impl World for Host {
    fn now(&self) -> u64 {
        (self.world.now)()
    }

    fn schedule(&self, node: u32, delay: u64) -> Event {
        let node = self.nodes.borrow()[node as usize].node;
        (self.world.schedule)(node, delay);
        node as usize as Event
    }

    fn cancel(&self, event: Event) {
        (self.world.cancel)(event as usize as *mut c_void);
    }

    fn transmit(&self, node: u32, port: u32, frame: &[u8]) {
        let port = self.nodes.borrow()[node as usize].ports[port as usize];
        (self.world.transmit)(port, frame.as_ptr(), frame.len());
    }

    fn happened(&self, context: usize, events: u32) {
        (self.world.happened)(context as *mut c_void, events);
    }

    fn exited(&self, node: u32, pid: u32, status: i32) {
        let node = self.nodes.borrow()[node as usize].node;
        (self.world.exited)(node, pid, status);
    }
}

/// The simulation of this process.
struct Current {
    simulation: Simulation,
    host: Rc<Host>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Current>>> = const { RefCell::new(None) };
    static REASON: RefCell<CString> = RefCell::default();
}

/// Remembers why, and returns the errno.
fn failed(error: &Error) -> c_int {
    let reason = CString::new(error.to_string().replace('\0', " ")).unwrap_or_default();
    REASON.set(reason);
    let errno = match error {
        Error::Refused { reason, .. } => reason.raw_os_error(),
        _ => None,
    };
    -errno.unwrap_or(libc::EINVAL)
}

/// Does something to the simulation.
fn with(act: impl FnOnce(&Current) -> Result<c_int, Error>) -> c_int {
    let current = CURRENT.with_borrow(Clone::clone);
    let result = current.ok_or(Error::NoSimulation).and_then(|current| act(&current));
    result.unwrap_or_else(|error| failed(&error))
}

/// Does something to a socket; a negative errno.
fn on_socket(act: impl FnOnce(&Simulation) -> Result<isize, Error>) -> isize {
    let mut result = -(libc::EBADF as isize);
    with(|current| {
        result = act(&current.simulation)?;
        Ok(0)
    });
    result
}

/// # Safety
///
/// `text` is NUL-terminated.
unsafe fn text<'a>(text: *const c_char) -> &'a CStr {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }
}

/// Why the latest call failed. Valid until the next one.
#[unsafe(no_mangle)]
pub extern "C" fn libos_reason() -> *const c_char {
    REASON.with_borrow(|reason| reason.as_ptr())
}

/// Begins a simulation without nodes. 0, or a negative errno.
///
/// # Safety
///
/// `options` holds strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_begin(options: &LibosOptions, world: &LibosWorld) -> c_int {
    // SAFETY: as the caller promises.
    let (library, agent, command_line) =
        unsafe { (text(options.library), text(options.agent), text(options.command_line)) };
    let path = |text: &CStr| Path::new(OsStr::from_bytes(text.to_bytes())).to_path_buf();
    let mut wanted = Options::new(&path(library));
    wanted.agent = path(agent);
    wanted.memory = options.memory;
    wanted.command_line = command_line.to_string_lossy().into_owned();
    wanted.seed = options.seed;
    wanted.log_level = options.log_level;
    wanted.trace = options.trace;
    wanted.huge_pages = options.huge_pages;
    let host = Rc::new(Host { world: *world, nodes: RefCell::default() });
    match Simulation::new(host.clone(), wanted) {
        Ok(simulation) => {
            CURRENT.set(Some(Rc::new(Current { simulation, host })));
            0
        }
        Err(error) => failed(&error),
    }
}

/// Ends the simulation, and all that its nodes have.
#[unsafe(no_mangle)]
pub extern "C" fn libos_end() {
    CURRENT.set(None);
}

/// Boots one more node, whose files are in `files-ID`. Its number, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_add_node(id: u32, context: *mut c_void) -> c_int {
    with(|current| {
        let contexts = Contexts { node: context, ports: Vec::new() };
        current.host.nodes.borrow_mut().push(contexts);
        let added = current.simulation.add_node_with_files(id);
        if added.is_err() {
            current.host.nodes.borrow_mut().pop();
        }
        Ok(added? as c_int)
    })
}

/// Makes an interface, down and without addresses. `flags` are `LIBOS_PORT_*`; `room` is
/// how many frames it sends before `libos_room` must give room back. The number of the port, or a
/// negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_add_port(
    node: u32,
    name: *const c_char,
    mac: &[u8; 6],
    mtu: u32,
    flags: u32,
    room: u32,
    context: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        if let Some(contexts) = current.host.nodes.borrow_mut().get_mut(node as usize) {
            contexts.ports.push(context);
        }
        let options = PortOptions { name: &name, mac: *mac, mtu, flags, room };
        let added = current.simulation.add_port(node, &options);
        if added.is_err()
            && let Some(contexts) = current.host.nodes.borrow_mut().get_mut(node as usize)
        {
            contexts.ports.pop();
        }
        Ok(added? as c_int)
    })
}

/// Whether a port has a link. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_set_carrier(node: u32, port: u32, up: bool) -> c_int {
    with(|current| current.simulation.set_carrier(node, port, up).map(|()| 0))
}

/// The time has come that `schedule` was asked for. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_timer(node: u32) -> c_int {
    with(|current| current.simulation.timer(node).map(|()| 0))
}

/// An Ethernet frame has come to a port. 0, or a negative errno.
///
/// # Safety
///
/// `frame` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_receive(
    node: u32,
    port: u32,
    frame: *const u8,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let frame = unsafe { core::slice::from_raw_parts(frame, len) };
    with(|current| current.simulation.receive(node, port, frame).map(|()| 0))
}

/// The wire of a port takes so many frames more. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_room(node: u32, port: u32, frames: u32) -> c_int {
    with(|current| current.simulation.room(node, port, frames).map(|()| 0))
}

/// Reads a sysctl, named as in sysctl(8). 0, or a negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated, `value` is `len` writable bytes, at least one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_sysctl(
    node: u32,
    name: *const c_char,
    value: *mut c_char,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        let found = current.simulation.sysctl(node, &name)?;
        let kept = &found.as_bytes()[..found.len().min(len - 1)];
        // SAFETY: there is room for it, and for the NUL.
        unsafe {
            value.cast::<u8>().copy_from_nonoverlapping(kept.as_ptr(), kept.len());
            value.add(kept.len()).write(0);
        }
        Ok(0)
    })
}

/// Writes a sysctl. 0, or a negative errno.
///
/// # Safety
///
/// Both strings are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_set_sysctl(
    node: u32,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    // SAFETY: as the caller promises.
    let (name, value) = unsafe { (text(name).to_string_lossy(), text(value).to_string_lossy()) };
    with(|current| current.simulation.set_sysctl(node, &name, &value).map(|()| 0))
}

// ---- interfaces, addresses, routes ----

/// What the kernel calls an interface: its index, or a negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_link_index(node: u32, name: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        let index = current.simulation.configure(node, &format!("interface {name}"), |netlink| {
            let link = netlink.links()?.into_iter().find(|link| link.name == name);
            link.map(|link| link.index).ok_or(std::io::Error::from_raw_os_error(libc::ENODEV))
        });
        Ok(index? as c_int)
    })
}

/// Whether an interface is up, and its MTU. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_link(node: u32, index: u32, up: &mut bool, mtu: &mut u32) -> c_int {
    with(|current| {
        let what = format!("interface {index}");
        let link = current.simulation.configure(node, &what, |netlink| {
            let link = netlink.links()?.into_iter().find(|link| link.index == index);
            link.ok_or(std::io::Error::from_raw_os_error(libc::ENODEV))
        })?;
        (*up, *mtu) = (link.up, link.mtu);
        Ok(0)
    })
}

/// Brings an interface up or down. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_set_up(node: u32, index: u32, up: bool) -> c_int {
    with(|current| {
        let what = format!("interface {index} {}", if up { "up" } else { "down" });
        current.simulation.configure(node, &what, |netlink| netlink.set_up(index, up))?;
        Ok(0)
    })
}

/// Gives an interface an address, or takes it away. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_change_address(
    node: u32,
    index: u32,
    add: bool,
    address: &LibosAddress,
) -> c_int {
    with(|current| {
        let (ip, prefix) = (address.ip()?, address.prefix);
        let what = format!("address {ip}/{prefix} of interface {index}");
        current.simulation.configure(node, &what, |netlink| match add {
            true => netlink.add_address(index, ip, prefix),
            false => netlink.delete_address(index, ip, prefix),
        })?;
        Ok(0)
    })
}

/// Calls `visit` with each address of a node and the index of its interface. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_addresses(
    node: u32,
    visit: extern "C" fn(context: *mut c_void, index: u32, address: &LibosAddress),
    context: *mut c_void,
) -> c_int {
    with(|current| {
        let all =
            current.simulation.configure(node, "its addresses", |netlink| netlink.addresses())?;
        for own in all {
            let address = LibosAddress { scope: own.scope, ..LibosAddress::of(own.address) };
            visit(context, own.index, &LibosAddress { prefix: own.prefix, ..address });
        }
        Ok(0)
    })
}

/// A route.
#[repr(C)]
pub struct LibosRoute {
    pub network: LibosAddress,
    /// Of family 0 if the network is on the link.
    pub gateway: LibosAddress,
    /// Of the interface; 0: the gateway's.
    pub index: u32,
    /// 0: the kernel's own.
    pub metric: u32,
}

/// Adds a route, or removes it. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_change_route(node: u32, add: bool, route: &LibosRoute) -> c_int {
    with(|current| {
        let (network, prefix) = (route.network.ip()?, route.network.prefix);
        let gateway = (route.gateway.family != 0).then(|| route.gateway.ip()).transpose()?;
        let number = |number: u32| (number != 0).then_some(number);
        let (index, metric) = (number(route.index), number(route.metric));
        let route = libos_netlink::Route { network, prefix, gateway, index, metric, window: None };
        let what = format!("the route to {network}/{prefix}");
        current.simulation.configure(node, &what, |netlink| match add {
            true => netlink.add_route(&route),
            false => netlink.delete_route(&route),
        })?;
        Ok(0)
    })
}

impl LibosAddress {
    fn of(address: IpAddr) -> Self {
        let mut bytes = [0; 16];
        let family = match address {
            IpAddr::V4(address) => {
                bytes[..4].copy_from_slice(&address.octets());
                libc::AF_INET
            }
            IpAddr::V6(address) => {
                bytes = address.octets();
                libc::AF_INET6
            }
        };
        LibosAddress { family: family as u8, prefix: 0, scope: 0, bytes }
    }

    fn ip(&self) -> Result<IpAddr, Error> {
        let [a, b, c, d, ..] = self.bytes;
        match c_int::from(self.family) {
            libc::AF_INET => Ok([a, b, c, d].into()),
            libc::AF_INET6 => Ok(self.bytes.into()),
            other => Err(Error::NoFamily(other)),
        }
    }
}

// ---- programs ----

/// A program to be started.
#[repr(C)]
pub struct LibosProgram {
    /// Its path on the node, or a name that is looked for in PATH.
    pub binary: *const c_char,
    /// Its arguments without its own name; a null ends them.
    pub arguments: *const *const c_char,
    /// Its environment, NAME=VALUE each; a null ends them.
    pub environment: *const *const c_char,
    /// A file of the node for its standard input, or null.
    pub stdin_file: *const c_char,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of its first thread's stack; 0: the usual.
    pub stack: u64,
}

/// Starts a program on a node, now. Its number there, or a negative errno.
///
/// # Safety
///
/// `program` is filled in as described.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_start(node: u32, program: &LibosProgram) -> c_int {
    // SAFETY: as the caller promises.
    let program = unsafe { program.read() };
    with(|current| Ok(current.simulation.start(node, &program)? as c_int))
}

/// Sends a signal to a process of a node. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_kill(node: u32, pid: u32, signal: c_int) -> c_int {
    with(|current| current.simulation.kill(node, pid, signal).map(|()| 0))
}

impl LibosProgram {
    /// # Safety
    ///
    /// It is filled in as described.
    unsafe fn read(&self) -> Program {
        let string = |text: &CStr| OsString::from_vec(text.to_bytes().to_vec());
        // SAFETY: as the caller promises.
        let (binary, arguments, environment, stdin) = unsafe {
            let stdin = (!self.stdin_file.is_null()).then(|| text(self.stdin_file));
            (text(self.binary), texts(self.arguments), texts(self.environment), stdin)
        };
        let variable = |text: &&CStr| {
            let bytes = text.to_bytes();
            let at = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
            let value = bytes.get(at + 1..).unwrap_or_default();
            (OsString::from_vec(bytes[..at].to_vec()), OsString::from_vec(value.to_vec()))
        };
        Program {
            binary: string(binary).into(),
            arguments: arguments.iter().map(|text| string(text)).collect(),
            environment: environment.iter().map(variable).collect(),
            stdin: stdin.map(|text| string(text).into()),
            uid: self.uid,
            gid: self.gid,
            stack: self.stack,
            ..Program::default()
        }
    }
}

/// # Safety
///
/// `texts` are strings, and a null ends them.
unsafe fn texts<'a>(mut texts: *const *const c_char) -> Vec<&'a CStr> {
    let mut all = Vec::new();
    // SAFETY: as the caller promises.
    unsafe {
        while !(*texts).is_null() {
            all.push(text(*texts));
            texts = texts.add(1);
        }
    }
    all
}

// ---- sockets ----

/// As socket(2); `context` is for `happened`. The number of the socket, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket(
    node: u32,
    domain: c_int,
    kind: c_int,
    protocol: c_int,
    context: *mut c_void,
) -> c_int {
    with(|current| {
        let kind = [domain, kind, protocol];
        Ok(current.simulation.socket(node, kind, context as usize)? as c_int)
    })
}

/// As accept(2); the connection has no context until `libos_socket_watch`. The number of the socket,
/// or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_accept(socket: u32) -> c_int {
    with(|current| Ok(current.simulation.socket_accept(socket)? as c_int))
}

/// Has `happened` called with `context`.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_watch(socket: u32, context: *mut c_void) -> c_int {
    let watched =
        on_socket(|simulation| simulation.socket_watch(socket, context as usize).map(|()| 0));
    watched as c_int
}

/// As close(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_close(socket: u32) -> c_int {
    on_socket(|simulation| simulation.socket_close(socket).map(|()| 0)) as c_int
}

/// As bind(2).
///
/// # Safety
///
/// `name` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_bind(socket: u32, name: *const c_void, len: c_int) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_bind(socket, name, len) }) as c_int
}

/// As connect(2).
///
/// # Safety
///
/// `name` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_connect(
    socket: u32,
    name: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_connect(socket, name, len) }) as c_int
}

/// As listen(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_listen(socket: u32, backlog: c_int) -> c_int {
    on_socket(|simulation| simulation.socket_listen(socket, backlog)) as c_int
}

/// As shutdown(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_shutdown(socket: u32, how: c_int) -> c_int {
    on_socket(|simulation| simulation.socket_shutdown(socket, how)) as c_int
}

/// As getsockname(2), or getpeername(2) if `peer`.
///
/// # Safety
///
/// `name` is `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_name(
    socket: u32,
    peer: bool,
    name: *mut c_void,
    mut len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_name(socket, peer, name, &mut len) }) as c_int
}

/// As sendmsg(2); `message` is a `struct msghdr`.
///
/// # Safety
///
/// It is one, and its pieces are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_sendmsg(
    socket: u32,
    message: *const c_void,
    flags: c_int,
) -> isize {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_sendmsg(socket, message, flags) })
}

/// As recvmsg(2); `message` is a `struct msghdr`.
///
/// # Safety
///
/// It is one, and its pieces are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_recvmsg(
    socket: u32,
    message: *mut c_void,
    flags: c_int,
) -> isize {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_recvmsg(socket, message, flags) })
}

/// As setsockopt(2).
///
/// # Safety
///
/// `value` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_setsockopt(
    socket: u32,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let set = on_socket(|simulation| unsafe {
        simulation.socket_setsockopt(socket, [level, name], value, len)
    });
    set as c_int
}

/// As getsockopt(2).
///
/// # Safety
///
/// `value` is `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_getsockopt(
    socket: u32,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    len: &mut c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let got = on_socket(|simulation| unsafe {
        simulation.socket_getsockopt(socket, [level, name], value, len)
    });
    got as c_int
}

/// As ioctl(2).
///
/// # Safety
///
/// `argument` is what the request takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_ioctl(
    socket: u32,
    request: c_ulong,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_ioctl(socket, request, argument) }) as c_int
}

/// Which of the events of poll(2) are true now.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_poll(socket: u32, events: u32) -> u32 {
    let found = on_socket(|simulation| Ok(simulation.socket_poll(socket, events)? as isize));
    found.max(0) as u32
}
