//! One function per endpoint, by subject. Every Ozon method is a POST with a JSON body, the reading ones too; files are the one
//! exception. Here is what all of them share: pace, key, and what an answer proves.

mod chats;
mod claims;
mod lookups;
mod public;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{RemoteId, Timestamp};
use reqwest::Method;
use reqwest::header::HeaderName;
use serde::Serialize;
use serde_json::value::RawValue;

pub(super) use self::chats::{CHAT_HISTORY, CHAT_LIST, CHAT_SEND};
pub(super) use self::claims::{CANCELLATIONS, RETURNS, RFBS_GET, RFBS_LIST};
pub(super) use self::lookups::{POSTINGS_FBO, POSTINGS_FBS, PRODUCTS, Scheme};
pub(super) use self::public::{
    ANSWER_CREATE, COMMENT_CREATE, PAGE, QUESTIONS, REVIEW_LIST, REVIEW_LIST_ONE, Reviews, Version, no_product,
};
use crate::clock::Clock;
use crate::credential::Credential;
use crate::http::{Answer, Call, Garbled, Http, Patience, Platform};
use crate::limits::{Limit, Priority};
use crate::ozon::feature::Feature;
use crate::ozon::refusal::{self, Refused, What};
use crate::ozon::wire;
use crate::{Attached, Failure, Picture, Settings};

/// The one host of the API; a call elsewhere would not carry the key.
const HOST: &str = "api-seller.ozon.ru";
/// Product pictures: `cdn1.ozone.ru` seen, both names allowed (look-up rules of the contract, 2026-09-22).
const PLATFORM: Platform = Platform { api: &[HOST], pictures: &["ozone.ru", "ozon.ru"] };
/// Where files of chats lie (third-party notes, February 2026).
const FILE_PATH: &str = "/v2/chat/file/";
/// "Circle is open" asks to wait several minutes (production notes, read 2026-09-22).
const CIRCUIT_REST: Duration = Duration::from_secs(180);
/// Longest pause we add by ourselves when refusals follow one another and name no time.
const LONGEST_PAUSE_S: u64 = 60;

pub(super) struct Client {
    http: Http,
    limit: Limit,
    clock: Arc<dyn Clock>,
    /// Refusals in a row that named no time; they lengthen the pause.
    throttled: AtomicU32,
}

#[derive(Serialize)]
struct Nothing {}

impl Client {
    pub(super) fn new(
        settings: &Settings,
        client_id: &str,
        api_key: Credential,
        pack: &RulePack,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let secrets = [
            (HeaderName::from_static("client-id"), Credential::new(client_id)),
            (HeaderName::from_static("api-key"), api_key),
        ];
        Ok(Self {
            http: Http::new(settings, PLATFORM, &secrets, Patience::default())?,
            limit: Limit::new(pack, "all", Arc::clone(&clock))?,
            clock,
            throttled: AtomicU32::new(0),
        })
    }

    pub(super) async fn roles(&self) -> Result<wire::Roles, Failure> {
        let answer = self.read(Feature::Account, Priority::Read, "/v1/roles", &Nothing {}).await?;
        Ok(answer.json()?)
    }

    pub(super) async fn seller_info(&self) -> Result<wire::SellerInfo, Failure> {
        let answer = self.read(Feature::Account, Priority::Read, "/v1/seller/info", &Nothing {}).await?;
        Ok(answer.json()?)
    }

    pub(super) async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.http.picture(address).await
    }

    /// A file of a chat needs the key, photos and films of reviews and claims lie in public; nothing else is fetched.
    pub(super) async fn attachment(&self, source: &str, most: u64) -> Result<Attached, Failure> {
        if !self.http.owns_file(source, HOST, FILE_PATH) {
            return self.http.file(source, most).await;
        }
        self.limit.take(Priority::LookUp).map_err(|until| Failure::Wait { until, told: false })?;
        let answer = self.http.own_file(source, usize::try_from(most).unwrap_or(usize::MAX)).await?;
        match answer.status.as_u16() {
            200 => Ok(Attached { mime: answer.mime(), bytes: answer.into_body() }),
            404 | 410 => Err(Failure::NotFound),
            _ => Err(self.failure(Feature::Chats, &answer)),
        }
    }

    async fn read(
        &self,
        feature: Feature,
        priority: Priority,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<Answer, Failure> {
        let call = call(path, body).map_err(|why| Failure::Refused { why })?;
        self.limit.take(priority).map_err(|until| Failure::Wait { until, told: false })?;
        match self.http.read(call).await {
            Ok(answer) if answer.status.is_success() => {
                self.throttled.store(0, Ordering::Relaxed);
                Ok(answer)
            }
            Ok(answer) => Err(self.failure(feature, &answer)),
            Err(Failure::ServerFault { why, .. }) if why.to_lowercase().contains("circle is open") => {
                Err(Failure::Wait { until: self.limit.refused(Some(CIRCUIT_REST)), told: true })
            }
            Err(failure) => Err(failure),
        }
    }

    /// Like [`Self::read`], for methods that a server may not have: `None` if it answers so, whoever at Ozon words it.
    async fn read_if_there(
        &self,
        feature: Feature,
        priority: Priority,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<Option<Answer>, Failure> {
        let call = call(path, body).map_err(|why| Failure::Refused { why })?;
        self.limit.take(priority).map_err(|until| Failure::Wait { until, told: false })?;
        let answer = self.http.read(call).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(Some(answer)),
            404 | 410 => Ok(None),
            _ => Err(self.failure(feature, &answer)),
        }
    }

    fn failure(&self, feature: Feature, answer: &Answer) -> Failure {
        let Refused { what, words } = refused(answer);
        let closed = |code: &str, why: String| Failure::Closed {
            feature: feature.name().to_owned(),
            code: code.to_owned(),
            why: if words.is_empty() { why } else { format!("{why} (Ozon says: {words})") },
        };
        match what {
            What::Key => Failure::Key { code: "token_refused".to_owned(), why: key_words(&words) },
            What::Throttled => Failure::Wait { until: self.rest(answer), told: true },
            What::Subscription => closed("subscription_missing", feature.subscription_missing().to_owned()),
            What::Right => closed("right_missing", feature.right_missing()),
            What::NotFound => Failure::NotFound,
            What::WindowClosed | What::ChatDisabled | What::NotStarted | What::Conflict | What::Invalid => {
                Failure::Refused { why: words }
            }
            What::Foreign => {
                answer.garbled(format!("no answer of Ozon's but status {}", answer.status.as_u16())).into()
            }
        }
    }

    /// Rests after a 429: as long as it says, else 1 s, 2 s, 4 s … up to a minute.
    fn rest(&self, answer: &Answer) -> Timestamp {
        let named = answer.pause("retry-after", self.clock.now());
        let doublings = self.throttled.fetch_add(1, Ordering::Relaxed).min(6);
        let own = Duration::from_secs((1_u64 << doublings).min(LONGEST_PAUSE_S));
        self.limit.refused(Some(named.unwrap_or(own)))
    }

    async fn send(&self, path: &'static str, body: &impl Serialize) -> Result<Answer, Sent> {
        let call = call(path, body).map_err(|why| Sent::No(Refusal::Final { code: "refused".to_owned(), why }))?;
        self.limit.take(Priority::Send).map_err(|until| Sent::No(Refusal::Throttled { retry_at: Some(until) }))?;
        self.http.send(call).await.map_err(|trouble| trouble.into_sent(self.clock.now()))
    }

    /// What a sending call came to. `accepted` reads a success: the id of what was made, if it names one.
    fn outcome(
        &self,
        sent: Result<Answer, Sent>,
        accepted: impl Fn(&Answer) -> Result<Option<RemoteId>, Garbled>,
    ) -> Sent {
        let at = self.clock.now();
        let answer = match sent {
            Ok(answer) => answer,
            Err(ended) => return ended,
        };
        if answer.status.is_success() {
            self.throttled.store(0, Ordering::Relaxed);
            return match accepted(&answer) {
                Ok(remote) => Sent::Yes { remote, at },
                Err(_) => Sent::Unknown { why: Doubt::Unreadable, at },
            };
        }
        let Refused { what, words } = refused(&answer);
        let code = match what {
            What::Key => return Sent::No(Refusal::Key { code: "token_refused".to_owned(), why: key_words(&words) }),
            What::Throttled => return Sent::No(Refusal::Throttled { retry_at: Some(self.rest(&answer)) }),
            // Something happened to the chat at the same moment, our own message perhaps.
            What::Conflict => return Sent::Unknown { why: Doubt::Unconfirmed, at },
            What::Foreign => return Sent::Unknown { why: Doubt::Unreadable, at },
            What::Subscription => "subscription_missing",
            What::Right => "right_missing",
            What::WindowClosed => "window_closed",
            What::ChatDisabled => "chat_disabled",
            What::NotStarted => "chat_not_started",
            What::NotFound => "not_found",
            What::Invalid => "refused",
        };
        Sent::No(Refusal::Final { code: code.to_owned(), why: words })
    }
}

/// A success without content: nothing at all or an object that is no error.
fn done(answer: &Answer) -> Result<Option<RemoteId>, Garbled> {
    #[derive(serde::Deserialize)]
    struct Empty {
        code: Option<Box<RawValue>>,
        error: Option<Box<RawValue>>,
    }
    if answer.text()?.trim().is_empty() {
        return Ok(None);
    }
    match answer.json::<Empty>()? {
        Empty { code: None, error: None } => Ok(None),
        Empty { .. } => Err(answer.garbled("a success that holds an error".to_owned())),
    }
}

fn call(path: &'static str, body: &impl Serialize) -> Result<Call, String> {
    let call = Call::new(Method::POST, HOST, path).json(body);
    call.map_err(|error| format!("the request cannot be written: {error}"))
}

fn refused(answer: &Answer) -> Refused {
    refusal::read(answer.status.as_u16(), answer.text().unwrap_or_default())
}

fn key_words(words: &str) -> String {
    format!(
        "Ozon refuses the key: {words}. Check Client-Id and Api-Key, or make a new key in the seller's cabinet, Settings, Seller API"
    )
}

/// The digits of an id as a JSON number, none of them lost.
fn number(id: &str) -> Option<Box<RawValue>> {
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { RawValue::from_string(id.to_owned()).ok() } else { None }
}
