//! Merging the index, so that the words of deleted rows leave the file.

use rusqlite::Connection;

use super::Error;

/// Pages written by one step: some ten milliseconds. A word is merged whole, so that a step with a very frequent one writes more.
const PAGES: i64 = 250;

/// A row that no message ever has; it exists for a moment only.
const NOBODY: i64 = 0;

/// Merges the whole index in small steps, after which the words of rows that were deleted before its first step are gone from
/// it. What is written between the steps does no harm and is not waited for.
#[derive(Debug, Default)]
pub struct Merge {
    begun: bool,
}

impl Merge {
    /// Does one step, a short write of its own; `false` when everything is merged.
    pub fn step(&mut self, conn: &Connection) -> Result<bool, Error> {
        // A negative number starts on the whole index (sqlite.org/fts5.html, section 6.10), later steps go on with that.
        let pages = if self.begun { PAGES } else { -PAGES };
        if !self.begun {
            stir(conn)?;
        }
        self.begun = true;
        let before = conn.total_changes();
        conn.prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?.execute([pages])?;
        // The command itself counts as one change.
        Ok(conn.total_changes() - before >= 2)
    }
}

/// Leaves a new segment with nothing in it, so that the start of a merge always finds more than one (all of 3.54.1, 2026-11):
///
/// - A lone segment is written again one level further up each time; at 2,001 levels, that is after as many erasures without a
///   message between them, the index cannot be read any more. With a second one the levels are counted anew, up to 65.
/// - A merge that is half done and has all segments in it is only continued. What it has written by then keeps its deleted rows.
fn stir(conn: &Connection) -> Result<(), Error> {
    conn.prepare_cached("INSERT INTO search (rowid, tokens, facets) VALUES (?1, 'nobody', '')")?.execute([NOBODY])?;
    conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([NOBODY])?;
    Ok(())
}
