//! The way through a list of questions, reviews or claims: page by page, and after each page one by one those of its items of which
//! the list tells too little.
//!
//! The whole state is a small piece of JSON in the stream's cursor, written with every step. Nothing is owed to it: an item's mark is
//! handed over only by the step that completes it, so a pass begun anew finds everything again and skips what is done.

use std::collections::{HashMap, VecDeque};

use dragoman_domain::incoming::{Cursor, Incoming, Page, Unreadable};
use dragoman_domain::{RemoteId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ozon::detail::Detail;
use crate::ozon::trail::Trail;

/// A pass that rested longer than this is begun anew: list cursors are opaque and may have gone stale, and whatever blocked the
/// pass is met from a fresh start.
const STALE: SignedDuration = SignedDuration::from_mins(10);

/// Where a pass over a list stands.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pass {
    /// When the last step was made, or the one that is being made.
    at: Timestamp,
    /// When the pass began.
    began: Timestamp,
    /// Nothing older is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// Which of the stream's lists it goes through, one after the other.
    part: usize,
    /// Place of the page to come; `None` after the last page of the last list.
    next: Option<String>,
    /// Why the page to come cannot be asked for, although there should be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endless: Option<String>,
    trail: Trail,
    /// Items of this page of which more has to be read, the present one first.
    pending: VecDeque<Detail>,
    /// How many items the lists have, as the platform counted them; `None` = nobody knows, or fewer are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The platform was asked for it.
    #[serde(default)]
    counted: bool,
    /// How many of them were on the pages so far.
    #[serde(default)]
    met: u64,
}

/// What has to be asked next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// A page of one of the lists.
    List { part: usize, place: String },
    /// More of the present item.
    Detail,
    /// Nothing more can be asked, although the platform promises more.
    Endless(String),
    /// Nothing: the pass is over.
    Over,
}

/// An item of a page.
#[derive(Debug)]
pub(super) struct Row {
    /// What the list tells.
    pub(super) conversation: Incoming,
    /// How to learn the rest.
    pub(super) detail: Detail,
    /// The list tells too little of it even at the first time.
    pub(super) more: bool,
    /// It is to be read again although nothing tells that it has changed.
    pub(super) again: bool,
}

impl Pass {
    /// Goes on where the cursor stands, or begins anew where it says nothing usable. `since` is where a new pass ends.
    pub(super) fn resume(cursor: &Cursor, now: Timestamp, since: Option<Timestamp>) -> Self {
        let stored = serde_json::from_str::<Self>(&cursor.0).ok();
        let fresh = |pass: &Self| now.duration_since(pass.at).abs() <= STALE;
        // One that would end before what is wanted now is no use.
        let reaches = |pass: &Self| pass.since.is_none() || since.is_some();
        let pass = stored.filter(fresh).filter(reaches).unwrap_or_else(|| Self {
            began: now,
            // Whole seconds: the platform documents at most six decimals.
            since: since.and_then(|since| Timestamp::from_second(since.as_second()).ok()),
            next: Some(String::new()),
            ..Self::default()
        });
        Self { at: now, ..pass }
    }

    /// Whether this pass goes through everything and has not begun yet, so that the platform may be asked how much that is.
    pub(super) fn wants_total(&self) -> bool {
        self.since.is_none() && !self.counted && self.part == 0 && self.next.as_deref() == Some("")
    }

    /// Notes how many items there are.
    pub(super) fn count(&mut self, total: Option<u64>) {
        (self.total, self.counted) = (total, true);
    }

    /// What to ask next.
    pub(super) fn next(&self) -> Next {
        match (self.pending.front(), &self.next, &self.endless) {
            (Some(_), ..) => Next::Detail,
            (None, Some(place), _) => Next::List { part: self.part, place: place.clone() },
            (None, None, Some(why)) => Next::Endless(why.clone()),
            (None, None, None) => Next::Over,
        }
    }

    /// When the pass ends, and so what a later one is asked for.
    pub(super) const fn now(&self) -> Timestamp {
        self.at
    }

    /// Takes in a page: hands over what it tells and notes the items of which more has to be read. `following` is where the next
    /// page begins, `parts` how many lists the stream has.
    pub(super) fn take_page(
        &mut self,
        rows: Vec<Row>,
        following: Option<String>,
        marks: &HashMap<RemoteId, String>,
        parts: usize,
    ) -> Vec<Incoming> {
        self.turn_page(following, parts);
        self.met = self.met.saturating_add(u64::try_from(rows.len()).unwrap_or_default());
        let mut told = Vec::with_capacity(rows.len());
        for Row { mut conversation, detail, more, again } in rows {
            let known = marks.get(&conversation.remote_id);
            let changed = known.is_none_or(|known| *known != detail.mark);
            if !changed && !again {
                conversation.messages.clear();
                // Its own page knew better: the list does not see a comment that moderation refused.
                conversation.facts.settled = None;
            } else if !detail.is_done() && (more || known.is_some() || again) {
                // What is here already comes from the item's own page, with the pictures that the list leaves out.
                if known.is_some() && detail.brings_the_whole() {
                    conversation.messages.clear();
                }
                self.pending.push_back(detail);
            } else {
                conversation.mark = Some(detail.mark);
            }
            told.push(conversation);
        }
        told
    }

    fn turn_page(&mut self, following: Option<String>, parts: usize) {
        let asked = self.next.take().unwrap_or_default();
        match following.map(|next| self.trail.follow(&asked, next)) {
            Some(Ok(next)) => self.next = Some(next),
            Some(Err(fault)) => self.endless = Some(format!("the list {fault}")),
            None if self.part + 1 < parts => {
                self.part += 1;
                self.trail = Trail::default();
                self.next = Some(String::new());
            }
            None => {}
        }
    }

    /// The item of which more has to be read.
    pub(super) fn present(&mut self) -> Option<&mut Detail> {
        self.pending.front_mut()
    }

    /// Takes the present item off the list if all of it has been read.
    pub(super) fn done_with_step(&mut self) {
        self.pending.pop_front_if(|detail| detail.is_done());
    }

    /// Leaves the present item for another pass, and says so.
    pub(super) fn give_up(&mut self, stream: &str, cause: String) -> Option<Unreadable> {
        let id = self.pending.pop_front()?.id;
        Some(Unreadable { stream: stream.to_owned(), remote_id: id.0, cause, raw: String::new() })
    }

    /// Ends the step. A pass that `sweeps` has seen everything that awaits an answer.
    pub(super) fn page(self, conversations: Vec<Incoming>, unreadable: Vec<Unreadable>, sweeps: bool) -> Page {
        let more = self.next() != Next::Over;
        let left = self.pending.len() + usize::from(self.next.is_some());
        let to_come = self.total.map(|total| if more { total.saturating_sub(self.met) } else { 0 });
        Page {
            conversations,
            unreadable,
            more,
            sweep: (sweeps && !more).then_some(self.began),
            left: u64::try_from(left).ok(),
            to_come,
            next: Cursor(if more { serde_json::to_string(&self).unwrap_or_default() } else { String::new() }),
        }
    }
}

#[cfg(test)]
mod tests;
