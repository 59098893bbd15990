//! Items a platform sent that could not be read: kept with their raw text until they arrive readable.

use std::collections::HashSet;

use dragoman_domain::incoming::Unreadable;
use dragoman_domain::{QuarantineId, ShopId, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::column::{self, millis};
use crate::ingest::prepare::Prepared;
use crate::{Error, Reader, Writer};

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Our number.
    pub id: QuarantineId,
    /// The shop it came from.
    pub shop: ShopId,
    /// What the channel said of it.
    pub item: Unreadable,
    /// When it came first.
    pub first_at: Timestamp,
    /// When it came last.
    pub last_at: Timestamp,
    /// How often it came.
    pub times: u32,
}

fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        id: QuarantineId(row.get(0)?),
        shop: ShopId(row.get(1)?),
        item: Unreadable { stream: row.get(2)?, remote_id: row.get(3)?, cause: row.get(4)?, raw: row.get(5)? },
        first_at: column::time(row, 6)?,
        last_at: column::time(row, 7)?,
        times: row.get(8)?,
    })
}

impl Reader<'_> {
    /// The items, newest first, older than `before` (`None` = from the newest).
    ///
    /// # Errors
    /// Those of the database.
    pub fn quarantine_list(&self, before: Option<QuarantineId>, limit: u32) -> Result<Vec<Quarantined>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, shop, stream, remote_id, cause, raw, first_at, last_at, times FROM quarantine
             WHERE id < ? ORDER BY id DESC LIMIT ?",
        )?;
        let before = before.map_or(i64::MAX, |id| id.0);
        let items = statement.query_map((before, limit), quarantined)?.collect::<Result<_, _>>()?;
        Ok(items)
    }

    /// One item.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn quarantine_item(&self, id: QuarantineId) -> Result<Quarantined, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, shop, stream, remote_id, cause, raw, first_at, last_at, times FROM quarantine WHERE id = ?",
        )?;
        statement.query_row([id.0], quarantined).optional()?.ok_or_else(|| Error::missing("quarantined item", id))
    }
}

impl Writer<'_> {
    /// Removes an item, for example after it was read at last.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn discard_quarantined(&self, id: QuarantineId) -> Result<(), Error> {
        match self.conn.execute("DELETE FROM quarantine WHERE id = ?", [id.0])? {
            0 => Err(Error::missing("quarantined item", id)),
            _ => Ok(()),
        }
    }

    pub(crate) fn quarantine(&self, shop: ShopId, item: &Unreadable, now: Timestamp) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO quarantine (shop, stream, remote_id, cause, raw, first_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (shop, stream, remote_id) DO UPDATE SET
               cause = excluded.cause, raw = excluded.raw, last_at = excluded.last_at, times = times + 1",
        )?;
        statement.execute((shop.0, &item.stream, &item.remote_id, &item.cause, &item.raw, millis(now)))?;
        Ok(())
    }

    /// Releases what has now arrived readable, as a conversation or as a message.
    pub(crate) fn release_quarantine(&self, shop: ShopId, threads: &[Prepared]) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached("SELECT id, remote_id FROM quarantine WHERE shop = ?")?;
        let held: Vec<(i64, String)> =
            statement.query_map([shop.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        if held.is_empty() {
            return Ok(());
        }
        let arrived: HashSet<&str> = threads
            .iter()
            .flat_map(|thread| {
                let messages = thread.messages.iter().map(|message| message.message.remote_id.as_str());
                messages.chain([thread.remote_id.as_str()])
            })
            .collect();
        for (id, _) in held.iter().filter(|(_, remote_id)| arrived.contains(remote_id.as_str())) {
            self.discard_quarantined(QuarantineId(*id))?;
        }
        Ok(())
    }
}
