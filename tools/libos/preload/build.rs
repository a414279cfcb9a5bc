// SPDX-License-Identifier: GPL-2.0

//! Asks the linker for what makes a library the first one to be initialized (ld(1), `initfirst`):
//! before its constructor has run, a trapped call in another library's would end the program.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,initfirst");
    // A program may have functions of these names, too, and ours must not call those.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic-functions");
}
