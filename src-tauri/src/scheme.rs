//! The page's way to the Router: requests to a scheme of our own, answered in this process.
//!
//! Over the scheme there are no Host, Origin, cookies or redirects, and an answer arrives whole. Who is asking needs no proof here:
//! only the one window reaches the scheme, and it shows nothing but our page.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use dragoman_api::{ErrorCode, KEY_HEADER, Problem};
use http::{HeaderName, Request, header};
use tauri::{UriSchemeContext, UriSchemeResponder, Wry};

use crate::household::{Household, refusal};
use crate::window;

/// The scheme's name; `dragoman` alone is for links that others make.
pub(crate) const NAME: &str = "dragoman-app";

/// Headers the Router reads; everything else is the web view's own affair.
const PASSED: [HeaderName; 5] =
    [header::ACCEPT, header::CONTENT_TYPE, header::IF_NONE_MATCH, header::RANGE, KEY_HEADER];

/// Never ends, and the scheme cannot stream: the window hears of changes over its channel.
const EVENTS: &str = "/api/events";

/// Answers one request of the page.
pub(crate) fn answer(
    household: &Arc<Household>,
    context: &UriSchemeContext<'_, Wry>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let known = context.webview_label() == window::LABEL;
    let household = Arc::clone(household);
    tauri::async_runtime::spawn(async move {
        let answer = match to_router(request).filter(|_| known) {
            Some(request) => household.ask(request).await,
            None => refusal(Problem::new(ErrorCode::NotFound, "the window asks for nothing at this address")).await,
        };
        responder.respond(answer.map(|bytes| Cow::<'static, [u8]>::Owned(bytes.into())));
    });
}

/// The request as the Router takes it: an address without scheme and host, and few headers.
fn to_router(request: Request<Vec<u8>>) -> Option<Request<Bytes>> {
    let (mut parts, body) = request.into_parts();
    let address = parts.uri.path_and_query()?.clone();
    if address.path() == EVENTS {
        return None;
    }
    parts.uri = address.into();
    let mut headers = std::mem::take(&mut parts.headers);
    for name in PASSED {
        if let Some(value) = headers.remove(&name) {
            parts.headers.insert(name, value);
        }
    }
    Some(Request::from_parts(parts, body.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(address: &str) -> Request<Vec<u8>> {
        Request::builder()
            .method("POST")
            .uri(address)
            .header("origin", "dragoman-app://localhost")
            .header("cookie", "a=b")
            .header("authorization", "Bearer x")
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(b"{}".to_vec())
            .unwrap()
    }

    #[test]
    fn the_router_gets_path_query_and_the_headers_it_reads() {
        let taken = to_router(request("dragoman-app://localhost/api/search?q=%D0%B0&limit=2")).unwrap();
        assert_eq!(taken.uri().to_string(), "/api/search?q=%D0%B0&limit=2");
        let mut names: Vec<&str> = taken.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "idempotency-key"]);
        assert_eq!(taken.body(), "{}");
    }

    #[test]
    fn an_answer_that_never_ends_is_not_begun() {
        assert!(to_router(request("dragoman-app://localhost/api/events")).is_none());
        assert!(to_router(request("dragoman-app://localhost/api/events?x")).is_none());
    }
}
