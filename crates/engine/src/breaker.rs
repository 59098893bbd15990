//! The breaker of each shop: a platform that is down is left alone by everything the shop does, and asked by one call at a time
//! whether it is back.
//!
//! Three faults in a row, by whatever reads or sends, open it. Then nothing leaves until its next try; that one call decides
//! whether it closes or rests longer. What waits meanwhile keeps its place: no try is spent and nothing is planned anew.
//!
//! Our own, because it has to run on the engine's clock and to let one single call through: of the crates of July 2026 `failsafe` and
//! `recloser` read the system's clock, and `reliakit-circuit` lets every caller try at once after a rest that never grows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dragoman_domain::outbox::{backoff, later};
use dragoman_domain::{ShopId, SignedDuration, Timestamp};

use crate::sync::StreamProblem;

/// Faults in a row that open a breaker: one may be chance, and a second is the try of it.
const FAULTS: u32 = 3;
/// Longest rest. Shorter than that of a single answer, because everything of the shop waits for it.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(5);
/// Longest time that one throttled answer holds back the others of its shop.
const LONGEST_HOLD: SignedDuration = SignedDuration::from_mins(1);
/// After this a try whose end nobody noted counts as ended; longer than any call lasts.
const TRY_LASTS: SignedDuration = SignedDuration::from_mins(2);

/// What an ended call says of its platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// It answered, if only to refuse.
    Answered,
    /// It is down or out of reach.
    Fault(StreamProblem),
    /// Nothing: our own pace, or a body that somebody in between may have written.
    Nothing,
}

/// Why a shop rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    /// Since when.
    pub(crate) since: Timestamp,
    /// When one call tries again.
    pub(crate) until: Timestamp,
    /// What the last call met.
    pub(crate) problem: StreamProblem,
}

#[derive(Debug, Default)]
struct State {
    faults: u32,
    rest: Option<Rest>,
    /// When the try began that is under way.
    trying: Option<Timestamp>,
    /// Until when the outbox waits for an answer that the platform asked to come later.
    throttled: Option<Timestamp>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

impl Breaker {
    /// Asks for leave to make a call.
    ///
    /// # Errors
    /// Why the shop rests, and until when.
    pub(crate) fn enter(&self, now: Timestamp) -> Result<(), Rest> {
        let state = &mut *self.state();
        match state.resting(now) {
            Some(rest) => Err(rest),
            None => {
                state.trying = state.rest.is_some().then_some(now);
                Ok(())
            }
        }
    }

    /// Notes how a call ended. `jitter` is 0..=1000 of the full rest. Tells whether the breaker opened or closed.
    pub(crate) fn leave(&self, word: Word, now: Timestamp, jitter: u16) -> bool {
        let state = &mut *self.state();
        let tried = state.trying.take().is_some();
        match word {
            Word::Nothing => false,
            Word::Answered => {
                state.faults = 0;
                state.rest.take().is_some()
            }
            Word::Fault(problem) => {
                state.faults = state.faults.saturating_add(1);
                // Calls that were open when it opened say nothing new.
                if state.faults < FAULTS || (state.rest.is_some() && !tried) {
                    return false;
                }
                let since = state.rest.as_ref().map_or(now, |rest| rest.since);
                let until = later(now, backoff(state.faults, jitter).min(LONGEST_REST));
                state.rest.replace(Rest { since, until, problem }).is_none()
            }
        }
    }

    /// Why nothing may leave now; `None` while the shop works, or once a try is due.
    pub(crate) fn resting(&self, now: Timestamp) -> Option<Rest> {
        self.state().resting(now)
    }

    /// Until when no answer leaves; `None` while they may. Those that would leave must not overtake one that was asked to wait.
    pub(crate) fn outbox_waits(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.state();
        let rest = state.resting(now).map(|rest| rest.until);
        rest.max(state.throttled.filter(|until| *until > now))
    }

    /// Notes that the platform asked an answer to come later. The others wait with it, for a while: the quota may be of its kind only.
    pub(crate) fn throttle(&self, until: Timestamp, now: Timestamp) {
        self.state().throttled = Some(until.min(later(now, LONGEST_HOLD)));
    }

    /// Lets the next call try, because a person asks.
    pub(crate) fn try_now(&self, now: Timestamp) {
        if let Some(rest) = &mut self.state().rest {
            rest.until = rest.until.min(now);
        }
    }

    /// Why the shop does not work, a try that is due or under way included.
    pub(crate) fn rest(&self) -> Option<Rest> {
        self.state().rest.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rest {
    /// The same for the streams' list of problems.
    pub(crate) fn told(self) -> StreamProblem {
        let Self { since, until, problem: StreamProblem { code, message } } = self;
        StreamProblem { code, message: format!("{message}; down since {since}, asked again at {until}") }
    }
}

impl State {
    fn resting(&self, now: Timestamp) -> Option<Rest> {
        let rest = self.rest.clone()?;
        if now < rest.until {
            return Some(rest);
        }
        let tried_until = later(self.trying?, TRY_LASTS);
        // Its end is near, one way or the other.
        (now < tried_until).then(|| Rest { until: later(now, SignedDuration::from_secs(1)), ..rest })
    }
}

/// The breakers of a home.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<HashMap<ShopId, Arc<Breaker>>>);

impl Breakers {
    pub(crate) fn of(&self, shop: ShopId) -> Arc<Breaker> {
        self.all().entry(shop).or_default().clone()
    }

    /// Forgets what was met with settings that have changed since.
    pub(crate) fn forget(&self, shop: ShopId) {
        self.all().remove(&shop);
    }

    /// The first instant at which answers of a shop may leave that have to wait now.
    pub(crate) fn next_try(&self, now: Timestamp) -> Option<Timestamp> {
        self.all().values().filter_map(|breaker| breaker.outbox_waits(now)).min()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ShopId, Arc<Breaker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::constant(second, 0)
    }

    fn fault() -> Word {
        Word::Fault(StreamProblem { code: "platform_fault".to_owned(), message: "503".to_owned() })
    }

    fn open() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAULTS {
            assert_eq!(breaker.enter(at(100)), Ok(()));
            breaker.leave(fault(), at(100), 1000);
        }
        breaker
    }

    #[test]
    fn three_faults_in_a_row_open_it_and_an_answer_in_between_does_not() {
        let breaker = Breaker::default();
        for word in [fault(), fault(), Word::Answered, fault(), Word::Nothing, fault()] {
            assert!(!breaker.leave(word, at(100), 1000));
        }
        assert_eq!(breaker.resting(at(100)), None);
        assert!(breaker.leave(fault(), at(100), 1000), "it tells that it opened");
        assert!(breaker.resting(at(100)).is_some());
    }

    #[test]
    fn one_call_tries_while_all_others_wait() {
        let breaker = open();
        let rest = breaker.resting(at(100)).map(|rest| rest.until);
        assert_eq!(rest, Some(at(108)));
        assert!(breaker.enter(at(107)).is_err());
        assert_eq!(breaker.enter(at(108)), Ok(()));
        assert!(breaker.enter(at(108)).is_err(), "a second call waits for the first");
        assert!(breaker.leave(Word::Answered, at(109), 1000), "it tells that it closed");
        assert_eq!(breaker.enter(at(109)), Ok(()));
    }

    #[test]
    fn a_try_in_vain_makes_the_rest_longer_up_to_its_bound() {
        let breaker = open();
        let (mut now, mut rests) = (at(100), Vec::new());
        for _ in 0..8 {
            let until = breaker.resting(now).map_or(now, |rest| rest.until);
            rests.push(until.duration_since(now).as_secs());
            now = until;
            assert_eq!(breaker.enter(now), Ok(()));
            assert!(!breaker.leave(fault(), now, 1000));
        }
        assert_eq!(rests, [8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(breaker.rest().map(|rest| rest.since), Some(at(100)));
    }

    #[test]
    fn a_call_that_began_before_it_opened_makes_no_rest_longer() {
        let breaker = open();
        let rest = breaker.rest();
        assert!(!breaker.leave(fault(), at(105), 1000));
        assert_eq!(breaker.rest(), rest);
    }

    #[test]
    fn a_try_whose_end_nobody_noted_is_made_again() {
        let breaker = open();
        assert_eq!(breaker.enter(at(108)), Ok(()));
        assert!(breaker.enter(at(227)).is_err());
        assert_eq!(breaker.enter(at(228)), Ok(()));
    }
}
