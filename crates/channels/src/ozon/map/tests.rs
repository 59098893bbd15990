#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;

mod claims;
mod public;

// Shapes as documented for Ozon /v3/chat/list, /v3/chat/history and the look-ups, 2026-09; contents are made up.

fn page(messages: &str) -> Read {
    let json = format!(r#"{{"has_next":false,"messages":[{messages}]}}"#);
    history("chats", Kind::Chat, &serde_json::from_str(&json).unwrap())
}

/// A message of a user type with some more fields.
fn message(id: &str, kind: &str, more: &str) -> String {
    format!(
        r#"{{"message_id":{id},"user":{{"id":"1","type":"{kind}"}},"created_at":"2026-11-20T08:10:22.5Z","is_read":false{more}}}"#
    )
}

fn one(kind: &str, data: &str) -> IncomingMessage {
    let read = page(&message("3000000000817031942", kind, &format!(r#","data":{data}"#)));
    assert_eq!(read.unreadable, []);
    read.messages.into_iter().next().unwrap()
}

#[test]
fn message_ids_keep_every_digit() {
    for (json, id) in [
        ("3000000000817031942", "3000000000817031942"),
        ("\"3000000000817031942\"", "3000000000817031942"),
        ("30000000001280042740", "30000000001280042740"),
    ] {
        assert_eq!(page(&message(json, "Customer", "")).messages[0].remote_id, RemoteId::from(id));
    }
}

#[test]
fn each_author_is_recognised_in_either_spelling() {
    for (kind, author, direction) in [
        ("Customer", Author::Buyer, Direction::In),
        ("\u{421}ustomer", Author::Buyer, Direction::In),
        ("customer", Author::Buyer, Direction::In),
        ("Seller", Author::Seller, Direction::Out),
        ("Support", Author::Platform, Direction::In),
        ("Courier", Author::Courier, Direction::In),
        ("Crm", Author::Platform, Direction::System),
        ("\u{421}rm", Author::Platform, Direction::System),
        ("NotificationUser", Author::Platform, Direction::System),
        ("ChatBot", Author::Bot, Direction::System),
        ("Astronaut", Author::Platform, Direction::In),
    ] {
        let message = one(kind, r#"["да"]"#);
        assert_eq!((message.author, message.direction), (author, direction), "{kind}");
        assert!(message.raw.contains(kind), "the platform's word is kept");
    }
}

#[test]
fn a_message_without_a_user_still_arrives() {
    let read = page(r#"{"message_id":1,"created_at":"2026-11-20T08:10:22Z","data":["кто здесь?"]}"#);
    assert_eq!((read.messages[0].author, read.messages[0].text.as_str()), (Author::Platform, "кто здесь?"));
}

#[test]
fn the_internal_label_of_sellers_messages_is_dropped() {
    assert_eq!(one("Seller", r#"["errorText","Отправим завтра"]"#).text, "Отправим завтра");
    assert_eq!(
        one("Customer", r#"["errorText","Что это?"]"#).text,
        "errorText\nЧто это?",
        "a buyer may write what he likes"
    );
    assert_eq!(one("Seller", r#"["errorText"]"#).text, "errorText");
}

#[test]
fn empty_data_is_an_empty_text() {
    for data in ["[]", "null", r#"[""]"#, r#"[null]"#] {
        assert_eq!(one("Customer", data).text, "", "{data}");
    }
    assert_eq!(page(&message("1", "Customer", "")).messages[0].text, "");
}

#[test]
fn pictures_carry_the_state_of_their_moderation() {
    let picture = r#","data":["фото","![](https://api-seller.ozon.ru/v2/chat/file/m/ab12.jpg)"],"is_image":true"#;
    for (status, state) in [
        (r#","moderate_image_status":"SUCCESS""#, AttachmentState::Remote),
        (r#","moderate_image_status":"MODERATION""#, AttachmentState::Pending),
        (r#","moderate_image_status":"FAILED""#, AttachmentState::Refused),
        ("", AttachmentState::Remote),
    ] {
        let read = page(&message("1", "Customer", &format!("{picture}{status}")));
        assert_eq!(read.messages[0].text, "фото");
        assert_eq!(read.messages[0].attachments[0].state, state, "{status}");
    }
}

#[test]
fn the_context_names_order_and_product() {
    let about = |context: &str| page(&message("1", "Seller", &format!(r#","context":{context}"#))).context;
    let both = about(r#"{"order_number":"58544282-0057","sku":"1100526203"}"#).unwrap();
    assert_eq!(both.order_no.as_deref(), Some("58544282-0057"));
    assert_eq!(both.product.unwrap().key, "1100526203");
    assert_eq!(about(r#"{"sku":1100526203}"#).unwrap().product.unwrap().key, "1100526203");
    assert_eq!(about(r#"{"order_number":"58544282-0057-2"}"#).unwrap().order_no.as_deref(), Some("58544282-0057"));
    for nothing in ["null", "{}", r#"{"order_number":"","sku":""}"#, r#"{"order_number":null,"sku":"0"}"#, "7"] {
        assert_eq!(about(nothing), None, "{nothing}");
    }
}

#[test]
fn the_newest_context_counts() {
    let newer = message("2", "Seller", r#","context":{"sku":"222"}"#);
    let older = message("1", "Seller", r#","context":{"sku":"111","order_number":"11111111-0001"}"#);
    let context = page(&format!("{newer},{older}")).context.unwrap();
    assert_eq!((context.product.unwrap().key.as_str(), context.order_no), ("222", None));
}

#[test]
fn order_numbers_in_texts_are_found_by_their_shape() {
    for (text, number) in [
        ("Где заказ 58544282-0057-1?", Some("58544282-0057")),
        ("заказ №0132112277-0101, жду", Some("0132112277-0101")),
        ("Звоните 8-912-345-67-12", None),
        ("2026-11-20", None),
        ("58544282-0057-1-2", None),
        ("58544282-00571", None),
        ("нет номера", None),
    ] {
        assert_eq!(order_in(text).as_deref(), number, "{text}");
    }
}

#[test]
fn the_buyers_newest_message_tells_whether_it_was_seen() {
    let at = |id: &str, kind: &str, minute: u32, read: bool| {
        format!(
            r#"{{"message_id":{id},"user":{{"type":"{kind}"}},"created_at":"2026-11-20T08:{minute:02}:00Z","is_read":{read}}}"#
        )
    };
    let (ours, new, old) = (at("3", "Seller", 30, true), at("2", "Customer", 20, false), at("1", "Customer", 10, true));
    assert_eq!(page(&format!("{ours},{new},{old}")).seen, Some(false));
    assert_eq!(page(&format!("{ours},{old}")).seen, Some(true));
    assert_eq!(page(&ours).seen, None);
}

#[test]
fn one_bad_message_is_set_aside_and_the_rest_arrives() {
    let good = message("7", "Customer", r#","data":["здравствуйте"]"#);
    let read = page(&format!(
        r#"{good},null,{{"message_id":8,"created_at":"yesterday"}},{{"created_at":"2026-11-20T08:10:22Z"}},{{"message_id":9,"created_at":"2026-11-20T08:10:22Z","data":[{{}}]}}"#
    ));
    assert_eq!(read.messages.len(), 1);
    assert_eq!(read.unreadable.len(), 4);
    assert_eq!(read.unreadable.iter().filter(|bad| ["8", "9"].contains(&bad.remote_id.as_str())).count(), 2);
}

fn listed(chats: &str) -> (Vec<Chat>, Vec<Unreadable>) {
    chats_of(&format!(r#"{{"chats":{chats},"total_unread_count":"5","cursor":null,"has_next":"false"}}"#))
}

fn chats_of(json: &str) -> (Vec<Chat>, Vec<Unreadable>) {
    let list: ChatList = serde_json::from_str(json).unwrap();
    assert_eq!(list.following(), None);
    chats("chats", &list, |_| true)
}

#[test]
fn each_type_of_chat_has_its_kind() {
    let chat = |kind: &str| {
        format!(
            r#"{{"chat":{{"chat_id":"1","chat_type":"{kind}","chat_status":"OPENED","created_at":"2026-04-02T08:07:19.581Z"}},"last_message_id":3000000000128004271,"unread_count":1}}"#
        )
    };
    for (word, kind) in [
        ("BUYER_SELLER", Kind::Chat),
        ("BUYER_SELLER_SELECT", Kind::Chat),
        ("Buyer_Seller", Kind::Chat),
        ("BUYER_COURIER_OF_TOMORROW", Kind::Chat),
        ("SELLER_SUPPORT", Kind::Ticket),
        ("SELLER_PERSONAL_MANAGER_UNITY_CRM", Kind::Ticket),
        ("SELLER_BUSINESS_DEVELOPMENT_GROUP", Kind::Ticket),
        ("UNSPECIFIED", Kind::Notice),
        ("SELLER_API_UPDATES", Kind::Notice),
        ("SELLER_API_NOTIFICATIONS", Kind::Notice),
        ("SELLER_NOTIFICATION_LOGISTICS", Kind::Notice),
        ("SELLER_NOTIFICATION_UPDATE_CONTENT", Kind::Notice),
        ("WHATEVER_COMES_NEXT", Kind::Notice),
    ] {
        let (chats, unreadable) = listed(&format!("[{}]", chat(word)));
        assert_eq!((chats[0].kind, chats[0].last.as_str()), (kind, "3000000000128004271"), "{word}");
        assert_eq!(chats[0].sort, if kind == Kind::Chat { "" } else { word });
        assert_eq!(unreadable, []);
    }
}

#[test]
fn a_machine_speaks_to_us_in_notices_only() {
    let json =
        format!(r#"{{"has_next":false,"messages":[{}]}}"#, message("1", "NotificationUser", r#","data":["да"]"#));
    let direction = |kind| history("chats", kind, &serde_json::from_str(&json).unwrap()).messages[0].direction;
    assert_eq!((direction(Kind::Notice), direction(Kind::Ticket)), (Direction::In, Direction::System));
}

#[test]
fn the_buyers_number_comes_with_his_newest_message() {
    let read = page(&format!("{},{}", message("2", "Seller", ""), message("1", "Customer", "")));
    assert_eq!(read.buyer_id.as_deref(), Some("1"));
    assert_eq!(page(&message("2", "Seller", "")).buyer_id, None);
}

#[test]
fn a_chat_that_cannot_be_read_is_set_aside() {
    let (chats, unreadable) = listed(
        r#"[{"chat":{"chat_id":"a","chat_type":"BUYER_SELLER"}},{"chat":null},{"chat":{"chat_id":"b"}},{"chat":{"chat_id":"c","chat_type":"BUYER_SELLER","created_at":"?"},"last_message_id":"30000000001280042740"}]"#,
    );
    assert_eq!(unreadable.len(), 2);
    let [a, c] = chats.as_slice() else { panic!("{chats:?}") };
    assert_eq!((a.last.as_str(), c.last.as_str(), c.created_at), ("", "30000000001280042740", None));
    assert!(listed("null").0.is_empty());
}

#[test]
fn an_answer_without_its_list_is_no_answer() {
    for json in ["{}", r#"{"message":"ok"}"#, r#"{"has_next":false}"#] {
        assert!(serde_json::from_str::<ChatList>(json).is_err(), "{json}");
        assert!(serde_json::from_str::<History>(json).is_err(), "{json}");
    }
}

#[test]
fn a_promise_without_a_cursor_is_told_from_the_end() {
    let following =
        |rest: &str| serde_json::from_str::<ChatList>(&format!(r#"{{"chats":[],{rest}}}"#)).unwrap().following();
    assert_eq!(following(r#""cursor":null,"has_next":false"#), None);
    assert_eq!(following(r#""cursor":"30","has_next":"true""#), Some("30".to_owned()));
    assert_eq!(following(r#""cursor":30,"has_next":true"#), Some("30".to_owned()));
    assert_eq!(following(r#""cursor":null,"has_next":true"#), Some(String::new()));
}

fn items(json: &str) -> Items {
    serde_json::from_str(json).unwrap()
}

#[test]
fn products_are_found_by_any_of_their_numbers() {
    let answer = items(
        r#"[{"id":1,"sku":646399170,"offer_id":"CH-01","name":"Чехол","primary_image":["https://cdn1.ozone.ru/s3/a.jpg"],"price":"1299.0000","currency_code":"RUB","sources":[{"sku":646399170,"source":"sds"},{"sku":"646399171","source":"fbs"}]},
            {"id":2,"sku":"77","name":"Чашка","primary_image":"https://cdn1.ozone.ru/s3/b.jpg","price":""},
            {"id":3,"sku":78,"name":"Блюдце","primary_image":[],"images":["https://cdn1.ozone.ru/s3/c.jpg"],"price":12.5,"currency_code":"CNY"},
            "odd"]"#,
    );
    let wanted = ["646399171", "77", "78", "5"].map(str::to_owned);
    let found = products(&wanted, &answer);
    let [case, cup, saucer] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((case.key.as_str(), case.name.as_str(), case.article.as_str()), ("646399171", "Чехол", "CH-01"));
    assert_eq!((case.price.as_str(), case.picture.as_str()), ("1299.0000 RUB", "https://cdn1.ozone.ru/s3/a.jpg"));
    assert_eq!(case.page, "https://www.ozon.ru/product/646399171/");
    assert_eq!((cup.picture.as_str(), cup.price.as_str()), ("https://cdn1.ozone.ru/s3/b.jpg", ""));
    assert_eq!((saucer.picture.as_str(), saucer.price.as_str()), ("https://cdn1.ozone.ru/s3/c.jpg", "12.5 CNY"));
}

#[test]
fn postings_of_one_order_become_one_order_without_the_buyers_data() {
    let mut orders = BTreeMap::new();
    add_postings(
        &mut orders,
        &items(
            r#"[{"posting_number":"0132112277-0101-1","order_number":"0132112277-0101","status":"delivering","in_process_at":"2026-10-30T11:26:00Z","tracking_number":"","products":[{"sku":827098843,"price":{"amount":"1530","currency":"RUB"}}],"analytics_data":{"city":"Алматы"},"addressee":{"name":"Иван Канарейкин"},"customer":{"phone":"+79031234567"}},
                {"posting_number":"0132112277-0101-2","order_number":"0132112277-0101","status":"delivered","in_process_at":"2026-10-29T11:26:00Z","tracking_number":"TR1","available_actions":["ship","can_create_chat"],"products":[{"sku":"827098843","price":"1530"},{"sku":5}],"analytics_data":null},
                {"status":"delivered"}]"#,
        ),
    );
    assert_eq!(
        orders.into_values().collect::<Vec<_>>(),
        [Order {
            number: "0132112277-0101".to_owned(),
            status: "delivering, delivered".to_owned(),
            created_at: Some("2026-10-29T11:26:00Z".parse().unwrap()),
            changed_at: None,
            city: "Алматы".to_owned(),
            tracking: "TR1".to_owned(),
            products: vec!["827098843".to_owned(), "5".to_owned()],
            chat_by: "0132112277-0101-2".to_owned(),
        }]
    );
}

proptest! {
    #[test]
    fn no_message_is_too_odd_to_be_handled(
        data in prop::collection::vec("\\PC{0,30}", 0..3), kind in "\\PC{0,12}", id in "\\PC{0,22}", at in "\\PC{0,24}",
    ) {
        let json = serde_json::json!({"message_id": id, "user": {"type": kind}, "created_at": at, "data": data});
        let read = page(&json.to_string());
        prop_assert_eq!(read.messages.len() + read.unreadable.len(), 1);
    }

    #[test]
    fn no_text_breaks_the_decoders(text in "\\PC{0,200}") {
        let _ = serde_json::from_str::<ChatList>(&text);
        let _ = serde_json::from_str::<History>(&text);
        let _ = (question::question(&text), question::answer(&text, |_, _| true));
        let _ = (review::review(&text), review::comment(&text));
        let _ = (claim::returned(&text), claim::rfbs(&text, Some("1")), claim::cancellation(&text));
        let _ = claim::Claim::of(&RemoteId(text.clone()));
        let raw = serde_json::value::RawValue::from_string(text);
        if let Ok(raw) = raw {
            let _ = history("chats", Kind::Chat, &serde_json::from_str(&format!(r#"{{"messages":[{raw}]}}"#)).unwrap());
        }
    }
}
