//! A simulator's clock, followed over HTTP.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod mock;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dragoman_channels::clock::{Clock, ClockError, RemoteClock};
use dragoman_domain::Timestamp;
use mock::{Mock, Reply, nobody};

/// A clock whose `wait` jumps to the instant that is waited for, and which once reads a day too early.
async fn jumping_clock() -> Mock {
    let now = Arc::new(AtomicI64::new(1_000_000));
    Mock::start(move |seen| {
        if let Some((_, until)) = seen.query.split_once("until=") {
            let until = until.replace("%3A", ":");
            let until: Timestamp = until.parse().unwrap();
            now.fetch_max(until.as_second(), Ordering::SeqCst);
        }
        let second = now.load(Ordering::SeqCst);
        let second = if seen.path == "/clock/wait" { second } else { second - 86_400 };
        Reply::json(200, &serde_json::json!({"now": Timestamp::from_second(second).unwrap().to_string()}))
    })
    .await
}

#[tokio::test]
async fn a_sleep_lasts_until_the_simulators_clock_says_so_and_time_never_runs_back() {
    let mock = jumping_clock().await;
    let clock = RemoteClock::connect(&format!("{}/clock", mock.base)).await.unwrap();
    let until = Timestamp::from_second(1_000_000 + 7 * 86_400).unwrap();
    clock.sleep_until(until).await;
    assert!(clock.now() >= until);
    assert!(clock.tick() >= Duration::from_secs(7 * 86_400));
    // Wait for a refresh that reads a day too early: it must not move the hands.
    let before = mock.seen().len();
    while mock.seen().len() < before + 2 {
        tokio::task::yield_now().await;
    }
    assert!(clock.now() >= until);
}

#[tokio::test]
async fn an_instant_that_has_passed_needs_no_waiting() {
    let mock = jumping_clock().await;
    let clock = RemoteClock::connect(&format!("{}/clock", mock.base)).await.unwrap();
    clock.sleep_until(Timestamp::UNIX_EPOCH).await;
    assert!(mock.seen().iter().all(|seen| seen.path != "/clock/wait"));
}

#[tokio::test]
async fn a_clock_that_does_not_answer_is_an_error() {
    let url = format!("{}/clock", nobody().await);
    assert!(matches!(RemoteClock::connect(&url).await, Err(ClockError::Silent(_))));
}
