//! Ozon: questions, reviews, claims, chats with buyers and with Ozon's people, its news, and the products and orders they are about.
//!
//! `wire` is their JSON, `client` one function per endpoint, `map` theirs to ours (`markup` for the texts), `refusal` what an
//! error means, `feature` what can be closed to a key and `standing` what it may do, `lookup` products and orders. Ways through lists:
//! `walk` for chats and their histories (`chats` drives it), `pass` for everything else (`listing` and `detail` drive it).
//! Source of every platform fact: Seller API 2.1, state of September 2026, and third-party production notes read 2026-09-22.

mod capabilities;
mod chats;
mod client;
mod detail;
mod feature;
mod listing;
mod lookup;
mod map;
mod markup;
mod memory;
mod pass;
mod refusal;
mod sending;
mod standing;
mod trail;
mod walk;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{Outgoing, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Capabilities, Kind, RemoteId, SignedDuration, Timestamp, lookup as facts};

use crate::clock::Clock;
use crate::credential::Credential;
use crate::lenient::each;
use crate::ozon::client::{Client, Version};
use crate::ozon::detail::Detail;
use crate::ozon::feature::Closures;
use crate::ozon::map::claim::{self, Claim, Claimed};
use crate::ozon::memory::Memory;
use crate::{Ask, Attached, Checked, Connector, Failure, Picture, Settings, Wanted};

/// Failures of one item in a row before it is set aside, so that it cannot hide the items behind it.
const PATIENCE: u32 = 3;

/// One Ozon shop.
pub struct Ozon {
    client: Client,
    client_id: String,
    clock: Arc<dyn Clock>,
    capabilities: Capabilities,
    history: SignedDuration,
    recent: SignedDuration,
    closed: Closures,
    memory: Memory,
}

impl Ozon {
    /// Connects a shop with the field `client_id` and the secret `api_key`.
    ///
    /// # Errors
    /// [`Failure::Setup`] if one of them is missing or malformed.
    pub fn new(settings: Settings, pack: RulePack, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let client_id = settings.fields.get("client_id").map(|id| id.trim()).unwrap_or_default().to_owned();
        if client_id.is_empty() || !client_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(setup(
                "client_id",
                "give the Client-Id, a number, from the seller's cabinet, Settings, Seller API",
            ));
        }
        let api_key = settings.secrets.get("api_key").map(|key| key.expose().trim_matches(is_stray).to_owned());
        let Some(api_key) = api_key.filter(|key| !key.is_empty()) else {
            return Err(setup("api_key", "give the Api-Key from the seller's cabinet, Settings, Seller API"));
        };
        let days = |figure: &str, otherwise: i64| {
            let days = pack.figure(figure).and_then(|days| i64::try_from(days).ok()).unwrap_or(otherwise);
            SignedDuration::from_hours(days.saturating_mul(24))
        };
        let (history, recent) = (days("history_days", 90), days("recent_days", 14));
        Ok(Self {
            client: Client::new(&settings, &client_id, Credential::new(api_key), &pack, Arc::clone(&clock))?,
            client_id,
            clock,
            capabilities: capabilities::of(&pack),
            history,
            recent,
            closed: Closures::default(),
            memory: Memory::default(),
        })
    }

    fn ago(&self, now: Timestamp, span: SignedDuration) -> Timestamp {
        now.saturating_sub(span).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The generation of review methods the server has; asked once.
    async fn review_version(&self) -> Result<Version, Failure> {
        if let Some(version) = self.memory.version() {
            return Ok(version);
        }
        let version = if self.client.review_count().await?.is_some() { Version::Two } else { Version::One };
        self.memory.learn_version(version);
        Ok(version)
    }

    /// The names the seller answers under, in lower case; asked once. Without the right to ask there are none.
    async fn seller_names(&self) -> Result<BTreeSet<String>, Failure> {
        if let Some(names) = self.memory.names() {
            return Ok(names);
        }
        let info = unless_closed(self.client.seller_info().await)?;
        Ok(self.memory.learn_names(info.iter().flat_map(wire::SellerInfo::names)))
    }

    /// A claim of a list that knows no single ones: the posting is asked for, and the claim found among its own.
    async fn listed_claim(&self, id: &RemoteId) -> Result<Thread, Failure> {
        let (claims, unreadable) = match Claim::of(id) {
            Some(Claim::Return { posting, .. }) if !posting.is_empty() => {
                let list = self.client.returns(None, Some(posting), "").await?;
                each("thread", "id", &list.returns, claim::returned)
            }
            Some(Claim::Cancellation { posting, .. }) if !posting.is_empty() => {
                let list = self.client.cancellations("ALL", Some(posting), "").await?;
                each("thread", "cancellation_id", &list.result, claim::cancellation)
            }
            _ => return Err(Failure::Refused { why: "this claim names no posting to ask for".to_owned() }),
        };
        let found = claims.into_iter().map(|Claimed { conversation, .. }| conversation);
        match (found.into_iter().find(|claim| claim.remote_id == *id), unreadable.into_iter().next()) {
            (Some(conversation), _) => Ok(Thread { conversation, complete: true, gaps: false }),
            (None, Some(bad)) => Err(Failure::Unreadable { why: bad.cause, sample: String::new() }),
            (None, None) => Err(Failure::NotFound),
        }
    }

    /// Whether a failure is this one item's own, so that the others should be read without it.
    fn give_up_on(&self, id: &str, failure: &Failure) -> bool {
        match failure {
            Failure::NotFound | Failure::Refused { .. } => true,
            // Could be anything for a while; the same item again and again is the item.
            Failure::Unreadable { .. } | Failure::ServerFault { .. } => self.memory.stumbled(id) >= PATIENCE,
            _ => false,
        }
    }
}

#[async_trait]
impl Connector for Ozon {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let roles = unless_closed(self.client.roles().await)?;
        let info = unless_closed(self.client.seller_info().await)?;
        if let Some(info) = &info {
            self.memory.learn_names(info.names());
        }
        // Whether reviews are open shows only when they are asked for.
        let reviews = match self.review_version().await {
            Err(Failure::Closed { code, why, .. }) => Some((code, why)),
            Err(failure @ Failure::Key { .. }) => return Err(failure),
            // A fault or our own pace says nothing about them.
            Ok(_) | Err(_) => None,
        };
        // Ozon answers for a pair of Client-Id and Api-Key only if they belong together, so the number is the seller.
        let standing = standing::standing(roles.as_ref(), info, reviews, self.clock.now());
        Ok(Checked { seller: self.client_id.clone(), standing })
    }

    async fn step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure> {
        if let Some(list) = listing::list_of(stream) {
            return self.list_step(stream, list, cursor, ask).await;
        }
        match self.chats_of(stream, ask, self.clock.now()) {
            Some(chats) => self.chats_step(stream, chats, cursor, ask).await,
            None => Err(Failure::Refused { why: format!("Ozon has no stream `{stream}`") }),
        }
    }

    /// Makes as many requests as the item has parts: a question and its answers, a review and its comments. When our pace cuts it
    /// short, the same call a little later goes on from there.
    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure> {
        match kind {
            Kind::Chat | Kind::Ticket | Kind::Notice => self.chat_thread(kind, conversation, since).await,
            Kind::Claim if !matches!(Claim::of(conversation), Some(Claim::Rfbs { .. })) => {
                self.listed_claim(conversation).await
            }
            Kind::Question | Kind::Review | Kind::Claim => {
                let detail = Detail::whole(kind, conversation.clone()).ok_or(Failure::NotFound)?;
                let (whole, detail) = self.read_whole(detail).await?;
                Ok(Thread { conversation: whole, complete: !detail.flawed, gaps: false })
            }
        }
    }

    /// Before the first review is acted on it asks once which generation of methods the server has.
    async fn send(&self, outgoing: &Outgoing) -> Sent {
        self.carry_out(outgoing).await
    }

    async fn look_up(&self, wanted: &Wanted) -> Result<facts::Facts, Failure> {
        lookup::look_up(&self.client, &self.closed, self.clock.now(), wanted).await
    }

    async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.client.picture(address).await
    }

    async fn attachment(&self, source: &str, most: u64) -> Result<Attached, Failure> {
        self.client.attachment(source, most).await
    }
}

/// A right that is missing for one question about the account leaves that question open.
fn unless_closed<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Closed { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What copying from a web page or a file leaves around a key.
fn is_stray(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '"')
}

fn setup(field: &str, why: &str) -> Failure {
    Failure::Setup { field: field.to_owned(), why: why.to_owned() }
}
