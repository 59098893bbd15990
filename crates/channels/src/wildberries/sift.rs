//! Going through a list that does not keep the order asked for.
//!
//! Dates and counts are what the contract gives beside the order, so the list is cut into spans of time until the platform counts
//! few enough rows in one, and each span is looked through by counting rows (`skip`) until as many were met as it counts. A row
//! that stays hidden is reported, never taken for read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::walk::{PAGE, Row};
use crate::Failure;

/// Most rows of a span that is looked through; their ids are stored between two steps.
const SPAN: u64 = 2 * PAGE as u64;
/// Seconds below which a span is not cut any more. Halves overlap by a second, because whether bounds are included is not documented.
const NARROW: i64 = 3;
/// Most looks at one span: rows that one page left out may be on the next.
const LOOKS: u32 = 4;

/// Where the sifting stands; stored between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sift {
    /// What is still to be looked through, the newest last.
    spans: Vec<Span>,
    /// The look at the last of them; `None` = it has to be counted first.
    look: Option<Look>,
    /// Looks at it so far.
    looks: u32,
    /// Ids met in it.
    met: BTreeSet<String>,
    /// Rows that the platform counts and does not show, in the spans before.
    missing: u64,
}

/// A part of the list by time, in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    /// How many rows of it were met before; as many as are counted, and it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) have: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    /// How many rows there are; `None` if the platform does not tell.
    counted: Option<u64>,
    skip: u32,
    /// It brought a row that no look before had brought.
    fresh: bool,
}

impl Sift {
    pub(super) fn new(spans: Vec<Span>) -> Self {
        Self { spans, look: None, looks: 0, met: BTreeSet::new(), missing: 0 }
    }

    /// The span at hand, and how many of its rows to skip; `None` in place of the number if it has to be counted first.
    pub(super) fn at(&self) -> Option<(&Span, Option<u32>)> {
        Some((self.spans.last()?, self.look.as_ref().map(|look| look.skip)))
    }

    /// Rows that the platform counted and did not show.
    pub(super) const fn missing(&self) -> u64 {
        self.missing
    }

    /// Whether a look at the span at hand had this row already.
    pub(super) fn repeats(&self, id: &str) -> bool {
        self.met.contains(id)
    }

    /// Takes note of how many rows the span at hand has. `latest` is the newest second there can be.
    pub(super) fn counted(&mut self, counted: Option<u64>, latest: i64) {
        let Some(span) = self.spans.last_mut() else { return };
        let have = span.have.take();
        if counted == Some(0) || counted.is_some_and(|counted| have.is_some_and(|have| have >= counted)) {
            return self.done_with_span();
        }
        if counted.is_some_and(|counted| counted > SPAN) {
            let (from, to) = (span.from.unwrap_or_default(), span.to.unwrap_or(latest).max(0));
            if to.saturating_sub(from) > NARROW {
                let middle = from.midpoint(to);
                let newer = Span { from: Some(middle), to: span.to, have: None };
                span.to = middle.checked_add(1);
                self.spans.push(newer);
                return;
            }
        }
        self.look = Some(Look { counted, skip: 0, fresh: false });
        self.looks += 1;
    }

    /// Takes note of a page of the span at hand. `deepest` is how far `take + skip` may reach.
    ///
    /// # Errors
    /// [`Failure::Endless`] if the span does not end within reach.
    pub(super) fn listed(&mut self, rows: &[Row], deepest: u64) -> Result<(), Failure> {
        let Some(look) = &mut self.look else { return Ok(()) };
        let before = self.met.len();
        self.met.extend(rows.iter().map(|row| row.id.clone()));
        let met = u64::try_from(self.met.len()).unwrap_or(u64::MAX);
        let brought = self.met.len() > before;
        look.fresh |= brought;
        look.skip = look.skip.saturating_add(PAGE);
        let shown = match look.counted {
            Some(counted) => met >= counted || u64::from(look.skip) >= counted || rows.is_empty(),
            None => !brought,
        };
        if !shown {
            if u64::from(look.skip) + u64::from(PAGE) > deepest {
                let why = format!("Wildberries shows more than {deepest} rows of one span of time and in no order");
                return Err(Failure::Endless { why });
            }
            return Ok(());
        }
        let left = look.counted.unwrap_or_default().saturating_sub(met);
        let again = left > 0 || (look.counted.is_none() && look.fresh);
        if again && self.looks < LOOKS {
            // Counted anew: some may have been answered meanwhile.
            self.look = None;
        } else {
            self.missing = self.missing.saturating_add(left);
            self.done_with_span();
        }
        Ok(())
    }

    fn done_with_span(&mut self) {
        self.spans.pop();
        (self.look, self.looks) = (None, 0);
        self.met.clear();
    }
}
