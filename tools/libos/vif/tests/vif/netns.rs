// SPDX-License-Identifier: GPL-2.0

//! Network namespaces for tests. They have no name: one ends with the thread that made it and the
//! descriptors in it, also when the test fails, so there is nothing to clean up.

use std::{
    io,
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

/// The stack's station, and the host's at the other end of the wire.
pub const STACK_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
pub const HOST_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const STACK_IP: [u8; 4] = [10, 0, 0, 2];
pub const HOST_IP: [u8; 4] = [10, 0, 0, 1];

/// One test at a time: a process that another test starts holds copies of this test's descriptors
/// until it execs, and with them its TAP.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `test` in a thread with a network namespace of its own.
pub fn within(test: impl FnOnce() + Send + 'static) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let body = move || {
        enter();
        test();
    };
    if let Err(panic) = thread::spawn(body).join() {
        std::panic::resume_unwind(panic);
    }
}

fn enter() {
    // SAFETY: geteuid() and unshare() take no pointers; the thread has nothing in its old namespace.
    let (user, result) = unsafe { (libc::geteuid(), libc::unshare(libc::CLONE_NEWNET)) };
    assert_eq!(user, 0, "these tests make network interfaces: run them as root");
    assert_eq!(result, 0, "unshare: {}", io::Error::last_os_error());
    ip("link set dev lo up");
}

/// `ip(8)` in the namespace of this thread.
pub fn ip(arguments: &str) -> String {
    run(&format!("ip {arguments}"))
}

/// Any command in the namespaces of this thread, and what it prints.
pub fn run(command: &str) -> String {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap_or_default())
        .args(words)
        .output()
        .unwrap_or_else(|error| panic!("{command}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A wire with `wire` at our end, for RAW, and `host` at the end of the host's stack.
pub fn wire_to_host() {
    ip("link add wire type veth peer name host");
    ip("link set dev wire up");
    host_station("host");
    wait_up("wire");
    wait_up("host");
}

/// Waits until the kernel has noticed the carrier of `interface`. Until then it drops what is sent
/// there, and so does a bridge.
pub fn wait_up(interface: &str) {
    for _ in 0..1000 {
        if ip(&format!("link show dev {interface}")).contains("state UP") {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{interface} has no carrier");
}

/// Makes `interface` the host's station, which knows the stack's without asking.
pub fn host_station(interface: &str) {
    ip(&format!("link set dev {interface} address {}", mac(HOST_MAC)));
    ip(&format!("link set dev {interface} up"));
    ip(&format!("addr add 10.0.0.1/24 dev {interface}"));
    ip(&format!("neigh replace 10.0.0.2 lladdr {} dev {interface}", mac(STACK_MAC)));
}

fn mac(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}
