//! What can go wrong with the inbox, by what a caller can do about it.

use std::io;

use dragoman_domain::outbox::Illegal;
use rusqlite::ErrorCode;
use rusqlite::types::Type;
use thiserror::Error;

use crate::search;

/// Why the store could not do what was asked. Nothing was changed unless a variant says otherwise.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is damaged; nothing may be sent from it. Restore a backup.
    #[error("the inbox file is damaged: {details}")]
    Damaged {
        /// What was found.
        details: String,
    },
    /// The file was made by a newer version of the program and was left alone.
    #[error("the inbox was made by a newer version (schema {found}, this program knows {known}): update the program")]
    Newer {
        /// Schema version of the file.
        found: u32,
        /// Newest schema version this program knows.
        known: u32,
    },
    /// The file is not an inbox of ours and was left alone.
    #[error("this file is not an inbox: {details}")]
    Foreign {
        /// What was found instead.
        details: String,
    },
    /// The place cannot hold an inbox (network file system, synced folder, no right to write).
    #[error("the inbox cannot live here: {reason}")]
    Unsuitable {
        /// Why, and what to do.
        reason: String,
    },
    /// The database engine linked in has known faults.
    #[error("the database engine is {found}, at least {needed} is needed")]
    Engine {
        /// Version found.
        found: String,
        /// Oldest version allowed.
        needed: &'static str,
    },
    /// The disk is full; everything goes on by itself once there is space.
    #[error("the disk is full")]
    DiskFull,
    /// The file cannot be written.
    #[error("the inbox file is read-only")]
    ReadOnly,
    /// Another process holds the file.
    #[error("another program is using the inbox file")]
    Busy,
    /// There is no such row.
    #[error("there is no {what} {key}")]
    Missing {
        /// What was looked for.
        what: &'static str,
        /// Its number or key.
        key: String,
    },
    /// A key made by a client came with something else before.
    #[error("the key {key} was used for another request")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// A file is in the way.
    #[error("{path} is there already and is not a backup of an inbox")]
    Occupied {
        /// The file.
        path: String,
    },
    /// The outbox has no such step.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The store is closing, or the job was given up half-way and rolled back.
    #[error("the inbox is closed")]
    Closed,
    /// A file next to the database could not be read or written.
    #[error("{what}: {cause}")]
    File {
        /// What was being done.
        what: String,
        /// The system's words.
        cause: io::Error,
    },
    /// A record could not be written as JSON.
    #[error("a record cannot be written: {0}")]
    Record(#[from] serde_json::Error),
    /// The search index contradicts itself or the messages. The store makes it anew by itself from then on.
    #[error("the search index is damaged: {details}")]
    Index {
        /// What was found.
        details: String,
    },
    /// Anything else the engine reports: a fault of this program.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
}

impl Error {
    pub(crate) fn missing(what: &'static str, key: impl ToString) -> Self {
        Self::Missing { what, key: key.to_string() }
    }

    /// Wraps a failure of the file system, with what was being done.
    pub(crate) fn file(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::File { what, cause },
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::Utf8Error(..) = error {
            // No writer of ours ever stored such a text: the page it lay on was overwritten.
            return Self::Damaged { details: error.to_string() };
        }
        if error.sqlite_error().is_some_and(|fault| fault.extended_code == rusqlite::ffi::SQLITE_CORRUPT_VTAB) {
            return Self::Index { details: error.to_string() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            // The log's index in shared memory could not be given its length.
            Some(ErrorCode::SystemIoFailure)
                if error
                    .sqlite_error()
                    .is_some_and(|fault| fault.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                Self::DiskFull
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { details: error.to_string() },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Sql(error),
        }
    }
}

impl From<search::Error> for Error {
    fn from(error: search::Error) -> Self {
        match error {
            search::Error::Damaged(details) => Self::Index { details },
            search::Error::Word(cause) => {
                Self::Sql(rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(cause)))
            }
            search::Error::Database(cause) => cause.into(),
        }
    }
}
