//! Ozon reviews and the comments on them.

use std::collections::HashSet;

use dragoman_simulator::{FaultPlan, IdForm, Options, OzonRules, OzonWorld};
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, in_text, options, refused, with_ozon, with_world, without_quotas};

async fn list(scene: &Scene, filters: Value) -> Vec<Value> {
    let page = scene.ozon("/v2/review/list", json!({ "limit": 100, "filters": filters })).await.json();
    page["reviews"].as_array().unwrap().clone()
}

async fn info(scene: &Scene, id: &str) -> Value {
    scene.ozon("/v2/review/info", json!({ "review_id": id })).await.json()
}

async fn comment(scene: &Scene, id: &str, text: &str) -> Reply {
    scene.ozon("/v1/review/comment/create", json!({ "review_id": id, "text": text })).await
}

async fn comments(scene: &Scene, id: &str) -> Vec<Value> {
    let page = scene.ozon("/v1/review/comment/list", json!({ "review_id": id, "limit": 20 })).await.json();
    page["comments"].as_array().unwrap().clone()
}

/// A new review of a product that is on sale.
async fn review(scene: &Scene) -> String {
    loop {
        let id = scene.ozon_begins("review", "Пришло без крышки").await;
        let sku = info(scene, &id).await["sku"].clone();
        let found = scene.ozon("/v3/product/info/list", json!({ "sku": [sku] })).await.json();
        if found["items"] != json!([]) {
            return id;
        }
    }
}

#[tokio::test]
async fn pages_hold_twenty_to_a_hundred_and_join_in_both_versions() {
    let scene = Scene::start(with_world(OzonWorld { reviews: 45, ..OzonWorld::default() })).await;
    for version in ["v1", "v2"] {
        let path = format!("/{version}/review/list");
        for limit in [10, 101] {
            assert_eq!(refused(&scene.ozon(&path, json!({ "limit": limit })).await).1, 3);
        }
        let (mut found, mut last_id) = (HashSet::new(), json!(""));
        loop {
            let page = scene.ozon(&path, json!({ "limit": 20, "last_id": last_id })).await.json();
            found.extend(page["reviews"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            last_id = page["last_id"].clone();
            if page["has_next"] == false {
                break;
            }
        }
        assert_eq!(found.len(), 45);
    }
}

#[tokio::test]
async fn statuses_are_finer_in_the_second_version_and_counts_agree() {
    let scene = Scene::start(without_quotas()).await;
    let counts = scene.ozon("/v2/review/count", json!({})).await.json();
    for status in ["NEW", "VIEWED", "PROCESSED"] {
        let found = list(&scene, json!({ "status": status })).await;
        assert!(!found.is_empty() && found.iter().all(|review| review["status"] == status));
        assert_eq!(found.len() as i64, counts[status.to_lowercase()].as_i64().unwrap());
    }
    let old = scene.ozon("/v1/review/list", json!({ "limit": 100, "status": "UNPROCESSED" })).await.json();
    let old = old["reviews"].as_array().unwrap();
    assert!(old.iter().all(|review| review["status"] == "UNPROCESSED"));
    let counted = scene.ozon("/v1/review/count", json!({})).await.json();
    assert_eq!(counted["unprocessed"].as_i64().unwrap(), old.len() as i64);
    assert_eq!(refused(&scene.ozon("/v1/review/list", json!({ "limit": 20, "status": "NEW" })).await).1, 3);
}

#[tokio::test]
async fn filters_narrow_by_order_date_and_product() {
    let scene = Scene::start(without_quotas()).await;
    let all = list(&scene, json!({})).await;
    let cancelled = list(&scene, json!({ "order_status": "CANCELLED" })).await;
    assert!(!cancelled.is_empty() && cancelled.len() < all.len());
    let sku = &all[0]["sku"];
    let of_product = list(&scene, json!({ "skus": [sku.to_string()] })).await;
    assert!(!of_product.is_empty() && of_product.iter().all(|review| review["sku"] == *sku));
    let dates = json!({ "published_from": all[3]["published_at"], "published_to": all[1]["published_at"] });
    assert_eq!(list(&scene, dates).await, all[1..=3]);
}

#[tokio::test]
async fn a_review_tells_its_pictures_and_videos_and_they_are_public() {
    let scene = Scene::start(without_quotas()).await;
    let (mut photos, mut videos, mut silent) = (0, 0, 0);
    for row in list(&scene, json!({})).await {
        let review = info(&scene, row["id"].as_str().unwrap()).await;
        assert_eq!(review["photos"].as_array().unwrap().len() as i64, row["photos_amount"].as_i64().unwrap());
        for photo in review["photos"].as_array().unwrap() {
            let path = photo["url"].as_str().unwrap().strip_prefix("https://cdn1.ozone.ru").unwrap().to_owned();
            let picture = scene.client.get(format!("{}{path}", scene.shop("ozon").base_url)).send().await.unwrap();
            assert_eq!(picture.headers()["content-type"], "image/png");
            photos += 1;
        }
        videos += review["videos"].as_array().unwrap().len();
        silent += usize::from(review["text"] == "");
    }
    assert!(photos > 0 && videos > 0 && silent > 0);
}

#[tokio::test]
async fn a_comment_is_invisible_until_it_is_moderated() {
    let scene = Scene::start(options()).await;
    let id = review(&scene).await;
    let created = comment(&scene, &id, "Спасибо за отзыв! Напишите нам в чат.").await.json();
    assert_eq!(comments(&scene, &id).await, Vec::<Value>::new());
    assert_eq!(info(&scene, &id).await["comments_amount"], 0);
    scene.advance(60).await;
    let seen = comments(&scene, &id).await;
    assert_eq!((&seen[0]["id"], &seen[0]["is_published"]), (&created["comment_id"], &json!(true)));
    assert_eq!(info(&scene, &id).await["comments_amount"], 1);
    let entry = scene.running.accepted()[0].clone();
    assert_eq!((entry.action.as_str(), entry.target), ("reply", id));
}

#[tokio::test]
async fn a_refused_comment_shows_its_reason_or_does_not_show_at_all() {
    for (options, shown) in [(options(), 1), (in_text(), 0)] {
        let scene = Scene::start(options).await;
        let id = review(&scene).await;
        assert_eq!(comment(&scene, &id, "Пишите на shop@example.ru").await.status, 200);
        scene.advance(60).await;
        let seen = comments(&scene, &id).await;
        assert_eq!(seen.len(), shown);
        for refused in seen {
            assert_eq!((&refused["is_rejected"], &refused["is_published"]), (&json!(true), &json!(false)));
            assert!(!refused["deviation_reason"].as_str().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_plan_decides_about_moderation_too() {
    let rule = r#"{"rules":[{"match":{"action":"reply"},"fault":{"kind":"moderation","seconds":300,"refused":true}}]}"#;
    let scene = Scene::start(Options { plan: FaultPlan::parse(rule).unwrap(), ..options() }).await;
    let id = review(&scene).await;
    comment(&scene, &id, "Спасибо за отзыв!").await;
    scene.advance(299).await;
    assert_eq!(comments(&scene, &id).await.len(), 0);
    scene.advance(1).await;
    assert_eq!(comments(&scene, &id).await[0]["is_rejected"], true);
}

#[tokio::test]
async fn comments_form_a_thread_with_the_buyers() {
    let scene = Scene::start(options()).await;
    let id = review(&scene).await;
    let shop = scene.shop("ozon").name.clone();
    scene.control("/control/buyer", json!({ "shop": shop, "conversation": id, "text": "Жду ответа" })).await;
    let theirs = comments(&scene, &id).await[0].clone();
    assert_eq!((&theirs["is_owner"], &theirs["text"]), (&json!(false), &json!("Жду ответа")));
    let body = json!({ "review_id": id, "text": "Уже отправили", "parent_comment_id": theirs["id"], "mark_review_as_processed": true });
    assert_eq!(scene.ozon("/v1/review/comment/create", body).await.status, 200);
    assert_eq!(info(&scene, &id).await["status"], "PROCESSED");
    scene.advance(60).await;
    let newest = comments(&scene, &id).await[0].clone();
    assert_eq!((&newest["parent_comment_id"], &newest["is_owner"]), (&theirs["id"], &json!(true)));
    let body = json!({ "review_id": id, "text": "Кому?", "parent_comment_id": "nobody" });
    assert_eq!(refused(&scene.ozon("/v1/review/comment/create", body).await).1, 5);
}

#[tokio::test]
async fn comments_are_listed_by_offset_and_by_filter() {
    let scene = Scene::start(without_quotas()).await;
    let id = review(&scene).await;
    let sku = info(&scene, &id).await["sku"].clone();
    for place in 0..25 {
        comment(&scene, &id, &format!("Ответ {place}")).await;
        scene.advance(1).await;
    }
    scene.advance(60).await;
    let page = async |offset: usize| {
        let body = json!({ "filter": { "sku": sku }, "limit": 20, "offset": offset, "sort_dir": "ASC" });
        scene.ozon("/v1/review/comment/list", body).await.json()
    };
    let first = page(0).await;
    assert_eq!((first["comments"].as_array().unwrap().len(), &first["offset"]), (20, &json!(20)));
    assert!(page(20).await["comments"].as_array().unwrap().iter().any(|comment| comment["text"] == "Ответ 24"));
    assert_eq!(refused(&scene.ozon("/v1/review/comment/list", json!({ "review_id": id, "limit": 10 })).await).1, 3);
}

#[tokio::test]
async fn deleting_a_comment_needs_the_sku_in_the_second_version() {
    let scene = Scene::start(options()).await;
    let id = review(&scene).await;
    let sku = info(&scene, &id).await["sku"].clone();
    for (path, body) in [("/v2/review/comment/delete", json!({ "sku": sku })), ("/v1/review/comment/delete", json!({}))]
    {
        let comment = comment(&scene, &id, "Спасибо!").await.json()["comment_id"].clone();
        if path.starts_with("/v2") {
            assert_eq!(scene.ozon(path, json!({ "comment_id": comment })).await.status, 400);
        }
        let mut body = body;
        body["comment_id"] = comment;
        assert_eq!(scene.ozon(path, body.clone()).await.status, 200);
        assert_eq!(scene.ozon(path, body).await.status, 404);
    }
    scene.advance(60).await;
    assert_eq!(comments(&scene, &id).await.len(), 0);
}

#[tokio::test]
async fn statuses_change_in_both_versions() {
    let scene = Scene::start(options()).await;
    let id = review(&scene).await;
    for (path, status, seen) in [
        ("/v2/review/change-status", "VIEWED", "VIEWED"),
        ("/v1/review/change-status", "PROCESSED", "PROCESSED"),
        ("/v1/review/change-status", "UNPROCESSED", "NEW"),
    ] {
        assert_eq!(scene.ozon(path, json!({ "review_ids": [id], "status": status })).await.status, 200);
        assert_eq!(info(&scene, &id).await["status"], seen);
    }
    for body in [json!({ "review_ids": [], "status": "NEW" }), json!({ "review_ids": [id], "status": "OLD" })] {
        assert_eq!(refused(&scene.ozon("/v2/review/change-status", body).await).1, 3);
    }
}

#[tokio::test]
async fn an_old_server_knows_the_first_version_only() {
    let scene = Scene::start(with_ozon(OzonRules { old_reviews: true, ..OzonRules::default() })).await;
    for path in ["list", "info", "count", "change-status", "comment/delete"] {
        assert_eq!(refused(&scene.ozon(&format!("/v2/review/{path}"), json!({ "limit": 20 })).await).0, 404, "{path}");
    }
    assert_eq!(scene.ozon("/v1/review/list", json!({ "limit": 20 })).await.status, 200);
}

#[tokio::test]
async fn reviews_need_review_management_or_premium_pro() {
    let rules = OzonRules { review_management: false, ids: IdForm::Number, ..OzonRules::default() };
    let scene = Scene::start(with_ozon(rules)).await;
    let (status, code, text) = refused(&scene.ozon("/v2/review/count", json!({})).await);
    assert!((status, code) == (403, 7) && text.contains("Premium Plus"));
    let shop = scene.shop("ozon").name.clone();
    for change in
        [json!({ "shop": shop, "subscription": "PREMIUM_PRO" }), json!({ "shop": shop, "review_management": true })]
    {
        scene.control("/control/shop", change).await;
        assert_eq!(scene.ozon("/v2/review/count", json!({})).await.status, 200);
        scene.control("/control/shop", json!({ "shop": shop, "subscription": "PREMIUM_PLUS" })).await;
    }
}
