//! Answers to requests by the key their client made, so that a repeated request is the same request, even after a restart.

use dragoman_domain::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use crate::column::millis;
use crate::{Error, Reader, Writer};

/// How long an answer is kept for a repetition.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What was answered under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Body, as text.
    pub body: String,
}

impl Reader<'_> {
    /// What was answered under a key; `None` if nothing was, or too long ago. `digest` stands for the whole request.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another request.
    pub fn answered(&self, key: &str, digest: &str, now: Timestamp) -> Result<Option<Answered>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT digest, status, body FROM request WHERE key = ? AND at >= ?")?;
        let known: Option<(String, Answered)> = statement
            .query_row((key, kept_from(now)), |row| {
                Ok((row.get(0)?, Answered { status: row.get(1)?, body: row.get(2)? }))
            })
            .optional()?;
        match known {
            Some((known, _)) if known != digest => Err(Error::KeyReused { key: key.to_owned() }),
            known => Ok(known.map(|(_, answered)| answered)),
        }
    }
}

impl Writer<'_> {
    /// Keeps an answer for a repetition, and drops those that are too old for one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn keep_answer(
        &self,
        key: &str,
        route: &str,
        digest: &str,
        answered: &Answered,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.conn.prepare_cached("DELETE FROM request WHERE at < ?")?.execute([kept_from(now)])?;
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO request (key, route, digest, status, body, at) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute((key, route, digest, answered.status, &answered.body, millis(now)))?;
        Ok(())
    }
}

fn kept_from(now: Timestamp) -> i64 {
    millis(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN))
}
