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
fn walk(list: &mut Vec<(u32, i64)>, mut between: impl FnMut(&mut Vec<(u32, i64)>)) -> Result<BTreeSet<u32>, Failure> {
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
        let Turn::Next(next) = walk.turn(&rows, None, 10_000).unwrap() else { panic!("a full page is not the last") };
        walk = next;
    }
    assert!(matches!(walk.turn(&rows, None, 10_000), Err(Failure::Endless { .. })));
}

#[test]
fn a_single_example_row_that_comes_again_is_the_end() {
    let rows = [Row { id: "2ncBtX4B9I0UHoornoqG".to_owned(), second: Some(1_643_714_288) }];
    let Turn::Next(walk) = start().turn(&rows, Some(24), 10_000).unwrap() else { panic!("24 are said to be there") };
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
    let Turn::Next(walk) = start().turn(&rows, None, 10_000).unwrap() else { panic!("a full page is not the last") };
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
