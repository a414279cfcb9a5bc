// SPDX-License-Identifier: GPL-2.0

//! What programs may do in their stack. Which calls give up what, `programs/credentials.c` compares with the
//! host, call by call.

use libos_tests::{Finished, Netns, User, place};

const SET_MTU: &str = "ip link set dev lo mtu";
const AS_USER: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";

/// `script`, under nuse that is begun by `begun`.
fn nuse(begun: &[&str], script: &str) -> Finished {
    let nuse = place::nuse();
    let words = begun.iter().copied().chain([nuse.to_str().unwrap(), "-q", "sh", "-c", script]);
    Netns::new().task(words).env_remove("NUSECONF").run()
}

/// Who becomes a user is one for the stack, too, and so is what that one executes.
#[test]
fn who_becomes_a_user_has_the_rights_of_one() {
    let script = format!(
        "{SET_MTU} 60000; su nobody -s /bin/sh -c '{SET_MTU} 50000; nc -n -l -p 80; sh -c \"nc -n -l -p 81\"'; \
         cat /sys/class/net/lo/mtu"
    );
    let done = nuse(&[], &script).succeeds().says("60000\n");
    assert!(done.stderr.contains("RTNETLINK answers: Operation not permitted"), "{}", done.story());
    assert_eq!(done.stderr.matches("Permission denied").count(), 2, "{}", done.story());
}

/// What the kernel of the stack tells others of the owners of sockets.
#[test]
fn sockets_belong_to_the_user_who_made_them() {
    let script = format!("{AS_USER} nc -n -u -l -p 7000 & sleep 1; ss -Hanue; kill $!");
    nuse(&[], &script).says("uid:65534");
}

/// The root of a container has not all capabilities, but a whole stack.
#[test]
fn root_has_a_whole_stack() {
    let container = ["setpriv", "--bounding-set=-net_admin,-sys_time"];
    let script = format!(
        "{SET_MTU} 60000; {AS_USER} {SET_MTU} 50000; cat /sys/class/net/lo/mtu; ping -c 1 127.0.0.1"
    );
    nuse(&container, &script).succeeds().says("60000\n").says("1 received");
}

/// A user has no rights that could be given up.
#[test]
fn a_user_has_a_whole_stack() {
    let (user, netns) = (User::new(), Netns::new());
    let script = format!(
        "{SET_MTU} 60000; setpriv --no-new-privs {SET_MTU} 50000; cat /sys/class/net/lo/mtu; ping -c 1 127.0.0.1"
    );
    user.nuse(&netns, ["-q", "sh", "-c", &script])
        .run()
        .succeeds()
        .says("50000\n")
        .says("1 received");
}

/// In a user namespace, everybody is root; but the stack is not in there.
#[test]
fn a_namespace_gives_no_rights() {
    let script =
        format!("{SET_MTU} 60000; {AS_USER} unshare -r {SET_MTU} 50000; cat /sys/class/net/lo/mtu");
    nuse(&[], &script).succeeds().says("60000\n");
}

/// Nor to root, nor to a child that has one from the start.
#[test]
fn root_leaves_its_rights_outside_a_namespace() {
    let begin = "import ctypes, os, socket
call = ctypes.CDLL(None).syscall
def rights():
    try: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    except PermissionError: return False
    return True
CLONE, UNSHARE, NEWUSER, SIGCHLD = 56, 272, 0x10000000, 17
assert rights()
";
    let unshare = "assert call(UNSHARE, NEWUSER) == 0 and not rights()";
    let clone = "child = call(CLONE, NEWUSER | SIGCHLD, 0, 0, 0, 0)
if child == 0: os._exit(rights())
assert child > 0 and os.wait()[1] == 0 and rights()";
    for end in [unshare, clone] {
        nuse(&[], &format!("python3 -c '{begin}{end}'")).succeeds();
    }
}

/// Daemons give up root where there is no /proc.
#[test]
fn a_folder_without_proc_is_no_way_around() {
    let script = "python3 -c 'import os, socket
os.chroot(\"/proc/self/fdinfo\")
os.setuid(65534)
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)'";
    let done = nuse(&[], script).ends_with(1);
    assert!(done.stderr.contains("PermissionError"), "{}", done.story());
}
