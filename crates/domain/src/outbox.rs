//! The life of an intended action on a platform: one pure state machine, the same for every channel.
//!
//! The rules, in the order they decide:
//! 1. `sending` is on disk before a socket opens, so a crash is never mistaken for "not tried".
//! 2. Only a fixed list of outcomes counts as surely not accepted ([`Refusal`]); everything else is `unknown`.
//! 3. `unknown` is settled by reading the thread, and a second automatic send happens only where absence can be proven.
//! 4. Where reading cannot decide, a person does (`held`).
//!
//! [`Item::apply`] (in `table`) is the only way to change a state. It refuses what the table does not allow, so that a caller's slip
//! becomes an error instead of a second message to a buyer.

mod table;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::offer::Act;
use crate::outgoing::{ActionKind, Doubt, Refusal};
use crate::text::words;
use crate::{ConversationId, RemoteId, ShopId};

/// Tries that reach the platform before an item fails. Connect failures, throttling and pauses spend none.
pub const MAX_ATTEMPTS: u32 = 8;
/// Automatic second sends after proven absence.
pub const MAX_RESENDS: u32 = 1;
/// How long a thread may stay unreadable before a person is asked.
pub const UNREADABLE_LIMIT: SignedDuration = SignedDuration::from_mins(15);
/// First pause after a failure; doubled each time.
pub const BACKOFF_START: SignedDuration = SignedDuration::from_secs(2);
/// Longest pause after a failure.
pub const BACKOFF_CAP: SignedDuration = SignedDuration::from_mins(15);

words! {
    /// Where an item stands.
    "state" State {
        /// Waits for its undo hold, its turn, or the next try.
        Queued = "queued",
        /// A call is open, or was when the program ended.
        Sending = "sending",
        /// The last call ended without proof.
        Unknown = "unknown",
        /// Waits for a person.
        Held = "held",
        /// Accepted.
        Sent = "sent",
        /// Refused for good; the text is kept.
        Rejected = "rejected",
        /// Tries or window spent; the text is kept.
        Failed = "failed",
        /// Withdrawn before it left.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Nothing will happen any more without a person.
    pub const fn settled(self) -> bool {
        matches!(self, Self::Sent | Self::Rejected | Self::Failed | Self::Cancelled)
    }

    /// An answer in this state may still reach the buyer by itself.
    pub const fn under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::Unknown)
    }
}

words! {
    /// Why an item is where it is; what a person reads beside it.
    "reason" Reason {
        /// Nothing to explain.
        None = "none",
        /// The undo hold has not run out.
        UndoHold = "undo_hold",
        /// The platform or the network asked us to wait.
        Waiting = "waiting",
        /// The account rests until a person mends it.
        AccountPaused = "account_paused",
        /// The shop's send switch is off.
        SendingOff = "sending_off",
        /// The buyer has written again since.
        BuyerWrote = "buyer_wrote",
        /// Somebody has answered elsewhere since.
        AnsweredElsewhere = "answered_elsewhere",
        /// The thread is closed.
        Closed = "closed",
        /// No answer came.
        Silence = "silence",
        /// The connection broke.
        Broken = "broken",
        /// The platform reported a fault of its own.
        ServerFault = "server_fault",
        /// The answer could not be read.
        Unreadable = "unreadable",
        /// The platform sent us elsewhere.
        Redirected = "redirected",
        /// Success that has to be seen first.
        Unconfirmed = "unconfirmed",
        /// The program ended in mid-call.
        Interrupted = "interrupted",
        /// Not found although it was sent twice.
        NotFoundTwice = "not_found_twice",
        /// Not found, and this platform gives no proof of absence.
        NoProof = "no_proof",
        /// The thread could not be read in time.
        ThreadUnreadable = "thread_unreadable",
        /// More than one message could be ours.
        Ambiguous = "ambiguous",
        /// The platform refused it.
        Refused = "refused",
        /// The platform's window for an answer has closed.
        WindowClosed = "window_closed",
        /// All tries are spent.
        TriesSpent = "tries_spent",
        /// What it belongs behind did not arrive.
        EarlierPart = "earlier_part",
        /// A file that goes with it is not here any more.
        FileGone = "file_gone",
        /// A person said it was sent.
        MarkedSent = "marked_sent",
        /// A person withdrew it.
        Withdrawn = "withdrawn",
    }
}

impl From<Doubt> for Reason {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Silence => Self::Silence,
            Doubt::Broken => Self::Broken,
            Doubt::ServerFault => Self::ServerFault,
            Doubt::Unreadable => Self::Unreadable,
            Doubt::Redirected => Self::Redirected,
            Doubt::Unconfirmed => Self::Unconfirmed,
            Doubt::Interrupted => Self::Interrupted,
        }
    }
}

words! {
    /// What became of an accepted public answer.
    "publication" Publication {
        /// Accepted, not yet seen by everybody.
        Pending = "pending",
        /// Visible.
        Public = "public",
        /// Refused by the platform's moderation; the turn is ours again.
        Refused = "refused",
    }
}

words! {
    /// Whether a repeated call adds or overwrites.
    "nature" Nature {
        /// Every call adds a message (chats).
        Append = "append",
        /// A call sets the one answer of its thread (questions).
        SetLike = "set_like",
    }
}

/// How the outbox may treat the outcomes of one action. Declared by a channel, tested, never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRules {
    /// Whether a repeated call adds or overwrites.
    pub nature: Nature,
    /// A parsed success is proof. False where the contract says success can be empty.
    pub success_proves: bool,
    /// The thread can be read back to look for our message.
    pub read_back: bool,
    /// Not seeing it after the horizon proves it is not there.
    pub absence_provable: bool,
    /// Seconds after the end of an attempt within which an accepted message may still be invisible.
    pub horizon_s: u32,
}

impl SendRules {
    /// What holds for an action a channel declares nothing about: adds, cannot be proven either way.
    pub const UNDECLARED: Self = Self {
        nature: Nature::Append,
        success_proves: false,
        read_back: false,
        absence_provable: false,
        horizon_s: 180,
    };
}

/// What a thread looked like when the person wrote the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Our newest message.
    pub last_own: Option<RemoteId>,
    /// How many messages of ours the thread held.
    pub own: u32,
    /// The other side's newest message.
    pub last_in: Option<RemoteId>,
}

/// One intended action with everything needed to carry it out after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Key made by whoever asked for it; the same key is the same item.
    pub uid: Uuid,
    /// The shop it leaves from.
    pub shop: ShopId,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// What to do.
    pub action: ActionKind,
    /// The text, as its bytes will leave.
    pub text: String,
    /// The message of ours that is edited or deleted.
    #[serde(default)]
    pub target: Option<RemoteId>,
    /// The offer that is taken up.
    #[serde(default)]
    pub act: Option<Act>,
    /// The item that has to arrive before this one: an answer that leaves in several.
    #[serde(default)]
    pub after: Option<Uuid>,
    /// Files that go with it, by their names in the home's `files/` folder.
    #[serde(default)]
    pub files: Vec<FileRef>,
    /// What the thread looked like when it was written.
    pub watermark: Watermark,
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// The platform's or the network's words, for the details on screen.
    pub detail: String,
    /// Calls that may have reached the platform.
    pub attempts: u32,
    /// Failures in a row that surely did not reach it; they lengthen the pause and spend no try.
    pub stumbles: u32,
    /// Automatic second sends so far.
    pub resends: u32,
    /// Fence of the lease under which the last call was made; a call under an older fence must not go out.
    pub fence: u64,
    /// When the worker is to look at it next.
    pub due_at: Timestamp,
    /// When the last call ended in doubt.
    pub doubt_at: Option<Timestamp>,
    /// Readings since then that did not find it.
    pub absences: u32,
    /// Since when the thread cannot be read.
    pub unreadable_since: Option<Timestamp>,
    /// The platform's id of the accepted message, or of the one that matched.
    pub remote_id: Option<RemoteId>,
    /// What became of a public answer after it was accepted.
    pub publication: Option<Publication>,
    /// When a person asked for it.
    pub created_at: Timestamp,
    /// When it reached its last state.
    pub settled_at: Option<Timestamp>,
}

/// A file of ours, kept until its item is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Random name on disk.
    pub id: String,
    /// Name as the person knows it.
    pub name: String,
    /// Media type, found from the bytes.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// What can happen to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The thread was read before sending and is not what the person answered to.
    Moved(Reason),
    /// The worker has a lease and is about to call. Written with full durability before the socket opens.
    Lease {
        /// Larger than every fence before.
        fence: u64,
    },
    /// The call ended with a success that was parsed.
    Accepted {
        /// Fence of the lease the call was made under.
        fence: u64,
        /// The platform's id, where it gives one.
        remote: Option<RemoteId>,
    },
    /// The call surely did not count.
    Refused {
        /// Fence of the lease the call was made under.
        fence: u64,
        /// Why.
        refusal: Refusal,
        /// A number in 0..=1000 that spreads the pauses of many items.
        jitter: u16,
    },
    /// The call ended without proof.
    Doubted {
        /// Fence of the lease the call was made under.
        fence: u64,
        /// What happened.
        doubt: Doubt,
    },
    /// The thread was read after doubt.
    ReadBack(ReadBack),
    /// The program starts: whoever held a lease is gone.
    Restarted,
    /// The platform's window for an answer has closed.
    WindowClosed,
    /// The shop may not send now.
    Stopped(Reason),
    /// Nothing could be tried or read yet; look again at this instant. Changes no state and spends nothing.
    Postponed {
        /// When to look again.
        until: Timestamp,
        /// Why, where it is worth showing.
        reason: Option<Reason>,
    },
    /// A person decides.
    Person(Choice),
}

/// What a reading of the thread found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// Exactly one new message of ours matches.
    Found(Option<RemoteId>),
    /// Nothing of ours that is new.
    Absent,
    /// Several new messages of ours could be it.
    Several,
    /// The thread could not be read.
    Unreadable,
}

/// What a person may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Send it (again), against the thread as it now stands.
    Send(Watermark),
    /// Send this text instead.
    Edit(String, Watermark),
    /// Withdraw it.
    Cancel,
    /// It has arrived; the person has seen it.
    MarkSent,
}

/// An event the table does not allow in a state. Nothing was changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("an item that is {state} cannot take `{event}`")]
pub struct Illegal {
    /// The state it stays in.
    pub state: State,
    /// Name of the event.
    pub event: &'static str,
}

/// Pause after the n-th failure in a row: doubled each time, capped, spread by `jitter` (0..=1000 of the full pause).
pub fn backoff(failures: u32, jitter: u16) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = BACKOFF_START.as_millis().saturating_mul(1 << doublings).min(BACKOFF_CAP.as_millis());
    let spread = full.saturating_mul(i128::from(jitter.min(1000))) / 1000;
    SignedDuration::from_millis(i64::try_from(spread).unwrap_or(i64::MAX))
}

/// `at` plus `pause`, at the end of time if there is no such instant.
pub fn later(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
