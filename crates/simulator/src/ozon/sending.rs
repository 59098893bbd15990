//! Writing to a chat and opening one: the texts, and when Ozon lets a seller speak.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::{
    Turn,
    chat::{Author, Chat},
    errors,
    postings::Scheme,
    shop::{Said, Shop},
};
use crate::{
    OzonRules,
    acceptance::Write,
    platform::{Answer, Call, Outcome},
    time::after,
};

/// A seller may write within 48 hours after the buyer's last message (specification, 2026-09).
const WINDOW: SignedDuration = SignedDuration::from_hours(48);

#[derive(Debug, Deserialize)]
struct SendRequest {
    chat_id: String,
    text: String,
}

pub(crate) fn intent_to_send(call: &Call) -> Option<Write> {
    let request: SendRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("reply", request.chat_id, Some(request.text)))
}

/// `POST /v1/chat/send/message`: no id comes back, the message is found in the thread later.
pub(crate) fn send(shop: &mut Shop, turn: &Turn<'_>) -> Outcome {
    let Ok(request) = serde_json::from_slice::<SendRequest>(&turn.call.body) else {
        return errors::invalid("invalid ChatSendMessageRequest: chat_id and text are required").into();
    };
    if !(1..=1_000).contains(&request.text.chars().count()) {
        return errors::invalid("invalid ChatSendMessageRequest.Text: value length must be between 1 and 1000 runes")
            .into();
    }
    if !shop.has_premium_plus() {
        return errors::denied("available only with a Premium Plus subscription").into();
    }
    let now = turn.call.at;
    if let Err(refusal) = admitted(shop, &request.chat_id, now, turn.rules) {
        return refusal.into();
    }
    let success = Answer::ok(json!({ "result": "success" }));
    if turn.wish.effect {
        let visible = after(now, turn.wish.lag.unwrap_or(turn.rules.read_lag));
        shop.post(&request.chat_id, Said::words(Author::Seller, &request.text), now, visible);
    }
    turn.accepted(success, Write::new("reply", request.chat_id, Some(request.text)))
}

/// Whether the seller may write in a chat now.
pub(crate) fn admitted(shop: &Shop, chat: &str, now: Timestamp, rules: &OzonRules) -> Result<(), Answer> {
    let chat = shop.chats.get(chat).ok_or_else(|| errors::not_found("chat not found"))?;
    match refusal(shop, &chat, now, rules) {
        Some(refusal) => Err(errors::denied(refusal)),
        None => Ok(()),
    }
}

/// Why the seller may not write here now. Only parts of these texts are known from production.
fn refusal(shop: &Shop, chat: &Chat, now: Timestamp, rules: &OzonRules) -> Option<&'static str> {
    if chat.disabled {
        return Some("chat is disabled");
    }
    if !chat.is_buyers() {
        // Whether support chats take replies is not confirmed; notices surely do not.
        return (!chat.is_with_ozon()).then_some("sending to this chat is not permitted");
    }
    let own = chat.last_of(Author::Seller);
    // After the payment of an FBS order and until 72 hours after its delivery no word of the buyer is needed.
    let about_an_order = || match &chat.order {
        Some(order) => shop.postings_of(std::slice::from_ref(order)).iter().any(|one| one.may_be_talked_about(now)),
        None => false,
    };
    let Some(last) = chat.last_of(Author::Customer) else {
        return (own.is_some() || !about_an_order()).then_some("chat was not started by buyer");
    };
    if now.duration_since(last.at) > WINDOW && !about_an_order() {
        return Some("sending message is not permitted: 48 hours have passed since the last message of the buyer");
    }
    let waiting = own.is_some_and(|own| own.id > last.id);
    (rules.one_message_until_answer && waiting).then_some("second message is not permitted until the buyer answers")
}

#[derive(Debug, Deserialize)]
struct StartRequest {
    posting_number: String,
}

pub(crate) fn intent_to_start(call: &Call) -> Option<Write> {
    let request: StartRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("start", request.posting_number, None))
}

/// `POST /v1/chat/start`. An order has one chat, so asking again finds it and is no second write.
pub(crate) fn start(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    let request: StartRequest = errors::read(turn.call)?;
    if !shop.has_premium_plus() {
        return Err(errors::denied("available only with a Premium Plus subscription"));
    }
    let posting = shop.posting(&request.posting_number).ok_or_else(|| errors::not_found("posting not found"))?;
    if posting.scheme == Scheme::Fbo {
        return Err(errors::denied("starting a chat is not permitted: only FBS and rFBS postings"));
    }
    if !posting.may_be_talked_about(turn.call.at) {
        return Err(errors::denied("starting a chat is not permitted: 72 hours have passed since the delivery"));
    }
    let answer = |chat: &str| Answer::ok(json!({ "result": { "chat_id": chat } }));
    let started = shop.chats.find_kept(|chat| chat.is_buyers() && chat.order.as_ref() == Some(&posting.order));
    if let Some(started) = started {
        return Ok(answer(started).into());
    }
    if !turn.wish.effect {
        return Ok(answer(&shop.dice.uuid().to_string()).into());
    }
    let chat = shop.open_chat(Some(&posting), turn.call.at).ok_or_else(|| errors::not_found("posting not found"))?;
    Ok(turn.accepted(answer(&chat), Write::new("start", request.posting_number, None).with(json!({ "chat_id": chat }))))
}
