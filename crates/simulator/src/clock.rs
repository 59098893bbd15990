//! Virtual time: the wall clock with an offset, a clock moved by hand, or one that jumps when nothing else happens.
//!
//! Everything that takes time on a platform (quotas, lags, windows, moderation, buyers' answers) reads this clock,
//! so that virtual days pass in seconds and survive the death of the programs under test.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use crate::{sync::lock, time::after};

/// How long automatic time looks away from somebody who is at work.
const STILL_AT_WORK: Duration = Duration::from_millis(1);
/// How many looks in a row have to find everybody at rest. One look reads one thread after another and can miss work that one hands
/// to the next, or an answer that a loaded system has not delivered yet.
const LOOKS: u8 = 2;

/// How virtual time moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// With the wall clock, plus what was added by hand.
    Real,
    /// Only by hand.
    Manual,
    /// Stands still while a platform request is in flight; when all is quiet it jumps to the earliest pending wait.
    Auto,
}

/// The one clock of a simulator.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<State>,
    /// Tells waiters that time or mode has changed.
    moved: watch::Sender<()>,
    /// Tells the driver of automatic time that something began to wait or ended.
    stirred: Notify,
    quiet: Duration,
    idle: Option<fn() -> bool>,
}

#[derive(Debug)]
struct State {
    mode: ClockMode,
    /// Virtual time at `since`.
    base: Timestamp,
    since: Instant,
    waits: BTreeSet<(Timestamp, u64)>,
    next_wait: u64,
    in_flight: usize,
    active: Instant,
    /// Looks in a row since then that found everybody at rest.
    rests: u8,
    closed: bool,
}

impl State {
    fn now(&self) -> Timestamp {
        match self.mode {
            ClockMode::Real => {
                after(self.base, jiff::SignedDuration::try_from(self.since.elapsed()).unwrap_or_default())
            }
            ClockMode::Manual | ClockMode::Auto => self.base,
        }
    }

    /// Somebody did something.
    fn touch(&mut self) {
        self.active = Instant::now();
        self.rests = 0;
    }

    fn set(&mut self, to: Timestamp) {
        self.base = to;
        self.since = Instant::now();
    }
}

impl Clock {
    pub(crate) fn new(mode: ClockMode, start: Timestamp, quiet: Duration, idle: Option<fn() -> bool>) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            state: Mutex::new(State {
                mode,
                base: start,
                since: now,
                waits: BTreeSet::new(),
                next_wait: 0,
                in_flight: 0,
                active: now,
                rests: 0,
                closed: false,
            }),
            moved: watch::channel(()).0,
            stirred: Notify::new(),
            quiet,
            idle,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        lock(&self.state).now()
    }

    pub(crate) fn mode(&self) -> ClockMode {
        lock(&self.state).mode
    }

    /// Instants that somebody waits for, earliest first.
    pub(crate) fn waits(&self) -> Vec<Timestamp> {
        lock(&self.state).waits.iter().map(|&(until, _)| until).collect()
    }

    pub(crate) fn set_mode(&self, mode: ClockMode) {
        let mut state = lock(&self.state);
        let now = state.now();
        state.set(now);
        state.mode = mode;
        drop(state);
        self.announce();
    }

    /// Moves time, backwards too: a clock that jumps is one of the faults.
    pub(crate) fn set(&self, to: Timestamp) {
        lock(&self.state).set(to);
        self.announce();
    }

    /// Ends all waits at once.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.announce();
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    fn announce(&self) {
        self.moved.send_replace(());
        self.stirred.notify_one();
    }

    /// Marks a request as in flight until the guard is dropped.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        let mut state = lock(&self.state);
        state.in_flight += 1;
        state.touch();
        drop(state);
        Busy { clock: Arc::clone(self) }
    }

    /// Returns when virtual time has reached `until`.
    pub(crate) async fn wait_until(&self, until: Timestamp) {
        let mut moved = self.moved.subscribe();
        let _entry = self.register(until);
        loop {
            moved.mark_unchanged();
            let (now, mode, closed) = {
                let state = lock(&self.state);
                (state.now(), state.mode, state.closed)
            };
            if now >= until || closed {
                return;
            }
            // The sender lives as long as this clock, so `changed` cannot fail while we are here.
            match mode {
                ClockMode::Real => {
                    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                    let _ = tokio::time::timeout(left, moved.changed()).await;
                }
                ClockMode::Manual | ClockMode::Auto => {
                    let _ = moved.changed().await;
                }
            }
        }
    }

    fn register(&self, until: Timestamp) -> Wait<'_> {
        let mut state = lock(&self.state);
        let key = (until, state.next_wait);
        state.next_wait += 1;
        state.waits.insert(key);
        state.touch();
        drop(state);
        self.stirred.notify_one();
        Wait { clock: self, key }
    }

    /// Drives automatic time; runs as long as the simulator.
    pub(crate) async fn drive(self: Arc<Self>) {
        loop {
            self.stirred.notified().await;
            while let Some(rest) = self.jump_when_quiet() {
                tokio::time::sleep(rest).await;
            }
        }
    }

    /// Jumps if all has been quiet for long enough; else says how long to look away,
    /// or nothing if there is no reason to look again.
    fn jump_when_quiet(&self) -> Option<Duration> {
        let mut state = lock(&self.state);
        let &(until, _) = state.waits.first()?;
        if state.mode != ClockMode::Auto || state.in_flight > 0 || until <= state.base {
            return None;
        }
        let idle = state.active.elapsed();
        if idle < self.quiet {
            return Some(self.quiet.saturating_sub(idle));
        }
        if let Some(is_idle) = self.idle {
            state.rests = if is_idle() { state.rests + 1 } else { 0 };
            if state.rests < LOOKS {
                return Some(STILL_AT_WORK);
            }
            state.rests = 0;
        }
        state.set(until);
        drop(state);
        self.moved.send_replace(());
        None
    }
}

/// A request in flight; automatic time stands still while one exists.
#[derive(Debug)]
pub(crate) struct Busy {
    clock: Arc<Clock>,
}

impl Busy {
    /// Waits without holding automatic time: a delayed answer is itself something time may jump to.
    pub(crate) async fn wait_until(self, until: Timestamp) -> Self {
        let clock = Arc::clone(&self.clock);
        drop(self);
        clock.wait_until(until).await;
        clock.busy()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = lock(&self.clock.state);
        state.in_flight = state.in_flight.saturating_sub(1);
        state.touch();
        drop(state);
        self.clock.stirred.notify_one();
    }
}

struct Wait<'a> {
    clock: &'a Clock,
    key: (Timestamp, u64),
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.clock.state);
        state.waits.remove(&self.key);
        state.touch();
        drop(state);
        self.clock.stirred.notify_one();
    }
}
