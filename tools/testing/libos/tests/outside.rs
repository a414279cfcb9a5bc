// SPDX-License-Identifier: GPL-2.0

//! No way leads from a program under nuse to the host's network, also not past the interposer.
//!
//! Each program of `programs/outside` knocks at a listener of the host. Outside nuse it arrives,
//! which shows that it could; under nuse it fails or is killed, and the listener sees nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

use libos_tests::{Finished, Net, compile, place};

const DOOR: [&str; 6] = ["nc", "-n", "-v", "-l", "127.0.0.1", "7000"];

struct Place {
    net: Net,
    program: PathBuf,
}

impl Place {
    fn new(program: &str, flags: &[&str]) -> Self {
        let net = Net::tap();
        let path = net.file(program);
        compile::c_program(
            &place::programs().join("outside").join(program).with_extension("c"),
            &path,
            flags,
        );
        Place { net, program: path }
    }

    fn words(&self) -> [&std::ffi::OsStr; 3] {
        [self.program.as_os_str(), "127.0.0.1".as_ref(), "7000".as_ref()]
    }

    /// The program knocks, under nuse if `inside`; what the listener has seen of it.
    fn knock(&self, inside: bool) -> (Finished, String) {
        let mut door = self.net.stack().task(DOOR).start();
        door.wait_for("Listening");
        let words = self.words();
        let program =
            if inside { self.net.nuse(words) } else { self.net.stack().task(words) }.run();
        // The next to arrive is us, and whoever came before has come first.
        self.net.stack().task(["nc", "-n", "-N", "127.0.0.1", "7000"]).input("the test\n").run();
        let seen = door.finish();
        (program, format!("{}{}", seen.text(), seen.stderr))
    }

    #[track_caller]
    fn stays_inside(&self) {
        let (native, seen) = self.knock(false);
        native.succeeds();
        assert!(seen.contains("knock"), "it cannot arrive at all: {seen}");
        let (inside, seen) = self.knock(true);
        assert!(!seen.contains("knock"), "it arrived at the host: {seen}{}", inside.story());
        assert!(
            seen.contains("the test"),
            "somebody arrived at the host: {seen}{}",
            inside.story()
        );
        inside.fails();
    }
}

#[test]
fn a_dynamic_program() {
    Place::new("socket", &[]).stays_inside();
}

#[test]
fn a_static_program() {
    Place::new("socket", &["-static"]).stays_inside();
}

#[test]
fn system_calls_of_its_own() {
    Place::new("inline", &[]).stays_inside();
}

#[test]
fn a_static_program_with_system_calls_of_its_own() {
    Place::new("inline", &["-static"]).stays_inside();
}

#[test]
fn numbers_whose_upper_half_is_not_zero() {
    Place::new("inline", &["-DUPPER=1L"]).stays_inside();
    Place::new("numbers", &[]).stays_inside();
}

#[test]
fn a_static_program_with_numbers_whose_upper_half_is_not_zero() {
    Place::new("inline", &["-static", "-DUPPER=1L"]).stays_inside();
    Place::new("numbers", &["-static"]).stays_inside();
}

#[test]
fn io_uring() {
    Place::new("ring", &[]).stays_inside();
}

#[test]
fn a_static_program_with_io_uring() {
    Place::new("ring", &["-static"]).stays_inside();
}

/// A shell may start what it likes, with what environment it likes.
#[test]
fn a_program_that_gets_rid_of_the_interposer() {
    let place = Place::new("socket", &[]);
    let program = place.program.to_str().unwrap();
    for way in ["env -i", "env -u LD_PRELOAD", "env -u LD_PRELOAD -u NUSE_INSTANCE setsid"] {
        let watches = place.net.watch_host();
        let script = format!("{way} {program} 127.0.0.1 7000; exit $?");
        place.net.nuse(["sh", "-c", &script]).run().fails();
        let script = format!("{way} ping -n -c 1 -W 1 192.0.2.7; exit $?");
        place.net.nuse(["sh", "-c", &script]).run().fails();
        place.net.host_sent_nothing(watches);
    }
}

/// The dynamic loader takes no library along into a program that is executed so.
#[test]
fn a_program_whose_effective_user_is_not_the_real_one() {
    const EXECUTE: &str = "\
import os, subprocess, sys
inside = subprocess.check_output(sys.argv[1:])
os.setegid(13) if 'sh' in sys.argv else os.seteuid(13)
assert subprocess.check_output(sys.argv[1:]) == inside
os.execvp(sys.argv[1], sys.argv[1:])
";
    const LOOK: &str = "\
import os, socket, subprocess
listener = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(listener.getsockname())
print(client.getpeername() == listener.getsockname(), sorted(os.listdir('/sys/class/net')))
print(subprocess.check_output(['ip', '-br', 'addr']))
";
    let net = Net::tap();
    for look in [&["python3", "-c", LOOK][..], &["sh", "-c", "ip -br addr; ss -tln; exec ip route"]]
    {
        let words = [&["python3", "-c", EXECUTE], look].concat();
        let finished = net.nuse(words).run().succeeds();
        assert!(finished.text().contains("10.0.0.2"), "{}", finished.story());
    }
}

/// Also where the runner cannot be: such a program is refused, and told why.
#[test]
fn a_static_program_that_becomes_another_user() {
    const NOBODY: u32 = 65534;
    let place = Place::new("socket", &["-static"]);
    chown(&place.program, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(&place.program, mode).expect("our own file");
    let (inside, seen) = place.knock(true);
    assert!(!seen.contains("knock"), "it arrived at the host: {seen}{}", inside.story());
    assert!(inside.fails().stderr.contains("could not be routed"), "it was not told why");
}

/// It would execute the program beside a copy of itself that has the stack already.
#[test]
fn valgrind_is_refused_and_the_stack_goes_on() {
    let net = Net::tap();
    let tool = "VALGRIND_LAUNCHER=/usr/bin/valgrind busybox true; echo $?; ip -br addr";
    let finished = net.nuse(["sh", "-c", tool]).run().succeeds();
    assert!(finished.stderr.contains("valgrind executes"), "{}", finished.story());
    finished.says("126").says("10.0.0.2");
}

/// Where procfs or a part of it is mounted, or how much of the file system a program sees, does not matter.
#[test]
fn settings_by_other_ways() {
    const CHROOT: &str = "\
import os, sys
os.chroot(sys.argv[1])
os.chdir('/')
assert 'lo:' in open(sys.argv[2] + 'self/net/dev').read()
open(sys.argv[2] + 'sys/net/ipv4/ip_default_ttl', 'w').write('77')
";
    const JAIL: &str = "\
mount --make-rprivate / && mkdir -p \"$0/p\" && mount -t proc proc \"$0/p\" && python3 -c \"$1\" \"$0\" /p/";
    const BOUND: &str = "\
mount --make-rprivate / && mkdir -p \"$0/b c\" && mount --bind /proc/sys/net \"$0/b c\" &&
echo 77 > \"$0/b c/ipv4/ip_default_ttl\"";
    const BOUND_ROOT: &str = "\
mount --make-rprivate / && mkdir -p \"$0/root\" && mount --bind /proc/sys \"$0/root\" && python3 -c \"$1\" \"$0/root\"";
    const INSIDE: &str = "\
import os, sys
os.chroot(sys.argv[1])
os.chdir('/')
try:
    open('/net/ipv4/ip_default_ttl', 'w').write('99')
except FileNotFoundError:
    print('given to nobody')
";
    let net = Net::tap();
    let host = || net.stack().task(["cat", "/proc/sys/net/ipv4/ip_default_ttl"]).run().text();
    let before = host();
    let folder = net.file("jail").display().to_string();
    let ways = [
        (vec!["python3", "-c", CHROOT, "/proc", "/"], "77\n"),
        (vec!["unshare", "-m", "sh", "-c", JAIL, &folder, CHROOT], "77\n"),
        (vec!["unshare", "-m", "sh", "-c", BOUND, &folder], "77\n"),
        (vec!["unshare", "-m", "sh", "-c", BOUND_ROOT, &folder, INSIDE], "given to nobody\n64\n"),
    ];
    for (way, told) in ways {
        let script = "\"$@\" && cat /proc/sys/net/ipv4/ip_default_ttl";
        let words = [&["sh", "-c", script, "sh"][..], &way].concat();
        net.nuse(words).run().succeeds().says(told);
        assert_eq!(host(), before, "the host's setting has changed: {way:?}");
    }
}
