//! Schema versions: each migration, its version and nothing else is one transaction.
//!
//! Released migrations are frozen; a test holds their hashes. Before an existing inbox is changed, a verified backup of it
//! is made, and a file of a newer program is refused before anything is touched.

use rusqlite::{Connection, TransactionBehavior};

use crate::Error;
use crate::connection::APPLICATION_ID;

/// One step from the version before it.
pub(crate) struct Migration {
    /// The version it leads to.
    pub(crate) version: u32,
    /// What it does.
    pub(crate) sql: &'static str,
}

/// Every step, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_inbox.sql") },
    Migration { version: 2, sql: include_str!("../migrations/0002_breadth.sql") },
    Migration { version: 3, sql: include_str!("../migrations/0003_history.sql") },
    Migration { version: 4, sql: include_str!("../migrations/0004_person.sql") },
];

/// The version the last of these steps leads to.
pub(crate) fn newest(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(0, |migration| migration.version)
}

/// The version of a file; 0 = empty.
pub(crate) fn version(conn: &Connection) -> Result<u32, Error> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings the schema up to date.
pub(crate) fn run(conn: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    let found = version(conn)?;
    for migration in migrations.iter().filter(|migration| migration.version > found) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(migration.sql)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", migration.version)?;
        tx.commit()?;
        tracing::info!(version = migration.version, "the inbox has a new schema");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of each migration. A line is added with a migration and never changed once a version has shipped.
    const FROZEN: &[(u32, &str)] = &[
        (1, "59dc1da3bc915c81aba3b5fcf3edfbb308bd1f5d65fa6894d9f54ecb81bd3e9b"),
        (2, "e5848e57e9c075902af7f2e90978ace4dde90d809d48d2733d235fd0a12bc003"),
        (3, "ce50c2885f34b6cfe92cf01eb9e488cca21201c9636e04a560378579de747021"),
        (4, "dc09eaadf2cc81f5d7c8c7fa36b1c75bee4ad326bb9b4675d04b3aa6faecf990"),
    ];

    #[test]
    fn released_migrations_are_what_they_were() {
        let found: Vec<_> = MIGRATIONS.iter().map(|m| (m.version, hex::encode(Sha256::digest(m.sql)))).collect();
        let frozen: Vec<_> = FROZEN.iter().map(|(version, hash)| (*version, (*hash).to_owned())).collect();
        assert_eq!(found, frozen);
    }

    #[test]
    fn versions_rise_one_by_one() {
        for (migration, expected) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.version, expected);
        }
    }

    #[test]
    fn a_step_that_fails_leaves_schema_and_version_as_they_were() {
        let mut conn = Connection::open_in_memory().unwrap();
        let good = Migration { version: 1, sql: "CREATE TABLE a (x INTEGER) STRICT;" };
        let bad = Migration { version: 2, sql: "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);" };
        run(&mut conn, &[good, bad]).unwrap_err();
        assert_eq!(version(&conn).unwrap(), 1);
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'b'", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
