//! The page: files built into the program, and the answer for addresses that are nothing.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Uri, header};
use include_dir::{Dir, include_dir};

use crate::problem::{ErrorCode, Problem};

static FILES: Dir<'_> = include_dir!("$DRAGOMAN_PAGE");

pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let name = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let found = FILES.get_file(name).zip(media_type(name));
    let Some((file, media_type)) = found else {
        return Problem::new(ErrorCode::NotFound, "there is nothing at this address").into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        return Problem::new(ErrorCode::MethodNotAllowed, "the page can only be read").into_response();
    }
    // Names of assets change with their contents. Everything else is asked for each time, so that a new version of the program
    // is a new page.
    let kept = if name.starts_with("assets/") { "max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    (headers, file.contents()).into_response()
}

/// What a browser may take a file for; other kinds of files are not part of the page.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
