//! Full-text search over the original texts: newest first, complete, in any of our languages.
//!
//! - [`analyse`] decides what counts as the same word, for index and query alike.
//! - [`index`] keeps the rows of the `search` table, which SQLite itself knows only as tokens.
//! - [`merge`] makes deleted words leave the file, [`soundness`] tells whether the index can be trusted.
//! - [`query`] reads what a person typed; [`find`] answers with a page of hits and their fragments.
//!
//! Row ids say when a message arrived here, never when it was written, and history arrives newest first; so the order of hits
//! cannot come from the index. Each row carries tokens of its month and day instead: a few hundred hits are sorted whole, beyond
//! that months, and days within full months, are walked backwards until the page is full.

pub mod analyse;
mod endings;
mod find;
mod fold;
mod fragment;
mod han;
pub mod index;
mod marks;
pub mod merge;
mod newest;
mod plan;
pub mod query;
pub mod soundness;
mod term;

#[cfg(test)]
mod tests;

use dragoman_domain::text::UnknownWord;
use thiserror::Error;

pub use find::{Cursor, Hit, Hits, PageRequest, Total, find};
pub use fragment::Span;
pub use query::{Notice, NoticeCode, Query};

/// Why a search or a change of its index failed. What a person types is never the reason.
#[derive(Debug, Error)]
pub enum Error {
    /// The index contradicts itself or the messages; rebuild it.
    #[error("the search index is damaged: {0}")]
    Damaged(String),
    /// A row holds a word that this version does not know.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// The database refused.
    #[error(transparent)]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(inner) if inner.extended_code == rusqlite::ffi::SQLITE_CORRUPT_VTAB => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Database(error),
        }
    }
}

/// Text in the form in which names are compared.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold::fold(text, |c, _| out.push(c));
    out
}
