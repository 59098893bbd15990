//! Whether the file is sound.

use rusqlite::Connection;

use crate::search::index;
use crate::{Error, Reader, Writer};

/// Findings that are reported; one is enough to know.
const FINDINGS: u32 = 10;

/// Version of the database engine linked in.
pub fn engine_version() -> &'static str {
    rusqlite::version()
}

/// Structure of every page, without comparing indexes with their tables; a second or two per million messages.
pub(crate) fn quick(conn: &Connection) -> Result<(), Error> {
    report(conn, &format!("PRAGMA quick_check({FINDINGS})"))
}

/// Everything: indexes against tables, references, the search index against the messages.
pub(crate) fn full(conn: &Connection) -> Result<(), Error> {
    report(conn, &format!("PRAGMA integrity_check({FINDINGS})"))?;
    let orphans: Vec<String> = conn
        .prepare("PRAGMA foreign_key_check")?
        .query_map([], |row| Ok(format!("a row of {} points nowhere", row.get::<_, String>(0)?)))?
        .take(FINDINGS as usize)
        .collect::<Result<_, _>>()?;
    match orphans.as_slice() {
        [] => Ok(()),
        found => Err(Error::Damaged { details: found.join("; ") }),
    }
}

fn report(conn: &Connection, pragma: &str) -> Result<(), Error> {
    let findings: Vec<String> = conn.prepare(pragma)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    match findings.as_slice() {
        [one] if one == "ok" => Ok(()),
        found => Err(Error::Damaged { details: found.join("; ") }),
    }
}

impl Reader<'_> {
    /// Checks the structure of the file. Reads all of it.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found.
    pub fn check_quick(&self) -> Result<(), Error> {
        quick(self.conn)
    }

    /// Checks structure, indexes and references. Reads all of the file, parts of it more than once.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found.
    pub fn check_full(&self) -> Result<(), Error> {
        full(self.conn)
    }
}

impl Writer<'_> {
    /// Checks the search index against itself and the messages. Reads all of both, while nobody else can write.
    ///
    /// # Errors
    /// [`Error::Index`] if it has to be rebuilt.
    pub fn check_index(&self) -> Result<(), Error> {
        Ok(index::check(self.conn)?)
    }
}
