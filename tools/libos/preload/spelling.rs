// SPDX-License-Identifier: GPL-2.0

//! The same path can be spelled in many ways.

/// Whether an absolute path has neither empty components nor `.` nor `..`.
pub fn is_plain(path: &[u8]) -> bool {
    !path.windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

/// An absolute path without these; links are not followed.
pub fn plain(path: &[u8]) -> Vec<u8> {
    below(b"/", path)
}

/// Where `path` leads from the absolute path `folder`, without empty components, `.` and `..`.
pub fn below(folder: &[u8], path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in folder.split(|byte| *byte == b'/').chain(path.split(|byte| *byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => _ = parts.pop(),
            name => parts.push(name),
        }
    }
    parts.iter().flat_map(|part| [b"/", *part].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_known() {
        for path in ["/proc/net", "/a", "/a/b.c/d"] {
            assert!(is_plain(path.as_bytes()), "{path}");
            assert_eq!(plain(path.as_bytes()), path.as_bytes());
        }
        for path in ["//proc/net", "/proc/./net", "/a/../proc", "/a//", "/.a"] {
            assert!(!is_plain(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn parts_are_taken_back() {
        assert_eq!(plain(b"/a//b/./c/../d/"), b"/a/b/d");
        assert_eq!(plain(b"/../.."), b"");
        assert_eq!(below(b"/proc/sys", b"net/ipv4"), b"/proc/sys/net/ipv4");
        assert_eq!(below(b"/proc/sys/kernel", b"../net"), b"/proc/sys/net");
    }
}
