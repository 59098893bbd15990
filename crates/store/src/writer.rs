//! Writing: one thread owns the one connection that writes and takes closures from a queue with two priorities.
//!
//! A person's action waits for at most the transaction that is running; pages of a sync come in small batches for that reason.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::future::Future;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::search::analyse::Analyser;
use crate::search::{index, soundness};
use crate::{Error, Reader, Refused};

/// How long nothing must happen before the log is folded into the file.
const IDLE: Duration = Duration::from_secs(2);
/// Transactions of which the duration is remembered.
const TIMES: usize = 4_096;
/// Messages put into a lost index by one transaction.
const INDEXED: u32 = 500;

/// Who waits for a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// A person, or an answer on its way: goes first.
    User,
    /// A sync: steps aside.
    Sync,
}

/// What a power cut may take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: the commit is on the disk when the receipt comes.
    Full,
    /// The newest commits, whole: only for pages that can be fetched again and settle no outbox item.
    Relaxed,
}

/// One transaction; everything a [`Reader`] can read and what can be changed. It is committed if the closure returns `Ok`.
pub struct Writer<'c> {
    reader: Reader<'c>,
    next_message: Cell<i64>,
    analyser: &'c RefCell<Analyser>,
}

impl<'c> Deref for Writer<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

impl Writer<'_> {
    /// The id the next message would get.
    pub(crate) fn next_message(&self) -> i64 {
        self.next_message.get()
    }

    /// Counts the id as given.
    pub(crate) fn take_message(&self) {
        self.next_message.set(self.next_message.get() + 1);
    }

    /// The analyser of the writer thread, for the few texts that were not analysed before they came here.
    pub(crate) fn analyser(&self) -> RefMut<'_, Analyser> {
        self.analyser.borrow_mut()
    }
}

/// The outcome of a transaction that was queued: await it, or [`wait`](Self::wait) for it on a thread that may block.
#[must_use = "a transaction that nobody waits for may have failed"]
pub struct Receipt<T>(oneshot::Receiver<Result<T, Error>>);

impl<T> Receipt<T> {
    /// Blocks until the transaction has ended.
    ///
    /// # Errors
    /// What the closure returned or the commit met; [`Error::Closed`] if the transaction was given up.
    pub fn wait(self) -> Result<T, Error> {
        futures::executor::block_on(self)
    }
}

impl<T> Future for Receipt<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|outcome| outcome.unwrap_or(Err(Error::Closed)))
    }
}

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// The queue in front of the writer thread.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    times: Mutex<VecDeque<Duration>>,
}

#[derive(Default)]
struct State {
    user: VecDeque<Job>,
    sync: VecDeque<Job>,
    /// The search index was found damaged.
    index_lost: bool,
    closing: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer thread and its queue.
pub(crate) struct WriterThread {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    /// Hands the connection to its thread. `closed` runs there at the very end, when the log has been folded into the file.
    pub(crate) fn start(
        conn: Connection,
        damage: Arc<Refused>,
        closed: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Error> {
        let desk = Desk::new(conn, damage)?;
        let queue = Arc::new(Queue::default());
        let thread = thread::Builder::new()
            .name("inbox-writer".into())
            .spawn({
                let queue = Arc::clone(&queue);
                move || desk.serve(&queue, closed)
            })
            .map_err(Error::file("starting the writer thread"))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    pub(crate) fn submit<T: Send + 'static>(
        &self,
        priority: Priority,
        durability: Durability,
        f: impl FnOnce(&Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Receipt<T> {
        let (sender, receiver) = oneshot::channel();
        let times = Arc::clone(&self.queue);
        let job: Job = Box::new(move |desk| {
            let begun = Instant::now();
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| desk.transact(durability, f)));
            if priority == Priority::Sync {
                times.remember(begun.elapsed());
            }
            // The receipt of a job that panicked is dropped and reads as closed; the transaction was rolled back.
            if let Ok(outcome) = outcome {
                // Whoever asked may have gone; the transaction stands all the same.
                let _ = sender.send(outcome);
            }
        });
        let mut state = self.queue.lock();
        match priority {
            Priority::User => state.user.push_back(job),
            Priority::Sync => state.sync.push_back(job),
        }
        drop(state);
        self.queue.ready.notify_one();
        Receipt(receiver)
    }

    /// Folds the log into the file between two transactions. False if somebody was reading from it.
    pub(crate) fn fold(&self) -> Receipt<bool> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |desk| {
            desk.dirty = true;
            desk.checkpoint();
            // Whoever asked may have gone.
            let _ = sender.send(Ok(!desk.dirty));
        });
        self.queue.lock().user.push_back(job);
        self.queue.ready.notify_one();
        Receipt(receiver)
    }

    /// Has the search index made anew, between and behind everything else.
    pub(crate) fn index_lost(&self) {
        self.queue.lock().index_lost = true;
        self.queue.ready.notify_one();
    }

    pub(crate) fn times(&self) -> Vec<Duration> {
        self.queue.times.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Finishes what is queued and ends the thread.
    pub(crate) fn close(&mut self) {
        self.queue.lock().closing = true;
        self.queue.ready.notify_one();
        // The last owner of the store may be a closure on the writer thread itself, which cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn remember(&self, time: Duration) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() == TIMES {
            times.pop_front();
        }
        times.push_back(time);
    }

    /// The next job, a person's first. Waits for one unless an index is `rebuilding`.
    fn next(&self, rebuilding: bool) -> Next {
        let mut state = self.lock();
        loop {
            if std::mem::take(&mut state.index_lost) {
                return Next::IndexLost;
            }
            if let Some(job) = state.user.pop_front().or_else(|| state.sync.pop_front()) {
                return Next::Job(job);
            }
            if state.closing {
                return Next::End;
            }
            if rebuilding {
                return Next::Nothing;
            }
            let (again, timeout) = self.ready.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = again;
            if timeout.timed_out() && !state.index_lost && state.user.is_empty() && state.sync.is_empty() {
                return Next::Idle;
            }
        }
    }
}

enum Next {
    Job(Job),
    IndexLost,
    /// Nothing is queued.
    Nothing,
    /// Nothing has been queued for a while.
    Idle,
    End,
}

/// What the writer thread works with.
struct Desk {
    conn: Connection,
    damage: Arc<Refused>,
    durability: Durability,
    next_message: i64,
    analyser: RefCell<Analyser>,
    /// A lost index is being made anew.
    rebuilding: bool,
    /// Something was written since the log was last folded into the file.
    dirty: bool,
}

impl Desk {
    fn new(conn: Connection, damage: Arc<Refused>) -> Result<Self, Error> {
        // Dense and never given twice: also above what was removed, which `home` remembers.
        let next_message = conn.query_row(
            "SELECT max(last_message, ifnull((SELECT max(id) FROM message), 0)) + 1 FROM home",
            [],
            |row| row.get(0),
        )?;
        Ok(Self {
            conn,
            damage,
            durability: Durability::Full,
            next_message,
            analyser: RefCell::new(Analyser::new()),
            rebuilding: false,
            dirty: true,
        })
    }

    /// Works until the queue is closed, and calls `closed` if the file was left clean.
    fn serve(mut self, queue: &Queue, closed: impl FnOnce()) {
        loop {
            match queue.next(self.rebuilding) {
                Next::Job(job) => job(&mut self),
                Next::IndexLost => self.forget_index(),
                Next::Nothing => {}
                Next::Idle => self.checkpoint(),
                Next::End => break,
            }
            if self.rebuilding {
                self.rebuild_some();
            }
        }
        self.dirty = true;
        self.checkpoint();
        // Before the connection goes and takes the log with it: a mark without a log means that somebody removed the log.
        if !self.dirty && self.damage.check().is_ok() {
            closed();
        }
    }

    fn transact<T>(
        &mut self,
        durability: Durability,
        f: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.damage.check()?;
        let outcome = self.transact_soundly(durability, f);
        if let Err(Error::Index { .. }) = &outcome {
            // Before the next job, which may count on it.
            self.forget_index();
        }
        self.damage.note(outcome)
    }

    /// Empties a damaged index; it is made anew from here on, a piece behind every job.
    fn forget_index(&mut self) {
        if self.rebuilding {
            // Others may meet the damage that is being mended.
            return;
        }
        tracing::error!("the search index is damaged and is made anew from the messages");
        match self.transact_soundly(Durability::Relaxed, |writer| Ok(soundness::forget(writer.conn)?)) {
            Ok(()) => self.rebuilding = true,
            Err(error) => tracing::error!(%error, "the search index could not be emptied"),
        }
    }

    fn rebuild_some(&mut self) {
        let step = self.transact_soundly(Durability::Relaxed, |writer| {
            Ok(index::reindex_step(writer.conn, &mut writer.analyser(), INDEXED)?)
        });
        match step {
            Ok(true) => {}
            Ok(false) => {
                self.rebuilding = false;
                tracing::info!("the search index is complete again");
            }
            Err(error) => {
                // How far it came is in the file: the next start goes on.
                self.rebuilding = false;
                tracing::error!(%error, "the search index could not be made anew");
            }
        }
    }

    fn transact_soundly<T>(
        &mut self,
        durability: Durability,
        f: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.durability != durability {
            let mode = if durability == Durability::Full { "FULL" } else { "NORMAL" };
            self.conn.pragma_update(None, "synchronous", mode)?;
            self.durability = durability;
        }
        let tx = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?;
        let writer = Writer {
            reader: Reader { conn: &tx },
            next_message: Cell::new(self.next_message),
            analyser: &self.analyser,
        };
        let value = f(&writer)?;
        let next_message = writer.next_message.get();
        tx.commit()?;
        self.next_message = next_message;
        self.dirty = true;
        Ok(value)
    }

    /// Folds the log into the file and empties it, unless somebody is reading from it.
    fn checkpoint(&mut self) {
        if !self.dirty {
            return;
        }
        let outcome = self
            .conn
            .busy_timeout(Duration::ZERO)
            .and_then(|()| self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
        match outcome {
            Ok(busy) => self.dirty = busy != 0,
            Err(cause) => tracing::warn!(%cause, "the log could not be folded into the inbox file"),
        }
        if let Err(cause) = self.conn.busy_timeout(Duration::from_secs(5)) {
            tracing::warn!(%cause, "the busy timeout could not be set");
        }
    }
}

impl crate::Store {
    /// Queues a transaction. It runs whether or not anybody waits for the receipt.
    pub fn write<T: Send + 'static>(
        &self,
        priority: Priority,
        durability: Durability,
        f: impl FnOnce(&Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Receipt<T> {
        self.inner.writer.submit(priority, durability, f)
    }

    /// How long the newest transactions of syncs took, oldest first; at most 4,096.
    pub fn sync_transaction_times(&self) -> Vec<Duration> {
        self.inner.writer.times()
    }
}
