//! How far each stream of a shop has come, and what troubles it.

use dragoman_domain::incoming::Cursor;
use dragoman_domain::{ShopId, SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::column::{self, millis};
use crate::{Error, Reader, Writer};

/// Longest time between two steps that counts as work; more is a rest, a stop of the program, or a platform out of reach.
const PAUSE: SignedDuration = SignedDuration::from_secs(120);

/// How the way of a stream from its beginning to its end goes: the present one, or the last if none is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// When it began.
    pub began_at: Timestamp,
    /// When it came to its end; `None` while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Conversations it brought so far; one that takes several steps counts with each.
    pub brought: u64,
    /// Conversations it still has to bring; `None` = nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_come: Option<u64>,
    /// What the pace is measured by: conversations brought since it began, or fewer to come since it is known how many.
    paced: u64,
    /// Milliseconds those took, without rests.
    paced_ms: u64,
}

impl Pass {
    /// The pass after a step. `since` is when the step before it was made.
    fn after(before: Option<Self>, since: Option<Timestamp>, step: Stepped, now: Timestamp) -> Self {
        let under_way = before.filter(|pass| pass.ended_at.is_none());
        let took = since.filter(|_| under_way.is_some()).map(|since| now.duration_since(since));
        let new = Self { began_at: now, ended_at: None, brought: 0, to_come: None, paced: 0, paced_ms: 0 };
        let mut pass = under_way.unwrap_or(new);
        let done = match (pass.to_come, step.to_come) {
            (Some(before), Some(after)) => Some(before.saturating_sub(after)),
            (None, None) => Some(step.brought),
            // Counting is another work than bringing.
            _ => None,
        };
        match (done, took) {
            (Some(done), Some(took)) if took <= PAUSE => {
                pass.paced += done;
                pass.paced_ms += u64::try_from(took.as_millis()).unwrap_or_default();
            }
            (Some(_), _) => {}
            (None, _) => (pass.paced, pass.paced_ms) = (0, 0),
        }
        pass.brought += step.brought;
        pass.to_come = step.to_come;
        pass.ended_at = (!step.more).then_some(now);
        pass
    }

    /// Conversations an hour, from what was measured; `None` as long as there is too little.
    pub fn per_hour(&self) -> Option<u64> {
        (self.paced > 0 && self.paced_ms > 0).then(|| self.paced.saturating_mul(3_600_000) / self.paced_ms)
    }

    /// When it ends if the pace stays as it is and the program runs on; `None` if nobody knows.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let to_come = self.to_come.filter(|_| self.ended_at.is_none())?;
        let ahead = to_come.saturating_mul(self.paced_ms).checked_div(self.paced)?;
        now.checked_add(SignedDuration::from_millis(i64::try_from(ahead).ok()?)).ok()
    }
}

/// What a step did for its pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stepped {
    /// Messages.
    pub(crate) fetched: u64,
    /// Conversations.
    pub(crate) brought: u64,
    pub(crate) to_come: Option<u64>,
    pub(crate) more: bool,
}

/// Where a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamState {
    /// Name, unique within the channel.
    pub name: String,
    /// Where to go on.
    pub cursor: Cursor,
    /// When the last step succeeded.
    pub last_success_at: Option<Timestamp>,
    /// When the next step is due.
    pub next_at: Timestamp,
    /// Messages it brought since the shop was connected.
    pub fetched: u64,
    /// Problem document of the last failure, empty when there is none.
    pub problem: String,
    /// Failures in a row.
    pub failures: u32,
    /// How its pass goes; `None` until the first step.
    pub pass: Option<Pass>,
}

fn state(row: &Row<'_>) -> rusqlite::Result<StreamState> {
    Ok(StreamState {
        name: row.get(0)?,
        cursor: Cursor(row.get(1)?),
        last_success_at: column::time_if_any(row, 2)?,
        next_at: column::time(row, 3)?,
        fetched: row.get(4)?,
        problem: row.get(5)?,
        failures: row.get(6)?,
        // Figures to show: what cannot be read is none.
        pass: serde_json::from_str(&row.get::<_, String>(7)?).ok(),
    })
}

impl Reader<'_> {
    /// One stream; `None` until its first step.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stream(&self, shop: ShopId, name: &str) -> Result<Option<StreamState>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, cursor, last_success_at, next_at, fetched, problem, failures, pass
             FROM stream WHERE shop = ? AND name = ?",
        )?;
        Ok(statement.query_row((shop.0, name), state).optional()?)
    }

    /// The streams of a shop that have made a step, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub fn streams(&self, shop: ShopId) -> Result<Vec<StreamState>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, cursor, last_success_at, next_at, fetched, problem, failures, pass
             FROM stream WHERE shop = ? ORDER BY name",
        )?;
        let states = statement.query_map([shop.0], state)?.collect::<Result<_, _>>()?;
        Ok(states)
    }
}

impl Writer<'_> {
    /// Notes a failure; the cursor stays where it is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stream_failed(&self, shop: ShopId, name: &str, problem: &str, next_at: Timestamp) -> Result<(), Error> {
        self.conn.execute(
            "INSERT INTO stream (shop, name, problem, failures, next_at) VALUES (?, ?, ?, 1, ?)
             ON CONFLICT (shop, name) DO UPDATE SET
               problem = excluded.problem, failures = failures + 1, next_at = excluded.next_at",
            (shop.0, name, problem, millis(next_at)),
        )?;
        Ok(())
    }

    /// Sets when the next step is due.
    ///
    /// # Errors
    /// Those of the database.
    pub fn set_next_step(&self, shop: ShopId, name: &str, next_at: Timestamp) -> Result<(), Error> {
        self.conn.execute(
            "INSERT INTO stream (shop, name, next_at) VALUES (?, ?, ?)
             ON CONFLICT (shop, name) DO UPDATE SET next_at = excluded.next_at",
            (shop.0, name, millis(next_at)),
        )?;
        Ok(())
    }

    /// Sends a stream back to its beginning. What is stored stays and is not doubled.
    ///
    /// # Errors
    /// Those of the database.
    pub fn rewind_stream(&self, shop: ShopId, name: &str) -> Result<(), Error> {
        self.conn.execute(
            "UPDATE stream SET cursor = '', next_at = 0, pass = '' WHERE shop = ? AND name = ?",
            (shop.0, name),
        )?;
        Ok(())
    }

    /// The same for every stream of a shop, because older history is wanted than was.
    ///
    /// # Errors
    /// Those of the database.
    pub fn rewind_streams(&self, shop: ShopId) -> Result<(), Error> {
        self.conn.execute("UPDATE stream SET cursor = '', next_at = 0, pass = '' WHERE shop = ?", [shop.0])?;
        Ok(())
    }

    /// Stores the cursor together with the page it follows.
    pub(crate) fn stream_advanced(
        &self,
        shop: ShopId,
        name: &str,
        cursor: &Cursor,
        step: Stepped,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (before, since) = match self.stream(shop, name)? {
            Some(state) => (state.pass, state.last_success_at),
            None => (None, None),
        };
        let pass = serde_json::to_string(&Pass::after(before, since, step, now))?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO stream (shop, name, cursor, last_success_at, fetched, pass) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (shop, name) DO UPDATE SET cursor = excluded.cursor,
               last_success_at = excluded.last_success_at, fetched = fetched + excluded.fetched, problem = '',
               failures = 0, pass = excluded.pass",
        )?;
        statement.execute((shop.0, name, &cursor.0, millis(now), step.fetched, pass))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn step(brought: u64, to_come: Option<u64>) -> Stepped {
        Stepped { fetched: brought, brought, to_come, more: true }
    }

    fn pass(steps: &[(i64, Stepped)]) -> Pass {
        let (mut pass, mut since) = (None, None);
        for (second, step) in steps {
            pass = Some(Pass::after(pass, since, *step, at(*second)));
            since = Some(at(*second));
        }
        pass.unwrap()
    }

    #[test]
    fn an_end_is_estimated_from_the_pace_that_was_measured() {
        let pass = pass(&[(0, step(0, Some(100))), (10, step(5, Some(95))), (20, step(5, Some(90)))]);
        assert_eq!((pass.brought, pass.per_hour(), pass.ends_at(at(20))), (10, Some(1_800), Some(at(200))));
    }

    #[test]
    fn rests_are_no_pace() {
        let pass = pass(&[(0, step(0, Some(10))), (10, step(1, Some(9))), (100_000, step(1, Some(8)))]);
        assert_eq!((pass.brought, pass.ends_at(at(100_000))), (2, Some(at(100_080))));
    }

    #[test]
    fn what_was_counted_through_is_no_pace_of_bringing() {
        let pass = pass(&[(0, step(0, None)), (60, step(0, None)), (120, step(0, Some(10))), (121, step(1, Some(9)))]);
        assert_eq!(pass.ends_at(at(121)), Some(at(130)));
    }

    #[test]
    fn nobody_knows_when_a_pass_ends_whose_rest_is_not_counted() {
        let pass = pass(&[(0, step(5, None)), (10, step(5, None))]);
        assert_eq!((pass.per_hour(), pass.ends_at(at(10))), (Some(1_800), None));
    }

    #[test]
    fn a_pass_begins_anew_after_its_end() {
        let first = pass(&[(0, step(5, None)), (10, Stepped { more: false, ..step(5, Some(0)) })]);
        assert_eq!((first.ended_at, first.ends_at(at(10))), (Some(at(10)), None));
        let second = Pass::after(Some(first), Some(at(10)), step(1, None), at(4_000));
        assert_eq!((second.began_at, second.brought, second.per_hour()), (at(4_000), 1, None));
    }
}
