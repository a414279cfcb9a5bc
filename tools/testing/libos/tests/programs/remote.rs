// SPDX-License-Identifier: GPL-2.0

//! Logins, copies and clones over ssh.

use std::fs;

use libos_tests::{Net, Process, Task};

use crate::place::{self, file, served, was_fetched};

/// sshd at port 2222, for the key `id` in the net's folder.
#[track_caller]
fn start_sshd(net: &Net, task: impl FnOnce(&[&str]) -> Task) -> Process {
    for key in ["host", "id"] {
        let words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", &file(net, key)];
        Task::new(words).run().succeeds();
    }
    // sshd's own, where no service manager makes it.
    fs::create_dir_all("/run/sshd").expect("we are root");
    let conf = format!(
        "Port 2222\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
         PermitRootLogin yes\nSubsystem sftp internal-sftp\n",
        file(net, "host"),
        file(net, "id.pub"),
    );
    fs::write(net.file("sshd.conf"), conf).expect("a file in our own folder");
    let mut sshd = task(&["/usr/sbin/sshd", "-D", "-e", "-f", &file(net, "sshd.conf")]).start();
    sshd.wait_for("Server listening on ::");
    sshd
}

/// Options of ssh and scp.
fn options(net: &Net) -> Vec<String> {
    let key = file(net, "id");
    let unknown = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    let words = ["-F", "none", "-i", &key, "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"];
    words.iter().chain(&unknown).map(|word| word.to_string()).collect()
}

fn command(net: &Net, name: &str, words: &[&str]) -> Vec<String> {
    let port = if name == "scp" { "-P" } else { "-p" };
    let own = words.iter().map(|word| word.to_string());
    let all = [name.to_string()].into_iter().chain(options(net));
    all.chain([port, "2222"].map(String::from)).chain(own).collect()
}

/// A file there and back.
fn copies(net: &Net, address: &str, task: impl Fn(&[String]) -> Task) {
    let served = served(net);
    let (there, back) = (file(net, "there"), file(net, "back"));
    let remote = format!("root@{address}:{there}");
    task(&command(net, "scp", &[place::text(&served), &remote])).run().succeeds();
    task(&command(net, "scp", &[&remote, &back])).run().succeeds();
    was_fetched(net, "there");
    was_fetched(net, "back");
}

/// A repository with one large file.
fn clones(net: &Net, address: &str, task: impl Fn(&[String]) -> Task) {
    let repository = served(net).parent().expect("a folder").to_path_buf();
    let git = |words: &[&str]| {
        let place = ["git", "-C", place::text(&repository)];
        let git = Task::new(place.iter().chain(words));
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").run().succeeds();
    };
    git(&["init", "-q"]);
    git(&["add", "data"]);
    git(&["-c", "user.name=libos", "-c", "user.email=libos@example", "commit", "-q", "-m", "data"]);
    let url = format!("ssh://root@{address}:2222{}", place::text(&repository));
    let words = ["git", "clone", "-q", &url, &file(net, "clone")].map(String::from);
    let ssh = format!("ssh {}", options(net).join(" "));
    task(&words).env("GIT_SSH_COMMAND", ssh).run().succeeds();
    was_fetched(net, "clone/data");
}

pub fn ssh() {
    let net = Net::raw();
    let _sshd = start_sshd(&net, |words| net.peer().task(words));
    let inside = |words: &[String]| net.nuse(words);
    let login = command(&net, "ssh", &["root@10.0.0.1", "echo $SSH_CONNECTION; cat"]);
    let said = inside(&login).input("a line\n").run().succeeds();
    assert!(said.text().starts_with("10.0.0.2 "), "{}", said.story());
    said.says("a line\n");
    copies(&net, "10.0.0.1", inside);
    clones(&net, "10.0.0.1", inside);
}

pub fn sshd() {
    let net = Net::raw();
    let sshd = start_sshd(&net, |words| net.nuse(words));
    let at_peer = |words: &[String]| net.peer().task(words);
    let login = command(&net, "ssh", &["root@10.0.0.2", "echo $SSH_CONNECTION; ip -br addr"]);
    let said = at_peer(&login).run().succeeds().says("10.0.0.2/24").says_no("192.0.2.1");
    assert!(said.text().starts_with("10.0.0.1 "), "{}", said.story());
    let login = command(&net, "ssh", &["-tt", "root@10.0.0.2", "tty; ss -tn"]);
    at_peer(&login).run().succeeds().says("/dev/pts/").says("10.0.0.2:2222");
    copies(&net, "10.0.0.2", at_peer);
    clones(&net, "10.0.0.2", at_peer);
    sshd.signal(libc::SIGTERM);
    sshd.finish().succeeds();
}
