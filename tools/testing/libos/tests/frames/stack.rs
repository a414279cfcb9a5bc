// SPDX-License-Identifier: GPL-2.0

//! An instance with one interface.

use libos_host::{Device, Instance, Options, Thread};
use libos_tests::place;
use libos_vif::{Keeper, Wire};

pub const MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
pub const PEER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const ADDRESS: [u8; 4] = [10, 0, 0, 2];
pub const PEER: [u8; 4] = [10, 0, 0, 1];

/// A booted instance.
pub struct Stack {
    // Dropped in this order.
    thread: Thread,
    pub instance: Instance,
}

impl Stack {
    pub fn boot() -> Self {
        let options = Options { memory: 64 << 20, ..Options::default() };
        let mut instance = Instance::boot(&place::library(), &options).expect("boots");
        let torn = |pid| panic!("process {pid} tore the instance");
        instance.start_driver(torn).unwrap();
        let thread = Thread::new(instance.process()).expect("a thread");
        Stack { thread, instance }
    }

    /// Its interface; the offloads are those of the wire.
    pub fn add(&self, wire: (Wire, Option<Keeper>), offload: u32) {
        let device = Device { name: "eth0", wire, mac: MAC, mtu: 1500, offload };
        self.instance.add_device(&self.thread, device).expect("a device");
    }

    fn call(&self, nr: i64, args: [usize; 6]) -> usize {
        let result = self.thread.syscall(nr, args);
        usize::try_from(result).unwrap_or_else(|_| panic!("call {nr}: {result}"))
    }

    /// Gives the interface its address, and sets it up.
    pub fn configure(&self) {
        let inet = [libc::AF_INET as usize, libc::SOCK_DGRAM as usize, 0, 0, 0, 0];
        let fd = self.call(libc::SYS_socket, inet);
        // SAFETY: valid when zeroed.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        for (to, from) in request.ifr_name.iter_mut().zip(b"eth0") {
            *to = *from as libc::c_char;
        }
        // SAFETY: as above.
        let mut address: libc::sockaddr = unsafe { std::mem::zeroed() };
        address.sa_family = libc::AF_INET as u16;
        for (to, from) in address.sa_data[2..].iter_mut().zip(ADDRESS) {
            *to = from as libc::c_char;
        }
        request.ifr_ifru.ifru_addr = address;
        let at = &raw mut request as usize;
        self.call(libc::SYS_ioctl, [fd, libc::SIOCSIFADDR as usize, at, 0, 0, 0]);
        request.ifr_ifru.ifru_flags = libc::IFF_UP as i16;
        let at = &raw mut request as usize;
        self.call(libc::SYS_ioctl, [fd, libc::SIOCSIFFLAGS as usize, at, 0, 0, 0]);
        self.call(libc::SYS_close, [fd, 0, 0, 0, 0, 0]);
    }

    /// Packets and errors of the interface: /proc/net/dev.
    pub fn received(&self) -> u64 {
        let text = self.read(c"/proc/net/dev");
        let line = text.lines().find_map(|line| line.trim().strip_prefix("eth0:"));
        let numbers = line.expect("eth0").split_whitespace().take(4).skip(1);
        numbers.map(|number| number.parse::<u64>().expect("a number")).sum()
    }

    fn read(&self, path: &std::ffi::CStr) -> String {
        let args = [path.as_ptr() as usize, libc::O_RDONLY as usize, 0, 0, 0, 0];
        let fd = self.call(libc::SYS_open, args);
        let mut text = vec![0u8; 1 << 16];
        let len = self.call(libc::SYS_read, [fd, text.as_mut_ptr() as usize, text.len(), 0, 0, 0]);
        self.call(libc::SYS_close, [fd, 0, 0, 0, 0, 0]);
        text.truncate(len);
        String::from_utf8(text).expect("text")
    }

    /// Its kernel has not complained of itself.
    pub fn is_well(&self) {
        const READ_ALL: usize = 3;
        let mut text = vec![0u8; 1 << 20];
        let args = [READ_ALL, text.as_mut_ptr() as usize, text.len(), 0, 0, 0];
        let len = self.call(libc::SYS_syslog, args);
        let log = String::from_utf8_lossy(&text[..len]);
        for word in ["BUG", "Oops", "WARNING:", "Call Trace", "panic"] {
            assert!(!log.contains(word), "{word} in the kernel's log:\n{log}");
        }
    }
}

/// Who has the stack's address?
pub fn question() -> Vec<u8> {
    let arp = [0, 1, 8, 0, 6, 4, 0, 1];
    let mut frame =
        [&[0xff; 6][..], &PEER_MAC, &[8, 6], &arp, &PEER_MAC, &PEER, &[0; 6], &ADDRESS].concat();
    frame.resize(60, 0);
    frame
}

/// The stack has.
pub fn is_answer(frame: &[u8]) -> bool {
    let Some(arp) = frame.get(12..32) else { return false };
    arp[..2] == [8, 6] && arp[8..10] == [0, 2] && arp[10..16] == MAC && arp[16..20] == ADDRESS
}
