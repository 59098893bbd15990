//! What changed, for whoever listens: the page, the window, a waiting command.
//!
//! Events say which cached reads are stale; they carry ids and never a buyer's words. A listener that falls behind is told to
//! read everything again instead of being fed a backlog.

use dragoman_domain::outbox::State;
use dragoman_domain::settings::SettingName;
use dragoman_domain::{ConversationId, OutboxId, ShopId};
use serde::{Deserialize, Serialize};

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Conversations got new or changed messages, facts, or another turn.
    Conversations {
        /// Their shop.
        shop: ShopId,
        /// The first hundred of them.
        ids: Vec<ConversationId>,
        /// Messages that are new.
        new_messages: u64,
    },
    /// The platform's moderation refused answers of ours: they are ours to write again, with the text as a draft.
    AnswerRefused {
        /// Their shop.
        shop: ShopId,
        /// The first hundred of them.
        ids: Vec<ConversationId>,
    },
    /// An outbox item changed its state.
    Outbox {
        /// The item.
        id: OutboxId,
        /// Its conversation.
        conversation: ConversationId,
        /// Where it stands now.
        state: State,
    },
    /// A shop was added, changed, paused or removed.
    Shop {
        /// The shop.
        id: ShopId,
    },
    /// A stream finished a step or failed.
    Sync {
        /// The shop.
        shop: ShopId,
        /// The stream.
        stream: String,
    },
    /// Something could not be read and was put aside.
    Quarantine {
        /// The shop.
        shop: ShopId,
    },
    /// A setting of the home has another value.
    Settings {
        /// Which.
        name: SettingName,
    },
    /// Tags were made, renamed or removed.
    Labels,
    /// The listener missed events: read everything again.
    Behind,
}

/// A name for cached reads that an event or a mutation makes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Lists and counts.
    Inbox,
    /// One conversation.
    Conversation,
    /// The outbox.
    Outbox,
    /// Shops and their streams.
    Shops,
    /// The quarantine.
    Quarantine,
    /// Settings of the home.
    Settings,
    /// The tags that there are.
    Labels,
}

impl Event {
    /// The reads this event makes stale.
    pub const fn tags(&self) -> &'static [Tag] {
        match self {
            Self::Conversations { .. } => &[Tag::Inbox, Tag::Conversation],
            Self::AnswerRefused { .. } | Self::Outbox { .. } => &[Tag::Outbox, Tag::Conversation, Tag::Inbox],
            Self::Shop { .. } | Self::Sync { .. } => &[Tag::Shops],
            Self::Quarantine { .. } => &[Tag::Quarantine],
            Self::Settings { .. } => &[Tag::Settings],
            Self::Labels => &[Tag::Labels, Tag::Inbox, Tag::Conversation],
            Self::Behind => {
                &[Tag::Inbox, Tag::Conversation, Tag::Outbox, Tag::Shops, Tag::Quarantine, Tag::Settings, Tag::Labels]
            }
        }
    }
}
