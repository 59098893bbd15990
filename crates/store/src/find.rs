//! Searching from a reading, and keeping the index in step with its analyser.

use jiff::Zoned;
use rusqlite::Connection;

use crate::search::index::{self, Merge};
use crate::search::{Hits, PageRequest, Query, analyse, find};
use crate::{Error, Reader, Writer};

impl Reader<'_> {
    /// Answers a query. Days in it are days of `now`'s time zone.
    ///
    /// # Errors
    /// Those of the database; what a person types is never the reason.
    pub fn search(&self, query: &Query, page: PageRequest, now: &Zoned) -> Result<Hits, Error> {
        Ok(find(self.conn, query, page, now)?)
    }

    /// Whether the index was made by another version of the analyser and is to be rebuilt.
    ///
    /// # Errors
    /// Those of the database.
    pub fn index_outdated(&self) -> Result<bool, Error> {
        Ok(index::is_outdated(self.conn)?)
    }
}

impl Writer<'_> {
    /// Rebuilds the index rows of the next `count` messages; false when nothing is left to do. May stop and resume anywhere.
    ///
    /// # Errors
    /// Those of the database.
    pub fn reindex_step(&self, count: u32) -> Result<bool, Error> {
        Ok(index::reindex_step(self.conn, &mut self.analyser(), count)?)
    }

    /// One short step of merging the index, after which the words of removed messages are gone from it; false at the end.
    ///
    /// # Errors
    /// Those of the database.
    pub fn merge_index_step(&self, merge: &mut Merge) -> Result<bool, Error> {
        Ok(merge.step(self.conn)?)
    }
}

/// Settings of a new inbox's index.
pub(crate) fn configure(conn: &Connection) -> Result<(), Error> {
    index::configure(conn)?;
    conn.execute("UPDATE home SET analyser = ?", [analyse::VERSION])?;
    Ok(())
}
