//! The inbox's vocabulary and its rules.
//!
//! Everything here is plain data and pure functions: no I/O, no async, no clock of its own. Instants come in as arguments,
//! so each rule can be tested like a table and replayed in virtual time.
//!
//! Start with [`conversation`] and [`message`] for what a person reads, [`incoming`] for what a channel hands over,
//! [`outbox`] for the life of an answer, and [`rules`] for the platforms' dated figures.

pub mod channel;
pub mod claim;
pub mod conversation;
pub mod deadline;
pub mod file;
pub mod ids;
pub mod incoming;
pub mod lookup;
pub mod matching;
pub mod message;
pub mod offer;
pub mod outbox;
pub mod outgoing;
pub mod review;
pub mod rules;
pub mod settings;
pub mod shop;
pub mod tag;
pub mod text;

pub use channel::{Capabilities, Channel};
pub use conversation::{Kind, Turn};
pub use ids::{ConversationId, MessageId, OutboxId, QuarantineId, ReceiptId, RemoteId, ShopId, TagId};
pub use jiff::{SignedDuration, Timestamp};
pub use message::{Author, Direction};
