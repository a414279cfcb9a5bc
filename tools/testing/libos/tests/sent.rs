// SPDX-License-Identifier: GPL-2.0

//! Programs that send much: what comes to the peer is what they sent, whoever wrote it to the device.

use std::fs;
use std::path::{Path, PathBuf};

use libos_tests::{Net, Process};

/// Receives one connection at port 7000, as fast as it can, and says what came.
const COLLECTOR: &str = "\
import hashlib, socket
s = socket.create_server(('', 7000))
data, n = memoryview(bytearray(256 << 20)), 0
print('ready', flush=True)
c, _ = s.accept()
while count := c.recv_into(data[n:]):
    n += count
print(n, hashlib.sha256(data[:n]).hexdigest(), flush=True)
";

/// Sends 200 MB, in pieces from a byte to a megabyte, of which no two are alike; says what, and waits.
const STREAM: &str = "\
import hashlib, socket, sys
s = socket.create_connection(('10.0.0.1', 7000))
n, data, pieces = 0, memoryview(bytes(range(251)) * 4200), []
while n < 200 << 20:
    size = 1 + n * 7919 % (1 << 20)
    pieces.append(data[n % 251:][:size])
    n += size
for piece in pieces:
    s.sendall(piece)
s.shutdown(socket.SHUT_WR)
h = hashlib.sha256()
for piece in pieces:
    h.update(piece)
print(n, h.hexdigest(), flush=True)
sys.stdin.read()
";

fn start(task: libos_tests::Task, ready: &str) -> Process {
    let mut process = task.open_input().start();
    process.wait_for(ready);
    process
}

/// The bytes that the threads of `pid` of this name have written.
fn written_by(pid: i32, thread: &str) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a process").flatten();
    let is_named = |task: &PathBuf| {
        fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == thread)
    };
    let written = |task: PathBuf| {
        let io = fs::read_to_string(task.join("io")).expect("the kernel counts");
        let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
        line.and_then(|count| count.parse::<u64>().ok()).expect("a number")
    };
    tasks.map(|task| task.path()).filter(is_named).map(written).sum()
}

/// nuse itself: what runs in the namespace, and was started from its file.
fn launcher(net: &Net) -> i32 {
    let is_launcher = |pid: &i32| {
        let file = fs::read_link(format!("/proc/{pid}/exe"));
        file.is_ok_and(|file| file.file_name() == Path::new("nuse").file_name())
    };
    net.stack().processes().into_iter().find(is_launcher).expect("nuse runs")
}

fn stream_is_whole(net: &Net) {
    let collector = start(net.peer().task(["python3", "-c", COLLECTOR]), "ready");
    let sender = start(net.nuse(["python3", "-c", STREAM]), "\n");
    let sent = sender.written();
    let by_the_sender = written_by(launcher(net), "sender");
    sender.finish().succeeds();
    collector.finish().succeeds().says(sent.trim());
    // Far from all: it depends on who else wants the processors.
    assert!(by_the_sender > 1 << 20, "the sender has written {by_the_sender} bytes");
}

#[test]
fn a_stream_is_whole() {
    stream_is_whole(&Net::tap());
    stream_is_whole(&Net::raw());
}

/// Receives datagrams at port 7001 until one says that it is the last: none may come before an earlier one, or
/// twice, or with other bytes than it was sent with.
const CHECKER: &str = "\
import socket, struct
SO_RCVBUFFORCE = 33
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 128 << 20)
s.bind(('', 7001))
print('ready', flush=True)
last, came = -1, 0
while True:
    data = s.recv(65536)
    number, count = struct.unpack('II', data[:8])
    assert number > last, (number, last)
    assert data[8:] == bytes([number % 256]) * (len(data) - 8), number
    assert len(data) == 8 + number * 31 % 1400, number
    last, came = number, came + 1
    if number + 1 == count:
        break
print(came, 'of', count, flush=True)
";

const DATAGRAMS: &str = "\
import socket, struct, time
COUNT = 30000
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('10.0.0.1', 7001))
for n in range(COUNT):
    if n + 1 == COUNT:
        time.sleep(0.5)
    s.send(struct.pack('II', n, COUNT) + bytes([n % 256]) * (n * 31 % 1400))
";

/// Nothing is lost on a TAP whose reader has room.
#[test]
fn datagrams_keep_their_order() {
    let net = Net::tap();
    let checker = start(net.peer().task(["python3", "-c", CHECKER]), "ready");
    net.nuse(["python3", "-c", DATAGRAMS]).run().succeeds();
    checker.finish().succeeds().says("30000 of 30000");
}

/// Large datagrams are kept by the library until they are sent, and the socket has its room back then, also when
/// nothing ever comes in, and what is sent last is a small one.
#[test]
fn large_datagrams_go_on_and_on() {
    let program = "\
import fcntl, socket, struct, termios, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 40000)
s.connect(('10.0.0.1', 7002))
for n in range(30000):
    s.send(bytes(8000))
    s.send(bytes(10))
time.sleep(0.5)
print('left:', struct.unpack('i', fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0], flush=True)
input()
";
    let net = Net::tap();
    net.stack().ip("link set dev tap0 mtu 9000");
    net.write_conf(&net.conf().replace("\tviftype", "\tmtu 9000\n\tviftype"));
    let deaf = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 7002)); \
        print('ready', flush=True); input()";
    let deaf = start(net.peer().task(["python3", "-c", deaf]), "ready");
    let mut sender = net.nuse(["python3", "-c", program]).open_input().start();
    sender.wait_for("left: 0\n");
    let by_the_sender = written_by(launcher(&net), "sender");
    assert!(by_the_sender > 1 << 20, "the sender has written {by_the_sender} bytes");
    sender.write(b"\n");
    sender.finish().succeeds();
    deaf.finish();
}

/// What the stack cannot do is refused where it is asked for, and programs send as ever.
#[test]
fn zero_copy_is_refused() {
    const SEND: &str = "\
import errno, socket
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
try:
    client.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
except OSError as error:
    print(errno.errorcode[error.errno])
print(client.send(b'x' * 10000, MSG_ZEROCOPY))
";
    let net = Net::tap();
    net.nuse(["python3", "-c", SEND]).run().succeeds().says("ENOTSUP\n10000\n");
}
