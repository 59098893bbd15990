//! Whether the file is sound.

use rusqlite::Connection;

use crate::search::soundness;
use crate::{Error, Reader};

/// Findings that are reported; one is enough to know.
const FINDINGS: u32 = 10;

/// Version of the database engine linked in.
pub fn engine_version() -> &'static str {
    rusqlite::version()
}

/// Structure of every page and of the search index, without comparing indexes with their tables; a second or two per million
/// messages.
pub(crate) fn quick(conn: &Connection) -> Result<(), Error> {
    report(conn, "quick_check")
}

/// Everything: indexes against tables, references, the search index against the messages.
pub(crate) fn full(conn: &Connection) -> Result<(), Error> {
    report(conn, "integrity_check")?;
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
    soundness::refresh(conn)?;
    let found = findings(conn, &format!("PRAGMA {pragma}({FINDINGS})"))?;
    if found.is_empty() {
        return Ok(());
    }
    // What is wrong with nothing but the search index costs nobody anything: it is made anew.
    let of_index = findings(conn, &format!("PRAGMA {pragma}('search')"))?;
    let details = found.join("; ");
    if found.iter().all(|one| of_index.contains(one)) {
        Err(Error::Index { details })
    } else {
        Err(Error::Damaged { details })
    }
}

fn findings(conn: &Connection, pragma: &str) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = conn.prepare(pragma)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    found.retain(|one| one != "ok");
    Ok(found)
}

impl Reader<'_> {
    /// Checks the structure of the file. Reads all of it.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found; [`Error::Index`] if that is only the search index.
    pub fn check_quick(&self) -> Result<(), Error> {
        quick(self.conn)
    }

    /// Checks structure, indexes and references. Reads all of the file, parts of it more than once.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found; [`Error::Index`] if that is only the search index.
    pub fn check_full(&self) -> Result<(), Error> {
        full(self.conn)
    }

    /// Checks the search index against itself and the messages. Reads all of both.
    ///
    /// # Errors
    /// [`Error::Index`] if it has to be rebuilt.
    pub fn check_index(&self) -> Result<(), Error> {
        Ok(soundness::check(self.conn)?)
    }
}
