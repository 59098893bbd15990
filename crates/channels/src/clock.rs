//! Time as an argument: the machine's own, a simulator's, or one that a test turns by hand.
//!
//! Instants ([`Clock::now`]) are for what people see and what platforms compare; pace is measured on [`Clock::tick`], which a
//! changed wall clock cannot bend.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::http::{install_tls, is_loopback};

/// How often a [`RemoteClock`] asks for the time between two waits; its `now` is at most this much behind.
const REFRESH: Duration = Duration::from_millis(100);
/// Longest single sleep of the [`SystemClock`]: a wall clock that was set anew is noticed after it.
const NAP: Duration = Duration::from_secs(30);

/// What time it is, and waiting for it to pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary start; never goes backwards.
    fn tick(&self) -> Duration;

    /// Returns once `now` has reached the instant.
    async fn sleep_until(&self, until: Timestamp);

    /// Whether this time is made up, so that nothing real may be done by it.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is passed")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn tick(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep_until(&self, until: Timestamp) {
        while let Ok(left) = Duration::try_from(until.duration_since(self.now())) {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}

/// Time that only moves when somebody moves it, and never backwards.
#[derive(Debug)]
struct Hands {
    start: Timestamp,
    now: watch::Sender<Timestamp>,
}

impl Hands {
    fn new(start: Timestamp) -> Self {
        Self { start, now: watch::Sender::new(start) }
    }

    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn tick(&self) -> Duration {
        Duration::try_from(self.now().duration_since(self.start)).unwrap_or_default()
    }

    fn advance_to(&self, at: Timestamp) {
        self.now.send_if_modified(|now| {
            let later = at > *now;
            if later {
                *now = at;
            }
            later
        });
    }

    async fn reach(&self, until: Timestamp) {
        // The sender lives in `self`, so the channel cannot be closed while we wait on it.
        let _ = self.now.subscribe().wait_for(|now| *now >= until).await;
    }
}

/// A clock that tests turn by hand.
#[derive(Debug)]
pub struct ManualClock(Hands);

impl ManualClock {
    /// A clock that shows the instant until it is advanced.
    pub fn new(at: Timestamp) -> Self {
        Self(Hands::new(at))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.advance_to(self.0.now().saturating_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Moves on to an instant; an earlier one changes nothing.
    pub fn advance_to(&self, at: Timestamp) {
        self.0.advance_to(at);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn tick(&self) -> Duration {
        self.0.tick()
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.0.reach(until).await;
    }
}

/// Why a simulator's clock cannot be used.
#[derive(Debug, Error)]
pub enum ClockError {
    /// Only clocks on this machine are followed.
    #[error("a clock address must be plain http on this machine, for example http://127.0.0.1:4000/clock")]
    NotLoopback,
    /// It did not answer with a time.
    #[error("the clock does not answer: {0}")]
    Silent(#[source] reqwest::Error),
}

/// A simulator's clock, followed over HTTP: `GET URL` tells the time, `GET URL/wait?until=T` answers once T has come.
pub struct RemoteClock {
    dial: Dial,
    keeper: JoinHandle<()>,
}

#[derive(Clone)]
struct Dial {
    http: reqwest::Client,
    url: Url,
    hands: Arc<Hands>,
}

#[derive(Deserialize)]
struct Reading {
    now: Timestamp,
}

impl RemoteClock {
    /// Reads the clock once and goes on following it until dropped.
    ///
    /// # Errors
    /// [`ClockError`] if the address is not on this machine or nothing there tells the time.
    pub async fn connect(url: &str) -> Result<Self, ClockError> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| url.scheme() == "http" && is_loopback(url))
            .ok_or(ClockError::NotLoopback)?;
        install_tls();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().map_err(ClockError::Silent)?;
        let reading = read(http.get(url.clone())).await.map_err(ClockError::Silent)?;
        let dial = Dial { http, url, hands: Arc::new(Hands::new(reading.now)) };
        let keeper = tokio::spawn(dial.clone().follow());
        Ok(Self { dial, keeper })
    }
}

impl Drop for RemoteClock {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Dial {
    /// Plain readings only: a pending `wait` would count as somebody waiting, and an automatic clock runs towards those.
    async fn follow(self) {
        loop {
            tokio::time::sleep(REFRESH).await;
            if let Ok(reading) = read(self.http.get(self.url.clone())).await {
                self.hands.advance_to(reading.now);
            }
        }
    }

    async fn wait(&self, until: Timestamp) {
        let wait = format!("{}/wait", self.url.as_str().trim_end_matches('/'));
        while self.hands.now() < until {
            match read(self.http.get(&wait).query(&[("until", until.to_string())])).await {
                Ok(reading) => self.hands.advance_to(reading.now),
                // A clock that has gone stands still; asking again at once would only burn the processor.
                Err(_) => tokio::time::sleep(REFRESH).await,
            }
        }
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Reading, reqwest::Error> {
    request.send().await?.error_for_status()?.json().await
}

#[async_trait]
impl Clock for RemoteClock {
    fn is_simulated(&self) -> bool {
        true
    }

    fn now(&self) -> Timestamp {
        self.dial.hands.now()
    }

    fn tick(&self) -> Duration {
        self.dial.hands.tick()
    }

    async fn sleep_until(&self, until: Timestamp) {
        tokio::select! {
            () = self.dial.wait(until) => {}
            () = self.dial.hands.reach(until) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_hands_reach_its_instant() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let until = "1970-01-01T00:01:00Z".parse().unwrap();
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(until).await }
        });
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.tick(), Duration::from_secs(60));
    }

    #[test]
    fn time_never_goes_backwards() {
        let start = "2026-11-22T00:00:00Z".parse().unwrap();
        let clock = ManualClock::new(start);
        clock.advance_to(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), start);
    }

    #[tokio::test]
    async fn only_clocks_on_this_machine_are_followed() {
        for url in ["http://clock.example/now", "https://127.0.0.1/clock", "not an address"] {
            assert!(matches!(RemoteClock::connect(url).await, Err(ClockError::NotLoopback)), "{url}");
        }
    }
}
