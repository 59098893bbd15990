//! One message of a page: new, known, changed, or the platform's copy of an answer of ours.

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::{Direction, MessageId, RemoteId, ShopId};
use rusqlite::OptionalExtension;

use super::apply::Round;
use super::prepare::{Prepared, PreparedMessage};
use crate::outbox::Echo;
use crate::search::index;
use crate::{Error, Writer};

/// A message that is there already.
struct Known {
    id: MessageId,
    conversation: i64,
    text: String,
    attachments: String,
    version: i64,
}

/// What became of one message.
pub(super) enum Outcome {
    New,
    Changed,
    /// The thread's own columns have to be computed anew.
    Adopted,
    Same,
    /// It belongs to another conversation.
    Elsewhere,
}

/// A row of the search index that waits for the end of its batch.
pub(super) struct IndexRow<'b> {
    message: MessageId,
    prepared: &'b PreparedMessage,
    /// There may be an older row.
    replaces: bool,
}

impl Writer<'_> {
    /// Writes the rows of the index that the batch has gathered.
    pub(super) fn write_index(&self, round: &Round<'_>) -> Result<(), Error> {
        for row in round.index.take() {
            let IndexRow { message, prepared, replaces } = row;
            let write = if replaces { index::replace } else { index::insert };
            write(self.conn, message, &prepared.tokens, &prepared.facets)?;
        }
        Ok(())
    }

    /// Stores a message that is new, compares one that is known.
    pub(super) fn store_message<'b>(
        &self,
        round: &Round<'b>,
        conversation: i64,
        prepared: &'b PreparedMessage,
    ) -> Result<Outcome, Error> {
        let message = &prepared.message;
        let id = self.next_message();
        // Most messages are new: asking the unique key by inserting saves looking it up first.
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT INTO message (id, shop, conversation, remote_id, direction, author, sent_at, text, attachments)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (shop, remote_id) DO NOTHING",
            )?
            .execute((
                id,
                round.shop.0,
                conversation,
                message.remote_id.as_str(),
                message.direction.word(),
                message.author.word(),
                prepared.sent_at,
                &message.text,
                &prepared.attachments,
            ))?;
        if inserted == 1 {
            self.take_message();
            round.index.borrow_mut().push(IndexRow { message: MessageId(id), prepared, replaces: false });
            if let Some(raw) = &prepared.raw {
                self.put_raw(MessageId(id), raw)?;
            }
            return Ok(Outcome::New);
        }
        let Some(known) = self.known_message(round.shop, &message.remote_id)? else { return Ok(Outcome::Same) };
        if known.conversation != conversation {
            return Ok(Outcome::Elsewhere);
        }
        self.compare_message(round, &known, prepared)
    }

    fn known_message(&self, shop: ShopId, remote_id: &RemoteId) -> Result<Option<Known>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, conversation, text, attachments, version FROM message WHERE shop = ? AND remote_id = ?",
        )?;
        let known = statement.query_row((shop.0, remote_id.as_str()), |row| {
            Ok(Known {
                id: MessageId(row.get(0)?),
                conversation: row.get(1)?,
                text: row.get(2)?,
                attachments: row.get(3)?,
                version: row.get(4)?,
            })
        });
        Ok(known.optional()?)
    }

    fn compare_message<'b>(
        &self,
        round: &Round<'b>,
        known: &Known,
        prepared: &'b PreparedMessage,
    ) -> Result<Outcome, Error> {
        let message = &prepared.message;
        if known.version == 0 {
            self.put_platform_copy(round, known.id, &known.attachments, prepared)?;
            return Ok(Outcome::Adopted);
        }
        let reworded = known.text != message.text;
        if !reworded && known.attachments == prepared.attachments {
            return Ok(Outcome::Same);
        }
        if reworded {
            self.conn
                .prepare_cached(
                    "INSERT INTO message_version (message, version, text, replaced_at) VALUES (?, ?, ?, ?)",
                )?
                .execute((known.id.0, known.version, &known.text, round.now))?;
        }
        self.renew_files(known.id, &known.attachments, &prepared.attachments)?;
        self.conn
            .prepare_cached("UPDATE message SET text = ?, attachments = ?, version = version + ? WHERE id = ?")?
            .execute((&message.text, &prepared.attachments, reworded, known.id.0))?;
        self.replace_index_and_raw(round, known.id, prepared)?;
        Ok(Outcome::Changed)
    }

    /// Puts what the platform shows in the place of our own copy.
    fn put_platform_copy<'b>(
        &self,
        round: &Round<'b>,
        id: MessageId,
        attachments: &str,
        prepared: &'b PreparedMessage,
    ) -> Result<(), Error> {
        let message = &prepared.message;
        self.renew_files(id, attachments, &prepared.attachments)?;
        self.conn
            .prepare_cached(
                "UPDATE message SET remote_id = ?, direction = ?, author = ?, sent_at = ?, text = ?, attachments = ?,
                        version = 1 WHERE id = ?",
            )?
            .execute((
                message.remote_id.as_str(),
                message.direction.word(),
                message.author.word(),
                prepared.sent_at,
                &message.text,
                &prepared.attachments,
                id.0,
            ))?;
        self.replace_index_and_raw(round, id, prepared)
    }

    fn replace_index_and_raw<'b>(
        &self,
        round: &Round<'b>,
        id: MessageId,
        prepared: &'b PreparedMessage,
    ) -> Result<(), Error> {
        round.index.borrow_mut().push(IndexRow { message: id, prepared, replaces: true });
        match &prepared.raw {
            Some(raw) => self.put_raw(id, raw),
            None => Ok(()),
        }
    }

    /// Our own copies of answers in a thread, the oldest first; asked for only when the page shows a message of ours.
    pub(super) fn echoes(&self, conversation: i64, thread: &Prepared) -> Result<Vec<Echo>, Error> {
        if thread.messages.iter().any(|message| message.message.direction == Direction::Out) {
            self.echoes_of(conversation)
        } else {
            Ok(Vec::new())
        }
    }

    /// Recognises a message as one of our own answers whose platform id was not known. The oldest that reads alike is it.
    pub(super) fn adopt_echo<'b>(
        &self,
        round: &Round<'b>,
        echoes: &[Echo],
        thread: &Prepared,
        prepared: &'b PreparedMessage,
    ) -> Result<Option<Outcome>, Error> {
        let message = &prepared.message;
        if message.direction != Direction::Out || echoes.is_empty() {
            return Ok(None);
        }
        if self.known_message(round.shop, &message.remote_id)?.is_some() {
            return Ok(None);
        }
        let shown = shown(thread, message);
        for echo in echoes.iter().filter(|echo| echo.reads_like(&shown)) {
            // An earlier message of this page may have taken it.
            if self.is_echo(echo.message)? {
                self.put_platform_copy(round, echo.message, &echo.attachments, prepared)?;
                self.claim(echo, &message.remote_id)?;
                return Ok(Some(Outcome::Adopted));
            }
        }
        Ok(None)
    }
}

/// A thread that shows one message only.
fn shown(thread: &Prepared, message: &IncomingMessage) -> Incoming {
    Incoming {
        kind: thread.kind,
        remote_id: thread.remote_id.clone(),
        facts: Facts::default(),
        messages: vec![message.clone()],
        mark: None,
    }
}
