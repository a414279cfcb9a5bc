// SPDX-License-Identifier: GPL-2.0

//! Sockets that are sent from program to program, as far as it takes more than one (see also
//! `programs/passing.c`): programs that have nothing to do with each other, and others than the stack's.

use libos_tests::{Net, Process, Task, place};

/// Connects to the peer, sends the socket to whoever listens at a path, and does so again with what
/// comes back.
const GIVE: &str = "\
import socket, sys
connection = socket.create_connection(('10.0.0.1', 7000))
way = socket.socket(socket.AF_UNIX)
way.connect(sys.argv[1])
socket.send_fds(way, [b'x'], [connection.fileno()])
connection.close()
data, fds, _, _ = socket.recv_fds(way, 100, 1)
print(data.decode(), flush=True)
if fds:
    back = socket.socket(fileno=fds[0])
    back.sendall(back.recv(100) + b' came back')
";

/// Answers the socket's peer with what it says, in another program of the stack.
const TAKE: &str = "\
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print('listening', flush=True)
way = listener.accept()[0]
for user in sys.argv[2:]:
    os.setgid(int(user))
    os.setuid(int(user))
_, fds, _, _ = socket.recv_fds(way, 100, 1)
connection = socket.socket(fileno=fds[0])
connection.sendall(connection.recv(100).upper())
connection.close()
way.sendall(b'thanks')
";

/// Tries what one does with a socket, and sends it back. It is no program of the stack.
const OUTSIDE: &str = "\
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print('listening', flush=True)
way = listener.accept()[0]
_, fds, _, _ = socket.recv_fds(way, 100, 1)
def attempt(what):
    try:
        return what()
    except OSError as error:
        return error.strerror
told = [attempt(lambda: os.read(fds[0], 10)), attempt(lambda: os.write(fds[0], b'x')),
        attempt(lambda: socket.socket(fileno=fds[0]).send(b'x'))]
socket.send_fds(way, [str(told).encode()], fds)
";

/// A peer that says hello, and prints the answers.
const PEER: &str = "\
import socket
listener = socket.create_server(('10.0.0.1', 7000))
print('listening', flush=True)
connection = listener.accept()[0]
connection.sendall(b'hello')
while data := connection.recv(100):
    print(data.decode(), flush=True)
print('end', flush=True)
";

fn python(program: &str, arguments: &[String]) -> Vec<String> {
    let words = ["python3", "-c", program].map(String::from);
    words.into_iter().chain(arguments.iter().cloned()).collect()
}

struct Place {
    net: Net,
    peer: Process,
    path: String,
}

impl Place {
    fn new() -> Self {
        let net = Net::tap();
        let mut peer = net.peer().task(python(PEER, &[])).start();
        peer.wait_for("listening");
        let path = net.file("way").display().to_string();
        Place { net, peer, path }
    }

    /// The path of the socket between the programs, and more arguments.
    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let more = more.iter().map(|word| word.to_string());
        std::iter::once(self.path.clone()).chain(more).collect()
    }
}

/// A program that attaches takes a socket of the one that the stack was made for, also as another user.
#[test]
fn from_program_to_program() {
    for user in [&[][..], &["65534"]] {
        let place = Place::new();
        let name = format!("test-{}", place.net.stack().name());
        let nuse = place::nuse().display().to_string();
        let script = "echo up; read line; exec \"$@\"";
        let words = [&nuse, "--name", &name, "sh", "-c", script, "sh"].map(String::from);
        let words = words.into_iter().chain(python(GIVE, &place.arguments(&[])));
        let task = place.net.stack().task(words).env("NUSECONF", place.net.file("nuse.conf"));
        let mut first = task.open_input().start();
        first.wait_for("up");
        let words = [nuse, "--attach".to_string(), name];
        let taker = python(TAKE, &place.arguments(user));
        let mut second = Task::new(words.into_iter().chain(taker)).start();
        second.wait_for("listening");
        first.write(b"\n");
        first.finish().succeeds().says("thanks");
        place.peer.finish().succeeds().says("HELLO").says("end");
    }
}

/// Who is not in the stack can do nothing with it, but send it back.
#[test]
fn to_others() {
    let place = Place::new();
    let mut other = place.net.stack().task(python(OUTSIDE, &place.arguments(&[]))).start();
    other.wait_for("listening");
    let told = "['Bad file descriptor', 'Operation not permitted', \
                'Socket operation on non-socket']";
    place.net.nuse(python(GIVE, &place.arguments(&[]))).run().succeeds().says(told);
    other.finish().succeeds();
    place.peer.finish().succeeds().says("hello came back").says("end");
}

/// To a program that is executed, whatever the one before has marked close-on-exec.
#[test]
fn to_what_is_executed() {
    let net = Net::tap();
    for mark in ["fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)", "fcntl.ioctl(fd, 0x5451)"] {
        let script = format!(
            "import fcntl, os\n\
             for fd in range(3, 1024):\n \
             try: {mark}\n \
             except OSError: pass\n\
             os.execvp('ip', ['ip', '-br', 'link', 'show', 'lo'])"
        );
        let finished = net.nuse(["python3", "-c", &script]).run().succeeds().says("LOOPBACK");
        assert_eq!(finished.stderr, "", "{}", finished.story());
    }
}

/// By one that sees no /proc.
#[test]
fn out_of_a_jail() {
    const SEND: &str = "\
import array, os, socket
one, other = socket.socketpair()
tcp = socket.create_server(('127.0.0.1', 0))
if os.fork() == 0:
    os.chroot('/etc')
    socket.send_fds(one, [b'x'], [tcp.fileno()])
    os._exit(0)
received = socket.recv_fds(other, 1, 1)[1][0]
print(socket.socket(fileno=received).getsockname() == tcp.getsockname())
";
    let net = Net::tap();
    net.nuse(["python3", "-c", SEND]).run().succeeds().says("True\n");
}
