//! A reverse proxy on this machine that remembers what passes through it.

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Longest body that passes, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Method in capitals.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as it was written.
    pub raw_query: String,
    /// Headers of the request.
    pub headers: HeaderMap,
    /// Body of the request.
    pub body: Bytes,
    /// Status of the answer.
    pub status: u16,
    /// Headers of the answer.
    pub answer_headers: HeaderMap,
    /// Body of the answer.
    pub answer: Bytes,
}

impl Exchange {
    /// A header of the request, if it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Media type of the answer with its parameters.
    pub fn answer_type(&self) -> Option<&str> {
        self.answer_headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }

    /// All values of a query parameter.
    pub fn query(&self, name: &str) -> Vec<String> {
        let pairs = url::form_urlencoded::parse(self.raw_query.as_bytes());
        pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
    }

    /// What the mock server found wrong with the request.
    pub fn complaints(&self) -> Vec<String> {
        let header = self.answer_headers.get("sl-violations").and_then(|value| value.to_str().ok());
        let complaints: Vec<Value> = header.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        // Its complaints about the specification's own examples are none of our business.
        let about_request =
            complaints.iter().filter(|complaint| complaint.pointer("/location/0") == Some(&"request".into()));
        about_request.map(Value::to_string).collect()
    }

    /// Names of all query parameters.
    pub fn query_names(&self) -> Vec<String> {
        url::form_urlencoded::parse(self.raw_query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
    }
}

/// A proxy in front of one address; dropping it stops it.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    memory: Arc<Mutex<Vec<Exchange>>>,
    task: JoinHandle<()>,
}

/// Changes answers on their way.
type Change = dyn Fn(&Exchange) -> Bytes + Send + Sync;

#[derive(Clone)]
struct Way {
    target: String,
    client: reqwest::Client,
    memory: Arc<Mutex<Vec<Exchange>>>,
    change: Option<Arc<Change>>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and passes everything on to `target`, an address without a path.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(target: &str) -> anyhow::Result<Self> {
        Self::listen(target, None).await
    }

    /// The same with answers changed on their way; what is remembered is what the target said.
    ///
    /// # Errors
    /// As [`Proxy::start`].
    pub async fn changing(
        target: &str,
        change: impl Fn(&Exchange) -> Bytes + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::listen(target, Some(Arc::new(change))).await
    }

    async fn listen(target: &str, change: Option<Arc<Change>>) -> anyhow::Result<Self> {
        dragoman_channels::http::install_tls();
        let client = reqwest::Client::builder()
            .no_proxy()
            .gzip(false)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .build()?;
        let memory = Arc::new(Mutex::new(Vec::new()));
        let way = Way { target: target.to_owned(), client, memory: Arc::clone(&memory), change };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(pass).with_state(way);
        let task = tokio::spawn(async move {
            // Serving ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, memory, task })
    }

    /// Where it listens, without a path.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything that has passed since the last call.
    pub fn take(&self) -> Vec<Exchange> {
        mem::take(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(way): State<Way>, request: Request) -> Response {
    match way.pass(request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("the proxy of the test failed: {error:#}")).into_response(),
    }
}

impl Way {
    async fn pass(&self, request: Request) -> anyhow::Result<Response> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, LONGEST).await.context("the request cannot be read")?;
        let address = format!("{}{}", self.target, head.uri.path_and_query().map_or("/", |whole| whole.as_str()));
        let answer = self
            .client
            .request(head.method.clone(), address)
            .headers(end_to_end(&head.headers))
            .body(body.clone())
            .send()
            .await?;
        let (status, answer_headers) = (answer.status(), end_to_end(answer.headers()));
        let answer = answer.bytes().await.context("the answer cannot be read")?;
        let exchange = Exchange {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            raw_query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            status: status.as_u16(),
            answer_headers: answer_headers.clone(),
            answer: answer.clone(),
        };
        let answer = self.change.as_ref().map_or(answer, |change| change(&exchange));
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        let mut response = Response::new(Body::from(answer));
        *response.status_mut() = status;
        *response.headers_mut() = answer_headers;
        Ok(response)
    }
}

/// Headers that are about the message, not about one connection.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        kept.remove(name);
    }
    kept
}
