//! One function per endpoint. Every Ozon method is a POST with a JSON body, the reading ones too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{RemoteId, SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::header::HeaderName;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock::Clock;
use crate::credential::Credential;
use crate::http::{Answer, Call, Http, Patience, Platform};
use crate::limits::{Limit, Priority};
use crate::ozon::refusal::{self, Refused, What};
use crate::ozon::wire;
use crate::{Failure, Picture, Settings};

/// The one host of the API; a call elsewhere would not carry the key.
const HOST: &str = "api-seller.ozon.ru";
/// Product pictures: `cdn1.ozone.ru` seen, both names allowed (look-up rules of the contract, 2026-09-22).
const PLATFORM: Platform = Platform { api: &[HOST], pictures: &["ozone.ru", "ozon.ru"] };
/// Chats in one page of the list, the most that is allowed.
const CHATS: u32 = 100;
/// How far back orders can be found by number; the longest period allowed is a year.
const ORDER_DAYS: i64 = 364;
/// "Circle is open" asks to wait several minutes (production notes, read 2026-09-22).
const CIRCUIT_REST: Duration = Duration::from_secs(180);
/// Longest pause we add by ourselves when refusals follow one another and name no time.
const LONGEST_PAUSE_S: u64 = 60;

pub(super) const CHAT_LIST: &str = "/v3/chat/list";
pub(super) const CHAT_HISTORY: &str = "/v3/chat/history";
pub(super) const CHAT_SEND: &str = "/v1/chat/send/message";
const CHAT_READ: &str = "/v2/chat/read";
pub(super) const PRODUCTS: &str = "/v3/product/info/list";
pub(super) const POSTINGS_FBS: &str = "/v4/posting/fbs/list";
pub(super) const POSTINGS_FBO: &str = "/v3/posting/fbo/list";

/// A part of the platform that can be closed to a key while the others stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feature {
    Account,
    Chats,
    Products,
    OrdersFbs,
    OrdersFbo,
}

impl Feature {
    /// Name in the shop's standing.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Chats => "chats",
            Self::Products => "products",
            Self::OrdersFbs => "orders_fbs",
            Self::OrdersFbo => "orders_fbo",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Account => "account details",
            Self::Chats => "buyer chats",
            Self::Products => "product details",
            Self::OrdersFbs => "orders sent from the seller's warehouse (FBS)",
            Self::OrdersFbo => "orders sent from Ozon's warehouse (FBO)",
        }
    }

    /// What to do when the key lacks the role.
    pub(super) fn right_missing(self) -> String {
        let words = self.words();
        format!(
            "this key has no role for {words}; in the seller's cabinet, Settings, Seller API, make a key with that role"
        )
    }
}

/// What to do when the seller lacks the subscription.
pub(super) const SUBSCRIPTION_MISSING: &str = "Ozon opens buyer chats to programs only with the subscription Premium Plus or Premium Pro; order it in the seller's cabinet";

/// Which scheme an order was placed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Fbs,
    Fbo,
}

pub(super) struct Client {
    http: Http,
    limit: Limit,
    clock: Arc<dyn Clock>,
    /// Refusals in a row that named no time; they lengthen the pause.
    throttled: AtomicU32,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct ChatListRequest<'a> {
    filter: ChatFilter,
    limit: u32,
    cursor: &'a str,
}

#[derive(Serialize)]
struct ChatFilter {
    chat_status: &'static str,
    unread_only: bool,
}

#[derive(Serialize)]
struct HistoryRequest<'a> {
    chat_id: &'a RemoteId,
    // Spelled exactly so: `backward` gives 400.
    direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_message_id: Option<Box<RawValue>>,
    limit: u32,
}

#[derive(Serialize)]
struct SendRequest<'a> {
    chat_id: &'a RemoteId,
    text: &'a str,
}

#[derive(Serialize)]
struct ReadRequest<'a> {
    chat_id: &'a RemoteId,
    from_message_id: Box<RawValue>,
}

#[derive(Serialize)]
struct ProductsRequest<'a> {
    sku: &'a [String],
}

#[derive(Serialize)]
struct PostingsRequest<'a> {
    filter: PostingFilter<'a>,
    limit: u32,
    cursor: &'a str,
    sort_dir: &'static str,
    with: PostingBlocks,
}

#[derive(Serialize)]
struct PostingFilter<'a> {
    order_numbers: &'a [String],
    since: Timestamp,
    to: Timestamp,
}

// Buyers' names and addresses come in blocks that are not asked for and not read.
#[derive(Serialize)]
struct PostingBlocks {
    analytics_data: bool,
}

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

    pub(super) async fn chat_list(&self, unread_only: bool, cursor: &str) -> Result<wire::ChatList, Failure> {
        let filter = ChatFilter { chat_status: "ALL", unread_only };
        let request = ChatListRequest { filter, limit: CHATS, cursor };
        let answer = self.read(Feature::Chats, Priority::Read, CHAT_LIST, &request).await?;
        Ok(answer.json()?)
    }

    /// A chat's messages from `from` downwards, or from its newest.
    pub(super) async fn chat_history(
        &self,
        chat: &RemoteId,
        from: Option<&str>,
        limit: u32,
    ) -> Result<wire::History, Failure> {
        let from_message_id = match from {
            Some(id) => Some(number(id).ok_or_else(|| Failure::Refused {
                why: format!("message {id} of chat {chat} is no number, so the history cannot be read on from it"),
            })?),
            None => None,
        };
        let request = HistoryRequest { chat_id: chat, direction: "Backward", from_message_id, limit };
        let answer = self.read(Feature::Chats, Priority::Read, CHAT_HISTORY, &request).await?;
        Ok(answer.json()?)
    }

    /// Success says that the message was taken in, and gives no id.
    pub(super) async fn send_message(&self, chat: &RemoteId, text: &str) -> Sent {
        let sent = self.send(CHAT_SEND, &SendRequest { chat_id: chat, text }).await;
        self.outcome(sent, |answer| answer.json::<wire::Outcome>().is_ok_and(|outcome| outcome.is_success()))
    }

    /// Marks everything up to a message as read; `None` if the id is not one the platform could have given.
    pub(super) async fn mark_read(&self, chat: &RemoteId, message: &RemoteId) -> Option<Sent> {
        let request = ReadRequest { chat_id: chat, from_message_id: number(message.as_str())? };
        let sent = self.send(CHAT_READ, &request).await;
        Some(self.outcome(sent, |answer| answer.json::<wire::Marked>().is_ok()))
    }

    pub(super) async fn products(&self, skus: &[String]) -> Result<wire::Products, Failure> {
        let answer = self.read(Feature::Products, Priority::LookUp, PRODUCTS, &ProductsRequest { sku: skus }).await?;
        Ok(answer.json()?)
    }

    pub(super) async fn postings(
        &self,
        scheme: Scheme,
        orders: &[String],
        cursor: &str,
    ) -> Result<wire::Postings, Failure> {
        let (feature, path) = match scheme {
            Scheme::Fbs => (Feature::OrdersFbs, POSTINGS_FBS),
            Scheme::Fbo => (Feature::OrdersFbo, POSTINGS_FBO),
        };
        // Whole seconds: the platform documents at most six decimals.
        let to = Timestamp::from_second(self.clock.now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        let since = to.saturating_sub(SignedDuration::from_hours(24 * ORDER_DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let request = PostingsRequest {
            filter: PostingFilter { order_numbers: orders, since, to },
            limit: 100,
            cursor,
            sort_dir: "DESC",
            with: PostingBlocks { analytics_data: true },
        };
        let answer = self.read(feature, Priority::LookUp, path, &request).await?;
        Ok(answer.json()?)
    }

    pub(super) async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.http.picture(address).await
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
            What::Subscription => closed("subscription_missing", SUBSCRIPTION_MISSING.to_owned()),
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

    fn outcome(&self, sent: Result<Answer, Sent>, success: impl Fn(&Answer) -> bool) -> Sent {
        let at = self.clock.now();
        let answer = match sent {
            Ok(answer) => answer,
            Err(ended) => return ended,
        };
        if answer.status.is_success() {
            self.throttled.store(0, Ordering::Relaxed);
            return if success(&answer) {
                Sent::Yes { remote: None, at }
            } else {
                Sent::Unknown { why: Doubt::Unreadable, at }
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
