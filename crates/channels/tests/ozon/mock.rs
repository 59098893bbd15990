//! A scripted server, and a shop that is connected to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use dragoman_channels::clock::{Clock, ManualClock};
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Known, Settings, connect as connect_to};
use dragoman_domain::incoming::{Cursor, Page};
use dragoman_domain::outgoing::{ActionKind, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Kind, RemoteId, ShopId, Timestamp};
use serde_json::Value;

/// One answer of the script.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into().into_bytes() }
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::new(200, body.to_string())
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A server that answers by its script and remembers what it was asked.
pub(crate) struct Mock {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Mock {
    pub(crate) async fn new(script: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&seen));
        let app = Router::new().fallback(move |request: Request| {
            let (script, log) = (Arc::clone(&script), Arc::clone(&log));
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let body = String::from_utf8(body.to_vec()).unwrap();
                let path = head.uri.path().to_owned();
                let reply = script(&path, &serde_json::from_str(&body).unwrap_or_default());
                log.lock().unwrap().push(Seen { method: head.method.to_string(), path, headers: head.headers, body });
                let mut response = Response::builder().status(reply.status);
                for (name, value) in reply.headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(reply.body)).unwrap()
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) fn settings(url: &str, client_id: &str, api_key: &str) -> Settings {
    Settings {
        shop: ShopId(1),
        fields: BTreeMap::from([("client_id".to_owned(), client_id.to_owned())]),
        secrets: BTreeMap::from([("api_key".to_owned(), Credential::new(api_key))]),
        base_url: Some(url.to_owned()),
        proxy: None,
    }
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap()))
}

pub(crate) fn connect(settings: Settings, clock: Arc<ManualClock>) -> Result<Arc<dyn Connector>, Failure> {
    connect_to(Channel::Ozon, settings, RulePack::shipped(Channel::Ozon).unwrap(), clock)
}

#[derive(Default)]
struct Inbox {
    marks: Mutex<HashMap<RemoteId, String>>,
    cursors: Mutex<HashMap<String, Cursor>>,
    conversations: Mutex<Vec<RemoteId>>,
}

#[async_trait]
impl Known for Inbox {
    async fn marks(&self, _: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        let marks = self.marks.lock().unwrap();
        threads.iter().filter_map(|id| Some((id.clone(), marks.get(id)?.clone()))).collect()
    }
}

/// A shop connected to a scripted server, with an inbox that keeps marks and cursors.
pub(crate) struct Shop {
    pub(crate) mock: Mock,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) clock: Arc<ManualClock>,
    inbox: Inbox,
}

impl Shop {
    pub(crate) async fn new(script: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static) -> Self {
        let mock = Mock::new(script).await;
        let clock = clock();
        let connector = connect(settings(&mock.url, "123456", "canary-key"), Arc::clone(&clock)).unwrap();
        Self { mock, connector, clock, inbox: Inbox::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One step, a second after whatever came before.
    pub(crate) async fn step(&self, stream: &str, cursor: &Cursor, deep: bool) -> Result<Page, Failure> {
        self.clock.advance(Duration::from_secs(1));
        self.connector.step(stream, cursor, &Ask { known: &self.inbox, deep }).await
    }

    /// One step from the beginning, without a moment's rest before it.
    pub(crate) async fn step_as_is(&self, stream: &str) -> Result<Page, Failure> {
        self.connector.step(stream, &Cursor::default(), &Ask { known: &self.inbox, deep: false }).await
    }

    /// Steps from the stored cursor until nothing is left, each stored like the engine would.
    pub(crate) async fn pass(&self, stream: &str, deep: bool) -> Result<Vec<Page>, Failure> {
        let mut pages = Vec::new();
        loop {
            let cursor = self.inbox.cursors.lock().unwrap().get(stream).cloned().unwrap_or_default();
            let page = self.step(stream, &cursor, deep).await?;
            self.inbox.cursors.lock().unwrap().insert(stream.to_owned(), page.next.clone());
            for conversation in &page.conversations {
                if let Some(mark) = &conversation.mark {
                    self.inbox.marks.lock().unwrap().insert(conversation.remote_id.clone(), mark.clone());
                }
                let mut known = self.inbox.conversations.lock().unwrap();
                if !known.contains(&conversation.remote_id) {
                    known.push(conversation.remote_id.clone());
                }
            }
            let more = page.more;
            pages.push(page);
            if !more {
                return Ok(pages);
            }
        }
    }

    pub(crate) fn stored(&self) -> usize {
        self.inbox.conversations.lock().unwrap().len()
    }

    pub(crate) fn marked(&self, chat: &str) -> bool {
        self.inbox.marks.lock().unwrap().contains_key(&RemoteId::from(chat))
    }

    pub(crate) async fn send(&self, action: ActionKind) -> Sent {
        self.clock.advance(Duration::from_secs(1));
        self.connector.send(&super::outgoing(action)).await
    }
}
