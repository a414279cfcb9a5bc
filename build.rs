// SPDX-License-Identifier: GPL-2.0

//! Compiles the Rust half of `arch/lib` against a configured kernel.
//!
//! The kernel's build says how: which options are on (`.config`), which flags its own objects get
//! (the recorded command of `asm-offsets.s`), and what its headers declare (bindgen). The sources
//! say what they need of it: whatever they name as `bindings::…`, and each `CONFIG_…` in a `cfg`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

use kconfig_parser::ast::Container;
use kconfig_parser::{Ast, Lexer};
use regex::Regex;
use walkdir::WalkDir;

const FEATURES: &str = "arch/lib/Kconfig.features";
const HEADER: &str = "arch/lib/bindings/bindings.h";

fn main() {
    println!("cargo::rerun-if-env-changed=LIB_OBJTREE");
    println!("cargo::rerun-if-env-changed=LIB_HEADER");
    let kernel = Kernel::find();
    let sources = Sources::read();
    let config = kernel.config();

    check_features(&config);
    pass_cfgs(&kernel, &config, &sources);
    let flags = kernel.flags();
    let wrappers = make_bindings(&flags, &sources);
    compile_wrappers(&kernel, &flags, &wrappers);
    make_header();
}

/// Stops the build with one message.
fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    eprintln!("error: {message}");
    exit(1)
}

fn read(path: &Path) -> String {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).unwrap_or_else(|error| fail(&format!("{}: {error}", path.display())))
}

/// The configured kernel tree, as `make library` leaves it.
struct Kernel {
    objtree: PathBuf,
}

impl Kernel {
    fn find() -> Self {
        let top = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
        let objtree = env::var_os("LIB_OBJTREE").map_or(top.join("build/obj"), PathBuf::from);
        if !objtree.join("include/generated/asm-offsets.h").exists() {
            fail(&format!(
                "no configured kernel in {}: run `make library ARCH=lib` once, then cargo works here",
                objtree.display()
            ));
        }
        Self { objtree }
    }

    /// The options that are on: symbol to value.
    fn config(&self) -> BTreeMap<String, String> {
        let text = read(&self.objtree.join("include/config/auto.conf"));
        let line = Regex::new(r"(?m)^(CONFIG_\w+)=(.*)$").unwrap();
        line.captures_iter(&text).map(|c| (c[1].to_string(), c[2].to_string())).collect()
    }

    /// (major, minor)
    fn version(&self) -> (u32, u32) {
        let text = read(&self.objtree.join("include/generated/uapi/linux/version.h"));
        let code = Regex::new(r"LINUX_VERSION_CODE (\d+)").unwrap();
        let code: u32 = code.captures(&text).map_or(0, |c| c[1].parse().unwrap());
        (code >> 16, code >> 8 & 0xff)
    }

    /// The compiler and flags of one of the kernel's own objects, paths made absolute.
    fn flags(&self) -> Vec<String> {
        let text = read(&self.objtree.join("arch/lib/kernel/.asm-offsets.s.cmd"));
        let line = Regex::new(r"(?m)^(?:saved)?cmd_\S+ := (.*)$").unwrap();
        let Some(command) = line.captures(&text) else {
            fail("the kernel's build left no command for arch/lib/kernel/asm-offsets.s");
        };
        let relative = Regex::new(r"^(-I)?\./").unwrap();
        let root = format!("${{1}}{}/", self.objtree.display());
        let flags: Vec<String> = command[1]
            .replace("'\"", "\"")
            .replace("\"'", "\"")
            .split_whitespace()
            .map(|flag| relative.replace(flag, root.as_str()).into_owned())
            .collect();
        // What belongs to that object alone: its output, its dependencies, its name.
        let mut kept = Vec::new();
        let mut flags = flags.into_iter();
        while let Some(flag) = flags.next() {
            match flag.as_str() {
                "-o" => drop(flags.next()),
                "-S" | "-fverbose-asm" => {}
                _ if flag.starts_with("-Wp,-MMD") || flag.ends_with("asm-offsets.c") => {}
                _ => kept.push(flag),
            }
        }
        kept
    }
}

/// The Rust sources of the port.
struct Sources {
    text: String,
}

impl Sources {
    fn read() -> Self {
        let mut text = String::new();
        println!("cargo::rerun-if-changed=arch/lib");
        let files = WalkDir::new("arch/lib").sort_by_file_name().into_iter();
        for entry in files.filter_map(Result::ok) {
            if entry.path().extension().is_some_and(|e| e == "rs") {
                text += &fs::read_to_string(entry.path()).unwrap_or_default();
            }
        }
        Self { text }
    }

    /// What they name of the kernel: `bindings::a`, `use crate::bindings::{self, b, c}`.
    fn names(&self) -> BTreeSet<String> {
        let plain = Regex::new(r"bindings::(\w+)").unwrap();
        let listed = Regex::new(r"bindings::\{([^}]*)\}").unwrap();
        let word = Regex::new(r"\w+").unwrap();
        let plain = plain.captures_iter(&self.text).map(|c| c[1].to_string());
        let listed = listed.captures_iter(&self.text).flat_map(|c| {
            word.find_iter(c.get(1).unwrap().as_str()).map(|m| m.as_str().to_string())
        });
        plain.chain(listed).filter(|name| name != "self" && name != "as").collect()
    }

    /// The kernel's symbols that they ask for in `cfg(…)`.
    fn configs(&self) -> BTreeSet<String> {
        let cfg = Regex::new(r"cfg(?:_attr)?\(([^\]]*)\)").unwrap();
        let symbol = Regex::new(r"CONFIG_\w+").unwrap();
        let cfgs = cfg.captures_iter(&self.text);
        cfgs.flat_map(|c| {
            symbol.find_iter(c.get(1).unwrap().as_str()).map(|m| m.as_str().to_string())
        })
        .collect()
    }
}

/// Each symbol of Kconfig.features is a feature of Cargo.toml and the reverse, and the features of
/// this build are those that `.config` has on.
fn check_features(config: &BTreeMap<String, String>) {
    let symbols = feature_symbols();
    let declared = declared_features();
    for symbol in &symbols {
        let feature = feature_of(symbol);
        if !declared.contains(&feature) {
            fail(&format!("CONFIG_{symbol} ({FEATURES}) has no feature `{feature}` in Cargo.toml"));
        }
        let wanted = config.get(&format!("CONFIG_{symbol}")).is_some_and(|value| value == "y");
        let given = env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some();
        if wanted != given && env::var_os("LIB_OBJTREE").is_some() {
            fail(&format!(
                "CONFIG_{symbol} is {}, but the feature `{feature}` is {}: build with `make library`",
                if wanted { "y" } else { "not set" },
                if given { "on" } else { "off" },
            ));
        }
    }
    for feature in declared {
        let symbol = format!("LIB_{}", feature.to_uppercase());
        if !symbols.contains(&symbol) {
            fail(&format!(
                "feature `{feature}` of Cargo.toml has no CONFIG_{symbol} in {FEATURES}"
            ));
        }
    }
}

fn feature_symbols() -> BTreeSet<String> {
    let text = read(Path::new(FEATURES));
    let ast = Ast::parse(&mut Lexer::create(text.as_bytes()));
    match ast {
        Ok(ast) => ast.element_names().collect(),
        Err(error) => fail(&format!("{FEATURES}: {error}")),
    }
}

fn feature_of(symbol: &str) -> String {
    symbol.trim_start_matches("LIB_").to_lowercase()
}

fn declared_features() -> BTreeSet<String> {
    let text = read(Path::new("Cargo.toml"));
    let section = Regex::new(r"(?s)\n\[features\]\n(.*?)\n\[").unwrap();
    let name = Regex::new(r"(?m)^([a-z_0-9]+) *=").unwrap();
    let section = section.captures(&text).map_or(String::new(), |c| c[1].to_string());
    name.captures_iter(&section).map(|c| c[1].to_string()).filter(|n| n != "default").collect()
}

/// `--cfg CONFIG_…` for each symbol that the sources ask for and the kernel has on.
fn pass_cfgs(kernel: &Kernel, config: &BTreeMap<String, String>, sources: &Sources) {
    for symbol in sources.configs() {
        println!("cargo::rustc-check-cfg=cfg({symbol})");
        if config.get(&symbol).is_some_and(|value| value == "y") {
            println!("cargo::rustc-cfg={symbol}");
        }
    }
    let versions = Regex::new(r"kernel_before_(\d+)_(\d+)").unwrap();
    let asked: BTreeSet<(u32, u32)> = versions
        .captures_iter(&sources.text)
        .map(|c| (c[1].parse().unwrap(), c[2].parse().unwrap()))
        .collect();
    for (major, minor) in asked {
        println!("cargo::rustc-check-cfg=cfg(kernel_before_{major}_{minor})");
        if kernel.version() < (major, minor) {
            println!("cargo::rustc-cfg=kernel_before_{major}_{minor}");
        }
    }
}

/// Runs bindgen; returns the C file with wrappers of inline functions.
fn make_bindings(flags: &[String], sources: &Sources) -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let wrappers = out.join("wrappers.c");
    println!("cargo::rerun-if-changed={HEADER}");
    env::set_current_dir(env::var_os("CARGO_MANIFEST_DIR").unwrap()).unwrap();
    let names = sources.names().into_iter().collect::<Vec<_>>().join("|");
    let bindings = bindgen::Builder::default()
        .header(HEADER)
        .clang_args(clang_flags(&flags[1..]))
        .allowlist_item(format!("^({names})$"))
        // Empty structs with an alignment, which bindgen lays out with a size.
        .opaque_type("^(sched_statistics|slabobj_ext|lock_class_key|xregs_state|timex|bpf_.*)$")
        .blocklist_function("^(mem(cpy|set|move|cmp)|strlen)$")
        .use_core()
        .ctypes_prefix("core::ffi")
        .generate_cstr(true)
        .derive_default(false)
        .derive_debug(false)
        .layout_tests(true)
        .wrap_static_fns(true)
        .wrap_static_fns_path(&wrappers)
        // Runs again when a header of the kernel changes.
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()))
        .rust_target(bindgen::RustTarget::stable(85, 0).ok().unwrap())
        .rust_edition(bindgen::RustEdition::Edition2024)
        .generate();
    match bindings {
        Ok(bindings) => bindings.write_to_file(out.join("bindings.rs")).unwrap(),
        Err(error) => fail(&format!("bindgen on {HEADER}: {error}")),
    }
    wrappers
}

/// The flags as clang takes them. Not hidden.h: bindgen would leave out every function.
fn clang_flags(flags: &[String]) -> Vec<String> {
    const DROP: &[&str] = &[
        "-W",
        "-fno-allow-store-data-races",
        "-fconserve-stack",
        "-ftrivial-auto-var-init",
        "-mno-fp-ret-in-387",
        "-fno-stack-clash-protection",
        "-mpreferred-stack-boundary",
        "--param",
        "-fno-ipa",
        "-mrecord-mcount",
        "-fmacro-prefix-map",
        "-fmin-function-alignment",
        "-falign",
        "-fzero-call-used-regs",
    ];
    let mut kept = Vec::new();
    let mut flags = flags.iter().peekable();
    while let Some(flag) = flags.next() {
        if flag == "-include" && flags.peek().is_some_and(|file| file.ends_with("/hidden.h")) {
            flags.next();
        } else if !DROP.iter().any(|prefix| flag.starts_with(prefix)) {
            kept.push(flag.clone());
        }
    }
    kept.extend(["-fno-builtin", "-D__BINDGEN__", "-Wno-everything"].map(String::from));
    kept
}

/// Compiles the wrappers with the kernel's compiler and flags.
fn compile_wrappers(kernel: &Kernel, flags: &[String], wrappers: &Path) {
    let text = fs::read_to_string(wrappers).unwrap();
    let header = fs::canonicalize(HEADER).unwrap();
    fs::write(wrappers, text.replace(HEADER, &header.display().to_string())).unwrap();
    let mut build = cc::Build::new();
    build.compiler(&flags[0]).file(wrappers).no_default_flags(true).warnings(false);
    for flag in flags[1..].iter().filter(|flag| !flag.starts_with("-W")) {
        build.flag(flag);
    }
    build.flag("-w").include(&kernel.objtree);
    build.compile("wrappers");
}

/// `include/liblinux.h`, from the tables that both sides share.
fn make_header() {
    let config = cbindgen::Config::from_file("cbindgen.toml")
        .unwrap_or_else(|error| fail(&format!("cbindgen.toml: {error}")));
    println!("cargo::rerun-if-changed=cbindgen.toml");
    let header = cbindgen::Builder::new()
        .with_config(config)
        .with_src("arch/lib/abi/lib.rs")
        .with_src("arch/lib/abi/types.rs")
        .with_src("arch/lib/abi/imported.rs")
        .with_src("arch/lib/abi/exported.rs")
        .generate()
        .unwrap_or_else(|error| fail(&format!("cbindgen: {error}")));
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    header.write_to_file(env::var_os("LIB_HEADER").map_or(out.join("liblinux.h"), PathBuf::from));
}
