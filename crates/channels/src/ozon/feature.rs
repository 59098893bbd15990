//! The parts of Ozon that can be closed to a key, one by one, while the others stay open.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use dragoman_domain::{SignedDuration, Timestamp};

use crate::Failure;

/// How long a closed part is left alone.
const CLOSED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A part of the platform that can be closed to a key while the others stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feature {
    Account,
    /// Chats with buyers; those with Ozon's people need less.
    Chats,
    Questions,
    Reviews,
    /// Returns of all schemes, as the warehouses see them.
    Returns,
    /// Return requests that the seller decides.
    RfbsReturns,
    Cancellations,
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
            Self::Questions => "questions",
            Self::Reviews => "reviews",
            Self::Returns => "returns",
            Self::RfbsReturns => "returns_rfbs",
            Self::Cancellations => "cancellations",
            Self::Products => "products",
            Self::OrdersFbs => "orders_fbs",
            Self::OrdersFbo => "orders_fbo",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Account => "account details",
            Self::Chats => "chats",
            Self::Questions => "questions about products",
            Self::Reviews => "reviews",
            Self::Returns => "returns",
            Self::RfbsReturns => "return requests (rFBS)",
            Self::Cancellations => "cancellation requests (rFBS)",
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

    /// What to do when the seller lacks the subscription. Source: method texts of Seller API 2.1, April and September 2026.
    pub(super) const fn subscription_missing(self) -> &'static str {
        match self {
            Self::Questions => {
                "Ozon opens questions to programs only with the subscription Premium Plus; order it in the seller's cabinet"
            }
            Self::Reviews => {
                "Ozon opens reviews to programs only with the subscription for review management or Premium Pro; order one in the seller's cabinet"
            }
            Self::Chats => {
                "Ozon opens buyer chats to programs only with the subscription Premium Plus or Premium Pro; order it in the seller's cabinet"
            }
            _ => "Ozon opens this to programs only with a subscription; order it in the seller's cabinet",
        }
    }
}

/// Parts that this key was refused, each with when to try again. A new key comes with a new connector.
#[derive(Default)]
pub(super) struct Closures(Mutex<BTreeMap<Feature, (Timestamp, Failure)>>);

impl Closures {
    pub(super) fn open(&self, feature: Feature, now: Timestamp) -> Result<(), Failure> {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match closed.get(&feature) {
            Some((until, failure)) if now < *until => Err(failure.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn note(&self, feature: Feature, now: Timestamp, failure: &Failure) {
        if matches!(failure, Failure::Closed { .. }) {
            let until = now.saturating_add(CLOSED_FOR).unwrap_or(Timestamp::MAX);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(feature, (until, failure.clone()));
        }
    }
}
