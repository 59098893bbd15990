//! One way to open a connection, with the settings every inbox needs.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::Error;

/// Oldest engine without the WAL-reset fault (3.7.0 to 3.51.2, fixed 2026-03-13).
const ENGINE: (i32, &str) = (3_051_003, "3.51.3");
/// Marks a file as ours in its header: "DRGM".
pub(crate) const APPLICATION_ID: i32 = 0x4452_474d;
/// Statements kept prepared per connection; there are about a hundred in the crate.
const STATEMENTS: usize = 128;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that writes.
    Writer,
    /// One of those that only read.
    Reader,
}

/// Refuses an engine with known faults.
pub(crate) fn check_engine() -> Result<(), Error> {
    check_version(rusqlite::version_number(), rusqlite::version())
}

/// The check for an engine of this number and name.
fn check_version(number: i32, found: &str) -> Result<(), Error> {
    let (oldest, needed) = ENGINE;
    if number < oldest {
        return Err(Error::Engine { found: found.to_owned(), needed });
    }
    Ok(())
}

/// Opens an existing file. It is never created here: a missing inbox must not turn into an empty one.
pub(crate) fn open(path: &Path, role: Role) -> Result<Connection, Error> {
    // Readers may write too as far as the file is concerned: whoever closes last folds the log into the file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // A file that is refused by the first look at it is not changed: giving up must not fold its log into it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    harden(&conn)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let (cache_kib, query_only) = match role {
        Role::Writer => (16_384, false),
        Role::Reader => (8_192, true),
    };
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    conn.pragma_update(None, "query_only", query_only)?;
    Ok(conn)
}

/// Settings that hold for every connection to an inbox, a backup or a stranger's file.
pub(crate) fn harden(conn: &Connection) -> Result<(), Error> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans must not follow the values bound: a page of the inbox was compiled anew for each place to go on behind, which took
    // nearly half of its time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "checkpoint_fullfsync", true)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_linked_in_is_new_enough() {
        check_engine().unwrap();
    }

    /// R09: the last engines with the fault, the ones distributions and older bundles bring, and the first without it.
    #[test]
    fn engines_with_the_fault_are_refused_with_both_versions() {
        let old = [(3_007_000, "3.7.0"), (3_040_001, "3.40.1"), (3_050_002, "3.50.2"), (3_051_002, "3.51.2")];
        for (number, version) in old {
            let told = check_version(number, version);
            assert!(matches!(told, Err(Error::Engine { ref found, needed: "3.51.3" }) if found == version), "{told:?}");
        }
        for (number, version) in [(3_051_003, "3.51.3"), (3_052_000, "3.52.0"), (4_000_000, "4.0.0")] {
            check_version(number, version).unwrap();
        }
        println!("R09: {} of {} old engines refused", old.len(), old.len());
    }
}
