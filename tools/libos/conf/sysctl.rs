// SPDX-License-Identifier: GPL-2.0
//! The key `sysctl`.

use std::fmt;

use crate::{
    error::Found,
    line::{Entry, Line},
    place::Place,
    value::Kind,
};

/// A setting of the stack, to be written below its /proc/sys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// The file below /proc/sys.
    pub path: String,
    /// What is written to it.
    pub value: String,
    /// Where it is.
    pub place: Place,
}

const SYSCTL: Kind<(String, String)> = Kind {
    must: "have a name and a value such as net.ipv4.tcp_congestion_control=bbr, all else than net is the host's",
    parse: setting,
};

/// `NAME=VALUE`, with the dots of sysctl(8).
impl fmt::Display for Sysctl {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name: String = self.path.chars().map(swap).collect();
        write!(f, "{name}={}", self.value)
    }
}

/// Adds the setting of a line to those before it. That of a flag replaces the file's.
pub(crate) fn read(line: Line, sysctls: &mut Vec<Sysctl>) -> Found<()> {
    let Entry { line, value: (path, value) } = line.read_all(&SYSCTL)?;
    let is_replaced =
        |other: &Sysctl| other.path == path && line.place.is_flag() && !other.place.is_flag();
    sysctls.retain(|other| !is_replaced(other));
    let same = sysctls.iter().find(|other| other.path == path);
    line.unique("sysctl", same.map(|other| other.place))?;
    sysctls.push(Sysctl { path, value, place: line.place });
    Ok(())
}

/// `NAME=VALUE` or `NAME VALUE`; a value may have blanks.
fn setting(text: &str) -> Option<(String, String)> {
    let end = text.find(|c: char| c == '=' || c.is_ascii_whitespace())?;
    let (name, rest) = (&text[..end], text[end..].trim_ascii_start());
    let value = rest.strip_prefix('=').unwrap_or(rest).trim_ascii();
    let fits = !value.is_empty() && !value.contains(char::is_control);
    fits.then(|| Some((path(name)?, value.to_owned())))?
}

/// The file of a name, as sysctl(8) has it: where dots come first, they separate, and a slash
/// stands for a dot; otherwise slashes do.
fn path(name: &str) -> Option<String> {
    let dots_first = name.find(['.', '/']).is_some_and(|at| name[at..].starts_with('.'));
    let path: String = if dots_first { name.chars().map(swap).collect() } else { name.to_owned() };
    let is_file = |part: &str| !["", ".", ".."].contains(&part);
    let fits = path.starts_with("net/") && path.split('/').all(is_file);
    (fits && !path.contains(char::is_control)).then_some(path)
}

fn swap(c: char) -> char {
    match c {
        '.' => '/',
        '/' => '.',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let rmem = Some(("net/ipv4/tcp_rmem".to_owned(), "1 2 3".to_owned()));
        for text in [
            "net.ipv4.tcp_rmem=1 2 3",
            "net/ipv4/tcp_rmem 1 2 3",
            "net.ipv4.tcp_rmem =\t1 2 3 ",
            "net.ipv4.tcp_rmem = 1 2 3",
        ] {
            assert_eq!(setting(text), rmem, "{text:?}");
        }
        for text in [
            "", "net.b", "net.b=", "net.b= ", "=1", "net=1", "net..b=1", ".net.b=1", "net.b.=1",
            "a.b=1",
        ] {
            assert_eq!(setting(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_setting_is_written_as_it_may_be_read() {
        let path = "net/ipv4/conf/eth0.1/mtu".to_owned();
        let sysctl = Sysctl { path: path.clone(), value: "1 2".to_owned(), place: Place::Line(1) };
        assert_eq!(sysctl.to_string(), "net.ipv4.conf.eth0/1.mtu=1 2");
        assert_eq!(setting(&sysctl.to_string()), Some((path, "1 2".to_owned())));
    }

    #[test]
    fn a_name_stays_below_proc_sys() {
        assert_eq!(path("net.ipv4.conf.eth0/1.mtu").as_deref(), Some("net/ipv4/conf/eth0.1/mtu"));
        assert_eq!(path("net/ipv4/conf/eth0.1/mtu").as_deref(), Some("net/ipv4/conf/eth0.1/mtu"));
        for name in ["/etc/passwd", "../a", "a/../b", "a/.", "a.//.b", "net.\0a"] {
            assert_eq!(path(name), None, "{name:?}");
        }
    }
}
