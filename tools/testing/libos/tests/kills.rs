// SPDX-License-Identifier: GPL-2.0

//! Programs that are killed at any moment: what is left of the stack goes on.

use std::time::Duration;

use libos_tests::{LISTENER, Net};

/// A parent that kills its children while they talk to it over the stack, and finds each
/// connection closed.
const GENERATIONS: &str = r#"
import os, random, signal, socket, sys, time
random.seed(int(sys.argv[1]))
listener = socket.create_server(('127.0.0.1', 7001))
for generation in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        connection = socket.create_connection(('127.0.0.1', 7001))
        while True:
            connection.sendall(b'x' * 1000)
            connection.recv(1000)
    connection = listener.accept()[0]
    end = time.monotonic() + random.random() * 0.02
    while time.monotonic() < end:
        connection.sendall(connection.recv(1000))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    connection.close()
print('all of them')
"#;

#[test]
fn children_killed_by_their_parent() {
    let net = Net::tap();
    let task = net.nuse(["python3", "-c", GENERATIONS, "1", "200"]);
    task.longest(Duration::from_secs(120)).run().succeeds().says("all of them");
    net.stack().is_empty();
}

/// The peer of a killed program sees the end of its connection.
#[test]
fn a_killed_program_is_missed_by_its_peer() {
    let net = Net::tap();
    let mut peer = net.peer().task(["python3", "-c", LISTENER]).start();
    peer.wait_for("listening");
    let connect = "\
import socket, sys, time
connection = socket.create_connection(('10.0.0.1', 7000))
connection.sendall(b'hello')
open(sys.argv[1], 'w')
time.sleep(1000)
";
    let script = "python3 -c \"$1\" \"$2\" & while ! [ -e \"$2\" ]; do sleep 0.1; done; \
                  kill -KILL $!; sleep 3; echo parent goes on";
    let sent = net.file("sent").display().to_string();
    let nuse = net.nuse(["sh", "-c", script, "sh", connect, &sent]).run().succeeds();
    nuse.says("parent goes on");
    peer.finish().succeeds().says("hello").says("end");
}

/// A process that dies before it could say that it is there does not stay in the stack.
#[test]
fn many_short_processes() {
    let net = Net::tap();
    let script = "i=0; while [ $i -lt 200 ]; do (exec true) & i=$((i+1)); \
                  [ $((i % 10)) = 0 ] && wait; done; wait; ip -br link show lo";
    net.nuse(["sh", "-c", script]).run().succeeds().says("lo");
}

/// More children than an instance has room for threads: what ends gives back what it had.
#[test]
fn a_process_for_each_of_many_requests() {
    let serve = "\
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for request in range(4500):
    child = os.fork()
    if child == 0:
        s.getsockname()
        os._exit(0)
    os.waitpid(child, 0)
print('all served')
";
    let net = Net::tap();
    let server = net.nuse(["python3", "-c", serve]);
    server.longest(Duration::from_secs(300)).run().succeeds().says("all served");
}

/// Killed from outside, where nobody keeps it out of the kernel: either the stack goes on, or
/// everybody is told, and ends.
#[test]
fn killed_from_outside() {
    let busy = "\
import os, socket
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('127.0.0.1', 7001))
if os.fork() == 0:
    print('child', os.getpid(), flush=True)
    while True:
        a.sendto(b'x', ('127.0.0.1', 7001))
        a.recv(1)
os.wait()
a.sendto(b'again', ('127.0.0.1', 7001))
while a.recv(10) != b'again':
    pass
print('goes on', flush=True)
";
    let (mut went_on, mut ended) = (0, 0);
    for _ in 0..10 {
        let net = Net::tap();
        let mut nuse = net.nuse(["python3", "-c", busy]).start();
        nuse.wait_for("child ");
        std::thread::sleep(Duration::from_millis(50));
        let written = nuse.written();
        let pid = written.split_whitespace().nth(1).and_then(|pid| pid.parse().ok()).unwrap();
        // SAFETY: a process that this test has started.
        unsafe { libc::kill(pid, libc::SIGKILL) };
        let finished = nuse.finish();
        if finished.code() == 0 {
            assert!(finished.text().contains("goes on"), "{}", finished.story());
            went_on += 1;
        } else {
            let told = "was killed while it executed the network stack's kernel";
            assert!(finished.stderr.contains(told), "{}", finished.story());
            ended += 1;
        }
        net.stack().is_empty();
    }
    println!("{went_on} went on, {ended} ended");
}
