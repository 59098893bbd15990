//! One call, the same in this process and from another one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dragoman_api::{ErrorCode, Principal, Problem};
use dragoman_hub::{Api, Endpoint, Server};
use futures::StreamExt;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

fn router() -> Router {
    Router::new()
        .route("/api/home", get(|| async { Json(json!({"demo": false})) }))
        .route("/api/echo", post(echo))
        .route("/api/fail", get(|| async { Problem::new(ErrorCode::WrongState, "no").with("state", "sent") }))
        .route("/api/lines", get(|| async { "{\"n\":1}\n{\"n\":2}\n" }))
        .route("/api/nothing", get(|| async { http::StatusCode::NO_CONTENT }))
}

async fn echo(request: Request) -> Response {
    let owner = request.extensions().get::<Principal>() == Some(&Principal::owner());
    let keyed = request.headers().get("idempotency-key").is_some();
    let body: Value = serde_json::from_slice(&axum::body::to_bytes(request.into_body(), 1024).await.unwrap()).unwrap();
    Json(json!({"owner": owner, "keyed": keyed, "body": body})).into_response()
}

#[tokio::test]
async fn owner_and_client_get_the_same_answers() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(router(), 0).await.unwrap();
    let endpoint = Endpoint {
        pid: std::process::id(),
        url: server.url().to_owned(),
        token: server.bearer().clone(),
        started_at: Timestamp::UNIX_EPOCH,
    };
    let _published = endpoint.publish(home.path()).unwrap();
    for api in [Api::local(router()), Api::connect(home.path()).await.unwrap()] {
        let echoed = api.call(Method::POST, "/api/echo", Some(json!({"text": "Добрый день"}))).await.unwrap();
        assert_eq!(echoed, json!({"owner": true, "keyed": true, "body": {"text": "Добрый день"}}));

        let problem = api.call(Method::GET, "/api/fail", None).await.unwrap_err();
        assert_eq!((problem.code, &problem.params["state"]), (ErrorCode::WrongState, &json!("sent")));

        let lines: Vec<_> = api.stream("/api/lines").await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(lines, [json!({"n": 1}), json!({"n": 2})]);

        assert_eq!(api.call(Method::GET, "/api/nothing", None).await.unwrap(), Value::Null);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_owner_that_is_gone_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(router(), 0).await.unwrap();
    let endpoint = Endpoint {
        pid: 1,
        url: server.url().to_owned(),
        token: server.bearer().clone(),
        started_at: Timestamp::UNIX_EPOCH,
    };
    let _left_behind = endpoint.publish(home.path()).unwrap();
    server.stop().await;
    assert_eq!(Api::connect(home.path()).await.unwrap_err().code, ErrorCode::HomeInUse);
}
