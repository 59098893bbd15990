//! One conversation: its header, its messages page by page, and what a person leaves on it.

use std::collections::HashMap;

use dragoman_domain::claim::{ClaimFacts, Limit};
use dragoman_domain::deadline::Waiting;
use dragoman_domain::lookup::{Order, Product};
use dragoman_domain::message::AttachmentStub;
use dragoman_domain::offer::Offer;
use dragoman_domain::outbox::Publication;
use dragoman_domain::review::ReviewFacts;
use dragoman_domain::{
    Author, ConversationId, Direction, Kind, MessageId, RemoteId, ShopId, SignedDuration, Timestamp,
};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::column::{self, millis};
use crate::file::{StoredFile, Upload};
use crate::inbox::{self, ConversationRow};
use crate::outbox::OutboxEntry;
use crate::{Error, Reader};

/// Everything about a conversation but its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// What the list shows of it.
    pub row: ConversationRow,
    /// The platform takes no more answers.
    pub closed: bool,
    /// Ours may still be edited.
    pub editable: bool,
    /// Until when, where the platform sets an end to it.
    pub edit_until: Option<Timestamp>,
    /// Nobody expects an answer any more, although one may still be given.
    pub settled: bool,
    /// What became of our newest public answer.
    pub publication: Option<Publication>,
    /// The platform's reason for refusing it, empty when it gave none.
    pub refusal: String,
    /// Facts of a claim.
    pub claim: Option<ClaimFacts>,
    /// Facts of a review.
    pub review: Option<ReviewFacts>,
    /// What can be done beyond answering.
    pub offers: Vec<Offer>,
    /// The platform's own deadline.
    pub limit: Option<Limit>,
    /// The platform's id of the buyer, empty when it gives none.
    pub buyer_id: String,
    /// The newest message of the other side.
    pub last_in_at: Option<Timestamp>,
    /// Order number, empty when there is none.
    pub order_no: String,
    /// What is known of the order.
    pub order: Option<Order>,
    /// Product number, empty when there is none.
    pub product_key: String,
    /// What is known of the product.
    pub product: Option<Product>,
    /// Text that was begun and not sent.
    pub draft: String,
    /// Files that are to go with it.
    pub draft_files: Vec<Upload>,
    /// Its outbox items, settled ones too, oldest first.
    pub outbox: Vec<OutboxEntry>,
}

impl Conversation {
    /// What its deadline depends on.
    pub fn waiting(&self) -> Waiting<'_> {
        Waiting {
            kind: self.row.kind,
            turn: self.row.turn,
            last_in: self.last_in_at,
            stars: self.review.as_ref().and_then(|review| review.stars),
            limit: self.limit.as_ref(),
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Our number.
    pub id: MessageId,
    /// The platform's id; begins with `local:` while only our own copy is here.
    pub remote_id: RemoteId,
    /// Which way it went.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Author,
    /// When it was written.
    pub sent_at: Timestamp,
    /// Text as the platform now has it.
    pub text: String,
    /// Files and pictures.
    pub attachments: Vec<AttachmentStub>,
    /// What is known of their bytes, by their places.
    pub files: Vec<StoredFile>,
    /// 0 = our own copy of an accepted answer; 1 = as it came; above, so many texts went before this one.
    pub version: u32,
}

impl Message {
    /// Where the page before this message ends.
    pub fn cursor(&self) -> ThreadCursor {
        ThreadCursor { sent_at: millis(self.sent_at), id: self.id }
    }
}

/// A message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMessage {
    /// Our number.
    pub id: MessageId,
    /// The platform's id; `None` while it has told none.
    pub shown: Option<RemoteId>,
}

/// The place of the first message of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadCursor {
    /// When it was written, Unix milliseconds.
    pub sent_at: i64,
    /// The message.
    pub id: MessageId,
}

/// What a message said before the platform changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub version: u32,
    /// The text.
    pub text: String,
    /// When we saw that it had been replaced.
    pub replaced_at: Timestamp,
}

/// How long the moderation of a public answer is believed to take at most.
const MODERATION: SignedDuration = SignedDuration::from_hours(7 * 24);

const HEADER: &str =
    "SELECT closed, editable, last_in_at, order_no, product, draft, edit_until, settled, publication, refusal,
    claim, review, offers, limit_at, limit_rule, buyer_id FROM conversation WHERE id = ?";
pub(crate) const MESSAGES: &str =
    "SELECT id, remote_id, direction, author, sent_at, text, attachments, version FROM message
     WHERE conversation = ?1 AND (sent_at, id) < (?2, ?3) ORDER BY sent_at DESC, id DESC LIMIT ?4";
pub(crate) const VERSIONS: &str =
    "SELECT version, text, replaced_at FROM message_version WHERE message = ? ORDER BY version";

pub(crate) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: MessageId(row.get(0)?),
        remote_id: RemoteId(row.get(1)?),
        direction: column::word(row, 2)?,
        author: column::word(row, 3)?,
        sent_at: column::time(row, 4)?,
        text: row.get(5)?,
        attachments: column::json_if_any(row, 6)?.unwrap_or_default(),
        files: Vec::new(),
        version: row.get(7)?,
    })
}

fn limit(at: Option<Timestamp>, rule: String) -> Option<Limit> {
    at.map(|at| Limit { at, rule })
}

impl Reader<'_> {
    /// Everything about a conversation but its messages.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn conversation(&self, id: ConversationId) -> Result<Conversation, Error> {
        let row = self.conversation_row(id)?;
        let mut header = self.conn.prepare_cached(HEADER)?;
        let mut conversation = header.query_row([id.0], |columns| {
            Ok(Conversation {
                closed: columns.get(0)?,
                editable: columns.get(1)?,
                last_in_at: column::time_if_any(columns, 2)?,
                order_no: columns.get(3)?,
                product_key: columns.get(4)?,
                draft: columns.get(5)?,
                edit_until: column::time_if_any(columns, 6)?,
                settled: columns.get(7)?,
                publication: column::word_if_any(columns, 8)?,
                refusal: columns.get(9)?,
                claim: column::json_if_any(columns, 10)?,
                review: column::json_if_any(columns, 11)?,
                offers: column::json_if_any(columns, 12)?.unwrap_or_default(),
                limit: limit(column::time_if_any(columns, 13)?, columns.get(14)?),
                buyer_id: columns.get(15)?,
                order: None,
                product: None,
                draft_files: Vec::new(),
                outbox: Vec::new(),
                row,
            })
        })?;
        let shop = conversation.row.shop;
        conversation.product = self.product(shop, &conversation.product_key)?;
        conversation.order = self.purchase(shop, &conversation.order_no)?;
        conversation.draft_files = self.draft_files(id)?;
        conversation.outbox = self.outbox_of(id)?;
        Ok(conversation)
    }

    /// What the list shows of a conversation.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn conversation_row(&self, id: ConversationId) -> Result<ConversationRow, Error> {
        let mut statement = self.conn.prepare_cached(inbox::ONE)?;
        statement.query_row([id.0], inbox::row).optional()?.ok_or_else(|| Error::missing("conversation", id))
    }

    /// The conversation a platform knows by an id.
    ///
    /// # Errors
    /// Those of the database.
    pub fn conversation_named(
        &self,
        shop: ShopId,
        kind: Kind,
        remote_id: &RemoteId,
    ) -> Result<Option<ConversationId>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM conversation WHERE shop = ? AND kind = ? AND remote_id = ?")?;
        let id = statement.query_row((shop.0, kind.word(), remote_id.as_str()), |row| row.get(0).map(ConversationId));
        Ok(id.optional()?)
    }

    /// The newest messages, or those before a place, in the order they were written.
    ///
    /// # Errors
    /// Those of the database.
    pub fn messages(
        &self,
        conversation: ConversationId,
        before: Option<ThreadCursor>,
        limit: u32,
    ) -> Result<Vec<Message>, Error> {
        let (sent_at, id) = before.map_or((i64::MAX, i64::MAX), |place| (place.sent_at, place.id.0));
        let mut statement = self.conn.prepare_cached(MESSAGES)?;
        let mut messages: Vec<Message> =
            statement.query_map((conversation.0, sent_at, id, limit), message)?.collect::<Result<_, _>>()?;
        messages.reverse();
        for message in messages.iter_mut().filter(|message| !message.attachments.is_empty()) {
            message.files = self.files_of(message.id)?;
        }
        Ok(messages)
    }

    /// A message of ours by its number, the newest without one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn own_message(
        &self,
        conversation: ConversationId,
        id: Option<MessageId>,
    ) -> Result<Option<OwnMessage>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, remote_id FROM message WHERE conversation = ?1 AND direction = 'out' AND (?2 IS NULL OR id = ?2)
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )?;
        let own = statement.query_row((conversation.0, id.map(|id| id.0)), |row| {
            let remote_id: String = row.get(1)?;
            let shown = (!remote_id.starts_with(crate::outbox::LOCAL)).then_some(RemoteId(remote_id));
            Ok(OwnMessage { id: MessageId(row.get(0)?), shown })
        });
        Ok(own.optional()?)
    }

    /// What a message said before, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn versions(&self, message: MessageId) -> Result<Vec<Version>, Error> {
        let mut statement = self.conn.prepare_cached(VERSIONS)?;
        let versions = statement
            .query_map([message.0], |row| {
                Ok(Version { version: row.get(0)?, text: row.get(1)?, replaced_at: column::time(row, 2)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(versions)
    }

    /// The chat with the buyer of an order, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn chat_of_order(&self, shop: ShopId, order_no: &str) -> Result<Option<(ConversationId, RemoteId)>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, remote_id FROM conversation
             WHERE order_no = ? AND order_no <> '' AND shop = ? AND kind = 'chat' ORDER BY id LIMIT 1",
        )?;
        let found =
            statement.query_row((order_no, shop.0), |row| Ok((ConversationId(row.get(0)?), RemoteId(row.get(1)?))));
        Ok(found.optional()?)
    }

    /// The channel's marks of how far threads were read, for those that have one. A thread whose public answer is still in the
    /// platform's moderation has none for as long as that is believed to take: it is to be read again although nothing tells that it
    /// has changed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn marks(
        &self,
        shop: ShopId,
        kind: Kind,
        threads: &[RemoteId],
        now: Timestamp,
    ) -> Result<HashMap<RemoteId, String>, Error> {
        let moderated_since = millis(now.saturating_sub(MODERATION).unwrap_or(Timestamp::MIN));
        let mut statement = self.conn.prepare_cached(
            "SELECT mark FROM conversation WHERE shop = ? AND kind = ? AND remote_id = ? AND mark <> ''
             AND NOT (publication = 'pending' AND coalesce(last_out_at, 0) > ?)",
        )?;
        let mut marks = HashMap::new();
        for thread in threads {
            let wanted = (shop.0, kind.word(), thread.as_str(), moderated_since);
            let mark = statement.query_row(wanted, |row| row.get(0)).optional()?;
            marks.extend(mark.map(|mark| (thread.clone(), mark)));
        }
        Ok(marks)
    }

    /// Threads of a kind that are ours to answer and that no page has shown since an instant: settled elsewhere, most likely,
    /// and to be read one by one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn unseen_since(
        &self,
        shop: ShopId,
        kind: Kind,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(ConversationId, RemoteId)>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, remote_id FROM conversation
             WHERE shop = ? AND kind = ? AND turn = 'ours' AND seen_at < ? ORDER BY id LIMIT ?",
        )?;
        let threads = statement
            .query_map((shop.0, kind.word(), millis(since), limit), |row| {
                Ok((ConversationId(row.get(0)?), RemoteId(row.get(1)?)))
            })?
            .collect::<Result<_, _>>()?;
        Ok(threads)
    }
}
