// SPDX-License-Identifier: GPL-2.0

//! Programs that do what they should not, and what programs are given when they start.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libos_sim::Program;

use crate::place::{Place, SECOND};

/// A program that makes no call is ended; the others go on.
pub fn spin() {
    let place = Place::with(1, |options| options.patience = Duration::from_secs(1));
    let program = compile(&place, "spin", "int main(void) { for (;;); }", &[]);
    place.start_at(SECOND, 0, Program::new(program, &[]));
    place.start_at(2 * SECOND, 0, Program::new("sleep", &["1"]));
    place.network.run_until(4 * SECOND).expect("a simulation");
    place.print(1);
    let statuses: Vec<i32> = place.network.exits().iter().map(|exit| exit.2).collect();
    assert_eq!(statuses, [libc::SIGKILL, 0]);
}

/// What is linked statically is refused, to a shell as well as to the simulator's user.
pub fn fixed() {
    let place = Place::new(1);
    let program = compile(&place, "fixed", "int main(void) { return 0; }", &["-static"]);
    let script = format!("{}; echo $?", program.display());
    place.start_at(SECOND, 0, Program::new("bash", &["-c", &script]));
    place.network.run_until(2 * SECOND).expect("a simulation");
    place.print(1);
    let (_, pid, _) = place.last_exit();
    assert_eq!(place.file(0, &format!("var/log/{pid}/stdout")), "126\n");
    let refused = place.network.simulation.start(0, &Program::new(program, &[]));
    assert!(refused.is_err_and(|error| error.to_string().contains("statically linked")));
}

/// A program that does not exist is an error that says so.
pub fn missing() {
    let place = Place::new(1);
    let refused = place.network.simulation.start(0, &Program::new("/no/such/program", &[]));
    let said = refused.expect_err("an error").to_string();
    assert_eq!(said, "node 0: /no/such/program: No such file or directory (os error 2)");
    place.run(0, "true", &[]);
}

/// What the node's kernel has said, not the host's.
pub fn kernel_log() {
    let place = Place::new(1);
    let script = "dmesg | grep -c \"Linux version $(uname -r) \"";
    place.start_at(SECOND, 0, Program::new("sh", &["-c", script]));
    place.network.run_until(2 * SECOND).expect("a simulation");
    place.print(1);
    let (_, pid, status) = place.last_exit();
    assert_eq!((place.file(0, &format!("var/log/{pid}/stdout")).as_str(), status), ("1\n", 0));
}

/// A connection in the moment of boot measures its round trips as one does later: their time is zero,
/// and the retransmission timeout the shortest, 200 ms. Without a measurement it were three seconds.
pub fn newborn() {
    const SCRIPT: &str = "
import socket, struct
server = socket.create_server(('127.0.0.1', 7000))
client = socket.create_connection(('127.0.0.1', 7000))
state = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 12)
print(struct.unpack_from('I', state, 8)[0])
";
    let place = Place::new(1);
    place.run(0, "ip", &["link", "set", "lo", "up"]);
    place.run(0, "python3", &["-c", SCRIPT]);
    let (_, pid, _) = place.last_exit();
    assert_eq!(place.network.now(), 0);
    assert_eq!(place.file(0, &format!("var/log/{pid}/stdout")), "200000\n");
    place.run(0, "sh", &["-c", "! dmesg | grep WARNING"]);
    place.print(1);
}

/// Input, user, folder, environment.
pub fn given() {
    let place = Place::new(1);
    place.write(0, "input", "from a file\n");
    let script = "cat; id -u; id -g; pwd; env | sort; ulimit -s; echo written > own; cat own";
    let program = Program {
        stdin: Some("/input".into()),
        uid: 1000,
        gid: 100,
        directory: "/tmp".into(),
        environment: vec![("NAME".into(), "value".into())],
        stack: 1 << 20,
        ..Program::new("sh", &["-c", script])
    };
    place.start_at(SECOND, 0, program);
    place.network.run_until(2 * SECOND).expect("a simulation");
    place.print(1);
    let (_, pid, status) = place.last_exit();
    let said = place.file(0, &format!("var/log/{pid}/stdout"));
    let environment =
        "NAME=value\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let expected =
        format!("from a file\n1000\n100\n/tmp\n{environment}\nPWD=/tmp\n1024\nwritten\n");
    assert_eq!((said, status), (expected, 0));
    assert_eq!(place.file(0, "tmp/own"), "written\n");
    assert!(!Path::new("/tmp/own").exists());
}

/// What the host has mounted below its root is there, too, and is not changed; memory that is shared by a
/// name is a node's own.
pub fn mounted() {
    // SAFETY: a number; this thread is the process's only one.
    assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWNS) }, 0);
    let host = |script: &str| {
        let output = Command::new("sh").args(["-ec", script]).output().expect("sh");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    host(
        "mount --make-rprivate /; mount -t tmpfs -o mode=1777 none /srv; mkdir '/srv/a b'
        mount -t tmpfs none '/srv/a b'; echo outer > /srv/file; echo inner > '/srv/a b/file'
        echo '127.0.0.1 mounted' > /srv/hosts; mount --bind /srv/hosts /etc/hosts",
    );
    let place = Place::new(3);
    let script =
        "cd '/srv/a b'; cat ../file file /etc/hosts; stat -c %a ..; echo own > file; cat file
        ls /dev/shm; echo shared > /dev/shm/libos; echo x > /etc/hosts";
    for node in 0..2 {
        place.start_at(SECOND, node, Program::new("sh", &["-c", script]));
    }
    place.write(2, "etc/hosts", "the node's own\n");
    place.start_at(SECOND, 2, Program::new("sh", &["-c", "echo more >> /etc/hosts"]));
    place.network.run_until(2 * SECOND).expect("a simulation");
    place.print(3);
    // The shells, which could not write the last of it.
    let exits = place.network.exits();
    let shells: Vec<_> = exits.iter().filter(|exit| exit.2 != 0).collect();
    assert_eq!(shells.len(), 2);
    for &&(node, pid, _) in &shells {
        let said = place.file(node, &format!("var/log/{pid}/stdout"));
        assert_eq!(said, "outer\ninner\n127.0.0.1 mounted\n1777\nown\n");
        let errors = place.file(node, &format!("var/log/{pid}/stderr"));
        assert!(errors.contains("Read-only file system"), "{errors}");
        assert_eq!(place.file(node, "srv/a b/file"), "own\n");
    }
    assert_eq!(place.file(2, "etc/hosts"), "the node's own\nmore\n");
    assert_eq!(host("cat '/srv/a b/file' /etc/hosts"), "inner\n127.0.0.1 mounted\n");
    assert!(!Path::new("/dev/shm/libos").exists());
}

/// A node keeps 64 files of the host that are passed over sockets, and again as many when nobody has these any
/// more: neither a program nor a message.
pub fn passed() {
    const SCRIPT: &str = "
import os, socket
for room in range(2):
    mine, yours = socket.socketpair()
    for count in range(100):
        with open('/input') as file:
            try:
                socket.send_fds(mine, [b'x'], [file.fileno()])
            except OSError as error:
                print(count, error.strerror)
                break
    for _ in range(10):
        _, [got], _, _ = socket.recv_fds(yours, 1, 1)
        os.close(got)
    for _ in range(12):
        with open('/input') as file:
            try:
                socket.send_fds(mine, [b'x'], [file.fileno()])
            except OSError as error:
                print('then', error.strerror)
    pid = os.fork()
    if not pid:
        _, [got], _, _ = socket.recv_fds(yours, 1, 1)
        print(os.read(got, 100).decode(), end='', flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
    mine.close()
    yours.close()
";
    let place = Place::new(1);
    place.write(0, "input", "passed on\n");
    place.run(0, "python3", &["-uc", SCRIPT]);
    place.print(1);
    let (_, pid, _) = place.last_exit();
    let full = "Too many references: cannot splice";
    let once = format!("64 {full}\nthen {full}\nthen {full}\npassed on\n");
    assert_eq!(place.file(0, &format!("var/log/{pid}/stdout")), once.repeat(2));
}

/// A signal from the simulator.
pub fn killed() {
    let place = Place::new(1);
    place.start_at(SECOND, 0, Program::new("sleep", &["100"]));
    place.network.at(2 * SECOND, |simulation| {
        let pid = simulation.processes()[0].pid;
        simulation.kill(0, pid, libc::SIGTERM)
    });
    place.network.run_until(3 * SECOND).expect("a simulation");
    place.print(1);
    assert_eq!(place.network.exits()[0].2, libc::SIGTERM);
    assert!(place.network.simulation.kill(0, 9999, libc::SIGTERM).is_err());
}

/// Compiles a program of one line.
fn compile(place: &Place, name: &str, text: &str, flags: &[&str]) -> std::path::PathBuf {
    let (source, program) = (place.folder().join(format!("{name}.c")), place.folder().join(name));
    std::fs::write(&source, text).expect("a file");
    let mut compiler = Command::new("cc");
    compiler.args(flags).arg("-o").args([&program, &source]);
    assert!(compiler.status().expect("a compiler").success());
    program
}
