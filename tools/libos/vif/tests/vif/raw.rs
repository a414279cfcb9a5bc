// SPDX-License-Identifier: GPL-2.0

//! The RAW backend: who hears what, and from when.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use libos_vif::{Kind, Vif};

use crate::{
    frame::{self, ARP, Header, TEST},
    netns::{self, HOST_IP, HOST_MAC, STACK_IP, STACK_MAC, ip, within},
    port::Port,
};

const BROADCAST: [u8; 6] = [0xff; 6];
const OTHER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 3];

fn open() -> Vif {
    Vif::open(Kind::Raw, "wire", STACK_MAC, 1500).unwrap()
}

/// The stack's end and the host's, of one wire.
fn wire() -> (Port, Port) {
    netns::wire_to_host();
    let host = Port::listen("host");
    (Port::of(open()), host)
}

fn arp(operation: u8, from: ([u8; 6], [u8; 4]), to: ([u8; 6], [u8; 4])) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4, 0, operation];
    [&head[..], &from.0, &from.1, &to.0, &to.1].concat()
}

fn test_frame(to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
    frame::ethernet(to, from, TEST, b"test")
}

#[test]
fn the_host_answers_arp() {
    within(|| {
        let (stack, _) = wire();
        let question = arp(1, (STACK_MAC, STACK_IP), ([0; 6], HOST_IP));
        let question = frame::ethernet(BROADCAST, STACK_MAC, ARP, &question);
        stack.send(Header::default(), &question);
        let answer = arp(2, (HOST_MAC, HOST_IP), (STACK_MAC, STACK_IP));
        let (_, frame) = stack.receive(|f| frame::is(f, HOST_MAC, ARP));
        assert_eq!(frame, frame::ethernet(STACK_MAC, HOST_MAC, ARP, &answer));
    });
}

#[test]
fn the_stack_hears_its_own_address_and_groups() {
    within(|| {
        let (stack, host) = wire();
        for to in [STACK_MAC, BROADCAST, [1, 0, 0x5e, 0, 0, 0xfb], [0x33, 0x33, 0, 0, 0, 1]] {
            let sent = test_frame(to, HOST_MAC);
            host.send(Header::default(), &sent);
            assert_eq!(stack.receive(|f| frame::is(f, HOST_MAC, TEST)).1, sent);
        }
    });
}

#[test]
fn the_stack_hears_nobody_elses_frames() {
    within(|| {
        let (stack, host) = wire();
        let tagged = [0, 5, 0x88, 0xb5, 1, 2, 3];
        host.send(Header::default(), &test_frame(OTHER_MAC, HOST_MAC));
        host.send(Header::default(), &test_frame([2, 0, 0, 0, 1, 2], HOST_MAC));
        host.send(Header::default(), &test_frame(BROADCAST, STACK_MAC));
        host.send(Header::default(), &frame::ethernet(STACK_MAC, OTHER_MAC, 0x8100, &tagged));
        stack.expect_silence(|f| frame::is(f, HOST_MAC, TEST) || f[6..12] != HOST_MAC);
    });
}

#[test]
fn a_priority_tag_is_no_vlan() {
    within(|| {
        let (stack, host) = wire();
        let tagged = [0xe0, 0, 0x88, 0xb5, 1, 2, 3];
        host.send(Header::default(), &frame::ethernet(STACK_MAC, HOST_MAC, 0x8100, &tagged));
        let expected = frame::ethernet(STACK_MAC, HOST_MAC, TEST, &[1, 2, 3]);
        assert_eq!(stack.receive(|f| frame::is(f, HOST_MAC, TEST)).1, expected);
    });
}

#[test]
fn the_stack_does_not_hear_the_host_on_its_own_interface() {
    within(|| {
        let (stack, _) = wire();
        let beside = Port::listen("wire");
        beside.send(Header::default(), &test_frame(BROADCAST, OTHER_MAC));
        stack.expect_silence(|f| frame::is(f, OTHER_MAC, TEST));
    });
}

#[test]
fn nothing_unfiltered_slips_in_while_it_opens() {
    within(|| {
        netns::wire_to_host();
        let done = Arc::new(AtomicBool::new(false));
        let flood = {
            let (host, done) = (Port::listen("host"), done.clone());
            thread::spawn(move || {
                while !done.load(Relaxed) {
                    host.send(Header::default(), &test_frame(OTHER_MAC, HOST_MAC));
                }
            })
        };
        for _ in 0..50 {
            let stack = Port::of(open());
            while let Ok((_, frame)) = stack.try_receive() {
                assert!(!frame::is(&frame, HOST_MAC, TEST), "a frame for another station");
            }
        }
        done.store(true, Relaxed);
        flood.join().unwrap();
    });
}

#[test]
fn it_is_promiscuous_only_while_open() {
    within(|| {
        netns::wire_to_host();
        let promiscuity = || ip("-d link show dev wire").contains("promiscuity 1");
        let vif = open();
        assert!(promiscuity());
        drop(vif);
        assert!(!promiscuity());
    });
}

#[test]
fn it_has_the_mtu_of_the_host() {
    within(|| {
        netns::wire_to_host();
        ip("link set dev wire mtu 1300");
        assert_eq!(open().mtu(), 1300);
    });
}

#[test]
fn it_survives_an_interface_that_goes_down() {
    within(|| {
        let (stack, host) = wire();
        ip("link set dev wire down");
        assert_eq!(next_error(&stack).raw_os_error(), Some(libc::ENETDOWN));
        ip("link set dev wire up");
        netns::wait_up("host");
        let sent = test_frame(STACK_MAC, HOST_MAC);
        host.send(Header::default(), &sent);
        assert_eq!(stack.receive(|f| frame::is(f, HOST_MAC, TEST)).1, sent);
    });
}

/// What comes after the frames that came before.
fn next_error(port: &Port) -> io::Error {
    loop {
        if let Err(error) = port.try_receive() {
            return error;
        }
    }
}
