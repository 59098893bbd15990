//! The control URL and the announcement.

use dragoman_simulator::{Options, Simulator, Size};
use serde_json::json;

use crate::scene::{Scene, options, reply};

#[tokio::test]
async fn the_announcement_is_ready_for_connecting_the_shops() {
    let size = Size { wildberries_shops: 2, ozon_shops: 2, ..Size::default() };
    let scene = Scene::start(Options { size, ..options() }).await;
    let announced = scene.running.announcement();
    assert_eq!(announced["shops"].as_array().unwrap().len(), 4);
    for shop in announced["shops"].as_array().unwrap() {
        assert!(shop["base_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        assert!(shop["fields"].is_object() && shop["secrets"].is_object() && shop.get("variants").is_none());
    }
    assert_eq!(announced["clock"], format!("{}/clock", announced["control"].as_str().unwrap()));
    assert!(announced["log"].is_null());
}

#[tokio::test]
async fn ports_follow_the_first_one_when_it_is_given() {
    // A free triple is found by trying: another process may hold any port.
    let mut running = None;
    for port in (42_000..60_000).step_by(3) {
        if let Ok(started) = Simulator::start(Options { port, ..options() }).await {
            running = Some((port, started));
            break;
        }
    }
    let (port, running) = running.unwrap();
    assert_eq!(running.control_url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(running.shops()[0].base_url, format!("http://127.0.0.1:{}", port + 1));
    assert_eq!(running.shops()[1].base_url, format!("http://127.0.0.1:{}", port + 2));
    let taken = Simulator::start(Options { port, ..options() }).await.unwrap_err();
    assert!(matches!(taken, dragoman_simulator::Error::Listen { .. }));
}

#[tokio::test]
async fn a_plan_takes_effect_at_once_and_an_invalid_one_changes_nothing() {
    let scene = Scene::start(options()).await;
    let url = format!("{}/control/plan", scene.running.control_url());
    let put = async |body: &str| reply(scene.client.post(&url).body(body.to_owned())).await.status;
    assert_eq!(put(r#"{"rules":[{"match":{"channel":"ozon"},"fault":{"kind":"token_revoked"}}]}"#).await, 200);
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 401);
    assert_eq!(put(r#"{"rules":[{"fault":{"kind":"nonsense"}}]}"#).await, 400);
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 401);
    assert_eq!(put("rules = []").await, 200);
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_buyer_can_be_made_to_write_on_both_platforms() {
    let scene = Scene::start(options()).await;
    let ask = json!({ "shop": scene.shop("wildberries").name, "text": "Есть ли в наличии?" });
    let id = scene.control("/control/buyer", ask).await["conversation"].as_str().unwrap().to_owned();
    assert_eq!(scene.wb_question(&id).await["text"], "Есть ли в наличии?");
    let chat = scene.open_chat().await;
    assert_eq!(scene.history(&chat).await.len(), 1);
    let unknown = scene.control("/control/buyer", json!({ "shop": "nobody", "text": "?" })).await;
    assert_eq!(unknown["error"], "no such shop");
    let shop = scene.shop("ozon").name.clone();
    let unknown = scene.control("/control/buyer", json!({ "shop": shop, "conversation": "x", "text": "?" })).await;
    assert_eq!(unknown["error"], "no such conversation");
}

#[tokio::test]
async fn a_subscription_can_be_taken_away() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    scene.control("/control/shop", json!({ "shop": scene.shop("ozon").name, "subscription": "PREMIUM_LITE" })).await;
    assert_eq!(scene.send(&chat, "Добрый день").await.status, 403);
}

#[tokio::test]
async fn state_accepted_and_requests_tell_what_happened() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    scene.send(&chat, "Добрый день").await;
    let get = async |path: &str| reply(scene.client.get(format!("{}{path}", scene.running.control_url()))).await.json();
    let state = get("/control/state").await;
    assert_eq!((&state["mode"], &state["accepted"]), (&json!("manual"), &json!(1)));
    assert_eq!(state["platforms"]["ozon"]["shops"][0]["name"], scene.shop("ozon").name);
    assert!(state["platforms"]["wildberries"]["variants"][0]["secrets"]["read_only"]["token"].is_string());
    assert_eq!(get("/control/accepted").await[0]["target"], chat);
    let request = &get("/control/requests").await[0];
    assert_eq!(
        (&request["path"], &request["action"], &request["status"]),
        (&json!("/v1/chat/send/message"), &json!("reply"), &json!(200))
    );
    assert_eq!(scene.running.requests().len(), 1);
}

#[tokio::test]
async fn a_stopped_simulator_listens_no_more() {
    let scene = Scene::start(options()).await;
    let (base_url, control_url) = (scene.shop("ozon").base_url.clone(), scene.running.control_url().to_owned());
    scene.running.stop().await;
    for url in [base_url, control_url] {
        assert!(crate::scene::client().get(url).send().await.unwrap_err().is_connect());
    }
}
