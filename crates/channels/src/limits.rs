//! Pace: one [`Limit`] per quota of the rule pack, counted on the monotonic clock.
//!
//! A limit never sleeps. It says yes, or when to ask again; who waits is the engine's business. Everything of one shop shares
//! its limits, so sends keep a token in reserve that reads leave alone, and look-ups stand behind both.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dragoman_domain::rules::RulePack;
use jiff::{SignedDuration, Timestamp};

use crate::Failure;
use crate::clock::Clock;

/// Longest rest a platform can impose: a larger figure is a fault of its own (reliability rule 8).
const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asks; decides how many tokens stay behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// An answer to a buyer: may take the last token.
    Send,
    /// Reading conversations: leaves one.
    Read,
    /// Product and order facts: leaves two.
    LookUp,
}

impl Priority {
    const fn leaves(self) -> u32 {
        match self {
            Self::Send => 0,
            Self::Read => 1,
            Self::LookUp => 2,
        }
    }
}

/// A token bucket at our own pace.
pub struct Limit {
    clock: Arc<dyn Clock>,
    interval: Duration,
    burst: u32,
    rest: Duration,
    /// The tick at which the bucket is full again. One number is the whole state: tokens missing = time left / interval.
    full_at: Mutex<Duration>,
}

impl Limit {
    /// The limit for a quota of a pack.
    ///
    /// # Errors
    /// [`Failure::Setup`] if the pack has no such quota.
    pub fn new(pack: &RulePack, quota: &str, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let rules = pack.quotas.get(quota).ok_or_else(|| Failure::Setup {
            field: "rules".to_owned(),
            why: format!("the rule pack for {} has no quota `{quota}`; restore it from the shipped pack", pack.channel),
        })?;
        Ok(Self {
            clock,
            interval: Duration::from_millis(rules.interval_ms()),
            burst: rules.burst,
            rest: Duration::from_millis(rules.rest_ms).min(LONGEST_REST),
            full_at: Mutex::new(Duration::ZERO),
        })
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The instant at which to ask again.
    pub fn take(&self, priority: Priority) -> Result<(), Timestamp> {
        let now = self.clock.tick();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A bucket too small for a reserve keeps none, or nobody but sends would ever get a token.
        let needed = 1 + priority.leaves().min(self.burst.saturating_sub(1));
        let allowed_at = full_at.saturating_sub(self.interval.saturating_mul(self.burst.saturating_sub(needed)));
        if allowed_at > now {
            return Err(self.instant(allowed_at.saturating_sub(now)));
        }
        *full_at = (*full_at).max(now).saturating_add(self.interval);
        Ok(())
    }

    /// The platform refused for want of quota: rests for the pause it names, or the pack's where it names none, and starts
    /// again with a single token. Never shortens a rest that is already under way. Returns when to ask again.
    pub fn refused(&self, pause: Option<Duration>) -> Timestamp {
        let now = self.clock.tick();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = pause.filter(|pause| *pause <= LONGEST_REST).unwrap_or(self.rest);
        let missing = self.interval.saturating_mul(self.burst.saturating_sub(1));
        *full_at = (*full_at).max(now.saturating_add(pause).saturating_add(missing));
        self.instant(full_at.saturating_sub(missing).saturating_sub(now))
    }

    fn instant(&self, ahead: Duration) -> Timestamp {
        let ahead = SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX);
        self.clock.now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use dragoman_domain::Channel;

    use super::*;
    use crate::clock::ManualClock;

    /// 3 a second at 80 %: one token every 417 ms, six at once.
    fn limit() -> (Arc<ManualClock>, Limit) {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let limit = Limit::new(&pack, "feedbacks", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        (clock, limit)
    }

    fn taken(limit: &Limit, priority: Priority) -> usize {
        std::iter::from_fn(|| limit.take(priority).ok()).take(100).count()
    }

    #[test]
    fn reads_leave_a_token_for_sends_and_look_ups_leave_two() {
        let (_, limit) = limit();
        assert_eq!(taken(&limit, Priority::LookUp), 4);
        assert_eq!(taken(&limit, Priority::Read), 1);
        assert_eq!(taken(&limit, Priority::Send), 1);
    }

    #[test]
    fn an_empty_bucket_says_when_to_ask_again_and_is_right() {
        let (clock, limit) = limit();
        taken(&limit, Priority::Send);
        let at = limit.take(Priority::Send).unwrap_err();
        assert_eq!(at, Timestamp::from_millisecond(417).unwrap());
        clock.advance_to(at);
        assert_eq!(limit.take(Priority::Send), Ok(()));
        assert!(limit.take(Priority::Send).is_err());
    }

    #[test]
    fn the_long_run_keeps_our_pace() {
        let (clock, limit) = limit();
        let mut calls = 0;
        for _ in 0..60_000 {
            clock.advance(Duration::from_millis(1));
            calls += u32::from(limit.take(Priority::Send).is_ok());
        }
        assert!((143..=150).contains(&calls), "{calls} calls in a minute");
    }

    #[test]
    fn a_refusal_is_obeyed_and_never_shortened() {
        let (clock, limit) = limit();
        let long = limit.refused(Some(Duration::from_secs(90)));
        assert_eq!(long, Timestamp::from_second(90).unwrap());
        assert_eq!(limit.refused(Some(Duration::from_secs(5))), long);
        assert_eq!(limit.take(Priority::Send), Err(long));
        clock.advance_to(long);
        assert_eq!(taken(&limit, Priority::Send), 1, "one token after a rest, not a burst");
    }

    #[test]
    fn a_refusal_without_a_sane_pause_rests_as_the_pack_says() {
        for pause in [None, Some(Duration::from_secs(400 * 24 * 60 * 60)), Some(Duration::MAX)] {
            let (_, limit) = limit();
            assert_eq!(limit.refused(pause), Timestamp::from_second(60).unwrap(), "{pause:?}");
        }
    }

    #[test]
    fn a_bucket_of_one_still_serves_everybody() {
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let limit = Limit::new(&pack, "analytics", clock).unwrap();
        assert_eq!(limit.take(Priority::LookUp), Ok(()));
    }

    #[test]
    fn a_pack_without_the_quota_is_a_setup_fault() {
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        assert!(matches!(Limit::new(&pack, "nothing", clock), Err(Failure::Setup { .. })));
    }
}
