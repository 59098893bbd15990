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

    /// What a platform makes of the order asked for.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Order {
        OldestFirst,
        Scattered,
        /// The right rows on each page, but these in any order.
        Shuffled,
    }

    /// The same list on a platform with an order of its own, which leaves a row out of every `hole`th page.
    struct Unruly {
        list: Vec<(u32, i64)>,
        order: Order,
        hole: usize,
        /// Counted and shown by no page.
        hidden: Option<u32>,
        asked: usize,
    }

    impl Unruly {
        fn within(&self, window: &Window) -> Vec<(u32, i64)> {
            let mut rows: Vec<_> = self
                .list
                .iter()
                .filter(|(_, second)| {
                    window.from.is_none_or(|from| *second >= from) && window.to.is_none_or(|to| *second <= to)
                })
                .copied()
                .collect();
            rows.sort_by_key(|(id, second)| match self.order {
                Order::OldestFirst => (*second, i64::from(*id)),
                Order::Scattered => (i64::from(id.wrapping_mul(2_654_435_761)), 0),
                Order::Shuffled => (-*second, -i64::from(*id)),
            });
            rows
        }

        fn page(&mut self, window: &Window) -> Vec<Row> {
            self.asked += 1;
            let rows = self.within(window);
            let mut page: Vec<_> = rows.into_iter().skip(window.skip as usize).take(window.take as usize).collect();
            page.retain(|(id, _)| Some(*id) != self.hidden);
            if self.order == Order::Shuffled {
                page.sort_by_key(|(id, _)| id.wrapping_mul(2_654_435_761));
            }
            if self.hole > 0 && self.asked.is_multiple_of(self.hole) && page.len() > 2 {
                page.remove(self.asked * 7_919 % page.len());
            }
            page.into_iter().map(|(id, second)| Row { id: id.to_string(), second: Some(second) }).collect()
        }

        /// Walks to the end: ids met, rows said to be missing, calls made.
        fn walk(&mut self, counts: bool) -> Result<(BTreeSet<u32>, u64, u32), Failure> {
            let (mut walk, mut met) = (Walk::once(NOW, Some(0), None), BTreeSet::new());
            for calls in 0..2_000 {
                let window = walk.window(true);
                let turn = if walk.counts() {
                    walk.counted(counts.then(|| self.within(&window).len() as u64))
                } else {
                    let rows = self.page(&window);
                    met.extend(rows.iter().map(|row| row.id.parse::<u32>().unwrap()));
                    walk.turn(&rows, None, 10_000)?
                };
                match turn {
                    Turn::Done { missing } => return Ok((met, missing, calls + 1)),
                    Turn::Next(next) => walk = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap(),
                }
            }
            panic!("a walk that never ends");
        }
    }

    const NOW: Timestamp = Timestamp::constant(1_000_000, 0);

    fn spread(rows: u32) -> Vec<(u32, i64)> {
        (0..rows).map(|id| (id, 900_000 + i64::from(id.wrapping_mul(7_919) % 90_000))).collect()
    }

    #[test]
    fn a_platform_with_an_order_of_its_own_hides_nothing() {
        for order in [Order::OldestFirst, Order::Scattered, Order::Shuffled] {
            for hole in [0, 2, 3] {
                let mut platform = Unruly { list: spread(7_000), order, hole, hidden: None, asked: 0 };
                let (met, missing, calls) = platform.walk(true).unwrap();
                assert_eq!((met.len(), missing), (7_000, 0), "{order:?}, every {hole}th page has a hole");
                assert!(calls < 150, "{order:?}: {calls} calls");
            }
        }
    }

    #[test]
    fn a_platform_that_does_not_count_either_is_asked_until_nothing_new_comes() {
        let mut platform = Unruly { list: spread(3_000), order: Order::Scattered, hole: 0, hidden: None, asked: 0 };
        let (met, missing, _) = platform.walk(false).unwrap();
        assert_eq!((met.len(), missing), (3_000, 0));
    }

    #[test]
    fn a_row_that_is_counted_and_never_shown_is_told() {
        let hidden = Some(700);
        let mut platform = Unruly { list: spread(1_200), order: Order::Shuffled, hole: 0, hidden, asked: 0 };
        let (met, missing, _) = platform.walk(true).unwrap();
        assert_eq!((met.len(), missing), (1_199, 1));
    }

    #[test]
    fn an_orderly_platform_costs_a_history_one_count() {
        let mut list = spread(3_000);
        list.sort_unstable();
        let (mut walk, mut pages, mut counts) = (Walk::once(NOW, Some(0), None), 0, 0);
        loop {
            let window = walk.window(true);
            let turn = if walk.counts() {
                counts += 1;
                walk.counted(Some(3_000))
            } else {
                pages += 1;
                walk.turn(&page(&list, &window), None, 10_000).unwrap()
            };
            match turn {
                Turn::Done { missing } => break assert_eq!((missing, pages, counts), (0, 7, 1)),
                Turn::Next(next) => walk = next,
            }
        }
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
            let window = walk.window(false);
            if walk.counts() {
                let all = Window { skip: 0, take: u32::MAX, ..window };
                match walk.counted(u64::try_from(page(list, &all).len()).ok()) {
                    Turn::Done { missing } => {
                        assert_eq!(missing, 0);
                        return Ok(met);
                    }
                    Turn::Next(next) => walk = next,
                }
                continue;
            }
            let rows = page(list, &window);
            met.extend(rows.iter().map(|row| row.id.parse::<u32>().unwrap()));
            let stored = serde_json::to_string(&walk).unwrap();
            let read: Walk = serde_json::from_str(&stored).unwrap();
            match read.turn(&rows, None, 10_000)? {
                Turn::Done { missing } => {
                    assert_eq!(missing, 0);
                    return Ok(met);
                }
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
        assert_eq!(walk.turn(&rows, Some(24), 10_000), Ok(Turn::Done { missing: 0 }));
    }

    #[test]
    fn a_platform_that_ignores_dates_is_told_with_a_word() {
        let mut walk = start();
        for round in 0..100 {
            let rows: Vec<Row> =
                (0..PAGE).map(|row| Row { id: format!("{round}-{row}"), second: Some(1_000_000) }).collect();
            match walk.turn(&rows, None, 10_000) {
                Ok(Turn::Next(next)) => walk = next,
                Ok(Turn::Done { .. }) => panic!("full pages are not the end"),
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
