//! Wildberries tokens, categories and quotas.

use reqwest::Method;
use serde_json::json;

use crate::scene::{Reply, Scene, options, reply};

const QUESTIONS: &str = "/api/v1/questions?isAnswered=false&take=10&skip=0";

async fn get_as(scene: &Scene, token: &str) -> Reply {
    reply(scene.wb_as(token, Method::GET, QUESTIONS)).await
}

async fn with_header(scene: &Scene, value: &str) -> Reply {
    let url = format!("{}{QUESTIONS}", scene.shop("wildberries").base_url);
    reply(scene.client.get(url).header("Authorization", value)).await
}

#[tokio::test]
async fn a_token_opens_bare_and_behind_bearer() {
    let scene = Scene::start(options()).await;
    let token = scene.shop("wildberries").secrets["token"].clone();
    assert_eq!(with_header(&scene, &token).await.status, 200);
    assert_eq!(with_header(&scene, &format!("Bearer {token}")).await.status, 200);
}

#[tokio::test]
async fn a_malformed_missing_or_foreign_token_gets_a_gateway_problem() {
    let scene = Scene::start(options()).await;
    let other = Scene::start(dragoman_simulator::Options { seed: 2, ..options() }).await;
    for token in ["", "abc", "a.b.c", other.shop("wildberries").secrets["token"].as_str()] {
        let refused = with_header(&scene, token).await;
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (401, Some("application/problem+json")),
            "{token}"
        );
        assert_eq!(refused.json()["origin"], "s2s-api-auth-catalog");
    }
}

#[tokio::test]
async fn the_wrong_kind_of_token_says_that_its_scope_is_not_allowed() {
    let scene = Scene::start(options()).await;
    for token in ["test", "without_questions"] {
        let refused = get_as(&scene, token).await;
        assert_eq!(
            (refused.status, refused.json()["detail"].as_str()),
            (401, Some("token scope not allowed")),
            "{token}"
        );
    }
    let expired = get_as(&scene, "expired").await;
    assert!(expired.status == 401 && expired.json()["detail"].as_str().unwrap().contains("expired"));
}

#[tokio::test]
async fn a_read_only_token_reads_and_cannot_write() {
    let scene = Scene::start(options()).await;
    let id = get_as(&scene, "read_only").await.json()["data"]["questions"][0]["id"].clone();
    let write = scene.wb_as("read_only", Method::PATCH, "/api/v1/questions");
    assert_eq!(reply(write.json(&json!({ "id": id, "wasViewed": true }))).await.status, 401);
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_token_expires_on_the_virtual_clock() {
    let scene = Scene::start(options()).await;
    assert_eq!(get_as(&scene, "expiring").await.status, 200);
    scene.advance(49 * 3_600).await;
    assert_eq!(get_as(&scene, "expiring").await.status, 401);
    assert_eq!(get_as(&scene, "token").await.status, 200);
}

#[tokio::test]
async fn the_seventh_request_at_once_is_refused_with_the_platforms_headers() {
    let scene = Scene::start(options()).await;
    for left in (0..6).rev() {
        assert_eq!(scene.wb_get(QUESTIONS).await.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    let refused = scene.wb_get(QUESTIONS).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-ratelimit-retry"), Some("1"));
    assert_eq!(refused.header("x-ratelimit-limit"), Some("6"));
    assert_eq!(refused.header("x-ratelimit-reset"), Some("2"));
    assert_eq!(refused.json()["title"], "too many requests");
    scene.advance(1).await;
    assert_eq!(scene.wb_get(QUESTIONS).await.status, 200);
}

#[tokio::test]
async fn all_methods_and_tokens_of_a_category_share_one_quota() {
    let scene = Scene::start(options()).await;
    for _ in 0..3 {
        scene.wb_get(QUESTIONS).await;
        get_as(&scene, "read_only").await;
    }
    assert_eq!(scene.wb_get("/api/v1/questions/count").await.status, 429);
    assert_eq!(scene.wb_get("/api/v1/seller-info").await.status, 200);
}

#[tokio::test]
async fn a_basic_token_gets_one_request_in_twelve_minutes() {
    let scene = Scene::start(options()).await;
    assert_eq!(get_as(&scene, "basic").await.status, 200);
    let refused = get_as(&scene, "basic").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-retry")), (429, Some("720")));
    scene.advance(720).await;
    assert_eq!(get_as(&scene, "basic").await.status, 200);
}

#[tokio::test]
async fn ping_and_seller_info_name_the_account() {
    let scene = Scene::start(options()).await;
    assert_eq!(scene.wb_get("/ping").await.json()["Status"], "OK");
    let info = scene.wb_get("/api/v1/seller-info").await.json();
    assert_eq!(info["tradeMark"], scene.shop("wildberries").name);
    assert!(info["sid"].as_str().unwrap().len() == 36 && info["tin"].is_string());
}

#[tokio::test]
async fn an_unknown_path_is_answered_by_the_gateway() {
    let scene = Scene::start(options()).await;
    let refused = scene.wb_get("/api/v1/feedbacks/actions").await;
    assert_eq!((refused.status, refused.header("content-type")), (404, Some("application/problem+json")));
}

#[tokio::test]
async fn each_category_turns_away_the_token_that_lacks_it_and_no_other() {
    let scene = Scene::start(options()).await;
    let paths =
        ["/api/v1/feedbacks?isAnswered=false&take=1&skip=0", "/api/v1/seller/chats", "/api/v1/claims?is_archive=false"];
    for (token, shut) in [("without_questions", 0), ("without_chat", 1), ("without_returns", 2)] {
        for (place, path) in paths.iter().enumerate() {
            let answer = reply(scene.wb_as(token, Method::GET, path)).await;
            assert_eq!(answer.status, if place == shut { 401 } else { 200 }, "{token} {path}");
        }
    }
}

#[tokio::test]
async fn chat_and_claims_have_quotas_of_their_own() {
    let scene = Scene::start(options()).await;
    for (path, burst, retry) in [("/api/v1/seller/chats", 10, "1"), ("/api/v1/claims?is_archive=true", 10, "3")] {
        for _ in 0..burst {
            assert_eq!(scene.wb_get(path).await.status, 200);
        }
        let refused = scene.wb_get(path).await;
        assert_eq!((refused.status, refused.header("x-ratelimit-retry")), (429, Some(retry)), "{path}");
    }
    assert_eq!(scene.wb_get(QUESTIONS).await.status, 200);
}

#[tokio::test]
async fn a_basic_token_reads_chats_and_claims_once_an_hour() {
    let scene = Scene::start(options()).await;
    for path in ["/api/v1/seller/events", "/api/v1/claims?is_archive=false"] {
        assert_eq!(reply(scene.wb_as("basic", Method::GET, path)).await.status, 200);
        let refused = reply(scene.wb_as("basic", Method::GET, path)).await;
        assert_eq!((refused.status, refused.header("x-ratelimit-retry")), (429, Some("3600")), "{path}");
    }
}

#[tokio::test]
async fn a_ping_by_a_hosts_name_wants_that_hosts_category() {
    let scene = Scene::start(options()).await;
    let ping = async |token: &str, host: &str| {
        reply(scene.wb_as(token, Method::GET, "/ping").header("Host", format!("{host}.wildberries.ru"))).await.status
    };
    assert_eq!(ping("without_returns", "returns-api").await, 401);
    assert_eq!(ping("without_returns", "buyer-chat-api").await, 200);
}

#[tokio::test]
async fn news_of_the_portal_come_from_a_day_or_an_id_on_a_hundred_at_once() {
    let scene = Scene::start(options()).await;
    let news = async |query: &str| scene.wb_get(&format!("/api/communications/v2/news?{query}")).await;
    let all = news("from=2020-01-01").await.json()["data"].as_array().unwrap().clone();
    assert_eq!(all.len(), 100);
    let last = all[99]["id"].as_i64().unwrap();
    let rest = news(&format!("fromID={last}")).await.json()["data"].as_array().unwrap().clone();
    assert_eq!((rest[0]["id"].as_i64(), rest.len()), (Some(last), 31));
    assert!(rest[30]["date"].as_str().unwrap().ends_with("+03:00") && rest[30]["types"][0]["name"].is_string());
    for query in ["", "from=yesterday", "fromID=x"] {
        assert_eq!(news(query).await.status, 400, "{query}");
    }
}
