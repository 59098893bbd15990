#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const CHAT: &str = "1:1e265a58-a120-b178-008c-60af2460207c";

/// Documented shape of an event, wildberries 2026-10, as it is after its secret was cut out; the words are our own.
fn documented() -> Value {
    json!({
        "chatID": CHAT, "eventID": "55adee45-11f0-33b6-a847-6ccc7c78b2ec", "eventType": "message", "isNewChat": true,
        "message": {
            "text": "Здравствуйте! В коробке нет зарядки",
            "attachments": {
                "goodCard": {"date": "2026-03-28T11:46:01.528526Z", "nmID": 12345678, "price": 500, "priceCurrency": "RUB",
                             "rid": "2fb52cd9e25e52538a5f05994e688ae5", "size": "0"},
                "files": [{"contentType": "application/pdf", "date": "2026-04-02T07:02:19.594Z", "downloadID": "ecaeb056",
                           "name": "Чек.pdf", "url": "https://chat-basket-01.wbbasket.ru/vol0/x.pdf", "size": 1046143}],
                "images": [{"date": "2026-04-02T07:02:20.717Z", "downloadID": "fd6be4e3",
                            "url": "https://chat-basket-01.wbbasket.ru/vol0/x.jpg"}]
            }
        },
        "source": "android", "addTimestamp": 1_775_113_340_000_u64, "addTime": "2026-04-02T07:02:20Z", "sender": "client",
        "clientName": "Алёна"
    })
}

fn with(changes: Value) -> String {
    let mut event = documented();
    for (field, value) in changes.as_object().unwrap() {
        event[field] = value.clone();
    }
    event.to_string()
}

fn message(changes: Value) -> IncomingMessage {
    event(&with(changes)).unwrap().message.unwrap()
}

#[test]
fn an_event_is_a_message_with_its_files_and_what_the_chat_is_about() {
    let raw = documented().to_string();
    let thread = threads(vec![event(&raw).unwrap()]).remove(0);
    assert_eq!((thread.kind, thread.remote_id.as_str()), (Kind::Chat, CHAT));
    let message = &thread.messages[0];
    assert_eq!(message.remote_id.as_str(), "e:1775113340000:55adee45-11f0-33b6-a847-6ccc7c78b2ec");
    assert_eq!((message.author, message.direction, message.raw.as_str()), (Author::Buyer, Direction::In, raw.as_str()));
    assert_eq!(message.sent_at.to_string(), "2026-04-02T07:02:20Z");
    let files: Vec<_> =
        message.attachments.iter().map(|file| (file.name.as_str(), file.mime.as_str(), file.source.as_str())).collect();
    assert_eq!(
        files,
        [("Чек.pdf", "application/pdf", "download:ecaeb056"), ("x.jpg", "image/jpeg", "download:fd6be4e3")]
    );
    let facts = thread.facts;
    assert_eq!(
        (facts.buyer.as_deref(), facts.order_no.as_deref()),
        (Some("Алёна"), Some("2fb52cd9e25e52538a5f05994e688ae5"))
    );
    let product = facts.product.unwrap();
    assert_eq!((product.key.as_str(), product.price.as_str()), ("12345678", "500 RUB"));
}

#[test]
fn who_wrote_follows_from_the_sender_and_else_from_the_program() {
    for (sender, source, author, direction) in [
        (json!("client"), json!("rusite"), Author::Buyer, Direction::In),
        (json!("seller"), json!("seller-public-api"), Author::Seller, Direction::Out),
        (json!("wb"), json!("global"), Author::Platform, Direction::System),
        (json!(null), json!("seller-portal"), Author::Seller, Direction::Out),
        (json!(null), json!("ios"), Author::Buyer, Direction::In),
        (json!("manager"), json!("global"), Author::Platform, Direction::In),
        (json!(7), json!(7), Author::Platform, Direction::In),
    ] {
        let message = message(json!({"sender": sender, "source": source}));
        assert_eq!((message.author, message.direction), (author, direction), "{sender} {source}");
    }
}

#[test]
fn instants_come_as_milliseconds_as_seconds_or_as_text() {
    let at = |changes| message(changes).sent_at.to_string();
    assert_eq!(at(json!({"addTimestamp": 1_775_113_340})), "2026-04-02T07:02:20Z");
    assert_eq!(at(json!({"addTimestamp": null})), "2026-04-02T07:02:20Z");
    assert_eq!(at(json!({"addTimestamp": 0})), "2026-04-02T07:02:20Z");
    let cause = event(&with(json!({"addTimestamp": null, "addTime": "вчера"}))).unwrap_err();
    assert!(cause.contains("addTimestamp"), "{cause}");
}

#[test]
fn events_without_words_or_files_say_nothing() {
    for silent in [
        json!({"message": null}),
        json!({"eventType": "refund", "message": null, "refund": {"price": 1}}),
        json!({"message": {}}),
        json!({"message": {"text": " ", "attachments": {"goodCard": {"nmID": 1}}}}),
        json!({"message": {"attachments": {"files": [null, {}], "images": "?"}}}),
    ] {
        assert!(event(&with(silent.clone())).unwrap().message.is_none(), "{silent}");
    }
}

#[test]
fn a_page_is_put_together_chat_by_chat_and_nothing_comes_twice() {
    let other = json!({"chatID": "1:other", "eventID": "b", "clientName": "Пётр"});
    let later = json!({"eventID": "c", "clientName": "", "message": {"text": "Алло?"}});
    let page = [with(json!({})), with(other), with(later), with(json!({}))];
    let threads = threads(page.iter().map(|raw| event(raw).unwrap()).collect());
    assert_eq!(threads.iter().map(|thread| thread.messages.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(threads[0].facts.buyer.as_deref(), Some("Алёна"), "an empty name takes nothing away");
    assert!(threads[0].facts.product.is_some());
}

#[test]
fn the_list_tells_whose_a_chat_is_and_what_it_is_about() {
    let raw = json!({"chatID": CHAT, "clientName": "Алёна", "lastMessage": {"text": "Спасибо", "addTimestamp": 1_775_113_340_000_u64},
                     "goodCard": {"nmID": 12345678, "price": 500, "priceCurrency": "RUB", "rid": "2fb5", "size": "0"}});
    let chat = listed(&raw.to_string()).unwrap();
    assert!(chat.messages.is_empty());
    assert_eq!((chat.facts.buyer.as_deref(), chat.facts.order_no.as_deref()), (Some("Алёна"), Some("2fb5")));
    assert_eq!(chat.facts.started_at.unwrap().to_string(), "2026-04-02T07:02:20Z");
    assert!(listed(r#"{"chatID":"1:a","goodCard":null,"lastMessage":[]}"#).is_ok());
    assert!(listed(r#"{"clientName":"x"}"#).is_err());
}

#[test]
fn a_watermark_tells_from_where_to_read() {
    let mark = |own: Option<&str>, theirs: Option<&str>| {
        since(&Watermark { last_own: own.map(RemoteId::from), own: 0, last_in: theirs.map(RemoteId::from) })
    };
    assert_eq!(mark(Some("e:1775113340000:a"), Some("e:1775113350000:b")), Some(1_775_113_349_000));
    assert_eq!(mark(Some("local:7"), Some("e:1775113350000:b")), Some(1_775_113_349_000));
    assert_eq!(mark(None, None), None);
    assert_eq!(mark(Some("e:x:y"), None), None);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = (event(&text), listed(&text), chat_of(&text));
    }

    #[test]
    fn no_damage_to_an_event_makes_reading_fail_hard(at in 0_usize..1_200, byte in any::<u8>()) {
        let mut bytes = documented().to_string().into_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = event(&String::from_utf8_lossy(&bytes));
    }
}
