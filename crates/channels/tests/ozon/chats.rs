//! Chats with Ozon's people, its news, files, and chats that are closed to a key.

use std::sync::Arc;
use std::time::Duration;

use dragoman_channels::{Failure, Wanted};
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent, Upload};
use dragoman_domain::{Direction, Kind, RemoteId};
use serde_json::{Value, json};

use crate::mock::{Reply, Shop};
use crate::{error, history, list, listed, message};

fn of_type(id: &str, kind: &str) -> Value {
    json!({"chat": {"chat_id": id, "chat_type": kind, "chat_status": "CLOSED"}, "last_message_id": 7, "unread_count": 1})
}

fn from(author: &str) -> Value {
    let mut message = message(7);
    message["user"]["type"] = json!(author);
    message
}

/// A shop whose buyer chats are closed.
async fn half_open() -> Shop {
    Shop::new(|path, body| match path {
        "/v3/chat/list" => {
            list(&[listed("b", 5), of_type("t", "SELLER_SUPPORT"), of_type("n", "SELLER_API_UPDATES"), listed("c", 6)])
        }
        _ if body["chat_id"] == "t" => history(&[from("Support")]),
        _ if body["chat_id"] == "n" => history(&[from("NotificationUser")]),
        _ => error(403, 7, "available with Premium Plus"),
    })
    .await
}

#[tokio::test]
async fn tickets_and_news_arrive_although_buyers_chats_are_closed() {
    let shop = half_open().await;
    let failure = shop.pass("chats", false).await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Closed { feature, code, .. } if feature == "chats" && code == "subscription_missing"),
        "{failure:?}"
    );
    assert!(shop.marked("t") && shop.marked("n") && !shop.marked("b"));
    let histories = shop.mock.seen().iter().filter(|seen| seen.path == "/v3/chat/history").count();
    assert_eq!(histories, 3, "one refusal is enough");
}

#[tokio::test]
async fn tickets_and_news_have_a_stream_of_their_own() {
    let shop = half_open().await;
    let pages = shop.pass("tickets", false).await.unwrap();
    let told: Vec<_> = pages.iter().flat_map(|page| &page.conversations).collect();
    assert_eq!(told.iter().map(|told| told.kind).collect::<Vec<_>>(), [Kind::Ticket, Kind::Notice]);
    assert_eq!(told[0].facts.closed, Some(true), "a closed chat with support is a resolved ticket");
    assert_eq!(told[0].facts.subject.as_deref(), Some("SELLER_SUPPORT"));
    assert_eq!((told[1].facts.seen, told[1].messages[0].direction), (Some(true), Direction::In));
    let failure = shop.pass("chats_unread", false).await.unwrap_err();
    assert!(matches!(failure, Failure::Closed { .. }));
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_is_asked_for_again_as_a_ticket() {
    let shop = Shop::new(|path, _| match path {
        "/v3/chat/list" => list(&[of_type("t", "SELLER_SUPPORT")]),
        _ => error(400, 3, "invalid"),
    })
    .await;
    let pages = shop.pass("chats", false).await.unwrap();
    let bad = pages.iter().flat_map(|page| &page.unreadable).next().unwrap();
    assert_eq!((bad.stream.as_str(), bad.remote_id.as_str()), ("tickets", "t"));
    let shop = Shop::new(|_, _| history(&[from("Support")])).await;
    let thread = shop.connector.thread(Kind::Ticket, &"t".into(), &Watermark::default()).await.unwrap();
    assert_eq!((thread.conversation.kind, thread.conversation.messages[0].direction), (Kind::Ticket, Direction::In));
}

fn with_file(text: &str, files: usize) -> Outgoing {
    let file = Upload { name: "акт.pdf".to_owned(), mime: "application/pdf".to_owned(), bytes: Arc::from(*b"%PDF") };
    Outgoing {
        files: vec![file; files],
        ..Outgoing::new(ActionKind::Reply, Kind::Chat, "chat-1".into(), text.to_owned())
    }
}

#[tokio::test]
async fn a_file_leaves_alone_and_plain_base64() {
    let shop = Shop::new(|_, _| Reply::new(200, r#"{"result":"success"}"#)).await;
    assert!(matches!(shop.connector.send(&with_file("", 1)).await, Sent::Yes { .. }));
    let [seen] = shop.mock.seen().try_into().unwrap();
    assert_eq!(
        (seen.path.as_str(), seen.body.as_str()),
        ("/v1/chat/send/file", r#"{"chat_id":"chat-1","base64_content":"JVBERg==","name":"акт.pdf"}"#)
    );
    for outgoing in [with_file("текст", 1), with_file("", 2)] {
        assert!(matches!(shop.connector.send(&outgoing).await, Sent::No(Refusal::Final { .. })));
    }
    assert_eq!(shop.mock.seen().len(), 1);
    let rules = shop.connector.capabilities().action(Kind::Chat, ActionKind::Reply).unwrap().files.clone().unwrap();
    assert!(!rules.with_text && rules.mimes.contains(&"application/pdf".to_owned()));
    let shop = Shop::new(|_, _| error(400, 3, "file type is not supported")).await;
    let sent = shop.connector.send(&with_file("", 1)).await;
    assert!(matches!(sent, Sent::No(Refusal::Final { why, .. }) if why == "file type is not supported"));
}

#[tokio::test]
async fn a_chat_is_opened_by_the_number_of_a_posting() {
    let shop = Shop::new(|_, _| Reply::new(200, r#"{"result":{"chat_id":"5e767a03"}}"#)).await;
    let open = |order_no: &str, fields: &[(&str, &str)]| Outgoing {
        order_no: order_no.to_owned(),
        act: Some(Act {
            name: "open_chat".to_owned(),
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }),
        ..Outgoing::new(ActionKind::Act, Kind::Claim, "rfbs:77".into(), String::new())
    };
    let sent = shop.connector.send(&open("", &[("posting_number", "47873153-0052-1")])).await;
    assert!(matches!(sent, Sent::Yes { remote: Some(chat), .. } if chat == RemoteId::from("5e767a03")));
    assert_eq!(shop.mock.seen()[0].body, r#"{"posting_number":"47873153-0052-1"}"#);
    assert!(matches!(shop.connector.send(&open("47873153-0052", &[])).await, Sent::No(Refusal::Final { .. })));
    assert_eq!(shop.mock.seen().len(), 1);
}

// ---- Files that arrive

#[tokio::test]
async fn the_key_goes_to_files_of_chats_and_nowhere_else() {
    let shop =
        Shop::new(|_, _| Reply::new(200, "x").header("content-type", "Image/JPEG; x=1").bytes(b"\xff\xd8\xff")).await;
    let file =
        shop.connector.attachment("https://api-seller.ozon.ru/v2/chat/file/messenger/ab12.jpg", 100).await.unwrap();
    assert_eq!((file.mime.as_str(), file.bytes.len()), ("image/jpeg", 3));
    let of_base = format!("{}/v2/chat/file/a.jpg", shop.mock.url);
    shop.connector.attachment(&of_base, 100).await.unwrap();
    shop.connector.attachment("https://cdn1.ozone.ru/s3/rp/a.jpg", 100).await.unwrap();
    // Public hosts, and so without the key: the other paths of the API, and names that only look like it.
    shop.connector.attachment("https://api-seller.ozon.ru/v2/chat/file/../../../v1/roles", 100).await.unwrap();
    let keys: Vec<_> =
        shop.mock.seen().iter().map(|seen| (seen.method.clone(), seen.header("api-key").is_some())).collect();
    let get = |key| ("GET".to_owned(), key);
    assert_eq!(keys, [get(true), get(true), get(false), get(false)]);
    for elsewhere in [
        "http://api-seller.ozon.ru/v2/chat/file/a.jpg",
        "https://api-seller.ozon.ru.evil.example/v2/chat/file/a.jpg",
        "https://u@api-seller.ozon.ru/v2/chat/file/a.jpg",
        "https://api-seller.ozon.ru:8443/v2/chat/file/a.jpg",
        "https://evil.example/v2/chat/file/a.jpg",
        "http://127.0.0.1:1/v2/chat/file/a.jpg",
        "file:///etc/passwd",
        "",
    ] {
        let failure = shop.connector.attachment(elsewhere, 100).await.unwrap_err();
        assert!(matches!(failure, Failure::Refused { .. }), "{elsewhere}: {failure:?}");
    }
    assert_eq!(shop.mock.seen().len(), 4);
}

#[tokio::test]
async fn each_end_of_a_download_says_what_to_do() {
    type Expected = fn(&Failure) -> bool;
    let cases: Vec<(Reply, Expected)> = vec![
        (error(404, 5, "not found"), |f| *f == Failure::NotFound),
        (Reply::new(302, "").header("location", "https://evil.example/"), |f| matches!(f, Failure::Unreadable { .. })),
        (Reply::new(200, "x".repeat(101)), |f| *f == Failure::TooLarge { limit: 100 }),
        (Reply::new(503, ""), |f| matches!(f, Failure::ServerFault { status: 503, .. })),
        (error(403, 16, "Invalid Api-Key"), |f| matches!(f, Failure::Key { .. })),
        (error(429, 8, "rate limit"), |f| matches!(f, Failure::Wait { told: true, .. })),
    ];
    for (reply, expected) in cases {
        let label = format!("{reply:?}");
        let shop = Shop::new(move |_, _| reply.clone()).await;
        let file = shop.connector.attachment("https://api-seller.ozon.ru/v2/chat/file/a.jpg", 100).await;
        assert!(expected(&file.clone().unwrap_err()), "{label}: {file:?}");
        assert_eq!(shop.mock.seen().len(), 1, "redirects are not followed");
    }
}

// ---- Look-ups

#[tokio::test]
async fn a_hidden_product_is_found_by_its_other_number_once() {
    let shop = Shop::new(|path, body| match path {
        "/v1/product/related-sku/get" => {
            Reply::json(&json!({"items": [{"sku": 5, "product_id": 99}], "errors": [{"sku": 6}]}))
        }
        _ if body.get("product_id").is_some() => {
            Reply::json(&json!({"items": [{"id": 99, "sku": 1, "name": "Чехол"}]}))
        }
        _ => Reply::json(&json!({"items": [{"id": 7, "sku": 4, "name": "Чашка"}]})),
    })
    .await;
    let wanted = Wanted { products: ["4", "5", "6"].map(str::to_owned).into(), orders: Vec::new() };
    shop.clock.advance(Duration::from_secs(1));
    let facts = shop.connector.look_up(&wanted).await.unwrap();
    let found: Vec<_> = facts.products.iter().map(|product| (product.key.as_str(), product.name.as_str())).collect();
    assert_eq!(found, [("4", "Чашка"), ("5", "Чехол")]);
    assert_eq!(facts.unknown_products, ["6"]);
    let bodies: Vec<_> = shop.mock.seen().iter().map(|seen| seen.body.clone()).collect();
    assert_eq!(bodies, [r#"{"sku":["4","5","6"]}"#, r#"{"sku":["5","6"]}"#, r#"{"product_id":["99"]}"#]);
}
