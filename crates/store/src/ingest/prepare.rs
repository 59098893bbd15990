//! The part of storing a page that needs no transaction.

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::{Kind, RemoteId, ShopId, Timestamp};

use crate::Error;
use crate::column::millis;
use crate::raw::{Dictionary, Packed, Squeezer};
use crate::search::analyse::Analyser;
use crate::search::index::Facets;

/// Messages of one transaction at most.
const BATCH: usize = 500;

/// A conversation ready to be written.
pub(crate) struct Prepared {
    pub(crate) kind: Kind,
    pub(crate) remote_id: RemoteId,
    pub(crate) facts: Facts,
    pub(crate) messages: Vec<PreparedMessage>,
    /// What stands for the buyer's first word if the conversation is not known yet.
    pub(crate) opening: Option<PreparedMessage>,
    pub(crate) mark: Option<String>,
}

/// A message ready to be written.
pub(crate) struct PreparedMessage {
    pub(crate) message: IncomingMessage,
    /// Milliseconds.
    pub(crate) sent_at: i64,
    /// JSON, empty = none.
    pub(crate) attachments: String,
    pub(crate) tokens: String,
    pub(crate) facets: Facets,
    pub(crate) raw: Option<Packed>,
}

/// Prepares the conversations of one page.
pub(crate) struct Preparer<'d> {
    analyser: Analyser,
    squeezer: Squeezer<'d>,
    shop: ShopId,
    now: Timestamp,
}

impl<'d> Preparer<'d> {
    pub(crate) fn new(
        analyser: Analyser,
        dictionary: Option<&'d Dictionary>,
        shop: ShopId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self { analyser, squeezer: Squeezer::new(dictionary)?, shop, now })
    }

    pub(crate) fn into_analyser(self) -> Analyser {
        self.analyser
    }

    pub(crate) fn prepare(&mut self, thread: Incoming) -> Result<Prepared, Error> {
        let opening = thread.opening(self.now).map(|message| self.message(thread.kind, message)).transpose()?;
        let Incoming { kind, remote_id, facts, messages, mark } = thread;
        let messages = messages.into_iter().map(|message| self.message(kind, message)).collect::<Result<_, _>>()?;
        Ok(Prepared { kind, remote_id, facts, messages, opening, mark })
    }

    fn message(&mut self, kind: Kind, mut message: IncomingMessage) -> Result<PreparedMessage, Error> {
        let mut tokens = String::with_capacity(message.text.len() * 2);
        self.analyser.tokens(&message.text, &mut tokens);
        let attachments =
            if message.attachments.is_empty() { String::new() } else { serde_json::to_string(&message.attachments)? };
        let raw = std::mem::take(&mut message.raw);
        Ok(PreparedMessage {
            sent_at: millis(message.sent_at),
            attachments,
            tokens,
            facets: Facets::new(self.shop, kind, message.sent_at, &message.attachments),
            raw: if raw.is_empty() { None } else { Some(self.squeezer.squeeze(&raw)?) },
            message,
        })
    }
}

/// Cuts a page into batches; a long thread goes in by parts, and its mark with the last of them.
pub(crate) fn batches(conversations: Vec<Incoming>) -> impl Iterator<Item = Vec<Incoming>> {
    let mut parts = conversations.into_iter().flat_map(parts).peekable();
    std::iter::from_fn(move || {
        let first = parts.next()?;
        let mut size = first.messages.len().max(1);
        let mut batch = vec![first];
        while let Some(next) = parts.next_if(|next| size + next.messages.len().max(1) <= BATCH) {
            size += next.messages.len().max(1);
            batch.push(next);
        }
        Some(batch)
    })
}

fn parts(mut thread: Incoming) -> impl Iterator<Item = Incoming> {
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        if thread.messages.len() <= BATCH {
            done = true;
            return Some(Incoming {
                kind: thread.kind,
                remote_id: thread.remote_id.clone(),
                facts: std::mem::take(&mut thread.facts),
                messages: std::mem::take(&mut thread.messages),
                mark: thread.mark.take(),
            });
        }
        let rest = thread.messages.split_off(BATCH);
        let messages = std::mem::replace(&mut thread.messages, rest);
        Some(Incoming {
            kind: thread.kind,
            remote_id: thread.remote_id.clone(),
            facts: thread.facts.clone(),
            messages,
            mark: None,
        })
    })
}
