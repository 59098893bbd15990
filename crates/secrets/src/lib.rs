//! Where the tokens and passwords of shops live, and the types that keep them out of everything else.
//!
//! A home keeps its secrets in exactly one place: the keyring of the operating system, a vault file under a
//! passphrase where no keyring serves, or memory for the demo. [`Keeper`] chooses the place once and is the only
//! door to it. All calls block; async callers run them on a blocking thread.

mod error;
mod harden;
mod keeper;
mod keyring;
mod name;
mod platform;
mod redact;
mod secret;
mod vault;

pub use error::{Error, KeyringProblem, Result};
pub use harden::harden_process;
pub use keeper::{Keeper, Place, Preference, Readiness, Status};
pub use name::SecretName;
pub use redact::{Redacting, RedactingWriter, redact};
pub use secret::{MAX_SECRET_BYTES, Secret};
