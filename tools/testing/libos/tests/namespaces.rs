// SPDX-License-Identifier: GPL-2.0

//! Programs in PID namespaces of their own, where each counts from 1: each is itself to the stack. Network namespaces
//! there are none but the stack itself.

use std::time::Duration;

use libos_tests::{LISTENER, Net};

/// A server and its client, which make children that execute a program; with an inherited connection at the
/// end.
const TALK: &str = r#"
import os, socket, subprocess
listener = socket.create_server(('127.0.0.1', 0))
for round in range(20):
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.sendall(b'%d' % round)
    assert server.recv(10) == b'%d' % round
    subprocess.run(['true'], check=True)
    server.close()
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
subprocess.run(['sh', '-c', 'echo inherited >&%d' % client.fileno()], check=True, pass_fds=[client.fileno()])
print(server.recv(20).decode(), end='')
"#;

#[test]
fn programs_of_the_same_number_are_told_apart() {
    let net = Net::tap();
    for way in ["unshare -pf", "unshare -pf --mount-proc"] {
        let one = format!("{way} python3 -c \"$TALK\"");
        let four = format!("for i in 1 2 3 4; do {one} & done; wait; {one}");
        let task = net.nuse(["sh", "-c", &four]).env("TALK", TALK);
        let finished = task.longest(Duration::from_secs(60)).run().succeeds();
        assert_eq!(finished.text(), "inherited\n".repeat(5), "{way}: {}", finished.story());
    }
    net.stack().is_empty();
}

/// A program that a namespace's first one does not wait for is killed with it, whatever it is doing.
#[test]
fn a_namespace_ends_and_the_stack_goes_on() {
    const BUSY: &str = "\
import os, socket, time
for child in range(2):
    if os.fork() == 0:
        listener = socket.create_server(('127.0.0.1', 0))
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
        while True:
            client.send(b'x' * 100)
            server.recv(100)
time.sleep(0.02)
";
    let net = Net::tap();
    let script = "for i in $(seq 30); do unshare -pf python3 -c \"$BUSY\"; done; ss -Htn | wc -l";
    let task = net.nuse(["sh", "-c", script]).env("BUSY", BUSY);
    let finished = task.longest(Duration::from_secs(60)).run().succeeds();
    assert_eq!(finished.stderr, "", "{}", finished.story());
    net.stack().is_empty();
}

/// Who is killed in there is missed, and nobody else is taken for it.
#[test]
fn one_that_is_killed_in_a_namespace_is_missed() {
    const WAIT: &str = "\
import os, signal, socket, time
child = os.fork()
if child == 0:
    connection = socket.create_connection(('10.0.0.1', 7000))
    connection.sendall(b'here')
    time.sleep(100)
time.sleep(1)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
time.sleep(1)
print('killed')
";
    let net = Net::tap();
    let mut peer = net.peer().task(["python3", "-c", LISTENER]).start();
    peer.wait_for("listening");
    net.nuse(["unshare", "-pf", "python3", "-c", WAIT]).run().succeeds().says("killed");
    peer.finish().succeeds().says("b'here'").says("end");
    net.stack().is_empty();
}

/// Nobody in a namespace can stop or end its first process; who tries goes on, and so does it.
#[test]
fn a_first_process_is_asked_to_end_in_vain() {
    const ASK: &str = "\
import os, signal, socket
s = socket.socket()
def ask(target, number):
    try:
        os.kill(target, number)
    except PermissionError:
        print('not permitted')
    except ProcessLookupError:
        print('nobody else')
    print(s.getsockname(), flush=True)
ask(1, signal.SIGSTOP)
ask(1, signal.SIGKILL)
if os.fork() == 0:
    os.setresuid(65534, 65534, 65534)
    ask(1, signal.SIGKILL)
    os._exit(0)
os.wait()
ask(-1, signal.SIGKILL)
";
    let net = Net::tap();
    let script = "python3 -c \"$ASK\"; ip -br addr show lo";
    let words = ["unshare", "-pf", "--mount-proc", "sh", "-c", script];
    let finished = net.nuse(words).env("ASK", ASK).run().succeeds();
    let lines = finished.text();
    assert_eq!(lines.matches("('0.0.0.0', 0)").count(), 4, "{}", finished.story());
    finished.says("not permitted").says("127.0.0.1");
}

/// One that sees no /proc does not know its namespace, and is not taken for a process of another.
#[test]
fn a_process_without_proc_keeps_its_place() {
    const WORK: &str = "\
import os, socket, sys, time
s = socket.create_server(('127.0.0.1', 0))
os.chroot('/etc')
child = os.fork()
if child == 0:
    end = time.monotonic() + 4
    while time.monotonic() < end:
        s.getsockname()
        time.sleep(0.01)
    os._exit(7)
print('status', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";
    let net = Net::tap();
    let others = "unshare -pf sh -c 'for i in $(seq 80); do /bin/true; done'";
    let script = format!("unshare -pf python3 -c \"$WORK\" & sleep 1; {others}; {others}; wait");
    let finished = net.nuse(["sh", "-c", &script]).env("WORK", WORK).run().succeeds();
    finished.says("status 7");
}

/// A program that asks for a network of its own is not left on the stack unawares.
#[test]
fn a_network_namespace_is_refused() {
    const CLONED: &str = "\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, SIGCHLD = 0x40000000, 17
child = libc.syscall(56, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0)
if child == 0:
    os._exit(0)
print(os.strerror(ctypes.get_errno()))
assert child == -1
";
    let net = Net::tap();
    let own = format!("/proc/{}/ns/net", std::process::id());
    for words in [
        &["unshare", "-n", "true"][..],
        &["unshare", "-rn", "true"],
        &["nsenter", &format!("--net={own}"), "true"],
    ] {
        let refused = net.nuse(words).run().fails();
        assert!(refused.stderr.contains("Invalid argument"), "{}", refused.story());
        assert!(refused.stderr.contains("CLONE_NEWNET"), "{}", refused.story());
    }
    net.nuse(["python3", "-c", CLONED]).run().succeeds().says("Invalid argument");
    net.nuse(["nsenter", "--uts=/proc/self/ns/uts", "true"]).run().succeeds();
    net.nuse(["unshare", "-umi", "true"]).run().succeeds();
    net.stack().is_empty();
}
