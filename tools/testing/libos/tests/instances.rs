// SPDX-License-Identifier: GPL-2.0

//! Instances with names: other programs come to them, they are listed, their kernels' logs are read.

use libos_tests::{Net, Process, Task, place};

/// A name that no other test has.
fn name(net: &Net) -> String {
    format!("test-{}", net.stack().name())
}

/// An instance that lives until it is told.
fn start(net: &Net) -> Process {
    let nuse = place::nuse().display().to_string();
    let words = [&nuse, "--name", &name(net), "sh", "-c", "echo up; read line"].map(String::from);
    let task = net.stack().task(words).env("NUSECONF", net.file("nuse.conf"));
    let mut nuse = task.open_input().start();
    nuse.wait_for("up");
    nuse
}

fn attached(net: &Net, command: &[&str]) -> Task {
    let name = name(net);
    let words = [place::nuse().to_str().unwrap(), "--attach", &name].map(String::from);
    Task::new(words.into_iter().chain(command.iter().map(|word| word.to_string())))
}

#[test]
fn another_program_comes_from_elsewhere() {
    let net = Net::tap();
    let mut nuse = start(&net);
    attached(&net, &["ip", "-br", "addr"]).run().succeeds().says("10.0.0.2");
    attached(&net, &["ping", "-c", "1", "-W", "10", "10.0.0.1"]).run().succeeds();
    attached(&net, &["sh", "-c", "exit 7"]).run().ends_with(7);
    nuse.write(b"\n");
    nuse.finish().succeeds();
    attached(&net, &["true"]).run().ends_with(125);
}

/// A stack with a name stays for the daemon that its program has become, and ends with it.
#[test]
fn a_daemon_keeps_its_stack() {
    let net = Net::tap();
    let daemon = [
        "setsid",
        "-f",
        "sh",
        "-c",
        "echo $$; trap 'echo ended; exit' TERM; while :; do sleep 0.1; done",
    ];
    let (nuse, name) = (place::nuse().display().to_string(), name(&net));
    let words = [&[&*nuse, "--name", &name], &daemon[..]].concat();
    let mut nuse = net.stack().task(words).env("NUSECONF", net.file("nuse.conf")).start();
    nuse.wait_for("the stack stays for");
    attached(&net, &["ip", "-br", "addr"]).run().succeeds().says("10.0.0.2");
    nuse.signal(libc::SIGTERM);
    nuse.finish().succeeds().says("ended");
    net.stack().is_empty();

    // One without ends with its program, and says so.
    let finished = net.nuse(["sh", "-c", "setsid sleep 1000 & sleep 1"]).run().succeeds();
    assert!(finished.stderr.contains("sleep (pid"), "{}", finished.story());
    net.stack().is_empty();
}

/// Who stops a daemon from another terminal may begin the next one: the stack is still there.
#[test]
fn a_daemon_is_restarted() {
    const DAEMON: &str = "setsid -f sh -c 'echo $$ > \"$PID\"; exec nc -lk 127.0.0.1 7000' < /dev/null > /dev/null 2>&1";
    const RESTART: &str = "\
old=$(cat \"$PID\")
rm \"$PID\"
kill $old
while kill -0 $old 2> /dev/null; do sleep 0.1; done
sleep 0.3
sh -c \"$DAEMON\"
while [ ! -s \"$PID\" ]; do sleep 0.1; done
echo restarted";
    let net = Net::tap();
    let (nuse, name) = (place::nuse().display().to_string(), name(&net));
    let words = [&*nuse, "--name", &name, "sh", "-c", DAEMON];
    let task = net.stack().task(words).env("NUSECONF", net.file("nuse.conf"));
    let mut nuse = task.env("PID", net.file("pid")).start();
    nuse.wait_for("the stack stays for");
    for _ in 0..2 {
        let restart = attached(&net, &["sh", "-c", RESTART]).env("DAEMON", DAEMON);
        restart.env("PID", net.file("pid")).run().succeeds().says("restarted");
        attached(&net, &["sh", "-c", "sleep 0.3; ss -Htln"])
            .run()
            .succeeds()
            .says("127.0.0.1:7000");
    }
    nuse.signal(libc::SIGTERM);
    nuse.finish().succeeds();
    net.stack().is_empty();
}

/// A stack that runs has what it was started with: who asks for something else is told.
#[test]
fn flags_that_a_running_stack_cannot_heed() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let asks = |flags: &str| {
        let name = name(&net);
        let words = [place::nuse().to_str().unwrap(), "--attach", &name].map(String::from);
        let flags = flags.split_whitespace().chain(["echo", "was run"]).map(String::from);
        Task::new(words.into_iter().chain(flags)).env("NUSECONF", "/no/such.conf").run()
    };
    for flags in ["--vif BAD:x", "-c /no/such", "--pcap f", "--sysctl a=b", "-m 64", "--dns ::1"] {
        let refused = asks(flags).ends_with(2).says_no("was run");
        assert!(refused.stderr.contains("must not come with --attach"), "{}", refused.story());
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.story());
    }
    for flags in ["", "-q", "-v"] {
        asks(flags).succeeds().says("was run");
    }
    let list = [place::nuse().display().to_string(), "--list".to_string()];
    Task::new(list).env("NUSECONF", "/no/such.conf").run().succeeds().says(&name(&net));
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

/// Two programs that were started apart talk over the stack's lo.
#[test]
fn programs_meet_on_lo() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let serve = "\
import socket
listener = socket.create_server(('127.0.0.1', 7000))
print('listening', flush=True)
connection = listener.accept()[0]
connection.sendall(connection.recv(100).upper())
";
    let ask = "\
import socket
connection = socket.create_connection(('127.0.0.1', 7000))
connection.sendall(b'hello')
print(connection.recv(100))
";
    let mut server = attached(&net, &["python3", "-c", serve]).start();
    server.wait_for("listening");
    attached(&net, &["python3", "-c", ask]).run().succeeds().says("HELLO");
    server.finish().succeeds();
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

/// Without the launcher nobody can go on.
#[test]
fn what_was_attached_ends_with_the_instance() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let mut guest = attached(&net, &["sh", "-c", "echo here; exec sleep 1000"]).start();
    guest.wait_for("here");
    nuse.write(b"\n");
    nuse.finish().succeeds();
    guest.finish().ends_with(128 + libc::SIGKILL);
}

#[test]
fn instances_are_listed() {
    let net = Net::tap();
    let list = || Task::new([place::nuse().to_str().unwrap(), "--list"]).run().succeeds();
    let mut nuse = start(&net);
    let text = list().text();
    let own = text.lines().skip_while(|line| !line.starts_with(&format!(" {} ", name(&net))));
    let own: Vec<_> = own.take(2).collect();
    assert!(own.len() == 2, "{text}");
    assert!(
        own[0].contains(&format!(" {} ", nuse.pid())) && own[0].contains("127.0.0.1/8"),
        "{text}"
    );
    assert!(own[1].contains("10.0.0.2/24"), "{text}");
    nuse.write(b"\n");
    nuse.finish().succeeds();
    assert!(!list().text().contains(&name(&net)));
}

#[test]
fn a_name_is_given_once() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let name = name(&net);
    let words = [place::nuse().to_str().unwrap(), "-q", "--name", &name, "true"].map(String::from);
    let second = Task::new(words).env_remove("NUSECONF").run().ends_with(125);
    assert!(second.stderr.contains("another instance has this name"), "{}", second.story());
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

/// A program of a stack begins no other, and is told so.
#[test]
fn nuse_on_a_stack() {
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    for flags in [&["true"][..], &["--attach", "any", "true"]] {
        let inner = [&[nuse.as_str(), "-q"][..], flags].concat();
        let refused = net.nuse(inner).run().ends_with(125);
        assert!(refused.stderr.contains("on a stack already"), "{}", refused.story());
    }
    net.nuse([nuse.as_str(), "--list"]).run().succeeds().says("KERNEL");
    net.stack().is_empty();
}

/// The status says whether it was nuse or the program that could not be.
#[test]
fn no_program() {
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    for (program, status) in [("no-such", 127), ("/no/such", 127), ("/etc/passwd", 126)] {
        let words = [nuse.as_str(), "-q", program];
        let refused = net.stack().task(words).env_remove("NUSECONF").run().ends_with(status);
        assert!(refused.stderr.contains(program), "{}", refused.story());
    }
    net.stack().is_empty();
}

/// A launcher that was killed leaves a name behind that the next one takes.
#[test]
fn the_name_of_a_killed_launcher_is_free() {
    let net = Net::tap();
    let nuse = start(&net);
    nuse.signal(libc::SIGKILL);
    nuse.finish().ends_with(137);
    let mut nuse = start(&net);
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

#[test]
fn the_log_of_the_kernel() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let words = [place::nuse().to_str().unwrap(), "--dmesg", &name(&net)].map(String::from);
    Task::new(words).run().succeeds().says("Linux version 6.");
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

/// Who closes a pipe has seen enough; a full disk is told.
#[test]
fn what_is_asked_for_may_have_no_place() {
    let net = Net::tap();
    let mut nuse = start(&net);
    let (launcher, name) = (place::nuse().display().to_string(), name(&net));
    let shell = |script: &str| Task::new(["bash", "-c", script, &launcher, &name]).run();
    for flag in ["--list", "--dmesg \"$1\"", "--help", "--version"] {
        let full = shell(&format!("\"$0\" {flag} > /dev/full")).ends_with(1);
        let told = "nuse: standard output: No space left on device (os error 28)\n";
        assert_eq!(full.stderr, told, "{}", full.story());
        let none = shell(&format!("\"$0\" {flag} >&-")).ends_with(1);
        let told = "nuse: standard output: Bad file descriptor (os error 9)\n";
        assert_eq!(none.stderr, told, "{}", none.story());
        let closed = shell(&format!("exec > >(true); wait $!; \"$0\" {flag}")).succeeds();
        assert_eq!(closed.stderr, "", "{}", closed.story());
    }
    for (flags, status) in [("-q /no/such", 127), ("true", 0), ("--mtu 1 true", 2)] {
        shell(&format!("\"$0\" {flags} 2> /dev/full")).ends_with(status);
    }
    nuse.write(b"\n");
    nuse.finish().succeeds();
}

/// Whose a socket is, as ss(8) and others find out.
#[test]
fn sockets_have_owners() {
    const SERVE: &str = "\
import os, socket, stat
s = socket.create_server(('127.0.0.1', 7000))
link = f'/proc/self/fd/{s.fileno()}'
assert stat.S_ISSOCK(os.stat(link).st_mode) and os.stat(link).st_ino == os.fstat(s.fileno()).st_ino
assert os.readlink(link) == f'socket:[{os.fstat(s.fileno()).st_ino}]'
names = os.listdir('/proc/self/fd')
[os.stat(f'/proc/self/fd/{name}') for name in names if int(name) > 100]
print('listening', os.getpid(), flush=True)
input()
";
    let net = Net::tap();
    let mut nuse = start(&net);
    let mut server = attached(&net, &["python3", "-c", SERVE]).open_input().start();
    server.wait_for("listening");
    let pid = server.written().trim().replace("listening ", "");
    let ss = attached(&net, &["ss", "-tlnp"]).run().succeeds();
    ss.says(&format!("users:((\"python3\",pid={pid},fd=3))"));
    server.write(b"\n");
    server.finish().succeeds();
    nuse.write(b"\n");
    nuse.finish().succeeds();
}
