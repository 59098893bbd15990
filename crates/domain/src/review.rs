//! Facts of a review beside its words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RemoteId;
use crate::text::words;

words! {
    /// What became of the purchase that a review speaks of.
    "purchase" Purchase {
        /// The buyer kept the goods.
        Kept = "kept",
        /// Refused at the counter.
        Refused = "refused",
        /// Brought back later.
        Returned = "returned",
        /// Cancelled before it arrived.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a buyer says of the size.
    "size fit" SizeFit {
        /// As expected.
        Fits = "fits",
        /// Smaller than it should be.
        Smaller = "smaller",
        /// Larger than it should be.
        Larger = "larger",
    }
}

/// Facts of a review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewFacts {
    /// One to five.
    pub stars: Option<u8>,
    /// What became of the purchase.
    pub purchase: Option<Purchase>,
    /// When it was bought.
    pub purchased_at: Option<Timestamp>,
    /// What the buyer says of the size.
    pub size_fit: Option<SizeFit>,
    /// Size, as the platform spells it.
    pub size: String,
    /// Colour, as the platform spells it.
    pub color: String,
    /// The buyer's tags.
    pub tags: Vec<String>,
    /// It counts for the product's rating.
    pub counts: Option<bool>,
    /// The earlier review of the same buyer that this one adds to.
    pub adds_to: Option<RemoteId>,
    /// The later review that adds to this one.
    pub added_by: Option<RemoteId>,
    /// When a return was offered.
    pub return_offered_at: Option<Timestamp>,
}
