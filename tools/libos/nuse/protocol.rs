// SPDX-License-Identifier: GPL-2.0

//! What `nuse --attach`, `--list` and `--dmesg` ask a launcher: one letter, answered by bytes up to the
//! end of the connection; the descriptors of the instance come with the first of them.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A [`Ticket`], with descriptors.
    Attach,
    /// [`crate::list::Facts`].
    List,
    /// The kernel's log.
    Dmesg,
}

const LETTERS: [(Request, u8); 3] =
    [(Request::Attach, b'a'), (Request::List, b'l'), (Request::Dmesg, b'd')];

/// What a program needs to attach, beside the descriptors.
#[derive(Serialize, Deserialize)]
pub struct Ticket {
    /// What is bound over /etc/resolv.conf.
    pub resolv_conf: Option<PathBuf>,
}

/// A launcher that does not answer for so long has another problem.
const PATIENCE: Duration = Duration::from_secs(5);
/// Descriptors of an instance, and more.
const MOST: usize = 128;

/// Asks; the answer, and the descriptors that came with it.
pub fn ask(mut launcher: UnixStream, request: Request) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    say(&mut launcher, request)?;
    hear(launcher)
}

/// Asks, and does not wait for the answer.
pub fn say(launcher: &mut UnixStream, request: Request) -> io::Result<()> {
    launcher.set_read_timeout(Some(PATIENCE))?;
    let letter = LETTERS.iter().find(|(of, _)| *of == request).map_or(0, |(_, letter)| *letter);
    launcher.write_all(&[letter])
}

/// The answer to what was asked, and the descriptors that came with it.
pub fn hear(mut launcher: UnixStream) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let (mut answer, descriptors) = receive(&launcher)?;
    launcher.read_to_end(&mut answer)?;
    Ok((answer, descriptors))
}

fn receive(launcher: &UnixStream) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut answer = vec![0; 4096];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut pieces = [IoSliceMut::new(&mut answer)];
    let received = recvmsg(launcher, &mut pieces, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            descriptors.extend(fds);
        }
    }
    answer.truncate(received.bytes);
    Ok((answer, descriptors))
}

/// What somebody asks; `None` if that is nothing we know.
pub fn read(asker: &mut UnixStream) -> Option<Request> {
    asker.set_read_timeout(Some(PATIENCE)).ok()?;
    asker.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut letter = [0];
    asker.read_exact(&mut letter).ok()?;
    LETTERS.iter().find(|(_, of)| *of == letter[0]).map(|(request, _)| *request)
}

/// Answers. Nothing is sent with an empty answer.
pub fn answer(asker: &mut UnixStream, answer: &[u8], descriptors: &[i32]) -> io::Result<()> {
    // SAFETY: the instance keeps its descriptors open while its launcher answers.
    let borrow = |fd: &i32| unsafe { BorrowedFd::borrow_raw(*fd) };
    let descriptors: Vec<_> = descriptors.iter().map(borrow).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    let pieces = [IoSlice::new(answer)];
    let sent = sendmsg(asker.as_fd(), &pieces, &mut control, SendFlags::NOSIGNAL)?;
    asker.write_all(&answer[sent..])
}
