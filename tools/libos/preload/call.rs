// SPDX-License-Identifier: GPL-2.0

//! A system call on its way.

use core::ffi::{CStr, c_char, c_int};

use crate::errno::Outcome;
use crate::{host, library, memory};

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program or this crate, by a function that is no cancellation point.
    Function,
    /// The program, by a function that is a cancellation point (pthreads(7)).
    Point,
    /// An inline system call, that the filter has caught: libc's inner ones, for example.
    Inline,
    /// A statically linked program, all of whose calls are caught ([`crate::static_program`]).
    Static,
}

/// A system call: number and arguments as the host's processor has them.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub nr: i64,
    pub args: [usize; 6],
    pub origin: Origin,
}

impl Call {
    /// A call with up to six arguments; the rest is 0. Of its number, the kernel looks at the lower half:
    /// whoever looked at more would take a call for another one.
    #[inline]
    pub fn new<const N: usize>(origin: Origin, nr: i64, args: [usize; N]) -> Self {
        let mut all = [0; 6];
        for (to, from) in all.iter_mut().zip(args) {
            *to = from;
        }
        Call { nr: i64::from(nr as i32), args: all, origin }
    }

    /// Another call, made in the course of this one: something may have been done already, so no signal
    /// makes a static program begin from the start.
    #[inline]
    pub fn with<const N: usize>(&self, nr: i64, args: [usize; N]) -> Self {
        let origin = if self.origin == Origin::Static { Origin::Function } else { self.origin };
        Call::new(origin, nr, args)
    }

    /// The argument of this index, if it is an `int`.
    #[inline]
    pub fn int(&self, index: usize) -> c_int {
        self.args[index] as c_int
    }

    /// The argument of this index, if it is a path. Null for what cannot be one; the kernel says
    /// what is wrong with it.
    pub fn path(&self, index: usize) -> Option<&CStr> {
        let address = self.args[index] as *const c_char;
        // SAFETY: a path of the program's, which lasts as long as the call.
        memory::is_string(address).then(|| unsafe { CStr::from_ptr(address) })
    }

    /// Has the host execute it.
    #[inline]
    pub fn to_host(self) -> Outcome {
        host::call(&self)
    }

    /// Has the library execute it.
    #[inline]
    pub fn to_library(self) -> Outcome {
        library::call(&self, [-1; 2])
    }

    /// Has the library execute it; the descriptor that it makes is to be `fd`.
    pub fn to_library_making(self, fd: c_int) -> Outcome {
        library::call(&self, [fd, -1])
    }
}
