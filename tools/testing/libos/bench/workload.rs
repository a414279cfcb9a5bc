// SPDX-License-Identifier: GPL-2.0

//! What is measured: once, for either kernel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::stack::{Socket, Stack, address};

const PORT: u16 = 5201;
const BULK_TIME: Duration = Duration::from_millis(700);
const CHUNK: usize = 128 << 10;

/// Makes the other side's way into its kernel, in the thread that is to use it.
pub type Peer = Box<dyn FnOnce() -> Result<Stack> + Send>;

/// Where the two sides of a round trip run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    SameCore,
    AcrossCores,
}

impl Pin {
    fn peer_core(self) -> usize {
        usize::from(self == Pin::AcrossCores)
    }
}

fn pin(core: Option<usize>) {
    // SAFETY: a set of processors of this thread's own.
    unsafe {
        let mut set: libc::cpu_set_t = core::mem::zeroed();
        match core {
            Some(core) => libc::CPU_SET(core, &mut set),
            None => (0..libc::CPU_SETSIZE as usize).for_each(|core| libc::CPU_SET(core, &mut set)),
        }
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
    }
}

/// Nanoseconds a call.
pub fn null_call(stack: &Stack) -> f64 {
    const CALLS: u32 = 1_000_000;
    let begin = Instant::now();
    for _ in 0..CALLS {
        stack.raw(libc::SYS_getppid, [0; 6]);
    }
    begin.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

/// Microseconds to send 64 bytes over lo and receive them, by one thread.
pub fn loopback(stack: &Stack) -> Result<f64> {
    const TIMES: u32 = 50_000;
    let local = address([127, 0, 0, 1], PORT);
    let receiver = stack.socket(libc::SOCK_DGRAM)?;
    receiver.bind(&local)?;
    let sender = stack.socket(libc::SOCK_DGRAM)?;
    sender.connect(&local)?;
    let mut data = [0u8; 64];
    let begin = Instant::now();
    for _ in 0..TIMES {
        sender.send(&data)?;
        receiver.receive(&mut data)?;
    }
    Ok(begin.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES))
}

/// Starts the other side, which listens on TCP and hands its connection to `serve`.
fn serve<T: Send + 'static>(
    peer: Peer,
    core: Option<usize>,
    serve: impl FnOnce(&crate::stack::Socket<'_>) -> T + Send + 'static,
) -> Result<thread::JoinHandle<std::result::Result<T, String>>> {
    let (ready, listens) = mpsc::channel();
    let thread = thread::spawn(move || {
        pin(core);
        let work = || -> Result<T> {
            let stack = peer()?;
            let listener = stack.socket(libc::SOCK_STREAM)?;
            listener.tune()?;
            listener.bind(&address([0; 4], PORT))?;
            listener.listen()?;
            ready.send(())?;
            let connection = listener.accept()?;
            connection.tune()?;
            Ok(serve(&connection))
        };
        work().map_err(|error| error.to_string())
    });
    listens.recv().map_err(|_| "the other side did not come to listen")?;
    Ok(thread)
}

/// Gigabits a second over one TCP connection to a peer at `to`: sent by `stack`, or received.
pub fn bulk(stack: &Stack, peer: Peer, to: [u8; 4], send: bool) -> Result<f64> {
    let other = serve(peer, None, move |connection| {
        if send { receive_all(connection) } else { send_for(connection, BULK_TIME) }
    })?;
    let socket = stack.socket(libc::SOCK_STREAM)?;
    socket.tune()?;
    socket.connect(&address(to, PORT))?;
    let begin = Instant::now();
    let bytes = if send { send_for(&socket, BULK_TIME) } else { receive_all(&socket) };
    let time = begin.elapsed();
    drop(socket);
    other.join().map_err(|_| "the other side panicked")??;
    Ok(bytes as f64 * 8.0 / time.as_secs_f64() / 1e9)
}

fn send_for(socket: &crate::stack::Socket<'_>, time: Duration) -> u64 {
    let data = vec![0x5a; CHUNK];
    let begin = Instant::now();
    let mut bytes = 0;
    while begin.elapsed() < time {
        match socket.send(&data) {
            Ok(sent) => bytes += sent as u64,
            Err(_) => break,
        }
    }
    bytes
}

fn receive_all(socket: &crate::stack::Socket<'_>) -> u64 {
    let mut data = vec![0; CHUNK];
    let mut bytes = 0;
    while let Ok(received @ 1..) = socket.receive(&mut data) {
        bytes += received as u64;
    }
    bytes
}

/// Microseconds for one byte to a peer and back over TCP: the median, and the 99th percentile.
pub fn round_trip(stack: &Stack, peer: Peer, to: [u8; 4], how: Pin) -> Result<(f64, f64)> {
    const WARM: usize = 500;
    const TIMES: usize = 5000;
    pin(Some(0));
    let other = serve(peer, Some(how.peer_core()), |connection| {
        let mut byte = [0u8];
        while let Ok(1) = connection.receive(&mut byte) {
            if connection.send(&byte).is_err() {
                break;
            }
        }
    })?;
    let socket = stack.socket(libc::SOCK_STREAM)?;
    socket.tune()?;
    socket.connect(&address(to, PORT))?;
    let mut times = Vec::with_capacity(TIMES);
    let mut byte = [0u8];
    for i in 0..WARM + TIMES {
        let begin = Instant::now();
        socket.send(&byte)?;
        socket.receive(&mut byte)?;
        if i >= WARM {
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
    }
    drop(socket);
    pin(None);
    other.join().map_err(|_| "the other side panicked")??;
    times.sort_by(f64::total_cmp);
    Ok((times[TIMES / 2], times[TIMES * 99 / 100]))
}

/// Thousands of 64-byte datagrams a second that `stack` sends to a peer, which discards them.
pub fn udp_send(stack: &Stack, peer: Peer, to: [u8; 4]) -> Result<f64> {
    const TIME: Duration = Duration::from_millis(500);
    // A closed port would answer each with ICMP: the peer holds it open.
    let (stop, stopped) = mpsc::channel::<()>();
    let (ready, bound) = mpsc::channel();
    let other = thread::spawn(move || {
        let work = || -> Result<()> {
            let stack = peer()?;
            let socket = stack.socket(libc::SOCK_DGRAM)?;
            socket.bind(&address([0; 4], PORT))?;
            ready.send(())?;
            let _ = stopped.recv();
            Ok(())
        };
        work().map_err(|error| error.to_string())
    });
    bound.recv().map_err(|_| "the other side did not come to receive")?;
    let socket = stack.socket(libc::SOCK_DGRAM)?;
    socket.connect(&address(to, PORT))?;
    let data = [0u8; 64];
    let begin = Instant::now();
    let mut sent = 0u64;
    while begin.elapsed() < TIME {
        for _ in 0..64 {
            sent += u64::from(socket.send(&data).is_ok());
        }
    }
    let rate = sent as f64 / begin.elapsed().as_secs_f64() / 1e3;
    drop(stop);
    other.join().map_err(|_| "the other side panicked")??;
    Ok(rate)
}

/// Thousands of 64-byte datagrams a second that `stack` receives at `address`, of those that a peer
/// sends as fast as it can.
pub fn udp_receive(stack: &Stack, peer: Peer, to: [u8; 4]) -> Result<f64> {
    const TIME: Duration = Duration::from_millis(500);
    let socket = stack.socket(libc::SOCK_DGRAM)?;
    socket.bind(&address([0; 4], PORT))?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let other = thread::spawn(move || {
        let work = || -> Result<()> {
            let stack = peer()?;
            let socket = stack.socket(libc::SOCK_DGRAM)?;
            socket.connect(&address(to, PORT))?;
            while !stopped.load(Ordering::Relaxed) {
                // Full queues lose some.
                let _ = socket.send(&[0u8; 64]);
            }
            Ok(())
        };
        work().map_err(|error| error.to_string())
    });
    let mut data = [0u8; 64];
    socket.receive(&mut data)?;
    let (begin, mut received) = (Instant::now(), 0u64);
    while begin.elapsed() < TIME {
        for _ in 0..64 {
            received += u64::from(socket.receive(&mut data).is_ok());
        }
    }
    let rate = received as f64 / begin.elapsed().as_secs_f64() / 1e3;
    stop.store(true, Ordering::Relaxed);
    other.join().map_err(|_| "the other side panicked")??;
    Ok(rate)
}

/// Serves connections, a thread each, with an echo of single bytes, until told to stop.
struct Echo {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<std::result::Result<(), String>>,
}

impl Echo {
    fn start(peer: impl Fn() -> Peer + Send + 'static, to: [u8; 4]) -> Result<Self> {
        let (ready, listens) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let work = || -> Result<()> {
                let stack = peer()()?;
                let listener = stack.socket(libc::SOCK_STREAM)?;
                listener.tune()?;
                listener.bind(&address(to, PORT))?;
                listener.listen()?;
                ready.send(())?;
                thread::scope(|scope| -> Result<()> {
                    loop {
                        let fd = listener.accept()?.into_fd();
                        if stopped.load(Ordering::Acquire) {
                            return Ok(());
                        }
                        let peer = peer();
                        scope.spawn(move || {
                            if let Ok(stack) = peer() {
                                echo(&stack.adopt(fd));
                            }
                        });
                    }
                })
            };
            work().map_err(|error| error.to_string())
        });
        listens.recv().map_err(|_| "the other side did not come to listen")?;
        Ok(Echo { stop, thread })
    }

    /// Its last connection is one of `stack`'s.
    fn end(self, stack: &Stack, to: [u8; 4]) -> Result<()> {
        self.stop.store(true, Ordering::Release);
        let last = stack.socket(libc::SOCK_STREAM)?;
        last.connect(&address(to, PORT))?;
        drop(last);
        Ok(self.thread.join().map_err(|_| "the other side panicked")??)
    }
}

fn echo(connection: &Socket<'_>) {
    // Ignored: without it the answers wait for more.
    let _ = connection.tune();
    let mut byte = [0u8];
    while let Ok(1) = connection.receive(&mut byte) {
        if connection.send(&byte).is_err() {
            break;
        }
    }
}

/// Thousands of round trips a second by so many connections to a peer at `to`, a thread each; `own`
/// makes a thread's way into the stack.
pub fn round_trips(
    stack: &Stack,
    own: &(dyn Fn() -> Peer + Sync),
    peer: impl Fn() -> Peer + Send + 'static,
    to: [u8; 4],
    connections: usize,
) -> Result<f64> {
    const TIME: Duration = Duration::from_millis(700);
    let server = Echo::start(peer, to)?;
    let all = Barrier::new(connections);
    let client = || -> Result<f64> {
        let stack = own()()?;
        let socket = stack.socket(libc::SOCK_STREAM)?;
        socket.tune()?;
        let connected = socket.connect(&address(to, PORT));
        all.wait();
        connected?;
        let (mut trips, mut byte, begin) = (0u32, [0u8], Instant::now());
        while begin.elapsed() < TIME {
            socket.send(&byte)?;
            socket.receive(&mut byte)?;
            trips += 1;
        }
        Ok(f64::from(trips) / begin.elapsed().as_secs_f64() / 1e3)
    };
    let rates = thread::scope(|scope| {
        let client = || client().map_err(|error| error.to_string());
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(client)).collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    let mut sum = 0.0;
    for rate in rates {
        sum += rate.map_err(|_| "a client panicked")??;
    }
    server.end(stack, to)?;
    Ok(sum)
}

/// Microseconds to connect, exchange a byte, and close.
pub fn connections(
    stack: &Stack,
    peer: impl Fn() -> Peer + Send + 'static,
    to: [u8; 4],
) -> Result<f64> {
    const TIMES: u32 = 500;
    let server = Echo::start(peer, to)?;
    let begin = Instant::now();
    for _ in 0..TIMES {
        let socket = stack.socket(libc::SOCK_STREAM)?;
        socket.tune()?;
        socket.connect(&address(to, PORT))?;
        let mut byte = [0u8];
        socket.send(&byte)?;
        socket.receive(&mut byte)?;
    }
    let time = begin.elapsed();
    server.end(stack, to)?;
    Ok(time.as_secs_f64() * 1e6 / f64::from(TIMES))
}
