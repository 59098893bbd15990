//! Chats with buyers, as section 09 "Communications" of the public specification has them (2026-10-24).
//!
//! `replySign` lets anybody who has it and a token write into the chat. So it is cut out of every item before anything else looks at
//! it: what is kept, shown or reported never held it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::credential::Credential;
use crate::lenient::{Count, DEEPEST_ITEM, Id, Moment, soft};

/// `GET /api/v1/seller/chats`.
#[derive(Deserialize)]
pub(in crate::wildberries) struct ChatList {
    /// `null` when there are none.
    pub(in crate::wildberries) result: Option<Vec<Box<RawValue>>>,
}

/// A chat of the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct Chat {
    #[serde(rename = "chatID")]
    pub(in crate::wildberries) chat_id: Id,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) client_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) good_card: Option<GoodCard>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) last_message: Option<LastMessage>,
}

/// When the newest message of a listed chat came.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct LastMessage {
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) add_timestamp: Option<Count>,
}

/// The product and order a chat is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct GoodCard {
    #[serde(rename = "nmID", deserialize_with = "soft")]
    pub(in crate::wildberries) nm_id: Option<Id>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) price: Option<Id>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) price_currency: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) rid: Option<Id>,
}

/// `GET /api/v1/seller/events`.
#[derive(Deserialize)]
pub(in crate::wildberries) struct EventsAnswer {
    pub(in crate::wildberries) result: EventsResult,
}

/// A page of the feed of all chats.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct EventsResult {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) next: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) total_events: Option<Count>,
    /// `null` when there are none.
    #[serde(default)]
    pub(in crate::wildberries) events: Option<Vec<Box<RawValue>>>,
}

/// One event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct Event {
    #[serde(rename = "chatID")]
    pub(in crate::wildberries) chat_id: Id,
    #[serde(rename = "eventID")]
    pub(in crate::wildberries) event_id: Id,
    #[serde(default)]
    pub(in crate::wildberries) message: Option<EventMessage>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) sender: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) source: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) add_timestamp: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) add_time: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) client_name: Option<String>,
}

/// What was said.
#[derive(Debug, Deserialize)]
pub(in crate::wildberries) struct EventMessage {
    #[serde(default)]
    pub(in crate::wildberries) text: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) attachments: Option<Attachments>,
}

/// What came with it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct Attachments {
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) good_card: Option<GoodCard>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) files: Option<Vec<Box<RawValue>>>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) images: Option<Vec<Box<RawValue>>>,
}

/// A file or picture.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct File {
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) content_type: Option<String>,
    #[serde(rename = "downloadID", deserialize_with = "soft")]
    pub(in crate::wildberries) download_id: Option<Id>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) name: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) url: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) size: Option<Count>,
}

/// `POST /api/v1/seller/message`, a success.
#[derive(Deserialize)]
pub(in crate::wildberries) struct MessageAnswer {
    pub(in crate::wildberries) result: MessageResult,
    /// Files that were not taken, although the message was.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) errors: Option<Vec<Box<RawValue>>>,
}

/// What became of a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct MessageResult {
    pub(in crate::wildberries) add_time: Count,
    #[serde(rename = "chatID")]
    pub(in crate::wildberries) chat_id: Id,
    /// Takes the place of the `replySign`; new in 2026.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) sign: Option<String>,
}

/// `GET /api/v1/seller/download/{id}` while the file is being checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct Checking {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) retry_seconds: Option<Count>,
}

/// An item without its secrets, and the `replySign` it carried.
pub(in crate::wildberries) struct Unsigned {
    pub(in crate::wildberries) raw: Box<RawValue>,
    pub(in crate::wildberries) sign: Option<Credential>,
}

/// Cuts the secrets out of an item; every other field stays as it is, byte for byte.
pub(in crate::wildberries) fn unsign(raw: &RawValue) -> Unsigned {
    let mut sign = None;
    let text = cut(raw.get(), DEEPEST_ITEM, &mut sign);
    // An item in which secrets cannot be told from the rest is not kept at all.
    let raw = RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned());
    Unsigned { raw, sign }
}

fn cut(raw: &str, depth: usize, sign: &mut Option<Credential>) -> String {
    // Keys may be spelt with escapes, so only a text without either can be passed over unread.
    if !raw.to_ascii_lowercase().contains("sign") && !raw.contains("\\u") {
        return raw.to_owned();
    }
    if depth == 0 {
        return "null".to_owned();
    }
    if let Ok(fields) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(raw) {
        let mut kept = Vec::new();
        for (name, value) in fields {
            if name.to_ascii_lowercase().contains("sign") {
                let found = serde_json::from_str::<String>(value.get()).ok().filter(|text| !text.is_empty());
                if let Some(found) = found.filter(|_| name == "replySign") {
                    sign.get_or_insert(Credential::new(found));
                }
            } else if let Ok(name) = serde_json::to_string(&name) {
                kept.push(format!("{name}:{}", cut(value.get(), depth - 1, sign)));
            }
        }
        return format!("{{{}}}", kept.join(","));
    }
    if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(raw) {
        let items: Vec<String> = items.iter().map(|item| cut(item.get(), depth - 1, sign)).collect();
        return format!("[{}]", items.join(","));
    }
    match serde_json::from_str::<String>(raw) {
        // A text of a buyer may speak of signs.
        Ok(_) => raw.to_owned(),
        // What looks like an object and cannot be read as one, such as one that names a field twice.
        Err(_) => "null".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use proptest::prelude::*;

    use super::*;

    fn split(json: &str) -> (String, Option<String>) {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        let Unsigned { raw, sign } = unsign(&raw);
        (raw.get().to_owned(), sign.map(|sign| sign.expose().to_owned()))
    }

    #[test]
    fn the_secret_is_cut_out_and_every_other_byte_stays() {
        let (raw, sign) =
            split(r#"{"chatID":"1:a","replySign":"canary","price":1e2,"id":18446744073709551616,"text":"sign"}"#);
        assert_eq!(raw, r#"{"chatID":"1:a","id":18446744073709551616,"price":1e2,"text":"sign"}"#);
        assert_eq!(sign.unwrap(), "canary");
    }

    #[test]
    fn no_hiding_place_saves_the_secret() {
        for hidden in [
            r#"{"message":{"replySign":"canary"}}"#,
            r#"{"list":[{"ReplySign":"canary"}]}"#,
            r#"{"reply\u0053ign":"canary"}"#,
            r#"{"replySign":{"value":"canary"}}"#,
            r#"{"replySign":"canary","replySign":"canary"}"#,
            &format!("{}{{\"replySign\":\"canary\"}}{}", "[".repeat(100), "]".repeat(100)),
        ] {
            assert!(!split(hidden).0.contains("canary"), "{hidden}");
        }
    }

    #[test]
    fn words_of_a_buyer_are_no_secret() {
        let json = r#"{"message":{"text":"design, \u0441 replySign"}}"#;
        assert_eq!(split(json).0, json);
    }

    proptest! {
        #[test]
        fn cutting_never_fails_hard(text in ".{0,200}") {
            let value = serde_json::json!({"replySign": text.clone(), text.clone(): [text]}).to_string();
            let _ = split(&value);
        }
    }
}
