//! The streams of questions and of reviews that await an answer.
//!
//! A pass lists all of them and ends with a sweep: what it did not show was settled elsewhere. A pass that was shown fewer than are
//! counted has a word about it to say first. Between two passes one cheap call a minute asks for news: the flag
//! tells of what nobody has viewed, the count of everything else.

use std::time::Duration;

use dragoman_domain::incoming::{Cursor, Page};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::{Api, List, Window};
use super::page::{Fetched, fetch, go, incomplete, read_cursor, write_cursor};
use super::walk::{PAGE, Turn, Walk};
use crate::Failure;

/// How long it is told that a pass was shown fewer than are counted.
const TOLD: SignedDuration = SignedDuration::from_mins(2);

/// Name of a list's stream.
pub(super) const fn stream(list: List) -> &'static str {
    match list {
        List::Questions => "questions_unanswered",
        List::Reviews => "reviews_unanswered",
    }
}

/// Figures that steer the stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Longest time between two passes.
    pub(super) pass_every: Duration,
    /// How far `take + skip` may reach.
    pub(super) deepest: u64,
}

/// Where the stream stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
enum State {
    /// Going through the list.
    Pass { walk: Walk, seen: Option<Seen> },
    /// The pass was shown fewer than are counted, which is told for a moment before the rest.
    Short { since: Timestamp, seen: Seen },
    /// Nothing to do until something is new; the flag is asked first.
    Rest { seen: Seen },
    /// The flag says nothing is new; the count is asked next.
    Count { seen: Seen },
    /// The flag says something is new; what was asked since is listed next.
    News { seen: Seen },
}

/// What the newest look at the list showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    /// When the last pass began.
    passed: Timestamp,
    /// Second of the newest row.
    newest: Option<i64>,
    /// The rows of that second.
    top: Vec<String>,
    /// How many awaited an answer.
    unanswered: Option<u64>,
    /// How many were counted and not shown.
    #[serde(default)]
    missing: u64,
}

impl Seen {
    fn first(passed: Timestamp, page: &Fetched) -> Self {
        let mut seen = Self { passed, newest: None, top: Vec::new(), unanswered: page.unanswered, missing: 0 };
        seen.look(page);
        seen
    }

    fn look(&mut self, page: &Fetched) {
        let newest = page.rows.iter().filter_map(|row| row.second).max().max(self.newest);
        if newest != self.newest {
            self.top.clear();
        }
        self.newest = newest;
        let top = page
            .rows
            .iter()
            .filter(|row| row.second == newest && !self.top.contains(&row.id))
            .map(|row| row.id.clone());
        self.top.extend(top.collect::<Vec<_>>());
    }
}

/// One step: at most one call.
pub(super) async fn step(api: &Api, list: List, cursor: &Cursor, pace: Pace) -> Result<Page, Failure> {
    let now = api.clock.now();
    match read_cursor(cursor).unwrap_or_else(|| pass(now, 0)) {
        State::Rest { seen } if is_due(seen.passed, now, pace) => {
            go_on(api, list, whole(now, seen.missing), None, pace).await
        }
        State::Short { since, seen } if now.duration_since(since) < TOLD => Err(incomplete(seen.missing)),
        State::Short { seen, .. } => Ok(turn_to(&State::Rest { seen }, true)),
        State::Pass { walk, seen } => go_on(api, list, walk, seen, pace).await,
        State::Rest { seen } => {
            let next = if api.has_new(list).await? { State::News { seen } } else { State::Count { seen } };
            Ok(turn_to(&next, true))
        }
        State::Count { seen } => {
            let changed = seen.unanswered != Some(api.count_unanswered(list).await?);
            Ok(if changed { turn_to(&pass(now, seen.missing), true) } else { turn_to(&State::Rest { seen }, false) })
        }
        State::News { seen } => news(api, list, seen, now).await,
    }
}

fn whole(now: Timestamp, beyond: u64) -> Walk {
    Walk::new(now, None, None).beyond(beyond)
}

fn pass(now: Timestamp, beyond: u64) -> State {
    State::Pass { walk: whole(now, beyond), seen: None }
}

fn short(since: Timestamp, seen: Seen) -> State {
    if seen.missing == 0 { State::Rest { seen } } else { State::Short { since, seen } }
}

fn is_due(passed: Timestamp, now: Timestamp, pace: Pace) -> bool {
    Duration::try_from(now.duration_since(passed)).is_ok_and(|since| since >= pace.pass_every)
}

fn turn_to(state: &State, more: bool) -> Page {
    Page { next: write_cursor(state), more, ..Page::default() }
}

async fn go_on(api: &Api, list: List, walk: Walk, seen: Option<Seen>, pace: Pace) -> Result<Page, Failure> {
    let (fetched, turn) = go(api, list, stream(list), (&walk, false), pace.deepest).await?;
    // The first page's figures: whatever comes in or goes out later makes the count differ and is looked for then.
    let mut seen = seen.unwrap_or_else(|| Seen::first(walk.started, &fetched));
    let (started, told) = (walk.started, walk.told());
    let (next, sweep, left) = match turn {
        Turn::Next(next) => {
            let left = fetched.unanswered.map(|all| all.saturating_sub(next.met).div_ceil(u64::from(PAGE)));
            (State::Pass { walk: next, seen: Some(seen) }, None, left)
        }
        Turn::Done { missing } => {
            seen.missing = missing;
            // The sweep reads one by one what it did not see, so rows that were not shown do it no harm.
            let next = if missing == told { State::Rest { seen } } else { short(api.clock.now(), seen) };
            (next, Some(started), Some(0))
        }
    };
    let more = !matches!(next, State::Rest { .. });
    let page = fetched.into_page(|id| walk.repeats(id), write_cursor(&next), more);
    Ok(Page { sweep, left, ..page })
}

/// Lists what was written since the newest row we know. Anything that does not add up leads to a full pass.
async fn news(api: &Api, list: List, mut seen: Seen, now: Timestamp) -> Result<Page, Failure> {
    let window = Window { answered: false, from: seen.newest, to: None, skip: 0, take: PAGE };
    let fetched = fetch(api, list, stream(list), &window).await?;
    let known = seen.top.clone();
    let fresh = fetched.rows.iter().filter(|row| !known.contains(&row.id)).count();
    let expected = seen.unanswered.map(|count| count.saturating_add(u64::try_from(fresh).unwrap_or(u64::MAX)));
    let adds_up = fetched.rows.len() < PAGE as usize && fetched.unanswered == expected;
    seen.look(&fetched);
    seen.unanswered = fetched.unanswered;
    let next = if adds_up { State::Rest { seen } } else { pass(now, seen.missing) };
    Ok(fetched.into_page(|id| known.iter().any(|known| known == id), write_cursor(&next), !adds_up))
}
