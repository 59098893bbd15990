//! The control URL: state, acceptance log, fault plan, buyers and the virtual clock, as JSON over HTTP.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Accepted, ClockMode, FaultPlan,
    exchange::{Common, Received, Shared},
    faults::Picker,
    platform::{Deed, Extra, Unknown},
    sync::lock,
    time::after_seconds,
};

/// A waiting client hears from us at least this often, in real time, so that no proxy or timeout ends its wait.
const LONGEST_POLL: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Control {
    pub common: Arc<Common>,
    pub platforms: Vec<Shared>,
}

pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .route("/control/state", get(state))
        .route("/control/accepted", get(accepted))
        .route("/control/requests", get(requests))
        .route("/control/plan", post(plan))
        .route("/control/buyer", post(buyer))
        .route("/control/cabinet", post(cabinet))
        .route("/control/shop", post(shop))
        .route("/control/clock", post(clock))
        .route("/clock", get(now))
        .route("/clock/wait", get(wait))
        .with_state(control)
}

async fn state(State(control): State<Control>) -> Json<Value> {
    let common = &control.common;
    let now = common.clock.now();
    let mut platforms = serde_json::Map::new();
    for platform in &control.platforms {
        let mut platform = lock(platform);
        platform.settle(now);
        let mut state = platform.describe(now);
        if let Some(fields) = state.as_object_mut() {
            let variants: Vec<Value> = platform
                .shops("")
                .into_iter()
                .map(|shop| json!({ "name": shop.name, "secrets": shop.variants }))
                .collect();
            fields.insert("variants".to_owned(), variants.into());
        }
        platforms.insert(platform.channel().to_owned(), state);
    }
    Json(json!({
        "now": now,
        "mode": common.clock.mode(),
        "waits": common.clock.waits(),
        "plan": lock(&common.picker).plan(),
        "accepted": lock(&common.log).entries().len(),
        "requests": lock(&common.seen).len(),
        "platforms": platforms,
    }))
}

async fn accepted(State(control): State<Control>) -> Json<Vec<Accepted>> {
    Json(lock(&control.common.log).entries().to_vec())
}

async fn requests(State(control): State<Control>) -> Json<Vec<Received>> {
    Json(lock(&control.common.seen).iter().cloned().collect())
}

/// JSON as in the file form; TOML is taken too, told apart by the first character.
async fn plan(State(control): State<Control>, body: String) -> Response {
    let common = &control.common;
    match FaultPlan::parse(&body) {
        Ok(plan) => {
            let rules = plan.rules.len();
            *lock(&common.picker) = Picker::new(plan, common.seed, common.clock.now());
            Json(json!({ "rules": rules })).into_response()
        }
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[derive(Debug, Deserialize)]
struct BuyerWrites {
    shop: String,
    /// What a new conversation is to be; without it what the platform is about first, a question or a chat.
    kind: Option<String>,
    conversation: Option<String>,
    text: String,
    /// Stars of a review.
    stars: Option<u8>,
    /// What comes with the words.
    #[serde(default)]
    with: Vec<String>,
}

async fn buyer(State(control): State<Control>, Json(request): Json<BuyerWrites>) -> Response {
    let now = control.common.clock.now();
    let written = first_that_knows(&control, |platform| {
        platform.settle(now);
        let id = match (&request.kind, &request.conversation) {
            (Some(kind), None) => platform.buyer_begins(&request.shop, kind, &request.text, now),
            (_, conversation) => platform.buyer_writes(&request.shop, conversation.as_deref(), &request.text, now),
        }?;
        let attachments = request.with.iter().map(|name| Extra::Attachment(name));
        for extra in request.stars.map(Extra::Stars).into_iter().chain(attachments) {
            platform.buyer_adds(&request.shop, &id, &extra, now)?;
        }
        Ok(id)
    });
    match written {
        Ok(conversation) => Json(json!({ "conversation": conversation })).into_response(),
        Err(unknown) => refusal(unknown),
    }
}

#[derive(Debug, Deserialize)]
struct InCabinet {
    shop: String,
    conversation: String,
    #[serde(default)]
    text: String,
    act: Option<String>,
}

async fn cabinet(State(control): State<Control>, Json(request): Json<InCabinet>) -> Response {
    let now = control.common.clock.now();
    let deed = match &request.act {
        Some(act) => Deed::Decides { act, comment: &request.text },
        None => Deed::Answers(&request.text),
    };
    let done = first_that_knows(&control, |platform| {
        platform.settle(now);
        platform.in_cabinet(&request.shop, &request.conversation, &deed, now)
    });
    match done {
        Ok(()) => Json(json!({ "conversation": request.conversation })).into_response(),
        Err(unknown) => refusal(unknown),
    }
}

#[derive(Debug, Deserialize)]
struct ChangeShop {
    shop: String,
    subscription: Option<String>,
    review_management: Option<bool>,
}

async fn shop(State(control): State<Control>, Json(request): Json<ChangeShop>) -> Response {
    let changed = first_that_knows(&control, |platform| {
        let subscribed = request.subscription.as_deref().map(|name| platform.subscribe(&request.shop, name));
        let managed = request.review_management.map(|bought| platform.manage_reviews(&request.shop, bought));
        subscribed.into_iter().chain(managed).collect()
    });
    match changed {
        Ok(()) => Json(json!({ "subscription": request.subscription, "review_management": request.review_management }))
            .into_response(),
        Err(unknown) => refusal(unknown),
    }
}

fn first_that_knows<T>(
    control: &Control,
    mut ask: impl FnMut(&mut dyn crate::platform::Platform) -> Result<T, Unknown>,
) -> Result<T, Unknown> {
    let mut answer = Err(Unknown::Shop);
    for platform in &control.platforms {
        answer = ask(&mut *lock(platform));
        if !matches!(answer, Err(Unknown::Shop)) {
            break;
        }
    }
    answer
}

fn refusal(unknown: Unknown) -> Response {
    match unknown {
        Unknown::Shop => problem(StatusCode::NOT_FOUND, "no such shop"),
        Unknown::Conversation => problem(StatusCode::NOT_FOUND, "no such conversation"),
        Unknown::Kind => problem(StatusCode::BAD_REQUEST, "no such kind of conversation"),
        Unknown::Act => problem(StatusCode::CONFLICT, "the conversation does not offer this act"),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    mode: Option<ClockMode>,
    set: Option<Timestamp>,
    advance_s: Option<f64>,
}

/// Mode first, then `set`, then `advance_s`.
async fn clock(State(control): State<Control>, Json(request): Json<MoveClock>) -> Json<Value> {
    let clock = &control.common.clock;
    if let Some(mode) = request.mode {
        clock.set_mode(mode);
    }
    if let Some(to) = request.set {
        clock.set(to);
    }
    if let Some(seconds) = request.advance_s {
        clock.set(after_seconds(clock.now(), seconds));
    }
    Json(json!({ "now": clock.now(), "mode": clock.mode() }))
}

async fn now(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "now": control.common.clock.now() }))
}

#[derive(Debug, Deserialize)]
struct Wait {
    until: Timestamp,
}

async fn wait(State(control): State<Control>, Query(wait): Query<Wait>) -> Json<Value> {
    let clock = &control.common.clock;
    // Not reaching it in time is an ordinary answer: the client sees the present time and asks again.
    let _ = tokio::time::timeout(LONGEST_POLL, clock.wait_until(wait.until)).await;
    Json(json!({ "now": clock.now() }))
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
