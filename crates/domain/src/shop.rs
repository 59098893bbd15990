//! A shop: one seller account on one platform.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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
    /// How far back its conversations are fetched.
    #[serde(default)]
    pub history: History,
}

/// How far back the conversations of a shop are fetched. What awaits an answer is fetched however old it is.
///
/// Ordered by how much that is, as far as it can be told without the rule pack: its days count as the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum History {
    /// The days the platform's rule pack names.
    #[default]
    Usual,
    /// So many days.
    Days(u32),
    /// All the platform still has.
    All,
}

/// A history that is none of `usual`, `all` and a number of days.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no history; give `usual`, `all`, or 1 to 36500 days")]
pub struct UnknownHistory(pub String);

impl History {
    /// Days a history may be asked for.
    pub const DAYS: std::ops::RangeInclusive<u32> = 1..=36_500;
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("usual"),
            Self::Days(days) => write!(f, "{days}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl FromStr for History {
    type Err = UnknownHistory;

    fn from_str(word: &str) -> Result<Self, UnknownHistory> {
        match word {
            "usual" => Ok(Self::Usual),
            "all" => Ok(Self::All),
            _ => match word.parse() {
                Ok(days) if Self::DAYS.contains(&days) => Ok(Self::Days(days)),
                _ => Err(UnknownHistory(word.to_owned())),
            },
        }
    }
}

impl From<History> for String {
    fn from(history: History) -> Self {
        history.to_string()
    }
}

impl TryFrom<String> for History {
    type Error = UnknownHistory;

    fn try_from(word: String) -> Result<Self, UnknownHistory> {
        word.parse()
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_history_reads_as_it_is_written_and_nothing_else_does() {
        for history in [History::Usual, History::All, History::Days(1), History::Days(365), History::Days(36_500)] {
            assert_eq!(history.to_string().parse(), Ok(history));
        }
        for other in ["", "0", "-1", "36501", "4294967296", "All", "90 days"] {
            assert_eq!(other.parse::<History>(), Err(UnknownHistory(other.to_owned())));
        }
    }
}
