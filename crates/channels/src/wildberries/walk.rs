//! Going through a list of questions or reviews from the newest to the oldest, without losing any that move meanwhile.
//!
//! Counting rows (`skip`) would lose some: every one that is answered while we walk pulls the rest of the unanswered list up by
//! one. So each page is asked by date, from the second of the last row on; `skip` only helps over a second in which more was
//! written than fits on a page.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Window;
use crate::Failure;

/// Rows of a page. The platform allows 10,000 questions and 5,000 reviews; a store writes some hundred at a time without holding up a reply.
pub(super) const PAGE: u32 = 500;

/// Where a walk stands; stored between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// When it began.
    pub(super) started: Timestamp,
    /// Nothing older than this Unix second is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
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
    /// Another page.
    Next(Walk),
    /// Nothing is left.
    Done,
}

impl Walk {
    /// A walk from `to` (or the newest) down to `from` (or the oldest).
    pub(super) const fn new(started: Timestamp, from: Option<i64>, to: Option<i64>) -> Self {
        Self { started, from, to, skip: 0, edge: Vec::new(), last: None, met: 0 }
    }

    /// What to ask for now.
    pub(super) const fn window(&self, answered: bool) -> Window {
        Window { answered, from: self.from, to: self.to, skip: self.skip, take: PAGE }
    }

    /// Whether the last page had this row already.
    pub(super) fn repeats(&self, id: &str) -> bool {
        self.edge.iter().any(|known| known == id)
    }

    /// Takes note of a page. `total` is how many rows the platform says the whole list has, `deepest` how far `take + skip` may
    /// reach.
    ///
    /// # Errors
    /// [`Failure::Endless`] if the pages do not lead anywhere.
    pub(super) fn turn(mut self, rows: &[Row], total: Option<u64>, deepest: u64) -> Result<Turn, Failure> {
        let fresh = rows.iter().filter(|row| !self.repeats(&row.id)).count();
        self.met = self.met.saturating_add(u64::try_from(fresh).unwrap_or(u64::MAX));
        let full = rows.len() >= PAGE as usize;
        // A short page is the last one, unless the platform itself counts more: then it may cap pages below what we ask.
        let more_counted = total.is_some_and(|total| self.met < total);
        if !full && (fresh == 0 || !more_counted) {
            return Ok(Turn::Done);
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
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A list as the platform keeps it: (id, second), bounds included, newest first.
    fn page(list: &[(u32, i64)], window: &Window) -> Vec<Row> {
        let mut rows: Vec<_> = list
            .iter()
            .filter(|(_, second)| {
                window.from.is_none_or(|from| *second >= from) && window.to.is_none_or(|to| *second <= to)
            })
            .collect();
        rows.sort_by_key(|(id, second)| std::cmp::Reverse((*second, *id)));
        rows.into_iter()
            .skip(window.skip as usize)
            .take(window.take as usize)
            .map(|(id, second)| Row { id: id.to_string(), second: Some(*second) })
            .collect()
    }

    fn start() -> Walk {
        Walk::new(Timestamp::UNIX_EPOCH, None, None)
    }

    /// Walks to the end; `between` may change the list after each page.
    fn walk(
        list: &mut Vec<(u32, i64)>,
        mut between: impl FnMut(&mut Vec<(u32, i64)>),
    ) -> Result<BTreeSet<u32>, Failure> {
        let (mut walk, mut met) = (start(), BTreeSet::new());
        for _ in 0..1_000 {
            let rows = page(list, &walk.window(false));
            met.extend(rows.iter().map(|row| row.id.parse::<u32>().unwrap()));
            let stored = serde_json::to_string(&walk).unwrap();
            let read: Walk = serde_json::from_str(&stored).unwrap();
            match read.turn(&rows, None, 10_000)? {
                Turn::Done => return Ok(met),
                Turn::Next(next) => walk = next,
            }
            between(list);
        }
        panic!("a walk that never ends");
    }

    #[test]
    fn questions_answered_during_the_walk_hide_no_others() {
        let all: Vec<(u32, i64)> = (0..3_000).map(|id| (id, 1_000_000 + i64::from(id / 3))).collect();
        let mut list = all.clone();
        // The newest ones are answered, so they leave the list and everything behind them moves up.
        let met = walk(&mut list, |list| {
            let keep = list.len() - 200;
            list.truncate(keep);
        })
        .unwrap();
        for (id, _) in list {
            assert!(met.contains(&id), "{id} was still unanswered and never met");
        }
    }

    #[test]
    fn more_questions_in_one_second_than_fit_on_a_page_are_all_met() {
        let mut list: Vec<(u32, i64)> = (0..2_300).map(|id| (id, 1_000_000 + i64::from(id / 2_000))).collect();
        assert_eq!(walk(&mut list, |_| {}).unwrap().len(), 2_300);
    }

    #[test]
    fn a_page_that_comes_again_ends_the_walk_with_a_word() {
        let rows: Vec<Row> =
            (0..i64::from(PAGE)).map(|id| Row { id: id.to_string(), second: Some(1_000_000 - id) }).collect();
        let mut walk = start();
        for _ in 0..2 {
            let Turn::Next(next) = walk.turn(&rows, None, 10_000).unwrap() else {
                panic!("a full page is not the last")
            };
            walk = next;
        }
        assert!(matches!(walk.turn(&rows, None, 10_000), Err(Failure::Endless { .. })));
    }

    #[test]
    fn a_single_example_row_that_comes_again_is_the_end() {
        let rows = [Row { id: "2ncBtX4B9I0UHoornoqG".to_owned(), second: Some(1_643_714_288) }];
        let Turn::Next(walk) = start().turn(&rows, Some(24), 10_000).unwrap() else {
            panic!("24 are said to be there")
        };
        assert_eq!(walk.turn(&rows, Some(24), 10_000), Ok(Turn::Done));
    }

    #[test]
    fn a_platform_that_ignores_dates_is_told_with_a_word() {
        let mut walk = start();
        for round in 0..100 {
            let rows: Vec<Row> =
                (0..PAGE).map(|row| Row { id: format!("{round}-{row}"), second: Some(1_000_000) }).collect();
            match walk.turn(&rows, None, 10_000) {
                Ok(Turn::Next(next)) => walk = next,
                Ok(Turn::Done) => panic!("full pages are not the end"),
                Err(failure) => return assert!(matches!(failure, Failure::Endless { .. })),
            }
        }
        panic!("it went on and on");
    }

    #[test]
    fn a_page_of_unreadable_rows_does_not_stop_the_walk() {
        let rows: Vec<Row> = (0..PAGE).map(|id| Row { id: id.to_string(), second: None }).collect();
        let Turn::Next(walk) = start().turn(&rows, None, 10_000).unwrap() else {
            panic!("a full page is not the last")
        };
        assert_eq!(walk.window(false).skip, PAGE);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_question_is_met(seconds in proptest::collection::vec(0_i64..400, 0..3_000)) {
            let mut list: Vec<(u32, i64)> = (0..).zip(seconds).collect();
            let wanted = list.len();
            prop_assert_eq!(walk(&mut list, |_| {}).unwrap().len(), wanted);
        }
    }
}
