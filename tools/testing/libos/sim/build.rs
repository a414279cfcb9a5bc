// SPDX-License-Identifier: GPL-2.0

//! Makes the header of `ffi/`, where LIB_SIM_HEADER says.

use std::env;
use std::path::PathBuf;

/// Where the header's parts are, in its order.
const PARTS: [&str; 6] = ["world", "simulation", "nodes", "network", "programs", "sockets"];

fn main() {
    for file in ["ffi", "cbindgen.toml"] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-env-changed=LIB_SIM_HEADER");
    let config = cbindgen::Config::from_file("cbindgen.toml");
    let header = config.map_err(|error| error.to_string()).and_then(|config| {
        let builder = cbindgen::Builder::new().with_config(config);
        let add = |builder: cbindgen::Builder, part| builder.with_src(format!("ffi/{part}.rs"));
        PARTS.into_iter().fold(builder, add).generate().map_err(|error| error.to_string())
    });
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let path = env::var_os("LIB_SIM_HEADER").map_or(out.join("libos-sim.h"), PathBuf::from);
    match header {
        Ok(header) => drop(header.write_to_file(path)),
        Err(error) => println!("cargo::error=the header of ffi/: {error}"),
    }
}
