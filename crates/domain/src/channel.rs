//! A channel and what it can do, declared as data.
//!
//! Neither engine nor screen asks which marketplace a conversation belongs to: they read [`Capabilities`].

use serde::{Deserialize, Serialize};

use crate::conversation::Kind;
use crate::outbox::SendRules;
use crate::outgoing::ActionKind;
use crate::text::words;

words! {
    /// A platform we can connect to.
    "channel" Channel {
        /// Wildberries.
        Wildberries = "wildberries",
        /// Ozon.
        Ozon = "ozon",
        /// AliExpress.
        Aliexpress = "aliexpress",
        /// Wish.
        Wish = "wish",
        /// Electronic mail.
        Email = "email",
    }
}

/// What a channel can do with each kind of conversation it brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// One entry per kind.
    pub kinds: Vec<KindCapabilities>,
    /// The channel's streams, in the order a first sync should run them: what awaits an answer first.
    pub streams: Vec<Stream>,
}

impl Capabilities {
    /// What can be done with conversations of a kind; `None` if the channel has none.
    pub fn of(&self, kind: Kind) -> Option<&KindCapabilities> {
        self.kinds.iter().find(|entry| entry.kind == kind)
    }

    /// The rules of one action on one kind; `None` if it is not offered.
    pub fn action(&self, kind: Kind, action: ActionKind) -> Option<&ActionRules> {
        self.of(kind)?.actions.iter().find(|rules| rules.action == action)
    }
}

/// What can be done with conversations of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindCapabilities {
    /// The kind.
    pub kind: Kind,
    /// Everybody can read the answer.
    pub public: bool,
    /// The actions offered.
    pub actions: Vec<ActionRules>,
}

/// The rules of one action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionRules {
    /// The action.
    pub action: ActionKind,
    /// Text length in Unicode scalar values, shortest and longest; `None` if the action carries no text.
    pub text: Option<(u32, u32)>,
    /// How the outbox may treat its outcomes.
    pub send: SendRules,
    /// Files that may go with it; `None` if it carries none.
    #[serde(default)]
    pub files: Option<FileRules>,
}

/// What a platform takes of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRules {
    /// Media types.
    pub mimes: Vec<String>,
    /// Bytes of one file.
    pub max_bytes: u64,
    /// Bytes of all files of one answer.
    pub max_total: u64,
    /// Files of one answer.
    pub max_count: u32,
    /// They may go together with a text; else each leaves as an answer of its own, after the text.
    pub with_text: bool,
}

words! {
    /// What a stream is for; decides its place in the queue.
    "urgency" Urgency {
        /// Everything that awaits our answer.
        Awaiting = "awaiting",
        /// What happened since the cursor, answered elsewhere included.
        Recent = "recent",
        /// Old conversations, newest first.
        History = "history",
    }
}

/// One thing a channel can be asked for page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Name, unique within the channel.
    pub name: String,
    /// What it is for.
    pub urgency: Urgency,
    /// The kind it brings; notices and tickets may come along.
    pub kind: Kind,
    /// Seconds between two looks when nothing is left to fetch; `0` = once, until asked for again.
    pub every_s: u32,
}
