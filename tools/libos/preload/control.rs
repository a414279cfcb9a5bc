// SPDX-License-Identifier: GPL-2.0

//! ioctl(2) and fcntl(2).

use core::ffi::c_int;
use core::mem::MaybeUninit;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::table::{Owner, TABLE};
use crate::{descriptors, host, instance, library, owner, policy, route};

pub fn ioctl(call: Call) -> Outcome {
    let request = call.args[1];
    match TABLE.owner(call.int(0)) {
        Owner::Library if request as libc::Ioctl == SIOCGSKNS => descriptors::create(call, true),
        Owner::Library => owner::ioctl(&call).unwrap_or_else(|| {
            mark_placeholder_too(call, request);
            call.to_library()
        }),
        _ if instance::owns(call.int(0)) => Err(Errno(libc::EBADF)),
        _ if policy::is_network_request(request) && is_socket(call.int(0)) => of_any_socket(call),
        _ => call.to_host(),
    }
}

/// The descriptor of a socket's network namespace, from `<linux/sockios.h>`.
const SIOCGSKNS: libc::Ioctl = 0x894c;

/// Whether it is one of the host's, as AF_UNIX has.
fn is_socket(fd: c_int) -> bool {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    let found = host::syscall(libc::SYS_fstat, [fd as usize, stat.as_mut_ptr() as usize]).is_ok();
    // SAFETY: written by the host.
    found && unsafe { stat.assume_init() }.st_mode & libc::S_IFMT == libc::S_IFSOCK
}

/// Close-on-exec must be the same on both sides. The host takes no ioctl(2) of a placeholder.
fn mark_placeholder_too(call: Call, request: usize) {
    let flags = match request as libc::Ioctl {
        libc::FIOCLEX => libc::FD_CLOEXEC,
        libc::FIONCLEX => 0,
        _ => return,
    };
    let _ = host::syscall(libc::SYS_fcntl, [call.args[0], libc::F_SETFD as usize, flags as usize]);
}

/// A request about the network, of a socket of the host's: any socket of the library knows.
fn of_any_socket(call: Call) -> Outcome {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    let args = [libc::AF_INET as usize, kind as usize, 0];
    let socket = route::dispatch(call.with(libc::SYS_socket, args))?;
    let [_, request, argument, ..] = call.args;
    let outcome = ioctl(call.with(libc::SYS_ioctl, [socket as usize, request, argument]));
    let _ = route::dispatch(call.with(libc::SYS_close, [socket as usize]));
    outcome
}

pub fn fcntl(call: Call) -> Outcome {
    match call.int(1) {
        libc::F_DUPFD => descriptors::copy(call, false),
        libc::F_DUPFD_CLOEXEC => descriptors::copy(call, true),
        // What the program executes is to have them, too.
        libc::F_SETFD if instance::owns(call.int(0)) => Ok(0),
        libc::F_SETFD if TABLE.owner(call.int(0)) != Owner::Host => {
            library::syscall(libc::SYS_fcntl, [call.args[0], call.args[1], call.args[2]])?;
            call.to_host()
        }
        _ if TABLE.is_library(call.int(0)) => {
            owner::fcntl(&call).unwrap_or_else(|| call.to_library())
        }
        _ => call.to_host(),
    }
}

/// fcntl(2) as libc has it: the kernel's F_GETOWN cannot tell process groups from errors.
pub fn owner(call: Call) -> Outcome {
    const F_OWNER_PGRP: c_int = 2;
    let mut owner = [0 as c_int; 2];
    let args = [call.args[0], owner::F_GETOWN_EX as usize, owner.as_mut_ptr() as usize];
    route::route(call.with(libc::SYS_fcntl, args))?;
    let [kind, id] = owner;
    Ok(if kind == F_OWNER_PGRP { -id as isize } else { id as isize })
}
