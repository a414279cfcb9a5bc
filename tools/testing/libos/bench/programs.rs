// SPDX-License-Identifier: GPL-2.0

//! Servers of Debian as they are, under `nuse` and on the host: nginx asked by wrk, redis-server
//! asked by redis-benchmark. Who asks is on the host in both cases.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;
use crate::link::{self, Links};

const NGINX_PORT: u16 = 8080;
const REDIS_PORT: u16 = 7379;

/// What serves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Nginx,
    Redis,
}

impl Program {
    fn port(self) -> u16 {
        match self {
            Program::Nginx => NGINX_PORT,
            Program::Redis => REDIS_PORT,
        }
    }

    /// The command that runs it in the foreground, with its files in `folder`.
    fn command(self, folder: &Path) -> Result<Vec<String>> {
        let words: Vec<String> = match self {
            Program::Nginx => {
                let conf = folder.join("nginx.conf");
                std::fs::write(&conf, nginx_conf(folder))?;
                let conf = conf.display().to_string();
                ["nginx", "-e", "stderr", "-c", &conf].map(String::from).into()
            }
            Program::Redis => {
                let port = REDIS_PORT.to_string();
                let words = ["redis-server", "--port", &port, "--protected-mode", "no"];
                words.into_iter().chain(["--save", ""]).map(String::from).collect()
            }
        };
        Ok(words)
    }
}

fn nginx_conf(folder: &Path) -> String {
    format!(
        "daemon off; worker_processes 1; user root; pid {}/pid; error_log stderr;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; keepalive_requests 1000000000;
             server {{ listen {NGINX_PORT}; location / {{ return 200 short; }} }}
         }}",
        folder.display()
    )
}

/// A server that runs until it is dropped.
pub struct Server {
    child: Child,
    address: Ipv4Addr,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts `program`, under `nuse` or on the host's side of `links`, and waits until it answers.
    pub fn start(links: &Links, program: Program, of_library: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let words = program.command(folder.path())?;
        let (mut command, address) = if of_library {
            (links.under_nuse(folder.path())?, link::NUSE)
        } else {
            (links.on_far_host(), link::VETH_PEER)
        };
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let server =
            Server { child, address: address.into(), port: program.port(), _folder: folder };
        if of_library {
            links.answer_nuse()?;
        }
        server.wait()?;
        Ok(server)
    }

    fn wait(&self) -> Result<()> {
        const LONGEST: Duration = Duration::from_secs(20);
        let (begin, to) = (Instant::now(), SocketAddr::from((self.address, self.port)));
        while TcpStream::connect_timeout(&to, Duration::from_secs(1)).is_err() {
            if begin.elapsed() > LONGEST {
                return Err(format!("no server came to listen at {to}").into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Thousands of requests a second that wrk gets answered over so many connections.
    pub fn wrk(&self, connections: usize) -> Result<f64> {
        let url = format!("http://{}:{}/", self.address, self.port);
        let count = connections.to_string();
        let said = run(Command::new("wrk").args(["-t", "1", "-d", "1s", "-c", &count, &url]))?;
        number_after(&said, "Requests/sec:").map(|rate| rate / 1e3)
    }

    /// Thousands of GETs a second that redis-benchmark gets answered over 50 connections.
    pub fn redis_benchmark(&self) -> Result<f64> {
        let (address, port) = (self.address.to_string(), self.port.to_string());
        let words = ["-h", &address, "-p", &port, "-t", "get", "-n", "50000", "-c", "50", "--csv"];
        let said = run(Command::new("redis-benchmark").args(words))?;
        number_after(&said, "\"GET\",\"").map(|rate| rate / 1e3)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(self.child.id() as i32, libc::SIGTERM) };
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The number that follows `label` in `text`.
fn number_after(text: &str, label: &str) -> Result<f64> {
    let rest = text.split_once(label).map(|(_, rest)| rest.trim_start());
    let digits = rest.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit() && c != '.').next());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| format!("no number after {label}: {text}").into())
}

#[cfg(test)]
mod tests {
    use super::number_after;

    #[test]
    fn numbers_are_found() {
        let wrk = "  100 requests in 1.00s\nRequests/sec:  12345.67\nTransfer/sec: 1.0MB\n";
        assert_eq!(number_after(wrk, "Requests/sec:").ok(), Some(12345.67));
        let redis = "\"test\",\"rps\"\n\"GET\",\"54321.10\",\"0.5\"\n";
        assert_eq!(number_after(redis, "\"GET\",\"").ok(), Some(54321.10));
        assert!(number_after("nothing", "Requests/sec:").is_err());
    }
}
