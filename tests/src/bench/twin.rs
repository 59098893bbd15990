//! The twin: a plain SQLite file with the inbox's own tables, indexes and rows, and without its search.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Tables of the inbox whose rows are written again, parents first.
const TABLES: [&str; 5] = ["shop", "conversation", "message", "raw", "dictionary"];

/// Tables without row ids, copied whole at the end.
const REST: [&str; 3] = ["file", "product", "purchase"];

/// A bare SQLite file.
pub struct Twin {
    conn: Connection,
    /// Row ids copied so far, by table.
    copied: [i64; TABLES.len()],
}

/// Rows of one batch, read back from the inbox.
pub struct Rows(Vec<(usize, Vec<Vec<Value>>)>);

impl Twin {
    /// Makes the twin of an inbox: the same tables and indexes, the same durability.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn new(path: &Path, inbox: &Connection) -> rusqlite::Result<Self> {
        let conn = Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;
             PRAGMA wal_autocheckpoint = 4000;",
        )?;
        let mut schema = inbox.prepare(
            "SELECT sql FROM sqlite_master
             WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name NOT LIKE 'search%' AND tbl_name NOT LIKE 'sqlite_%'
             ORDER BY type = 'index'",
        )?;
        let statements: Vec<String> = schema.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for statement in statements {
            conn.execute_batch(&statement)?;
        }
        Ok(Self { conn, copied: [0; TABLES.len()] })
    }

    /// The bare connection, for statements to compare with.
    pub fn conn(&self) -> &Connection {
        &self.conn
    }

    /// What the inbox holds that the twin does not.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn missing(&mut self, inbox: &Connection) -> rusqlite::Result<Rows> {
        let mut rows = Vec::new();
        for (index, table) in TABLES.iter().enumerate() {
            let mut select = inbox.prepare_cached(&format!("SELECT * FROM {table} WHERE rowid > ?1 ORDER BY rowid"))?;
            let width = select.column_count();
            let read = select
                .query_map([self.copied[index]], |row| {
                    (0..width).map(|n| row.get::<_, Value>(n)).collect::<Result<Vec<_>, _>>()
                })?
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(Value::Integer(last)) = read.last().and_then(|row| row.first()) {
                self.copied[index] = *last;
            }
            rows.push((index, read));
        }
        Ok(Rows(rows))
    }

    /// Writes rows in one transaction.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn write(&mut self, rows: Rows) -> rusqlite::Result<()> {
        let tx = self.conn.transaction()?;
        for (index, rows) in rows.0 {
            let Some(first) = rows.first() else { continue };
            let marks = vec!["?"; first.len()].join(",");
            let mut insert = tx.prepare_cached(&format!("INSERT INTO {} VALUES ({marks})", TABLES[index]))?;
            for row in rows {
                insert.execute(params_from_iter(row))?;
            }
        }
        tx.commit()
    }

    /// Writes what has no row ids.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn copy_rest(&mut self, inbox: &Connection) -> rusqlite::Result<()> {
        let tx = self.conn.transaction()?;
        for table in REST {
            let mut select = inbox.prepare(&format!("SELECT * FROM {table}"))?;
            let width = select.column_count();
            let mut insert = tx.prepare(&format!("INSERT INTO {table} VALUES ({})", vec!["?"; width].join(",")))?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let values = (0..width).map(|n| row.get::<_, Value>(n)).collect::<Result<Vec<_>, _>>()?;
                insert.execute(params_from_iter(values))?;
            }
        }
        tx.commit()
    }
}
