// SPDX-License-Identifier: GPL-2.0

//! Makes the header of `ffi.rs`, where LIB_SIM_HEADER says.

use std::env;
use std::path::PathBuf;

fn main() {
    for file in ["ffi.rs", "cbindgen.toml"] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-env-changed=LIB_SIM_HEADER");
    let config = cbindgen::Config::from_file("cbindgen.toml");
    let header = config.map_err(|error| error.to_string()).and_then(|config| {
        let builder = cbindgen::Builder::new().with_config(config).with_src("ffi.rs");
        builder.generate().map_err(|error| error.to_string())
    });
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let path = env::var_os("LIB_SIM_HEADER").map_or(out.join("libos-sim.h"), PathBuf::from);
    match header {
        Ok(header) => drop(header.write_to_file(path)),
        Err(error) => println!("cargo::error=the header of ffi.rs: {error}"),
    }
}
