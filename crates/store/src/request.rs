//! Requests by the key their client made, so that a repeated request is the same request.

use dragoman_domain::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use crate::column::millis;
use crate::{Error, Writer};

/// How long an answer is kept for a repetition.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A new request: carry it out, then call [`Writer::finish_request`].
    New,
    /// The same request is being carried out.
    UnderWay,
    /// The same request was answered.
    Answered {
        /// HTTP status of the answer.
        status: u16,
        /// Body of the answer.
        body: String,
    },
}

impl Writer<'_> {
    /// Notes that a request begins, or tells what became of it before. The key of a request that was under way when the
    /// program ended is free again.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another route or body.
    pub fn begin_request(&self, key: &str, route: &str, body: &[u8], now: Timestamp) -> Result<Begun, Error> {
        let digest = hex::encode(Sha256::digest(body));
        let known: Option<(String, String, u16, String)> = self
            .conn
            .prepare_cached("SELECT route, digest, status, body FROM request WHERE key = ?")?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        if let Some((known_route, known_digest, status, body)) = known {
            if known_route != route || known_digest != digest {
                return Err(Error::KeyReused { key: key.to_owned() });
            }
            return Ok(if status == 0 { Begun::UnderWay } else { Begun::Answered { status, body } });
        }
        let old = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        self.conn.prepare_cached("DELETE FROM request WHERE at < ?")?.execute([millis(old)])?;
        self.conn.prepare_cached("INSERT INTO request (key, route, digest, at) VALUES (?, ?, ?, ?)")?.execute((
            key,
            route,
            digest,
            millis(now),
        ))?;
        Ok(Begun::New)
    }

    /// Keeps the answer for a repetition.
    ///
    /// # Errors
    /// Those of the database.
    pub fn finish_request(&self, key: &str, status: u16, body: &str) -> Result<(), Error> {
        self.conn
            .prepare_cached("UPDATE request SET status = ?, body = ? WHERE key = ?")?
            .execute((status, body, key))?;
        Ok(())
    }

    /// Frees a key whose request was not carried out, so that it can be tried again.
    ///
    /// # Errors
    /// Those of the database.
    pub fn abandon_request(&self, key: &str) -> Result<(), Error> {
        self.conn.prepare_cached("DELETE FROM request WHERE key = ? AND status = 0")?.execute([key])?;
        Ok(())
    }
}
