// SPDX-License-Identifier: GPL-2.0

//! How a program ends under nuse, and that nothing is left of it.

use libos_tests::{Net, Task, compile, place};

/// A program that says when it is there, and ends only when it is told to.
fn patient(net: &Net) -> libos_tests::Process {
    let mut program = net.nuse(["sh", "-c", "echo up; exec sleep 1000"]).start();
    program.wait_for("up");
    program
}

#[test]
fn the_exit_status_is_the_programs() {
    let net = Net::tap();
    net.nuse(["true"]).run().ends_with(0);
    net.nuse(["false"]).run().ends_with(1);
    net.nuse(["sh", "-c", "exit 7"]).run().ends_with(7);
}

#[test]
fn output_and_input_are_the_programs() {
    let net = Net::tap();
    let script = "cat; echo to stderr >&2";
    let finished = net.nuse(["sh", "-c", script]).input("some input\n").run().succeeds();
    assert_eq!(finished.text(), "some input\n");
    assert_eq!(finished.stderr, "to stderr\n");
}

/// What is closed stays closed, as natively: the next file or socket has the lowest number that is free.
#[test]
fn closed_descriptors_are_closed() {
    const NUMBERS: &str = "\
import os, socket
s = socket.socket()
numbers = [s.fileno(), os.open('/proc/net/dev', 0), os.open('/etc/passwd', 0)]
print(numbers)
";
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    for script in [
        "\"$@\" cat <&-",
        "\"$@\" sh -c 'echo hi' >&-",
        "\"$@\" ls /etc/passwd /no/such 2>&-",
        "\"$@\" python3 -c \"$NUMBERS\" <&-",
        "\"$@\" python3 -c \"$NUMBERS\" <&- 2>&-",
    ] {
        let ends = |through: &[&str]| {
            let task = net.stack().task([&["bash", "-c", script, "bash"], through].concat());
            let finished = task.env_remove("NUSECONF").env("NUMBERS", NUMBERS).run();
            (finished.code(), finished.text(), finished.stderr)
        };
        assert_eq!(ends(&[&nuse, "-q"]), ends(&["env"]), "{script}");
    }
}

/// The kernel of the host marks the memory that it does not write into a core (`dd`, proc(5)).
#[test]
fn a_core_has_nothing_of_the_instance() {
    let marks = "/memfd:liblinux/ { ours = 1 } \
                 /^VmFlags:/ && ours { print / dd/ ? \"left out\" : \"written\"; ours = 0 }";
    let words = ["awk", marks, "/proc/self/smaps"];
    Net::tap().nuse(words).run().succeeds().says("left out\n").says_no("written");
}

#[test]
fn a_killed_program_gives_137() {
    Net::tap().nuse(["sh", "-c", "kill -KILL $$"]).run().ends_with(137);
}

#[test]
fn a_crashed_program_gives_its_signal() {
    let net = Net::tap();
    let crash = "import ctypes; ctypes.string_at(1)";
    net.nuse(["python3", "-c", crash]).run().ends_with(128 + libc::SIGSEGV);
    for signal in [libc::SIGSEGV, libc::SIGABRT, libc::SIGBUS, libc::SIGFPE] {
        let script = format!("kill -{signal} $$");
        net.nuse(["sh", "-c", &script]).run().ends_with(128 + signal);
    }
    // One without a name, at its default.
    net.nuse(["sh", "-c", "kill -40 $$"]).run().ends_with(128 + 40);
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let net = Net::tap();
    let words = [place::nuse().into_os_string(), "/no/such/program".into()];
    let finished = net.stack().task(words).env("NUSECONF", net.file("nuse.conf")).run().fails();
    assert!(finished.stderr.contains("/no/such/program"), "{}", finished.story());
}

#[test]
fn sigterm_to_nuse_ends_the_program() {
    let net = Net::tap();
    let program = patient(&net);
    program.signal(libc::SIGTERM);
    program.finish().ends_with(128 + libc::SIGTERM);
    net.stack().is_empty();
}

/// A program that catches a signal decides itself; also one that Rust's library would have swallowed.
#[test]
fn signals_reach_handlers() {
    let net = Net::tap();
    for signal in [
        libc::SIGHUP,
        libc::SIGTERM,
        libc::SIGUSR1,
        libc::SIGABRT,
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGPIPE,
        libc::SIGIO,
        libc::SIGPWR,
        libc::SIGRTMIN() + 3,
        libc::SIGRTMAX(),
    ] {
        let script = format!(
            "import os, signal, time\n\
             def got(number, frame): os.write(1, b'got %d' % number); os._exit(9)\n\
             signal.signal({signal}, got)\n\
             print('up', flush=True)\n\
             while True: time.sleep(0.1)"
        );
        let mut program = net.nuse(["python3", "-c", &script]).start();
        program.wait_for("up");
        program.signal(signal);
        program.finish().ends_with(9).says(&format!("got {signal}"));
    }
}

/// The shell that waits sees by what its program has ended: the key ends a loop, too.
#[test]
fn nuse_ends_by_the_programs_signal() {
    let net = Net::tap();
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGKILL, libc::SIGSEGV, 40] {
        let script = format!("kill -{signal} $$; sleep 1000");
        let ended = net.nuse(["sh", "-c", &script]).run();
        assert_eq!(ended.signal(), Some(signal), "{}", ended.story());
        net.stack().is_empty();
    }
    let nuse = place::nuse().display().to_string();
    let script = "for i in 1 2 3; do echo up $i; \"$0\" -q sleep 2; done; echo not reached";
    let mut shell = net.stack().task(["bash", "-c", script, &nuse]).env_remove("NUSECONF").start();
    shell.wait_for("up");
    std::thread::sleep(std::time::Duration::from_millis(500));
    shell.signal_group(libc::SIGINT);
    let shell = shell.finish();
    assert_eq!((shell.signal(), shell.text().as_str()), (Some(libc::SIGINT), "up 1\n"));
}

/// What a program sends to its process group, in which the launcher is, comes to the program once.
#[test]
fn a_signal_to_the_group_comes_once() {
    let net = Net::tap();
    let itself = "\
import os, signal, time
count = 0
def got(number, frame):
    global count
    count += 1
signal.signal(signal.SIGUSR1, got)
for i in range(50):
    os.kill(0, signal.SIGUSR1)
    time.sleep(0.01)
time.sleep(0.3)
print('got', count)
";
    net.nuse(["python3", "-c", itself]).run().succeeds().says("got 50\n");
    // Whoever has sent it is gone when the launcher hears of it.
    let child = "\
got=0
trap 'got=$((got + 1))' USR1
for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'kill -USR1 0'; sleep 0.1; done
echo got $got";
    net.nuse(["bash", "-c", child]).run().succeeds().says("got 10\n");
}

/// A program that sends to its launcher means what runs there, as anybody else does.
#[test]
fn a_signal_to_the_launcher_comes_back() {
    let net = Net::tap();
    let itself = "trap 'echo got' USR1; kill -USR1 $PPID; sleep 0.2; kill -0 $PPID && kill $PPID; sleep 1000";
    let child = "\
trap 'echo got' USR1
export LAUNCHER=$PPID
python3 -c 'import os; os.kill(int(os.environ[\"LAUNCHER\"]), 10)'
sleep 0.2
kill -TERM $LAUNCHER
sleep 1000";
    for script in [itself, child] {
        let ended = net.nuse(["bash", "-c", script]).run().says("got\n");
        assert_eq!(ended.signal(), Some(libc::SIGTERM), "{}", ended.story());
    }
}

/// The libraries of a program end after the interposer, and may wait for their threads.
#[test]
fn a_library_waits_for_its_thread() {
    let net = Net::tap();
    let library = net.file("joins.so");
    let source = place::programs().join("libraries/joins.c");
    compile::c_program(&source, &library, &["-shared", "-fPIC"]);
    let script = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).start()";
    let words = ["python3", "-c", script, library.to_str().unwrap()];
    net.nuse(words).run().succeeds().says("joined\n");
}

/// What sigqueue(3) has sent along arrives, too.
#[test]
fn a_signal_has_its_value() {
    let net = Net::tap();
    let script = "\
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
print('up', flush=True)
import ctypes
info = (ctypes.c_int * 32)()
ctypes.CDLL(None).sigwaitinfo((ctypes.c_ulong * 16)(1 << (signal.SIGRTMIN - 1)), info)
print('value', info[6])
";
    let mut program = net.nuse(["python3", "-c", script]).start();
    program.wait_for("up");
    let value = libc::sigval { sival_ptr: 4711 as *mut libc::c_void };
    // SAFETY: our own child, which has not been waited for.
    assert_eq!(unsafe { libc::sigqueue(program.pid(), libc::SIGRTMIN(), value) }, 0);
    program.finish().succeeds().says("value 4711");
}

/// Runs its arguments as the leader of a session, and closes the terminal when they are up.
const CLOSE_TERMINAL: &str = "\
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
written = b''
while b'up' not in written:
    written += os.read(terminal, 1000)
os.close(terminal)
print('status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Of a terminal that is closed only the leader of its session hears.
#[test]
fn a_closed_terminal_ends_the_program() {
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    for (script, status) in [
        ("echo up; exec sleep 1000", -libc::SIGHUP),
        ("echo up; sleep 1000; true", -libc::SIGHUP),
        ("trap 'exit 9' HUP; echo up; while :; do sleep 0.1; done", 9),
        ("echo 'echo u''p; sleep 1000' > \"$0\"; exec bash --rcfile \"$0\" -i", -libc::SIGHUP),
    ] {
        let file = net.file("rc").display().to_string();
        let words = ["python3", "-c", CLOSE_TERMINAL, &nuse, "-q", "sh", "-c", script, &file];
        let finished = net.stack().task(words).env_remove("NUSECONF").run().succeeds();
        finished.says(&format!("status {status}\n"));
        net.stack().is_empty();
    }
}

/// As under nohup(1).
#[test]
fn ignored_signals_are_so_in_the_program() {
    let script = "trap '' HUP USR2; exec \"$0\" \"$@\"";
    let net = Net::tap();
    let nuse = place::nuse().display().to_string();
    let see = "kill -HUP $$; kill -USR2 $$; echo goes on";
    let words = ["sh", "-c", script, &nuse, "-q", "sh", "-c", see];
    net.stack().task(words).env_remove("NUSECONF").run().succeeds().says("goes on");
}

/// Ctrl-C goes to the whole process group: ping sums up and says that it succeeded.
#[test]
fn ctrl_c_lets_ping_print_its_statistics() {
    let net = Net::raw();
    let mut ping = net.nuse(["ping", "-n", "10.0.0.1"]).start();
    ping.wait_for("icmp_seq=2 ");
    ping.signal_group(libc::SIGINT);
    ping.finish().ends_with(0).says("packets transmitted").says("0% packet loss");
    net.stack().is_empty();
}

/// The same with the key itself, on a terminal.
#[test]
fn ctrl_c_on_a_terminal() {
    let net = Net::raw();
    // Without exec some shells stay, and end by the key as well.
    let command = format!("exec {} ping -n 10.0.0.1", place::nuse().display());
    let conf = net.file("nuse.conf");
    let terminal = net.stack().task(["script", "-q", "-e", "-c", &command, "/dev/null"]);
    let mut terminal = terminal.env("NUSECONF", conf).open_input().start();
    terminal.wait_for("icmp_seq=2 ");
    terminal.write(b"\x03");
    terminal.finish().ends_with(0).says("packets transmitted").says("0% packet loss");
    net.stack().is_empty();
}

/// A launcher that is killed cannot go on, so nor can its program.
#[test]
fn a_killed_nuse_takes_its_program_along() {
    let net = Net::tap();
    let program = patient(&net);
    program.signal(libc::SIGKILL);
    program.finish().ends_with(137);
    net.stack().is_empty();
}

/// Nor can what that has started: in the background, in other sessions, as other users, programs that
/// know nothing of the stack.
#[test]
fn a_killed_nuse_takes_all_along() {
    let net = Net::tap();
    let program = net.file("static");
    libos_tests::compile::c_program(
        &place::programs().join("outside/pause.c"),
        &program,
        &["-static"],
    );
    let script = "\
        (sleep 1000 & exec sleep 1001) &
        setsid -f sh -c 'sleep 1002; :'
        setpriv --reuid 65534 --clear-groups sh -c 'sleep 1003; :' &
        setpriv --reuid 65534 --clear-groups python3 -c '
import os, time
if os.fork() == 0: os.setsid()
time.sleep(1000)' &
        \"$1\" &
        sleep 2
        echo up
        wait";
    let words = ["sh", "-c", script, "sh", program.to_str().unwrap()];
    let mut nuse = net.nuse(words).start();
    nuse.wait_for("up");
    assert!(net.stack().processes().len() > 8, "{:?}", net.stack().processes());
    nuse.signal(libc::SIGKILL);
    nuse.finish().ends_with(137);
    net.stack().is_empty();
}

/// Programs that a program leaves running do not keep the stack, nor are they kept.
#[test]
fn the_programs_children_end_with_it() {
    let net = Net::tap();
    let script = "sleep 1000 > /dev/null 2>&1 & echo gone";
    net.nuse(["sh", "-c", script]).run().succeeds().says("gone");
    net.stack().is_empty();
}

/// Whoever hears of a pipe just then has to tell the kernel of it, which lets it in no more.
#[test]
fn threads_that_hear_of_pipes_do_not_hold_it_up() {
    const SCRIPT: &str = r#"
import os, select, socket, threading, time

def child():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    source, sink = os.pipe()
    both = select.epoll()
    both.register(server, select.EPOLLIN)
    both.register(source, select.EPOLLIN)

    def hear():
        while True:
            both.poll()
            os.read(source, 1)

    def tell():
        while True:
            os.write(sink, b".")
            time.sleep(0)

    for function in hear, tell:
        threading.Thread(target=function, daemon=True).start()
    time.sleep(0.005)
    os._exit(0)

for i in range(100):
    pid = os.fork()
    if pid == 0:
        child()
    os.waitpid(pid, 0)
print("all ended")
"#;
    let program = Net::tap().nuse(["python3", "-c", SCRIPT]).run().succeeds();
    program.says("all ended");
}

/// What a program has sent is delivered also when it does not wait for that: as natively, its
/// connections are closed in good order after its end.
#[test]
fn what_it_sent_arrives_after_its_end() {
    let receive = "\
import socket, time
listener = socket.create_server(('10.0.0.1', 7000))
print('listening', flush=True)
connection = listener.accept()[0]
time.sleep(2)
print(sum(iter(lambda: len(connection.recv(65536)), 0)), 'bytes')
";
    let send = "\
import socket
connection = socket.create_connection(('10.0.0.1', 7000))
connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
connection.sendall(bytes(300000))
";
    for net in [Net::tap(), Net::raw()] {
        let mut receiver = net.peer().task(["python3", "-c", receive]).start();
        receiver.wait_for("listening");
        net.nuse(["python3", "-c", send]).run().succeeds();
        receiver.finish().succeeds().says("300000 bytes");
    }
}

/// The TAP that nuse made is there while it runs, and not any more afterwards.
#[test]
fn its_tap_is_gone() {
    let net = Net::tap();
    net.write_conf("interface own0\naddress 10.7.0.2/24\nviftype TAP\n");
    let mut program = net.nuse(["sh", "-c", "echo up; read line"]).open_input().start();
    program.wait_for("up");
    net.stack().ip("link show dev own0");
    program.write(b"\n");
    program.finish().succeeds();
    net.stack().task(["ip", "link", "show", "dev", "own0"]).run().fails();
}

/// Neither is any file: nuse sees an empty /tmp and /dev/shm, and so do we afterwards.
#[test]
fn no_file_is_left() {
    let net = Net::tap();
    let script = r#"
        set -e
        tree=$(realpath "$1")
        conf=$(cat "$NUSECONF")
        mount --bind "$tree" /mnt
        mount -t tmpfs none /dev/shm
        mount -t tmpfs none /tmp
        # A tree below /tmp is still needed.
        mkdir -p "$tree"
        mount --move /mnt "$tree"
        echo "$conf" > /tmp/nuse.conf
        before=$(find /tmp /dev/shm -xdev)
        NUSECONF=/tmp/nuse.conf "$1/nuse" ping -c 1 -W 10 10.0.0.1
        [ "$before" = "$(find /tmp /dev/shm -xdev)" ] || { find /tmp /dev/shm -xdev; exit 1; }
    "#;
    let top = place::top();
    let words = ["unshare", "--mount", "sh", "-c", script, "sh"].map(std::ffi::OsStr::new);
    let task: Task = net.stack().task(words.into_iter().chain([top.as_os_str()]));
    task.env("NUSECONF", net.file("nuse.conf")).run().succeeds().says("1 received");
}
