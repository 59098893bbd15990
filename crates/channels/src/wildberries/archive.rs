//! The archive of reviews: what was processed, and what nobody answered for a month. History, read once.
//!
//! It can only be counted through (`skip`). That loses nothing: rows come in at the top, so they push others down, and one is met twice
//! rather than never.

use dragoman_domain::incoming::{Cursor, Page};
use serde::{Deserialize, Serialize};

use super::client::Api;
use super::page::{fetch_archive, read_cursor, write_cursor};
use super::recent::Reach;
use super::walk::PAGE;
use crate::Failure;

/// Name of the stream.
pub(super) const STREAM: &str = "reviews_archive";

/// Where the stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    skip: u32,
    /// First and last id of the last page.
    #[serde(default)]
    last: Option<(String, String)>,
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
    let first = || State { floor: reach.floor(api.clock.now()), ..State::default() };
    let mut state: State = read_cursor(cursor).unwrap_or_else(first);
    match state.done {
        Some(Done::Wanted) if reach.deep => state = State { done: None, floor: None, last: None, ..state },
        Some(_) => return Ok(Page { next: write_cursor(&state), ..Page::default() }),
        None => {}
    }
    let fetched = fetch_archive(api, STREAM, state.skip, PAGE).await?;
    let rows = &fetched.rows;
    let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.id.clone(), last.id.clone()));
    if ends.is_some() && ends == state.last {
        return Err(Failure::Endless {
            why: "Wildberries hands out the same page of its archive again and again".to_owned(),
        });
    }
    state.last = ends;
    let oldest = rows.iter().filter_map(|row| row.second).min();
    let skip = state.skip.saturating_add(PAGE);
    if rows.len() < PAGE as usize || u64::from(skip) > deepest {
        state.done = Some(Done::All);
    } else if state.floor.is_some_and(|floor| oldest.is_some_and(|oldest| oldest < floor)) {
        // This page stays the next one's beginning: older history, if it is ever wanted, goes on from here.
        state.done = Some(Done::Wanted);
    } else {
        state.skip = skip;
    }
    let more = state.done.is_none();
    Ok(fetched.into_page(|_| false, write_cursor(&state), more))
}
