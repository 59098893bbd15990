//! A message and its author.

use serde::{Deserialize, Serialize};

use crate::text::words;

words! {
    /// Which way a message went.
    "direction" Direction {
        /// From a buyer or a platform to us.
        In = "in",
        /// From us.
        Out = "out",
        /// Internal; can never be sent.
        Note = "note",
        /// An event of the thread, written by nobody.
        System = "system",
    }
}

words! {
    /// Who wrote a message.
    "author" Author {
        /// The buyer of this conversation.
        Buyer = "buyer",
        /// Another buyer who joined in.
        OtherBuyer = "other_buyer",
        /// The seller, from whichever program.
        Seller = "seller",
        /// The platform's people or system.
        Platform = "platform",
        /// A platform's bot.
        Bot = "bot",
        /// A courier.
        Courier = "courier",
        /// One of us, to the others: internal notes.
        Agent = "agent",
    }
}

impl Author {
    /// The direction that follows from the author.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Seller => Direction::Out,
            Self::Agent => Direction::Note,
            Self::Buyer | Self::OtherBuyer | Self::Platform | Self::Bot | Self::Courier => Direction::In,
        }
    }
}

words! {
    /// What has become of an attachment's bytes.
    "attachment state" AttachmentState {
        /// Known by its address only.
        Remote = "remote",
        /// Stored beside the inbox.
        Stored = "stored",
        /// The platform is still checking it.
        Pending = "pending",
        /// Refused by the platform's moderation, for good.
        Refused = "refused",
        /// Could not be fetched.
        Missing = "missing",
    }
}

/// A file or picture of a message, before its bytes are here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentStub {
    /// Name as the sender gave it; only ever shown as text.
    pub name: String,
    /// Media type as declared, empty when unknown.
    pub mime: String,
    /// Size in bytes when the platform says it.
    pub size: Option<u64>,
    /// Where the platform keeps it.
    pub source: String,
    /// What is known about it.
    pub state: AttachmentState,
}
