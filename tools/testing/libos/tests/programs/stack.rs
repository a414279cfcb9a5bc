// SPDX-License-Identifier: GPL-2.0

//! What the stack itself can do, set up by the tools that people use for it.

use std::ffi::OsStr;
use std::fs;

use libos_tests::{Net, Netns, Process, Task, dns};
use tempfile::TempDir;

use crate::place::{
    self, AMOUNT, curl, is_what_was_served, number, script, source, text, was_fetched,
};
use crate::web::start_nginx;

pub fn nft() {
    const SCRIPT: &str = "
        nft -f - <<'RULES'
table ip nat {
    chain incoming {
        type nat hook prerouting priority dstnat
        tcp dport 9000 counter dnat to 10.0.0.1:8080
    }
    chain own {
        type nat hook output priority -100
        tcp dport 9001 counter dnat to 10.0.0.1:8080
    }
    chain outgoing {
        type nat hook postrouting priority srcnat
        tcp dport 8080 counter snat to 10.0.0.9
    }
}
RULES
        ip addr add 10.0.0.9/32 dev eth0
        echo 1 > /proc/sys/net/ipv4/ip_forward
        curl -sS http://10.1.1.1:9001/short; echo
        grep -c 'dst=10.1.1.1 .*dport=9001 .*dst=10.0.0.9' /proc/net/nf_conntrack
        echo ready; read -r _
        nft list table ip nat";
    let net = Net::raw();
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    let mut nat = script(&net, SCRIPT, &[]).open_input().start();
    nat.wait_for("ready");
    is_what_was_served(&curl(net.peer(), "http://10.0.0.2:9000/data").stdout);
    nat.write(b"\n");
    let said = nat.finish().succeeds().says("short\n1\nready\n");
    said.says("tcp dport 9000 counter packets 1 ")
        .says("tcp dport 9001 counter packets 1 ")
        .says("tcp dport 8080 counter packets 2 ");
}

pub fn tc() {
    const SCRIPT: &str = "
        tc qdisc add dev eth0 root netem delay 100ms
        ping -n -c 2 -i 0.2 10.0.0.1
        tc qdisc change dev eth0 root netem loss 100%
        ping -n -c 2 -i 0.2 -W 1 10.0.0.1 || true
        tc -s qdisc show dev eth0";
    let said = script(&Net::raw(), SCRIPT, &[]).run().succeeds();
    let said = said.says("2 received").says("0 received").says("netem").says("loss 100%");
    assert!(number(&said.text(), "rtt min/avg/max/mdev = ") >= 100, "{}", said.story());
    assert!(number(&said.text(), "(dropped ") >= 2, "{}", said.story());
}

/// Two instances, with a wire or several between them: 10.0.N.1 and 10.0.N.2 on wire N.
struct Pair {
    sides: [Netns; 2],
    folder: TempDir,
}

impl Pair {
    #[track_caller]
    fn new(wires: usize) -> Self {
        let sides = [Netns::new(), Netns::new()];
        for wire in 0..wires {
            let other = sides[1].name();
            sides[0].ip(&format!("link add eth{wire} type veth peer name eth{wire} netns {other}"));
            for side in &sides {
                side.ip(&format!("link set dev eth{wire} addrgenmode none up"));
            }
        }
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        for side in 1..=2 {
            let interfaces = (0..wires).map(|wire| {
                format!("interface eth{wire}\naddress 10.0.{wire}.{side}/24\nviftype RAW\n")
            });
            let path = folder.path().join(format!("{side}.conf"));
            fs::write(path, interfaces.collect::<String>()).expect("our own folder");
        }
        Pair { sides, folder }
    }

    /// A script of bash on side 1 or 2; its first argument is its own number, then the other's.
    #[track_caller]
    fn script(&self, side: usize, script: &str, arguments: &[&str]) -> Task {
        let conf = self.folder.path().join(format!("{side}.conf"));
        let (own, other) = (side.to_string(), (3 - side).to_string());
        let nuse = libos_tests::place::nuse();
        let words = [text(&nuse), "bash", "-euc", script, "bash", &own, &other];
        let words = words.iter().chain(arguments).map(OsStr::new);
        self.sides[side - 1].task(words).env("NUSECONF", conf)
    }

    /// Side 1 sets up and serves; side 2 sets up, fetches from each address, and reports.
    #[track_caller]
    fn fetches(&self, set_up: &str, addresses: &[&str], report: &str) -> String {
        let served = self.folder.path().join("data");
        fs::write(&served, libos_tests::data::bytes(AMOUNT)).expect("our own folder");
        let folder = text(self.folder.path());
        let serve = format!("{set_up}\nexec python3 -u -m http.server --bind :: -d {folder} 8000");
        let _server = self.serving(&serve);
        let fetch = addresses.iter().map(|address| {
            format!(
                "curl -sS -g http://{address}:8000/data | cmp - {folder}/data && echo complete\n"
            )
        });
        let fetch = fetch.collect::<String>();
        let said = self.script(2, &format!("{set_up}\n{fetch}{report}"), &[]).run().succeeds();
        assert_eq!(said.text().matches("complete\n").count(), addresses.len(), "{}", said.story());
        said.text()
    }

    #[track_caller]
    fn serving(&self, serve: &str) -> Process {
        let mut server = self.script(1, serve, &[]).start();
        server.wait_for("Serving HTTP");
        server
    }
}

pub fn xfrm() {
    const SET_UP: &str = "
        own=10.0.0.$1 other=10.0.0.$2 key=0x0102030405060708090a0b0c0d0e0f1011121314
        with() { ip xfrm state add src $1 dst $2 proto esp spi $3 mode transport \
            aead 'rfc4106(gcm(aes))' $key 128; }
        with $own $other 0x10$1; with $other $own 0x10$2
        ip xfrm policy add src $own dst $other dir out tmpl proto esp mode transport
        ip xfrm policy add src $other dst $own dir in tmpl proto esp mode transport";
    const REPORT: &str = "awk '$2 != 0 { print \"error\", $0 }' /proc/net/xfrm_stat
        ip -s xfrm state get src $other dst $own proto esp spi 0x10$2";
    let said = Pair::new(1).fetches(SET_UP, &["10.0.0.1"], REPORT);
    assert!(!said.contains("error"), "{said}");
    assert!(number(&said, "lifetime current:") > AMOUNT as u64, "{said}");
}

pub fn wireguard() {
    let pair = Pair::new(1);
    let keys = [1, 2].map(|side| {
        let file = pair.folder.path().join(format!("key{side}"));
        let key = Task::new(["wg", "genkey"]).run().succeeds().stdout;
        fs::write(&file, &key).expect("our own folder");
        (file, Task::new(["wg", "pubkey"]).input(key).run().succeeds().text())
    });
    let [(private1, public1), (private2, public2)] = &keys;
    let set_up = format!(
        "private=({} {}); public=({} {})
         ip link add wg0 type wireguard
         wg set wg0 listen-port 51820 private-key ${{private[$1 - 1]}} \
             peer ${{public[$2 - 1]}} endpoint 10.0.0.$2:51820 \
             allowed-ips 10.9.0.$2/32,fd09::$2/128
         ip addr add 10.9.0.$1/24 dev wg0
         ip addr add fd09::$1/64 dev wg0
         ip link set dev wg0 up",
        text(private1),
        text(private2),
        public1.trim(),
        public2.trim(),
    );
    let said = pair.fetches(&set_up, &["10.9.0.1", "[fd09::1]"], "wg show wg0 transfer");
    let (_, transfer) = said.rsplit_once('=').expect("a key, and what was received and sent");
    assert!(number(transfer, "") > 2 * AMOUNT as u64, "{said}");
}

pub fn mptcp() {
    const COUNTERS: &str = "nstat -az 'MPTcpExtMPJoin*'; ip -s link show dev eth1";
    let pair = Pair::new(2);
    let program = source("mptcp.py");
    let limits = "ip mptcp limits set subflow 2 add_addr_accepted 2";
    let serve = format!("{limits}; python3 \"$3\" serve");
    let mut server = pair.script(1, &serve, &[text(&program)]).start();
    server.wait_for("ready");
    let send = format!(
        "{limits}; ip mptcp endpoint add 10.0.1.2 dev eth1 subflow
         python3 \"$3\" send 10.0.0.1; {COUNTERS}"
    );
    let said = pair.script(2, &send, &[text(&program)]).run().succeeds().says("complete\n").text();
    server.finish().succeeds();
    assert_eq!(number(&said, "MPTcpExtMPJoinSynAckRx"), 1, "{said}");
    let (_, sent) = said.split_once("TX:").expect("statistics of eth1");
    let bytes = sent.lines().nth(1).map(|line| number(line, ""));
    assert!(bytes > Some(100_000), "{said}");
}

pub fn ipv6_only() {
    let net = Net::raw();
    net.write_conf(
        "interface eth0\naddress6 fd00::2/64\nviftype RAW\n\
         route\nnetwork6 ::/0\ngateway6 fd00::1\nnameserver fd00::1\n",
    );
    let _dns = dns::serve(net.peer());
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    let script = format!(
        "ip -4 addr show dev eth0 | wc -l
         ping -c 1 -W 10 {name}
         curl -sS -o \"$1\" http://{name}:8080/data
         ! curl -sS http://10.0.0.1:8080/data",
        name = dns::NAME
    );
    let said = place::script(&net, &script, &[&place::file(&net, "fetched")]).run().succeeds();
    said.says("0\n").says("1 received");
    was_fetched(&net, "fetched");
}

pub fn multicast() {
    let net = Net::raw();
    let program = source("multicast.py");
    let words = |role, group| ["python3", text(&program), role, group, "eth0"].map(String::from);
    for group in ["239.1.2.3", "ff15::7"] {
        let mut receiver = net.nuse(words("receive", group)).start();
        receiver.wait_for("joined");
        net.peer().task(words("send", group)).run().succeeds();
        receiver.finish().succeeds().says("all came True\n");

        let mut receiver = net.peer().task(words("receive", group)).start();
        receiver.wait_for("joined");
        net.nuse(words("send", group)).run().succeeds();
        receiver.finish().succeeds().says("all came True\n");
    }
}
