//! Connectors to the platforms.
//!
//! A [`Connector`] is a translation plus an HTTP call: it turns one request of ours into one request of the platform's contract
//! and the answer into our types. It stores nothing, sleeps never, retries nothing and decides nothing: pace comes back as
//! [`Failure::Wait`], doubt as [`Sent::Unknown`], and the engine does the waiting and the deciding. What a platform can do is
//! declared as data in [`Connector::capabilities`]; what it allows is read from its rule pack.
//!
//! Each platform is a module of the same shape: `wire` (their JSON, read leniently), `client` (one function per endpoint),
//! `map` (theirs to ours, no I/O). Everything HTTP is shared: [`http`], [`limits`].

pub mod clock;
pub mod credential;
pub mod http;
pub mod lenient;
pub mod limits;
pub mod ozon;
pub mod wildberries;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::lookup::Facts;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{Outgoing, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::Standing;
use dragoman_domain::{Capabilities, Channel, Kind, RemoteId, ShopId, Timestamp};
use thiserror::Error;

use crate::clock::Clock;
use crate::credential::Credential;

/// Everything a connector needs to know of its shop.
#[derive(Clone)]
pub struct Settings {
    /// Our number, for logs.
    pub shop: ShopId,
    /// Public fields, such as Ozon's `client_id`.
    pub fields: BTreeMap<String, String>,
    /// Secrets by field; they print as stars.
    pub secrets: BTreeMap<String, Credential>,
    /// Replaces scheme and host of every address of the platform.
    pub base_url: Option<String>,
    /// Proxy for every call.
    pub proxy: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The proxy's address may carry a password.
        f.debug_struct("Settings").field("shop", &self.shop).field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// Connects to one shop of one platform.
///
/// # Errors
/// [`Failure::Setup`] if a field or secret is missing or malformed, or the platform has no connector yet.
pub fn connect(
    channel: Channel,
    settings: Settings,
    pack: RulePack,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Connector>, Failure> {
    match channel {
        Channel::Wildberries => Ok(Arc::new(wildberries::Wildberries::new(settings, pack, clock)?)),
        Channel::Ozon => Ok(Arc::new(ozon::Ozon::new(settings, pack, clock)?)),
        Channel::Aliexpress | Channel::Wish | Channel::Email => {
            Err(Failure::Setup { field: String::new(), why: format!("there is no connector for {channel} yet") })
        }
    }
}

/// One shop's connection to its platform. Each call makes at most one request, unless its documentation says otherwise.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What the platform can do, as data.
    fn capabilities(&self) -> &Capabilities;

    /// Who this key belongs to and what it may do. Makes as many requests as that takes, all of them reads.
    async fn check(&self) -> Result<Checked, Failure>;

    /// The next step of a stream. `known` tells how far threads have been read, so that unchanged ones can be skipped.
    async fn step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure>;

    /// Reads a thread again, at least everything after the watermark.
    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure>;

    /// Carries out one action. Never retries.
    async fn send(&self, outgoing: &Outgoing) -> Sent;

    /// Product and order facts. Makes as many requests as the pace allows now, and returns what it found.
    async fn look_up(&self, wanted: &Wanted) -> Result<Facts, Failure>;

    /// A product picture from the platform's public picture hosts; never with the key.
    async fn picture(&self, address: &str) -> Result<Picture, Failure>;

    /// The bytes of a message's attachment by the `source` of its stub, at most `most` of them; with the key only where the
    /// contract asks for it. [`Failure::Wait`] while the platform still checks the file, [`Failure::Refused`] if its moderation
    /// took it away for good, [`Failure::TooLarge`], [`Failure::NotFound`] if it is gone.
    async fn attachment(&self, source: &str, most: u64) -> Result<Attached, Failure> {
        let _ = (source, most);
        Err(Failure::NotFound)
    }
}

/// An attachment's bytes as the platform sent them, not decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Attached {
    /// Media type as the answer declared it, empty when it did not.
    pub mime: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attached({}, {} bytes)", self.mime, self.bytes.len())
    }
}

/// What a step is asked for.
pub struct Ask<'a> {
    /// How far threads have been read.
    pub known: &'a dyn Known,
    /// All history instead of the days the rule pack names.
    pub deep: bool,
}

/// How far threads of this shop have been read.
#[async_trait]
pub trait Known: Send + Sync {
    /// The stored marks of the threads that have one.
    async fn marks(&self, kind: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String>;
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The platform's id of the seller; a later secret of the same shop must lead to the same.
    pub seller: String,
    /// Rights, subscription, expiry, in plain words.
    pub standing: Standing,
}

/// Products and orders whose facts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Product numbers.
    pub products: Vec<String>,
    /// Order numbers.
    pub orders: Vec<String>,
}

/// A picture's bytes as the platform sent them, not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Media type: `image/jpeg`, `image/png` or `image/webp`, found from the bytes.
    pub mime: String,
    /// At most 5 MiB.
    pub bytes: Vec<u8>,
}

/// Why a read did not bring what was asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// Our pace, the platform's quota or its 429: the same call may be made again at the instant. Nothing is wrong.
    #[error("wait until {until}")]
    Wait {
        /// When to ask again.
        until: Timestamp,
        /// The platform said so (429), not only our own pace.
        told: bool,
    },
    /// The platform could not be reached, or not in time.
    #[error("the platform cannot be reached: {why}")]
    Offline {
        /// What failed, without addresses' queries.
        why: String,
    },
    /// The platform reported a fault of its own.
    #[error("the platform answered with a fault of its own ({status}): {why}")]
    ServerFault {
        /// HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// The key is refused: the account has to rest until a person mends it.
    #[error("{why}")]
    Key {
        /// Code of the API's list: `token_refused`, `token_basic`, `token_test`, `token_expired`.
        code: String,
        /// Plain words and what to do.
        why: String,
    },
    /// One feature is closed to this key (right or subscription missing); everything else goes on.
    #[error("{why}")]
    Closed {
        /// Name of the feature in [`Standing::features`].
        feature: String,
        /// Code of the API's list: `right_missing`, `subscription_missing`.
        code: String,
        /// Plain words and what to do.
        why: String,
    },
    /// The thread or item is not known to the platform.
    #[error("the platform does not know it")]
    NotFound,
    /// The platform refuses the request as it is.
    #[error("the platform refuses the request: {why}")]
    Refused {
        /// Its words.
        why: String,
    },
    /// The answer is not what the contract promises (HTML, cut, another shape); nothing of it was used.
    #[error("the platform's answer cannot be read: {why}")]
    Unreadable {
        /// What was wrong.
        why: String,
        /// The first bytes, for the report file.
        sample: String,
    },
    /// Longer than is read.
    #[error("it is longer than {limit} bytes")]
    TooLarge {
        /// Most that is read.
        limit: u64,
    },
    /// The platform hands out the same page over and over.
    #[error("paging never ends: {why}")]
    Endless {
        /// What was seen.
        why: String,
    },
    /// The platform's own count is more than its list shows, however often it is asked; what was shown is kept.
    #[error("the list is not complete: {why}")]
    Incomplete {
        /// What was seen.
        why: String,
    },
    /// The shop's settings cannot be used.
    #[error("{why}")]
    Setup {
        /// The field or secret at fault.
        field: String,
        /// Plain words and what to do.
        why: String,
    },
}
