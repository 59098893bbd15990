//! What a simulated platform is to the rest of the crate.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{ShopSeed, acceptance::Write, faults::Treatment};

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Call {
    pub at: Timestamp,
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A response before faults are applied.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub content_type: &'static str,
    pub content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Json(Value),
    Bytes(Bytes),
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), content_type: "application/json", content: Content::Json(body) }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn bytes(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), content_type, content: Content::Bytes(bytes.into()) }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.push((name, value));
        }
        self
    }
}

/// How an accepted write is to be treated, where a plan says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// False for success without effect.
    pub effect: bool,
    /// Time until others see it: lag and moderation together.
    pub lag: Option<SignedDuration>,
    /// Time until the sender's own reading shows it.
    pub read_lag: SignedDuration,
    /// False for a message that is taken without its files.
    pub files: bool,
    /// Whether moderation refuses publication.
    pub refused: bool,
}

impl From<&Treatment> for Wish {
    fn from(treatment: &Treatment) -> Self {
        let moderation = treatment.moderation.map(|moderation| moderation.lasts);
        Self {
            read_lag: treatment.read_lag.unwrap_or_default(),
            files: treatment.fault != Some(crate::Fault::AcceptWithoutFiles),
            effect: treatment.fault != Some(crate::Fault::AcceptWithoutEffect),
            lag: treatment.read_lag.into_iter().chain(moderation).reduce(SignedDuration::saturating_add),
            refused: treatment.moderation.is_some_and(|moderation| moderation.refused),
        }
    }
}

/// An answer and the write that took effect with it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub answer: Answer,
    pub accepted: Option<Write>,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer, accepted: None }
    }
}

/// Why a buyer's message could not be put into the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Shop,
    Conversation,
    /// A kind of conversation that the platform does not have.
    Kind,
    /// An act that the conversation does not offer now.
    Act,
}

/// What a person does in the web cabinet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed<'a> {
    Answers(&'a str),
    /// Decides a claim; the act is spelled as the platform spells it.
    Decides {
        act: &'a str,
        comment: &'a str,
    },
}

/// What a buyer gives along with their words.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extra<'a> {
    Stars(u8),
    /// `picture`, `document`, `video`, or `refused_picture`, which moderation will not let through.
    Attachment(&'a str),
}

/// A marketplace with its shops.
pub(crate) trait Platform: Send {
    fn channel(&self) -> &'static str;
    /// JSON pointers of the lists in its pages.
    fn pages(&self) -> &'static [&'static str];
    fn shops(&self, base_url: &str) -> Vec<ShopSeed>;
    /// Name of the shop whose credentials the request bears.
    fn shop(&self, call: &Call) -> Option<String>;
    /// The write a request asks for, whether or not it will be accepted.
    fn intent(&self, call: &Call) -> Option<Write>;
    /// Lets everything happen that was due by `now`.
    fn settle(&mut self, now: Timestamp);
    fn answer(&mut self, call: &Call, wish: &Wish) -> Outcome;
    /// The seller answers the target of `call` in the web cabinet.
    fn human_answers(&mut self, call: &Call, text: &str);
    /// An error in the platform's own form.
    fn error(&self, call: &Call, status: StatusCode, message: Option<&str>) -> Answer;
    /// Header in which the platform tells the seconds to wait after a 429.
    fn retry_header(&self) -> HeaderName;
    /// A buyer writes, in the given conversation or a new one; returns its id.
    fn buyer_writes(
        &mut self,
        shop: &str,
        conversation: Option<&str>,
        text: &str,
        at: Timestamp,
    ) -> Result<String, Unknown>;
    /// A buyer begins something of a named kind, such as a review; returns its id.
    fn buyer_begins(&mut self, _shop: &str, _kind: &str, _text: &str, _at: Timestamp) -> Result<String, Unknown> {
        Err(Unknown::Shop)
    }
    /// A buyer adds something to what they wrote last in a conversation, or began it with.
    fn buyer_adds(
        &mut self,
        _shop: &str,
        _conversation: &str,
        _extra: &Extra<'_>,
        _at: Timestamp,
    ) -> Result<(), Unknown> {
        Err(Unknown::Shop)
    }
    /// Somebody answers or decides in the web cabinet, which the acceptance log does not see.
    fn in_cabinet(
        &mut self,
        _shop: &str,
        _conversation: &str,
        _deed: &Deed<'_>,
        _at: Timestamp,
    ) -> Result<(), Unknown> {
        Err(Unknown::Shop)
    }
    /// Changes a shop's subscription, on platforms that sell one.
    fn subscribe(&mut self, shop: &str, subscription: &str) -> Result<(), Unknown>;
    /// Gives or takes the subscription that opens reviews, on platforms that sell it apart.
    fn manage_reviews(&mut self, _shop: &str, _bought: bool) -> Result<(), Unknown> {
        Err(Unknown::Shop)
    }
    /// Counts and quirks for the control URL.
    fn describe(&self, now: Timestamp) -> Value;
}
