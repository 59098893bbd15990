//! How far each stream of a shop has come, and what troubles it.

use dragoman_domain::incoming::Cursor;
use dragoman_domain::{ShopId, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::column::{self, millis};
use crate::{Error, Reader, Writer};

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
    })
}

impl Reader<'_> {
    /// One stream; `None` until its first step.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stream(&self, shop: ShopId, name: &str) -> Result<Option<StreamState>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, cursor, last_success_at, next_at, fetched, problem, failures
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
            "SELECT name, cursor, last_success_at, next_at, fetched, problem, failures
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

    /// Sends a stream back to its beginning, for example to fetch all history. What is stored stays and is not doubled.
    ///
    /// # Errors
    /// Those of the database.
    pub fn rewind_stream(&self, shop: ShopId, name: &str) -> Result<(), Error> {
        self.conn.execute("UPDATE stream SET cursor = '', next_at = 0 WHERE shop = ? AND name = ?", (shop.0, name))?;
        Ok(())
    }

    /// Stores the cursor together with the page it follows.
    pub(crate) fn stream_advanced(
        &self,
        shop: ShopId,
        name: &str,
        cursor: &Cursor,
        fetched: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO stream (shop, name, cursor, last_success_at, fetched) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (shop, name) DO UPDATE SET cursor = excluded.cursor,
               last_success_at = excluded.last_success_at, fetched = fetched + excluded.fetched, problem = '',
               failures = 0",
        )?;
        statement.execute((shop.0, name, &cursor.0, millis(now), fetched))?;
        Ok(())
    }
}
