// SPDX-License-Identifier: GPL-2.0

//! Programs that use a wire between two nodes, and what its arithmetic says of them.

use libos_sim::Program;

use crate::place::{MS, Place, SECOND};

/// Round trips are those of the wire: twice the delay, and 98 bytes at 100 Mbit/s.
pub fn ping() {
    let place = Place::pair(5 * MS, 100_000_000);
    place.start_at(SECOND, 0, Program::new("ping", &["-c", "3", "10.0.0.2"]));
    place.network.run_until(10 * SECOND).expect("ten seconds");
    place.print(2);
}

/// A capture on a node, whose times are those of the wire.
pub fn tcpdump() {
    let place = Place::pair(5 * MS, 100_000_000);
    let words = ["-n", "-tt", "-i", "sim0", "-c", "4", "icmp"];
    place.start_at(SECOND, 1, Program::new("tcpdump", &words));
    let ping = ["-c", "2", "-i", "0.5", "10.0.0.2"];
    place.start_at(2 * SECOND, 0, Program::new("ping", &ping));
    place.network.run_until(10 * SECOND).expect("ten seconds");
    place.print(2);
    let (node, pid, status) = place.last_exit();
    let said = place.file(node, &format!("var/log/{pid}/stdout"));
    let times = said.lines().filter_map(|line| line.split_once(" IP ")?.0.parse::<f64>().ok());
    let times: Vec<_> = times.collect();
    assert!(status == 0 && times.len() == 4, "{said}");
    // The first one has waited for an answer of ARP; answers are sent at once.
    assert!((0.48..0.5).contains(&(times[2] - times[0])), "{said}");
    assert_eq!((times[0], times[2]), (times[1], times[3]), "{said}");
    assert_eq!(said.matches("10.0.0.2 > 10.0.0.1: ICMP echo reply").count(), 2, "{said}");
}

/// TCP between two nodes: the whole rate of the wire, less its headers.
pub fn iperf3() {
    let place = Place::pair(MS, 100_000_000);
    place.start_at(SECOND, 1, Program::new("iperf3", &["-s", "-1"]));
    place.start_at(2 * SECOND, 0, Program::new("iperf3", &["-c", "10.0.0.2", "-t", "2"]));
    place.network.run_until(20 * SECOND).expect("a simulation");
    place.print(2);
}

/// The same with threads, and UDP.
pub fn iperf() {
    let place = Place::pair(MS, 100_000_000);
    let server = Program::new("iperf", &["-s", "-u"]);
    place.start_at(SECOND, 1, server);
    let client = ["-c", "10.0.0.2", "-u", "-b", "10M", "-t", "2"];
    place.start_at(2 * SECOND, 0, Program::new("iperf", &client));
    place.network.run_until(20 * SECOND).expect("a simulation");
    place.print(2);
}

/// A server and a client in Python, with time and randomness.
pub fn python() {
    const SERVER: &str = "
import socket, threading
def serve(peer):
    while data := peer.recv(1000):
        peer.sendall(data.upper())
s = socket.create_server(('', 7000))
for i in range(3):
    threading.Thread(target=serve, args=(s.accept()[0],)).start()
";
    const CLIENT: &str = "
import os, random, socket, subprocess, threading, time
def ask(number):
    with socket.create_connection(('10.0.0.2', 7000)) as s:
        s.sendall(b'client %d' % number)
        print(time.time(), s.recv(1000))
threads = [threading.Thread(target=ask, args=(i,)) for i in range(3)]
for t in threads: t.start()
for t in threads: t.join()
time.sleep(1.5)
print(time.time(), time.monotonic(), os.getpid(), random.random(), os.urandom(4).hex(), hash('text'))
print(subprocess.run(['ip', '-br', 'addr'], capture_output=True, text=True).stdout)
print(os.cpu_count(), os.uname())
";
    let place = Place::pair(MS, 100_000_000);
    place.start_at(SECOND, 1, Program::new("python3", &["-c", SERVER]));
    place.start_at(2 * SECOND, 0, Program::new("python3", &["-c", CLIENT]));
    place.network.run_until(20 * SECOND).expect("a simulation");
    place.print(2);
}

/// A script with pipelines, jobs and redirections.
pub fn bash() {
    const SCRIPT: &str = "
date; sleep 2.5; date
for i in 1 2 3; do echo $i $RANDOM; done | sort -r | while read a b; do echo $b; done
(sleep 1; echo background) & wait; echo \"$? $SECONDS\"
echo text > /etc/own-file; cat /etc/own-file; ls -d /etc/host*
timeout 2 sleep 100; echo $?
trap 'echo trapped' TERM; kill $$; echo $(hostname) $(uname -r) $(nproc)
ping -c 1 -W 1 10.0.0.77 > /dev/null; echo $?
ps ax -o pid,comm
";
    let place = Place::pair(MS, 100_000_000);
    place.start_at(SECOND, 0, Program::new("bash", &["-c", SCRIPT]));
    place.network.run_until(60 * SECOND).expect("a simulation");
    place.print(1);
}
