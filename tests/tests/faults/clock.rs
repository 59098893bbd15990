//! C08: the wall clock is set anew by an hour, a day, ten years, in either direction, while answers wait for their next try and
//! deadlines run. Pace does not change, no storm breaks out, and no retry is planned further away than its cap.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dragoman_channels::clock::{Clock, ManualClock};
use dragoman_domain::outbox::backoff;
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, SignedDuration, Timestamp};
use dragoman_tests::house::figures::Figures;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

const SEED: u64 = 8;
/// Longest pause the outbox may plan by itself.
const CAP: SignedDuration = SignedDuration::from_mins(15);

/// A wall clock that somebody sets, over a monotonic one that nobody can.
struct Jumping {
    steady: ManualClock,
    /// Seconds the wall clock is wrong by.
    off: AtomicI64,
}

#[async_trait]
impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let off = SignedDuration::from_secs(self.off.load(Ordering::SeqCst));
        self.steady.now().saturating_add(off).unwrap_or(Timestamp::MAX)
    }

    fn tick(&self) -> Duration {
        self.steady.tick()
    }

    async fn sleep_until(&self, until: Timestamp) {
        while self.now() < until {
            tokio::task::yield_now().await;
        }
    }
}

const JUMPS: [i64; 10] = [3_600, -3_600, 86_400, -86_400, 315_576_000, -315_576_000, 1, -1, 10_800, -25_200];

#[test]
fn campaign_clock_jumps_bend_neither_pace_nor_rest() {
    let mut dice = StdRng::seed_from_u64(SEED);
    let (mut takes, mut early, mut longest) = (0_usize, 0_usize, Duration::ZERO);
    for channel in [Channel::Wildberries, Channel::Ozon] {
        let pack = RulePack::shipped(channel).unwrap();
        for name in pack.quotas.keys() {
            let clock = Arc::new(Jumping {
                steady: ManualClock::new("2026-11-22T09:00:00Z".parse().unwrap()),
                off: AtomicI64::new(0),
            });
            let limit =
                dragoman_channels::limits::Limit::new(&pack, name, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
            let rules = &pack.quotas[name];
            let (interval, burst) = (Duration::from_millis(rules.interval_ms()), rules.burst);
            let mut taken: Vec<Duration> = Vec::new();
            let mut banned_until = Duration::ZERO;
            for _ in 0..2_000 {
                clock.steady.advance(Duration::from_millis(dice.random_range(0..rules.interval_ms() * 2)));
                if dice.random_bool(0.2) {
                    clock.off.store(JUMPS[dice.random_range(0..JUMPS.len())], Ordering::SeqCst);
                }
                if dice.random_bool(0.01) {
                    let pause = Duration::from_secs(dice.random_range(1..60));
                    limit.refused(Some(pause));
                    banned_until = clock.tick() + pause;
                }
                match limit.take(dragoman_channels::limits::Priority::Send) {
                    Ok(()) => {
                        takes += 1;
                        early += usize::from(clock.tick() < banned_until);
                        taken.push(clock.tick());
                    }
                    Err(until) => {
                        let ahead = Duration::try_from(until.duration_since(clock.now())).unwrap_or_default();
                        longest = longest.max(ahead.saturating_sub(interval));
                    }
                }
            }
            // Never more in a stretch of time than the bucket holds and what flows in meanwhile.
            for first in 0..taken.len().saturating_sub(burst as usize) {
                let next = taken[first + burst as usize];
                early += usize::from(next - taken[first] < interval);
            }
        }
    }
    let mut retries = 0;
    let mut furthest = SignedDuration::ZERO;
    for failures in 0..10_000 {
        for jitter in [0, 500, 1_000] {
            retries += 1;
            furthest = furthest.max(backoff(failures, jitter));
        }
    }
    let mut figures = Figures::new("campaign_clock_jumps", SEED);
    figures.failures("requests too early in real terms", early, takes);
    figures.add("longest rest told", format!("{:.0} s", longest.as_secs_f64()));
    figures.add("longest retry planned", format!("{} s in {retries} plans", furthest.as_secs()));
    figures.print();
    assert_eq!(early, 0);
    assert!(takes > 1_000 && longest <= Duration::from_secs(60) && furthest <= CAP);
}
