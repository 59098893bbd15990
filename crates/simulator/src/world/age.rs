//! When things that nobody keeps came about: most of them lately, a few long ago, in the order of their numbers.

use jiff::Timestamp;

use super::draw::Draw;
use crate::{
    Options,
    time::{after, duration},
};

/// The youngest grown thing is at least so old.
const YOUNGEST_S: f64 = 600.0;

/// Spreads a number of things over a world's history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ages {
    count: u64,
    now: Timestamp,
    history_s: f64,
}

impl Ages {
    pub(crate) fn new(options: &Options, count: usize, now: Timestamp) -> Self {
        Self { count: count as u64, now, history_s: options.size.history_days.max(1) as f64 * 86_400.0 }
    }

    pub(crate) fn count(self) -> u64 {
        self.count
    }

    /// When a thing came about; `fraction` places it within its share of the history.
    pub(crate) fn moment(self, number: u64, fraction: f64) -> Timestamp {
        let left = 1.0 - (number as f64 + fraction) / self.count.max(1) as f64;
        let seconds = YOUNGEST_S + self.history_s * left.max(0.0).powi(3);
        after(self.now, -duration(seconds))
    }

    /// A moment after `from`, by up to `most` seconds, and before the world began to run: never twice the same.
    pub(crate) fn later(self, from: Timestamp, fraction: f64, most: i64) -> Timestamp {
        let left = self.now.duration_since(from).as_secs_f64();
        after(from, duration((60.0 + fraction * most as f64).min(left / 2.0)))
    }

    /// Whether the seller has answered: the older ones nearly always, the newest hardly ever, `share` of all.
    pub(crate) fn answered(self, number: u64, share: f64, draw: Draw) -> bool {
        let old = (number as f64) < self.count as f64 * share;
        draw.chance(
            "answered",
            if share >= 1.0 {
                1.0
            } else if old {
                0.97
            } else {
                0.05
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::Size;

    #[test]
    fn numbers_follow_the_calendar_and_end_before_the_world_begins() {
        let options = Options { size: Size { history_days: 30, ..Size::default() }, ..Options::default() };
        let ages = Ages::new(&options, 1_000, Timestamp::UNIX_EPOCH);
        let moments: Vec<Timestamp> = (0..1_000).map(|number| ages.moment(number, 0.5)).collect();
        assert!(moments.is_sorted());
        assert!(moments[999] < Timestamp::UNIX_EPOCH);
        assert!(Timestamp::UNIX_EPOCH.duration_since(moments[0]) <= SignedDuration::from_hours(31 * 24));
        let mut said = vec![moments[999]];
        said.extend((0..6).scan(moments[999], |at, _| {
            *at = ages.later(*at, 1.0, 7_200);
            Some(*at)
        }));
        assert!(said.is_sorted_by(|one, next| one < next) && said[6] < Timestamp::UNIX_EPOCH);
    }
}
