//! Asks a simulator directly, as a program that knows only the platform's documents would.

use dragoman_simulator::{Fault, FaultPlan, Match};
use dragoman_tests::spec::Contract;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

/// A request: method, path with query, body.
pub(crate) type Question = (Method, String, Option<Value>);

pub(crate) fn get(path: &str) -> Question {
    (Method::GET, path.to_owned(), None)
}

pub(crate) fn post(path: &str, body: Value) -> Question {
    (Method::POST, path.to_owned(), Some(body))
}

pub(crate) fn patch(path: &str, body: Value) -> Question {
    (Method::PATCH, path.to_owned(), Some(body))
}

pub(crate) struct Caller {
    http: reqwest::Client,
    address: String,
    control: String,
    key: HeaderMap,
}

impl Caller {
    pub(crate) fn new(address: &str, control: &str, key: HeaderMap) -> Self {
        dragoman_channels::http::install_tls();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { http, address: address.to_owned(), control: control.to_owned(), key }
    }

    /// The same caller with another key.
    pub(crate) fn with_key(&self, key: HeaderMap) -> Self {
        Self { http: self.http.clone(), address: self.address.clone(), control: self.control.clone(), key }
    }

    /// Asks after a pause in which every quota has recovered, and insists on a status.
    pub(crate) async fn ask(&self, question: &Question, status: u16) -> Value {
        self.control("clock", json!({ "advance_s": 61 })).await;
        let (found, body) = self.at_once(question).await;
        assert_eq!(found, status, "{question:?}: {body}");
        body
    }

    /// Asks after the same pause, and takes whatever comes.
    pub(crate) async fn try_once(&self, question: &Question) -> u16 {
        self.control("clock", json!({ "advance_s": 61 })).await;
        self.at_once(question).await.0
    }

    /// Asks again and again without a pause until the quota is used up.
    pub(crate) async fn exhaust(&self, question: &Question) {
        for _ in 0..100 {
            if self.at_once(question).await.0 == StatusCode::TOO_MANY_REQUESTS {
                return;
            }
        }
        panic!("{question:?} has no quota");
    }

    /// Has the platform refuse a question with every status that its specification lists, in its own form.
    pub(crate) async fn every_refusal(&self, contract: &Contract, question: &Question) {
        let path = question.1.split('?').next().unwrap();
        let operation = contract.operation(question.0.as_str(), path).expect("the specification has the operation");
        for status in operation.refusals() {
            let plan = FaultPlan::one(Match::default(), Fault::RefuseThenStatus { status, message: None });
            self.control("plan", serde_json::to_value(plan).unwrap()).await;
            self.ask(question, status).await;
        }
        self.control("plan", json!({ "rules": [] })).await;
    }

    pub(crate) async fn control(&self, what: &str, body: Value) {
        let answer = self.http.post(format!("{}/control/{what}", self.control)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{what} {body}");
    }

    /// Sends bytes that need not be JSON under a media type that need not be right.
    pub(crate) async fn ask_raw(&self, method: Method, path: &str, kind: Option<&str>, body: &str, status: u16) {
        self.control("clock", json!({ "advance_s": 61 })).await;
        let mut request = self.http.request(method, format!("{}{path}", self.address)).headers(self.key.clone());
        if let Some(kind) = kind {
            request = request.header(http::header::CONTENT_TYPE, kind);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path} {body}");
    }

    async fn at_once(&self, (method, path, body): &Question) -> (u16, Value) {
        let mut request =
            self.http.request(method.clone(), format!("{}{path}", self.address)).headers(self.key.clone());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}
