//! Internal notes: messages of the direction [`Note`](Direction::Note), which no platform knows and none is ever sent to.

use dragoman_domain::{Author, ConversationId, Direction, Kind, MessageId, RemoteId, ShopId, Timestamp};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use crate::column::{self, instant, millis};
use crate::search::index::{self, Facets};
use crate::thread::{self, Message};
use crate::{Error, Reader, Writer};

/// Where a note stands.
struct Place {
    conversation: ConversationId,
    shop: ShopId,
    kind: Kind,
    sent_at: i64,
}

impl Reader<'_> {
    /// One note.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such message, or it is no note.
    pub fn note(&self, id: MessageId) -> Result<Message, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, remote_id, direction, author, sent_at, text, attachments, version FROM message
             WHERE id = ? AND direction = 'note'",
        )?;
        statement.query_row([id.0], thread::message).optional()?.ok_or_else(|| Error::missing("note", id))
    }

    fn note_place(&self, id: MessageId) -> Result<Place, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.conversation, m.shop, c.kind, m.sent_at FROM message m JOIN conversation c ON c.id = m.conversation
             WHERE m.id = ? AND m.direction = 'note'",
        )?;
        let place = statement.query_row([id.0], |row| {
            Ok(Place {
                conversation: ConversationId(row.get(0)?),
                shop: ShopId(row.get(1)?),
                kind: column::word(row, 2)?,
                sent_at: row.get(3)?,
            })
        });
        place.optional()?.ok_or_else(|| Error::missing("note", id))
    }
}

impl Writer<'_> {
    /// Adds a note. The same key twice is the same note, with the text it has by now.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::KeyReused`] if the key came for another conversation.
    pub fn add_note(
        &self,
        conversation: ConversationId,
        key: Uuid,
        text: &str,
        now: Timestamp,
    ) -> Result<Message, Error> {
        let row = self.conversation_row(conversation)?;
        let name = RemoteId(format!("note:{key}"));
        let mut known =
            self.conn.prepare_cached("SELECT id, conversation FROM message WHERE shop = ? AND remote_id = ?")?;
        let known: Option<(i64, i64)> =
            known.query_row((row.shop.0, name.as_str()), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((id, of)) = known {
            return if of == conversation.0 {
                self.note(MessageId(id))
            } else {
                Err(Error::KeyReused { key: key.to_string() })
            };
        }
        let id = self.next_message();
        self.conn
            .prepare_cached(
                "INSERT INTO message (id, shop, conversation, remote_id, direction, author, sent_at, text)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute((
                id,
                row.shop.0,
                conversation.0,
                name.as_str(),
                Direction::Note.word(),
                Author::Agent.word(),
                millis(now),
                text,
            ))?;
        self.take_message();
        self.index_note(MessageId(id), text)?;
        self.note(MessageId(id))
    }

    /// Gives a note another text. What it said before is not kept: nobody but ourselves has read it. Returns its conversation.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn change_note(&self, id: MessageId, text: &str) -> Result<ConversationId, Error> {
        let Place { conversation, .. } = self.note_place(id)?;
        self.conn.prepare_cached("UPDATE message SET text = ? WHERE id = ?")?.execute((text, id.0))?;
        self.index_note(id, text)?;
        Ok(conversation)
    }

    /// Removes a note. Returns its conversation.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn remove_note(&self, id: MessageId) -> Result<ConversationId, Error> {
        let Place { conversation, .. } = self.note_place(id)?;
        index::delete(self.conn, id)?;
        self.conn.prepare_cached("DELETE FROM message WHERE id = ?")?.execute([id.0])?;
        // Its number is never given again.
        self.conn.execute("UPDATE home SET last_message = max(last_message, ?)", [id.0])?;
        Ok(conversation)
    }

    fn index_note(&self, id: MessageId, text: &str) -> Result<(), Error> {
        let Place { shop, kind, sent_at, .. } = self.note_place(id)?;
        let mut tokens = String::new();
        self.analyser().tokens(text, &mut tokens);
        Ok(index::replace(self.conn, id, &tokens, &Facets::new(shop, kind, instant(sent_at), &[]))?)
    }
}
