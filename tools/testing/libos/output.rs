// SPDX-License-Identifier: GPL-2.0

//! What a process writes, collected while it runs.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    closed: bool,
}

/// One stream of a process; all clones are the same stream.
#[derive(Clone, Default)]
pub struct Output(Arc<(Mutex<State>, Condvar)>);

impl Output {
    /// Collects what comes out of `pipe`.
    pub fn collect(mut pipe: impl Read + Send + 'static) -> Self {
        let output = Output::default();
        let own = output.clone();
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(len @ 1..) = pipe.read(&mut buffer) {
                own.change(|state| state.bytes.extend_from_slice(&buffer[..len]));
            }
            own.change(|state| state.closed = true);
        });
        output
    }

    /// What has been written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits until everybody who could write has closed the stream. False if that takes longer.
    pub fn wait_closed(&self, longest: Duration) -> bool {
        let deadline = Instant::now() + longest;
        let mut state = self.state();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.0.1.wait_timeout(state, left).expect("a reader does not panic").0;
        }
        true
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.1.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect("a reader does not panic")
    }
}
