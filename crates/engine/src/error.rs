//! What can go wrong, by what somebody can do about it.

use dragoman_channels::Failure;
use dragoman_domain::file::{FileCause, FileFault};
use dragoman_domain::message::AttachmentState;
use dragoman_domain::offer::Consequence;
use dragoman_domain::outbox::State;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::rules::RuleError;
use dragoman_domain::{Kind, Timestamp};
use thiserror::Error;

/// Result of an engine call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did not do what was asked. Nothing is half done when one is returned.
#[derive(Debug, Error)]
pub enum Error {
    /// No such thing here.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `shop`, `conversation`, `outbox item`, `quarantined item`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A value that cannot be used.
    #[error("{field}: {why}")]
    Invalid {
        /// The field at fault.
        field: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A text shorter or longer than the platform takes. Counted in Unicode scalar values.
    #[error("the text has {length} characters; the platform takes {min} to {max}")]
    TextLength {
        /// Length of the text.
        length: usize,
        /// Shortest the platform takes.
        min: u32,
        /// Longest the platform takes.
        max: u32,
    },
    /// The text has characters nobody can see, which platforms show differently or refuse.
    #[error("the text has invisible characters: {found}")]
    InvisibleText {
        /// Their code points.
        found: String,
    },
    /// The platform offers no such action on this kind of conversation.
    #[error("{action} is not possible on a {kind} of this platform")]
    NotOffered {
        /// The action.
        action: ActionKind,
        /// The kind.
        kind: Kind,
    },
    /// The platform does not offer this action on the conversation now.
    #[error("the platform offers no {name:?} here now; it offers: {offered}")]
    OfferGone {
        /// What was asked for.
        name: String,
        /// The names of what it offers, `nothing` if there is none.
        offered: String,
    },
    /// An action that moves money, goods or an order, and was not confirmed.
    #[error("{name:?} has to be confirmed: {}", .consequence.effect)]
    Unconfirmed {
        /// The offer.
        name: String,
        /// What would follow.
        consequence: Consequence,
    },
    /// Our answer can be changed no more.
    #[error("our answer can no longer be changed here")]
    NotEditable {
        /// Until when it could be, where the platform said so.
        until: Option<Timestamp>,
    },
    /// The same answer is already on its way in this conversation.
    #[error("the same text is already on its way here (outbox item {item})")]
    AlreadyOnItsWay {
        /// The item under way.
        item: i64,
    },
    /// The item's state does not allow it.
    #[error("an item that is {state} does not allow this")]
    WrongState {
        /// Where it stands.
        state: State,
    },
    /// The same key was used before for another request.
    #[error("this request key was used before for another request")]
    KeyReused,
    /// The platform's window for an answer has closed.
    #[error("the platform took answers until {until}")]
    WindowClosed {
        /// When it closed.
        until: Timestamp,
    },
    /// The bytes of an attachment are not here, and asking for them did not help.
    #[error("the file is {state}: {cause}")]
    NotHere {
        /// Where it stands.
        state: AttachmentState,
        /// Why.
        cause: FileCause,
    },
    /// A file that cannot be shown as a picture; it can still be saved.
    #[error("{why}")]
    NoPicture {
        /// Why not.
        why: String,
    },
    /// Files that cannot go with the answer. Nothing was queued.
    #[error(transparent)]
    Files(#[from] FileFault),
    /// A key that belongs to another seller than the shop it was given for.
    #[error("this key belongs to seller {found}, the shop to seller {wanted}")]
    OtherSeller {
        /// The shop's seller.
        wanted: String,
        /// The key's seller.
        found: String,
    },
    /// The same seller is already connected.
    #[error("seller {seller} is already connected as shop {shop}")]
    AlreadyConnected {
        /// The platform's id of the seller.
        seller: String,
        /// Our shop.
        shop: i64,
    },
    /// The platform said no, was not reached, or could not be understood.
    #[error(transparent)]
    Platform(#[from] Failure),
    /// The keyring or the vault.
    #[error(transparent)]
    Secrets(#[from] dragoman_secrets::Error),
    /// The inbox file.
    #[error(transparent)]
    Store(dragoman_store::Error),
    /// A rule pack that cannot be used.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// Another process owns this home and could not be reached.
    #[error("another process works on this home ({owner}) and does not answer")]
    HomeInUse {
        /// What is known of it.
        owner: String,
    },
    /// A file that was to be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What happened.
        source: std::io::Error,
    },
    /// A line of an import that cannot be read.
    #[error("line {line}: {why}")]
    ImportLine {
        /// Line number, from one.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopping,
    /// A fault of ours.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl From<dragoman_store::Error> for Error {
    fn from(error: dragoman_store::Error) -> Self {
        match error {
            dragoman_store::Error::Missing { what, key } => Self::NotFound { what, id: key },
            dragoman_store::Error::KeyReused { .. } => Self::KeyReused,
            dragoman_store::Error::Illegal(illegal) => Self::WrongState { state: illegal.state },
            other => Self::Store(other),
        }
    }
}

impl Error {
    /// Shorthand for an unusable value.
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), why: why.into() }
    }
}
