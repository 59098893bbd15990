//! Everything that runs in the background, and every use case a person or a script can ask for.
//!
//! [`Engine`] owns one home: the store, the keys, one connector per shop, the sync loops and the outbox worker. The API calls
//! its methods and nothing else; it never sees SQL, HTTP to a platform, or a secret.
//!
//! The parts, each a module with one subject:
//! - [`shops`]: connecting, checking and changing shops;
//! - [`inbox`]: lists, conversations, search, quarantine; [`sorting`] and [`bulk`]: what a person does with one of them or with many;
//! - [`settings`]: what a person has set;
//! - [`outbox`]: what a person asks to be sent, and what becomes of it; `sender` is the worker that carries it out;
//! - `opening`: a chat begun from an order; [`requests`]: answers kept for a client that asks again;
//! - [`files`]: attachments and uploads, and what of them may be shown;
//! - [`sync`]: the loops that pull pages, and reports of their progress; `turns` says which stream of a shop comes next, `breaker`
//!   lets a platform that is down alone;
//! - [`history`]: backup, restore, and [`import`];
//! - [`leaving`]: erasing a buyer, ageing, salvage; [`export`]: history for other programs and for people;
//! - [`event`]: what changed, for whoever listens;
//! - [`doctor`]: what a person should mend.

mod breaker;
pub mod bulk;
mod config;
pub mod demo;
pub mod doctor;
mod engine;
pub mod error;
pub mod event;
pub mod export;
pub mod files;
mod guarded;
pub mod history;
pub mod import;
pub mod inbox;
pub mod leaving;
pub mod lookup;
mod maintenance;
mod opening;
pub mod outbox;
pub mod packs;
pub mod requests;
mod sender;
pub mod settings;
pub mod shops;
pub mod sorting;
pub mod sync;
#[cfg(test)]
mod tests;
mod turns;

pub use engine::{Engine, Options, Work};
pub use error::{Error, Result};
pub use event::{Event, Tag};
