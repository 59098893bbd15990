//! Ozon returns, return claims of rFBS orders, and cancellation requests.

use dragoman_simulator::{FaultPlan, Options};
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, in_text, options, refused, reply, without_quotas};

async fn returns(scene: &Scene, filter: Value) -> Vec<Value> {
    let page = scene.ozon("/v1/returns/list", json!({ "filter": filter, "limit": 500 })).await.json();
    page["returns"].as_array().unwrap().clone()
}

async fn claim(scene: &Scene, id: &str) -> Value {
    let id: i64 = id.parse().unwrap();
    scene.ozon("/v2/returns/rfbs/get", json!({ "return_id": id })).await.json()["returns"].clone()
}

async fn act(scene: &Scene, id: &str, mut fields: Value) -> Reply {
    fields["return_id"] = json!(id.parse::<i64>().unwrap());
    scene.ozon("/v1/returns/rfbs/action/set", fields).await
}

fn actions(claim: &Value) -> Vec<i64> {
    claim["available_actions"].as_array().unwrap().iter().map(|action| action["id"].as_i64().unwrap()).collect()
}

async fn cancellation(scene: &Scene, id: &str) -> Value {
    let page = scene.ozon("/v2/conditional-cancellation/list", json!({ "limit": 500 })).await.json();
    let rows = page["result"].as_array().unwrap();
    let id: i64 = id.parse().unwrap();
    rows.iter().find(|row| row["cancellation_id"] == id).unwrap().clone()
}

async fn decide(scene: &Scene, how: &str, id: &str) -> Reply {
    let body = json!({ "cancellation_id": id.parse::<i64>().unwrap(), "comment": "Заказ в пути" });
    scene.ozon(&format!("/v2/conditional-cancellation/{how}"), body).await
}

#[tokio::test]
async fn returns_are_paged_by_id_and_some_need_the_seller() {
    let scene = Scene::start(options()).await;
    let all = returns(&scene, json!({})).await;
    let (mut paged, mut last_id) = (Vec::new(), json!(0));
    loop {
        let page = scene.ozon("/v1/returns/list", json!({ "limit": 3, "last_id": last_id })).await.json();
        paged.extend(page["returns"].as_array().unwrap().iter().cloned());
        last_id = paged.last().unwrap()["id"].clone();
        if page["has_next"] == false {
            break;
        }
    }
    assert_eq!(paged, all);
    for status in ["OnSellerApproval", "DisputeOpened", "CompensationOffered"] {
        assert!(all.iter().any(|one| one["visual"]["status"]["sys_name"] == status), "{status}");
        assert!(!returns(&scene, json!({ "visual_status_name": status })).await.is_empty());
    }
    assert!(all.iter().any(|one| one["place"].is_null()) && all.iter().any(|one| one["place"].is_object()));
}

#[tokio::test]
async fn numbers_of_returns_may_be_text() {
    for (options, text) in [(in_text(), true), (options(), false)] {
        let scene = Scene::start(options).await;
        for one in returns(&scene, json!({})).await {
            for number in [&one["id"], &one["order_id"], &one["product"]["sku"], &one["product"]["price"]["price"]] {
                assert_eq!(number.is_string(), text);
            }
        }
    }
}

#[tokio::test]
async fn only_one_range_of_time_and_five_hundred_rows_are_allowed() {
    let scene = Scene::start(options()).await;
    let range = json!({ "time_from": "2026-11-01T00:00:00Z", "time_to": "2026-11-22T10:00:00Z" });
    assert!(!returns(&scene, json!({ "visual_status_change_moment": range })).await.is_empty());
    let two = json!({ "visual_status_change_moment": range, "logistic_return_date": range });
    for body in [json!({ "limit": 501 }), json!({}), json!({ "limit": 5, "filter": two })] {
        assert_eq!(refused(&scene.ozon("/v1/returns/list", body).await).1, 3);
    }
    let posting = returns(&scene, json!({})).await[0]["posting_number"].clone();
    assert_eq!(returns(&scene, json!({ "posting_numbers": [posting] })).await.len(), 1);
    for schema in ["FBS", "FBO"] {
        let found = returns(&scene, json!({ "return_schema": schema })).await;
        assert!(found.iter().all(|one| one["schema"].as_str().unwrap().to_uppercase() == schema));
    }
}

#[tokio::test]
async fn claims_are_listed_by_group_as_a_list_or_as_one_object() {
    let list = async |scene: &Scene, limit: usize| {
        let body = json!({ "filter": { "group_state": ["New"] }, "limit": limit, "last_id": 0 });
        scene.ozon("/v2/returns/rfbs/list", body).await.json()["returns"].clone()
    };
    let scene = Scene::start(options()).await;
    let new = list(&scene, 100).await;
    assert!(new.as_array().unwrap().len() > 1);
    assert!(new.as_array().unwrap().iter().all(|row| row["state"]["group_state"] == "New"));
    assert!(list(&scene, 1).await.is_array());
    assert!(list(&Scene::start(in_text()).await, 1).await.is_object());
    let wrong = json!({ "filter": { "group_state": ["Old"] }, "limit": 5 });
    assert_eq!(refused(&scene.ozon("/v2/returns/rfbs/list", wrong).await).1, 3);
}

#[tokio::test]
async fn a_claim_tells_what_the_buyer_says_and_what_can_be_done() {
    for (options, wrapped) in [(options(), false), (in_text(), true)] {
        let scene = Scene::start(options).await;
        let id = scene.ozon_begins("claim", "Пришёл с трещиной").await;
        let claim = claim(&scene, &id).await;
        assert_eq!(claim["comment"], "Пришёл с трещиной");
        let first = &claim["available_actions"][0];
        let first = if wrapped { &first["action"] } else { first };
        assert!(first["id"].is_i64() && first["name"].is_string());
        assert!(claim["rejection_reason"][0]["is_comment_required"].is_boolean());
        let photo =
            claim["client_photo"][0].as_str().unwrap().strip_prefix("https://cdn1.ozone.ru").unwrap().to_owned();
        let picture = scene.client.get(format!("{}{photo}", scene.shop("ozon").base_url)).send().await.unwrap();
        assert_eq!(picture.status().as_u16(), 200);
    }
}

#[tokio::test]
async fn a_refusal_needs_a_reason_and_a_comment_and_a_partial_refund_its_amount() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("claim", "Не подошёл").await;
    for fields in [
        json!({}),
        json!({ "id": -1 }),
        json!({ "id": -1, "rejection_reason_id": 2 }),
        json!({ "id": -1, "rejection_reason_id": 99, "comment": "Товар исправен" }),
        json!({ "id": 1020 }),
        json!({ "id": 1020, "compensation_amount": 1_000_000 }),
    ] {
        assert_eq!(refused(&act(&scene, &id, fields.clone()).await).1, 3, "{fields}");
    }
    let fields = json!({ "id": -1, "rejection_reason_id": 2, "comment": "Товар исправен" });
    assert_eq!(act(&scene, &id, fields).await.status, 200);
    let claim = claim(&scene, &id).await;
    assert_eq!((actions(&claim), claim["rejection_comment"].as_str()), (vec![], Some("Товар исправен")));
    let entry = scene.running.accepted()[0].clone();
    assert_eq!((entry.action.as_str(), &entry.target, entry.text.as_deref()), ("act", &id, Some("Товар исправен")));
    assert_eq!(entry.fields.unwrap()["rejection_reason_id"], 2);
}

#[tokio::test]
async fn an_approved_return_arrives_after_some_days_and_is_decided_then() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("claim", "Не подошёл").await;
    assert_eq!(act(&scene, &id, json!({ "id": 1000 })).await.status, 200);
    assert_eq!(actions(&claim(&scene, &id).await), Vec::<i64>::new());
    assert_eq!(
        refused(&act(&scene, &id, json!({ "id": 1030 })).await),
        (409, 10, "action is not available for the return".into())
    );
    scene.advance(72 * 3_600).await;
    assert!(actions(&claim(&scene, &id).await).contains(&-10));
    assert_eq!(act(&scene, &id, json!({ "id": 1030, "return_for_back_way": 300 })).await.status, 200);
    assert_eq!(claim(&scene, &id).await["state"]["state"], "MoneyReturned");
}

#[tokio::test]
async fn cancellations_are_listed_with_a_counter_by_state_and_initiator() {
    for (options, text) in [(options(), false), (in_text(), true)] {
        let scene = Scene::start(options).await;
        let list = async |filters: Value| {
            let body = json!({ "filters": filters, "limit": 500, "with": { "counter": true } });
            scene.ozon("/v2/conditional-cancellation/list", body).await.json()
        };
        let open = list(json!({ "state": "ON_APPROVAL" })).await;
        let rows = open["result"].as_array().unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["state"]["state"] == "ON_APPROVAL"));
        assert_eq!(open["counter"].is_string(), text);
        assert_eq!(open["last_id"], rows.last().unwrap()["cancellation_id"]);
        let ozon = list(json!({ "cancellation_initiator": ["OZON"] })).await;
        assert!(ozon["result"].as_array().unwrap().iter().all(|row| row["cancellation_initiator"] == "OZON"));
        for state in ["APPROVED", "REJECTED"] {
            assert!(list(json!({ "state": state })).await["result"][0]["approve_date"].is_string(), "{state}");
        }
    }
    let scene = Scene::start(options()).await;
    for body in [json!({ "limit": 501 }), json!({ "limit": 5, "filters": { "state": "OPEN" } })] {
        assert_eq!(refused(&scene.ozon("/v2/conditional-cancellation/list", body).await).1, 3);
    }
}

#[tokio::test]
async fn a_cancellation_is_decided_once() {
    let scene = Scene::start(options()).await;
    for (how, state) in [("approve", "APPROVED"), ("reject", "REJECTED")] {
        let id = scene.ozon_begins("cancellation", "Передумал").await;
        assert_eq!(decide(&scene, how, &id).await.status, 200);
        let row = cancellation(&scene, &id).await;
        assert_eq!((&row["state"]["state"], &row["approve_comment"]), (&json!(state), &json!("Заказ в пути")));
        assert_eq!(decide(&scene, how, &id).await.status, 409);
    }
    let acts: Vec<Value> = scene.running.accepted().into_iter().filter_map(|entry| entry.fields).collect();
    assert_eq!(acts, [json!({ "decision": "approve" }), json!({ "decision": "reject" })]);
}

#[tokio::test]
async fn a_write_that_has_nothing_to_tell_answers_without_a_body_or_with_an_empty_object() {
    for (options, body) in [(options(), ""), (in_text(), "{}")] {
        let scene = Scene::start(options).await;
        let id = scene.ozon_begins("cancellation", "Передумал").await;
        assert_eq!(decide(&scene, "approve", &id).await.text, body);
    }
}

#[tokio::test]
async fn a_cancellation_is_approved_by_itself_when_its_time_has_come() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("cancellation", "Передумал").await;
    let due = cancellation(&scene, &id).await["auto_approve_date"].clone();
    scene.control("/control/clock", json!({ "set": due })).await;
    let row = cancellation(&scene, &id).await;
    assert_eq!((&row["state"]["state"], &row["approve_date"]), (&json!("APPROVED"), &due));
    assert_eq!(decide(&scene, "reject", &id).await.status, 409);
    assert_eq!(scene.running.accepted(), []);
}

#[tokio::test]
async fn a_colleague_in_the_cabinet_decides_and_the_program_is_too_late() {
    let scene = Scene::start(options()).await;
    let request = scene.ozon_begins("cancellation", "Передумал").await;
    scene.in_cabinet(&request, Some("reject"), "Уже отправили").await;
    assert_eq!(cancellation(&scene, &request).await["state"]["state"], "REJECTED");
    assert_eq!(
        scene.in_cabinet(&request, Some("approve"), "").await["error"],
        "the conversation does not offer this act"
    );
    let id = scene.ozon_begins("claim", "Брак").await;
    scene.in_cabinet(&id, Some("1000"), "").await;
    assert_eq!(act(&scene, &id, json!({ "id": 1000 })).await.status, 409);
    assert_eq!(scene.running.accepted(), []);

    let rule = r#"{"rules":[{"match":{"action":"act"},"fault":{"kind":"human_answers","text":"Я уже"}}]}"#;
    let scene = Scene::start(Options { plan: FaultPlan::parse(rule).unwrap(), ..options() }).await;
    let request = scene.ozon_begins("cancellation", "Передумал").await;
    assert_eq!(decide(&scene, "reject", &request).await.status, 409);
    assert_eq!(cancellation(&scene, &request).await["state"]["state"], "APPROVED");
}

#[tokio::test]
async fn claims_need_their_role_and_no_subscription() {
    let scene = Scene::start(without_quotas()).await;
    scene.control("/control/shop", json!({ "shop": scene.shop("ozon").name, "subscription": "UNSPECIFIED" })).await;
    for path in ["/v1/returns/list", "/v2/returns/rfbs/list", "/v2/conditional-cancellation/list"] {
        assert_eq!(scene.ozon(path, json!({ "limit": 5 })).await.status, 200, "{path}");
        assert_eq!(reply(scene.ozon_as("without_claims", path).json(&json!({ "limit": 5 }))).await.status, 403);
    }
}

#[tokio::test]
async fn buyers_begin_only_what_the_platform_has() {
    let scene = Scene::start(options()).await;
    let body = json!({ "shop": scene.shop("ozon").name, "kind": "letter", "text": "?" });
    assert_eq!(scene.control("/control/buyer", body).await["error"], "no such kind of conversation");
    assert_eq!(scene.in_cabinet("nobody", None, "?").await["error"], "no such conversation");
}
