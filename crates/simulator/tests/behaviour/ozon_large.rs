//! Shops of hundreds of thousands of conversations, made when somebody looks.

use std::{collections::HashSet, time::Instant};

use dragoman_simulator::OzonWorld;
use serde_json::{Value, json};

use crate::scene::{Scene, digits, with_world};

fn large() -> OzonWorld {
    OzonWorld { old_chats: 300_000, old_questions: 100_000, old_reviews: 100_000, ..OzonWorld::default() }
}

fn smaller() -> OzonWorld {
    OzonWorld { old_chats: 3_000, old_questions: 500, old_reviews: 500, ..OzonWorld::default() }
}

/// Some chat that the archive holds: of the first hundred most are, and the last is.
async fn old_chat(scene: &Scene) -> Value {
    let page = scene.ozon("/v3/chat/list", json!({ "limit": 100 })).await.json();
    page["chats"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn three_hundred_thousand_chats_start_at_once_and_page_without_gap() {
    let started = Instant::now();
    let scene = Scene::start(with_world(large())).await;
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let (mut cursor, mut last) = (json!(""), u128::MAX);
    for _ in 0..20 {
        let page = scene.ozon("/v3/chat/list", json!({ "limit": 100, "cursor": cursor })).await.json();
        let rows = page["chats"].as_array().unwrap();
        assert_eq!(rows.len(), 100);
        for row in rows {
            let id = digits(&row["last_message_id"]);
            assert!(id < last || id > 30_000_000_000_000_000_000);
            last = if id > 30_000_000_000_000_000_000 { last } else { id };
        }
        cursor = page["cursor"].clone();
    }
}

#[tokio::test]
async fn all_pages_together_hold_every_chat_once_and_unread_totals_agree() {
    let scene = Scene::start(with_world(smaller())).await;
    let rows = scene.chats().await;
    let ids: HashSet<&str> = rows.iter().map(|row| row["chat"]["chat_id"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), ids.len()), (3_050, 3_050));
    let unread: i64 = rows.iter().map(|row| row["unread_count"].as_i64().unwrap()).sum();
    let page = scene.ozon("/v3/chat/list", json!({ "filter": { "unread_only": true }, "limit": 100 })).await.json();
    assert_eq!(page["total_unread_count"], unread);
    let listed = page["chats"].as_array().unwrap().len();
    assert_eq!(listed, rows.iter().filter(|row| row["unread_count"] != 0).count().min(100));
}

#[tokio::test]
async fn an_archived_chat_has_the_same_history_each_time_and_its_row_agrees() {
    let scene = Scene::start(with_world(large())).await;
    let row = old_chat(&scene).await;
    let chat = row["chat"]["chat_id"].as_str().unwrap();
    let history = scene.history(chat).await;
    assert_eq!(history, scene.history(chat).await);
    assert_eq!(history[0]["message_id"], row["last_message_id"]);
    let stranger = json!({ "chat_id": "019294ff-6888-7009-89d8-26569e4e450d" });
    assert_eq!(scene.ozon("/v3/chat/history", stranger).await.status, 404);
}

#[tokio::test]
async fn a_write_moves_an_archived_chat_to_the_top_and_counts_once() {
    let scene = Scene::start(with_world(smaller())).await;
    let before = scene.chats().await;
    let shop = scene.shop("ozon").name.clone();
    let mut chosen = None;
    // The oldest unread ones are archived, and some chats are switched off.
    for row in before.iter().rev().filter(|row| row["unread_count"] != 0) {
        let chat = row["chat"]["chat_id"].as_str().unwrap().to_owned();
        scene.control("/control/buyer", json!({ "shop": shop, "conversation": chat, "text": "Алло?" })).await;
        if scene.send(&chat, "Здравствуйте!").await.status == 200 {
            chosen = Some((chat, row["unread_count"].as_i64().unwrap()));
            break;
        }
    }
    let (chat, unread) = chosen.unwrap();
    let rows = scene.chats().await;
    assert_eq!((rows.len(), &rows[0]["chat"]["chat_id"]), (before.len(), &json!(chat)));
    assert_eq!(rows[0]["unread_count"].as_i64().unwrap(), unread + 1);
    let read = scene.ozon("/v2/chat/read", json!({ "chat_id": chat })).await.json();
    assert_eq!(read, json!({ "unread_count": 0 }));
    let total: i64 = scene.chats().await.iter().map(|row| row["unread_count"].as_i64().unwrap()).sum();
    let page = scene.ozon("/v3/chat/list", json!({ "limit": 1 })).await.json();
    assert_eq!(page["total_unread_count"], total);
}

#[tokio::test]
async fn orders_and_pictures_of_archived_chats_are_found() {
    let scene = Scene::start(with_world(smaller())).await;
    let (mut orders, mut pictures) = (0, 0);
    for row in scene.chats().await.iter().skip(60).take(200) {
        let chat = row["chat"]["chat_id"].as_str().unwrap();
        for message in scene.history(chat).await {
            let order = message["context"]["order_number"].as_str().unwrap_or_default().to_owned();
            if order.starts_with('3') && orders < 3 {
                let period =
                    json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T10:00:00Z", "order_numbers": [order] });
                let mut found = 0;
                for path in ["/v4/posting/fbs/list", "/v3/posting/fbo/list"] {
                    let page = scene.ozon(path, json!({ "filter": period, "limit": 10 })).await.json();
                    found += page["postings"].as_array().unwrap().len();
                }
                assert!(found > 0, "{order}");
                orders += 1;
            }
            let text = message["data"].to_string();
            if let (Some(rest), true) = (text.split("](https://api-seller.ozon.ru").nth(1), pictures < 3) {
                let shop = scene.shop("ozon");
                let picture = scene
                    .client
                    .get(format!("{}{}", shop.base_url, rest.split(')').next().unwrap()))
                    .header("Client-Id", &shop.fields["client_id"])
                    .header("Api-Key", &shop.secrets["api_key"]);
                assert_eq!(picture.send().await.unwrap().status().as_u16(), 200);
                pictures += 1;
            }
        }
    }
    assert_eq!((orders, pictures), (3, 3));
}

#[tokio::test]
async fn archived_questions_and_reviews_are_counted_listed_and_written_to() {
    let scene = Scene::start(with_world(smaller())).await;
    let counts = scene.ozon("/v1/question/count", json!({})).await.json();
    assert_eq!(counts["all"], 512);
    let oldest = scene.ozon("/v1/question/list", json!({ "limit": 1, "sort_dir": "ASC" })).await.json();
    let question = &oldest["questions"][0];
    let body = json!({ "question_id": question["id"], "sku": question["sku"], "text": "Да" });
    assert_eq!(scene.ozon("/v1/question/answer/create", body).await.status, 200);
    let body = json!({ "question_id": question["id"], "sku": question["sku"] });
    let answers = scene.ozon("/v1/question/answer/list", body).await.json();
    let first = &answers["answers"][0];
    let body = json!({ "answer_id": first["id"], "sku": question["sku"] });
    assert_eq!(scene.ozon("/v1/question/answer/delete", body).await.status, 200);
    assert_eq!(scene.ozon("/v1/question/count", json!({})).await.json(), counts);

    let reviews = scene.ozon("/v2/review/count", json!({})).await.json();
    assert_eq!(reviews["total"], 512);
    let oldest = scene.ozon("/v2/review/list", json!({ "limit": 20, "sort_dir": "ASC" })).await.json();
    let processed = oldest["reviews"].as_array().unwrap().iter().find(|row| row["status"] == "PROCESSED").unwrap();
    let body = json!({ "review_ids": [processed["id"]], "status": "VIEWED" });
    assert_eq!(scene.ozon("/v2/review/change-status", body).await.status, 200);
    let after = scene.ozon("/v2/review/count", json!({})).await.json();
    let of = |counts: &Value, status: &str| counts[status].as_i64().unwrap();
    assert_eq!(
        (of(&after, "viewed"), of(&after, "processed")),
        (of(&reviews, "viewed") + 1, of(&reviews, "processed") - 1)
    );
}
