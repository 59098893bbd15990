//! One page of questions: fetched, read row by row, ready to be handed over.

use dragoman_domain::incoming::{Cursor, Incoming, Page, Unreadable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::{Api, Window};
use super::map;
use super::walk::Row;
use crate::Failure;
use crate::lenient::each;

/// Questions with the marks that walking needs.
pub(super) struct Fetched {
    /// Good rows.
    pub(super) questions: Vec<Incoming>,
    /// Bad rows.
    pub(super) unreadable: Vec<Unreadable>,
    /// All rows, good ones first; which of the bad ones stood where decides nothing.
    pub(super) rows: Vec<Row>,
    /// How many await an answer in the whole shop, if the platform says it.
    pub(super) unanswered: Option<u64>,
}

/// Asks for a window of the list.
pub(super) async fn fetch(api: &Api, stream: &str, window: &Window) -> Result<Fetched, Failure> {
    let list = api.questions(window).await?;
    let (questions, unreadable) = each(stream, "id", &list.questions, map::question);
    let good = questions.iter().map(|question| Row {
        id: question.remote_id.to_string(),
        second: question.facts.started_at.map(|at| at.as_second()),
    });
    let bad = unreadable.iter().map(|item| Row { id: item.remote_id.clone(), second: None });
    let rows = good.chain(bad).collect();
    Ok(Fetched { questions, unreadable, rows, unanswered: list.count_unanswered.map(|count| count.0) })
}

impl Fetched {
    /// The page to hand over, without rows the page before had already.
    pub(super) fn into_page(self, repeats: impl Fn(&str) -> bool, next: Cursor, more: bool) -> Page {
        let mut page =
            Page { conversations: self.questions, unreadable: self.unreadable, next, more, ..Page::default() };
        page.conversations.retain(|question| !repeats(question.remote_id.as_str()));
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
