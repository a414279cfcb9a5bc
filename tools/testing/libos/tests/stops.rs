// SPDX-License-Identifier: GPL-2.0

//! Programs that are stopped, by a terminal or by each other: the stack goes on for the others, and they
//! go on where they were.

use libos_tests::{Net, Process, Task, place};

/// Always in the kernel: sends to itself. Says so when it has gone on after a stop.
const BUSY: &str = "\
import signal, socket, time
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('127.0.0.1', 7001))
signal.signal(signal.SIGCONT, lambda *_: print('goes on', flush=True))
print('at work', flush=True)
while True:
    a.sendto(b'x', ('127.0.0.1', 7001))
    a.recv(1)
";

/// An interactive shell on a terminal of its own.
fn terminal(net: &Net, shell: &str) -> Process {
    let task = net.stack().task(["script", "-q", "-e", "-c", shell, "/dev/null"]);
    let mut terminal = task.env_remove("NUSECONF").open_input().start();
    terminal.wait_for("# ");
    terminal
}

fn occurs(terminal: &Process, text: &str) -> usize {
    terminal.written().matches(text).count()
}

/// Waits until `text` has been written once more than `before`.
#[track_caller]
fn wait_for_another(terminal: &Process, text: &str, before: usize) {
    for _ in 0..2000 {
        if occurs(terminal, text) > before {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("no other {text:?}: {}", terminal.written());
}

/// Stops what is in the foreground by the key, does `meanwhile`, and has it go on.
fn stop_and_go_on(terminal: &mut Process, meanwhile: impl Fn()) {
    for _ in 0..10 {
        let stopped = occurs(terminal, "Stopped");
        terminal.write(b"\x1a");
        wait_for_another(terminal, "Stopped", stopped);
        // What it wrote before it stopped is written by now: a signal may have reached it twice.
        let gone_on = occurs(terminal, "goes on");
        meanwhile();
        terminal.write(b"fg\n");
        wait_for_another(terminal, "goes on", gone_on);
    }
}

/// Ctrl-Z stops the launcher too: others of the stack go on without both.
#[test]
fn nuse_as_a_job() {
    let net = Net::tap();
    let program = net.file("busy.py");
    std::fs::write(&program, BUSY).unwrap();
    let name = format!("test-{}", net.stack().name());
    let nuse = place::nuse().display().to_string();
    let mut terminal = terminal(&net, "bash --norc -i");
    let command = format!("{nuse} -q --name {name} python3 {}\n", program.display());
    terminal.write(command.as_bytes());
    terminal.wait_for("at work");
    let words = [nuse.as_str(), "--attach", &name, "ping", "-i", "0.01", "127.0.0.1"];
    let mut other = Task::new(words).start();
    other.wait_for("icmp_seq=2 ");
    stop_and_go_on(&mut terminal, || {
        let answers = occurs(&other, "icmp_seq");
        wait_for_another(&other, "icmp_seq", answers + 5);
    });
    other.signal(libc::SIGINT);
    other.finish().says(" 0% packet loss");
    terminal.write(b"\x03exit\n");
    terminal.finish();
    net.stack().is_empty();
}

/// Jobs of a shell in the stack.
#[test]
fn jobs_of_a_shell_in_the_stack() {
    let net = Net::tap();
    let program = net.file("busy.py");
    std::fs::write(&program, BUSY).unwrap();
    let nuse = place::nuse().display().to_string();
    let mut terminal = terminal(&net, &format!("{nuse} -q bash --norc -i"));
    terminal.write(format!("python3 {}\n", program.display()).as_bytes());
    terminal.wait_for("at work");
    stop_and_go_on(&mut terminal, || {});
    terminal.write(b"\x03");
    terminal.write(b"ping -c 1 127.0.0.1; exit\n");
    terminal.finish().says("1 received");
    net.stack().is_empty();
}

/// A shell stops itself, and has the terminal for itself: the one outside gets it back.
#[test]
fn a_shell_in_the_stack_is_suspended() {
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    let mut terminal = terminal(&net, "bash --norc -i");
    terminal.write(format!("{nuse} -q bash --norc -i\n").as_bytes());
    terminal.write(b"echo in$((1 + 1)) the stack\n");
    terminal.wait_for("in2 the stack");
    for round in 0..3 {
        let stopped = occurs(&terminal, "Stopped");
        terminal.write(b"suspend\n");
        wait_for_another(&terminal, "Stopped", stopped);
        terminal.write(format!("echo outside $((10 + {round}))\n").as_bytes());
        terminal.wait_for(&format!("outside 1{round}"));
        terminal.write(b"fg\n");
        terminal.write(format!("echo inside $((10 + {round}))\n").as_bytes());
        terminal.wait_for(&format!("inside 1{round}"));
    }
    terminal.write(b"exit\nexit\n");
    terminal.finish();
    net.stack().is_empty();
}

/// SIGSTOP among programs of a stack, again and again while they are busy.
#[test]
fn a_program_stops_another() {
    let script = "\
import os, signal, socket, time
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.bind(('127.0.0.1', 7002))
b.settimeout(10)
child = os.fork()
if child == 0:
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(('127.0.0.1', 7001))
    while True:
        a.sendto(b'x', ('127.0.0.1', 7001))
        a.recv(1)
for _ in range(300):
    time.sleep(0.001)
    os.kill(child, signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
    for _ in range(10):
        b.sendto(b'y', ('127.0.0.1', 7002))
        b.recv(1)
    os.kill(child, signal.SIGCONT)
os.kill(child, signal.SIGKILL)
print('the other went on')
";
    let net = Net::tap();
    net.nuse(["python3", "-c", script]).run().succeeds().says("the other went on");
    net.stack().is_empty();
}

/// Sends as much as it can to the peer, and says how much.
const STREAM: &str = "\
import socket
s = socket.create_connection(('10.0.0.1', 7000))
total, data = 0, bytes(1 << 20)
while True:
    for _ in range(16):
        s.sendall(data)
    total += 16
    print('sent', total, flush=True)
";

const FLOOD: &str = "\
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('10.0.0.1', 7000))
total, data = 0, bytes(64)
while True:
    for _ in range(20000):
        s.send(data)
    total += 1
    print('sent', total, flush=True)
";

const SINK: &str = "\
import socket
deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
deaf.bind(('', 7000))
s = socket.create_server(('', 7000))
print('ready', flush=True)
c, _ = s.accept()
while c.recv(1 << 20):
    pass
";

/// A thread of the launcher's writes what a program sends: another one does while that is stopped.
fn goes_on_without_the_launcher(sends: &str) {
    let net = Net::tap();
    let (busy, program) = (net.file("busy.py"), net.file("sends.py"));
    std::fs::write(&busy, BUSY).unwrap();
    std::fs::write(&program, sends).unwrap();
    let mut sink = net.peer().task(["python3", "-c", SINK]).start();
    sink.wait_for("ready");
    let name = format!("test-{}", net.stack().name());
    let nuse = place::nuse().display().to_string();
    let mut terminal = terminal(&net, "bash --norc -i");
    let (conf, busy) = (net.file("nuse.conf"), busy.display());
    let conf = conf.display();
    terminal.write(format!("{nuse} -q --conf {conf} --name {name} python3 {busy}\n").as_bytes());
    terminal.wait_for("at work");
    let program = program.display().to_string();
    let mut sender = Task::new([nuse.as_str(), "--attach", &name, "python3", &program]).start();
    sender.wait_for("sent");
    stop_and_go_on(&mut terminal, || {
        let pieces = occurs(&sender, "sent");
        wait_for_another(&sender, "sent", pieces + 3);
    });
    sender.signal(libc::SIGTERM);
    sender.finish();
    sink.signal(libc::SIGTERM);
    sink.finish();
    terminal.write(b"\x03exit\n");
    terminal.finish();
    net.stack().is_empty();
}

#[test]
fn a_stream_goes_on_without_the_launcher() {
    goes_on_without_the_launcher(STREAM);
}

#[test]
fn datagrams_go_on_without_the_launcher() {
    goes_on_without_the_launcher(FLOOD);
}
