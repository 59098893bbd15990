//! One page of questions or reviews: fetched, read row by row, ready to be handed over.

use dragoman_domain::incoming::{Cursor, Incoming, Page, Unreadable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::{Api, List, Window};
use super::map;
use super::walk::{Row, Turn, Walk};
use super::wire::Listed;
use crate::Failure;
use crate::lenient::each;

/// Threads with the marks that walking needs.
#[derive(Default)]
pub(super) struct Fetched {
    /// Good rows.
    pub(super) threads: Vec<Incoming>,
    /// Bad rows.
    pub(super) unreadable: Vec<Unreadable>,
    /// All rows, good ones first; which of the bad ones stood where decides nothing.
    pub(super) rows: Vec<Row>,
    /// How many await an answer in the whole shop, if the platform says it.
    pub(super) unanswered: Option<u64>,
}

/// Asks for a window of a list.
pub(super) async fn fetch(api: &Api, list: List, stream: &str, window: &Window) -> Result<Fetched, Failure> {
    let listed = api.list(list, window).await?;
    Ok(read(api, list, stream, listed, !window.answered))
}

/// Makes the next call of a walk: a window of the list, or how many rows one has.
pub(super) async fn go(
    api: &Api,
    list: List,
    stream: &str,
    (walk, answered): (&Walk, bool),
    deepest: u64,
) -> Result<(Fetched, Turn), Failure> {
    let window = walk.window(answered);
    if walk.counts() {
        let count = match api.count(list, &window).await {
            Ok(count) => Some(count),
            // Looking until nothing new comes has to do.
            Err(Failure::Refused { .. } | Failure::Unreadable { .. }) => None,
            Err(failure) => return Err(failure),
        };
        return Ok((Fetched::default(), walk.clone().counted(count)));
    }
    let fetched = fetch(api, list, stream, &window).await?;
    // The total is of the unanswered half only.
    let total = fetched.unanswered.filter(|_| !answered);
    let turn = walk.clone().turn(&fetched.rows, total, deepest)?;
    Ok((fetched, turn))
}

/// What to say of rows that the platform counts and does not show.
pub(super) fn incomplete(missing: u64) -> Failure {
    Failure::Incomplete { why: format!("Wildberries counts {missing} more rows than its list shows") }
}

/// Asks for a part of the archive of reviews.
pub(super) async fn fetch_archive(api: &Api, stream: &str, skip: u32, take: u32) -> Result<Fetched, Failure> {
    let listed = api.archived_reviews(skip, take).await?;
    Ok(read(api, List::Reviews, stream, listed, false))
}

fn read(api: &Api, list: List, stream: &str, listed: Listed, awaits: bool) -> Fetched {
    let terms = api.terms();
    let (threads, unreadable) = each(stream, "id", &listed.rows, |raw| match list {
        List::Questions => map::question(raw, &terms),
        List::Reviews => map::review::review(raw, awaits, &terms),
    });
    let good = threads.iter().map(|thread| Row {
        id: thread.remote_id.to_string(),
        second: thread.facts.started_at.map(|at| at.as_second()),
    });
    let bad = unreadable.iter().map(|item| Row { id: item.remote_id.clone(), second: None });
    let rows = good.chain(bad).collect();
    Fetched { threads, unreadable, rows, unanswered: listed.count_unanswered.map(|count| count.0) }
}

impl Fetched {
    /// The page to hand over, without rows the page before had already.
    pub(super) fn into_page(self, repeats: impl Fn(&str) -> bool, next: Cursor, more: bool) -> Page {
        let mut page = Page { conversations: self.threads, unreadable: self.unreadable, next, more, ..Page::default() };
        page.conversations.retain(|thread| !repeats(thread.remote_id.as_str()));
        page.unreadable.retain(|item| !repeats(&item.remote_id));
        page
    }
}

/// Reads a stream's cursor; one that cannot be read means starting over, which costs calls but loses nothing.
pub(super) fn read_cursor<T: DeserializeOwned>(cursor: &Cursor) -> Option<T> {
    serde_json::from_str(&cursor.0).ok()
}

/// Writes a stream's cursor.
pub(super) fn write_cursor(state: &impl Serialize) -> Cursor {
    // Fails only for types that JSON cannot express; an empty cursor starts over.
    Cursor(serde_json::to_string(state).unwrap_or_default())
}
