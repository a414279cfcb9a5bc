// SPDX-License-Identifier: GPL-2.0

//! What the flags of nuse do: instead of a file, and beside one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use libos_tests::{Net, Task, place};

const TAP: &str = "--vif TAP:tap0 --ip 10.0.0.2/24 --ip fd00::2/64 --mac 02:00:00:00:00:02";

/// A program under nuse with flags and no nuse.conf.
fn alone(net: &Net, flags: &str, program: &[&str]) -> Task {
    beside(net, flags, program).env_remove("NUSECONF")
}

/// A program under nuse with flags and the net's nuse.conf.
fn beside(net: &Net, flags: &str, program: &[&str]) -> Task {
    let nuse = place::nuse();
    let words = [nuse.to_str().unwrap()].into_iter().chain(flags.split_whitespace());
    let task = net.stack().task(words.chain(program.iter().copied()));
    task.env("NUSECONF", net.file("nuse.conf"))
}

const PING: &[&str] = &["ping", "-n", "-c", "1", "-W", "10"];

#[test]
fn instead_of_a_file() {
    let net = Net::tap();
    let gateways = format!("{TAP} --gateway 10.0.0.1 --gateway fd00::1 --mtu 1400 --dns 10.0.0.1");
    let script = "ip addr; ip route; ip -6 route; cat /etc/resolv.conf";
    let said = alone(&net, &gateways, &["sh", "-c", script]).run().succeeds();
    assert_eq!(said.stderr, "", "{}", said.story());
    said.says("inet 10.0.0.2/24")
        .says("inet6 fd00::2/64")
        .says("02:00:00:00:00:02")
        .says("mtu 1400")
        .says("default via 10.0.0.1 dev tap0")
        .says("default via fd00::1 dev tap0")
        .says("nameserver 10.0.0.1");
    for peer in ["10.0.0.1", "fd00::1"] {
        alone(&net, TAP, &[PING, &[peer]].concat()).run().succeeds().says("1 received");
    }
}

/// The host's side would drop what is larger than its own mtu.
#[test]
fn an_mtu_is_what_the_host_carries() {
    for (net, name, vif) in [
        (Net::tap(), "tap0", "TAP:tap0"),
        (Net::raw(), "eth0", "RAW:eth0"),
        (Net::raw(), "eth0", "XDP:eth0"),
    ] {
        let show = |mtu| {
            let flags = format!("--vif {vif} --mtu {mtu}");
            alone(&net, &flags, &["cat", &format!("/sys/class/net/{name}/mtu")]).run()
        };
        let refused = show(1700).ends_with(125).says_no("1");
        let told = format!(
            "nuse: {name}: an mtu of 1700 is more than the 1500 of the host's side; raise that: \
             ip link set dev {name} mtu 1700\n"
        );
        assert_eq!(refused.stderr, told, "{}", refused.story());
        net.stack().ip(&format!("link set dev {name} mtu 1700"));
        show(1700).succeeds().says("1700\n");
        show(1400).succeeds().says("1400\n");
    }
    let net = Net::raw();
    net.stack().ip("link set dev eth0 mtu 9000");
    for (vif, mtu, most) in [("XDP:eth0", 9000, 1774), ("PIPE:red", 65535, 65521)] {
        let refused = alone(&net, &format!("--vif {vif} --mtu {mtu}"), &["true"]).run();
        let refused = refused.ends_with(125);
        let told = format!("{mtu} is more than the {most} of the host's side; give {most} at most");
        assert!(refused.stderr.contains(&told), "{}", refused.story());
    }
    // A TAP that nuse makes is made for it.
    alone(&net, "--vif TAP:own0 --mtu 9000", &["cat", "/sys/class/net/own0/mtu"])
        .run()
        .succeeds()
        .says("9000\n");
}

/// A packet socket is what a name alone means.
#[test]
fn over_raw() {
    let net = Net::raw();
    for vif in ["eth0", "RAW:eth0"] {
        let flags = format!("--vif {vif} --ip 10.0.0.2/24");
        alone(&net, &flags, &[PING, &["10.0.0.1"]].concat()).run().succeeds().says("1 received");
    }
}

#[test]
fn beat_the_file() {
    let net = Net::tap();
    let file = net.conf() + "sysctl net.ipv4.ip_default_ttl=99\nsysctl net.ipv4.ip_forward=1\n";
    net.write_conf(&file);
    let flags = "--ip 10.0.0.7/24 --mtu 1300 --gateway 10.0.0.9 --dns 10.0.0.3 \
                 --sysctl net.ipv4.ip_default_ttl=77";
    let script = "ip addr; ip route; cat /etc/resolv.conf
                  cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/ip_forward";
    beside(&net, flags, &["sh", "-c", script])
        .run()
        .succeeds()
        .says("inet 10.0.0.7/24")
        .says_no("10.0.0.2/24")
        .says("inet6 fd00::2/64")
        .says("mtu 1300")
        .says("default via 10.0.0.9")
        .says_no("default via 10.0.0.1 ")
        .says("nameserver 10.0.0.3")
        .says_no("nameserver 10.0.0.1")
        .says("77\n1\n");
}

#[test]
fn settings_are_those_of_the_stack() {
    let net = Net::tap();
    let flags = format!(
        "{TAP} --sysctl net.ipv4.tcp_congestion_control=bbr --sysctl net/ipv6/conf/tap0/hop_limit=9"
    );
    let files =
        "cat /proc/sys/net/ipv4/tcp_congestion_control /proc/sys/net/ipv6/conf/tap0/hop_limit";
    let script = format!("{files}; sleep 0 & wait");
    alone(&net, &flags, &["sh", "-c", &script]).run().succeeds().says("bbr\n9\n");
}

#[test]
fn a_setting_that_the_stack_refuses() {
    let net = Net::tap();
    for (setting, right) in [
        ("net.ipv4.no_such_thing=1", "below /proc/sys"),
        ("net.ipv4.tcp_congestion_control=no_such_thing", "refused"),
        ("net.ipv4.ip_default_ttl=1000", "refused"),
    ] {
        let finished = alone(&net, &format!("--sysctl {setting}"), &["echo", "was run"]).run();
        let finished = finished.ends_with(125).says_no("was run");
        for part in [setting, right] {
            assert!(finished.stderr.contains(part), "no {part:?}: {}", finished.story());
        }
        net.stack().is_empty();
    }
}

/// Each wrong value gives one line that begins with the flag, and no process.
#[test]
fn wrong_values() {
    let net = Net::tap();
    for (flags, flag, found, right) in [
        ("--vif NETMAP:eth0", "--vif", "NETMAP:eth0", "TYPE:NAME"),
        ("--vif lo", "--vif", "lo", "a NAME such as eth0"),
        ("--ip 10.0.0.2/24", "--ip", "10.0.0.2/24", "--vif NAME"),
        ("--vif eth0 --ip 10.0.0.300", "--ip", "10.0.0.300", "an address and its prefix"),
        ("--vif eth0 --ip 10.0.0.2", "--ip", "10.0.0.2", "10.0.0.2/PREFIX"),
        ("--vif eth0 --ip fd00::2", "--ip", "fd00::2", "a prefix from 0 to 128"),
        ("--vif eth0 --mac 01:00:00:00:00:01", "--mac", "01:00:00:00:00:01", "six bytes"),
        ("--vif eth0 --mtu 67", "--mtu", "67", "68 to 65535"),
        ("--gateway 10.0.0.1", "--gateway", "10.0.0.1", "none has an IPv4 address"),
        ("--gateway router", "--gateway", "router", "an IPv4 or IPv6 address"),
        ("--dns dns.example.com", "--dns", "dns.example.com", "an IPv4 or IPv6 address"),
        ("--dns ::1 --dns ::2 --dns ::3 --dns ::4", "--dns", "::4", "three times at most"),
        ("--sysctl ip_forward=1", "--sysctl", "ip_forward=1", "a name and a value"),
        (
            "--sysctl vm.swappiness=1",
            "--sysctl",
            "vm.swappiness=1",
            "all else than net is the host's",
        ),
        ("--mem 15", "--mem", "15", "from 16 to 65536"),
        ("--host run", "--host", "run", "an absolute path"),
    ] {
        let finished =
            alone(&net, flags, &["echo", "was run"]).run().ends_with(2).says_no("was run");
        let begin = format!("nuse: {flag}: found \"{found}\", it must ");
        assert!(finished.stderr.starts_with(&begin), "no {begin:?}: {}", finished.story());
        assert!(finished.stderr.contains(right), "no {right:?}: {}", finished.story());
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.story());
        net.stack().is_empty();
    }
}

#[test]
fn memory() {
    let net = Net::tap();
    let total = |mem: &str| -> u32 {
        let text = alone(&net, mem, &["cat", "/proc/sys/net/ipv4/tcp_mem"]).run().succeeds().text();
        text.split_whitespace().last().unwrap().parse().unwrap()
    };
    let (little, usual) = (total("--mem 32"), total(""));
    assert!(little < usual / 4, "{little} pages of {usual}");
}

/// The kernel warns of a request that has too many bytes.
const LEFTOVER: &str = "
import socket, struct
request = struct.pack('=IHHIIBxHiII', 34, 18, 1, 1, 0, 0, 0, 1, 0, 0) + b'xx'
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).send(request)
";

/// Warnings are for all but those who want to be spared, whichever process they come from.
#[test]
fn warnings() {
    let net = Net::tap();
    for (flag, told) in [("", true), ("-q", false), ("-v", true)] {
        let program = ["python3", "-c", LEFTOVER];
        let finished = alone(&net, &format!("{flag} {TAP}"), &program).run().succeeds();
        let warned = finished.stderr.contains("linux: netlink: 2 bytes leftover");
        assert_eq!(warned, told, "{flag}: {}", finished.story());
    }
}

/// The kernel's log is for those who ask.
#[test]
fn the_log() {
    let net = Net::tap();
    let log = |flag: &str| alone(&net, &format!("{flag} {TAP}"), &["true"]).run().succeeds().stderr;
    assert_eq!(log(""), "");
    assert_eq!(log("-q"), "");
    let asked = log("-v");
    assert!(asked.contains("linux: ") && asked.contains("Linux version"), "{asked}");
}

/// What is the stack's, or refused, is the host's if it is said so; and nothing else.
#[test]
fn paths_of_the_host() {
    let net = Net::tap();
    net.stack().ip("tuntap add dev host9 mode tap");
    let see = ["sh", "-c", "ls /sys/class/net; grep -o host9 /proc/net/dev"];
    let native = net.stack().task(see).run().text();
    let interfaces = native.strip_suffix("host9\n").unwrap();
    let seen = |flags: &str| alone(&net, flags, &see).run().text();
    assert_eq!(seen("--host /sys/class/net"), interfaces);
    assert_eq!(seen("--host /proc/net/dev --host /sys/class/"), native);
    let own = seen("");
    assert!(own.contains("lo\n") && own != interfaces && !own.contains("host9"), "{own}");
    for path in ["/etc", "/run/docker.sock"] {
        let refused = alone(&net, &format!("--host {path}"), &["true"]).run().ends_with(125);
        let told = format!("host {path} (--host): that is the host's already");
        assert!(refused.stderr.contains(&told), "{}", refused.story());
    }
}

/// However a path is spelled, and along whatever links and folders it leads.
#[test]
fn no_way_leads_to_the_settings_of_the_host() {
    const SETTING: &str = "/proc/sys/net/ipv4/ip_forward";
    let net = Net::tap();
    symlink("/proc/sys/net", net.file("link")).unwrap();
    let folder = net.file("");
    let ways = [
        ("/", "//proc/sys/net/ipv4/ip_forward"),
        ("/", "/proc/./sys//net/ipv4/ip_forward"),
        ("/", "/proc/../proc/sys/net/ipv4/ip_forward"),
        ("/", "/proc/self/root/proc/sys/net/ipv4/ip_forward"),
        ("/", "proc/sys/net/ipv4/ip_forward"),
        ("/proc", "sys/net/ipv4/ip_forward"),
        ("/proc/sys", "net/ipv4/ip_forward"),
        ("/proc/sys/kernel", "../net/ipv4/ip_forward"),
        (folder.to_str().unwrap(), "link/ipv4/ip_forward"),
    ];
    let script = r#"
        while [ $# -gt 0 ]; do
            cd "$1" && echo 1 > "$2" && cat "$2" "$setting" || echo "$1 $2"
            echo 0 > "$setting"
            shift 2
        done"#;
    let words = ["sh", "-c", script, "sh"].into_iter();
    let words = words.chain(ways.iter().flat_map(|(folder, path)| [*folder, *path]));
    let seen = net.nuse(words).env("setting", SETTING).run().succeeds().text();
    assert_eq!(seen, "1\n1\n".repeat(ways.len()));
    let host = "grep -H . /proc/sys/net/ipv4/ip_forward";
    net.stack().task(["sh", "-c", host]).run().says("ip_forward:0");
    // busybox changes to /proc/sys.
    let by_busybox = format!("busybox sysctl -w net.ipv4.ip_forward=1 && cat {SETTING}");
    net.nuse(["sh", "-c", &by_busybox]).run().succeeds().says("\n1\n");
    net.stack().task(["sh", "-c", host]).run().says("ip_forward:0");
}

#[test]
fn no_way_shows_the_interfaces_of_the_host() {
    let net = Net::tap();
    net.stack().ip("tuntap add dev host9 mode tap");
    symlink("/proc/net", net.file("link")).unwrap();
    let script = format!(
        "cd /sys/class; ls net net/. /sys/class//net /sys/class/../class/net; find /sys/class/ -name 'host*';
         cat //proc/net/dev; cd /proc/self; cat net/dev task/$$/net/dev {}/dev;
         python3 -c 'import os; print(os.listdir(\"net\"), os.listdir(\"//sys/class/net\"))'",
        net.file("link").display()
    );
    net.stack().task(["sh", "-c", &script]).run().says("host9");
    net.nuse(["sh", "-c", &script]).run().says("tap0").says_no("host9");
}

#[test]
fn a_tap_of_the_program_is_in_the_stack() {
    let make = "ip tuntap add dev own9 mode tap && ip link show own9 && ls /sys/class/net";
    let net = Net::tap();
    net.nuse(["sh", "-c", make]).run().succeeds().says("own9");
    net.stack().task(["ip", "link"]).run().succeeds().says_no("own9");
}

#[test]
fn openat2_finds_the_files_of_the_stack() {
    let program = "\
import ctypes, os, struct
how = struct.pack('QQQ', os.O_RDONLY, 0, 0)
fd = ctypes.CDLL(None).syscall(437, -100, b'/proc/net/dev', how, len(how))
print(os.read(fd, 9999).decode())
";
    let net = Net::tap();
    net.stack().ip("tuntap add dev host9 mode tap");
    let words = ["python3", "-c", program];
    net.stack().task(words).run().succeeds().says("host9");
    net.nuse(words).run().succeeds().says("lo:").says_no("host9");
}

/// A name service of the host's.
#[test]
fn sockets_of_the_host() {
    let net = Net::tap();
    let script = r#"
        mount -t tmpfs none /run
        mkdir /run/nscd
        socat UNIX-LISTEN:/run/nscd/socket,fork SYSTEM:'echo answer' &
        while [ ! -e /run/nscd/socket ]; do sleep 0.1; done
        "$@"
        kill $!"#;
    let ask = |flags: &[&str]| {
        let nuse = place::nuse().display().to_string();
        let words = ["unshare", "--mount", "sh", "-c", script, "sh", &nuse, "-q"].map(String::from);
        let ask = ["socat", "-u", "UNIX-CONNECT:/run/nscd/socket", "-"];
        let rest = flags.iter().chain(&ask).map(|word| word.to_string());
        net.stack().task(words.into_iter().chain(rest)).env_remove("NUSECONF").run().text()
    };
    assert_eq!(ask(&[]), "");
    assert_eq!(ask(&["--host", "/run/nscd/socket"]), "answer\n");
}

#[test]
fn help() {
    let net = Net::tap();
    let help = alone(&net, "--help", &[]).run().succeeds().text();
    assert!(help.lines().count() <= 24, "{help}");
    assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    for flag in
        ["conf", "vif", "ip", "gateway", "dns", "mtu", "mac", "sysctl", "pcap", "mem", "host"]
    {
        assert!(help.contains(&format!("--{flag} ")), "{flag}: {help}");
    }
}

mod capture {
    use std::io::Read;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
    use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
    use pcap_file::pcapng::{Block, PcapNgReader};

    use super::*;

    const IN: u32 = 1;
    const OUT: u32 = 2;

    struct Frame {
        interface: u32,
        direction: u32,
        time: Duration,
        bytes: Vec<u8>,
    }

    impl Frame {
        /// Whether it is an ICMP message of IPv4 of this type.
        fn is_icmp(&self, kind: u8) -> bool {
            self.bytes.get(12..14) == Some(&[8, 0]) && self.bytes[23] == 1 && self.bytes[34] == kind
        }

        fn is_from(&self, address: [u8; 4]) -> bool {
            self.bytes.get(12..14) == Some(&[8, 0]) && self.bytes[26..30] == address
        }
    }

    /// The names of the interfaces, and the frames.
    fn read(file: &Path) -> (Vec<String>, Vec<Frame>) {
        let (mut names, mut frames) = (Vec::new(), Vec::new());
        let mut bytes = Vec::new();
        fs::File::open(file).unwrap().read_to_end(&mut bytes).unwrap();
        let mut reader = PcapNgReader::new(&bytes[..]).unwrap();
        while let Some(block) = reader.next_block() {
            match block.unwrap() {
                Block::InterfaceDescription(block) => {
                    let options = block.options.iter();
                    let name = options.clone().find_map(|option| match option {
                        InterfaceDescriptionOption::IfName(name) => Some(name.to_string()),
                        _ => None,
                    });
                    let nanoseconds = |o: &_| matches!(o, InterfaceDescriptionOption::IfTsResol(9));
                    assert!(options.clone().any(nanoseconds), "{block:?}");
                    names.push(name.unwrap());
                }
                Block::EnhancedPacket(block) => {
                    let flags = block.options.iter().find_map(|option| match option {
                        EnhancedPacketOption::Flags(flags) => Some(*flags),
                        _ => None,
                    });
                    assert_eq!(block.original_len as usize, block.data.len());
                    frames.push(Frame {
                        interface: block.interface_id,
                        direction: flags.unwrap(),
                        time: block.timestamp,
                        bytes: block.data.to_vec(),
                    });
                }
                other => panic!("{other:?}"),
            }
        }
        (names, frames)
    }

    fn two_interfaces() -> Net {
        let net = Net::tap();
        net.stack().ip("tuntap add dev tap1 mode tap");
        net.stack().ip("addr add 10.1.0.1/24 dev tap1");
        net.stack().ip("link set dev tap1 up");
        net.write_conf(&(net.conf() + "interface tap1\nip 10.1.0.2/24\nvif TAP\n"));
        net
    }

    fn now() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
    }

    /// Each of several children pings on either interface: nothing of it is missing or torn.
    #[test]
    fn has_every_frame_of_every_interface() {
        let net = two_interfaces();
        let file = net.file("a b.pcapng");
        fs::write(&file, "what was there before").unwrap();
        let script = "for to in 10.0.0.1 10.1.0.1 10.0.0.1 10.1.0.1; do
                ping -n -q -i 0.002 -c 100 -W 10 $to & done; wait";
        let mut words = vec!["--pcap", file.to_str().unwrap()];
        words.extend(["sh", "-c", script]);
        let begin = now();
        let pings = beside(&net, "", &words).run().succeeds();
        let end = now();
        assert_eq!(pings.text().matches("100 received").count(), 4, "{}", pings.story());

        let (names, frames) = read(&file);
        assert_eq!(names, ["tap0", "tap1"]);
        for (interface, own, peer) in
            [(0, [10, 0, 0, 2], [10, 0, 0, 1]), (1, [10, 1, 0, 2], [10, 1, 0, 1])]
        {
            for (direction, kind, from) in [(OUT, 8, own), (IN, 0, peer)] {
                let count = frames
                    .iter()
                    .filter(|frame| (frame.interface, frame.direction) == (interface, direction))
                    .filter(|frame| frame.is_icmp(kind) && frame.is_from(from))
                    .count();
                assert_eq!(count, 200, "interface {interface}, direction {direction}");
            }
        }
        assert!(frames.iter().all(|frame| (begin..=end).contains(&frame.time)));
        // One process at a time sends, and one receives; but a process may send while another receives,
        // and write in the other order than they looked at the clock.
        for direction in [OUT, IN] {
            let one_way = frames.iter().filter(|frame| frame.direction == direction);
            assert!(one_way.is_sorted_by_key(|frame| frame.time), "direction {direction}");
        }
        assert!(frames.iter().any(|frame| frame.time.subsec_nanos() % 1000 != 0));

        let words = ["tcpdump", "-n", "-r", file.to_str().unwrap(), "icmp"];
        let seen = net.stack().task(words).run().succeeds().text();
        assert_eq!(seen.matches("ICMP echo request").count(), 400);
        assert_eq!(seen.matches("ICMP echo reply").count(), 400);
    }

    /// What the host is to cut into segments is one frame; all of the stream is there.
    #[test]
    fn has_large_frames_whole() {
        const BYTES: usize = 1 << 20;
        let net = Net::tap();
        let file = net.file("large.pcapng");
        let mut server = net.peer().task(["nc", "-n", "-v", "-l", "10.0.0.1", "7000"]).start();
        server.wait_for("Listening");
        let script = format!("head -c {BYTES} /dev/zero | nc -n -N 10.0.0.1 7000");
        let words = ["--pcap", file.to_str().unwrap(), "sh", "-c", &script];
        beside(&net, "", &words).run().succeeds();
        server.finish().succeeds();

        let (_, frames) = read(&file);
        let sent = |frame: &&Frame| frame.direction == OUT && frame.is_from([10, 0, 0, 2]);
        assert!(frames.iter().filter(sent).any(|frame| frame.bytes.len() > 10_000));
        let sent: usize = frames.iter().filter(sent).map(|frame| frame.bytes.len()).sum();
        assert!(sent > BYTES, "{sent} bytes");
        let words = ["tcpdump", "-n", "-r", file.to_str().unwrap(), "tcp"];
        net.stack().task(words).run().succeeds().says("10.0.0.2");
    }

    /// Programs that attach record what they send.
    #[test]
    fn has_frames_of_who_attaches() {
        let net = Net::tap();
        let (file, name) = (net.file("shared.pcapng"), format!("capture-{}", std::process::id()));
        let words = ["--name", &name, "--pcap", file.to_str().unwrap()];
        let words = [&words[..], &["sh", "-c", "echo up; exec cat"]].concat();
        let mut first = beside(&net, "", &words).open_input().start();
        first.wait_for("up");
        let attach = format!("--attach {name}");
        beside(&net, &attach, &[PING, &["10.0.0.1"]].concat()).run().succeeds();
        first.finish().succeeds();
        let (_, frames) = read(&file);
        assert_eq!(frames.iter().filter(|frame| frame.is_icmp(8)).count(), 1);
        assert_eq!(frames.iter().filter(|frame| frame.is_icmp(0)).count(), 1);
    }

    #[test]
    fn to_what_cannot_have_it() {
        let net = Net::tap();
        net.stack().task(["mkfifo", net.file("pipe").to_str().unwrap()]).run().succeeds();
        for (name, right) in [
            (".", "that you may write"),
            ("no/file", "that you may write"),
            ("pipe", "regular file"),
        ] {
            let file = net.file(name);
            let words = ["--pcap", file.to_str().unwrap(), "echo", "was run"];
            let finished = beside(&net, "", &words).run().ends_with(125).says_no("was run");
            assert!(finished.stderr.contains(right), "{}", finished.story());
            assert!(finished.stderr.contains(file.to_str().unwrap()), "{}", finished.story());
        }
    }

    /// The program is not hurt, and nuse says so.
    #[test]
    fn on_a_full_disk() {
        let net = Net::tap();
        let folder = net.file("full");
        fs::create_dir(&folder).unwrap();
        let script = format!(
            "mount -t tmpfs -o size=8k none '{folder}' && exec '{nuse}' --pcap '{folder}/f' \
             ping -n -q -i 0.002 -c 200 10.0.0.1",
            folder = folder.display(),
            nuse = place::nuse().display()
        );
        let ping = net.stack().task(["unshare", "-m", "sh", "-c", &script]);
        let ping = ping.env("NUSECONF", net.file("nuse.conf")).run().succeeds();
        assert!(ping.stderr.contains("lacks frames"), "{}", ping.story());
        ping.says("200 received");
    }

    /// One that is full before is told with the file's name.
    #[test]
    fn on_a_disk_that_is_full_already() {
        let net = Net::tap();
        let folder = net.file("full");
        fs::create_dir(&folder).unwrap();
        let script = format!(
            "mount -t tmpfs -o size=4k none '{folder}' && echo > '{folder}/other' &&
             exec '{nuse}' --pcap '{folder}/f' echo was run",
            folder = folder.display(),
            nuse = place::nuse().display()
        );
        let task = net.stack().task(["unshare", "-m", "sh", "-c", &script]);
        let full = task.env("NUSECONF", net.file("nuse.conf")).run().ends_with(125);
        let (file, full) = (folder.join("f"), full.says_no("was run"));
        let told = format!(
            "nuse: {}: the capture cannot be written: No space left on device (os error 28)\n",
            file.display()
        );
        assert_eq!(full.stderr, told, "{}", full.story());
    }
}
