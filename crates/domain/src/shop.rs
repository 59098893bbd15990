//! A shop: one seller account on one platform.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Channel, ShopId};

/// A connected shop without its secrets, which only the keyring or the vault holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Our number.
    pub id: ShopId,
    /// The platform.
    pub channel: Channel,
    /// The seller's own name for it.
    pub name: String,
    /// The platform's id of the seller, read at the first check; a later secret must belong to the same seller.
    pub seller: String,
    /// Public connection fields, such as Ozon's `client_id`.
    pub fields: BTreeMap<String, String>,
    /// Replaces scheme and host of every address of the platform.
    pub base_url: Option<String>,
    /// HTTP or SOCKS proxy for every call of this shop.
    pub proxy: Option<String>,
    /// Whether answers may leave; off until a person switches it on.
    pub sending: bool,
    /// Why the account is paused, empty when it is not (for example `token_refused`).
    pub pause: String,
    /// What the key can do, as the last check found.
    pub standing: Standing,
    /// When it was connected; unanswered threads past their deadline by then are backlog.
    pub added_at: Timestamp,
    /// Days its conversations are kept after their last message; none = for good.
    #[serde(default)]
    pub keep_days: Option<u32>,
}

/// The outcome of a shop's check: who it is, what it may do, what a person should know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Name the platform knows the seller by.
    pub seller_name: String,
    /// When the key stops working.
    pub expires_at: Option<Timestamp>,
    /// Answers are impossible with this key.
    pub read_only: bool,
    /// Features and whether they are open to this key.
    pub features: BTreeMap<String, Feature>,
    /// When this was read.
    pub checked_at: Option<Timestamp>,
}

impl Standing {
    /// Whether a feature is known to be closed; unknown features are tried.
    pub fn closed(&self, feature: &str) -> Option<&Feature> {
        self.features.get(feature).filter(|feature| !feature.open)
    }
}

/// Whether something of the platform is open to a key, with the reason in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feature {
    /// Usable now.
    pub open: bool,
    /// A code of the API's list, for example `subscription_missing`; empty when open.
    pub code: String,
    /// What is missing and what to do, in English for logs and scripts.
    pub why: String,
}
