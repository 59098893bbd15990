//! A shop connected to a mock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dragoman_channels::clock::{Clock, ManualClock};
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Known, Settings, connect};
use dragoman_domain::incoming::{Cursor, Page};
use dragoman_domain::outgoing::{ActionKind, Outgoing};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Kind, RemoteId, ShopId, Timestamp};
use serde_json::{Value, json};

use crate::mock::{Mock, Reply, Seen};

/// Content, analytics, questions, chat, returns.
pub(crate) const ALL_RIGHTS: u64 = 2694;
pub(crate) const READ_ONLY: u64 = 1 << 30;
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

pub(crate) fn token(claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(&claims.to_string()), part("signature"))
}

pub(crate) fn rights(mask: u64) -> Value {
    json!({"s": mask, "acc": 3, "t": false, "exp": 1_810_000_000, "sid": "e8923014-e233-47a8-898e-3cc86d67ea61"})
}

pub(crate) struct Shop {
    pub(crate) mock: Mock,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) connector: Arc<dyn Connector>,
}

impl Shop {
    pub(crate) async fn start(claims: Value, answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let mock = Mock::start(answers).await;
        let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
        let settings = Settings {
            shop: ShopId(1),
            fields: BTreeMap::new(),
            secrets: BTreeMap::from([("token".to_owned(), Credential::new(token(&claims)))]),
            base_url: Some(mock.base.clone()),
            proxy: None,
        };
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let connector = connect(Channel::Wildberries, settings, pack, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { mock, clock, connector }
    }

    /// A shop with all rights whose platform always answers the same.
    pub(crate) async fn saying(reply: Reply) -> Self {
        Self::start(rights(ALL_RIGHTS), move |_| reply.clone()).await
    }

    /// One step, after the pace allows it.
    pub(crate) async fn step(&self, stream: &str, cursor: &Cursor, deep: bool) -> Result<Page, Failure> {
        loop {
            match self.connector.step(stream, cursor, &Ask { known: &Nothing, deep }).await {
                Err(Failure::Wait { until, told: false }) => self.clock.advance_to(until),
                other => return other,
            }
        }
    }

    /// Steps until there is nothing more for now: all pages, the last one's cursor, and the requests made.
    pub(crate) async fn run(&self, stream: &str, mut cursor: Cursor, deep: bool) -> (Vec<Page>, Cursor, Vec<Seen>) {
        self.mock.take();
        let mut pages = Vec::new();
        loop {
            let page = self.step(stream, &cursor, deep).await.unwrap();
            cursor = page.next.clone();
            let more = page.more;
            pages.push(page);
            if !more {
                return (pages, cursor, self.mock.take());
            }
        }
    }
}

pub(crate) struct Nothing;

#[async_trait]
impl Known for Nothing {
    async fn marks(&self, _kind: Kind, _threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        HashMap::new()
    }
}

pub(crate) fn outgoing(action: ActionKind, text: &str) -> Outgoing {
    Outgoing::new(action, Kind::Question, RemoteId::from("n5um6IUBQOOSTxXoo0gV"), text.to_owned())
}

pub(crate) fn envelope(data: Value) -> Value {
    json!({"data": data, "error": false, "errorText": "", "additionalErrors": null})
}

pub(crate) fn complaint(text: &str) -> Value {
    json!({"data": null, "error": true, "errorText": text, "additionalErrors": null, "requestId": "734c9ea8"})
}

/// The gateway's family of error bodies.
pub(crate) fn problem(status: u16, detail: &str) -> Reply {
    let body = json!({"title": "unauthorized", "detail": detail, "code": "07e4668e", "requestId": "7b80", "origin": "s2s-api-auth-catalog",
                      "status": status, "statusText": "", "timestamp": "2026-11-22T12:00:00Z"});
    Reply::json(status, &body).header("content-type", "application/problem+json")
}

pub(crate) fn question(id: &str, created: Timestamp, answer: Option<&str>) -> Value {
    json!({
        "id": id, "text": format!("Вопрос {id}"), "createdDate": created.to_string(),
        "state": if answer.is_some() { "wbRu" } else { "suppliersPortalSynch" },
        "answer": answer.map(|text| json!({"text": text, "editable": true, "createDate": created.to_string()})),
        "productDetails": {"nmId": 14_917_842, "imtId": 11_157_265, "productName": "Чехол", "supplierArticle": "CH-01",
                           "supplierName": "", "brandName": "Brand"},
        "wasViewed": answer.is_some(), "isWarned": false
    })
}
