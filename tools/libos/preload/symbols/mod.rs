// SPDX-License-Identifier: GPL-2.0

//! The functions that replace libc's. What is just a system call is a line of a table, each with
//! its origin: `Point` if it is a cancellation point.
//!
//! All are "C-unwind": the end of a thread passes through them as an exception.

mod checked;
mod credentials;
mod descriptors;
mod directories;
mod files;
mod formatted;
mod names;
mod processes;
mod programs;
mod restriction;
mod signals;
mod sockets;
mod spawn;
mod streams;
mod terminals;
mod waiting;

use core::ffi::{c_int, c_uint};

/// What fits into a register.
trait Word {
    fn word(self) -> usize;
}

impl<T> Word for *const T {
    fn word(self) -> usize {
        self as usize
    }
}

impl<T> Word for *mut T {
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for usize {
    fn word(self) -> usize {
        self
    }
}

impl Word for u64 {
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for i64 {
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for c_int {
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for c_uint {
    fn word(self) -> usize {
        self as usize
    }
}

/// Functions that are one system call.
macro_rules! calls {
    ($($origin:ident $name:ident($($arg:ident: $type:ty),*) -> $result:ty
        = $nr:ident($($value:expr),*);)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $result {
                #[allow(unused_imports)]
                use $crate::symbols::Word;
                let origin = $crate::call::Origin::$origin;
                let call = $crate::call::Call::new(origin, libc::$nr, [$($value.word()),*]);
                $crate::errno::returned($crate::route::route(call)) as $result
            }
        )*
    };
}

/// Other names of functions.
macro_rules! aliases {
    ($($name:ident = $function:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $result {
                // SAFETY: the caller's promise is the same.
                unsafe { $function($($arg),*) }
            }
        )*
    };
}

use {aliases, calls};
