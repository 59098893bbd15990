//! A running simulator and a client that speaks to it.

use dragoman_simulator::{ClockMode, IdForm, Options, OzonRules, OzonWorld, Running, ShopSeed, Simulator};
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

pub(crate) struct Scene {
    pub running: Running,
    pub client: Client,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A world whose clock stands at a known moment until a test moves it.
pub(crate) fn options() -> Options {
    Options { start: Some("2026-11-22T10:00:00Z".parse().unwrap()), clock: ClockMode::Manual, ..Options::default() }
}

pub(crate) fn without_quotas() -> Options {
    Options { quotas: false, ..options() }
}

pub(crate) fn with_ozon(ozon: OzonRules) -> Options {
    Options { ozon, ..options() }
}

/// A shop whose ids and counters are text, which takes the other liberties too.
pub(crate) fn in_text() -> Options {
    with_ozon(OzonRules { ids: IdForm::Text, ..OzonRules::default() })
}

pub(crate) fn with_world(world: OzonWorld) -> Options {
    Options { ozon: OzonRules { world, ..OzonRules::default() }, ..without_quotas() }
}

pub(crate) fn client() -> Client {
    // Plain http only, but the client wants a TLS provider all the same; a second installation is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Scene {
    pub(crate) async fn start(options: Options) -> Self {
        Self { running: Simulator::start(options).await.unwrap(), client: client() }
    }

    pub(crate) fn shop(&self, channel: &str) -> &ShopSeed {
        self.running.shops().iter().find(|shop| shop.channel == channel).unwrap()
    }

    /// A request to Wildberries with a token of that name.
    pub(crate) fn wb_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let shop = self.shop("wildberries");
        let secret = if token == "token" { &shop.secrets } else { &shop.variants[token] };
        self.client.request(method, format!("{}{path}", shop.base_url)).header("Authorization", &secret["token"])
    }

    pub(crate) async fn wb_get(&self, path: &str) -> Reply {
        reply(self.wb_as("token", Method::GET, path)).await
    }

    pub(crate) async fn wb_post(&self, path: &str, body: Value) -> Reply {
        reply(self.wb_as("token", Method::POST, path).json(&body)).await
    }

    pub(crate) async fn wb_patch(&self, body: Value) -> Reply {
        reply(self.wb_as("token", Method::PATCH, "/api/v1/questions").json(&body)).await
    }

    pub(crate) async fn wb_questions(&self, answered: bool) -> Vec<Value> {
        let path = format!("/api/v1/questions?isAnswered={answered}&take=10000&skip=0");
        self.wb_get(&path).await.json()["data"]["questions"].as_array().unwrap().clone()
    }

    pub(crate) async fn wb_open_question(&self) -> String {
        self.wb_questions(false).await[0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn wb_question(&self, id: &str) -> Value {
        self.wb_get(&format!("/api/v1/question?id={id}")).await.json()["data"].clone()
    }

    pub(crate) fn ozon_as(&self, key: &str, path: &str) -> RequestBuilder {
        let shop = self.shop("ozon");
        let secret = if key == "api_key" { &shop.secrets } else { &shop.variants[key] };
        self.client
            .post(format!("{}{path}", shop.base_url))
            .header("Client-Id", &shop.fields["client_id"])
            .header("Api-Key", &secret["api_key"])
    }

    pub(crate) async fn ozon(&self, path: &str, body: Value) -> Reply {
        reply(self.ozon_as("api_key", path).json(&body)).await
    }

    /// All rows of the chat list.
    pub(crate) async fn chats(&self) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), Value::from(""));
        loop {
            let page = self.ozon("/v3/chat/list", json!({ "limit": 100, "cursor": cursor })).await.json();
            rows.extend(page["chats"].as_array().unwrap().iter().cloned());
            if page["has_next"] == false {
                return rows;
            }
            cursor = page["cursor"].clone();
        }
    }

    /// A buyer chat in which the last word is the buyer's and the window is open.
    pub(crate) async fn open_chat(&self) -> String {
        let shop = self.shop("ozon").name.clone();
        let body = json!({ "shop": shop, "text": "Здравствуйте!" });
        let written = self.control("/control/buyer", body).await;
        written["conversation"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn history(&self, chat: &str) -> Vec<Value> {
        let page = self.ozon("/v3/chat/history", json!({ "chat_id": chat, "limit": 1000 })).await.json();
        page["messages"].as_array().unwrap().clone()
    }

    pub(crate) async fn send(&self, chat: &str, text: &str) -> Reply {
        self.ozon("/v1/chat/send/message", json!({ "chat_id": chat, "text": text })).await
    }

    /// What a buyer begins now: a `question`, `review`, `claim` or `cancellation`.
    pub(crate) async fn ozon_begins(&self, kind: &str, text: &str) -> String {
        let body = json!({ "shop": self.shop("ozon").name, "kind": kind, "text": text });
        self.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned()
    }

    /// What a colleague does in Ozon's web cabinet.
    pub(crate) async fn in_cabinet(&self, conversation: &str, act: Option<&str>, text: &str) -> Value {
        let shop = &self.shop("ozon").name;
        let body = json!({ "shop": shop, "conversation": conversation, "act": act, "text": text });
        self.control("/control/cabinet", body).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        reply(self.client.post(format!("{}{path}", self.running.control_url())).json(&body)).await.json()
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.control("/control/clock", json!({ "advance_s": seconds })).await;
    }
}

pub(crate) async fn reply(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// Status, code and words of one of Ozon's errors.
pub(crate) fn refused(reply: &Reply) -> (u16, i64, String) {
    let body = reply.json();
    (reply.status, body["code"].as_i64().unwrap(), body["message"].as_str().unwrap().to_owned())
}

/// The numbers of a JSON id, however it is spelled.
pub(crate) fn digits(id: &Value) -> u128 {
    id.to_string().trim_matches('"').parse().unwrap()
}
