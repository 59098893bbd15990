//! A Router over an engine of its own: real store, real connectors, simulated platforms.
//!
//! Fetching waits for the platforms' quotas, so it happens in automatic time; what a test does then happens on the wall's clock,
//! where nothing passes meanwhile.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use dragoman_api::{Permission, Principal, Scene, router};
use dragoman_channels::clock::RemoteClock;
use dragoman_engine::demo::Demo;
use dragoman_engine::shops::NewShop;
use dragoman_engine::{Engine, Options};
use dragoman_secrets::{Preference, Secret};
use dragoman_simulator::{ClockMode, Options as World, Simulator};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) struct Bench {
    pub(crate) router: Router,
    pub(crate) demo: Demo,
    pub(crate) home: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        dragoman_channels::http::install_tls();
        let home = tempfile::tempdir().unwrap();
        let platforms = Simulator::start(World { answer_back: true, ..World::default() }).await.unwrap();
        let clock = Arc::new(RemoteClock::connect(&platforms.clock_url()).await.unwrap());
        let (folder, undo) = (home.path().join("home"), SignedDuration::ZERO);
        let engine = Engine::open(Options { home: folder, keys: Preference::Memory, clock, undo }).await.unwrap();
        for seed in platforms.shops() {
            let new = NewShop {
                channel: seed.channel.parse().unwrap(),
                name: seed.name.clone(),
                fields: seed.fields.clone(),
                secrets: seed.secrets.iter().map(|(field, key)| (field.clone(), Secret::from(key.clone()))).collect(),
                base_url: Some(seed.base_url.clone()),
                proxy: None,
            };
            let shop = engine.add_shop(new).await.unwrap().shop.id;
            engine.set_sending(shop, true).await.unwrap();
        }
        let demo = Demo { engine, platforms };
        let (router, _) = router(demo.engine.clone(), Scene::Demo);
        Self { router, demo, home }
    }

    /// Forgets everything that is not in the inbox, as a new process would.
    pub(crate) fn restart(&mut self) {
        self.router = router(self.demo.engine.clone(), Scene::Demo).0;
    }

    /// Sends a request as somebody.
    pub(crate) async fn send(&self, principal: Option<Principal>, mut request: Request<Body>) -> Response {
        if let Some(principal) = principal {
            request.extensions_mut().insert(principal);
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request as the owner, changes under a fresh key.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.call_with_key(method, path, body, Uuid::now_v7()).await
    }

    pub(crate) async fn call_with_key(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Uuid,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("idempotency-key", key.to_string())
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        read(self.send(Some(Principal::owner()), request).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Syncs every shop and returns the lines of the job.
    pub(crate) async fn sync(&self) -> Vec<Value> {
        self.demo.platforms.set_clock(ClockMode::Auto);
        let (status, job) = self.call(Method::POST, "/api/sync", Some(serde_json::json!({}))).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{job}");
        let lines = self.lines(&format!("/api/jobs/{}/lines", job["id"])).await;
        self.demo.platforms.set_clock(ClockMode::Real);
        lines
    }

    pub(crate) async fn lines(&self, path: &str) -> Vec<Value> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.send(Some(Principal::owner()), request).await;
        let text = response.into_body().collect().await.unwrap().to_bytes();
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

pub(crate) fn powerless() -> Principal {
    Principal::new("nobody", &[] as &[Permission])
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let value = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
    };
    (status, value)
}
