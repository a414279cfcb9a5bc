// SPDX-License-Identifier: GPL-2.0

//! Asks the linker for what makes a library the first one to be initialized (ld(1), `initfirst`):
//! constructors of other libraries already are part of the program.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,initfirst");
}
