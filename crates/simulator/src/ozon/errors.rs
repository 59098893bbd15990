//! Ozon's errors in gRPC clothing. The pairing of HTTP status and code is partly inferred by the contract.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::platform::{Answer, Call, Content};

pub(crate) fn error(status: StatusCode, code: i32, message: &str) -> Answer {
    Answer::json(status, json!({ "code": code, "message": message, "details": [] }))
}

pub(crate) fn invalid(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, 3, &format!("Request validation error: {message}"))
}

pub(crate) fn not_found(message: &str) -> Answer {
    error(StatusCode::NOT_FOUND, 5, message)
}

pub(crate) fn denied(message: &str) -> Answer {
    error(StatusCode::FORBIDDEN, 7, message)
}

pub(crate) fn conflict(message: &str) -> Answer {
    error(StatusCode::CONFLICT, 10, message)
}

/// The same error with text in `details` in place of a list; what is no error stays as it is.
pub(crate) fn with_details_as_text(mut answer: Answer) -> Answer {
    if let (true, Content::Json(Value::Object(body))) =
        (answer.status.is_client_error() || answer.status.is_server_error(), &mut answer.content)
    {
        body.insert("details".to_owned(), json!(""));
    }
    answer
}

/// The body of a request, or what Ozon says to one it cannot read.
pub(crate) fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Answer> {
    serde_json::from_slice(&call.body).map_err(|error| invalid(&error.to_string()))
}

/// The gRPC code that goes with a status.
pub(crate) fn code(status: StatusCode) -> i32 {
    match status.as_u16() {
        400 => 3,
        401 => 16,
        403 => 7,
        404 => 5,
        409 => 10,
        429 => 8,
        503 => 14,
        _ => 13,
    }
}

/// The words Ozon is known to use for a status.
pub(crate) fn words(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "Request validation error",
        401 => "Invalid Api-Key, please check the key and try again",
        403 => "Api-Key is missing a required role for a method",
        404 => "not found",
        429 => "You have reached request rate limit per second",
        _ => "Internal error",
    }
}
