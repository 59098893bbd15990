//! A copy of an inbox as it lies on disk, looked into without our own store.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

/// An inbox on its own.
#[derive(Debug)]
pub struct Snapshot {
    /// The inbox.
    pub inbox: Connection,
    _folder: TempDir,
}

impl Snapshot {
    /// Copies the inbox of a home, with its log.
    ///
    /// # Errors
    /// If there is none.
    pub fn of(home: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["inbox.db", "inbox.db-wal"] {
            let from = home.join(name);
            if from.exists() {
                std::fs::copy(&from, folder.path().join(name))?;
            }
        }
        let inbox = Connection::open_with_flags(folder.path().join("inbox.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Ok(Self { inbox, _folder: folder })
    }

    /// What is wrong with the file: structure, references, and the search index against itself and the messages.
    ///
    /// # Errors
    /// If it cannot be asked.
    pub fn faults(&self) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        let mut checks = self.inbox.prepare("PRAGMA integrity_check")?;
        for row in checks.query_map([], |row| row.get::<_, String>(0))? {
            faults.extend(Some(row?).filter(|word| word != "ok"));
        }
        let mut orphans = self.inbox.prepare("PRAGMA foreign_key_check")?;
        for row in orphans.query_map([], |row| row.get::<_, String>(0))? {
            faults.push(format!("a row of {} points nowhere", row?));
        }
        if let Err(error) = self.inbox.execute("INSERT INTO search (search) VALUES ('integrity-check')", []) {
            faults.push(format!("search index: {error}"));
        }
        let apart: i64 = self.inbox.query_row(
            "SELECT (SELECT count(*) FROM message WHERE id NOT IN (SELECT id FROM search_docsize))
                  + (SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT id FROM message))",
            [],
            |row| row.get(0),
        )?;
        if apart > 0 {
            faults.push(format!("{apart} messages and search rows are without each other"));
        }
        // A thread's mark says that everything up to it is here; ahead of the messages it would hide them for good.
        // Ozon's list says 0 for the last message of a chat that has none.
        let ahead: i64 = self.inbox.query_row(
            "SELECT count(*) FROM conversation WHERE mark LIKE '{%' AND json_extract(mark, '$.last') NOT IN ('', '0') AND NOT EXISTS
               (SELECT 1 FROM message WHERE message.conversation = conversation.id AND remote_id = json_extract(mark, '$.last'))",
            [],
            |row| row.get(0),
        )?;
        if ahead > 0 {
            faults.push(format!("{ahead} conversations are marked further than they are stored"));
        }
        Ok(faults)
    }

    /// A single number.
    ///
    /// # Errors
    /// Those of the database.
    pub fn number(&self, sql: &str) -> anyhow::Result<i64> {
        Ok(self.inbox.query_row(sql, [], |row| row.get(0))?)
    }

    /// Questions, reviews and chats that await our answer: number, shop's name, the platform's id. Ozon's chats whose window for an
    /// answer closes within eight hours of `now` are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub fn answerable(&self, now: Timestamp) -> anyhow::Result<Vec<(i64, String, String)>> {
        let mut statement = self.inbox.prepare(
            "SELECT c.id, s.name, c.remote_id FROM conversation c JOIN shop s ON s.id = c.shop
             WHERE c.turn = 'ours' AND c.closed = 0 AND c.kind IN ('question', 'review', 'chat')
               AND (s.channel <> 'ozon' OR c.kind <> 'chat' OR c.last_in_at > ?) ORDER BY c.id",
        )?;
        let rows = statement
            .query_map([now.as_millisecond() - 40 * 3_600_000], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Claims that await our decision, with the first of the platform's offers: number, shop's name, the offer.
    ///
    /// # Errors
    /// Those of the database, and offers that are no JSON.
    pub fn decidable(&self) -> anyhow::Result<Vec<(i64, String, Value)>> {
        let mut statement = self.inbox.prepare(
            "SELECT c.id, s.name, json_extract(c.offers, '$[0]') FROM conversation c JOIN shop s ON s.id = c.shop
             WHERE c.turn = 'ours' AND c.closed = 0 AND c.kind = 'claim' AND c.offers LIKE '[{%' ORDER BY c.id",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
        rows.map(|row| {
            row.map_err(Into::into).and_then(|(id, shop, offer)| Ok((id, shop, serde_json::from_str(&offer)?)))
        })
        .collect()
    }
}
