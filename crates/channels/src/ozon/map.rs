//! Ozon's words in ours, by subject: chats, products and orders here. No I/O.

pub(super) mod claim;
pub(super) mod question;
pub(super) mod review;

use std::collections::BTreeMap;
use std::slice;

use dragoman_domain::incoming::{IncomingMessage, Unreadable};
use dragoman_domain::lookup::{self, Order, Product};
use dragoman_domain::message::AttachmentState;
use dragoman_domain::{Author, Channel, Direction, Kind, RemoteId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(super) use self::question::answer_id;
pub(super) use self::review::comment_id;
use crate::lenient::{Id, each};
use crate::ozon::markup::{self, Content};
use crate::ozon::wire::{self, ChatList, History, Items, ListedChat, Message, Posting};

/// A chat as the list describes it; part of a pass's stored state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chat {
    pub(super) id: RemoteId,
    /// Whom it is with: a buyer, Ozon's people, or a machine that only tells.
    #[serde(default = "with_buyer")]
    pub(super) kind: Kind,
    /// The platform's own word for that, where it is not a buyer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) sort: String,
    /// Its last message, empty when the list does not say.
    pub(super) last: String,
    /// The platform's own word.
    pub(super) status: String,
    pub(super) created_at: Option<Timestamp>,
}

const fn with_buyer() -> Kind {
    Kind::Chat
}

/// The chats of a page that are `wanted` by their kind.
pub(super) fn chats(stream: &str, list: &ChatList, wanted: impl Fn(Kind) -> bool) -> (Vec<Chat>, Vec<Unreadable>) {
    let (listed, unreadable) = each(stream, "chat_id", &list.chats, json::<ListedChat>);
    let chats = listed.into_iter().map(|listed| {
        let kind = kind(&listed.chat.chat_type);
        Chat {
            id: listed.chat.chat_id,
            kind,
            sort: if kind == Kind::Chat { String::new() } else { listed.chat.chat_type },
            last: text(listed.last_message_id),
            status: listed.chat.chat_status.unwrap_or_default(),
            created_at: listed.chat.created_at.map(|moment| moment.0),
        }
    });
    (chats.filter(|chat| wanted(chat.kind)).collect(), unreadable)
}

/// Whom a chat is with. Source: enum of Seller API 2.1, state of September 2026; push spells the words in mixed case.
fn kind(chat_type: &str) -> Kind {
    let word = chat_type.to_ascii_uppercase();
    match word.as_str() {
        "SELLER_SUPPORT" | "SELLER_PERSONAL_MANAGER_UNITY_CRM" | "SELLER_BUSINESS_DEVELOPMENT_GROUP" => Kind::Ticket,
        // A new sort of buyers' chats must not be lost among the news.
        _ if word.starts_with("BUYER_") => Kind::Chat,
        // Platform news: `UNSPECIFIED`, `SELLER_API_…`, `SELLER_NOTIFICATION_…`, and every type that is new to us.
        _ => Kind::Notice,
    }
}

/// What a page of a chat's history says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// Messages in the order they came, newest first.
    pub(super) messages: Vec<IncomingMessage>,
    pub(super) unreadable: Vec<Unreadable>,
    /// How many messages came before the first that could not be read.
    pub(super) first_unreadable: Option<usize>,
    /// What the chat is about, as the newest message with a context names it.
    pub(super) context: Option<About>,
    /// An order number found in a text; a guess, because anybody can mistype one.
    pub(super) hint: Option<String>,
    /// Whether the buyer's newest message has been read.
    pub(super) seen: Option<bool>,
    /// The platform's number of the buyer.
    pub(super) buyer_id: Option<String>,
}

/// The order and product a message refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) order_no: Option<String>,
    pub(super) product: Option<Product>,
}

/// Reads a page of a chat's history.
pub(super) fn history(stream: &str, kind: Kind, history: &History) -> Read {
    let mut read = Read::default();
    let mut newest_buyer: Option<Timestamp> = None;
    for item in &history.messages {
        let (parts, unreadable) = each(stream, "message_id", slice::from_ref(item), |raw| {
            let message: Message = json(raw)?;
            let user = message.user.as_ref().and_then(|user| user.id.as_ref()).map(|id| id.0.clone());
            Ok((about(&message), message.is_read.map(|flag| flag.0), user, incoming(message, kind, raw)))
        });
        if !unreadable.is_empty() {
            read.first_unreadable.get_or_insert(read.messages.len());
            read.unreadable.extend(unreadable);
        }
        let Some((about, is_read, user, message)) = parts.into_iter().next() else { continue };
        if read.context.is_none() {
            read.context = about;
        }
        if read.hint.is_none() && message.direction != Direction::System {
            read.hint = order_in(&message.text);
        }
        if message.author == Author::Buyer && newest_buyer.is_none_or(|newest| message.sent_at > newest) {
            newest_buyer = Some(message.sent_at);
            read.seen = is_read;
            read.buyer_id = user;
        }
        read.messages.push(message);
    }
    read
}

fn incoming(message: Message, kind: Kind, raw: &str) -> IncomingMessage {
    let (author, direction) = author(message.user.and_then(|user| user.kind).as_deref().unwrap_or_default());
    // In a notice the machine is the one that speaks to us.
    let direction = match (kind, direction) {
        (Kind::Notice, Direction::System) => Direction::In,
        (_, direction) => direction,
    };
    let mut elements: Vec<String> = message.data.unwrap_or_default().into_iter().flatten().collect();
    // An internal label before the text of some messages of sellers, not an error (production notes, read 2026-09-22).
    if author == Author::Seller && elements.len() > 1 && elements.first().is_some_and(|first| first == "errorText") {
        elements.remove(0);
    }
    let pictures = match message.moderate_image_status.as_deref().unwrap_or_default().to_ascii_uppercase().as_str() {
        "MODERATION" => AttachmentState::Pending,
        "FAILED" => AttachmentState::Refused,
        _ => AttachmentState::Remote,
    };
    let Content { text, attachments } = markup::read(&elements, pictures);
    let id = RemoteId(message.message_id.0);
    IncomingMessage {
        attachments,
        direction,
        ..IncomingMessage::new(id, author, message.created_at.0, text, raw.to_owned())
    }
}

/// Official examples spell `Сustomer` with a Cyrillic first letter, so both spellings count.
fn author(kind: &str) -> (Author, Direction) {
    match kind.replace(['\u{421}', '\u{441}'], "c").to_lowercase().as_str() {
        "customer" => (Author::Buyer, Direction::In),
        "seller" => (Author::Seller, Direction::Out),
        "courier" => (Author::Courier, Direction::In),
        // Machines expect no answer, so what they write leaves the turn where it is.
        "crm" | "notificationuser" => (Author::Platform, Direction::System),
        "chatbot" => (Author::Bot, Direction::System),
        _ => (Author::Platform, Direction::In),
    }
}

fn about(message: &Message) -> Option<About> {
    let context = message.context.as_ref()?;
    let given = |id: &Option<Id>| id.as_ref().map(|id| id.0.trim().to_owned()).filter(|id| !id.is_empty() && id != "0");
    let about = About {
        order_no: given(&context.order_number).map(|number| order_of(&number).unwrap_or(number)),
        product: given(&context.sku).map(|key| Product { key, ..Product::default() }),
    };
    (about != About::default()).then_some(about)
}

/// The first order or posting number in a text, as an order number.
fn order_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '-')).find_map(|word| order_of(word.trim_matches('-')))
}

/// `58544282-0057` of `58544282-0057` or of the posting number `58544282-0057-1`. Lengths as in all examples seen: eight to
/// ten digits, which may begin with zeros, then four.
pub(super) fn order_of(number: &str) -> Option<String> {
    let mut groups = number.split('-');
    let (account, order, posting) = (groups.next()?, groups.next()?, groups.next());
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let shape = (8..=10).contains(&account.len())
        && order.len() == 4
        && posting.is_none_or(|posting| posting.len() <= 3 && digits(posting))
        && groups.next().is_none();
    (shape && digits(account) && digits(order)).then(|| format!("{account}-{order}"))
}

/// The products that were asked for, of those the platform answered with.
pub(super) fn products(wanted: &[String], items: &Items) -> Vec<Product> {
    let mut by_sku = BTreeMap::new();
    for item in items.iter().filter_map(|item| json::<wire::Product>(item.get()).ok()) {
        // One product has a number per scheme; a chat may name any of them.
        let others = item.sources.iter().flatten().filter_map(|source| source.sku.as_ref());
        let numbers: Vec<String> = item.sku.iter().chain(others).map(|sku| sku.0.clone()).collect();
        let product = product(item);
        for number in numbers {
            by_sku.entry(number).or_insert_with(|| product.clone());
        }
    }
    let found = wanted.iter().filter_map(|key| {
        let product = by_sku.get(key)?.clone();
        let page = lookup::product_page(Channel::Ozon, key).unwrap_or_default();
        Some(Product { key: key.clone(), page, ..product })
    });
    found.collect()
}

/// The products behind numbers that no card has, by product: hidden and deleted ones.
pub(super) fn related(items: &Items) -> BTreeMap<String, Vec<String>> {
    let mut by_product: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for related in items.iter().filter_map(|item| json::<wire::RelatedSku>(item.get()).ok()) {
        by_product.entry(related.product_id.0).or_default().push(related.sku.0);
    }
    by_product
}

/// Products that were asked for by their own numbers, under the numbers they go by in conversations.
pub(super) fn products_by_id(by_product: &BTreeMap<String, Vec<String>>, items: &Items) -> Vec<Product> {
    let mut found = Vec::new();
    for item in items.iter().filter_map(|item| json::<wire::Product>(item.get()).ok()) {
        let keys = item.id.as_ref().and_then(|id| by_product.get(&id.0)).cloned().unwrap_or_default();
        let product = product(item);
        found.extend(keys.into_iter().map(|key| {
            let page = lookup::product_page(Channel::Ozon, &key).unwrap_or_default();
            Product { key, page, ..product.clone() }
        }));
    }
    found
}

fn product(item: wire::Product) -> Product {
    let picture = item.primary_image.and_then(wire::Pictures::first);
    let amount = text(item.price);
    Product {
        name: item.name.unwrap_or_default(),
        article: item.offer_id.unwrap_or_default(),
        picture: picture.or_else(|| item.images.and_then(wire::Pictures::first)).unwrap_or_default(),
        price: if amount.is_empty() { amount } else { join(amount, " ", item.currency_code) },
        ..Product::default()
    }
}

/// What allows a seller to open a chat about a posting (Seller API 2.1, `available_actions`, September 2026).
const CAN_CHAT: &str = "can_create_chat";

/// Adds the orders of a page of postings to those found so far; several postings of one order become one.
pub(super) fn add_postings(orders: &mut BTreeMap<String, Order>, postings: &Items) {
    for posting in postings.iter().filter_map(|item| json::<Posting>(item.get()).ok()) {
        let order = orders
            .entry(posting.order_number.clone())
            .or_insert_with(|| Order { number: posting.order_number.clone(), ..Order::default() });
        let started = posting.created_at.or(posting.in_process_at).map(|moment| moment.0);
        order.created_at = [order.created_at, started].into_iter().flatten().min();
        order.status = with_new(&order.status, posting.status);
        order.tracking = with_new(&order.tracking, posting.tracking_number);
        order.city = with_new(&order.city, posting.analytics_data.and_then(|destination| destination.city));
        let chat = posting.available_actions.is_some_and(|actions| actions.iter().any(|action| action == CAN_CHAT));
        if chat && order.chat_by.is_empty() {
            order.chat_by = posting.posting_number.unwrap_or_default();
        }
        for sku in posting.products.into_iter().flatten().filter_map(|goods| goods.sku) {
            if !order.products.contains(&sku.0) {
                order.products.push(sku.0);
            }
        }
    }
}

/// `known` with one more word, unless it is empty or there already.
fn with_new(known: &str, word: Option<String>) -> String {
    let word = word.filter(|word| !known.split(", ").any(|had| had == word));
    join(known.to_owned(), ", ", word)
}

fn join(mut text: String, between: &str, more: Option<String>) -> String {
    let more = more.unwrap_or_default();
    if !text.is_empty() && !more.is_empty() {
        text.push_str(between);
    }
    text.push_str(&more);
    text
}

fn text(id: Option<Id>) -> String {
    id.map(|id| id.0).unwrap_or_default()
}

fn json<T: DeserializeOwned>(raw: &str) -> Result<T, String> {
    serde_json::from_str(raw).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
