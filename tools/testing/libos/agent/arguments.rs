// SPDX-License-Identifier: GPL-2.0

//! How many arguments each system call has: the other registers hold whatever the program left there.

/// One digit for each number, from 0 on.
const COUNTS: &[u8] = concat!(
    "33312223363214403443321505333333120221304333663323233455500314213341245332112232",
    "11221221232233312221140301100200022223333111122243222361222323223111222100320521",
    "21012522142213632664666666035554443332222163362153366166531044342112224144326635",
    "41552345545320324434534345343365123644464632144244213215545525453214236653345332",
    "53513366642156406666666666666666666666666666666666666666666666666666666666666666",
    "666666666666666666666666426435253322343456543421254443464444433",
)
.as_bytes();

/// The number of arguments of system call `nr`; 6 if it is not known.
pub fn count(nr: i64) -> usize {
    let count = usize::try_from(nr).ok().and_then(|nr| COUNTS.get(nr));
    count.map_or(6, |digit| usize::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_are_those_of_the_calls() {
        let known = [
            (libc::SYS_read, 3),
            (libc::SYS_getpid, 0),
            (libc::SYS_sendto, 6),
            (libc::SYS_openat, 4),
            (libc::SYS_futex, 6),
            (libc::SYS_clone, 5),
            (libc::SYS_epoll_pwait2, 6),
            (-1, 6),
        ];
        for (nr, arguments) in known {
            assert_eq!(count(nr), arguments, "call {nr}");
        }
    }
}
