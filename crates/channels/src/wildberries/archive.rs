//! The archive of reviews: what was processed, and what nobody answered for a month. History, read once.
//!
//! It can only be counted through (`skip`). That loses nothing: rows come in at the top, so they push others down, and one is met twice
//! rather than never. The platform does not say how many there are, so a short page is asked for again, and is the last one only if
//! nothing comes after it; what a page in the midst stays short of is told at the end.

use std::collections::BTreeSet;

use dragoman_domain::incoming::{Cursor, Page};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::Api;
use super::page::{fetch_archive, incomplete, read_cursor, write_cursor};
use super::recent::Reach;
use super::walk::{PAGE, WORTH_COUNTING};
use crate::Failure;

/// Name of the stream.
pub(super) const STREAM: &str = "reviews_archive";

/// How often a short page is asked for.
const LOOKS: u32 = 2;
/// How long it is told that something was not shown before all of it is read again.
const TOLD: SignedDuration = SignedDuration::from_hours(6);

/// Where the stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    skip: u32,
    /// First and last id of the last page.
    #[serde(default)]
    last: Option<(String, String)>,
    /// Looks at the page to come, which came short in each of them.
    #[serde(default)]
    looks: u32,
    /// Ids they brought.
    #[serde(default)]
    met: BTreeSet<String>,
    /// What the page before came short of; it lacks them if anything follows.
    #[serde(default)]
    lacking: u64,
    /// Rows that pages in the midst came short of.
    #[serde(default)]
    missing: u64,
    /// Since when it is told that the reading ended with rows missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short: Option<Timestamp>,
    /// All of it has been read once more for their sake.
    #[serde(default)]
    again: bool,
    /// The Unix second down to which history is wanted; `None` = all of it.
    #[serde(default)]
    floor: Option<i64>,
    /// It has been read as far as it was wanted, or as far as it goes.
    #[serde(default)]
    done: Option<Done>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    /// Older reviews were not wanted.
    Wanted,
    /// There are no older ones.
    All,
}

/// One step: one call, or none once the archive has been read. `deepest` is how many rows may be skipped.
pub(super) async fn step(api: &Api, cursor: &Cursor, reach: Reach, deepest: u64) -> Result<Page, Failure> {
    let now = api.clock.now();
    let mut state: State = read_cursor(cursor).unwrap_or_else(|| State { floor: reach.floor(now), ..State::default() });
    match (state.short, state.done) {
        (Some(since), _) if now.duration_since(since) < TOLD => return Err(incomplete(state.missing)),
        (Some(_), _) if !state.again => state = State { floor: state.floor, again: true, ..State::default() },
        (_, Some(Done::Wanted)) if reach.deep => {
            state = State { skip: state.skip, ..State::default() };
        }
        (_, Some(_)) => return Ok(Page { next: write_cursor(&state), ..Page::default() }),
        (_, None) => {}
    }
    let fetched = fetch_archive(api, STREAM, state.skip, PAGE).await?;
    let rows = &fetched.rows;
    let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.id.clone(), last.id.clone()));
    if ends.is_some() && ends == state.last {
        return Err(Failure::Endless {
            why: "Wildberries hands out the same page of its archive again and again".to_owned(),
        });
    }
    let seconds = || rows.iter().filter_map(|row| row.second);
    // In another order than the one asked for, one old row says nothing about those behind it.
    let in_order = seconds().is_sorted_by(|newer, older| newer >= older);
    let beyond = if in_order { seconds().min() } else { seconds().max() };
    let wanted = state.floor.zip(beyond).is_none_or(|(floor, second)| second >= floor);
    if !rows.is_empty() {
        state.missing = state.missing.saturating_add(std::mem::take(&mut state.lacking));
    }
    state.met.extend(rows.iter().map(|row| row.id.clone()));
    let met = u64::try_from(state.met.len()).unwrap_or(u64::MAX);
    let lacking = u64::from(PAGE).saturating_sub(met);
    let skip = state.skip.saturating_add(PAGE);
    state.last = ends;
    if lacking > 0 && met >= WORTH_COUNTING && wanted && state.looks + 1 < LOOKS {
        (state.looks, state.last) = (state.looks + 1, None);
    } else if rows.is_empty() || (lacking > 0 && met < WORTH_COUNTING) || u64::from(skip) > deepest {
        state.done = Some(Done::All);
    } else if !wanted {
        // This page stays the next one's beginning: older history, if it is ever wanted, goes on from here.
        state.done = Some(Done::Wanted);
        (state.looks, state.last) = (0, None);
        state.met.clear();
    } else {
        (state.skip, state.looks, state.lacking) = (skip, 0, lacking);
        state.met.clear();
    }
    state.short = (state.done.is_some() && state.missing > 0).then_some(now);
    let more = state.done.is_none() || state.short.is_some();
    Ok(fetched.into_page(|_| false, write_cursor(&state), more))
}
