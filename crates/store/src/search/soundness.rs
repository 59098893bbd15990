//! Whether the index is sound, and beginning it anew when it is not: all that is in it follows from the messages.

use rusqlite::Connection;

use super::Error;

/// Lets a connection see the index as it is now.
///
/// FTS5 keeps its list of segments per connection and looks whether another one has changed it when a search begins, but not when
/// `PRAGMA quick_check` or `integrity_check` asks it (xIntegrity, 3.54.1, 2026-11): a connection that has searched and then
/// checks would call sound files damaged as soon as segments were merged in between ("corruption found reading blob").
/// Call it in the transaction that checks.
pub fn refresh(conn: &Connection) -> Result<(), Error> {
    conn.prepare_cached("SELECT rowid FROM search WHERE search MATCH 'facets:none'")?.query([])?.next()?;
    Ok(())
}

/// Checks the index against itself and against the messages; reads all of it, within the caller's transaction.
pub fn check(conn: &Connection) -> Result<(), Error> {
    refresh(conn)?;
    let findings: Vec<String> =
        conn.prepare("PRAGMA quick_check('search')")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if !matches!(findings.as_slice(), [one] if one == "ok") {
        return Err(Error::Damaged(findings.join("; ")));
    }
    let missing: i64 = conn.query_row(
        "SELECT (SELECT count(*) FROM message WHERE id NOT IN (SELECT id FROM search_docsize))
              + (SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT id FROM message))",
        [],
        |row| row.get(0),
    )?;
    if missing > 0 {
        return Err(Error::Damaged(format!("{missing} messages and index rows are without each other")));
    }
    Ok(())
}

/// Empties the index without reading it, so that [`reindex_step`](super::index::reindex_step) makes it anew from the messages.
pub fn forget(conn: &Connection) -> Result<(), Error> {
    conn.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
    conn.execute("UPDATE home SET analyser = 0, reindexed_to = 0", [])?;
    Ok(())
}
