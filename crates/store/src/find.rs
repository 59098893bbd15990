//! Searching from a reading, and keeping the index in step with its analyser.

use jiff::Zoned;
use rusqlite::Connection;

use crate::search::index;
use crate::search::merge::Merge;
use crate::search::{Hits, PageRequest, Query, Total, analyse, find};
use crate::{Error, Reader, Store, Writer};

impl Store {
    /// Answers a query. Days in it are days of `now`'s time zone. While a damaged index is being made anew, what is not in it
    /// yet is not found, and the answer says so.
    ///
    /// # Errors
    /// Those of the database; what a person types is never the reason, and neither is the index.
    pub fn search(&self, query: &Query, page: PageRequest, now: &Zoned) -> Result<Hits, Error> {
        match self.read(|reader| reader.search(query, page, now)) {
            // Making it anew has begun with this error.
            Err(Error::Index { .. }) => Ok(Hits {
                hits: Vec::new(),
                total: Total::AtLeast(0),
                next: None,
                notices: query.notices().to_vec(),
                rebuilding: true,
            }),
            outcome => outcome,
        }
    }
}

impl Reader<'_> {
    /// Answers a query. Days in it are days of `now`'s time zone.
    ///
    /// # Errors
    /// Those of the database, and [`Error::Index`]; what a person types is never the reason.
    pub fn search(&self, query: &Query, page: PageRequest, now: &Zoned) -> Result<Hits, Error> {
        Ok(find(self.conn, query, page, now)?)
    }

    /// Whether the index is to be rebuilt: made by another version of the analyser, or found damaged and not complete again.
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

    /// One short step of merging the index; false at the end, when the words of what was removed before are gone from it.
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
