//! The streams of answered questions, rejected ones among them, and of processed reviews: history first, then a recent window again and again.
//!
//! The window finds what was written and answered elsewhere between two looks. An old one that somebody answers elsewhere leaves
//! the unanswered list, and the sweep of that stream finds it.

use dragoman_domain::incoming::{Cursor, Page};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::{Api, List};
use super::page::{go, incomplete, read_cursor, write_cursor};
use super::walk::{Turn, Walk};
use crate::Failure;

/// Name of a list's stream.
pub(super) const fn stream(list: List) -> &'static str {
    match list {
        List::Questions => "questions_recent",
        List::Reviews => "reviews_recent",
    }
}

/// How long it is told that something was not shown before it is looked for again.
const TOLD: SignedDuration = SignedDuration::from_mins(15);
/// How far a window reaches back before the look that came before it: an answer may take days to show (moderation).
const OVERLAP: SignedDuration = SignedDuration::from_hours(72);

/// Figures that steer the stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Days of a first history.
    pub(super) history_days: u64,
    /// All history instead.
    pub(super) deep: bool,
    /// How far `take + skip` may reach.
    pub(super) deepest: u64,
}

impl Reach {
    /// The Unix second down to which history is wanted; `None` = all of it.
    pub(super) fn floor(self, now: Timestamp) -> Option<i64> {
        let hours = i64::try_from(self.history_days.saturating_mul(24)).unwrap_or(i64::MAX);
        (!self.deep).then(|| before(now, SignedDuration::from_hours(hours.min(24 * 36_500))))
    }
}

/// Where the stream stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// The walk under way; `None` between two looks.
    walk: Option<Walk>,
    /// When the newest look began.
    looked: Timestamp,
    /// The Unix second down to which history has been read, or is once the walk ends; `None` = all of it.
    floor: Option<i64>,
    /// Something met since the walk began could not be read, or was not shown: the next look goes over all of it once more.
    #[serde(default)]
    gap: bool,
    /// Since when it is told that a look was shown fewer than are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short: Option<Timestamp>,
    /// How many that were.
    #[serde(default)]
    missing: u64,
}

impl State {
    fn first(now: Timestamp, reach: Reach) -> Self {
        let floor = reach.floor(now);
        Self { walk: Some(Walk::once(now, floor, None)), looked: now, floor, gap: false, short: None, missing: 0 }
    }

    /// The next look after a finished walk: older history if all of it is wanted, else the recent window.
    fn again(self, now: Timestamp, reach: Reach) -> Self {
        match self.floor {
            Some(floor) if reach.deep => Self { walk: Some(Walk::once(now, None, Some(floor))), floor: None, ..self },
            floor => {
                let walk = if self.gap {
                    Walk::once(now, floor, None)
                } else {
                    Walk::new(now, Some(before(self.looked, OVERLAP)), None)
                };
                Self { walk: Some(walk), looked: now, floor, gap: false, ..self }
            }
        }
    }
}

pub(super) fn before(instant: Timestamp, by: SignedDuration) -> i64 {
    instant.saturating_sub(by).unwrap_or(Timestamp::MIN).as_second().max(0)
}

/// One step: one call.
pub(super) async fn step(api: &Api, list: List, cursor: &Cursor, reach: Reach) -> Result<Page, Failure> {
    let now = api.clock.now();
    let mut state = read_cursor(cursor).unwrap_or_else(|| State::first(now, reach));
    if let Some(since) = state.short {
        if now.duration_since(since) < TOLD {
            return Err(incomplete(state.missing));
        }
        state.short = None;
    }
    let walk = match state.walk.take() {
        Some(walk) => walk,
        None => {
            state = state.again(now, reach);
            state.walk.take().unwrap_or_else(|| Walk::new(now, None, None))
        }
    };
    let (fetched, turn) = go(api, list, stream(list), (&walk, true), reach.deepest).await?;
    state.gap |= !fetched.unreadable.is_empty();
    let more = match turn {
        Turn::Next(next) => {
            state.walk = Some(next);
            true
        }
        // All of it once more, unless that has brought no others already.
        Turn::Done { missing } if missing > 0 && missing != state.missing => {
            (state.gap, state.short, state.missing) = (true, Some(now), missing);
            true
        }
        Turn::Done { .. } => reach.deep && state.floor.is_some(),
    };
    Ok(fetched.into_page(|id| walk.repeats(id), write_cursor(&state), more))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    const SHALLOW: Reach = Reach { history_days: 90, deep: false, deepest: 10_000 };
    const DEEP: Reach = Reach { deep: true, ..SHALLOW };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window(state: &State) -> (Option<i64>, Option<i64>) {
        let window = state.walk.as_ref().unwrap().window(true);
        (window.from, window.to)
    }

    #[test]
    fn a_first_look_reads_the_packs_days_or_everything() {
        let now = at("2026-11-22T12:00:00Z");
        let floor = at("2026-08-24T12:00:00Z").as_second();
        assert_eq!(window(&State::first(now, SHALLOW)), (Some(floor), None));
        assert_eq!(window(&State::first(now, DEEP)), (None, None));
    }

    #[test]
    fn asking_for_all_history_later_goes_on_below_the_floor() {
        let now = at("2026-11-22T12:00:00Z");
        let mut state = State::first(now, SHALLOW);
        state.walk = None;
        let floor = state.floor;
        let deeper = state.again(now, DEEP);
        assert_eq!((window(&deeper), deeper.floor), ((None, floor), None));
    }

    #[test]
    fn what_could_not_be_read_is_gone_over_once_more() {
        let now = at("2026-11-01T00:00:00Z");
        let mut state = State::first(now, SHALLOW);
        let floor = state.floor;
        state.walk = None;
        state.gap = true;
        let again = state.again(at("2026-11-02T00:00:00Z"), SHALLOW);
        assert_eq!((window(&again), again.gap), ((floor, None), false));
    }

    #[test]
    fn later_looks_reach_back_before_the_look_that_came_before_however_long_ago_that_was() {
        let mut state = State::first(at("2026-11-01T00:00:00Z"), SHALLOW);
        state.walk = None;
        let later = state.again(at("2026-11-22T00:00:00Z"), SHALLOW);
        assert_eq!(window(&later), (Some(at("2026-10-29T00:00:00Z").as_second()), None));
        assert_eq!(later.looked, at("2026-11-22T00:00:00Z"));
    }
}
