//! The use cases through the Router: from the first sync to an answer that arrived once.

use axum::body::Body;
use dragoman_api::Principal;
use dragoman_engine::Work;
use futures::StreamExt;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;

async fn first_chat(bench: &Bench) -> i64 {
    let page = bench.get("/api/conversations?folder=needs&kind=chat&limit=1").await;
    page["rows"][0]["id"].as_i64().unwrap()
}

/// The lines of the platforms' own log with this text.
fn accepted(bench: &Bench, text: &str) -> usize {
    bench.demo.platforms.accepted().iter().filter(|line| line.text.as_deref() == Some(text)).count()
}

#[tokio::test]
async fn a_synced_inbox_is_listed_counted_opened_and_searched() {
    let bench = Bench::start().await;
    let lines = bench.sync().await;
    assert_eq!(lines.last().unwrap()["type"], "done");
    let reports: Vec<_> = lines.iter().filter(|line| line["type"] == "result").collect();
    assert!(reports.iter().any(|report| report["new"].as_u64().unwrap() > 0), "{reports:?}");
    for report in &reports {
        for field in ["shop", "stream", "fetched", "new", "changed", "quarantined", "problem"] {
            assert!(report.get(field).is_some(), "{field}: {report}");
        }
    }

    let page = bench.get("/api/conversations?folder=needs&limit=2").await;
    let rows = page["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for field in
        ["id", "shop", "channel", "kind", "turn", "status", "subject", "buyer", "unread", "due_at", "last_message_at"]
    {
        assert!(rows[0].get(field).is_some(), "{field}: {}", rows[0]);
    }
    let next = page["next"].as_str().unwrap();
    let second = bench.get(&format!("/api/conversations?folder=needs&limit=2&after={next}")).await;
    assert_ne!(second["rows"][0]["id"], rows[0]["id"]);
    assert!(rows[1]["due_at"].as_str() <= second["rows"][0]["due_at"].as_str(), "the least time left comes first");

    let counts = bench.get("/api/counts").await;
    assert!(counts["rows"].as_array().unwrap().iter().map(|row| row["owed"].as_u64().unwrap()).sum::<u64>() > 2);

    let detail = bench.get(&format!("/api/conversations/{}", rows[0]["id"])).await;
    let message = &detail["messages"][0];
    for field in ["id", "remote_id", "direction", "author", "sent_at", "text", "lang", "attachments"] {
        assert!(message.get(field).is_some(), "{field}: {message}");
    }
    let raw = bench.get(&format!("/api/messages/{}/raw", message["id"])).await;
    assert!(serde_json::from_str::<Value>(raw["raw"].as_str().unwrap()).is_ok());

    let word =
        message["text"].as_str().unwrap().split(|c: char| !c.is_alphabetic()).max_by_key(|word| word.len()).unwrap();
    let query: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let hits = bench.get(&format!("/api/search?q={query}")).await;
    let hit = &hits["rows"][0];
    for field in ["conversation", "message", "fragment", "sent_at"] {
        assert!(hit.get(field).is_some(), "{field}: {hit}");
    }
    assert!(hit["spans"].as_array().unwrap().iter().any(|span| span["hit"] == true), "{hit}");
}

#[tokio::test]
async fn an_answer_asked_for_a_thousand_times_under_one_key_leaves_once() {
    let bench = Bench::start().await;
    bench.sync().await;
    bench.demo.engine.start(Work::Outbox);
    let path = format!("/api/conversations/{}/actions", first_chat(&bench).await);
    let (text, key) = ("Добрый день! Отправим завтра.", Uuid::now_v7());
    let body = json!({"action": "reply", "text": text, "undo_s": 0});
    let asked =
        futures::stream::iter(0..1_000).map(|_| bench.call_with_key(Method::POST, &path, Some(body.clone()), key));
    let answers: Vec<_> = asked.buffer_unordered(50).collect().await;
    let (status, item) = &answers[0];
    assert_eq!(*status, StatusCode::CREATED, "{item}");
    assert!(answers.iter().all(|answer| answer == &answers[0]), "the same request has the same answer");

    let settled = bench.get(&format!("/api/outbox/{}?wait_s=20", item["id"])).await;
    assert_eq!(settled["state"], "sent", "{settled}");
    assert_eq!(accepted(&bench, text), 1);

    let another = json!({"action": "reply", "text": "Другое", "undo_s": 0});
    let (status, problem) = bench.call_with_key(Method::POST, &path, Some(another), key).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("key_reused")));
}

#[tokio::test]
async fn with_sending_off_an_answer_is_held_until_it_is_released() {
    let bench = Bench::start().await;
    bench.sync().await;
    bench.demo.engine.start(Work::Outbox);
    let id = first_chat(&bench).await;
    let shop = bench.get(&format!("/api/conversations/{id}")).await["shop"].clone();
    let sending = format!("/api/shops/{shop}/sending");
    bench.call(Method::PUT, &sending, Some(json!({"on": false}))).await;

    let body = json!({"action": "reply", "text": "Здравствуйте!", "undo_s": 0});
    let (_, item) = bench.call(Method::POST, &format!("/api/conversations/{id}/actions"), Some(body)).await;
    assert_eq!((&item["state"], &item["reason"]), (&json!("held"), &json!("sending_off")));

    let (_, switched) = bench.call(Method::PUT, &sending, Some(json!({"on": true}))).await;
    assert_eq!(switched["waiting"][0]["id"], item["id"], "what waits is told and not released");
    assert_eq!(bench.get(&format!("/api/outbox/{}", item["id"])).await["state"], "held");

    bench.call(Method::POST, &format!("/api/outbox/{}/retry", item["id"]), None).await;
    let settled = bench.get(&format!("/api/outbox/{}?wait_s=20", item["id"])).await;
    assert_eq!(settled["state"], "sent", "{settled}");
    let all = bench.get("/api/outbox?all=true").await;
    for field in ["id", "conversation", "action", "text", "state", "reason", "attempts", "publication"] {
        assert!(all["rows"][0].get(field).is_some(), "{field}");
    }
}

#[tokio::test]
async fn an_answer_can_be_changed_and_withdrawn_before_it_leaves() {
    let bench = Bench::start().await;
    bench.sync().await;
    let path = format!("/api/conversations/{}/actions", first_chat(&bench).await);
    let body = json!({"action": "reply", "text": "Первый", "undo_s": 600});
    let (_, item) = bench.call(Method::POST, &path, Some(body)).await;
    assert_eq!(item["reason"], "undo_hold");
    let one = format!("/api/outbox/{}", item["id"]);
    let (status, cancelled) = bench.call(Method::POST, &format!("{one}/cancel"), None).await;
    assert_eq!((status, &cancelled["state"]), (StatusCode::OK, &json!("cancelled")));
    let (status, problem) = bench.call(Method::PUT, &format!("{one}/text"), Some(json!({"text": "Второй"}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("wrong_state")));
    bench.sync().await;
    assert_eq!(accepted(&bench, "Первый"), 0);
}

#[tokio::test]
async fn a_text_that_cannot_be_sent_is_refused_with_its_reason() {
    let bench = Bench::start().await;
    bench.sync().await;
    let path = format!("/api/conversations/{}/actions", first_chat(&bench).await);
    for (text, code) in
        [("", "text_length"), ("я".repeat(5_000).as_str(), "text_length"), ("a\u{202e}b", "text_invisible")]
    {
        let (status, problem) = bench.call(Method::POST, &path, Some(json!({"action": "reply", "text": text}))).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(code)), "{problem}");
    }
}

#[tokio::test]
async fn drafts_read_marks_and_done_are_kept() {
    let bench = Bench::start().await;
    bench.sync().await;
    let id = first_chat(&bench).await;
    let one = format!("/api/conversations/{id}");
    for (method, path, body) in [
        (Method::PUT, format!("{one}/draft"), Some(json!({"text": "Почти"}))),
        (Method::POST, format!("{one}/read"), None),
        (Method::PUT, format!("{one}/done"), Some(json!({"done": true}))),
    ] {
        assert_eq!(bench.call(method, &path, body).await.0, StatusCode::NO_CONTENT, "{path}");
    }
    let detail = bench.get(&one).await;
    assert_eq!((&detail["draft"], &detail["unread"]), (&json!("Почти"), &json!(0)));
    assert!(detail["done_at"].is_string());
    let needs = bench.get("/api/conversations?folder=needs&limit=200").await;
    assert!(needs["rows"].as_array().unwrap().iter().all(|row| row["id"] != id));
}

#[tokio::test]
async fn keys_of_shops_never_come_back() {
    let bench = Bench::start().await;
    let secrets: Vec<String> =
        bench.demo.platforms.shops().iter().flat_map(|shop| shop.secrets.values().cloned()).collect();
    assert!(!secrets.is_empty());
    bench.sync().await;
    let mut shown = String::new();
    for path in ["/api/shops", "/api/shops/1", "/api/doctor", "/api/vault", "/api/home"] {
        shown += &bench.get(path).await.to_string();
    }
    let wrong = json!({"channel": "ozon", "name": "x", "fields": {"client_id": "1"}, "secrets": {"api_key": "canary-of-a-key-0001"},
        "base_url": "http://127.0.0.1:9"});
    let (status, problem) = bench.call(Method::POST, "/api/shops", Some(wrong)).await;
    assert_eq!(status, StatusCode::FAILED_DEPENDENCY, "{problem}");
    shown += &problem.to_string();
    let badly_typed = json!({"channel": "ozon", "name": "x", "secrets": "canary-of-a-key-0001"});
    let (status, problem) = bench.call(Method::POST, "/api/shops", Some(badly_typed)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    shown += &problem.to_string();
    for secret in secrets.iter().map(String::as_str).chain(["canary-of-a-key-0001"]) {
        assert!(!shown.contains(secret));
    }
}

#[tokio::test]
async fn a_shop_can_be_renamed_checked_and_removed() {
    let bench = Bench::start().await;
    let (status, shop) = bench.call(Method::PATCH, "/api/shops/1", Some(json!({"name": "Первый"}))).await;
    assert_eq!((status, &shop["name"]), (StatusCode::OK, &json!("Первый")), "{shop}");
    assert_eq!(bench.call(Method::POST, "/api/shops/1/check", None).await.0, StatusCode::OK);
    let again = &bench.demo.platforms.shops()[0];
    let twin = json!({"channel": again.channel, "name": "x", "fields": again.fields, "secrets": again.secrets, "base_url": again.base_url});
    let (status, problem) = bench.call(Method::POST, "/api/shops", Some(twin)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("already_connected")), "{problem}");
    assert_eq!(bench.call(Method::DELETE, "/api/shops/1", None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(bench.call(Method::GET, "/api/shops/1", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn changes_are_told_with_the_reads_they_spoil() {
    let bench = Bench::start().await;
    let request = Request::get("/api/events").body(Body::empty()).unwrap();
    let response = bench.send(Some(Principal::owner()), request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    bench.call(Method::PUT, "/api/shops/1/sending", Some(json!({"on": false}))).await;
    let event = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(event.starts_with("event: change\n"), "{event}");
    let data: Value =
        serde_json::from_str(event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap()).unwrap();
    assert_eq!(data, json!({"type": "shop", "id": 1, "tags": ["shops"]}));
}

#[tokio::test]
async fn a_listener_that_falls_behind_is_told_to_read_everything_again() {
    let bench = Bench::start().await;
    let request = Request::get("/api/events").body(Body::empty()).unwrap();
    let mut events = bench.send(Some(Principal::owner()), request).await.into_body().into_data_stream();
    for turn in 0..1_100 {
        bench.demo.engine.set_sending(dragoman_domain::ShopId(1), turn % 2 == 0).await.unwrap();
    }
    let event = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(event.contains(r#""type":"behind""#), "{event}");
}

#[tokio::test]
async fn a_backup_and_an_import_report_what_they_did() {
    let bench = Bench::start().await;
    bench.sync().await;
    let target = bench.home.path().join("copy.db");
    let (status, job) = bench.call(Method::POST, "/api/backups", Some(json!({"path": target}))).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{job}");
    let lines = bench.lines(&format!("/api/jobs/{}/lines", job["id"])).await;
    assert_eq!(lines.last().unwrap()["type"], "done", "{lines:?}");
    assert!(target.exists());

    let source = bench.home.path().join("history.jsonl");
    std::fs::write(&source, concat!(
        r#"{"t":"c","id":1,"account":1,"marketplace":"ozon","kind":"chat","buyer":"Анна","created_at":1700000000000}"#, "\n",
        r#"{"t":"m","id":2,"dir":"in","sent_at":1700000000000,"text":"Здравствуйте"}"#, "\n"
    )).unwrap();
    let (_, job) = bench.call(Method::POST, "/api/imports", Some(json!({"format": "jsonl", "path": source}))).await;
    let lines = bench.lines(&format!("/api/jobs/{}/lines", job["id"])).await;
    let result = lines.iter().find(|line| line["type"] == "result").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!((&result["conversations"], &result["messages"]), (&json!(1), &json!(1)));

    let (_, job) =
        bench.call(Method::POST, "/api/imports", Some(json!({"format": "jsonl", "path": "/nowhere/at/all"}))).await;
    let lines = bench.lines(&format!("/api/jobs/{}/lines", job["id"])).await;
    assert_eq!(lines.last().unwrap()["problem"]["code"], "file_unusable");
}
