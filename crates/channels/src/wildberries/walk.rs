//! Going through a list of questions or reviews from the newest to the oldest, without losing any that move meanwhile.
//!
//! Counting rows (`skip`) would lose some: every one that is answered while we walk pulls the rest of the unanswered list up by
//! one. So each page is asked by date, from the second of the last row on; `skip` only helps over a second in which more was
//! written than fits on a page.
//!
//! That trusts the order asked for. A page in another order, or pages that come short of what the platform counts, turn the walk
//! into a sifting by dates and counts (`sift`), which trusts neither.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Window;
use super::sift::{Sift, Span};
use crate::Failure;

/// Rows of a page. The platform allows 10,000 questions and 5,000 reviews; a store writes some hundred at a time without holding up a reply.
pub(super) const PAGE: u32 = 500;
/// Fewer rows than this are not held against the platform's count: nobody has been seen to cut pages this short, and what one look
/// misses of so few the next one brings.
pub(super) const WORTH_COUNTING: u64 = 50;

/// Where a walk stands; stored between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// When it began.
    pub(super) started: Timestamp,
    /// Nothing older than this Unix second is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    /// Nothing newer than this Unix second is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top: Option<i64>,
    /// Nothing newer than this Unix second is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<i64>,
    #[serde(default)]
    skip: u32,
    /// Ids of the last page that the next one repeats, because seconds overlap.
    #[serde(default)]
    edge: Vec<String>,
    /// First and last id of the last page.
    #[serde(default)]
    last: Option<(String, String)>,
    /// Rows met so far.
    #[serde(default)]
    pub(super) met: u64,
    /// Pages read so far.
    #[serde(default)]
    pages: u32,
    /// Nothing read later makes up for what this walk misses, so even one page of it is held against the platform's count.
    #[serde(default)]
    once: bool,
    /// The least the platform said the whole list has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The last page was shorter than asked for.
    #[serde(default)]
    short: bool,
    /// So many were counted and not shown by the walk before, which was told: no more of them, no more to tell.
    #[serde(default)]
    beyond: u64,
    /// A page came short and was not the last.
    #[serde(default)]
    torn: bool,
    /// What is left is sifted instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sift: Option<Box<Sift>>,
}

/// A row of a page, as far as walking needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    /// The Unix second it was written in; `None` if the row could not be read.
    pub(super) second: Option<i64>,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Another page, or another count.
    Next(Walk),
    /// Nothing is left but so many rows that the platform counts and does not show.
    Done { missing: u64 },
}

impl Walk {
    /// A walk from `to` (or the newest) down to `from` (or the oldest).
    pub(super) const fn new(started: Timestamp, from: Option<i64>, to: Option<i64>) -> Self {
        Self {
            started,
            from,
            top: to,
            to,
            skip: 0,
            edge: Vec::new(),
            last: None,
            met: 0,
            pages: 0,
            once: false,
            total: None,
            short: false,
            beyond: 0,
            torn: false,
            sift: None,
        }
    }

    /// The same, where nothing read later makes up for what it misses.
    pub(super) fn once(started: Timestamp, from: Option<i64>, to: Option<i64>) -> Self {
        Self { once: true, ..Self::new(started, from, to) }
    }

    /// The same after a walk that was shown so many fewer than were counted.
    pub(super) fn beyond(self, beyond: u64) -> Self {
        Self { beyond, ..self }
    }

    /// How many more were counted than shown, as has been told already.
    pub(super) const fn told(&self) -> u64 {
        self.beyond
    }

    /// What to ask for now.
    pub(super) fn window(&self, answered: bool) -> Window {
        let (from, to, skip) = match self.sift.as_deref().and_then(Sift::at) {
            Some((span, skip)) => (span.from, span.to, skip.unwrap_or_default()),
            None => (self.from, self.to, self.skip),
        };
        Window { answered, from, to, skip, take: PAGE }
    }

    /// Whether the rows of the window are to be counted, not listed.
    pub(super) fn counts(&self) -> bool {
        self.sift.as_deref().and_then(Sift::at).is_some_and(|(_, skip)| skip.is_none())
    }

    /// Whether the last page had this row already.
    pub(super) fn repeats(&self, id: &str) -> bool {
        match &self.sift {
            Some(sift) => sift.repeats(id),
            None => self.edge.iter().any(|known| known == id),
        }
    }

    /// Takes note of how many rows the window has; `None` if the platform does not tell.
    pub(super) fn counted(mut self, count: Option<u64>) -> Turn {
        let latest = self.started.as_second();
        if let Some(sift) = &mut self.sift {
            sift.counted(count, latest);
        }
        self.sifted()
    }

    /// Takes note of a page. `total` is how many rows the platform says the whole list has, `deepest` how far `take + skip` may
    /// reach.
    ///
    /// # Errors
    /// [`Failure::Endless`] if the pages do not lead anywhere.
    pub(super) fn turn(mut self, rows: &[Row], total: Option<u64>, deepest: u64) -> Result<Turn, Failure> {
        if let Some(sift) = &mut self.sift {
            sift.listed(rows, deepest)?;
            return Ok(self.sifted());
        }
        if !in_order(rows) {
            tracing::warn!(page = self.pages, "Wildberries does not keep the order asked for");
            return Ok(self.sift_the_rest());
        }
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let fresh = ids.iter().filter(|id| !self.repeats(id)).count();
        self.met = self.met.saturating_add(u64::try_from(fresh).unwrap_or(u64::MAX));
        self.pages = self.pages.saturating_add(1);
        self.total = total.map(|total| self.total.map_or(total, |least| least.min(total)));
        self.torn |= self.short && fresh > 0;
        self.short = rows.len() < PAGE as usize;
        // A short page is the last one, unless the platform itself counts more: then it may cap pages below what we ask.
        let more_counted = total.is_some_and(|total| self.met < total);
        if self.short && (fresh == 0 || !more_counted) {
            return Ok(self.ended());
        }
        let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.id.clone(), last.id.clone()));
        // The seconds a page repeats may be all it has; a page that comes again although it was skipped is another matter.
        if self.skip > 0 && ends == self.last {
            return Err(Failure::Endless { why: "Wildberries hands out the same page again and again".to_owned() });
        }
        self.last = ends;
        // One second more than needed: whether the bound itself is included is not documented.
        let oldest = rows.iter().filter_map(|row| row.second).min();
        match oldest.and_then(|second| second.checked_add(1)) {
            Some(to) if self.to.is_none_or(|before| to < before) => {
                self.edge = rows
                    .iter()
                    .filter(|row| row.second.is_none_or(|second| second <= to))
                    .map(|row| row.id.clone())
                    .collect();
                self.to = Some(to);
                self.skip = 0;
            }
            _ => {
                self.skip = self.skip.saturating_add(u32::try_from(rows.len()).unwrap_or(PAGE).min(PAGE));
                if u64::from(self.skip) + u64::from(PAGE) > deepest {
                    let why = format!(
                        "Wildberries shows more than {deepest} rows of one second, or ignores the dates asked for"
                    );
                    return Err(Failure::Endless { why });
                }
            }
        }
        Ok(Turn::Next(self))
    }

    /// The list has shown its last row. Where it came short of what the platform says, or said nothing and cannot be gone through
    /// again, one count tells whether that was all of it.
    fn ended(mut self) -> Turn {
        let doubtful = match self.total {
            Some(total) => self.met.saturating_add(self.beyond) < total,
            None => self.once || self.pages > 1,
        };
        if !doubtful || (!self.torn && self.met < WORTH_COUNTING) {
            return Turn::Done { missing: self.beyond };
        }
        let whole = Span { from: self.from, to: self.top, have: Some(self.met) };
        self.sift = Some(Box::new(Sift::new(vec![whole])));
        Turn::Next(self)
    }

    /// Leaves what was walked through, if the platform counts no more of it, and sifts the rest.
    fn sift_the_rest(mut self) -> Turn {
        let mut spans = vec![Span { from: self.from, to: self.to.and_then(|to| to.checked_add(1)), have: None }];
        if let Some(to) = self.to.filter(|_| self.pages > 0) {
            let have = self.met.saturating_sub(u64::try_from(self.edge.len()).unwrap_or(u64::MAX));
            spans.push(Span { from: to.checked_add(1), to: self.top, have: Some(have) });
        } else if let Some(rest) = spans.first_mut() {
            rest.to = self.top;
        }
        self.sift = Some(Box::new(Sift::new(spans)));
        Turn::Next(self)
    }

    fn sifted(self) -> Turn {
        match &self.sift {
            Some(sift) if sift.at().is_none() => Turn::Done { missing: sift.missing() },
            _ => Turn::Next(self),
        }
    }
}

/// Newest first, as was asked for.
fn in_order(rows: &[Row]) -> bool {
    rows.iter().filter_map(|row| row.second).is_sorted_by(|newer, older| newer >= older)
}

#[cfg(test)]
mod tests;
