//! What we intend to do on a platform, and the three answers such a call can end in.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::offer::Act;
use crate::text::words;
use crate::{Kind, RemoteId};

words! {
    /// An intended action.
    "action" ActionKind {
        /// Answer a conversation.
        Reply = "reply",
        /// Change our answer.
        Edit = "edit",
        /// Take our answer back.
        Delete = "delete",
        /// Refuse a question so that it is hidden.
        Reject = "reject",
        /// Tell the platform we have seen it.
        Read = "read",
        /// Take up one of the platform's offers: a claim's decision, a return offered, a chat opened.
        Act = "act",
    }
}

impl ActionKind {
    /// Whether the action counts as our answer to a conversation of this kind while it is on its way.
    pub const fn answers(self, kind: Kind) -> bool {
        match self {
            Self::Reply | Self::Reject => true,
            Self::Act => matches!(kind, Kind::Claim),
            Self::Edit | Self::Delete | Self::Read => false,
        }
    }
}

/// One call to make, complete with what the platform needs to address it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What to do.
    pub action: ActionKind,
    /// Kind of the thread.
    pub kind: Kind,
    /// The platform's id of the thread.
    pub conversation: RemoteId,
    /// Text of the answer, empty where the action has none.
    pub text: String,
    /// The last message of the other side that we know (read marks).
    pub last_in: Option<RemoteId>,
    /// The message of ours that is edited or deleted.
    pub target: Option<RemoteId>,
    /// Product number of the conversation, empty when there is none.
    pub product: String,
    /// Order number of the conversation, empty when there is none.
    pub order_no: String,
    /// The offer that is taken up.
    pub act: Option<Act>,
    /// Files that go with it.
    pub files: Vec<Upload>,
}

impl Outgoing {
    /// A call that carries nothing but a text.
    pub fn new(action: ActionKind, kind: Kind, conversation: RemoteId, text: String) -> Self {
        Self {
            action,
            kind,
            conversation,
            text,
            last_in: None,
            target: None,
            product: String::new(),
            order_no: String::new(),
            act: None,
            files: Vec::new(),
        }
    }
}

/// A file that leaves with an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// Name the other side sees.
    pub name: String,
    /// Media type, found from the bytes.
    pub mime: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({}, {} bytes)", self.mime, self.bytes.len())
    }
}

/// How a sending call ended. Only this type is matched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The platform said yes, in a form its contract counts as success.
    Yes {
        /// The platform's id of the new message, where it gives one.
        remote: Option<RemoteId>,
        /// When it said so.
        at: Timestamp,
    },
    /// Surely not accepted.
    No(Refusal),
    /// The call ended without proof; the thread has to be read.
    Unknown {
        /// What happened, for the log and the screen.
        why: Doubt,
        /// When the attempt ended.
        at: Timestamp,
    },
}

/// Why a call was surely not accepted: the fixed list of reliability rule 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Name look-up, connection or TLS failed before a byte of the body left.
    NotReached {
        /// What failed, in English.
        why: String,
    },
    /// Too many requests.
    Throttled {
        /// When the platform allows the next attempt, if it says so sanely.
        retry_at: Option<Timestamp>,
    },
    /// The key is refused: nothing more may be sent with it.
    Key {
        /// Code for the shop's pause, for example `token_refused`.
        code: String,
        /// The platform's words.
        why: String,
    },
    /// A documented, final refusal of this message.
    Final {
        /// Code of the API's list.
        code: String,
        /// The platform's words.
        why: String,
    },
}

words! {
    /// Why a call ended without proof.
    "doubt" Doubt {
        /// No answer in time.
        Silence = "silence",
        /// The connection broke after the body had begun to leave.
        Broken = "broken",
        /// The platform answered with a fault of its own.
        ServerFault = "server_fault",
        /// The answer was cut or could not be read.
        Unreadable = "unreadable",
        /// The platform sent us to another address.
        Redirected = "redirected",
        /// Success that its contract calls empty until seen.
        Unconfirmed = "unconfirmed",
        /// The program ended while the call was open.
        Interrupted = "interrupted",
    }
}
