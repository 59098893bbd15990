//! Walking through history from its beginning, a piece at a time: what leaves may be larger than memory.

use dragoman_domain::{ConversationId, ShopId, Timestamp};

use crate::column::{self, millis};
use crate::thread::{self, Message, ThreadCursor};
use crate::{Error, Reader};

/// Which part of history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Only this shop.
    pub shop: Option<ShopId>,
    /// Only messages written then or later.
    pub from: Option<Timestamp>,
    /// Only messages written before.
    pub to: Option<Timestamp>,
}

impl Part {
    fn bounds(&self) -> (i64, i64) {
        (self.from.map_or(i64::MIN, millis), self.to.map_or(i64::MAX, millis))
    }
}

const CONVERSATIONS: &str = "SELECT id FROM conversation c WHERE id > ?1 AND (?2 IS NULL OR shop = ?2)
     AND (?5 OR EXISTS (SELECT 1 FROM message WHERE conversation = c.id AND sent_at >= ?3 AND sent_at < ?4))
     ORDER BY id LIMIT ?6";
const MESSAGES: &str = "SELECT id, remote_id, direction, author, sent_at, text, attachments, version FROM message
     WHERE conversation = ?1 AND (sent_at, id) > (?2, ?3) AND sent_at >= ?4 AND sent_at < ?5
     ORDER BY sent_at, id LIMIT ?6";

impl Reader<'_> {
    /// The next conversations with anything in a part of history, by number.
    ///
    /// # Errors
    /// Those of the database.
    pub fn conversations_of(
        &self,
        part: &Part,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, Error> {
        let (from, to) = part.bounds();
        let unbounded = part.from.is_none() && part.to.is_none();
        let mut statement = self.conn.prepare_cached(CONVERSATIONS)?;
        let ids = statement
            .query_map((after.map_or(0, |id| id.0), part.shop.map(|shop| shop.0), from, to, unbounded, limit), |row| {
                row.get(0).map(ConversationId)
            })?
            .collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// The next messages of a conversation within a part of history, in the order they were written.
    ///
    /// # Errors
    /// Those of the database.
    pub fn messages_of(
        &self,
        conversation: ConversationId,
        part: &Part,
        after: Option<ThreadCursor>,
        limit: u32,
    ) -> Result<Vec<Message>, Error> {
        let (from, to) = part.bounds();
        let (sent_at, id) = after.map_or((i64::MIN, i64::MIN), |place| (place.sent_at, place.id.0));
        let mut statement = self.conn.prepare_cached(MESSAGES)?;
        let messages = statement
            .query_map((conversation.0, sent_at, id, from, to, limit), thread::message)?
            .collect::<Result<_, _>>()?;
        Ok(messages)
    }

    /// When a conversation's first message was written; none if it has none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn begun_at(&self, conversation: ConversationId) -> Result<Option<Timestamp>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT min(sent_at) FROM message WHERE conversation = ?")?;
        Ok(statement.query_row([conversation.0], |row| column::time_if_any(row, 0))?)
    }

    /// Up to when a person has read what the other side wrote.
    ///
    /// # Errors
    /// [`Error::Sql`] if there is no such conversation.
    pub fn read_to(&self, conversation: ConversationId) -> Result<Timestamp, Error> {
        let mut statement = self.conn.prepare_cached("SELECT read_to FROM conversation WHERE id = ?")?;
        Ok(statement.query_row([conversation.0], |row| column::time(row, 0))?)
    }
}
