//! Files in Ozon chats, chats the seller begins, and chats with Ozon itself.

use dragoman_simulator::{OzonRules, Size};
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, options, refused, with_ozon, without_quotas};

/// A picture of one pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
/// The beginning of a PDF, in base64.
const PAPER: &str = "JVBERi0xLjcK";

async fn send_file(scene: &Scene, chat: &str, name: &str, content: &str) -> Reply {
    let body = json!({ "chat_id": chat, "name": name, "base64_content": content });
    scene.ozon("/v1/chat/send/file", body).await
}

async fn fetch(scene: &Scene, message: &Value, with_key: bool) -> reqwest::Response {
    let text = message["data"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    let path = text.split("https://api-seller.ozon.ru").nth(1).unwrap().trim_end_matches(')').to_owned();
    let shop = scene.shop("ozon");
    let mut request = scene.client.get(format!("{}{path}", shop.base_url));
    if with_key {
        request = request.header("Client-Id", &shop.fields["client_id"]).header("Api-Key", &shop.secrets["api_key"]);
    }
    request.send().await.unwrap()
}

/// Postings of the seller's own scheme, with or without leave to open a chat.
async fn posting(scene: &Scene, may_talk: bool) -> String {
    let filter = json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T10:00:00Z" });
    let page = scene.ozon("/v4/posting/fbs/list", json!({ "filter": filter, "limit": 100 })).await.json();
    let found = page["postings"].as_array().unwrap().iter().find(|posting| {
        let actions = posting["available_actions"].as_array().unwrap();
        actions.contains(&json!("can_create_chat")) == may_talk
    });
    found.unwrap()["posting_number"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_is_moderated_and_can_be_fetched_with_the_key_only() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    assert_eq!(send_file(&scene, &chat, "Фото.PNG", PIXEL).await.json(), json!({ "result": "success" }));
    let sent = scene.history(&chat).await[0].clone();
    assert_eq!((&sent["is_image"], &sent["moderate_image_status"]), (&json!(true), &json!("MODERATION")));
    assert_eq!(fetch(&scene, &sent, false).await.status().as_u16(), 401);
    let content = fetch(&scene, &sent, true).await;
    assert_eq!(content.headers()["content-type"], "image/png");
    assert!(content.bytes().await.unwrap().starts_with(b"\x89PNG"));
    scene.advance(60).await;
    assert_eq!(scene.history(&chat).await[0]["moderate_image_status"], "SUCCESS");
    let entry = scene.running.accepted()[0].clone();
    assert_eq!(
        (entry.action.as_str(), entry.target, &entry.fields.unwrap()["name"]),
        ("file", chat, &json!("Фото.PNG"))
    );
}

#[tokio::test]
async fn a_pdf_becomes_a_link_with_its_name_and_size() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    send_file(&scene, &chat, "Инструкция.pdf", PAPER).await;
    let sent = scene.history(&chat).await[0].clone();
    assert_eq!(sent["is_image"], false);
    assert!(sent["data"].as_array().unwrap().last().unwrap().as_str().unwrap().starts_with("[Инструкция.pdf (1 KB)]("));
    assert_eq!(fetch(&scene, &sent, true).await.headers()["content-type"], "application/pdf");
}

#[tokio::test]
async fn other_types_broken_content_and_large_files_are_refused() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    let large = format!("JVBERi0x{}", "A".repeat(14_000_000));
    for (name, content) in [
        ("run.exe", PIXEL),
        ("photo", PIXEL),
        ("photo.jpg", PIXEL),
        ("photo.png", "data:image/png;base64,iVBORw0KGgo="),
        ("large.pdf", &large),
    ] {
        assert_eq!(refused(&send_file(&scene, &chat, name, content).await).1, 3, "{name}");
    }
    let body = json!({ "chat_id": chat, "base64_content": PIXEL });
    assert_eq!(refused(&scene.ozon("/v1/chat/send/file", body).await).1, 3);
    assert_eq!(scene.running.accepted(), []);
}

#[tokio::test]
async fn files_obey_the_same_window_as_texts() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    scene.advance(48 * 3_600 + 1).await;
    let (status, code, text) = refused(&send_file(&scene, &chat, "photo.png", PIXEL).await);
    assert!((status, code) == (403, 7) && text.contains("not permitted"));
}

#[tokio::test]
async fn files_to_support_need_no_subscription_and_files_to_buyers_do() {
    let scene = Scene::start(with_ozon(OzonRules { subscription: "PREMIUM".into(), ..OzonRules::default() })).await;
    let rows = scene.chats().await;
    let of = |kind: &str| {
        let row = rows.iter().find(|row| row["chat"]["chat_type"] == kind && row["chat"]["chat_status"] == "OPENED");
        row.unwrap()["chat"]["chat_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(send_file(&scene, &of("SELLER_SUPPORT"), "photo.png", PIXEL).await.status, 200);
    assert_eq!(refused(&send_file(&scene, &of("BUYER_SELLER"), "photo.png", PIXEL).await).1, 7);
}

#[tokio::test]
async fn a_seller_begins_a_chat_about_an_order_and_says_one_thing() {
    let scene = Scene::start(without_quotas()).await;
    let filter = json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T10:00:00Z" });
    let page = scene.ozon("/v4/posting/fbs/list", json!({ "filter": filter, "limit": 100 })).await.json();
    let before: Vec<Value> = scene.chats().await;
    let mut begun = None;
    for posting in page["postings"].as_array().unwrap() {
        let number = posting["posting_number"].as_str().unwrap();
        let started = scene.ozon("/v1/chat/start", json!({ "posting_number": number })).await;
        if started.status == 200 {
            let chat = started.json()["result"]["chat_id"].as_str().unwrap().to_owned();
            let again = scene.ozon("/v1/chat/start", json!({ "posting_number": number })).await.json();
            assert_eq!(again["result"]["chat_id"], chat);
            if before.iter().all(|row| row["chat"]["chat_id"] != chat) {
                begun = Some((number.to_owned(), chat));
                break;
            }
        }
    }
    let (number, chat) = begun.unwrap();
    assert_eq!(scene.history(&chat).await, Vec::<Value>::new());
    assert_eq!(scene.chats().await[0]["chat"]["chat_id"], chat);
    assert_eq!(scene.send(&chat, "Здравствуйте! Уточните, пожалуйста, цвет.").await.status, 200);
    let (status, code, text) = refused(&scene.send(&chat, "Вы здесь?").await);
    assert!((status, code) == (403, 7) && text.contains("not started by buyer"));
    let order = scene.history(&chat).await[0]["context"]["order_number"].clone();
    assert!(number.starts_with(order.as_str().unwrap()));
    let shop = scene.shop("ozon").name.clone();
    scene.control("/control/buyer", json!({ "shop": shop, "conversation": chat, "text": "Синий" })).await;
    assert_eq!(scene.send(&chat, "Спасибо!").await.status, 200);
    let started: Vec<String> = scene
        .running
        .accepted()
        .into_iter()
        .filter(|entry| entry.action == "start")
        .map(|entry| entry.target)
        .collect();
    assert_eq!(started, [number]);
}

#[tokio::test]
async fn no_chat_begins_about_an_unknown_an_old_or_an_fbo_posting() {
    let scene = Scene::start(without_quotas()).await;
    let start = async |number: &str| refused(&scene.ozon("/v1/chat/start", json!({ "posting_number": number })).await);
    assert_eq!(start("58544282-0057-1").await.1, 5);
    let (status, code, text) = start(&posting(&scene, false).await).await;
    assert!((status, code) == (403, 7) && text.contains("not permitted"));
    let fbo = scene.ozon("/v3/posting/fbo/list", json!({ "limit": 1 })).await.json();
    let (_, code, text) = start(fbo["postings"][0]["posting_number"].as_str().unwrap()).await;
    assert!(code == 7 && text.contains("only FBS"));
}

#[tokio::test]
async fn a_chat_about_a_fresh_order_takes_messages_without_the_buyers_word() {
    let scene = Scene::start(without_quotas()).await;
    let filter = json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T10:00:00Z" });
    let page = scene.ozon("/v4/posting/fbs/list", json!({ "filter": filter, "limit": 100 })).await.json();
    let open = |posting: &&Value| posting["available_actions"] == json!(["can_create_chat"]);
    let newest = page["postings"].as_array().unwrap().iter().find(open).unwrap().clone();
    let number = newest["posting_number"].as_str().unwrap();
    let chat = scene.ozon("/v1/chat/start", json!({ "posting_number": number })).await.json();
    let chat = chat["result"]["chat_id"].as_str().unwrap().to_owned();
    let shop = scene.shop("ozon").name.clone();
    scene.control("/control/buyer", json!({ "shop": shop, "conversation": chat, "text": "Когда?" })).await;
    scene.advance(48 * 3_600 + 1).await;
    assert_eq!(scene.send(&chat, "Завтра").await.status, 200);
    // Seven days after the order nothing but the buyer's last word counts.
    scene.advance(7 * 86_400).await;
    assert_eq!(refused(&scene.send(&chat, "Уже скоро").await).1, 7);
}

#[tokio::test]
async fn every_type_of_chat_is_listed_and_read_and_only_people_at_ozon_take_replies() {
    let scene = Scene::start(without_quotas()).await;
    for row in scene.chats().await {
        let (kind, chat) = (row["chat"]["chat_type"].as_str().unwrap(), row["chat"]["chat_id"].as_str().unwrap());
        if kind.starts_with("BUYER") {
            continue;
        }
        assert!(!scene.history(chat).await.is_empty(), "{kind}");
        let people = ["SELLER_SUPPORT", "SELLER_PERSONAL_MANAGER_UNITY_CRM", "SELLER_BUSINESS_DEVELOPMENT_GROUP"];
        let status = if people.contains(&kind) { 200 } else { 403 };
        assert_eq!(scene.send(chat, "Спасибо").await.status, status, "{kind}");
    }
    let kinds: std::collections::HashSet<String> =
        scene.chats().await.iter().map(|row| row["chat"]["chat_type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds.len(), 11);
}

#[tokio::test]
async fn authors_of_every_type_speak_and_one_is_unknown() {
    let size = Size { chats: 60, ..Size::default() };
    let scene = Scene::start(dragoman_simulator::Options { size, ..without_quotas() }).await;
    let mut authors = std::collections::HashSet::new();
    for row in scene.chats().await {
        for message in scene.history(row["chat"]["chat_id"].as_str().unwrap()).await {
            authors.insert(message["user"]["type"].as_str().unwrap().to_owned());
        }
    }
    for author in
        ["Customer", "Сustomer", "Seller", "Crm", "Courier", "Support", "NotificationUser", "ChatBot", "Moderator"]
    {
        assert!(authors.contains(author), "{author}");
    }
}

#[tokio::test]
async fn support_answers_when_it_is_made_to() {
    let scene = Scene::start(options()).await;
    let rows = scene.chats().await;
    let ticket = rows.iter().find(|row| row["chat"]["chat_type"] == "SELLER_SUPPORT").unwrap();
    let chat = ticket["chat"]["chat_id"].as_str().unwrap();
    let shop = scene.shop("ozon").name.clone();
    scene.control("/control/buyer", json!({ "shop": shop, "conversation": chat, "text": "Акт получен" })).await;
    assert_eq!(scene.history(chat).await[0]["user"]["type"], "Support");
}
