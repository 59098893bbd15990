//! Identifiers: our own are numbers given by the store, a platform's are opaque text.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

row_id! {
    /// One seller account on one platform.
    ShopId,
    /// One thread with a buyer or with a platform.
    ConversationId,
    /// One message; dense and rising in order of arrival, which says nothing about when it was written.
    MessageId,
    /// One intended action on a platform.
    OutboxId,
    /// One item a platform sent that could not be read.
    QuarantineId,
    /// The receipt of an erasure.
    ReceiptId,
    /// A word that a person puts on conversations.
    TagId,
}

/// A platform's own identifier, kept as the text it was sent as.
///
/// Never a number: Ozon's message ids have 19 digits and more, and any detour through a floating-point number loses the last ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteId(pub String);

impl RemoteId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for RemoteId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for RemoteId {
    fn from(text: String) -> Self {
        Self(text)
    }
}
