//! The chat methods: list, history, send, read and files.

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    chat::{Author, Chat, Message},
    errors,
    ids::{self, MessageId},
    shop::Shop,
};
use crate::{
    OzonRules,
    acceptance::Write,
    picture,
    platform::{Answer, Call, Outcome, Wish},
    time::after,
};

/// A seller may write within 48 hours after the buyer's last message (specification, 2026-09).
const WINDOW: SignedDuration = SignedDuration::from_hours(48);

#[derive(Debug, Deserialize)]
struct ListRequest {
    #[serde(default)]
    filter: ListFilter,
    limit: usize,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListFilter {
    chat_status: Option<String>,
    unread_only: bool,
}

/// `POST /v3/chat/list`: freshest first, whatever the type.
pub(crate) fn list(shop: &Shop, call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<ListRequest>(&call.body) else {
        return errors::invalid("invalid ChatListRequest.Limit: value is required");
    };
    if !(1..=100).contains(&request.limit) {
        return errors::invalid("invalid ChatListRequest.Limit: value must be inside range [1, 100]");
    }
    // The specification has capitals since 2026, its prose and older revisions do not.
    let status = request.filter.chat_status.as_deref().map(str::to_uppercase);
    let closed = match status.as_deref() {
        None | Some("" | "ALL") => None,
        Some("OPENED") => Some(false),
        Some("CLOSED") => Some(true),
        Some(_) => return errors::invalid("invalid ChatListRequest.Filter.ChatStatus"),
    };
    let before: MessageId = match request.cursor.as_deref() {
        None | Some("") => MessageId::MAX,
        Some(cursor) => match cursor.parse() {
            Ok(before) => before,
            Err(_) => return errors::invalid("invalid cursor"),
        },
    };
    let mut found = shop
        .by_freshness
        .range(..before)
        .rev()
        .filter_map(|(last, id)| Some((last, id, shop.chats.get(id)?)))
        .filter(|(_, _, chat)| closed.is_none_or(|closed| chat.closed == closed))
        .filter(|(_, _, chat)| !request.filter.unread_only || chat.unread() > 0);
    let page: Vec<_> = found.by_ref().take(request.limit).collect();
    let has_next = found.next().is_some();
    // A finished list ends in an empty cursor or in none, depending on the shop.
    let cursor = match page.last().filter(|_| has_next) {
        Some((last, ..)) => json!(last.to_string()),
        None if shop.ids_as_text => Value::Null,
        None => json!(""),
    };
    let rows: Vec<Value> = page.iter().map(|(_, id, chat)| chat.row(id, shop.ids_as_text, call.at)).collect();
    Answer::ok(json!({ "chats": rows, "total_unread_count": shop.unread, "cursor": cursor, "has_next": has_next }))
}

#[derive(Debug, Deserialize)]
struct HistoryRequest {
    chat_id: String,
    direction: Option<String>,
    from_message_id: Option<Box<RawValue>>,
    limit: Option<usize>,
    #[serde(default)]
    filter: HistoryFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HistoryFilter {
    message_ids: Vec<Box<RawValue>>,
}

/// `POST /v3/chat/history`; the start message itself is part of the answer.
pub(crate) fn history(shop: &Shop, call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<HistoryRequest>(&call.body) else {
        return errors::invalid("invalid ChatHistoryRequest.ChatId");
    };
    let forward = match request.direction.as_deref() {
        None | Some("Backward") => false,
        Some("Forward") => true,
        Some(_) => return errors::invalid("invalid direction"),
    };
    let limit = request.limit.unwrap_or(50);
    if !(1..=1_000).contains(&limit) {
        return errors::invalid("invalid ChatHistoryRequest.Limit: value must be inside range [1, 1000]");
    }
    let from = match request.from_message_id.as_deref().filter(|raw| raw.get() != "null").map(ids::read) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => return errors::invalid("invalid from_message_id"),
    };
    if forward && from.is_none_or(|id| id == 0) {
        return errors::invalid("from_message_id is required for direction Forward");
    }
    let Some(chat) = shop.chats.get(&request.chat_id) else {
        return errors::not_found("chat not found");
    };
    if chat.is_buyers() && !shop.writes_to_buyers() {
        return errors::denied("checkSellerPremiumPlus: available only with a premium plus subscription");
    }
    let wanted: Vec<MessageId> = request.filter.message_ids.iter().filter_map(|raw| ids::read(raw)).collect();
    let start = from.filter(|&id| id != 0);
    let fits = |message: &&Message| {
        (wanted.is_empty() || wanted.contains(&message.id))
            && start.is_none_or(|start| if forward { message.id >= start } else { message.id <= start })
    };
    let mut page: Vec<&Message> = if forward {
        chat.visible(call.at).filter(fits).take(limit + 1).collect()
    } else {
        chat.visible(call.at).rev().filter(fits).take(limit + 1).collect()
    };
    let has_next = page.len() > limit;
    page.truncate(limit);
    let messages: Vec<Value> = page.iter().map(|message| chat.message(message, shop.ids_as_text)).collect();
    Answer::ok(json!({ "has_next": has_next, "messages": messages }))
}

#[derive(Debug, Deserialize)]
struct SendRequest {
    chat_id: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct ReadRequest {
    chat_id: String,
    from_message_id: Option<Box<RawValue>>,
}

pub(crate) fn intent_to_send(call: &Call) -> Option<Write> {
    let request: SendRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("reply", request.chat_id, Some(request.text)))
}

pub(crate) fn intent_to_read(call: &Call) -> Option<Write> {
    let request: ReadRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("read", request.chat_id, None))
}

/// `POST /v1/chat/send/message`: no id comes back, the message is found in the thread later.
pub(crate) fn send(shop: &mut Shop, call: &Call, wish: &Wish, rules: &OzonRules) -> Outcome {
    let Ok(request) = serde_json::from_slice::<SendRequest>(&call.body) else {
        return errors::invalid("invalid ChatSendMessageRequest: chat_id and text are required").into();
    };
    if !(1..=1_000).contains(&request.text.chars().count()) {
        return errors::invalid("invalid ChatSendMessageRequest.Text: value length must be between 1 and 1000 runes")
            .into();
    }
    if !shop.writes_to_buyers() {
        return errors::denied("available only with a Premium Plus subscription").into();
    }
    let Some(chat) = shop.chats.get(&request.chat_id) else {
        return errors::not_found("chat not found").into();
    };
    if let Some(refusal) = refusal(chat, call.at, rules) {
        return errors::denied(refusal).into();
    }
    let success = Answer::ok(json!({ "result": "success" }));
    if !wish.effect {
        return success.into();
    }
    let visible = after(call.at, wish.lag.unwrap_or(rules.read_lag));
    shop.post(&request.chat_id, Author::Seller, vec![request.text.clone()], call.at, visible);
    Outcome { answer: success, accepted: Some(Write::new("reply", request.chat_id, Some(request.text))) }
}

/// Why the seller may not write here now. Only parts of these texts are known from production.
fn refusal(chat: &Chat, now: Timestamp, rules: &OzonRules) -> Option<&'static str> {
    if chat.disabled {
        return Some("chat is disabled");
    }
    if !chat.is_buyers() {
        // Whether support chats take replies is not confirmed; notices surely do not.
        return (chat.kind != "SELLER_SUPPORT").then_some("sending to this chat is not permitted");
    }
    let Some(last) = chat.last_of(Author::Customer) else {
        return Some("chat was not started by buyer");
    };
    if now.duration_since(last.at) > WINDOW {
        return Some("sending message is not permitted: 48 hours have passed since the last message of the buyer");
    }
    let waiting = chat.last_of(Author::Seller).is_some_and(|own| own.id > last.id);
    (rules.one_message_until_answer && waiting).then_some("second message is not permitted until the buyer answers")
}

/// `POST /v2/chat/read`.
pub(crate) fn read(shop: &mut Shop, call: &Call, wish: &Wish) -> Outcome {
    let Ok(request) = serde_json::from_slice::<ReadRequest>(&call.body) else {
        return errors::invalid("invalid ChatReadRequest.ChatId").into();
    };
    if !shop.writes_to_buyers() {
        return errors::denied("available only with a Premium Plus subscription").into();
    }
    let upto = match request.from_message_id.as_deref().map(ids::read) {
        None => MessageId::MAX,
        Some(Some(id)) => id,
        Some(None) => return errors::invalid("invalid from_message_id").into(),
    };
    if !shop.chats.contains_key(&request.chat_id) {
        return errors::not_found("chat not found").into();
    }
    if !wish.effect {
        return Answer::ok(json!({ "unread_count": 0 })).into();
    }
    let left = shop.mark_read(&request.chat_id, upto);
    Outcome {
        answer: Answer::ok(json!({ "unread_count": left })),
        accepted: Some(Write::new("read", request.chat_id, None)),
    }
}

/// `GET /v2/chat/file/…`: a picture a buyer has sent.
pub(crate) fn file(shop: &Shop, path: &str) -> Answer {
    let link = format!("https://api-seller.ozon.ru{path})");
    let sent = shop.chats.values().flat_map(|chat| &chat.messages).flat_map(|message| &message.data);
    if sent.into_iter().any(|text| text.contains(&link)) {
        let seed = path.bytes().map(u64::from).sum();
        return Answer::bytes(StatusCode::OK, "image/png", Bytes::from(picture::png(seed, 240, 180)));
    }
    errors::not_found("file not found")
}
