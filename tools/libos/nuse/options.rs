// SPDX-License-Identifier: GPL-2.0

//! The command line and the environment.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser};
use nuse_conf::{Conf, Flag};

/// Of --help, which fits a screen.
const HELP: &str = "\
{about}

Usage: nuse [OPTIONS] COMMAND [ARGUMENT]...
Example: nuse --vif eth0 --ip 10.0.0.2/24 --gateway 10.0.0.1 ping 10.0.0.1

{options}";

/// At the end of the manual page.
const MORE: &str = "\
Interfaces, routes, name servers and settings come from flags, from nuse.conf, or from both: what a \
flag says replaces what the file says of the same. Documentation/nuse.conf.md describes each value.

nuse ends as the program did: with its exit status, or by the signal that ended it, for which shells say \
128 and its number; with 2 if a flag or nuse.conf has a mistake; 127 if there is no such program, 126 if it cannot be executed; 125 if \
there could be no stack; 1 if what --list or --dmesg show could not be written.";

/// Flags that ask something of stacks that run, and what may stand beside them.
const ASKING: [(&str, &[&str]); 3] =
    [("attach", &["verbose", "quiet", "command"]), ("list", &[]), ("dmesg", &[])];

/// Why there are no options.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// A mistake, or help, which was asked for.
    #[error(transparent)]
    Clap(#[from] clap::Error),
    #[error(transparent)]
    Idle(#[from] Idle),
}

/// A flag that would do nothing.
#[derive(Debug, thiserror::Error)]
#[error("{flag}: it must not come with --{asking}, which is about stacks that run already")]
pub struct Idle {
    flag: String,
    asking: &'static str,
}

/// Run a program on a Linux network stack of its own
#[derive(Parser)]
#[command(name = "nuse", version, disable_help_flag = true)]
#[command(help_template = HELP, after_long_help = MORE)]
pub struct Options {
    /// Read interfaces and more from FILE
    #[arg(short, long, env = "NUSECONF", hide_env_values = true, value_name = "FILE")]
    pub conf: Option<PathBuf>,

    /// Interface NAME, or RAW|TAP|XDP|PIPE|PASST:NAME
    #[arg(long, value_name = "NAME")]
    vif: Option<String>,

    /// Its address, as ADDR/PREFIX, once for each family
    #[arg(long, value_name = "ADDR")]
    ip: Vec<String>,

    /// Its hardware address, else a random one
    #[arg(long, value_name = "MAC")]
    mac: Option<String>,

    /// Its largest packet in bytes
    #[arg(long, value_name = "BYTES")]
    mtu: Option<String>,

    /// Router of the default route, once for each family
    #[arg(long, value_name = "ADDR")]
    gateway: Vec<String>,

    /// Name server, three times at most
    #[arg(long, value_name = "ADDR")]
    dns: Vec<String>,

    /// Setting of the stack, any number of times
    #[arg(long, value_name = "NAME=VALUE")]
    sysctl: Vec<String>,

    /// Write all frames to FILE, for Wireshark
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pcap: Option<String>,

    /// Path that is the host's, any number of times
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    host: Vec<String>,

    /// Memory of the stack in MiB, else 256
    #[arg(short, long, value_name = "MIB")]
    mem: Option<String>,

    /// The library, else beside nuse
    #[arg(short, long, env = "NUSE_LIBRARY", hide_env_values = true, value_name = "FILE")]
    #[arg(hide_short_help = true)]
    library: Option<PathBuf>,

    /// Name of the stack, which then stays for daemons
    #[arg(short, long, value_name = "NAME", value_parser = checked_name)]
    pub name: Option<String>,

    /// Run COMMAND on the stack of that name
    #[arg(short, long, value_name = "NAME")]
    pub attach: Option<String>,

    /// Show your stacks on this host
    #[arg(long)]
    pub list: bool,

    /// Print the log of the kernel of that name
    #[arg(long, value_name = "NAME")]
    pub dmesg: Option<String>,

    /// Print the kernel's log
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Print this
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,

    /// The program and its arguments
    #[arg(
        required_unless_present_any = ["list", "dmesg"],
        trailing_var_arg = true,
        value_name = "COMMAND",
        value_hint = clap::ValueHint::CommandWithArguments
    )]
    pub command: Vec<OsString>,
}

impl Options {
    /// Those of this process.
    pub fn read() -> Result<Self, Unread> {
        let matches = Self::command().try_get_matches()?;
        refuse_idle(&matches)?;
        Ok(Self::from_arg_matches(&matches)?)
    }

    /// What is to be said beside nuse.conf, and instead of it.
    pub fn flags(&self) -> Vec<Flag<'_>> {
        let all: [(_, &[String]); 10] = [
            ("vif", self.vif.as_slice()),
            ("ip", &self.ip),
            ("mac", self.mac.as_slice()),
            ("mtu", self.mtu.as_slice()),
            ("gateway", &self.gateway),
            ("dns", &self.dns),
            ("sysctl", &self.sysctl),
            ("pcap", self.pcap.as_slice()),
            ("mem", self.mem.as_slice()),
            ("host", &self.host),
        ];
        let flags = |(name, values)| -> Vec<_> {
            let values: &[String] = values;
            values.iter().map(|value| Flag { name, value }).collect()
        };
        all.into_iter().flat_map(flags).collect()
    }

    /// How to boot the instance.
    pub fn boot(&self, conf: &Conf) -> libos_host::Options<'static> {
        const MEBIBYTES: u32 = 256;
        // Levels as in syslog(2); the kernel prints those below its own.
        let (log_level, command_line) = match (self.verbose, self.quiet) {
            (true, _) => (7, "loglevel=8"),
            (false, false) => (4, "loglevel=5"),
            (false, true) => (3, "loglevel=4"),
        };
        let memory = (conf.mem.unwrap_or(MEBIBYTES) as usize) << 20;
        libos_host::Options { memory, command_line, log_level }
    }

    /// Where the library is.
    pub fn library(&self) -> Result<PathBuf, Missing> {
        match &self.library {
            Some(path) => Ok(path.clone()),
            None => beside_nuse("liblinux.so"),
        }
    }

    /// Where the interposer is.
    pub fn preload(&self) -> Result<PathBuf, Missing> {
        beside_nuse("libnuse_preload.so")
    }

    /// Where the runner of static programs is.
    pub fn runner(&self) -> Result<PathBuf, Missing> {
        beside_nuse("nuse-runner")
    }
}

/// Refuses what the flag that asks would not heed. The environment may hold what is for others.
fn refuse_idle(matches: &ArgMatches) -> Result<(), Idle> {
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let Some((asking, beside)) = ASKING.into_iter().find(|(asking, _)| is_given(asking)) else {
        return Ok(());
    };
    let command = Options::command();
    let heeded = |arg: &&Arg| arg.get_id() == asking || beside.contains(&arg.get_id().as_str());
    let mut idle = command.get_arguments().filter(|arg| !heeded(arg));
    match idle.find(|arg| is_given(arg.get_id().as_str())) {
        Some(arg) => Err(Idle { flag: name(arg), asking }),
        None => Ok(()),
    }
}

fn name(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| "COMMAND".to_string(), |long| format!("--{long}"))
}

/// A file that belongs to nuse is not where it should be.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    #[error("{name} is neither in {} nor above it: run `make library ARCH=lib`", folder.display())]
    File { name: &'static str, folder: PathBuf },
    #[error("/proc/self/exe: {0}: a stack needs procfs at /proc (mount -t proc proc /proc)")]
    Proc(io::Error),
}

/// Finds a file beside this executable, or at the top of the tree it was built in.
fn beside_nuse(name: &'static str) -> Result<PathBuf, Missing> {
    let exe = std::env::current_exe().map_err(Missing::Proc)?;
    let folder = exe.parent().unwrap_or(Path::new("/")).to_path_buf();
    let found = folder.ancestors().map(|folder| folder.join(name)).find(|path| path.exists());
    found.ok_or(Missing::File { name, folder })
}

/// The name of a stack is that of a file: no slash, not hidden.
fn checked_name(name: &str) -> Result<String, String> {
    let right = (1..=64).contains(&name.len())
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if right {
        Ok(name.to_string())
    } else {
        Err("a name has 1 to 64 letters, digits, '.', '_' and '-', and begins with none of the \
             last but '_'"
            .to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_fits_a_screen() {
        let help = Options::command().render_help().to_string();
        assert!(help.lines().count() <= 24, "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        Options::command().debug_assert();
    }

    #[test]
    fn flags_are_keys_and_the_program_has_its_own() {
        let words = ["nuse", "--ip", "a", "--mem=b", "--ip", "c", "ping", "--ip", "d"];
        let options = Options::try_parse_from(words).unwrap();
        let flags: Vec<_> = options.flags().iter().map(|flag| (flag.name, flag.value)).collect();
        assert_eq!(flags, [("ip", "a"), ("ip", "c"), ("mem", "b")]);
        assert_eq!(options.command, ["ping", "--ip", "d"]);
    }

    #[test]
    fn flags_are_known() {
        for words in [&["nuse", "-x", "true"][..], &["nuse", "--adress", "x", "true"]] {
            let error = Options::try_parse_from(words).err().unwrap().to_string();
            assert!(error.contains(words[1]) && error.contains("--help"), "{error}");
        }
    }

    #[test]
    fn nothing_idle_beside_a_flag_that_asks() {
        let refused = |words: &str| {
            let words = ["nuse"].into_iter().chain(words.split_whitespace());
            let matches = Options::command().try_get_matches_from(words).unwrap();
            refuse_idle(&matches).err().map(|idle| idle.flag)
        };
        for right in ["--attach a ls", "-q -a a ls --vif x", "-v -a a ls", "--list", "--dmesg a"] {
            assert_eq!(refused(right), None, "{right}");
        }
        for flag in ["vif", "ip", "mac", "mtu", "gateway", "dns", "sysctl", "pcap", "host"] {
            let flag = format!("--{flag}");
            assert_eq!(refused(&format!("--attach a {flag} x ls")), Some(flag));
        }
        for (words, flag) in [
            ("-a a -c x ls", "--conf"),
            ("-a a -m 64 ls", "--mem"),
            ("-a a -l x ls", "--library"),
            ("-a a -n b ls", "--name"),
            ("-a a --list ls", "--list"),
            ("--list -q", "--quiet"),
            ("--dmesg a ls", "COMMAND"),
        ] {
            assert_eq!(refused(words).as_deref(), Some(flag), "{words}");
        }
    }

    #[test]
    fn names_are_those_of_plain_files() {
        for name in ["web", "a.b-c_d", "7"] {
            assert!(checked_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "-v", "a/b", "a b", "ü", &"x".repeat(65)] {
            assert!(checked_name(name).is_err(), "{name}");
        }
    }
}
