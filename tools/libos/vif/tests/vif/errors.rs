// SPDX-License-Identifier: GPL-2.0

//! What a user reads when an interface cannot be opened.

use std::io;

use libos_vif::{Kind, Vif};

use crate::netns::{self, HOST_MAC, STACK_MAC, ip, run, within};

/// The message for opening this interface with the stack's usual address.
fn message(kind: Kind, name: &str) -> String {
    message_of(kind, name, STACK_MAC, 1500)
}

fn message_of(kind: Kind, name: &str, mac: [u8; 6], mtu: u32) -> String {
    Vif::open(kind, name, mac, mtu).expect_err("opened").to_string()
}

/// A message names the interface and has all these parts.
fn expect(message: &str, name: &str, parts: &[&str]) {
    assert!(message.contains(name), "{message:?} does not name {name:?}");
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn bad_names() {
    for name in ["", "a/b", "tap%d", "averyverylongname"] {
        for kind in [Kind::Tap, Kind::Raw] {
            expect(&message(kind, name), name, &["interface name", "such as tap0"]);
        }
    }
}

#[test]
fn bad_addresses() {
    for mac in [[0; 6], [0xff; 6]] {
        expect(&message_of(Kind::Tap, "tap0", mac, 1500), "tap0", &["unicast", "address"]);
    }
}

#[test]
fn the_hosts_own_address() {
    within(|| {
        ip("link add wire address 02:00:00:00:00:01 type veth");
        ip("link set dev wire up");
        ip("tuntap add dev tap0 mode tap");
        ip("link set dev tap0 address 02:00:00:00:00:01 up");
        for (kind, name) in [(Kind::Raw, "wire"), (Kind::Tap, "tap0")] {
            let message = message_of(kind, name, HOST_MAC, 1500);
            expect(&message, name, &["02:00:00:00:00:01", "the host's"]);
        }
    });
}

#[test]
fn bad_mtu() {
    within(|| {
        for mtu in [0, 67, 65522, u32::MAX] {
            let message = message_of(Kind::Tap, "tap0", STACK_MAC, mtu);
            expect(&message, "tap0", &[&mtu.to_string(), "68 to 65521"]);
        }
        for mtu in [68, 65521] {
            assert_eq!(Vif::open(Kind::Tap, "tap0", STACK_MAC, mtu).unwrap().mtu(), mtu);
        }
    });
}

#[test]
fn no_such_interface() {
    within(|| expect(&message(Kind::Raw, "eth7"), "eth7", &["no such interface", "ip link"]));
}

#[test]
fn an_interface_that_is_down() {
    within(|| {
        ip("link add wire type veth");
        ip("tuntap add dev tap0 mode tap");
        for (kind, name) in [(Kind::Raw, "wire"), (Kind::Tap, "tap0")] {
            expect(&message(kind, name), name, &["is down", "ip link set dev"]);
        }
    });
}

#[test]
fn not_ethernet() {
    within(|| {
        ip("tuntap add dev tun0 mode tun");
        ip("link set dev tun0 up");
        expect(&message(Kind::Raw, "tun0"), "tun0", &["not Ethernet", "65534"]);
        expect(&message(Kind::Raw, "lo"), "lo", &["not Ethernet", "772"]);
    });
}

#[test]
fn not_a_tap() {
    within(|| {
        ip("tuntap add dev tun0 mode tun");
        ip("tuntap add dev tap0 mode tap multi_queue");
        netns::wire_to_host();
        expect(&message(Kind::Tap, "tun0"), "tun0", &["a TUN", "not a TAP"]);
        expect(&message(Kind::Tap, "wire"), "wire", &["veth", "not a TAP"]);
        expect(&message(Kind::Tap, "lo"), "lo", &["not a TAP"]);
        expect(&message(Kind::Tap, "tap0"), "tap0", &["many queues", "multi_queue"]);
    });
}

#[test]
fn a_busy_tap() {
    within(|| {
        let _first = Vif::open(Kind::Tap, "tap0", STACK_MAC, 1500).unwrap();
        expect(&message(Kind::Tap, "tap0"), "tap0", &["another program", "its own"]);
    });
}

#[test]
fn without_privileges() {
    within(|| {
        netns::wire_to_host();
        ip("tuntap add dev mine mode tap user 0");
        ip("tuntap add dev theirs mode tap user 65534");
        ip("link set dev mine up");
        drop_capabilities();
        expect(&message(Kind::Raw, "wire"), "wire", &["packet socket", "CAP_NET_RAW", "root"]);
        expect(&message(Kind::Tap, "tap0"), "tap0", &["CAP_NET_ADMIN", "ip tuntap add dev tap0"]);
        expect(&message(Kind::Tap, "theirs"), "theirs", &["another user", "root"]);
        let mine = Vif::open(Kind::Tap, "mine", STACK_MAC, 1500).unwrap();
        assert!(mine.offloads().tso4);
    });
}

#[test]
fn without_dev_net_tun() {
    within(|| {
        hide_dev_net();
        expect(&message(Kind::Tap, "tap0"), "tap0", &["/dev/net/tun", "modprobe tun"]);
        run("mknod -m 600 /dev/net/tun c 10 200");
        become_nobody();
        expect(&message(Kind::Tap, "tap0"), "tap0", &["/dev/net/tun", "root", "permission"]);
    });
}

#[test]
fn with_the_packet_socket_capability_only() {
    within(|| {
        const CAP_NET_RAW: u32 = 13;
        netns::wire_to_host();
        set_capabilities(1 << CAP_NET_RAW);
        assert_eq!(Vif::open(Kind::Raw, "wire", STACK_MAC, 1500).unwrap().mtu(), 1500);
    });
}

fn drop_capabilities() {
    set_capabilities(0);
}

/// Leaves this thread, and no other, these capabilities.
fn set_capabilities(capabilities: u32) {
    const VERSION_3: u32 = 0x2008_0522;
    let header = [VERSION_3, 0];
    let sets = [capabilities, capabilities, 0, 0, 0, 0];
    // SAFETY: the pointers are to the kernel's header and its two sets of three words.
    let result = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
    assert_eq!(result, 0, "capset: {}", io::Error::last_os_error());
}

/// Gives this thread, and no other, an empty /dev/net.
fn hide_dev_net() {
    // SAFETY: unshare() takes no pointers; nothing of the thread depends on its mounts.
    let result = unsafe { libc::unshare(libc::CLONE_NEWNS) };
    assert_eq!(result, 0, "unshare: {}", io::Error::last_os_error());
    run("mount --make-rprivate /");
    run("mount -t tmpfs none /dev/net");
}

/// Makes this thread, and no other, an unprivileged user's.
fn become_nobody() {
    const NOBODY: u32 = 65534;
    // SAFETY: setresuid() takes no pointers.
    let result = unsafe { libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY) };
    assert_eq!(result, 0, "setresuid: {}", io::Error::last_os_error());
}
