//! The chat methods that read: list and history; and marking a chat read.

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    Turn,
    chat::Message,
    errors,
    ids::{self, MessageId},
    shop::Shop,
};
use crate::{
    OzonRules,
    acceptance::Write,
    platform::{Answer, Call, Outcome},
};

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
pub(crate) fn list(shop: &Shop, call: &Call, rules: &OzonRules) -> Answer {
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
    let closed = closed.filter(|_| !rules.ignores_chat_status);
    let unread_only = request.filter.unread_only;
    let before: MessageId = match request.cursor.as_deref() {
        None | Some("") => MessageId::MAX,
        Some(cursor) => match cursor.parse() {
            Ok(before) => before,
            Err(_) => return errors::invalid("invalid cursor"),
        },
    };
    // No archived chat is closed, and those without an answer are the unread ones.
    let archive = shop.chats.archive();
    let old = |number| closed != Some(true) && (!unread_only || archive.waits(number));
    let mut found = shop
        .chats
        .newest_first(before, old)
        .filter(|(_, chat)| closed.is_none_or(|closed| chat.closed == closed))
        .filter(|(_, chat)| !unread_only || chat.unread() > 0);
    let page: Vec<_> = found.by_ref().take(request.limit).collect();
    let has_next = found.next().is_some();
    // A finished list ends in an empty cursor or in none, depending on the shop.
    let cursor = match page.last().filter(|_| has_next) {
        Some((_, chat)) => json!(chat.rank.to_string()),
        None if shop.ids_as_text => Value::Null,
        None => json!(""),
    };
    let rows: Vec<Value> = page.iter().map(|(id, chat)| chat.row(id, shop.ids_as_text, call.at)).collect();
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
    if chat.is_buyers() && !shop.has_premium_plus() {
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
    let messages: Vec<Value> = page.iter().map(|message| chat.message(message, shop.ids_as_text, call.at)).collect();
    Answer::ok(json!({ "has_next": has_next, "messages": messages }))
}

#[derive(Debug, Deserialize)]
struct ReadRequest {
    chat_id: String,
    from_message_id: Option<Box<RawValue>>,
}

pub(crate) fn intent_to_read(call: &Call) -> Option<Write> {
    let request: ReadRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("read", request.chat_id, None))
}

/// `POST /v2/chat/read`.
pub(crate) fn read(shop: &mut Shop, turn: &Turn<'_>) -> Outcome {
    let Ok(request) = serde_json::from_slice::<ReadRequest>(&turn.call.body) else {
        return errors::invalid("invalid ChatReadRequest.ChatId").into();
    };
    if !shop.has_premium_plus() {
        return errors::denied("available only with a Premium Plus subscription").into();
    }
    let upto = match request.from_message_id.as_deref().map(ids::read) {
        None => MessageId::MAX,
        Some(Some(id)) => id,
        Some(None) => return errors::invalid("invalid from_message_id").into(),
    };
    if shop.chats.get(&request.chat_id).is_none() {
        return errors::not_found("chat not found").into();
    }
    if !turn.wish.effect {
        return Answer::ok(json!({ "unread_count": 0 })).into();
    }
    let left = shop.mark_read(&request.chat_id, upto);
    turn.accepted(Answer::ok(json!({ "unread_count": left })), Write::new("read", request.chat_id, None))
}
