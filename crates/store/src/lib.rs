//! The inbox: one SQLite file, written by one thread, read by a few connections.
//!
//! [`Store::open`] checks place, engine, file and schema before anything is trusted. Everything is written through
//! [`Store::write`], a closure that becomes one transaction, and read through [`Store::read`], a closure over one consistent
//! state; what they can do lies in one module per subject, as methods of [`Writer`] and [`Reader`]:
//!
//! | Module | Subject |
//! |---|---|
//! | [`shop`], [`stream`] | connected shops and how far each of their streams has come |
//! | [`ingest`] | pages of a platform become conversations and messages, exactly once |
//! | [`inbox`], [`thread`] | the lists, one conversation |
//! | [`draft`], [`note`] | what a person writes before or beside an answer |
//! | [`snooze`], [`tag`], [`bulk`] | what a person does with conversations, one or many at once |
//! | [`outbox`] | answers on their way |
//! | [`file`](mod@file) | files of messages and answers, in the database and beside it |
//! | [`setting`] | what a person has set |
//! | [`product`], [`quarantine`], [`request`], [`raw`] | facts, unreadable items, repeated requests, the platforms' own JSON |
//! | [`search`] | full text |
//! | [`erase`], [`retention`] | what leaves for good: one buyer, and what is older than its shop keeps |
//! | [`export`] | walking through history from its beginning |
//! | [`backup`], [`check`], [`salvage`] | copies, soundness, and what a damaged file still holds |
//!
//! Columns that follow from others (turn, unread, deadline, backlog) are computed in one place, `standing`.

mod carried_out;
mod column;
mod connection;
mod error;
mod find;
mod migrate;
mod place;
mod reader;
mod standing;
mod writer;

pub mod backup;
pub mod bulk;
pub mod check;
pub mod draft;
pub mod erase;
pub mod export;
pub mod file;
pub mod inbox;
pub mod ingest;
pub mod note;
pub mod open;
pub mod outbox;
pub mod product;
pub mod quarantine;
pub mod raw;
pub mod request;
pub mod retention;
pub mod salvage;
pub mod search;
pub mod setting;
pub mod shop;
pub mod snooze;
pub mod stream;
pub mod tag;
pub mod thread;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use uuid::Uuid;

pub use crate::error::Error;
pub use crate::open::Key;
pub use crate::reader::Reader;
use crate::search::analyse::Analyser;
pub use crate::writer::{Durability, Priority, Receipt, Writer};

/// One open inbox. Clones share it; it is closed when the last one goes.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    home: PathBuf,
    home_id: Uuid,
    readers: reader::Pool,
    writer: writer::WriterThread,
    dictionaries: raw::Dictionaries,
    /// What must not come back with a page.
    erased: Arc<erase::Erased>,
    /// Idle analysers with what they remember of words.
    analysers: Mutex<Vec<Analyser>>,
    damage: Arc<Refused>,
    files: file::Folder,
}

/// The first damage that was met: from then on every reading and writing is refused.
#[derive(Default)]
struct Refused(OnceLock<String>);

impl Drop for Inner {
    fn drop(&mut self) {
        // Readers first: the writer then folds the log into the file and leaves none behind.
        self.readers.close();
        self.writer.close();
    }
}

#[cfg(test)]
mod tests;
