// SPDX-License-Identifier: GPL-2.0

//! The TAP backend: the interface it makes, the one it finds, and plain frames.

use libos_vif::{Kind, Vif, VifError};

use crate::{
    frame::{self, Header, TEST},
    netns::{self, HOST_MAC, STACK_MAC, ip, within},
    port::{self, Port},
};

fn open(mtu: u32) -> Result<Vif, VifError> {
    Vif::open(Kind::Tap, "tap0", STACK_MAC, mtu)
}

#[test]
fn frames_cross_in_both_directions() {
    within(|| {
        let stack = Port::of(open(1500).unwrap());
        netns::host_station("tap0");
        let host = Port::listen("tap0");
        let out = frame::ethernet(
            HOST_MAC,
            STACK_MAC,
            TEST,
            b"to the host, forty-six bytes or more......",
        );
        stack.send(Header::default(), &out);
        assert_eq!(host.receive(|f| frame::is(f, STACK_MAC, TEST)).1, out);
        let back = frame::ethernet(STACK_MAC, HOST_MAC, TEST, b"to the stack");
        host.send(Header::default(), &back);
        assert_eq!(stack.receive(|f| frame::is(f, HOST_MAC, TEST)).1, back);
    });
}

#[test]
fn vlan_tags_stay_in_the_frame() {
    within(|| {
        let stack = Port::of(open(1500).unwrap());
        netns::host_station("tap0");
        let host = Port::listen("tap0");
        let tagged = frame::ethernet(STACK_MAC, HOST_MAC, 0x8100, &[0, 5, 0x88, 0xb5, 1, 2, 3]);
        host.send(Header::default(), &tagged);
        assert_eq!(stack.receive(|f| frame::is(f, HOST_MAC, 0x8100)).1, tagged);
    });
}

#[test]
fn a_tap_made_here_is_configured_and_vanishes() {
    within(|| {
        let vif = open(9000).unwrap();
        assert_eq!(vif.mtu(), 9000);
        let shown = ip("link show dev tap0");
        assert!(shown.contains("mtu 9000") && shown.contains(",UP"), "{shown}");
        assert!(!shown.contains("02:00:00:00:00:02"), "{shown}");
        drop(vif);
        assert!(!ip("link show").contains("tap0"));
    });
}

#[test]
fn a_tap_that_exists_is_used_as_it_is() {
    within(|| {
        ip("tuntap add dev tap0 mode tap");
        ip("link set dev tap0 mtu 1400 up");
        for _ in 0..2 {
            assert_eq!(open(9000).unwrap().mtu(), 1400);
        }
        assert!(ip("link show dev tap0").contains("mtu 1400"));
    });
}

#[test]
fn the_descriptor_alone_keeps_it_open() {
    within(|| {
        let fd = port::fd(open(1500).unwrap());
        assert!(ip("link show").contains("tap0"));
        drop(fd);
        assert!(!ip("link show").contains("tap0"));
    });
}
