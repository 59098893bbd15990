//! What can go wrong with secrets, cut by what the caller can do about it.
//!
//! Errors of the keyring crates are kept as text only: some of their variants carry the raw bytes of the secret, which
//! must not travel in an error chain that ends in a log.

use std::path::PathBuf;

use serde::Serialize;

/// The result of every call of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a secret could not be kept, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a keyring nor a vault can take secrets; the reason says what the person can do.
    #[error("no place to keep secrets: {reason}")]
    NoStore {
        /// What is missing and what to do about it.
        reason: String,
    },
    /// The keyring served when the home was opened and failed now.
    #[error(transparent)]
    Keyring(#[from] KeyringProblem),
    /// The vault must be unlocked with its passphrase first.
    #[error("the vault is locked: unlock it with its passphrase")]
    VaultLocked,
    /// A vault exists already and is not made anew over the secrets in it.
    #[error("this home has a vault already: unlock it, or move the file away to start afresh")]
    VaultExists,
    /// The vault is whole, and this is not its passphrase.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The vault file was cut, overwritten or altered; a copy from a backup is needed.
    #[error("the vault file {} is damaged ({what}): restore it from a backup", path.display())]
    VaultDamaged {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        what: &'static str,
    },
    /// The vault was written by a newer program.
    #[error("the vault file has format {found}, this program reads up to {known}: use the newer program")]
    VaultNewer {
        /// The format of the file.
        found: u8,
        /// The newest format this program reads.
        known: u8,
    },
    /// A vault command was given to a home that keeps its secrets elsewhere.
    #[error("this home does not keep its secrets in a vault")]
    NotAVault,
    /// The secret is larger than the smallest keyring takes.
    #[error("the secret has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// The size given, in bytes; for input that was cut short, the size read so far.
        bytes: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// A secret or passphrase was empty.
    #[error("the secret is empty")]
    Empty,
    /// The text is not UTF-8.
    #[error("the secret is not UTF-8 text: save the file as UTF-8")]
    NotText,
    /// The name of the field cannot be part of an entry's name.
    #[error("{field:?} cannot name a secret: use 1 to 64 of a-z, 0-9, _")]
    BadField {
        /// The name as given.
        field: String,
    },
    /// The store took the secret and gave back something else.
    #[error("the keyring did not give back what was stored; the old secret was kept")]
    NotKept,
    /// Reading or writing failed.
    #[error("{what}: {source}")]
    Io {
        /// The file or source of input.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Why the keyring of the operating system does not serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum KeyringProblem {
    /// No service can be reached.
    #[error("no keyring service answers ({0})")]
    NoService(String),
    /// A service answers and does not open its collection.
    #[error("the keyring is locked ({0})")]
    Locked(String),
    /// The service was reached and did not answer in time.
    #[error("the keyring did not answer within {seconds} s")]
    TimedOut {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The service failed in another way.
    #[error("the keyring failed ({0})")]
    Failed(String),
}

impl Error {
    pub(crate) fn io(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what: what.to_string(), source }
    }
}
