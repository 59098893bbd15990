//! What a person does with conversations, and settings that last, through the Router.

use axum::body::Body;
use dragoman_api::{Permission, Principal};
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, read};

async fn synced() -> Bench {
    let bench = Bench::start().await;
    bench.sync().await;
    bench
}

async fn listed(bench: &Bench, query: &str) -> Vec<i64> {
    let page = bench.get(&format!("/api/conversations?limit=200&{query}")).await;
    page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn counted(bench: &Bench, what: &str) -> u64 {
    let counts = bench.get("/api/counts").await;
    counts["rows"].as_array().unwrap().iter().map(|row| row[what].as_u64().unwrap()).sum()
}

async fn post(bench: &Bench, path: &str, body: Value) -> Value {
    let (status, answer) = bench.call(Method::POST, path, Some(body)).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

#[tokio::test]
async fn a_setting_is_kept_and_a_bad_one_says_what_is_allowed() {
    let mut bench = Bench::start().await;
    let before = bench.get("/api/settings").await;
    assert_eq!((&before["language"], &before["undo_s"]), (&json!("system"), &json!(0)), "{before}");
    let put = async |bench: &Bench, name: &str, value: Value| {
        bench.call(Method::PUT, &format!("/api/settings/{name}"), Some(json!({"value": value}))).await
    };
    assert_eq!(put(&bench, "theme", json!("dark")).await.1["theme"], "dark");
    put(&bench, "undo_s", json!(30)).await;
    put(&bench, "keys", json!({"inbox.done": ["e"]})).await;
    bench.restart();
    let after = bench.get("/api/settings").await;
    assert_eq!(
        (&after["theme"], &after["undo_s"], &after["keys"]),
        (&json!("dark"), &json!(30), &json!({"inbox.done": ["e"]}))
    );
    assert_eq!(put(&bench, "theme", Value::Null).await.1["theme"], "system");
    for (name, value, field, allowed) in [
        ("language", json!("de"), "language", "zh-TW"),
        ("undo_s", json!(61), "undo_s", "0 to 60"),
        ("sound", json!(1), "name", "quiet_hours"),
    ] {
        let (status, problem) = put(&bench, name, value).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")), "{problem}");
        assert_eq!(problem["params"]["field"], field);
        assert!(problem["params"]["why"].as_str().unwrap().contains(allowed), "{problem}");
    }
    let reader = Principal::new("reader", &[Permission::Read, Permission::Answer]);
    let request = Request::put("/api/settings/theme")
        .header("content-type", "application/json")
        .header("idempotency-key", Uuid::now_v7().to_string())
        .body(Body::from(r#"{"value":"dark"}"#))
        .unwrap();
    assert_eq!(read(bench.send(Some(reader), request).await).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_hold_of_an_answer_is_the_one_that_was_set() {
    let bench = synced().await;
    bench.call(Method::PUT, "/api/settings/undo_s", Some(json!({"value": 60}))).await;
    let id = listed(&bench, "folder=needs&kind=chat").await[0];
    let asked = json!({"action": "reply", "text": "Здравствуйте!"});
    let item = post(&bench, &format!("/api/conversations/{id}/actions"), asked).await;
    assert_eq!(item["reason"], "undo_hold", "{item}");
    let instant = |field: &str| item[field].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(instant("due_at").duration_since(instant("created_at")) >= SignedDuration::from_secs(60));
}

#[tokio::test]
async fn a_conversation_is_snoozed_starred_and_tagged() {
    let bench = synced().await;
    let needs = listed(&bench, "folder=needs").await;
    let (id, owed) = (needs[0], counted(&bench, "owed").await);
    let one = format!("/api/conversations/{id}");
    let now = bench.demo.engine.now();
    let late = now + SignedDuration::from_hours(24 * 300);
    let told = post(&bench, &format!("{one}/snooze"), json!({"until": late})).await;
    assert_eq!(told["past_due"], true, "{told}");
    assert_eq!(listed(&bench, "folder=snoozed").await, [id]);
    assert!(!listed(&bench, "folder=needs").await.contains(&id));
    assert_eq!((counted(&bench, "owed").await, counted(&bench, "snoozed").await), (owed - 1, 1));
    let past = json!({"until": now - SignedDuration::from_secs(1)});
    let (status, problem) = bench.call(Method::POST, &format!("{one}/snooze"), Some(past)).await;
    assert_eq!((status, &problem["params"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("until")), "{problem}");
    post(&bench, &format!("{one}/snooze"), json!({"until": null})).await;
    assert_eq!(counted(&bench, "owed").await, owed);

    post(&bench, &format!("{one}/star"), json!({"on": true})).await;
    assert_eq!((listed(&bench, "starred=true").await, counted(&bench, "starred").await), (vec![id], 1));

    let tag = post(&bench, "/api/tags", json!({"name": " Брак ", "colour": "red"})).await;
    assert_eq!((&tag["name"], &tag["conversations"]), (&json!("Брак"), &json!(0)));
    for (name, colour) in [("брак", "red"), ("", "red")] {
        let (status, problem) =
            bench.call(Method::POST, "/api/tags", Some(json!({"name": name, "colour": colour}))).await;
        assert_eq!(
            (status, &problem["params"]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("name")),
            "{problem}"
        );
    }
    let number = &tag["id"];
    post(&bench, &format!("{one}/tags"), json!({"tags": [number]})).await;
    assert_eq!(listed(&bench, &format!("tag={number}")).await, [id]);
    assert_eq!(listed(&bench, &format!("folder=needs&starred=true&tag={number}")).await, [id]);
    let renamed =
        bench.call(Method::PUT, &format!("/api/tags/{number}"), Some(json!({"name": "Фото", "colour": "blue"}))).await;
    assert_eq!((&renamed.1["name"], &renamed.1["conversations"]), (&json!("Фото"), &json!(1)));
    assert_eq!(bench.get(&one).await["tags"], json!([number]));
    assert_eq!(bench.call(Method::DELETE, &format!("/api/tags/{number}"), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(bench.get(&one).await["tags"], json!([]));
    let (status, problem) = bench.call(Method::POST, &format!("{one}/tags"), Some(json!({"tags": [number]}))).await;
    assert_eq!((status, &problem["params"]["what"]), (StatusCode::NOT_FOUND, &json!("tag")));
}

#[tokio::test]
async fn a_note_is_written_once_changed_and_removed_and_never_leaves() {
    let bench = synced().await;
    let id = listed(&bench, "folder=needs&kind=chat").await[0];
    let path = format!("/api/conversations/{id}/notes");
    let (key, text) = (Uuid::now_v7(), json!({"text": "спросить склад"}));
    let (status, note) = bench.call_with_key(Method::POST, &path, Some(text.clone()), key).await;
    assert_eq!((status, &note["direction"], &note["author"]), (StatusCode::CREATED, &json!("note"), &json!("agent")));
    assert_eq!(bench.call_with_key(Method::POST, &path, Some(text), key).await.1["id"], note["id"]);
    let one = format!("/api/notes/{}", note["id"]);
    let changed = bench.call(Method::PUT, &one, Some(json!({"text": "спросить доставку"}))).await.1;
    assert_eq!(changed["text"], "спросить доставку");
    let detail = bench.get(&format!("/api/conversations/{id}")).await;
    assert_eq!(detail["messages"].as_array().unwrap().last().unwrap()["id"], note["id"]);
    assert_ne!(detail["preview"], "спросить доставку");
    let (status, problem) = bench.call(Method::PUT, &one, Some(json!({"text": "  "}))).await;
    assert_eq!((status, &problem["params"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("text")));
    let theirs = detail["messages"][0]["id"].as_i64().unwrap();
    assert_eq!(bench.call(Method::DELETE, &format!("/api/notes/{theirs}"), None).await.0, StatusCode::NOT_FOUND);
    bench.sync().await;
    assert!(bench.demo.platforms.accepted().is_empty(), "no platform was told");
    assert_eq!(bench.call(Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn files_of_a_draft_come_back_with_it() {
    let bench = synced().await;
    let id = listed(&bench, "folder=needs&kind=chat").await[0];
    let one = format!("/api/conversations/{id}");
    let request = Request::post("/api/uploads?name=a.txt")
        .header("content-type", "application/octet-stream")
        .header("idempotency-key", Uuid::now_v7().to_string())
        .body(Body::from("words"))
        .unwrap();
    let file = read(bench.send(Some(Principal::owner()), request).await).await.1;
    let draft = async |body: Value| bench.call(Method::PUT, &format!("{one}/draft"), Some(body)).await.0;
    assert_eq!(draft(json!({"text": "Почти", "files": [file["id"]]})).await, StatusCode::NO_CONTENT);
    assert_eq!(draft(json!({"text": "Почти всё"})).await, StatusCode::NO_CONTENT);
    let detail = bench.get(&one).await;
    assert_eq!((&detail["draft"], &detail["draft_files"]), (&json!("Почти всё"), &json!([file])));
    assert_eq!(draft(json!({"text": "", "files": [Uuid::now_v7()]})).await, StatusCode::NOT_FOUND);
    assert_eq!(bench.get(&one).await["draft"], "Почти всё", "a draft is kept whole or not at all");
    assert_eq!(draft(json!({"text": ""})).await, StatusCode::NO_CONTENT);
    assert_eq!(bench.get(&one).await["draft_files"], json!([]));
}

#[tokio::test]
async fn a_whole_list_is_put_aside_and_taken_back() {
    let mut bench = synced().await;
    let needs = listed(&bench, "folder=needs&kind=chat").await;
    let owed = counted(&bench, "owed").await;
    let body = json!({"filter": {"folder": "needs", "kind": "chat"}, "deed": {"type": "done", "on": true}});
    let key = Uuid::now_v7();
    let (status, done) = bench.call_with_key(Method::POST, "/api/conversations/bulk", Some(body.clone()), key).await;
    assert_eq!((status, &done["undo"]), (StatusCode::OK, &json!(key)), "{done}");
    assert_eq!(done["count"].as_u64().unwrap(), needs.len() as u64);
    assert_eq!(bench.call_with_key(Method::POST, "/api/conversations/bulk", Some(body), key).await.1, done);
    assert_eq!(counted(&bench, "owed").await, owed - needs.len() as u64);
    let changed = needs[0];
    bench.call(Method::PUT, &format!("/api/conversations/{changed}/done"), Some(json!({"done": false}))).await;
    bench.restart();
    let undo = format!("/api/bulk/{key}/undo");
    let undone = post(&bench, &undo, json!({})).await;
    assert_eq!(undone, json!({"restored": needs.len() - 1, "left": 1, "changed": [changed]}));
    assert_eq!(listed(&bench, "folder=needs&kind=chat").await, needs);
    assert_eq!(bench.call(Method::POST, &undo, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn conversations_named_one_by_one_are_starred_and_nonsense_is_refused() {
    let bench = synced().await;
    let ids = listed(&bench, "folder=needs").await;
    let bulk = async |body: Value| bench.call(Method::POST, "/api/conversations/bulk", Some(body)).await;
    let star = json!({"type": "star", "on": true});
    let (_, done) = bulk(json!({"ids": [ids[0], ids[1], 999_999], "deed": star})).await;
    assert_eq!(done["count"], 2, "those that are gone are passed over");
    let (_, again) = bulk(json!({"ids": [ids[0]], "deed": star})).await;
    assert_eq!((&again["count"], &again["undo"]), (&json!(0), &Value::Null));
    let many: Vec<i64> = (1..=501).collect();
    for (body, status) in [
        (json!({"deed": star}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"ids": [1], "filter": {}, "deed": star}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"ids": many, "deed": star}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!({"ids": [1], "deed": {"type": "snooze", "until": "2020-01-01T00:00:00Z"}}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (json!({"ids": [1], "deed": {"type": "tag", "tag": 7, "on": true}}), StatusCode::NOT_FOUND),
        (json!({"ids": [1], "deed": {"type": "erase"}}), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(bulk(body.clone()).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn rows_carry_their_product_with_the_address_of_its_picture() {
    let bench = synced().await;
    let page = bench.get("/api/conversations?limit=200").await;
    let with_key = |row: &&Value| row["product"]["key"].as_str().is_some_and(|key| !key.is_empty());
    let row = page["rows"].as_array().unwrap().iter().find(with_key).expect("a conversation about a product");
    let detail = bench.get(&format!("/api/conversations/{}", row["id"])).await;
    assert_eq!(detail["product"], row["product"]);
    let key = row["product"]["key"].as_str().unwrap();
    let address = format!("/api/shops/{}/products/{key}/picture", row["shop"]);
    let expected = if row["product"]["has_picture"] == true { json!(address) } else { Value::Null };
    assert_eq!(row["product"]["picture"], expected);
}
