//! Conversations that a person wants to see again later.
//!
//! A snoozed conversation is in no working list. It is back when the other side writes (`standing`), or when its instant has come:
//! lists cannot ask a clock, so somebody has to call [`Writer::wake_some`] then.

use dragoman_domain::{ConversationId, ShopId, Timestamp, Turn};
use rusqlite::OptionalExtension;

use crate::column::{self, NEVER, millis, millis_up};
use crate::{Error, Reader, Writer};

pub(crate) const NEXT: &str =
    "SELECT snoozed_until FROM conversation INDEXED BY conversation_snoozed WHERE snoozed_until IS NOT NULL
     ORDER BY snoozed_until LIMIT 1";
pub(crate) const OVER: &str = "SELECT id, shop FROM conversation INDEXED BY conversation_snoozed
     WHERE snoozed_until IS NOT NULL AND snoozed_until <= ?1 ORDER BY snoozed_until, id LIMIT ?2";

/// What a snooze led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snoozed {
    /// Until when.
    pub until: Option<Timestamp>,
    /// Our answer is due before that.
    pub past_due: bool,
    /// Something is different now.
    pub changed: bool,
}

impl Reader<'_> {
    /// When the next snooze is over; `None` while there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_awake(&self) -> Result<Option<Timestamp>, Error> {
        let mut statement = self.conn.prepare_cached(NEXT)?;
        Ok(statement.query_row([], |row| column::time(row, 0)).optional()?)
    }
}

impl Writer<'_> {
    /// Takes a conversation out of the working list until an instant, or back (`None`). What was put aside comes back then, too.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn snooze(&self, conversation: ConversationId, until: Option<Timestamp>) -> Result<Snoozed, Error> {
        let (at, mut past_due) = (until.map(millis_up), false);
        let changed = self.change_standing(conversation.0, |standing| {
            standing.snoozed_until = at;
            if at.is_some() {
                standing.done_at = None;
            }
            past_due = standing.turn == Turn::Ours && standing.due_at != NEVER && at > Some(standing.due_at);
        })?;
        Ok(Snoozed { until, past_due, changed })
    }

    /// Ends the next few snoozes that are over, the earliest first. Returns the conversations with their shops; none = all are.
    ///
    /// # Errors
    /// Those of the database.
    pub fn wake_some(&self, now: Timestamp, limit: u32) -> Result<Vec<(ConversationId, ShopId)>, Error> {
        let over: Vec<(ConversationId, ShopId)> = self
            .conn
            .prepare_cached(OVER)?
            .query_map((millis(now), limit), |row| Ok((ConversationId(row.get(0)?), ShopId(row.get(1)?))))?
            .collect::<Result<_, _>>()?;
        for (id, _) in &over {
            self.change_standing(id.0, |standing| standing.snoozed_until = None)?;
        }
        Ok(over)
    }
}
