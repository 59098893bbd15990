//! Facts of a claim: what the buyer wants, how much money it is about, what was decided and until when a decision counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::words;

words! {
    /// What a claim asks for.
    "claim sort" ClaimSort {
        /// Goods are to go back, or money for them.
        Return = "return",
        /// An order is to be cancelled before it arrives.
        Cancellation = "cancellation",
        /// The platform is asked to judge.
        Dispute = "dispute",
    }
}

words! {
    /// How a claim stands. The platform's own word is kept beside it in the conversation's status.
    "decision" Decision {
        /// Nobody has decided yet.
        Open = "open",
        /// The buyer gets what was asked for.
        Approved = "approved",
        /// The buyer does not.
        Refused = "refused",
        /// The buyer or the platform took it back, or it ran out.
        Lapsed = "lapsed",
    }
}

/// An amount with its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Decimal, as the platform spells it.
    pub amount: String,
    /// Three letters where known, else as the platform spells it.
    pub currency: String,
}

/// Facts of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimFacts {
    /// What it asks for.
    pub sort: ClaimSort,
    /// The reason in the platform's words, empty when it gives none.
    pub reason: String,
    /// What the goods cost.
    pub amount: Option<Money>,
    /// How many pieces.
    pub quantity: Option<u32>,
    /// How it stands.
    pub decision: Decision,
    /// The platform's words for where it stands, for the screen.
    pub stage: String,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// What was said to the buyer with the decision, empty when nothing was.
    pub comment: String,
    /// The platform's own deadline: what happens then is the rule's.
    pub limit: Option<Limit>,
}

/// An instant after which the platform decides by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The instant.
    pub at: Timestamp,
    /// Name of the rule, for example `ozon_cancellation_auto_approve`.
    pub rule: String,
}
