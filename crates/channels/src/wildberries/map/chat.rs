//! Chats in our words: events of the feed of all chats, and what the list of chats adds to them.
//!
//! Ids of messages begin with their instant (`e:<milliseconds>:<event>`). The feed can only be read from an instant on, so the
//! id of the last known message is what a later look at its thread starts from.

use std::collections::HashSet;

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::Product;
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::{Author, Direction, Kind, RemoteId};
use jiff::Timestamp;
use serde_json::value::RawValue;

use super::{mime_of, page, public_file, said};
use crate::lenient::Id;
use crate::wildberries::wire::chat::{Chat, Event, File, GoodCard};

/// Begins the source of an attachment that is fetched by its `downloadID`.
pub(in crate::wildberries) const DOWNLOAD: &str = "download:";

/// Numbers below are seconds: one client has them, the specification has milliseconds.
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// What one event says.
#[derive(Debug)]
pub(in crate::wildberries) struct Said {
    chat: String,
    facts: Facts,
    message: Option<IncomingMessage>,
}

/// The chat an event speaks of, if that much can be read.
pub(in crate::wildberries) fn chat_of(raw: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(rename = "chatID")]
        chat_id: Id,
    }
    serde_json::from_str::<Named>(raw).ok().map(|named| named.chat_id.0)
}

/// Reads one event, its secrets cut out already. Events without a message, and whatever else is new to us, say nothing.
///
/// # Errors
/// What a message cannot do without is missing; the words name the field.
pub(in crate::wildberries) fn event(raw: &str) -> Result<Said, String> {
    let event: Event = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let chat = event.chat_id.0;
    let mut facts = Facts { buyer: said(event.client_name), ..Facts::default() };
    let Some(message) = event.message else { return Ok(Said { chat, facts, message: None }) };
    let attached = message.attachments.unwrap_or_default();
    if let Some(card) = attached.good_card {
        about(&mut facts, card);
    }
    let files = attached.files.unwrap_or_default();
    let images = attached.images.unwrap_or_default();
    let files =
        files.iter().filter_map(|file| stub(file, "")).chain(images.iter().filter_map(|file| stub(file, "image")));
    let attachments: Vec<AttachmentStub> = files.collect();
    let text = message.text.unwrap_or_default();
    if text.trim().is_empty() && attachments.is_empty() {
        return Ok(Said { chat, facts, message: None });
    }
    let at = event.add_timestamp.and_then(|count| instant(count.0)).or(event.add_time.map(|moment| moment.0));
    let at = at.ok_or("neither `addTimestamp` nor `addTime` is a date")?;
    // What Wildberries itself writes is automatic and expects no answer; whom we do not know may be a person of its support.
    let direction = if event.sender.as_deref() == Some("wb") { Some(Direction::System) } else { None };
    let author = match (event.sender.as_deref(), event.source.as_deref()) {
        (Some("client"), _) => Author::Buyer,
        (Some("seller"), _) | (None, Some("seller-portal" | "seller-public-api")) => Author::Seller,
        (None, Some("rusite" | "global" | "ios" | "android")) => Author::Buyer,
        _ => Author::Platform,
    };
    let id = RemoteId(format!("e:{}:{}", at.as_millisecond(), event.event_id.0));
    let direction = direction.unwrap_or(author.direction());
    let message =
        IncomingMessage { attachments, direction, ..IncomingMessage::new(id, author, at, text, raw.to_owned()) };
    Ok(Said { chat, facts, message: Some(message) })
}

/// Puts what was said in a page together, chat by chat. Events may come twice.
pub(in crate::wildberries) fn threads(said: Vec<Said>) -> Vec<Incoming> {
    let mut threads: Vec<Incoming> = Vec::new();
    let mut met = HashSet::new();
    for Said { chat, facts, message } in said {
        let at = threads.iter().position(|thread| thread.remote_id.as_str() == chat);
        let thread = match at.and_then(|at| threads.get_mut(at)) {
            Some(thread) => thread,
            None => {
                threads.push(bare(chat));
                let Some(thread) = threads.last_mut() else { continue };
                thread
            }
        };
        let old = std::mem::take(&mut thread.facts);
        thread.facts = Facts {
            buyer: facts.buyer.or(old.buyer),
            product: facts.product.or(old.product),
            order_no: facts.order_no.or(old.order_no),
            ..Facts::default()
        };
        thread.messages.extend(message.filter(|message| met.insert(message.remote_id.clone())));
    }
    threads
}

/// A chat of which nothing is known yet.
pub(in crate::wildberries) fn bare(chat: String) -> Incoming {
    Incoming { kind: Kind::Chat, remote_id: RemoteId(chat), facts: Facts::default(), messages: Vec::new(), mark: None }
}

/// Reads one chat of the list: whose it is and what it is about. Its newest message comes with the events.
///
/// # Errors
/// The id is missing.
pub(in crate::wildberries) fn listed(raw: &str) -> Result<Incoming, String> {
    let chat: Chat = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let mut facts = Facts { buyer: said(chat.client_name), ..Facts::default() };
    facts.started_at = chat.last_message.and_then(|last| last.add_timestamp).and_then(|count| instant(count.0));
    if let Some(card) = chat.good_card {
        about(&mut facts, card);
    }
    Ok(Incoming { facts, ..bare(chat.chat_id.0) })
}

/// The platform's words about files that it did not take, as an event of the thread.
pub(in crate::wildberries) fn file_note(
    chat: &str,
    sent_at: u64,
    now: Timestamp,
    errors: &[Box<RawValue>],
) -> IncomingMessage {
    let words = errors.iter().map(|error| serde_json::from_str(error.get()).unwrap_or(error.get().to_owned()));
    let text = words.collect::<Vec<_>>().join("\n");
    let id = RemoteId(format!("f:{sent_at}:{chat}"));
    let at = instant(sent_at).unwrap_or(now);
    let note = IncomingMessage::new(id, Author::Platform, at, text, String::new());
    IncomingMessage { direction: Direction::System, ..note }
}

/// The millisecond from which the feed has everything after a watermark; `None` = only from its beginning.
///
/// A second earlier than the last known message: instants are often whole seconds, and whether the bound itself is included is not
/// documented.
pub(in crate::wildberries) fn since(watermark: &Watermark) -> Option<u64> {
    let at = |id: &RemoteId| id.as_str().strip_prefix("e:")?.split(':').next()?.parse::<u64>().ok();
    let newest = [&watermark.last_own, &watermark.last_in].into_iter().flatten().filter_map(at).max()?;
    Some(newest.saturating_sub(1_000))
}

fn about(facts: &mut Facts, card: GoodCard) {
    let price = [card.price.map(|price| price.0), said(card.price_currency)].into_iter().flatten();
    let price = price.collect::<Vec<_>>().join(" ");
    facts.order_no = card.rid.map(|rid| rid.0);
    facts.product = card.nm_id.filter(|key| key.0 != "0").map(|Id(key)| Product {
        page: page(&key),
        price,
        key,
        ..Product::default()
    });
}

/// A file or picture; the download goes before the bare address, which may be empty.
fn stub(raw: &RawValue, kind: &str) -> Option<AttachmentStub> {
    let file: File = serde_json::from_str(raw.get()).ok()?;
    let public = public_file(file.url.as_deref(), "");
    let source = match file.download_id {
        Some(Id(id)) => format!("{DOWNLOAD}{id}"),
        None => public.as_ref()?.source.clone(),
    };
    let name = said(file.name).or(public.map(|public| public.name)).unwrap_or_default();
    let mime = said(file.content_type).unwrap_or_else(|| match (mime_of(&name), kind) {
        // Pictures of chats are said to be JPEG (specification of 2026-10-24, download).
        ("", "image") => "image/jpeg".to_owned(),
        (mime, _) => mime.to_owned(),
    });
    let size = file.size.map(|size| size.0);
    Some(AttachmentStub { name, mime, size, source, state: AttachmentState::Remote })
}

fn instant(count: u64) -> Option<Timestamp> {
    let millis = if count < FIRST_MILLISECOND { count.checked_mul(1_000)? } else { count };
    Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok().filter(|_| count > 0)
}

#[cfg(test)]
mod tests;
