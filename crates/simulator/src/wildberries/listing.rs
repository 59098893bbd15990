//! The query that the lists of questions and reviews have in common.

use crate::platform::Call;

/// First and last second asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window(Option<i64>, Option<i64>);

impl Window {
    pub(crate) fn read(call: &Call) -> Result<Self, &'static str> {
        let seconds = |name: &str, problem: &'static str| match call.query(name) {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| problem),
        };
        Ok(Self(seconds("dateFrom", "Плохой формат dateFrom")?, seconds("dateTo", "Плохой формат dateTo")?))
    }

    pub(crate) fn holds(self, second: i64) -> bool {
        self.0.is_none_or(|from| second >= from) && self.1.is_none_or(|to| second <= to)
    }
}

/// Which half of a list; `count` takes its absence for the answered one, lists insist on it.
pub(crate) fn answered(call: &Call) -> Result<Option<bool>, &'static str> {
    match call.query("isAnswered") {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| "Плохой формат isAnswered"),
    }
}

/// `take` and `skip`, each with its most, and what they may be together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub take: usize,
    pub skip: usize,
    pub together: usize,
}

/// One page of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub take: usize,
    pub skip: usize,
    pub oldest_first: bool,
    pub nm_id: Option<i64>,
}

impl Page {
    pub(crate) fn read(call: &Call, bounds: Bounds) -> Result<Self, &'static str> {
        let number = |name: &str, most: usize| {
            call.query(name).and_then(|text| text.parse::<usize>().ok()).filter(|&number| number <= most)
        };
        let take = number("take", bounds.take).ok_or("Плохой формат take")?;
        let skip = number("skip", bounds.skip).ok_or("Плохой формат skip")?;
        if take + skip > bounds.together {
            return Err("Сумма take и skip не должна превышать 10000");
        }
        let nm_id = match call.query("nmId") {
            None | Some("") => None,
            Some(text) => Some(text.parse().map_err(|_| "Плохой формат nmId")?),
        };
        Ok(Self { take, skip, oldest_first: call.query("order") == Some("dateAsc"), nm_id })
    }

    /// Cuts this page out of a list that runs from the oldest to the newest.
    pub(crate) fn cut<T, R>(self, found: impl DoubleEndedIterator<Item = T>, show: impl FnMut(T) -> R) -> Vec<R> {
        if self.oldest_first {
            found.skip(self.skip).take(self.take).map(show).collect()
        } else {
            found.rev().skip(self.skip).take(self.take).map(show).collect()
        }
    }
}
