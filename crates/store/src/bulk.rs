//! One deed on many conversations, in steps short enough for everybody else, and the way back.
//!
//! Each step changes some conversations and notes, in the same transaction, what they were before. So a deed that was cut short can
//! be taken back as far as it came, and the same request again goes on where it ended. A conversation in which the other side wrote
//! after the deed was asked for is left alone: nobody has decided about that message.

use dragoman_domain::{ConversationId, ShopId, SignedDuration, TagId, Timestamp};
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::column::{self, millis};
use crate::inbox::Filter;
use crate::{Error, Reader, Writer};

/// Conversations of one transaction.
pub const STEP: usize = 500;
/// How long a deed can be taken back.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is done with each conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Deed {
    /// Put aside, or taken back (`None`).
    Done {
        /// When.
        at: Option<Timestamp>,
    },
    /// Snoozed, or taken back (`None`).
    Snooze {
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A star given or taken away.
    Star {
        /// Given.
        on: bool,
    },
    /// A tag put on or taken off.
    Tag {
        /// Which.
        tag: TagId,
        /// Put on.
        on: bool,
    },
    /// Everything in it read.
    Read,
}

impl Deed {
    /// Whether the same was asked for, perhaps at another time.
    fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Done { at }, Self::Done { at: other }) => at.is_some() == other.is_some(),
            _ => self == other,
        }
    }
}

/// A conversation as it was when the deed was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The conversation.
    pub id: ConversationId,
    /// The other side's newest message, milliseconds.
    last_in_at: Option<i64>,
}

/// A deed that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    id: i64,
    deed: Deed,
}

/// One step of taking a deed back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// As they were before.
    pub restored: Vec<(ConversationId, ShopId)>,
    /// Left alone: they changed since.
    pub changed: Vec<ConversationId>,
    /// There is more to take back.
    pub more: bool,
}

/// The columns a deed is about, before or after it: when it was put aside and snoozed, or one figure.
type State = (Option<i64>, Option<i64>);

impl Reader<'_> {
    /// Everything in a list as it stands now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn targets_in(&self, filter: &Filter) -> Result<Vec<Target>, Error> {
        let targets = self.everything_in(filter)?;
        Ok(targets.into_iter().map(|(id, last_in_at)| Target { id, last_in_at }).collect())
    }

    /// These conversations as they stand now, without those that are gone.
    ///
    /// # Errors
    /// Those of the database.
    pub fn targets(&self, ids: &[ConversationId]) -> Result<Vec<Target>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT last_in_at FROM conversation WHERE id = ?")?;
        let mut targets = Vec::with_capacity(ids.len());
        for id in ids {
            let last_in_at = statement.query_row([id.0], |row| row.get(0)).optional()?;
            targets.extend(last_in_at.map(|last_in_at| Target { id: *id, last_in_at }));
        }
        Ok(targets)
    }

    /// How many conversations a deed has changed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn bulk_count(&self, begun: Begun) -> Result<u64, Error> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM bulk_entry WHERE bulk = ?")?;
        Ok(statement.query_row([begun.id], |row| row.get(0))?)
    }

    /// A deed that can still be taken back.
    fn bulk_of(&self, token: Uuid, now: Timestamp) -> Result<Option<Begun>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT id, deed FROM bulk WHERE token = ? AND at >= ?")?;
        let begun = statement.query_row((token.to_string(), kept_from(now)), |row| {
            Ok(Begun { id: row.get(0)?, deed: column::json(row, 1)? })
        });
        Ok(begun.optional()?)
    }

    /// `None` if the conversation is gone.
    fn state_of(&self, deed: Deed, id: ConversationId) -> Result<Option<State>, Error> {
        let sql = match deed {
            Deed::Done { .. } | Deed::Snooze { .. } => "SELECT done_at, snoozed_until FROM conversation WHERE id = ?",
            Deed::Star { .. } => "SELECT starred, NULL FROM conversation WHERE id = ?",
            Deed::Read => "SELECT read_to, NULL FROM conversation WHERE id = ?",
            Deed::Tag { tag, .. } => return Ok(Some((Some(i64::from(self.is_tagged(id, tag)?)), None))),
        };
        Ok(self.conn.prepare_cached(sql)?.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }
}

impl Writer<'_> {
    /// Begins a deed, or goes on with one that was cut short.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the token came with another deed; [`Error::Missing`] if it names a tag that is not there.
    pub fn begin_bulk(&self, token: Uuid, deed: Deed, now: Timestamp) -> Result<Begun, Error> {
        if let Deed::Tag { tag, .. } = deed {
            self.tag(tag)?;
        }
        if let Some(begun) = self.bulk_of(token, now)? {
            return if begun.deed.is_like(deed) { Ok(begun) } else { Err(Error::KeyReused { key: token.to_string() }) };
        }
        self.conn.prepare_cached("INSERT OR REPLACE INTO bulk (token, deed, at) VALUES (?, ?, ?)")?.execute((
            token.to_string(),
            serde_json::to_string(&deed)?,
            millis(now),
        ))?;
        Ok(Begun { id: self.conn.last_insert_rowid(), deed })
    }

    /// Carries a deed out on some conversations, [`STEP`] at most. Returns those it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn bulk_step(&self, begun: Begun, targets: &[Target]) -> Result<Vec<(ConversationId, ShopId)>, Error> {
        let Begun { id: bulk, deed } = begun;
        let mut look = self.conn.prepare_cached("SELECT shop, last_in_at FROM conversation WHERE id = ?")?;
        let mut note = self.conn.prepare_cached(
            "INSERT INTO bulk_entry (bulk, conversation, was, was_too, became, became_too) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (bulk, conversation) DO UPDATE SET became = excluded.became, became_too = excluded.became_too",
        )?;
        let mut changed = Vec::new();
        for Target { id, last_in_at } in targets.iter().take(STEP) {
            let found = look.query_row([id.0], |row| Ok((ShopId(row.get(0)?), row.get(1)?))).optional()?;
            let Some((shop, last_in_now)) = found else { continue };
            let Some(was) = self.state_of(deed, *id)?.filter(|_| *last_in_at == last_in_now) else { continue };
            self.carry_out(deed, *id)?;
            let Some(became) = self.state_of(deed, *id)?.filter(|became| *became != was) else { continue };
            note.execute((bulk, id.0, was.0, was.1, became.0, became.1))?;
            changed.push((*id, shop));
        }
        Ok(changed)
    }

    fn carry_out(&self, deed: Deed, id: ConversationId) -> Result<(), Error> {
        match deed {
            Deed::Done { at } => self.set_done(id, at).map(drop),
            Deed::Snooze { until } => self.snooze(id, until).map(drop),
            Deed::Star { on } => self.set_star(id, on).map(drop),
            Deed::Tag { tag, on } => self.set_tag(id, tag, on).map(drop),
            Deed::Read => self.mark_read(id, Timestamp::MAX).map(drop),
        }
    }

    /// Takes the next [`STEP`] conversations of a deed back, each exactly to what it was, except those that changed since. A deed that
    /// was taken back whole is forgotten.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such deed, or none that can still be taken back.
    pub fn undo_step(&self, token: Uuid, now: Timestamp) -> Result<Undone, Error> {
        let Some(Begun { id: bulk, deed }) = self.bulk_of(token, now)? else {
            return Err(Error::missing("deed", token));
        };
        let mut select = self.conn.prepare_cached(
            "SELECT e.conversation, c.shop, e.was, e.was_too, e.became, e.became_too
             FROM bulk_entry e JOIN conversation c ON c.id = e.conversation
             WHERE e.bulk = ? ORDER BY e.conversation LIMIT ?",
        )?;
        let entries: Vec<(ConversationId, ShopId, State, State)> = select
            .query_map((bulk, STEP as i64), |row| {
                let (was, became) = ((row.get(2)?, row.get(3)?), (row.get(4)?, row.get(5)?));
                Ok((ConversationId(row.get(0)?), ShopId(row.get(1)?), was, became))
            })?
            .collect::<Result<_, _>>()?;
        let mut done = self.conn.prepare_cached("DELETE FROM bulk_entry WHERE bulk = ? AND conversation = ?")?;
        let mut undone = Undone { more: entries.len() == STEP, ..Undone::default() };
        for (id, shop, was, became) in entries {
            if self.state_of(deed, id)? == Some(became) && self.put_back(deed, id, was)? {
                undone.restored.push((id, shop));
            } else {
                undone.changed.push(id);
            }
            done.execute((bulk, id.0))?;
        }
        if !undone.more {
            self.conn.prepare_cached("DELETE FROM bulk WHERE id = ?")?.execute([bulk])?;
        }
        Ok(undone)
    }

    /// False if it cannot be as it was: the tag is gone.
    fn put_back(&self, deed: Deed, id: ConversationId, (was, was_too): State) -> Result<bool, Error> {
        match deed {
            Deed::Done { .. } | Deed::Snooze { .. } => {
                self.change_standing(id.0, |standing| (standing.done_at, standing.snoozed_until) = (was, was_too))
            }
            Deed::Star { .. } => self.set_star(id, was == Some(1)),
            Deed::Read => self.change_standing(id.0, |standing| standing.read_to = was.unwrap_or_default()),
            Deed::Tag { tag, .. } => match self.set_tag(id, tag, was == Some(1)) {
                Err(Error::Missing { .. }) => Ok(false),
                outcome => outcome,
            },
        }
    }

    /// Forgets some of what cannot be taken back any more; false when nothing is left to forget.
    ///
    /// # Errors
    /// Those of the database.
    pub fn forget_bulks(&self, now: Timestamp) -> Result<bool, Error> {
        let before = kept_from(now);
        let gone = self
            .conn
            .prepare_cached(
                "DELETE FROM bulk_entry WHERE (bulk, conversation) IN (
                   SELECT e.bulk, e.conversation FROM bulk b JOIN bulk_entry e ON e.bulk = b.id WHERE b.at < ? LIMIT ?)",
            )?
            .execute((before, STEP as i64))?;
        if gone == 0 {
            self.conn.prepare_cached("DELETE FROM bulk WHERE at < ?")?.execute([before])?;
        }
        Ok(gone > 0)
    }
}

fn kept_from(now: Timestamp) -> i64 {
    millis(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN))
}
