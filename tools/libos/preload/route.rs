// SPDX-License-Identifier: GPL-2.0

//! Routing: carries out [`policy`] for one system call, whoever made it.

use core::ffi::c_int;

use crate::call::Call;
use crate::errno::{self, Errno, Outcome};
use crate::library::{self, kernel};
use crate::policy::{self, Class};
use crate::table::TABLE;
use crate::{
    apart, control, credentials, descriptors, exec, files, folder, host, instance, limits, mapping,
    memory, pipe, received, sandbox, sent, transfer, vforked, wait,
};

/// Executes `call` where it belongs. Inlined, so that the class of a symbol's call is a constant.
#[inline(always)]
pub fn route(call: Call) -> Outcome {
    if instance::is_attached() { dispatch(call) } else { without_instance(call) }
}

/// A process without an instance has the host's network. One whose instance has ended, while it
/// exits, has none.
#[cold]
fn without_instance(call: Call) -> Outcome {
    instance::wait_for_end();
    let wants_network =
        policy::class(call.nr) == Class::Socket && !policy::is_host_family(call.int(0));
    if instance::has_ended() && wants_network {
        return Err(Errno(libc::ENETDOWN));
    }
    call.to_host()
}

/// As [`route`], for a process that has an instance.
#[inline(always)]
pub fn dispatch(call: Call) -> Outcome {
    match policy::class(call.nr) {
        Class::Descriptor => by_descriptor(call),
        Class::Host => call.to_host(),
        class => dispatch_special(call, class),
    }
}

/// The owner of the first argument executes the call.
#[inline]
pub fn by_descriptor(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) { call.to_library() } else { call.to_host() }
}

#[inline(never)]
fn dispatch_special(call: Call, class: Class) -> Outcome {
    match class {
        _ if vforked::is_for_own_table(&call, class) => call.to_host(),
        Class::Descriptor => by_descriptor(call),
        Class::Host => call.to_host(),
        Class::DescriptorOrPath => files::descriptor_or_path(call),
        Class::Path(index) => files::path(call, index),
        Class::ChangeFolder => folder::change(call),
        Class::ChangeToOpenFolder => folder::change_to_open(call),
        Class::CurrentFolder => folder::ask(call),
        Class::Open => files::open(call),
        Class::OpenAt => files::open_at(call),
        Class::OpenAt2 => files::open_at2(call),
        Class::Create => files::create(call),
        Class::Socket => socket(call),
        Class::Accept => accept(call),
        Class::Connect => connect(call),
        Class::SendMessage => sent::message(call),
        Class::SendMessages => sent::messages(call),
        Class::ReceiveMessage => received::message(call),
        Class::ReceiveMessages => received::messages(call),
        Class::Ioctl => control::ioctl(call),
        Class::Fcntl => control::fcntl(call),
        Class::Close => descriptors::close(call),
        Class::CloseRange => descriptors::close_range(call),
        Class::Duplicate => descriptors::duplicate(call),
        Class::DuplicateTo => descriptors::duplicate_to(call),
        Class::Poll => wait::poll(call),
        Class::PollMasked => wait::poll_masked(call),
        Class::Select => wait::select(call),
        Class::SelectMasked => wait::select_masked(call),
        Class::EpollCreate => epoll_create(call),
        Class::EpollControl => wait::epoll_control(call),
        Class::EpollWait => by_descriptor(call),
        Class::EpollWaitMasked => wait::epoll_masked(call),
        Class::SendFile => transfer::send_file(call),
        Class::Splice => pipe::splice(call),
        Class::Makes => descriptors::made(call.to_host()),
        Class::MakesOrChanges => make_or_change(call),
        Class::MakesPair(index) => descriptors::made_pair(call, index),
        Class::Status => files::descriptor(call),
        Class::SetOption => set_option(call),
        Class::Kill => kill(call.int(0), call.int(1)),
        Class::KillThread => kill_thread(call),
        Class::Map => mapping::map(call),
        Class::Unmap => mapping::unmap(call),
        Class::Prctl => sandbox::prctl(call),
        Class::Seccomp => sandbox::seccomp(call),
        Class::Limit => limits::change(call),
        Class::Unshare => apart::unshare(call),
        Class::Enter => apart::enter(call),
        Class::Credentials => credentials::changing(|| call.to_host()),
        Class::Execute => exec::by_call(call),
        Class::Exit => {
            instance::end_now();
            call.to_host()
        }
    }
}

/// signalfd(2). None of the library's descriptors is one.
fn make_or_change(call: Call) -> Outcome {
    match call.int(0) {
        ..0 => descriptors::made(call.to_host()),
        fd if TABLE.is_library(fd) => Err(Errno(libc::EINVAL)),
        _ => call.to_host(),
    }
}

fn socket(call: Call) -> Outcome {
    if policy::is_host_family(call.int(0)) {
        return descriptors::made(call.to_host());
    }
    descriptors::create(call, call.int(1) & libc::SOCK_CLOEXEC != 0)
}

fn accept(call: Call) -> Outcome {
    if !TABLE.is_library(call.int(0)) {
        return descriptors::made(call.to_host());
    }
    let flags = if call.nr == libc::SYS_accept4 { call.int(3) } else { 0 };
    descriptors::create(call, flags & libc::SOCK_CLOEXEC != 0)
}

/// Without an MMU the kernel cannot keep what a program is about to send, and says so in each send(2) only.
fn set_option(call: Call) -> Outcome {
    let is_zero_copy = [call.int(1), call.int(2)] == [libc::SOL_SOCKET, libc::SO_ZEROCOPY];
    let is_on = || memory::read::<c_int>(call.args[3]).is_some_and(|value| value != 0);
    if is_zero_copy && TABLE.is_library(call.int(0)) && is_on() {
        return Err(Errno(libc::EOPNOTSUPP));
    }
    by_descriptor(call)
}

fn kill(target: c_int, signal: c_int) -> Outcome {
    errno::outcome(library::outside_calls(|| kernel::kill(target, signal)))
}

/// What ends or stops a thread in any case does so to its process.
fn kill_thread(call: Call) -> Outcome {
    match signal_of_thread(&call) {
        signal @ (libc::SIGKILL | libc::SIGSTOP) => kill(process_of(&call), signal),
        _ => call.to_host(),
    }
}

/// What tgkill(2) or tkill(2) sends.
pub fn signal_of_thread(call: &Call) -> c_int {
    call.int(if call.nr == libc::SYS_tkill { 1 } else { 2 })
}

/// The process of the thread to which they send it. tkill(2) does not say; one of another process is
/// taken to be the first there.
fn process_of(call: &Call) -> c_int {
    if call.nr != libc::SYS_tkill {
        return call.int(0);
    }
    let own = host::syscall::<0>(libc::SYS_getpid, []).unwrap_or(0);
    let is_own = host::syscall(libc::SYS_tgkill, [own as usize, call.args[0], 0]).is_ok();
    if is_own { own as c_int } else { call.int(0) }
}

fn epoll_create(call: Call) -> Outcome {
    let flags = if call.nr == libc::SYS_epoll_create1 { call.int(0) } else { 0 };
    descriptors::create(call, flags & libc::EPOLL_CLOEXEC != 0)
}

fn connect(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    if is_host_resolver(call.args[1], call.args[2]) {
        return Err(Errno(libc::ENOENT));
    }
    call.to_host()
}

/// Whether the address, which has so many bytes, is that of a name service of the host.
fn is_host_resolver(address: usize, len: usize) -> bool {
    let Some(family) = memory::read::<libc::sa_family_t>(address) else { return false };
    let path = address + size_of::<libc::sa_family_t>();
    let (bytes, read) = memory::read_some::<u8, PATH>(path, len.saturating_sub(path - address));
    // SAFETY: as many are there as were read.
    let bytes = bytes[..read].iter().map(|byte| unsafe { byte.assume_init() });
    i32::from(family) == libc::AF_UNIX && policy::is_host_resolver(&bytes.collect::<Vec<_>>())
}

/// The longest path in an AF_UNIX address.
const PATH: usize = size_of::<libc::sockaddr_un>() - size_of::<libc::sa_family_t>();
