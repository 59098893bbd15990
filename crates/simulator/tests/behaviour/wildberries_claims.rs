//! Wildberries return claims: the list and the seller's decisions.

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Size};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, reply, without_quotas};

async fn claims(scene: &Scene, archive: bool) -> Vec<Value> {
    let path = format!("/api/v1/claims?is_archive={archive}&limit=200");
    scene.wb_get(&path).await.json()["claims"].as_array().unwrap().clone()
}

async fn claim(scene: &Scene, id: &str) -> Value {
    for archive in [false, true] {
        let page = scene.wb_get(&format!("/api/v1/claims?is_archive={archive}&id={id}")).await.json();
        if page["total"] == 1 {
            return page["claims"][0].clone();
        }
    }
    panic!("{id} is in neither half");
}

async fn decide(scene: &Scene, body: Value) -> Reply {
    reply(scene.wb_as("token", Method::PATCH, "/api/v1/claim").json(&body)).await
}

/// A claim under review that offers this action.
async fn offering(scene: &Scene, action: &str) -> String {
    let found = claims(scene, false).await.into_iter().find(|claim| actions(claim).contains(&action.to_owned()));
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

fn actions(claim: &Value) -> Vec<String> {
    claim["actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_list_wants_its_half_and_pages_join() {
    let scene = Scene::start(without_quotas()).await;
    let refused = scene.wb_get("/api/v1/claims").await;
    assert_eq!((refused.status, refused.header("content-type")), (400, Some("application/problem+json")));
    assert_eq!(refused.json()["detail"], "Failed to deserialize query string: missing field `is_archive`");
    for query in ["is_archive=x", "is_archive=true&limit=0", "is_archive=true&limit=201", "is_archive=true&nm_id=x"] {
        assert_eq!(scene.wb_get(&format!("/api/v1/claims?{query}")).await.status, 400, "{query}");
    }
    let whole = claims(&scene, false).await;
    let (mut seen, mut offset) = (Vec::new(), 0);
    loop {
        let page = scene.wb_get(&format!("/api/v1/claims?is_archive=false&limit=2&offset={offset}")).await.json();
        assert_eq!(page["total"], whole.len());
        let rows = page["claims"].as_array().unwrap().clone();
        if rows.is_empty() {
            break;
        }
        offset += rows.len();
        seen.extend(rows);
    }
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn claims_of_fourteen_days_are_listed_and_no_older_ones() {
    let scene = Scene::start(without_quotas()).await;
    let listed = async || claims(&scene, false).await.len() + claims(&scene, true).await.len();
    let before = listed().await;
    assert!(before > 0 && before < Size::default().return_claims);
    scene.advance(14 * 86_400).await;
    assert_eq!(listed().await, 0);
}

#[tokio::test]
async fn times_are_moscows_without_saying_so_and_addresses_lack_their_scheme() {
    let scene = Scene::start(Options { size: Size { return_claims: 60, ..Size::default() }, ..without_quotas() }).await;
    let mut all = claims(&scene, false).await;
    assert!(all.iter().all(|claim| claim["dt"] == claim["dt_update"] && claim["status_ex"] == 0));
    all.extend(claims(&scene, true).await);
    for claim in &all {
        let filed = claim["dt"].as_str().unwrap().parse::<jiff::civil::DateTime>().unwrap();
        assert!(!claim["dt"].as_str().unwrap().contains(['Z', '+']));
        let now = scene.running.now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(3))).datetime();
        assert!(filed <= now);
    }
    let some = |what: &str, test: &dyn Fn(&Value) -> bool| assert!(all.iter().any(test), "{what}");
    some("a photo", &|claim| claim["photos"][0].as_str().is_some_and(|photo| photo.starts_with("//")));
    some("a video", &|claim| claim["video_paths"][0].as_str().is_some_and(|video| video.starts_with("//")));
    some("nothing to be done", &|claim| claim["status"] == 0 && actions(claim).is_empty());
    some("a refused one to reconsider", &|claim| claim["status"] == 1 && !actions(claim).is_empty());
    some("no name", &|claim| claim["imt_name"].is_null());
    some("from a chat", &|claim| claim["claim_type"] == 3);
    let feed = json!({ "selectedPeriod": { "start": "2026-10-25T00:00:00+03:00" }, "pagination": { "limit": 10000 } });
    let orders = scene.wb_post("/api/analytics/v1/order-feed", feed).await.json()["data"]["orders"].clone();
    let srids: Vec<&Value> = orders.as_array().unwrap().iter().map(|order| &order["srid"]).collect();
    some("an order of the feed", &|claim| srids.contains(&&claim["srid"]));
}

#[tokio::test]
async fn each_action_does_what_it_says() {
    for (action, status, status_ex) in [
        ("approve1", 2, 8),
        ("approve2", 2, 10),
        ("autorefund1", 2, 5),
        ("reject1", 1, 1),
        ("reject2", 1, 1),
        ("reject3", 1, 1),
        ("approvecc1", 2, 10),
    ] {
        let scene = Scene::start(without_quotas()).await;
        let id = offering(&scene, action).await;
        scene.advance(60).await;
        let done = decide(&scene, json!({ "id": id, "action": action })).await;
        assert_eq!((done.status, done.text.as_str()), (200, ""), "{action}");
        let after = claim(&scene, &id).await;
        assert_eq!((&after["status"], &after["status_ex"]), (&json!(status), &json!(status_ex)), "{action}");
        assert!(after["wb_comment"].is_string() && after["dt_update"] != after["dt"]);
        assert!(claims(&scene, true).await.iter().any(|claim| claim["id"] == *id));
        let accepted = scene.running.accepted();
        assert_eq!((accepted.len(), accepted[0].action.as_str()), (1, "act"));
        assert_eq!(accepted[0].text.as_deref(), Some(action));
    }
}

#[tokio::test]
async fn an_own_refusal_needs_ten_to_a_thousand_characters() {
    let scene = Scene::start(without_quotas()).await;
    let id = offering(&scene, "rejectcustom").await;
    for comment in [Value::Null, json!("коротко"), json!("я".repeat(1_001))] {
        let refused = decide(&scene, json!({ "id": id, "action": "rejectcustom", "comment": comment })).await;
        assert_eq!((refused.status, &refused.json()["title"]), (400, &json!("Validation error")));
    }
    let comment = "На фото другой товар, пришлите фото бирки.";
    assert_eq!(decide(&scene, json!({ "id": id, "action": "rejectcustom", "comment": comment })).await.status, 200);
    assert_eq!(claim(&scene, &id).await["wb_comment"], comment);
    assert_eq!(scene.running.accepted()[0].fields, Some(json!({ "comment": comment })));
}

#[tokio::test]
async fn only_what_a_claim_offers_is_accepted() {
    let scene = Scene::start(without_quotas()).await;
    let id = offering(&scene, "approvecc1").await;
    for (body, detail) in [
        (json!({ "action": "approve1" }), "The Id field is required."),
        (json!({ "id": id }), "The Action field is required."),
        (json!({ "id": id, "action": "approve1" }), "The action is not available for the claim."),
        (json!({ "id": "nobody", "action": "approve1" }), "The claim was not found."),
        (json!({ "id": id, "action": "reject1", "comment": "Длинный комментарий" }), "not allowed"),
    ] {
        let refused = decide(&scene, body.clone()).await;
        assert_eq!(refused.status, 400);
        assert!(refused.json()["detail"].as_str().unwrap().contains(detail), "{body}: {}", refused.text);
    }
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_refused_claim_can_be_reconsidered_once_and_an_approved_one_not() {
    let scene = Scene::start(without_quotas()).await;
    let id = offering(&scene, "reject1").await;
    decide(&scene, json!({ "id": id, "action": "reject1" })).await;
    assert_eq!(actions(&claim(&scene, &id).await), ["approve1", "autorefund1"]);
    assert_eq!(decide(&scene, json!({ "id": id, "action": "reject2" })).await.status, 400);
    assert_eq!(decide(&scene, json!({ "id": id, "action": "approve1" })).await.status, 200);
    let after = claim(&scene, &id).await;
    assert_eq!((&after["status"], actions(&after).len()), (&json!(2), 0));
    assert_eq!(decide(&scene, json!({ "id": id, "action": "approve1" })).await.status, 400);
}

#[tokio::test]
async fn an_item_brought_to_the_sellers_shop_is_confirmed_in_a_second_step() {
    let scene = Scene::start(without_quotas()).await;
    let id = offering(&scene, "approvecc1").await;
    let comment = "Приносите в магазин на Лесной, 5";
    decide(&scene, json!({ "id": id, "action": "approvecc1", "comment": comment })).await;
    let after = claim(&scene, &id).await;
    assert_eq!((&after["wb_comment"], actions(&after)), (&json!(comment), vec!["confirmreturngoodcc1".to_owned()]));
    assert_eq!(decide(&scene, json!({ "id": id, "action": "confirmreturngoodcc1" })).await.status, 200);
    assert!(actions(&claim(&scene, &id).await).is_empty());
}

#[tokio::test]
async fn a_lagging_decision_is_counted_before_it_is_seen() {
    let when = Match { action: Some("act".into()), ..Match::default() };
    let plan = FaultPlan::one(when, Fault::ReadLag { seconds: 60.0 });
    let scene = Scene::start(Options { plan, ..without_quotas() }).await;
    let id = offering(&scene, "approve1").await;
    decide(&scene, json!({ "id": id, "action": "approve1" })).await;
    assert_eq!(claim(&scene, &id).await["status"], 0);
    assert_eq!(decide(&scene, json!({ "id": id, "action": "approve1" })).await.status, 400);
    scene.advance(60).await;
    assert_eq!(claim(&scene, &id).await["status"], 2);
}

#[tokio::test]
async fn a_buyer_files_a_claim_and_a_colleague_decides_it_in_the_cabinet() {
    let scene = Scene::start(without_quotas()).await;
    let shop = scene.shop("wildberries").name.clone();
    let body = json!({ "shop": shop, "kind": "claim", "text": "Не включается" });
    let id = scene.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned();
    assert_eq!(claims(&scene, false).await[0]["user_comment"], "Не включается");
    let decision = |act: &str| json!({ "shop": shop, "conversation": id, "act": act });
    scene.control("/control/cabinet", decision("autorefund1")).await;
    assert_eq!(claim(&scene, &id).await["status_ex"], 5);
    let again = scene.control("/control/cabinet", decision("reject1")).await;
    assert_eq!(again["error"], "the conversation does not offer this act");
    assert!(scene.running.accepted().is_empty());
}
