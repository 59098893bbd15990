//! The three error families of Wildberries with their dialects, and the marketplace's own fourth.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::{Answer, Call};

/// Request ids look random but follow from the moment, so that equal runs give equal answers.
fn request_id(at: Timestamp) -> Uuid {
    Uuid::from_u64_pair(at.as_nanosecond() as u64, 0x9e37_79b9_7f4a_7c15)
}

/// Family 1: the gateway in front of all hosts.
pub(crate) fn gateway(at: Timestamp, status: StatusCode, detail: &str) -> Answer {
    let words = status.canonical_reason().unwrap_or("Unknown");
    let body = json!({
        "title": words.to_lowercase(),
        "detail": detail,
        "code": "07e4668e--a53a3d31f8b0-[UK-oWaVDUqNrKG]; 03bce=277; 84bd353bf-75",
        "requestId": request_id(at).simple().to_string(),
        "origin": "s2s-api-auth-catalog",
        "status": status.as_u16(),
        "statusText": words,
        "timestamp": format!("{at:.0}"),
    });
    Answer { content_type: "application/problem+json", ..Answer::json(status, body) }
}

/// Family 1 when a catalogue service has run out of money: two fields and nothing else.
pub(crate) fn unpaid(detail: &str) -> Answer {
    let body = json!({ "title": "payment required", "detail": detail });
    Answer { content_type: "application/problem+json", ..Answer::json(StatusCode::PAYMENT_REQUIRED, body) }
}

/// Family 2: the envelope of the feedbacks host.
pub(crate) fn envelope(at: Timestamp, status: StatusCode, text: &str) -> Answer {
    let body = json!({
        "data": null,
        "error": true,
        "errorText": text,
        "additionalErrors": null,
        "requestId": request_id(at).to_string(),
    });
    Answer::json(status, body)
}

/// Family 2 when all is well.
pub(crate) fn success(data: Value) -> Answer {
    Answer::ok(json!({ "data": data, "error": false, "errorText": "", "additionalErrors": null }))
}

/// Family 3: the short problem.
pub(crate) fn short(at: Timestamp, status: StatusCode, title: &str, detail: &str) -> Answer {
    let id = request_id(at).to_string();
    Answer::json(status, json!({ "title": title, "detail": detail, "requestId": id, "origin": "seller" }))
}

/// Family 3 before the answers to reviews; an edit's refusal calls itself a problem, as all the listed ones of that method.
pub(crate) fn review(call: &Call, status: StatusCode, detail: &str) -> Answer {
    let id = request_id(call.at).simple().to_string();
    let body = json!({ "title": "bad request", "detail": detail, "requestId": id, "origin": "fbapi" });
    let editing = call.method == Method::PATCH;
    let content_type = if editing { "application/problem+json" } else { "application/json" };
    Answer { content_type, ..Answer::json(status, body) }
}

/// Family 3 before the buyer chat: the detail is there twice, except when a file was refused.
pub(crate) fn chat(call: &Call, status: StatusCode, detail: &str) -> Answer {
    let refused = status == StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS;
    let mut body = json!({
        "status": status.as_u16(),
        "title": if refused { "Unavailable for Legal Reasons" } else { status.canonical_reason().unwrap_or("Unknown") },
        "origin": "proxy-chats",
        "detail": detail,
        "requestId": request_id(call.at).simple().to_string(),
    });
    if let (false, Some(fields)) = (refused, body.as_object_mut()) {
        fields.insert("error".to_owned(), json!(detail));
    }
    let answer = Answer::json(status, body);
    // Readings do not call their refusal a problem, as sending does (specification, 2026-10).
    if refused || call.method == Method::POST {
        return Answer { content_type: "application/problem+json", ..answer };
    }
    answer
}

/// Family 3 before the claims: three fields, a problem for readings only.
pub(crate) fn returns(call: &Call, status: StatusCode, title: &str, detail: &str) -> Answer {
    let body = json!({ "title": title, "detail": detail, "requestId": request_id(call.at).to_string() });
    let reading = call.method == Method::GET;
    let content_type = if reading { "application/problem+json" } else { "application/json; charset=utf-8" };
    Answer { content_type, ..Answer::json(status, body) }
}

/// Family 2 as the content host has it: further errors by name, or in words when access is denied.
pub(crate) fn content(status: StatusCode, text: &str) -> Answer {
    let more = if status == StatusCode::FORBIDDEN { json!(text) } else { json!({}) };
    Answer::json(status, json!({ "data": null, "error": true, "errorText": text, "additionalErrors": more }))
}

/// Assembly orders have a form of their own.
pub(crate) fn marketplace(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(status, json!({ "code": code, "message": message, "data": null }))
}
