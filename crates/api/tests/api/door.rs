//! Who gets in, and what every answer has in common.

use axum::body::Body;
use dragoman_api::{Principal, document};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, powerless, read};

/// Every operation of the document: method, path with numbers filled in, and the described statuses.
fn operations() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            all.push((
                method,
                path.replace("{id}", "1").replace("{key}", "1").replace("{place}", "0"),
                operation.clone(),
            ));
        }
    }
    all
}

fn request(method: &Method, path: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("idempotency-key", Uuid::now_v7().to_string())
        .body(Body::from("{}"))
        .unwrap()
}

#[tokio::test]
async fn every_route_refuses_nobody_and_somebody_without_its_permission() {
    let bench = Bench::start().await;
    let all = operations();
    assert!(all.len() > 30, "{} operations", all.len());
    for (method, path, operation) in all {
        let (status, body) = read(bench.send(None, request(&method, &path)).await).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &json!("signed_out")), "{method} {path}");
        let (status, body) = read(bench.send(Some(powerless()), request(&method, &path)).await).await;
        assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")), "{method} {path}");
        assert_eq!(body["params"]["permission"], operation["x-permission"], "{method} {path}");
    }
    let (status, _) = read(bench.send(None, request(&Method::GET, "/api/openapi.json")).await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_operation_describes_its_failures_and_its_cached_reads() {
    for (method, path, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap();
        for status in ["400", "401", "403", "404", "429", "500", "503"] {
            let problem = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{method} {path} {status}");
        }
        let about = if method == Method::GET { "x-provides" } else { "x-spoils" };
        assert!(operation[about].is_array(), "{method} {path} lacks {about}");
        assert!(operation["summary"].is_string(), "{method} {path} has no summary");
    }
}

#[tokio::test]
async fn every_change_needs_a_key() {
    let bench = Bench::start().await;
    for (method, path, _) in operations().into_iter().filter(|(method, ..)| method != Method::GET) {
        for key in ["", "7", "00000000-0000-0000-0000-000000000000"] {
            let mut request = request(&method, &path);
            request.headers_mut().remove("idempotency-key");
            if !key.is_empty() {
                request.headers_mut().insert("idempotency-key", key.parse().unwrap());
            }
            let (status, body) = read(bench.send(Some(Principal::owner()), request).await).await;
            assert_eq!(
                (status, &body["code"]),
                (StatusCode::BAD_REQUEST, &json!("key_missing")),
                "{method} {path} {key}"
            );
        }
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_request_comes_back_as_a_problem_document() {
    let bench = Bench::start().await;
    let post = |path: &str, media_type: &str, body: String| {
        Request::post(path)
            .header("content-type", media_type)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .body(Body::from(body))
            .unwrap()
    };
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let json = "application/json";
    let table = [
        ("no such route", get("/api/nothing"), 404, "not_found"),
        ("no such file", get("/nothing.js"), 404, "not_found"),
        ("a way out of the folder", get("/../Cargo.toml"), 404, "not_found"),
        ("other method", request(&Method::DELETE, "/api/home"), 405, "method_not_allowed"),
        ("the page cannot be written", request(&Method::PUT, "/index.html"), 405, "method_not_allowed"),
        ("a word for a number", get("/api/shops/one"), 400, "bad_request"),
        ("a number past all numbers", get("/api/shops/99999999999999999999"), 400, "bad_request"),
        ("no such shop", get("/api/shops/777"), 404, "not_found"),
        ("no such conversation", get("/api/conversations/777777"), 404, "not_found"),
        ("no such item", get("/api/outbox/777777"), 404, "not_found"),
        ("no such job", get("/api/jobs/777"), 404, "not_found"),
        ("no such picture", get("/api/shops/1/products/777/picture"), 404, "not_found"),
        ("a strange folder", get("/api/conversations?folder=attic"), 400, "bad_request"),
        ("an unknown question", get("/api/conversations?colour=red"), 400, "bad_request"),
        ("too many rows", get("/api/conversations?limit=201"), 400, "bad_request"),
        ("no rows", get("/api/search?q=a&limit=0"), 400, "bad_request"),
        ("no query", get("/api/search"), 400, "bad_request"),
        ("a made-up cursor", get("/api/conversations?after=abc"), 400, "bad_cursor"),
        ("a cursor of another list", get("/api/search?q=a&after=e30"), 400, "bad_cursor"),
        ("a query past all bounds", get(&format!("/api/search?q={}", "a".repeat(5000))), 400, "bad_request"),
        ("cut JSON", post("/api/sync", json, "{".to_owned()), 400, "bad_request"),
        ("another shape", post("/api/sync", json, "[]".to_owned()), 400, "bad_request"),
        ("an unknown field", post("/api/sync", json, r#"{"fast":true}"#.to_owned()), 400, "bad_request"),
        ("no JSON", post("/api/sync", "text/plain", "{}".to_owned()), 415, "not_json"),
        ("a body past all bounds", post("/api/sync", json, " ".repeat(2 << 20)), 413, "too_large"),
        ("a path from nowhere", post("/api/backups", json, r#"{"path":"here.db"}"#.to_owned()), 422, "invalid"),
    ];
    for (what, request, status, code) in table {
        let response = bench.send(Some(Principal::owner()), request).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{what}");
        let (found, body) = read(response).await;
        assert_eq!((found.as_u16(), body["code"].as_str()), (status, Some(code)), "{what}: {body}");
        for field in ["code", "message", "params", "retry_after_s", "trace"] {
            assert!(body.get(field).is_some(), "{what} lacks {field}");
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let bench = Bench::start().await;
    for path in ["/", "/index.html", "/api/home", "/api/openapi.json", "/api/nothing"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = bench.send(Some(Principal::owner()), request).await;
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], dragoman_api::headers::CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        let stored = if path.starts_with("/api") { "no-store" } else { "no-cache" };
        assert_eq!(headers[header::CACHE_CONTROL], stored, "{path}");
    }
}

#[test]
fn the_policy_is_the_one_that_was_decided() {
    assert_eq!(
        dragoman_api::headers::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' ipc: \
         http://ipc.localhost; frame-src 'self'; base-uri 'none'; form-action 'none'"
    );
}

#[tokio::test]
async fn the_page_is_served_with_all_it_names() {
    let bench = Bench::start().await;
    let get = |path: &str| Request::get(path.to_owned()).body(Body::empty()).unwrap();
    let page = bench.send(Some(Principal::owner()), get("/")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let page = page.into_body().collect().await.unwrap().to_bytes();
    let page = std::str::from_utf8(&page).unwrap();
    // Nothing where the page was not built; its own tests run with it.
    for path in page.split('"').filter(|piece| piece.starts_with('/') && piece.contains('.')) {
        let file = bench.send(Some(Principal::owner()), get(path)).await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        let media_type = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(file.headers()[header::CONTENT_TYPE], media_type, "{path}");
        let kept = if path.starts_with("/assets/") { "max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(file.headers()[header::CACHE_CONTROL], kept, "{path}");
    }
}

#[tokio::test]
async fn a_repeated_change_is_answered_alike_after_a_restart_and_not_done_again() {
    let mut bench = Bench::start().await;
    let (key, path) = (Uuid::now_v7(), "/api/shops/1/sending");
    let on = || Some(json!({ "on": true }));
    let first = bench.call_with_key(Method::PUT, path, on(), key).await;
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);
    let (status, _) = bench.call(Method::PUT, path, Some(json!({ "on": false }))).await;
    assert_eq!(status, StatusCode::OK);
    bench.restart();
    assert_eq!(bench.call_with_key(Method::PUT, path, on(), key).await, first);
    assert_eq!(bench.get("/api/shops/1").await["sending"], false, "it was done before and not now");
    let (status, problem) = bench.call_with_key(Method::PUT, path, Some(json!({ "on": false })), key).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("key_reused")), "{problem}");
}
