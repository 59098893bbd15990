//! What a channel hands over for storing: pages of conversations in our words, with the platform's raw text beside them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::ClaimFacts;
use crate::lookup::Product;
use crate::message::AttachmentStub;
use crate::offer::Offer;
use crate::outbox::Publication;
use crate::review::ReviewFacts;
use crate::{Author, Direction, Kind, RemoteId};

/// Where a stream stands; opaque to everybody but its channel, stored in the same transaction as the page it follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One step of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Conversations, each with the messages this step brought.
    pub conversations: Vec<Incoming>,
    /// Items that could not be read; the rest of the page arrives all the same.
    pub unreadable: Vec<Unreadable>,
    /// Where to go on; stored with the page.
    pub next: Cursor,
    /// Whether another step should follow at once.
    pub more: bool,
    /// Ends a complete pass over everything that awaits an answer: what is ours to answer and was not seen since
    /// this instant has been settled elsewhere and is to be read again one by one.
    pub sweep: Option<Timestamp>,
    /// Steps still to come, as far as the channel can tell; for estimates only.
    pub left: Option<u64>,
    /// Conversations the whole pass still has to bring, where the platform counts them or they have been counted; `None` =
    /// nobody knows.
    pub to_come: Option<u64>,
}

/// One conversation with what a step brought of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Kind of the thread.
    pub kind: Kind,
    /// The platform's id of the thread.
    pub remote_id: RemoteId,
    /// Facts of the thread; `None` fields leave what is stored.
    pub facts: Facts,
    /// Messages in any order; those already stored are compared and versioned.
    pub messages: Vec<IncomingMessage>,
    /// The channel's mark of how far the thread has been read (Ozon: last message id), stored once the thread has no gap.
    pub mark: Option<String>,
}

impl Incoming {
    /// The first word of a claim in which the buyer wrote none, so that it is ours to decide and unread like any other: an
    /// empty message at its beginning. `None` for what is no claim, or speaks for itself.
    pub fn opening(&self, now: Timestamp) -> Option<IncomingMessage> {
        let speaks = self.messages.iter().any(|message| message.direction == Direction::In);
        if self.kind != Kind::Claim || speaks {
            return None;
        }
        let at = self.facts.started_at.or_else(|| self.messages.iter().map(|message| message.sent_at).min());
        let id = RemoteId(format!("opening:{}", self.remote_id.as_str()));
        Some(IncomingMessage::new(id, Author::Buyer, at.unwrap_or(now), String::new(), String::new()))
    }
}

/// Facts of a thread. `None` means "not said this time" and never overwrites.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What the thread is about; a product name when there is one.
    pub subject: Option<String>,
    /// The buyer's name as the platform gives it.
    pub buyer: Option<String>,
    /// The platform's own status word, kept as it is.
    pub status: Option<String>,
    /// The platform takes no more answers, or it was settled without one.
    pub closed: Option<bool>,
    /// Order number.
    pub order_no: Option<String>,
    /// The product the thread is about.
    pub product: Option<Product>,
    /// The platform already shows it as seen by the seller.
    pub seen: Option<bool>,
    /// When the thread began.
    pub started_at: Option<Timestamp>,
    /// Ours may still be edited.
    pub editable: Option<bool>,
    /// Until when, where the platform sets an end to it.
    pub edit_until: Option<Timestamp>,
    /// Nobody expects an answer any more, although one may still be given (a review marked as processed, a claim that offers
    /// nothing to do).
    pub settled: Option<bool>,
    /// The platform's id of the buyer, where it gives one.
    pub buyer_id: Option<String>,
    /// Facts of a claim.
    pub claim: Option<ClaimFacts>,
    /// Facts of a review.
    pub review: Option<ReviewFacts>,
    /// What can be done now beyond answering; an empty list = nothing.
    pub offers: Option<Vec<Offer>>,
    /// What became of our public answer.
    pub answer: Option<AnswerState>,
    /// The thread was seen whole and has no answer of ours: one that was public has been taken away.
    pub unanswered: bool,
}

/// What became of a public answer after the platform accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerState {
    /// Where it stands.
    pub publication: Publication,
    /// The platform's reason of a refusal, empty when it gives none.
    pub reason: String,
}

impl AnswerState {
    /// Where an answer stands that was public and is not there any more. Nobody says why.
    pub fn taken_away() -> Self {
        Self { publication: Publication::Refused, reason: "the platform does not show the answer any more".to_owned() }
    }
}

/// One message as a channel understood it.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingMessage {
    /// Unique within the shop; a channel prefixes where the platform's own ids could collide.
    pub remote_id: RemoteId,
    /// Which way it went.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Author,
    /// When it was written.
    pub sent_at: Timestamp,
    /// Text without markup labels; may be empty when there are attachments.
    pub text: String,
    /// Files and pictures.
    pub attachments: Vec<AttachmentStub>,
    /// The platform's JSON of this message.
    pub raw: String,
}

impl IncomingMessage {
    /// A message with no attachments whose direction follows from its author.
    pub fn new(remote_id: RemoteId, author: Author, sent_at: Timestamp, text: String, raw: String) -> Self {
        Self { remote_id, direction: author.direction(), author, sent_at, text, attachments: Vec::new(), raw }
    }
}

/// An item a platform sent that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The stream it came by.
    pub stream: String,
    /// The platform's id when it could still be made out; else a hash of the raw text.
    pub remote_id: String,
    /// What was wrong, for a person who reports it.
    pub cause: String,
    /// The raw text.
    pub raw: String,
}

/// A thread read again for a check before or after sending.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// The thread as it stands; stored like any page.
    pub conversation: Incoming,
    /// The reading covers everything after the watermark it was asked for.
    pub complete: bool,
    /// It came across something that could not be read and may belong to this thread: what is not seen may be there all the same.
    pub gaps: bool,
}
