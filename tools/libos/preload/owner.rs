// SPDX-License-Identifier: GPL-2.0

//! Who is told about a socket of the library by signals: the host's processes, whom the library knows by
//! other numbers.

use core::ffi::c_int;

use libos_host::owner::{self, Owner};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::memory;

/// `F_GETOWN_EX` and its like of `<asm-generic/fcntl.h>`.
pub const F_SETSIG: c_int = 10;
const F_SETOWN_EX: c_int = 15;
pub const F_GETOWN_EX: c_int = 16;

/// `FIOSETOWN` and its like of `<asm/sockios.h>`.
const FIOSETOWN: libc::Ioctl = 0x8901;
const SIOCSPGRP: libc::Ioctl = 0x8902;
const FIOGETOWN: libc::Ioctl = 0x8903;
const SIOCGPGRP: libc::Ioctl = 0x8904;

const FAULT: Errno = Errno(libc::EFAULT);

/// fcntl(2), if the command is about that.
pub fn fcntl(call: &Call) -> Option<Outcome> {
    let value = call.args[2];
    Some(match call.int(1) {
        libc::F_SETOWN => of_number(value as c_int).and_then(|owner| set(call, owner)),
        libc::F_GETOWN => get(call).map(|owner| to_number(owner) as isize),
        F_SETOWN_EX => memory::read(value).ok_or(FAULT).and_then(|owner| set(call, owner)),
        F_GETOWN_EX => get(call).and_then(|owner| give(value, owner)),
        F_SETSIG if matches!(call.int(2), libc::SIGKILL | libc::SIGSTOP) => {
            // It would reach whoever executes the library's kernel just then.
            Err(Errno(libc::EINVAL))
        }
        _ => return None,
    })
}

/// ioctl(2), if the request is about that.
pub fn ioctl(call: &Call) -> Option<Outcome> {
    let address = call.args[2];
    Some(match call.args[1] as u32 as libc::Ioctl {
        FIOSETOWN | SIOCSPGRP => memory::read(address)
            .ok_or(FAULT)
            .and_then(of_number)
            .and_then(|owner| set(call, owner)),
        FIOGETOWN | SIOCGPGRP => get(call).and_then(|owner| give(address, to_number(owner))),
        _ => return None,
    })
}

fn set(call: &Call, owner: Owner) -> Outcome {
    let known = owner.in_library().map_err(|errno| Errno(-errno))?;
    let args = [call.args[0], F_SETOWN_EX as usize, &raw const known as usize];
    call.with(libc::SYS_fcntl, args).to_library()
}

fn get(call: &Call) -> Result<Owner, Errno> {
    let mut known = Owner { kind: 0, number: 0 };
    let args = [call.args[0], F_GETOWN_EX as usize, &raw mut known as usize];
    call.with(libc::SYS_fcntl, args).to_library()?;
    Ok(known.on_host())
}

fn give<T: Copy>(address: usize, value: T) -> Outcome {
    if memory::write(address, value) { Ok(0) } else { Err(FAULT) }
}

/// Groups are negative, where there is one number only.
fn of_number(number: c_int) -> Result<Owner, Errno> {
    if number >= 0 {
        return Ok(Owner { kind: owner::PROCESS, number });
    }
    let number = number.checked_neg().ok_or(Errno(libc::EINVAL))?;
    Ok(Owner { kind: owner::GROUP, number })
}

fn to_number(owner: Owner) -> c_int {
    if owner.kind == owner::GROUP { -owner.number } else { owner.number }
}
