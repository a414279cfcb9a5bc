// SPDX-License-Identifier: GPL-2.0
//! The key `host`.

use crate::{error::Found, line::Line, place::Place, value::Kind};

/// What is the host's, although the stack has, or refuses, the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPath {
    /// An absolute path; what is below it is meant, too.
    pub path: String,
    /// Where it is.
    pub place: Place,
}

/// Longest path, and how many there may be.
const LONGEST: usize = 254;
const MOST: usize = 16;

const HOST: Kind<String> = Kind {
    must: "be an absolute path such as /run/nscd/socket, without \".\" and \"..\", of 254 bytes at most",
    parse: path,
};

/// Adds the path of a line to those before it.
pub(crate) fn read(line: Line, paths: &mut Vec<HostPath>) -> Found<()> {
    let path = line.read(&HOST)?.value;
    let same = paths.iter().find(|other| other.path == path);
    line.unique("host", same.map(|other| other.place))?;
    line.ensure(paths.len() < MOST, "be given 16 times at most")?;
    paths.push(HostPath { path, place: line.place });
    Ok(())
}

/// A path, without the slash that may be at its end.
fn path(word: &str) -> Option<String> {
    let path = word.strip_suffix('/').unwrap_or(word);
    let mut parts = path.strip_prefix('/')?.split('/');
    let fits = path.len() <= LONGEST && !path.contains(char::is_control);
    (fits && parts.all(|part| !["", ".", ".."].contains(&part))).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path("/run/nscd/socket").as_deref(), Some("/run/nscd/socket"));
        assert_eq!(path("/sys/class/net/").as_deref(), Some("/sys/class/net"));
        let long = format!("/{}", "x".repeat(254));
        for word in
            ["", "/", "//", "run", "./run", "/run/../etc", "/run//x", "/run/.", "/a\0", &long]
        {
            assert_eq!(path(word), None, "{word:?}");
        }
    }
}
