//! A change is done once per key: a double click, a reload, a repeated call are the same request.
//!
//! Answers are remembered in memory while a page or a retry can still ask, and for a week in the inbox, so that a retry after a
//! restart is answered alike. Two sorts stay in memory: those to requests that carry a key or a passphrase, whose digest on
//! disk could be guessed against, and those that name a job, which ends with this process. Failures are not remembered: they
//! changed nothing, and the same request may succeed once its cause is gone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dragoman_engine::Engine;
use dragoman_engine::requests::Answered;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::extract::{BodyLimit, too_large};
use crate::problem::{ErrorCode, Problem};

/// The header that carries the key.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Answers remembered; the oldest goes first.
const REMEMBERED: usize = 4_096;

/// The key of a change, for what keeps it beyond this process.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) Uuid);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let word = parts.headers.get(HEADER).and_then(|value| value.to_str().ok());
        let key = word.and_then(|word| Uuid::try_parse(word).ok()).filter(|key| !key.is_nil());
        key.map(Self).ok_or_else(|| {
            Problem::new(ErrorCode::KeyMissing, "a change needs a header Idempotency-Key with a UUID")
                .with("where", "header")
        })
    }
}

/// How long an answer is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Beyond the end of this process.
    Stored,
    /// With this process.
    InMemory,
}

/// What was answered under which key.
#[derive(Clone)]
pub(crate) struct Ledger {
    engine: Engine,
    entries: Arc<Mutex<Entries>>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<Uuid, Entry>,
    order: VecDeque<Uuid>,
}

#[derive(Clone)]
struct Entry {
    digest: [u8; 32],
    answer: Arc<OnceCell<Answer>>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

impl Ledger {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, entries: Arc::default() }
    }

    /// The one entry of a key; `None` if the key came before with another request.
    fn entry(&self, key: Uuid, digest: [u8; 32]) -> Option<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = entries.by_key.get(&key) {
            return (known.digest == digest).then(|| known.clone());
        }
        if entries.order.len() >= REMEMBERED
            && let Some(oldest) = entries.order.pop_front()
        {
            entries.by_key.remove(&oldest);
        }
        let entry = Entry { digest, answer: Arc::default() };
        entries.by_key.insert(key, entry.clone());
        entries.order.push_back(key);
        Some(entry)
    }
}

/// The layer of every change.
pub(crate) async fn once(kept: Kept, ledger: Ledger, request: Request, next: Next) -> Response {
    match answer_once(kept, ledger, request, next).await {
        Ok(response) | Err(response) => response,
    }
}

async fn answer_once(kept: Kept, ledger: Ledger, request: Request, next: Next) -> Result<Response, Response> {
    let (mut parts, body) = request.into_parts();
    let Key(key) = Key::from_request_parts(&mut parts, &()).await.map_err(IntoResponse::into_response)?;
    let whole = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(whole, &()).await.map_err(|rejection| {
        let problem = Problem::from(rejection);
        match parts.extensions.get::<BodyLimit>() {
            Some(BodyLimit(limit)) if problem.code == ErrorCode::TooLarge => too_large(*limit),
            _ => problem,
        }
        .into_response()
    })?;
    let digest = digest(&parts, &body);
    let Some(entry) = ledger.entry(key, digest) else {
        return Err(Problem::new(ErrorCode::KeyReused, "this key was used for another request").into_response());
    };
    let memory = (kept == Kept::Stored).then(|| Memory {
        engine: ledger.engine,
        key: key.to_string(),
        route: format!("{} {}", parts.method, parts.uri.path()),
        digest: hex::encode(digest),
    });
    let request = Request::from_parts(parts, Body::from(body));
    // Requests under one key wait for the first. One that failed leaves the cell empty, and the next tries anew.
    // On a task of its own: a change runs to its end although whoever asked hangs up.
    let answering =
        tokio::spawn(async move { entry.answer.get_or_try_init(|| carry_out(memory, request, next)).await.cloned() });
    let answer = answering.await.map_err(|panic| internal(panic.to_string()))??;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    if let Some(content_type) = answer.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    Ok(response)
}

async fn carry_out(memory: Option<Memory>, request: Request, next: Next) -> Result<Answer, Response> {
    if let Some(memory) = &memory
        && let Some(answer) = memory.recall().await?
    {
        return Ok(answer);
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|error| internal(error.to_string()))?;
    let answer = Answer { status: parts.status, content_type: parts.headers.get(header::CONTENT_TYPE).cloned(), body };
    if let Some(memory) = memory {
        memory.keep(&answer).await;
    }
    Ok(answer)
}

/// What the inbox keeps of one request.
struct Memory {
    engine: Engine,
    key: String,
    route: String,
    digest: String,
}

impl Memory {
    async fn recall(&self) -> Result<Option<Answer>, Response> {
        let answered = self.engine.answered(self.key.clone(), self.digest.clone()).await;
        let answered = answered.map_err(|error| Problem::from(error).into_response())?;
        Ok(answered.map(|Answered { status, body }| Answer {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            content_type: (!body.is_empty()).then(|| HeaderValue::from_static("application/json")),
            body: Bytes::from(body),
        }))
    }

    /// What was done is done: an answer that cannot be kept is given all the same.
    async fn keep(self, answer: &Answer) {
        let Self { engine, key, route, digest } = self;
        let Ok(body) = String::from_utf8(answer.body.to_vec()) else { return };
        let answered = Answered { status: answer.status.as_u16(), body };
        if let Err(error) = engine.keep_answer(key, route, digest, answered).await {
            tracing::warn!(%error, "an answer could not be kept for a repetition");
        }
    }
}

fn internal(why: String) -> Response {
    Problem::new(ErrorCode::Internal, why).into_response()
}

fn digest(parts: &Parts, body: &Bytes) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path());
    hash.update([0]);
    hash.update(parts.uri.query().unwrap_or_default());
    hash.update([0]);
    hash.update(body);
    hash.finalize().into()
}
