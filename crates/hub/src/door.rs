//! What is asked of a request before anything is routed.
//!
//! A server on 127.0.0.1 can be reached by every page the person has open: through a name that was pointed here
//! (rebinding), by forms and plain requests that browsers send without asking, and from other ports of this machine,
//! which count as the same site for cookies. So the name, the origin and the kind of request are checked first, and a
//! cookie alone never changes anything.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use dragoman_api::headers::protect;
use dragoman_api::{ErrorCode, Principal, Problem};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::sign_in::{Refused, SignIn};
use crate::token::{Digest, Token};

const SIGNED_OUT_PAGE: &str = include_str!("signed_out.html");
/// Where that page finds its style: the page's own files are behind the door.
const SIGNED_OUT_LOOK: &str = "/signed-out.css";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Everything the checks need to know of the server they stand before.
pub(crate) struct Door {
    hosts: [String; 2],
    cookie: String,
    bearer: Digest,
    sign_in: Mutex<SignIn>,
}

impl Door {
    pub(crate) fn new(port: u16, bearer: &Token) -> Self {
        Self {
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            // Browsers send cookies to every port of a host, so the port is part of the name.
            cookie: format!("dragoman_{port}"),
            bearer: bearer.digest(),
            sign_in: Mutex::default(),
        }
    }

    /// A fresh link that signs one browser in, once.
    pub(crate) fn link(&self) -> Result<String, getrandom::Error> {
        let code = Token::random()?;
        self.with_sign_in(|sign_in, now| sign_in.add_code(&code, now));
        let [host, ..] = &self.hosts;
        Ok(format!("http://{host}/sign-in?code={}", code.expose()))
    }

    fn with_sign_in<T>(&self, f: impl FnOnce(&mut SignIn, Instant) -> T) -> T {
        f(&mut self.sign_in.lock().unwrap_or_else(PoisonError::into_inner), Instant::now())
    }

    /// Refuses what did not come from our own page or a program of this machine.
    fn check(&self, parts: &Parts) -> Result<(), Problem> {
        let foreign = |why: &str| Err(Problem::new(ErrorCode::ForeignRequest, why));
        if parts.uri.authority().is_some() || !parts.uri.path().starts_with('/') {
            return foreign("only addresses that begin with / are taken");
        }
        let Some(host) = only(&parts.headers, &header::HOST).filter(|host| self.hosts.iter().any(|ours| ours == host))
        else {
            return foreign("the request was made to another name than this server's");
        };
        if parts.headers.contains_key(header::UPGRADE) {
            return foreign("connections are not upgraded");
        }
        if parts.headers.contains_key(header::ORIGIN)
            && only(&parts.headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://")) != Some(host)
        {
            return foreign("the request comes from another page");
        }
        // Other ports of this machine are `same-site`; their pages are as foreign as any.
        if parts.headers.contains_key(&SEC_FETCH_SITE)
            && !matches!(only(&parts.headers, &SEC_FETCH_SITE), Some("same-origin" | "none"))
        {
            return foreign("the request comes from another site");
        }
        Ok(())
    }

    /// Who is asking. A browser that changes something has to show that it is our page that asks.
    fn identify(&self, parts: &Parts) -> Result<Principal, Problem> {
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let token = only(&parts.headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
            if token.map(Digest::of) != Some(self.bearer) {
                return Err(Problem::new(ErrorCode::SignedOut, "this token is not known here"));
            }
            if changes && has_body(&parts.headers) && !is_expected(parts) {
                return Err(not_json());
            }
            return Ok(Principal::owner());
        }
        if !cookies(&parts.headers, &self.cookie).any(|value| self.with_sign_in(|s, now| s.recognise(value, now))) {
            return Err(Problem::new(ErrorCode::SignedOut, "open the sign-in link first"));
        }
        if changes && !parts.headers.contains_key(header::ORIGIN) {
            return Err(Problem::new(ErrorCode::ForeignRequest, "the request does not say which page it comes from"));
        }
        if changes && !is_expected(parts) {
            return Err(not_json());
        }
        Ok(Principal::owner())
    }

    /// What is asked before anybody is signed in: a link for another browser, or the way in with one.
    fn sign_in(&self, parts: &Parts) -> Response {
        match parts.method {
            Method::GET => self.redeem(parts),
            Method::POST => self.hand_out(parts),
            _ => not_taken("GET, POST"),
        }
    }

    /// Gives a fresh link to our other processes. Browsers are none of them, signed in or not.
    fn hand_out(&self, parts: &Parts) -> Response {
        let asked = if parts.headers.contains_key(header::AUTHORIZATION) {
            self.identify(parts).map(drop)
        } else {
            Err(Problem::new(ErrorCode::SignedOut, "only a program of this machine gets a sign-in link"))
        };
        match asked.map(|()| self.link()) {
            Ok(Ok(link)) => Json(serde_json::json!({ "sign_in": link })).into_response(),
            Ok(Err(_)) => Problem::new(ErrorCode::Internal, "the system gives no randomness").into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    /// Spends the code of a sign-in link on a cookie.
    fn redeem(&self, parts: &Parts) -> Response {
        let code = parts.uri.query().and_then(|query| query.strip_prefix("code=")).unwrap_or_default();
        let Ok(session) = Token::random() else {
            return Problem::new(ErrorCode::Internal, "the system gives no randomness").into_response();
        };
        match self.with_sign_in(|sign_in, now| sign_in.redeem(code, &session, now)) {
            Ok(()) => {
                let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie, session.expose());
                let cookie = HeaderValue::try_from(cookie).map(|mut value| {
                    value.set_sensitive(true);
                    value
                });
                match cookie {
                    Ok(cookie) => (
                        StatusCode::SEE_OTHER,
                        [(header::SET_COOKIE, cookie), (header::LOCATION, HeaderValue::from_static("/"))],
                    )
                        .into_response(),
                    Err(_) => Problem::new(ErrorCode::Internal, "the cookie cannot be written").into_response(),
                }
            }
            Err(Refused::Unknown) => signed_out_page(),
            Err(Refused::Throttled(left)) => {
                Problem::new(ErrorCode::TooManyRequests, "too many wrong sign-in codes; wait and open a fresh link")
                    .retry_after(u32::try_from(left.as_secs()).unwrap_or(u32::MAX).max(1))
                    .into_response()
            }
        }
    }

    /// Lets a request through to the Router with its principal, or answers it here.
    fn admit(&self, parts: &Parts) -> ControlFlow<Response, Principal> {
        if !METHODS.contains(&parts.method) {
            return ControlFlow::Break(not_taken("GET, HEAD, POST, PUT, PATCH, DELETE"));
        }
        if let Err(problem) = self.check(parts) {
            return ControlFlow::Break(problem.into_response());
        }
        match parts.uri.path() {
            "/sign-in" => return ControlFlow::Break(self.sign_in(parts)),
            SIGNED_OUT_LOOK => return ControlFlow::Break(look()),
            _ => {}
        }
        match self.identify(parts) {
            Ok(principal) => ControlFlow::Continue(principal),
            Err(problem) => {
                let page = !parts.uri.path().starts_with("/api") && parts.method == Method::GET;
                let signed_out = problem.code == ErrorCode::SignedOut;
                ControlFlow::Break(if page && signed_out { signed_out_page() } else { problem.into_response() })
            }
        }
    }
}

/// The layer that stands before the Router.
pub(crate) async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match door.admit(&parts) {
        ControlFlow::Continue(principal) => {
            parts.extensions.insert(principal);
            next.run(Request::from_parts(parts, body)).await
        }
        ControlFlow::Break(response) => protect(response),
    }
}

fn signed_out_page() -> Response {
    (StatusCode::UNAUTHORIZED, Html(SIGNED_OUT_PAGE)).into_response()
}

fn look() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], include_str!("signed_out.css"))
        .into_response()
}

fn not_taken(methods: &'static str) -> Response {
    let problem = Problem::new(ErrorCode::MethodNotAllowed, "this address takes other methods");
    ([(header::ALLOW, methods)], problem).into_response()
}

fn not_json() -> Problem {
    Problem::new(ErrorCode::NotJson, "the body has to be application/json")
}

/// The value of a header that came exactly once, as text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Whether a body is of the kind its route takes. Bytes go to one route only; a foreign page can send neither kind without asking
/// first, and is never answered.
fn is_expected(parts: &Parts) -> bool {
    let bytes = only(&parts.headers, &header::CONTENT_TYPE) == Some("application/octet-stream");
    is_json(&parts.headers) || (bytes && parts.uri.path() == "/api/uploads")
}

fn is_json(headers: &HeaderMap) -> bool {
    only(headers, &header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The values of a cookie. Another port of this machine can plant one of the same name, so all of them are looked at.
fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
