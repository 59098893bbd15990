//! Wildberries cards, pictures and orders.

use serde_json::{Value, json};

use crate::scene::{Reply, Scene, options, reply, without_quotas};

async fn cards(scene: &Scene, cursor: Value, filter: Value) -> Reply {
    let body = json!({ "settings": { "sort": { "ascending": true }, "cursor": cursor, "filter": filter } });
    scene.wb_post("/content/v2/get/cards/list", body).await
}

async fn all_cards(scene: &Scene) -> Vec<Value> {
    let page = cards(scene, json!({ "limit": 100 }), json!({ "withPhoto": -1 })).await.json();
    page["cards"].as_array().unwrap().clone()
}

#[tokio::test]
async fn pages_of_cards_follow_the_cursor_until_the_total_is_below_the_limit() {
    let scene = Scene::start(without_quotas()).await;
    let (mut seen, mut cursor) = (Vec::new(), json!({ "limit": 5 }));
    loop {
        let page = cards(&scene, cursor, json!({ "withPhoto": -1 })).await.json();
        seen.extend(page["cards"].as_array().unwrap().iter().map(|card| card["nmID"].as_i64().unwrap()));
        cursor = page["cursor"].clone();
        if cursor["total"].as_i64().unwrap() < 5 {
            break;
        }
        cursor["limit"] = json!(5);
    }
    let whole: Vec<i64> = all_cards(&scene).await.iter().map(|card| card["nmID"].as_i64().unwrap()).collect();
    // Two of 24 products lie in the trash.
    assert_eq!((seen.len(), &seen), (22, &whole));
}

#[tokio::test]
async fn a_card_without_pictures_lacks_the_field_and_filters_tell_them_apart() {
    let scene = Scene::start(without_quotas()).await;
    let count = async |with: i64| {
        cards(&scene, json!({ "limit": 100 }), json!({ "withPhoto": with })).await.json()["cursor"]["total"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(count(-1).await, count(1).await + count(2).await);
    assert!(all_cards(&scene).await.iter().any(|card| card.get("photos").is_none()));
}

#[tokio::test]
async fn text_search_finds_a_card_by_article_number() {
    let scene = Scene::start(options()).await;
    let wanted = all_cards(&scene).await[3]["nmID"].clone();
    let found = cards(&scene, json!({}), json!({ "withPhoto": -1, "textSearch": wanted.to_string() })).await.json();
    assert!(found["cards"].as_array().unwrap().iter().any(|card| card["nmID"] == wanted));
}

#[tokio::test]
async fn trashed_cards_are_found_only_in_the_trash() {
    let scene = Scene::start(options()).await;
    let body = json!({ "settings": { "cursor": { "limit": 100 } } });
    let trash = scene.wb_post("/content/v2/get/cards/trash", body).await.json();
    assert_eq!(trash["cursor"]["total"], 2);
    let trashed = trash["cards"][0]["nmID"].clone();
    assert!(trash["cards"][0]["trashedAt"].is_string());
    assert!(all_cards(&scene).await.iter().all(|card| card["nmID"] != trashed));
}

#[tokio::test]
async fn a_limit_over_a_hundred_and_an_unreadable_body_are_refused() {
    let scene = Scene::start(options()).await;
    assert_eq!(cards(&scene, json!({ "limit": 101 }), json!({})).await.status, 400);
    let garbled = scene.wb_as("token", reqwest::Method::POST, "/content/v2/get/cards/list").body("{");
    assert_eq!(reply(garbled).await.text, "Request body can not be decoded");
}

#[tokio::test]
async fn a_token_without_content_cannot_read_cards_but_can_read_questions() {
    let scene = Scene::start(options()).await;
    let request = scene.wb_as("without_content", reqwest::Method::POST, "/content/v2/get/cards/list").json(&json!({}));
    assert_eq!(reply(request).await.json()["detail"], "token scope not allowed");
    let request = scene.wb_as("without_content", reqwest::Method::GET, "/api/v1/questions/count");
    assert_eq!(reply(request).await.status, 200);
}

#[tokio::test]
async fn the_path_behind_a_picture_link_serves_a_real_picture_without_a_token() {
    let scene = Scene::start(options()).await;
    let card = all_cards(&scene).await.into_iter().find(|card| card.get("photos").is_some()).unwrap();
    let link = url::Url::parse(card["photos"][0]["tm"].as_str().unwrap()).unwrap();
    assert!(link.host_str().unwrap().ends_with(".wbbasket.ru"));
    let url = format!("{}{}", scene.shop("wildberries").base_url, link.path());
    let picture = scene.client.get(&url).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG\r\n"));
    let missing = scene.client.get(url.replace("/1.webp", "/9.webp")).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn a_token_sent_to_the_picture_host_is_counted_as_leaked() {
    let scene = Scene::start(options()).await;
    reply(scene.wb_as("token", reqwest::Method::GET, "/vol1/part1/1/images/tm/1.webp")).await;
    let state = reply(scene.client.get(format!("{}/control/state", scene.running.control_url()))).await.json();
    assert_eq!(state["platforms"]["wildberries"]["leaked_credentials"], 1);
}

#[tokio::test]
async fn the_order_feed_gives_the_newest_status_first_once_a_minute() {
    let scene = Scene::start(options()).await;
    let body = json!({ "selectedPeriod": { "start": "2026-10-25T00:00:00+03:00" }, "pagination": { "limit": 10000 } });
    let feed = scene.wb_post("/api/analytics/v1/order-feed", body.clone()).await.json();
    let orders = feed["data"]["orders"].as_array().unwrap();
    let updated: Vec<&str> = orders.iter().map(|order| order["updatedAt"].as_str().unwrap()).collect();
    assert!(orders.len() > 10 && updated.is_sorted_by(|a, b| a >= b) && updated[0].ends_with("+03:00"));
    assert_eq!(scene.wb_post("/api/analytics/v1/order-feed", body.clone()).await.status, 429);
    scene.advance(60).await;
    assert_eq!(scene.wb_post("/api/analytics/v1/order-feed", body).await.status, 200);
}

#[tokio::test]
async fn assembly_orders_have_states_and_a_client_error_costs_ten_requests() {
    let scene = Scene::start(options()).await;
    let list = scene.wb_get("/api/v3/orders?limit=1000&next=0").await.json();
    let order = &list["orders"][0];
    assert_eq!((order["price"].as_i64().unwrap() % 100, &order["currencyCode"]), (0, &json!(643)));
    let states = scene.wb_post("/api/v3/orders/status", json!({ "orders": [order["id"]] })).await.json();
    assert!(states["orders"][0]["supplierStatus"].is_string());
    assert_eq!(scene.wb_get("/api/v3/orders?limit=0&next=0").await.json()["code"], "IncorrectParameter");
    let after = scene.wb_get("/api/v3/orders/new").await;
    assert_eq!(after.header("x-ratelimit-remaining"), Some("7"));
}
