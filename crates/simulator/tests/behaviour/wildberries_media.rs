//! Pictures, videos and files that Wildberries' answers link to.

use serde_json::{Value, json};

use crate::scene::{Scene, without_quotas};

/// What the simulator serves behind a link of the platform's: kind and first bytes.
async fn behind(scene: &Scene, link: &Value) -> (u16, String, Vec<u8>) {
    let link = link.as_str().unwrap();
    let link = if link.starts_with("//") { format!("https:{link}") } else { link.to_owned() };
    let url = format!("{}{}", scene.shop("wildberries").base_url, url::Url::parse(&link).unwrap().path());
    let answer = scene.client.get(url).send().await.unwrap();
    let (status, kind) = (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned());
    (status, kind, answer.bytes().await.unwrap().to_vec())
}

async fn buyer(scene: &Scene, mut body: Value) -> String {
    body["shop"] = json!(scene.shop("wildberries").name);
    scene.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn photographs_and_videos_of_a_review_are_served_without_a_token() {
    let scene = Scene::start(without_quotas()).await;
    let id = buyer(&scene, json!({ "kind": "review", "text": "С фото", "with": ["picture", "video"] })).await;
    let review = scene.wb_get(&format!("/api/v1/feedback?id={id}")).await.json()["data"].clone();
    for size in ["fullSize", "miniSize"] {
        let (status, kind, bytes) = behind(&scene, &review["photoLinks"][0][size]).await;
        assert_eq!((status, kind.as_str(), &bytes[8..12]), (200, "image/webp", b"WEBP".as_slice()));
    }
    assert_eq!(behind(&scene, &review["video"]["previewImage"]).await.1, "image/webp");
    let (_, kind, playlist) = behind(&scene, &review["video"]["link"]).await;
    assert_eq!((kind.as_str(), playlist.starts_with(b"#EXTM3U")), ("application/vnd.apple.mpegurl", true));
    let other = review["photoLinks"][0]["fullSize"].as_str().unwrap().replace("fs.webp", "other.webp");
    assert_eq!(behind(&scene, &json!(other)).await.0, 404);
}

#[tokio::test]
async fn evidence_of_a_claim_is_served_behind_links_without_a_scheme() {
    let scene = Scene::start(without_quotas()).await;
    let id = buyer(&scene, json!({ "kind": "claim", "text": "Трещина", "with": ["picture", "video"] })).await;
    let claim = scene.wb_get(&format!("/api/v1/claims?is_archive=false&id={id}")).await.json()["claims"][0].clone();
    assert_eq!(behind(&scene, &claim["photos"][0]).await.1, "image/webp");
    assert_eq!(behind(&scene, &claim["video_paths"][0]).await.1, "video/mp4");
    let other = claim["photos"][0].as_str().unwrap().replace("/1.webp", "/11.webp");
    assert_eq!(behind(&scene, &json!(other)).await.0, 404);
}

#[tokio::test]
async fn files_of_a_chat_are_served_by_their_address_too_where_they_have_one() {
    let size = dragoman_simulator::Size { buyer_chats: 200, ..Default::default() };
    let scene = Scene::start(dragoman_simulator::Options { size, ..without_quotas() }).await;
    let page = scene.wb_get("/api/v1/seller/events").await.json();
    let events = page["result"]["events"].as_array().unwrap();
    let links: Vec<&Value> = events
        .iter()
        .map(|event| &event["message"]["attachments"]["images"][0]["url"])
        .filter(|link| link.is_string())
        .collect();
    assert!(links.iter().any(|link| **link == "") && links.iter().any(|link| **link != ""));
    let mut kinds = Vec::new();
    for link in links.into_iter().filter(|link| **link != "") {
        kinds.push(behind(&scene, link).await.1);
    }
    assert!(kinds.contains(&"image/jpeg".to_owned()));
}
