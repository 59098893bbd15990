//! Files in and out of the Router.

use axum::body::Body;
use dragoman_api::Principal;
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, read};

async fn upload(bench: &Bench, name: &str, sort: &str, bytes: Vec<u8>, key: Uuid) -> (StatusCode, Value) {
    let request = Request::post(format!("/api/uploads?name={name}"))
        .header(header::CONTENT_TYPE, sort)
        .header("idempotency-key", key.to_string())
        .body(Body::from(bytes))
        .unwrap();
    read(bench.send(Some(Principal::owner()), request).await).await
}

#[tokio::test]
async fn a_file_is_taken_in_as_bytes_once_per_key() {
    let bench = Bench::start().await;
    let key = Uuid::now_v7();
    let text = || "накладная".as_bytes().to_vec();
    let (status, taken) = upload(&bench, "..%2Fa.txt", "application/octet-stream", text(), key).await;
    assert_eq!(status, StatusCode::CREATED, "{taken}");
    assert_eq!(taken, json!({"id": key.to_string(), "name": "_a.txt", "mime": "text/plain", "size": 18}));
    assert_eq!(upload(&bench, "..%2Fa.txt", "application/octet-stream", text(), key).await.1, taken);

    let (status, problem) = upload(&bench, "a.txt", "application/json", text(), Uuid::now_v7()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("not_bytes")));
    let (status, problem) = upload(&bench, "a.txt", "application/octet-stream", Vec::new(), Uuid::now_v7()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("files_refused")));
    assert_eq!(problem["params"]["reason"], "empty");
    let huge = vec![0; (64 << 20) + 1];
    let (status, problem) = upload(&bench, "a.bin", "application/octet-stream", huge, Uuid::now_v7()).await;
    assert_eq!((status, &problem["params"]["limit"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!(64 << 20)));

    let request = Request::get(format!("/api/uploads/{key}/preview")).body(Body::empty()).unwrap();
    let (_, problem) = read(bench.send(Some(Principal::owner()), request).await).await;
    assert_eq!(problem["code"], "no_picture");
}

#[tokio::test]
async fn an_answer_with_a_file_the_platform_does_not_take_is_not_queued() {
    let bench = Bench::start().await;
    bench.sync().await;
    let page = bench.get("/api/conversations?folder=needs&kind=question&limit=1").await;
    let id = &page["rows"][0]["id"];
    let (_, taken) = upload(&bench, "a.txt", "application/octet-stream", b"words".to_vec(), Uuid::now_v7()).await;
    let body = json!({"action": "reply", "text": "Да", "files": [taken["id"]], "undo_s": 0});
    let (status, problem) = bench.call(Method::POST, &format!("/api/conversations/{id}/actions"), Some(body)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("files_refused")), "{problem}");
    assert_eq!(problem["params"]["reason"], "not_taken");
    assert_eq!(bench.get("/api/outbox?all=true").await["rows"], json!([]));
}

#[tokio::test]
async fn an_attachment_that_is_not_there_is_told_so() {
    let bench = Bench::start().await;
    let request = Request::get("/api/messages/1/attachments/0").body(Body::empty()).unwrap();
    let (status, problem) = read(bench.send(Some(Principal::owner()), request).await).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")), "{problem}");
}
