//! Reading: a few connections with `query_only` on, handed out the warmest first.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use crate::connection::{self, Role};
use crate::{Error, Refused};

/// Connections at most; each may fill 8 MiB of page cache. Whoever comes when all are out waits for the first to return.
const READERS: usize = 4;

/// One consistent state of the inbox. Keep it short: while it is held, the log cannot be folded into the file.
pub struct Reader<'c> {
    pub(crate) conn: &'c Connection,
}

/// The connections that only read.
pub(crate) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    /// A stack, so that the connection with the warmest cache goes out first.
    idle: Vec<Connection>,
    out: usize,
}

impl Pool {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), state: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs a closure on one state of the inbox.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (_permit, idle) = self.take();
        let conn = match idle {
            Some(conn) => conn,
            None => connection::open(&self.path, Role::Reader)?,
        };
        let outcome = {
            // Many statements, one state.
            let _snapshot = conn.unchecked_transaction()?;
            f(&Reader { conn: &conn })
        };
        self.lock().idle.push(conn);
        outcome
    }

    /// Closes what is idle; called last, when nobody reads any more.
    pub(crate) fn close(&self) {
        self.lock().idle.clear();
    }

    fn take(&self) -> (Permit<'_>, Option<Connection>) {
        let mut state = self.lock();
        while state.out >= READERS {
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.out += 1;
        (Permit(self), state.idle.pop())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one connection, given back however the reading ends.
struct Permit<'p>(&'p Pool);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().out -= 1;
        self.0.returned.notify_one();
    }
}

impl crate::Store {
    /// Reads from one consistent state. Blocks; do not call it from within another reading.
    ///
    /// # Errors
    /// What the closure returns, and [`Error::Damaged`] once damage was met.
    pub fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.inner.damage.check()?;
        self.note(self.inner.readers.read(f))
    }

    /// Remembers damage, and has a damaged index made anew.
    pub(crate) fn note<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Index { .. }) = &outcome {
            self.inner.writer.index_lost();
        }
        self.inner.damage.note(outcome)
    }
}

impl Refused {
    /// Remembers damage, so that nothing is written to, and so nothing is sent from, a file that is not sound.
    pub(crate) fn note<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Damaged { details }) = &outcome {
            tracing::error!(details, "the inbox file is damaged");
            // The first damage found is the one to report.
            let _ = self.0.set(details.clone());
        }
        outcome
    }

    /// Fails once damage was met.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.0.get() {
            Some(details) => Err(Error::Damaged { details: details.clone() }),
            None => Ok(()),
        }
    }
}
