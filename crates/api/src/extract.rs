//! Typed input whose refusal is a problem document, and the limits every list shares.

use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::problem::{ErrorCode, Problem};

/// Largest body of a request, in bytes. No text a platform takes comes near it.
pub(crate) const BODY_LIMIT: usize = 1 << 20;
/// Another limit than [`BODY_LIMIT`], put into the requests of the route that has it.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// Rows a list gives when it is not told.
const ROWS: u32 = 50;
/// Rows a list gives at most.
const MOST_ROWS: u32 = 200;

/// Values of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// Values of the query.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

/// A JSON body.
///
/// Not axum's own: its refusal repeats the values it met, and some of ours are keys and passphrases.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(ErrorCode::NotJson, "the body has to be application/json"));
        }
        let bytes = Bytes::from_request(request, state).await?;
        // serde reads a list as an object whose fields may all be left out.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::new(ErrorCode::BadRequest, "the body has to be an object").with("where", "body"));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| unreadable(&error))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    // serde quotes the strings it met; the names of fields stand in backticks and may stay.
    let why = if words.contains('"') { "a value has the wrong type" } else { words.as_str() };
    Problem::new(ErrorCode::BadRequest, format!("the body cannot be read: {why}"))
        .with("where", "body")
        .with("line", error.line())
        .with("column", error.column())
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return too_large(BODY_LIMIT);
        }
        Self::new(ErrorCode::BadRequest, "the body broke off").with("where", "body")
    }
}

/// The refusal of a body that is larger than its route takes.
pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(ErrorCode::TooLarge, format!("a body may have {limit} bytes at most")).with("limit", limit)
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ErrorCode::BadRequest, rejection.body_text()).with("where", "path")
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ErrorCode::BadRequest, rejection.body_text()).with("where", "query")
    }
}

/// The number of one thing. Ours are dense and far below what a browser's numbers hold exactly.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ById {
    /// Its number.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub(crate) id: i64,
}

/// How many rows a page of a list has.
pub(crate) fn rows(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(ROWS) {
        rows @ 1..=MOST_ROWS => Ok(rows),
        _ => Err(Problem::new(ErrorCode::BadRequest, format!("limit: 1 to {MOST_ROWS}")).with("where", "query")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_refused_body_never_repeats_the_values_it_had() {
        let error = serde_json::from_str::<BTreeMap<String, u8>>(r#"{"token":"eyJ-secret"}"#).unwrap_err();
        assert!(error.to_string().contains("eyJ-secret"), "the library repeats it: {error}");
        assert!(!unreadable(&error).message.contains("eyJ-secret"));
    }

    #[test]
    fn pages_have_1_to_200_rows() {
        assert_eq!(rows(None), Ok(ROWS));
        assert_eq!(rows(Some(200)), Ok(200));
        assert!(rows(Some(0)).is_err() && rows(Some(201)).is_err());
    }
}
