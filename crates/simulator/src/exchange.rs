//! One request to a platform from beginning to end: faults, the act, the acceptance log, the answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    acceptance::AcceptanceLog,
    clock::{Busy, Clock},
    faults::{Fault, HeaderForm, Picker, Seen, Treatment, damage},
    platform::{Answer, Call, Content, Platform, Wish},
    sync::lock,
    time::after,
    wire::{Body, BreakOff, Ending, Part},
};

/// A platform as the listeners and the control URL share it.
pub(crate) type Shared = Arc<Mutex<dyn Platform>>;

/// Requests remembered for the control URL; older ones are dropped.
const REMEMBERED: usize = 20_000;

/// What all platforms of a simulator have in common.
#[derive(Debug)]
pub(crate) struct Common {
    pub clock: Arc<Clock>,
    pub picker: Mutex<Picker>,
    pub log: Mutex<AcceptanceLog>,
    pub seen: Mutex<VecDeque<Received>>,
    pub seed: u64,
}

/// One request a platform received, as `GET /control/requests` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Virtual time of arrival.
    pub at: Timestamp,
    /// `wildberries` or `ozon`.
    pub channel: &'static str,
    /// Shop of the credentials, if they name one.
    pub shop: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// What it would write.
    pub action: Option<&'static str>,
    /// Status answered; 0 when the connection was broken off or left silent.
    pub status: u16,
}

/// What leaves the simulator.
enum Leaving {
    Response(Response<Body>),
    Silence,
}

/// Answers one request; the act itself goes on even if the client leaves meanwhile, as it would on a real server.
pub(crate) async fn exchange(common: Arc<Common>, platform: Shared, request: Request<Incoming>) -> Response<Body> {
    let busy = common.clock.busy();
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        let gone = BreakOff { after: Part::Response(0), how: Ending::Close };
        return broken_off(gone, Response::new(whole(Bytes::new())));
    };
    let call = Call {
        at: common.clock.now(),
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        method: head.method,
        headers: head.headers,
        body: body.to_bytes(),
    };
    match tokio::spawn(process(common, platform, call, busy)).await {
        Ok(Leaving::Response(response)) => response,
        Ok(Leaving::Silence) => std::future::pending().await,
        Err(error) => {
            tracing::error!(%error, "the simulator failed on a request");
            let mut response = Response::new(whole(Bytes::new()));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

async fn process(common: Arc<Common>, platform: Shared, mut call: Call, mut busy: Busy) -> Leaving {
    let (channel, pages, shop, intent) = {
        let mut platform = lock(&platform);
        platform.settle(call.at);
        (platform.channel(), platform.pages(), platform.shop(&call), platform.intent(&call))
    };
    let treatment = lock(&common.picker).pick(&Seen {
        channel,
        method: call.method.as_str(),
        path: &call.path,
        shop: shop.as_deref(),
        action: intent.as_ref().map(|write| write.action),
        text: intent.as_ref().and_then(|write| write.text.as_deref()),
        at: call.at,
    });
    let arrived = call.at;
    if treatment.before.is_positive() {
        busy = busy.wait_until(after(call.at, treatment.before)).await;
        call.at = common.clock.now();
    }
    // A stopped simulator must not accept anything that its log would then miss.
    if common.clock.is_closed() {
        return Leaving::Silence;
    }
    let answer = act(&common, &platform, &call, &treatment, shop.as_deref());
    if treatment.after.is_positive() {
        busy = busy.wait_until(after(call.at, treatment.after)).await;
    }
    let status = match treatment.fault {
        Some(Fault::AcceptThenSilence | Fault::AcceptThenReset { .. } | Fault::AcceptThenCutBody) => 0,
        Some(Fault::AcceptThenStatus { status }) => status,
        _ => answer.status.as_u16(),
    };
    remember(
        &common,
        Received {
            at: arrived,
            channel,
            shop,
            method: call.method.to_string(),
            path: call.path,
            action: intent.map(|write| write.action),
            status,
        },
    );
    drop(busy);
    finish(answer, treatment.fault, pages)
}

/// Lets the platform act, unless a fault stands before it, and logs what it accepted under the same lock.
fn act(common: &Common, platform: &Shared, call: &Call, treatment: &Treatment, shop: Option<&str>) -> Answer {
    let mut platform = lock(platform);
    match &treatment.fault {
        Some(Fault::RefuseThenStatus { status, message }) => {
            return platform.error(call, code(*status), message.as_deref());
        }
        Some(Fault::TokenRevoked) => return platform.error(call, StatusCode::UNAUTHORIZED, None),
        Some(Fault::Redirect { to }) => {
            return Answer::bytes(StatusCode::FOUND, "text/html", "").with(header::LOCATION, to);
        }
        Some(Fault::RateLimit { header, seconds }) => {
            let answer = platform.error(call, StatusCode::TOO_MANY_REQUESTS, None);
            return limited(answer, *header, *seconds, call.at, platform.retry_header());
        }
        _ => {}
    }
    if let Some(text) = &treatment.human {
        platform.human_answers(call, text);
    }
    platform.settle(call.at);
    let outcome = platform.answer(call, &Wish::from(treatment));
    if let (Some(write), Some(shop)) = (outcome.accepted, shop) {
        lock(&common.log).append(call.at, platform.channel(), shop, write);
    }
    outcome.answer
}

fn limited(answer: Answer, form: HeaderForm, seconds: i64, now: Timestamp, own: HeaderName) -> Answer {
    match form {
        HeaderForm::Absent => answer,
        HeaderForm::Platform => answer.with(own, seconds),
        HeaderForm::Seconds => answer.with(header::RETRY_AFTER, seconds),
        HeaderForm::Negative => answer.with(header::RETRY_AFTER, -seconds),
        HeaderForm::Huge => answer.with(header::RETRY_AFTER, "99999999999999999999"),
        HeaderForm::Garbage => answer.with(header::RETRY_AFTER, "soon"),
        HeaderForm::Date => {
            let at = after(now, jiff::SignedDuration::from_secs(seconds));
            answer.with(header::RETRY_AFTER, at.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        }
    }
}

/// Gives the answer the form the fault asks for.
fn finish(answer: Answer, fault: Option<Fault>, pages: &[&str]) -> Leaving {
    let response = match fault {
        Some(Fault::AcceptThenSilence) => return Leaving::Silence,
        Some(Fault::AcceptThenReset { after_bytes }) => {
            broken_off(BreakOff { after: Part::Response(after_bytes), how: Ending::Reset }, response(answer))
        }
        Some(Fault::AcceptThenCutBody) => {
            let whole = response(answer);
            let half = whole.body().size_hint().exact().unwrap_or_default() / 2;
            broken_off(BreakOff { after: Part::Body(half), how: Ending::Close }, whole)
        }
        Some(Fault::AcceptThenStatus { status }) => response(gateway_page(status)),
        Some(Fault::BrokenBody { how }) => match answer.content {
            Content::Json(body) => {
                let (bytes, content_type) = damage::damaged(how, body, pages);
                response(Answer { content: Content::Bytes(bytes), content_type, ..answer })
            }
            Content::Bytes(_) => response(answer),
        },
        Some(Fault::BadItem) => match answer.content {
            Content::Json(body) => {
                response(Answer { content: Content::Json(damage::with_bad_item(body, pages)), ..answer })
            }
            Content::Bytes(_) => response(answer),
        },
        Some(Fault::SlowBytes { bytes, pause_ms }) => slow(response(answer), bytes, Duration::from_millis(pause_ms)),
        _ => response(answer),
    };
    Leaving::Response(response)
}

fn response(answer: Answer) -> Response<Body> {
    let bytes = match answer.content {
        Content::Json(body) => body.to_string().into(),
        Content::Bytes(bytes) => bytes,
    };
    let mut response = Response::new(whole(bytes));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response.headers_mut().extend(answer.headers);
    response
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}

fn broken_off(order: BreakOff, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(order);
    response
}

/// What a proxy in front of a platform says when it has lost the platform.
fn gateway_page(status: u16) -> Answer {
    let status = code(status);
    Answer::bytes(
        status,
        "text/html",
        format!("<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"),
    )
}

fn slow(response: Response<Body>, bytes: usize, pause: Duration) -> Response<Body> {
    let (head, body) = response.into_parts();
    let pieces = futures::stream::once(body.collect()).flat_map(move |whole| {
        let whole = whole.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let pieces: Vec<Bytes> = whole.chunks(bytes.max(1)).map(Bytes::copy_from_slice).collect();
        futures::stream::iter(pieces)
    });
    let paced = pieces.then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(piece))
    });
    Response::from_parts(head, StreamBody::new(paced).boxed_unsync())
}

/// A status from a plan; what is not one becomes 500.
fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn remember(common: &Common, received: Received) {
    let mut seen = lock(&common.seen);
    if seen.len() == REMEMBERED {
        seen.pop_front();
    }
    seen.push_back(received);
}
