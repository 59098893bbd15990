//! The Ozon connector against a scripted server: what it asks for to the letter, and what it makes of every kind of answer.
//!
//! Bodies have the documented shapes of Seller API 2.1 (state of September 2026); contents are made up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

#[path = "ozon/chats.rs"]
mod chats;
#[path = "ozon/claims.rs"]
mod claims;
#[path = "ozon/mock.rs"]
mod mock;
#[path = "ozon/public.rs"]
mod public;

use std::time::Duration;

use dragoman_channels::{Failure, Wanted};
use dragoman_domain::incoming::Cursor;
use dragoman_domain::outbox::{Nature, Watermark};
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Refusal, Sent};
use dragoman_domain::{Kind, RemoteId, Timestamp};
use mock::{Mock, Reply, Shop, settings};
use serde_json::{Value, json};

const SUCCESS: &str = r#"{"result":"success"}"#;

fn error(status: u16, code: i32, message: &str) -> Reply {
    Reply::new(status, json!({"code": code, "message": message, "details": []}).to_string())
}

fn listed(id: &str, last: u64) -> Value {
    json!({
        "chat": {"chat_id": id, "chat_type": "BUYER_SELLER", "chat_status": "OPENED", "created_at": "2026-11-01T08:07:19.581Z"},
        "first_unread_message_id": last, "last_message_id": last, "unread_count": 1,
    })
}

fn message(id: u64) -> Value {
    json!({
        "message_id": id, "user": {"id": "115568", "type": "Сustomer"}, "created_at": "2026-11-20T08:10:22Z",
        "is_read": false, "data": ["Здравствуйте!"], "context": null,
    })
}

fn list(chats: &[Value]) -> Reply {
    Reply::json(&json!({"chats": chats, "total_unread_count": 5, "cursor": null, "has_next": false}))
}

fn history(messages: &[Value]) -> Reply {
    Reply::json(&json!({"has_next": false, "messages": messages}))
}

fn outgoing(action: ActionKind) -> Outgoing {
    Outgoing {
        last_in: Some("30000000001280042740".into()),
        ..Outgoing::new(action, Kind::Chat, "99feb3fc-a474-469f-95d5-268b470cc607".into(), "Отправим завтра".to_owned())
    }
}

// ---- Requests

#[tokio::test]
async fn requests_follow_the_contract_to_the_letter() {
    let shop = Shop::new(|path, body| match path {
        "/v3/chat/list" => list(&[listed("chat-1", 3_000_000_000_128_004_274)]),
        "/v3/chat/history" if body.get("from_message_id").is_none() => {
            Reply::json(&json!({"has_next": true, "messages": [message(3_000_000_000_128_004_274)]}))
        }
        "/v3/chat/history" => history(&[message(3_000_000_000_118_021_931)]),
        "/v1/chat/send/message" => Reply::new(200, SUCCESS),
        "/v2/chat/read" => Reply::new(200, r#"{"unread_count":0}"#),
        "/v3/product/info/list" => Reply::new(200, r#"{"items":[{"sku":646399170}]}"#),
        _ => Reply::new(200, r#"{"postings":[],"cursor":"","has_next":false}"#),
    })
    .await;
    shop.pass("chats_unread", false).await.unwrap();
    shop.send(ActionKind::Reply).await;
    shop.send(ActionKind::Read).await;
    let wanted = Wanted { products: vec!["646399170".to_owned()], orders: vec!["58544282-0057".to_owned()] };
    shop.clock.advance(Duration::from_secs(1));
    shop.connector.look_up(&wanted).await.unwrap();
    let asked: Vec<String> = shop.mock.seen().iter().map(|seen| format!("{} {}", seen.path, seen.body)).collect();
    let orders = r#"{"filter":{"order_numbers":["58544282-0057"],"since":"2025-11-23T10:00:06Z","to":"2026-11-22T10:00:06Z"},"limit":100,"cursor":"","sort_dir":"DESC","with":{"analytics_data":true}}"#;
    let orders = |path: &str| format!("{path} {orders}");
    assert_eq!(
        asked,
        [
            r#"/v3/chat/list {"filter":{"chat_status":"ALL","unread_only":true},"limit":100,"cursor":""}"#,
            r#"/v3/chat/history {"chat_id":"chat-1","direction":"Backward","limit":200}"#,
            r#"/v3/chat/history {"chat_id":"chat-1","direction":"Backward","from_message_id":3000000000128004274,"limit":200}"#,
            r#"/v1/chat/send/message {"chat_id":"99feb3fc-a474-469f-95d5-268b470cc607","text":"Отправим завтра"}"#,
            r#"/v2/chat/read {"chat_id":"99feb3fc-a474-469f-95d5-268b470cc607","from_message_id":30000000001280042740}"#,
            r#"/v3/product/info/list {"sku":["646399170"]}"#,
            &orders("/v4/posting/fbs/list"),
            &orders("/v3/posting/fbo/list"),
        ]
    );
    for seen in shop.mock.seen() {
        assert_eq!(seen.method, "POST");
        assert_eq!(seen.header("client-id"), Some("123456"));
        assert_eq!(seen.header("api-key"), Some("canary-key"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn pictures_are_fetched_without_the_key_and_only_from_ozon() {
    let shop = Shop::new(|_, _| Reply::new(200, "\u{feff}").bytes(b"\x89PNG\r\n\x1a\nrest")).await;
    let picture = shop.connector.picture("https://cdn1.ozone.ru/s3/multimedia-4/6804736960.jpg").await.unwrap();
    assert_eq!(picture.mime, "image/png");
    let [seen] = shop.mock.seen().try_into().unwrap();
    assert_eq!(seen.path, "/s3/multimedia-4/6804736960.jpg");
    assert_eq!((seen.header("client-id"), seen.header("api-key")), (None, None));
    for elsewhere in ["https://evil.example/a.jpg", "https://ozone.ru.evil.example/a.jpg", "http://cdn1.ozone.ru/a.jpg"]
    {
        assert!(matches!(shop.connector.picture(elsewhere).await, Err(Failure::Refused { .. })), "{elsewhere}");
    }
    assert_eq!(shop.mock.seen().len(), 1);
}

// ---- Settings and check

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    for (client_id, api_key, field) in
        [("", "k", "client_id"), ("12a", "k", "client_id"), ("12", "", "api_key"), ("12", " \u{feff}", "api_key")]
    {
        let settings = settings("http://127.0.0.1:1", client_id, api_key);
        let failure = mock::connect(settings, mock::clock()).err().unwrap();
        assert!(matches!(&failure, Failure::Setup { field: named, .. } if named == field), "{failure:?}");
    }
}

#[tokio::test]
async fn what_copying_leaves_around_a_key_does_no_harm() {
    let mock = Mock::new(|_, _| error(403, 16, "Invalid Api-Key")).await;
    let connector = mock::connect(settings(&mock.url, " 123456 ", "\u{feff}canary-key\r\n"), mock::clock()).unwrap();
    assert!(connector.check().await.is_err());
    assert_eq!(mock.seen()[0].header("api-key"), Some("canary-key"));
}

#[tokio::test]
async fn a_check_tells_seller_rights_subscription_and_end() {
    let shop = Shop::new(|path, _| match path {
        "/v1/roles" => Reply::json(&json!({
            "expires_at": "2027-01-18T09:54:23.296Z",
            "roles": [{"name": "Chats", "methods": ["/v3/chat/list", "/v3/chat/history", "/v1/chat/send/message"]}],
        })),
        _ => Reply::json(
            &json!({"company": {"name": "ООО Чай"}, "subscription": {"is_premium": true, "type": "PREMIUM"}}),
        ),
    })
    .await;
    let checked = shop.connector.check().await.unwrap();
    assert_eq!((checked.seller.as_str(), checked.standing.seller_name.as_str()), ("123456", "ООО Чай"));
    let code = |feature: &str| checked.standing.features[feature].code.clone();
    assert_eq!((code("chats").as_str(), code("products").as_str()), ("subscription_missing", "right_missing"));
    assert!(!checked.standing.read_only);
    assert!(checked.standing.expires_at.is_some());
}

#[tokio::test]
async fn a_key_of_another_client_id_fails_the_check() {
    let shop = Shop::new(|_, _| error(403, 16, "Invalid Api-Key, please check the key and try again")).await;
    let failure = shop.connector.check().await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Key { code, why } if code == "token_refused" && why.contains("Client-Id")),
        "{failure}"
    );
}

#[tokio::test]
async fn a_question_the_key_may_not_ask_leaves_the_rest_of_the_check() {
    let shop = Shop::new(|path, _| match path {
        "/v1/roles" => Reply::new(200, r#"{"roles":[{"methods":["/v3/chat"]}]}"#),
        _ => error(403, 7, "Api-Key is missing a required role for a method"),
    })
    .await;
    let standing = shop.connector.check().await.unwrap().standing;
    assert!(standing.features["chats"].open);
    assert!(standing.read_only);
}

// ---- Error families

#[tokio::test]
async fn each_error_of_a_read_says_what_to_do() {
    let html = Reply::new(200, "<html><title>Проверка</title></html>");
    type Expected = fn(&Failure) -> bool;
    let cases: Vec<(Reply, Expected)> = vec![
        (error(401, 16, "Client-Id and Api-Key headers are required"), |f| matches!(f, Failure::Key { .. })),
        (error(403, 16, "Api-key is deactivated, use another one or generate a new one"), |f| {
            matches!(f, Failure::Key { .. })
        }),
        (
            error(403, 7, "Api-Key is missing a required role for a method"),
            |f| matches!(f, Failure::Closed { feature, code, .. } if feature == "chats" && code == "right_missing"),
        ),
        (
            error(403, 7, "Api-Key is restricted to specific IP addresses"),
            |f| matches!(f, Failure::Closed { why, .. } if why.contains("IP addresses")),
        ),
        (
            error(403, 7, "checkSellerPremiumPlus"),
            |f| matches!(f, Failure::Closed { feature, code, .. } if feature == "chats" && code == "subscription_missing"),
        ),
        (error(400, 3, "invalid argument"), |f| matches!(f, Failure::Refused { why } if why == "invalid argument")),
        (error(404, 5, "not found"), |f| *f == Failure::NotFound),
        (error(500, 13, "Internal error"), |f| matches!(f, Failure::ServerFault { status: 500, .. })),
        (error(429, 8, "You have reached request rate limit per second"), |f| {
            matches!(f, Failure::Wait { told: true, .. })
        }),
        (error(500, 13, "Circle is open"), |f| matches!(f, Failure::Wait { told: true, .. })),
        (html, |f| matches!(f, Failure::Unreadable { sample, .. } if sample.contains("Проверка"))),
        (Reply::new(403, "<html>office proxy</html>"), |f| matches!(f, Failure::Unreadable { .. })),
        (Reply::new(302, ""), |f| matches!(f, Failure::Unreadable { .. })),
        (Reply::new(200, r#"{"message":"ok"}"#), |f| matches!(f, Failure::Unreadable { .. })),
    ];
    for (reply, expected) in cases {
        let label = format!("{reply:?}");
        let shop = Shop::new(move |_, _| reply.clone()).await;
        let failure = shop.step("chats", &Cursor::default(), false).await.unwrap_err();
        assert!(expected(&failure), "{label}: {failure:?}");
    }
}

#[tokio::test]
async fn each_answer_to_a_send_is_proof_refusal_or_doubt() {
    let refusal = |code: &'static str| Some(code);
    let cases = [
        (error(403, 7, "sending messages to this chat is not permitted"), refusal("window_closed")),
        (error(400, 7, "chat is disabled"), refusal("chat_disabled")),
        (error(403, 7, "chat was not started by the buyer"), refusal("chat_not_started")),
        (error(403, 7, "available with Premium Plus"), refusal("subscription_missing")),
        (error(403, 7, "Api-Key is missing a required role for a method"), refusal("right_missing")),
        (error(404, 5, "chat not found"), refusal("not_found")),
        (error(400, 3, "invalid SendMessageRequest.Text"), refusal("refused")),
        (error(500, 13, "Circle is open"), None),
        (error(502, 16, "Invalid Api-Key"), None),
        (error(409, 10, "conflict"), None),
        (Reply::new(200, r#"{"result":"pending"}"#), None),
        (Reply::new(200, "{}"), None),
        (Reply::new(200, r#"{"result":"succ"#), None),
        (Reply::new(200, "<html>"), None),
        (Reply::new(403, "<html>office proxy</html>"), None),
        (Reply::new(302, "").header("location", "https://elsewhere.example/"), None),
    ];
    for (reply, code) in cases {
        let label = format!("{reply:?}");
        let shop = Shop::new(move |_, _| reply.clone()).await;
        match (shop.send(ActionKind::Reply).await, code) {
            (Sent::No(Refusal::Final { code, .. }), Some(expected)) => assert_eq!(code, expected, "{label}"),
            (Sent::Unknown { .. }, None) => {}
            (sent, _) => panic!("{label}: {sent:?}"),
        }
        assert_eq!(shop.mock.seen().len(), 1, "nothing is sent twice");
    }
    let shop = Shop::new(|_, _| Reply::new(200, SUCCESS)).await;
    assert!(matches!(shop.send(ActionKind::Reply).await, Sent::Yes { remote: None, .. }));
    let shop = Shop::new(|_, _| error(403, 16, "Invalid Api-Key")).await;
    assert!(
        matches!(shop.send(ActionKind::Reply).await, Sent::No(Refusal::Key { code, .. }) if code == "token_refused")
    );
}

#[tokio::test]
async fn a_fault_is_doubt_and_a_closed_port_is_none() {
    let shop = Shop::new(|_, _| error(500, 13, "Internal error")).await;
    assert!(matches!(shop.send(ActionKind::Reply).await, Sent::Unknown { why: Doubt::ServerFault, .. }));
    let connector = mock::connect(settings("http://127.0.0.1:1", "123456", "canary-key"), mock::clock()).unwrap();
    assert!(matches!(connector.send(&outgoing(ActionKind::Reply)).await, Sent::No(Refusal::NotReached { .. })));
    let asked = connector.thread(Kind::Chat, &"a".into(), &Watermark::default()).await;
    assert!(matches!(asked, Err(Failure::Offline { .. })), "{asked:?}");
}

#[tokio::test]
async fn a_429_rests_everything_for_as_long_as_it_says() {
    let shop = Shop::new(|_, _| error(429, 8, "rate limit").header("retry-after", "7")).await;
    let until: Timestamp = shop.now() + Duration::from_secs(7);
    let read = shop.step_as_is("chats").await;
    assert_eq!(read.unwrap_err(), Failure::Wait { until, told: true });
    let again = shop.step_as_is("chats").await.unwrap_err();
    assert!(matches!(again, Failure::Wait { until: later, told: false } if later >= until), "{again:?}");
    let sent = shop.connector.send(&outgoing(ActionKind::Reply)).await;
    assert_eq!(sent, Sent::No(Refusal::Throttled { retry_at: Some(until) }));
    assert_eq!(shop.mock.seen().len(), 1, "who rests does not ask");
}

#[tokio::test]
async fn a_429_without_a_sane_time_rests_longer_each_time() {
    for header in [None, Some("-3"), Some("soon")] {
        let shop = Shop::new(move |_, _| {
            let reply = error(429, 8, "rate limit");
            header.map_or(reply.clone(), |value| reply.header("retry-after", value))
        })
        .await;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let before = shop.now();
            let Err(Failure::Wait { until, told: true }) = shop.step_as_is("chats").await else {
                panic!("a wait expected")
            };
            pauses.push(until.duration_since(before).as_secs());
            shop.clock.advance_to(until);
            shop.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60], "{header:?}");
    }
}

#[tokio::test]
async fn reads_keep_our_pace_and_leave_room_for_an_answer() {
    let shop = Shop::new(|path, _| match path {
        "/v3/chat/list" => list(&[]),
        _ => Reply::new(200, SUCCESS),
    })
    .await;
    let mut reads = 0;
    while shop.step_as_is("chats").await.is_ok() {
        reads += 1;
    }
    assert_eq!(reads, 4, "five at once, one of them kept for answers");
    assert!(matches!(shop.connector.send(&outgoing(ActionKind::Reply)).await, Sent::Yes { .. }));
}

// ---- Streams

#[tokio::test]
async fn a_pass_brings_chats_with_marks_and_skips_them_next_time() {
    let shop = Shop::new(|path, body| match path {
        "/v3/chat/list" => list(&[listed("chat-1", 3_000_000_000_128_004_274), json!({"chat": null})]),
        _ => {
            assert_eq!(body["chat_id"], "chat-1");
            history(&[message(3_000_000_000_128_004_274)])
        }
    })
    .await;
    let pages = shop.pass("chats_unread", false).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.left).collect::<Vec<_>>(), [Some(1), Some(0)]);
    assert_eq!(pages[0].unreadable.len() + pages[1].unreadable.len(), 1);
    let chat = &pages[1].conversations[0];
    assert_eq!(chat.messages[0].remote_id, RemoteId::from("3000000000128004274"));
    assert_eq!((chat.facts.closed, chat.facts.seen), (Some(false), Some(false)));
    assert!(pages.iter().all(|page| page.sweep.is_none()));
    let again = shop.pass("chats", false).await.unwrap();
    assert_eq!((again.len(), again[0].conversations.len()), (1, 0), "the other stream knows the chat already");
}

#[tokio::test]
async fn a_chat_with_a_message_that_cannot_be_read_is_asked_for_again_until_it_can() {
    let shop = Shop::new(|path, _| match path {
        "/v3/chat/list" => list(&[listed("chat-1", 3_000_000_000_128_004_274)]),
        _ => history(&[message(3_000_000_000_128_004_274), json!({"message_id": 5})]),
    })
    .await;
    for stream in ["chats_unread", "chats"] {
        let pages = shop.pass(stream, false).await.unwrap();
        let chat = &pages.last().unwrap().conversations[0];
        assert_eq!((chat.messages.len(), &chat.mark), (1, &None), "{stream}: the rest arrives, the mark does not");
    }
}

#[tokio::test]
async fn static_paging_stops_with_a_clear_word_after_its_chats() {
    let shop = Shop::new(|path, _| match path {
        "/v3/chat/list" => Reply::json(&json!({
            "chats": [listed("chat-1", 3_000_000_000_128_004_274)], "cursor": "30000002342123123", "has_next": "true",
        })),
        _ => Reply::json(&json!({"has_next": "true", "messages": [message(3_000_000_000_817_031_942)]})),
    })
    .await;
    let failure = shop.pass("chats", true).await.unwrap_err();
    assert!(matches!(&failure, Failure::Endless { why } if why.contains("a page again")), "{failure}");
    assert_eq!(shop.stored(), 1, "what could be read is here");
}

#[tokio::test]
async fn a_chat_of_its_own_trouble_does_not_hide_the_others() {
    let troubles: [(Reply, usize); 4] = [
        (error(404, 5, "chat not found"), 1),
        (error(400, 3, "invalid chat"), 1),
        (Reply::new(200, "<html>"), 3),
        (error(500, 13, "Internal error"), 3),
    ];
    for (trouble, tries) in troubles {
        let label = format!("{trouble:?}");
        let shop = Shop::new(move |path, body| match path {
            "/v3/chat/list" => list(&[listed("bad", 2), listed("good", 3)]),
            _ if body["chat_id"] == "bad" => trouble.clone(),
            _ => history(&[message(3)]),
        })
        .await;
        let mut failures = 0;
        let pages = loop {
            match shop.pass("chats_unread", false).await {
                Ok(pages) => break pages,
                Err(_) => failures += 1,
            }
        };
        assert_eq!(failures, tries - 1, "{label}");
        assert_eq!(
            pages.iter().flat_map(|page| &page.unreadable).map(|bad| bad.remote_id.as_str()).collect::<Vec<_>>(),
            ["bad"]
        );
        assert_eq!(shop.stored(), 1, "{label}");
        assert!(!shop.marked("bad") && shop.marked("good"), "the next pass tries it again");
    }
}

#[tokio::test]
async fn an_unknown_stream_is_refused() {
    let shop = Shop::new(|_, _| Reply::new(200, "{}")).await;
    assert!(matches!(shop.step_as_is("questions").await, Err(Failure::Refused { .. })));
    assert!(shop.mock.seen().is_empty());
}

// ---- One thread

#[tokio::test]
async fn a_thread_is_complete_when_it_reaches_what_was_known() {
    let read = |has_next: bool, messages: Vec<Value>, since: Watermark| async move {
        let reply = Reply::json(&json!({"has_next": has_next, "messages": messages}));
        let shop = Shop::new(move |_, _| reply.clone()).await;
        shop.connector.thread(Kind::Chat, &"chat-1".into(), &since).await.unwrap()
    };
    let known = |last_in: u64| Watermark { last_in: Some(last_in.to_string().into()), ..Watermark::default() };
    assert!(read(false, vec![message(9)], Watermark::default()).await.complete);
    assert!(read(true, vec![message(9), message(8)], known(8)).await.complete);
    assert!(!read(true, vec![message(9), message(8)], known(7)).await.complete);
    let odd = || json!({"message_id": 8});
    assert!(!read(true, vec![message(9), odd(), message(7)], known(7)).await.complete, "it may be what we look for");
    assert!(!read(false, vec![odd()], Watermark::default()).await.complete);
    assert!(
        read(true, vec![message(9), odd()], known(9)).await.complete,
        "what is older than the known does not matter"
    );
    assert!(read(false, vec![], Watermark::default()).await.conversation.messages.is_empty());
}

// ---- Sending

#[tokio::test]
async fn what_is_not_offered_is_refused_without_a_call() {
    let shop = Shop::new(|_, _| Reply::new(200, SUCCESS)).await;
    for outgoing in [
        outgoing(ActionKind::Edit),
        Outgoing { kind: Kind::Notice, ..outgoing(ActionKind::Reply) },
        Outgoing { last_in: None, ..outgoing(ActionKind::Read) },
        Outgoing { last_in: Some("q:7".into()), ..outgoing(ActionKind::Read) },
    ] {
        assert!(matches!(shop.connector.send(&outgoing).await, Sent::No(Refusal::Final { .. })), "{outgoing:?}");
    }
    assert!(shop.mock.seen().is_empty());
}

#[tokio::test]
async fn the_declarations_of_a_reply_are_those_of_a_chat() {
    let shop = Shop::new(|_, _| Reply::new(200, SUCCESS)).await;
    let reply = shop.connector.capabilities().action(Kind::Chat, ActionKind::Reply).unwrap();
    assert_eq!(reply.text, Some((1, 1000)));
    assert_eq!(reply.send.nature, Nature::Append);
    assert!(reply.send.success_proves && reply.send.read_back && reply.send.absence_provable);
    assert_eq!(reply.send.horizon_s, 180);
    assert!(shop.connector.capabilities().action(Kind::Chat, ActionKind::Edit).is_none());
}

// ---- Look-ups

fn postings(order: &str) -> Reply {
    Reply::json(&json!({
        "cursor": "", "has_next": false,
        "postings": [{"order_number": order, "status": "delivered", "products": [{"sku": 5}], "addressee": {"name": "Иван"}}],
    }))
}

fn wanted() -> Wanted {
    Wanted {
        products: ["646399170", "5", "not a number"].map(str::to_owned).into(),
        orders: ["11111111-0001", "22222222-0002", "33333333-0003", "'; --"].map(str::to_owned).into(),
    }
}

#[tokio::test]
async fn look_ups_find_what_is_there_and_name_what_is_not() {
    let shop = Shop::new(|path, body| match path {
        "/v3/product/info/list" => Reply::json(&json!({"items": [{"sku": 646_399_170, "name": "Чехол"}]})),
        "/v1/product/related-sku/get" => Reply::new(200, r#"{"items":[],"errors":[]}"#),
        "/v4/posting/fbs/list" => postings("11111111-0001"),
        _ => {
            assert_eq!(body["filter"]["order_numbers"], json!(["22222222-0002", "33333333-0003"]));
            postings("22222222-0002")
        }
    })
    .await;
    let Wanted { products, orders } = wanted();
    let facts = shop.connector.look_up(&Wanted { products, orders: Vec::new() }).await.unwrap();
    assert_eq!(facts.products.iter().map(|product| product.name.as_str()).collect::<Vec<_>>(), ["Чехол"]);
    assert_eq!(facts.unknown_products, ["not a number", "5"]);
    shop.clock.advance(Duration::from_secs(5));
    let facts = shop.connector.look_up(&Wanted { products: Vec::new(), orders }).await.unwrap();
    assert_eq!(
        facts.orders.iter().map(|order| order.number.as_str()).collect::<Vec<_>>(),
        ["11111111-0001", "22222222-0002"]
    );
    assert_eq!(facts.unknown_orders, ["'; --", "33333333-0003"]);
}

#[tokio::test]
async fn a_group_that_is_closed_is_left_alone_and_the_others_go_on() {
    let shop = Shop::new(|path, _| match path {
        "/v3/product/info/list" => Reply::json(&json!({"items": [{"sku": 646_399_170, "name": "Чехол"}]})),
        "/v4/posting/fbs/list" => error(403, 7, "Api-Key is missing a required role for a method"),
        _ => postings("22222222-0002"),
    })
    .await;
    for _ in 0..2 {
        let known = Wanted { products: vec!["646399170".to_owned()], ..wanted() };
        let facts = shop.connector.look_up(&known).await.unwrap();
        assert_eq!((facts.products.len(), facts.orders.len()), (1, 1));
        assert_eq!(facts.unknown_orders, ["'; --"], "an order that could not be asked for everywhere is not unknown");
        shop.clock.advance(Duration::from_secs(10));
    }
    let asked = |shop: &Shop| shop.mock.seen().iter().filter(|seen| seen.path == "/v4/posting/fbs/list").count();
    assert_eq!(asked(&shop), 1);
    shop.clock.advance(Duration::from_secs(24 * 60 * 60));
    shop.connector.look_up(&wanted()).await.unwrap();
    assert_eq!(asked(&shop), 2, "tried again after a day");
}

#[tokio::test]
async fn a_look_up_of_which_nothing_comes_says_why() {
    let shop = Shop::new(|_, _| error(403, 7, "Api-Key is missing a required role for a method")).await;
    let wanted = Wanted { products: vec!["5".to_owned()], orders: Vec::new() };
    let failure = shop.connector.look_up(&wanted).await.unwrap_err();
    assert!(matches!(&failure, Failure::Closed { feature, .. } if feature == "products"), "{failure}");
}

#[tokio::test]
async fn orders_of_many_postings_are_read_to_the_end_but_not_for_ever() {
    let shop = Shop::new(|path, body| match (path, body["cursor"].as_str().unwrap_or_default()) {
        ("/v4/posting/fbs/list", "") => Reply::json(&json!({
            "cursor": "2", "has_next": true, "postings": [{"order_number": "11111111-0001", "tracking_number": "A"}],
        })),
        _ => Reply::json(&json!({
            "cursor": "2", "has_next": true, "postings": [{"order_number": "11111111-0001", "tracking_number": "B"}],
        })),
    })
    .await;
    let wanted = Wanted { products: Vec::new(), orders: vec!["11111111-0001".to_owned()] };
    let facts = shop.connector.look_up(&wanted).await.unwrap();
    assert_eq!(facts.orders[0].tracking, "A, B");
    assert_eq!(shop.mock.seen().len(), 2);
}
