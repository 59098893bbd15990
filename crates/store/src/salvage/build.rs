//! The new inbox while it is being filled.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use dragoman_domain::{Channel, Kind, ShopId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use uuid::Uuid;

use super::TableReport;
use super::record::Record;
use super::shape::{Shape, Use};
use crate::backup::{self, BackupInfo};
use crate::column::millis;
use crate::connection::{self, Role};
use crate::migrate::{self, MIGRATIONS};
use crate::search::analyse::Analyser;
use crate::search::{index, soundness};
use crate::standing::{Ground, Standing};
use crate::{Error, check, find, place};

/// Rows written in one transaction.
const BATCH: u64 = 20_000;
/// Messages whose index rows are made in one transaction.
const INDEXED: u32 = 5_000;
/// Runs of lost rows that are named.
const RANGES: usize = 100;
/// `pause` of a shop that has no connection; as for those made by an import.
const UNCONNECTED: &str = "imported";
/// Ids that are left out behind the last one found: their messages may be lost, and no id is given twice.
const SKIPPED: i64 = 10_000;

/// An inbox in the making.
pub(super) struct Build {
    path: PathBuf,
    conn: Connection,
    now: Timestamp,
    written: u64,
    lost: BTreeMap<String, u64>,
    /// Row numbers that indexes name, by table.
    named: HashMap<String, Vec<i64>>,
    /// What the index of conversations says of each: shop, kind, the platform's id.
    conversations: HashMap<i64, (i64, String, String)>,
}

impl Build {
    /// Makes an empty one.
    pub(super) fn new(path: &Path, now: Timestamp) -> Result<Self, Error> {
        let what = "making a new inbox";
        place::remove_if_there(path).map_err(Error::file(what))?;
        place::create_file(path).map_err(Error::file(what))?;
        let mut conn = connection::open(path, Role::Writer)?;
        conn.pragma_update(None, "page_size", 4_096)?;
        // A file that is thrown away if anything goes wrong needs neither a journal nor patience; it is synced at the end.
        conn.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
        conn.pragma_update(None, "synchronous", "OFF")?;
        conn.pragma_update(None, "foreign_keys", false)?;
        migrate::run(&mut conn, MIGRATIONS)?;
        conn.execute_batch("BEGIN")?;
        Ok(Self {
            path: path.to_owned(),
            conn,
            now,
            written: 0,
            lost: BTreeMap::new(),
            named: HashMap::new(),
            conversations: HashMap::new(),
        })
    }

    /// Tells what tables look like.
    pub(super) fn reference(&self) -> &Connection {
        &self.conn
    }

    /// Counts records that could not be read.
    pub(super) fn lose(&mut self, shape: &Shape, records: u64) {
        if shape.used == Use::Rows && records > 0 {
            *self.lost.entry(shape.table.clone()).or_default() += records;
        }
    }

    /// Writes a row, or notes what an index says of one.
    pub(super) fn take(&mut self, shape: &Shape, record: Record) -> Result<(), Error> {
        match shape.used {
            Use::Rows => self.write(shape, record),
            Use::Witness => {
                self.witness(shape, &record);
                Ok(())
            }
            Use::None => Ok(()),
        }
    }

    fn write(&mut self, shape: &Shape, mut record: Record) -> Result<(), Error> {
        let columns: Vec<&str> =
            shape.columns.iter().take(record.values.len()).map(|column| column.name.as_str()).collect();
        for (value, column) in record.values.iter_mut().zip(&shape.columns) {
            if column.is_row {
                *value = Value::Integer(record.row);
            }
        }
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({places})", shape.table, columns.join(", "));
        let outcome = self.conn.prepare_cached(&sql)?.execute(params_from_iter(&record.values));
        match outcome {
            Ok(_) => {}
            // Twice the same row, or one no writer of ours would have written.
            Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => self.lose(shape, 1),
            Err(cause) => return Err(cause.into()),
        }
        self.written += 1;
        if self.written.is_multiple_of(BATCH) {
            self.conn.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    fn witness(&mut self, shape: &Shape, record: &Record) {
        let Some(Value::Integer(row)) = record.values.last() else { return };
        self.named.entry(shape.table.clone()).or_default().push(*row);
        if shape.table == "conversation"
            && let [Value::Integer(shop), Value::Text(kind), Value::Text(remote), _] = record.values.as_slice()
        {
            self.conversations.insert(*row, (*shop, kind.clone(), remote.clone()));
        }
    }

    /// Mends what belongs together. Returns the tables' figures, and the shops that need a new connection.
    pub(super) fn complete(&mut self, home: &Path) -> Result<(Vec<TableReport>, Vec<i64>), Error> {
        if self.count("message")? + self.count("conversation")? + self.count("shop")? == 0 {
            return Err(Error::Damaged { details: "nothing of it can be read; put a backup in its place".into() });
        }
        let mut reports = self.missing()?;
        self.drop_unreadable()?;
        self.revive_conversations()?;
        self.shelter_messages()?;
        let backup = newest_backup(home);
        let shops = self.revive_shops(backup.as_deref())?;
        self.identify(backup.as_deref())?;
        self.drop_undecipherable(backup.as_deref())?;
        self.drop_orphans()?;
        self.come_to_rest()?;
        for (table, lost) in std::mem::take(&mut self.lost) {
            reports.entry(table).or_default().lost += lost;
        }
        for table in self.tables()? {
            let back = self.count(&table)?;
            if back > 0 || reports.contains_key(&table) {
                reports.entry(table).or_default().back = back;
            }
        }
        let reports = reports.into_iter().map(|(table, report)| TableReport { table, ..report }).collect();
        Ok((reports, shops))
    }

    /// Closes the new inbox, verified from end to end.
    pub(super) fn finish(self) -> Result<BackupInfo, Error> {
        let what = "writing the new inbox";
        let Self { path, conn, .. } = self;
        conn.execute_batch("COMMIT")?;
        let mut analyser = Analyser::new();
        loop {
            conn.execute_batch("BEGIN")?;
            let more = index::reindex_step(&conn, &mut analyser, INDEXED)?;
            conn.execute_batch("COMMIT")?;
            if !more {
                break;
            }
        }
        check::full(&conn)?;
        soundness::check(&conn)?;
        conn.close().map_err(|(_, cause)| cause)?;
        File::options().write(true).open(&path).and_then(|file| file.sync_all()).map_err(Error::file(what))?;
        backup::verify(&path)
    }

    fn count(&self, table: &str) -> Result<u64, Error> {
        Ok(self.conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
    }

    /// Tables whose rows come back, by name.
    fn tables(&self) -> Result<Vec<String>, Error> {
        let shapes = super::shape::shapes(&self.conn)?;
        let tables: BTreeSet<String> =
            shapes.into_iter().filter(|shape| shape.used == Use::Rows).map(|shape| shape.table).collect();
        Ok(tables.into_iter().collect())
    }

    /// Rows that indexes name and that did not come back, by table.
    fn missing(&mut self) -> Result<BTreeMap<String, TableReport>, Error> {
        let mut reports = BTreeMap::new();
        for (table, mut rows) in std::mem::take(&mut self.named) {
            rows.sort_unstable();
            rows.dedup();
            let mut statement = self.conn.prepare(&format!("SELECT 1 FROM {table} WHERE rowid = ?"))?;
            let mut report = TableReport::default();
            for row in rows {
                if statement.exists([row])? {
                    continue;
                }
                report.lost += 1;
                let room = report.ranges.len() < RANGES;
                match report.ranges.last_mut() {
                    Some((_, last)) if *last + 1 == row => *last = row,
                    _ if room => report.ranges.push((row, row)),
                    _ => {}
                }
            }
            if report.lost > 0 {
                // Counted by the index, which knows better than the page that could not be read.
                self.lost.remove(&table);
                reports.insert(table, report);
            }
        }
        Ok(reports)
    }

    /// Removes what fits its table and could still not be read by anybody.
    fn drop_unreadable(&mut self) -> Result<(), Error> {
        let words = |words: Vec<&str>| format!("('{}')", words.join("', '"));
        let kinds = words(Kind::ALL.iter().map(|kind| kind.word()).collect());
        let channels = words(Channel::ALL.iter().map(|channel| channel.word()).collect());
        for (table, fault) in [
            ("shop", format!("channel NOT IN {channels} OR NOT json_valid(fields) OR NOT json_valid(standing)")),
            ("conversation", format!("kind NOT IN {kinds} OR turn NOT IN ('ours', 'buyer', 'platform', 'none')")),
            ("message", "direction NOT IN ('in', 'out', 'note', 'system')".into()),
            ("outbox", "NOT json_valid(record)".into()),
        ] {
            let dropped = self.conn.execute(&format!("DELETE FROM {table} WHERE {fault}"), [])?;
            if dropped > 0 {
                *self.lost.entry(table.into()).or_default() += dropped as u64;
            }
        }
        Ok(())
    }

    /// Makes the conversations that only the index still names; what they are about comes with the next sync.
    fn revive_conversations(&mut self) -> Result<(), Error> {
        let mut ids = self.conn.prepare("SELECT id FROM conversation")?;
        let there: BTreeSet<i64> = ids.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        drop(ids);
        for (id, (shop, kind, remote)) in std::mem::take(&mut self.conversations) {
            let Ok(kind) = kind.parse::<Kind>() else { continue };
            if there.contains(&id) {
                continue;
            }
            let (last_in_at, last_out_at): (Option<i64>, Option<i64>) = self.conn.query_row(
                "SELECT max(sent_at) FILTER (WHERE direction = 'in'), max(sent_at) FILTER (WHERE direction = 'out')
                 FROM message WHERE conversation = ?",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let last_at = last_in_at.max(last_out_at).unwrap_or(0);
            let mut standing =
                Standing { last_in_at, last_out_at, last_at, read_to: last_out_at.unwrap_or(0), ..Standing::default() };
            let added_at = millis(self.now);
            standing.derive(Ground { kind, closed: false, settled: false, refused: false, answering: false, added_at });
            self.conn.execute(
                "INSERT OR IGNORE INTO conversation (id, shop, kind, remote_id, turn, last_at, last_in_at, last_out_at, read_to)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (id, shop, kind.word(), remote, standing.turn.word(), last_at, last_in_at, last_out_at, standing.read_to),
            )?;
        }
        Ok(())
    }

    /// Keeps messages of which no conversation is known as history under a made-up name. Their own names change with it, so
    /// that the platform's copy of the conversation is not found short of them.
    fn shelter_messages(&mut self) -> Result<(), Error> {
        self.conn.execute_batch(
            "UPDATE message SET remote_id = 'salvaged:' || remote_id
             WHERE conversation NOT IN (SELECT id FROM conversation);
             INSERT OR IGNORE INTO conversation (id, shop, kind, remote_id, closed, last_at)
               SELECT conversation, min(shop), 'chat', 'salvaged:' || conversation, 1, max(sent_at) FROM message
               WHERE conversation NOT IN (SELECT id FROM conversation) GROUP BY conversation;",
        )?;
        Ok(())
    }

    /// Gives every conversation its shop: from a backup, else made up, without a connection.
    fn revive_shops(&mut self, backup: Option<&Path>) -> Result<Vec<i64>, Error> {
        let mut missing =
            self.conn.prepare("SELECT DISTINCT shop FROM conversation WHERE shop NOT IN (SELECT id FROM shop)")?;
        let missing: Vec<i64> = missing.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in &missing {
            if let Some(backup) = backup {
                copy_row(&self.conn, backup, "shop", *id)?;
            }
            // Which platform it was nobody knows any more; nothing is asked of it under this number.
            self.conn.execute(
                "INSERT OR IGNORE INTO shop (id, channel, name, pause, added_at) VALUES (?, ?, ?, ?, ?)",
                (
                    id,
                    self.likely_channel(ShopId(*id))?.word(),
                    format!("Salvaged shop {id}"),
                    UNCONNECTED,
                    millis(self.now),
                ),
            )?;
        }
        Ok(missing)
    }

    /// Questions are asked on Wildberries, everything else is met on all platforms.
    fn likely_channel(&self, shop: ShopId) -> Result<Channel, Error> {
        let questions: bool = self.conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM conversation WHERE shop = ? AND kind = 'question')",
            [shop.0],
            |row| row.get(0),
        )?;
        Ok(if questions { Channel::Wildberries } else { Channel::Ozon })
    }

    /// The home keeps its id, by which the keyring knows its keys; lost with its page and without a backup, it gets another.
    fn identify(&mut self, backup: Option<&Path>) -> Result<(), Error> {
        let known: bool = self.conn.query_row("SELECT EXISTS (SELECT 1 FROM home)", [], |row| row.get(0))?;
        if !known && let Some(backup) = backup {
            copy_row(&self.conn, backup, "home", 1)?;
        }
        self.conn.execute(
            "INSERT OR IGNORE INTO home (one, id, created_at) VALUES (1, ?, ?)",
            (Uuid::new_v4().to_string(), millis(self.now)),
        )?;
        let last: i64 = self.conn.query_row("SELECT ifnull(max(id), 0) FROM message", [], |row| row.get(0))?;
        self.conn.execute(
            "UPDATE home SET last_message = max(last_message, ?) + ?, analyser = 0, reindexed_to = 0, fence = fence + ?",
            (last, SKIPPED, SKIPPED),
        )?;
        find::configure(&self.conn)?;
        self.conn.execute("UPDATE home SET analyser = 0", [])?;
        Ok(())
    }

    /// Removes rows whose parent is gone.
    fn drop_orphans(&mut self) -> Result<(), Error> {
        loop {
            let mut dropped = 0;
            for table in self.tables()? {
                let mut keys =
                    self.conn.prepare("SELECT \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?)")?;
                let keys: Vec<(String, String, Option<String>)> = keys
                    .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect::<Result<_, _>>()?;
                for (parent, from, to) in keys {
                    let to = to.unwrap_or_else(|| "rowid".into());
                    let gone = self.conn.execute(
                        &format!(
                            "DELETE FROM {table} WHERE {from} IS NOT NULL AND {from} NOT IN (SELECT {to} FROM {parent})"
                        ),
                        [],
                    )?;
                    if gone > 0 {
                        *self.lost.entry(table.clone()).or_default() += gone as u64;
                    }
                    dropped += gone;
                }
            }
            if dropped == 0 {
                return Ok(());
            }
        }
    }

    /// Takes dictionaries from a backup, and removes the platforms' texts that nobody can unpack without theirs.
    fn drop_undecipherable(&mut self, backup: Option<&Path>) -> Result<(), Error> {
        let gone = "dictionary <> 0 AND dictionary NOT IN (SELECT id FROM dictionary)";
        if let Some(backup) = backup {
            let mut missing = self.conn.prepare(&format!("SELECT DISTINCT dictionary FROM raw WHERE {gone}"))?;
            let missing: Vec<i64> = missing.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            missing.into_iter().try_for_each(|id| copy_row(&self.conn, backup, "dictionary", id))?;
        }
        let dropped = self.conn.execute(&format!("DELETE FROM raw WHERE {gone}"), [])?;
        if dropped > 0 {
            *self.lost.entry("raw".into()).or_default() += dropped as u64;
        }
        Ok(())
    }

    /// Sends nothing by itself, and asks for everything once more.
    fn come_to_rest(&self) -> Result<(), Error> {
        self.conn.execute_batch(
            "UPDATE shop SET sending = 0;
             UPDATE stream SET cursor = '', next_at = 0;
             UPDATE conversation SET mark = '' WHERE mark <> '';
             DELETE FROM request WHERE status = 0;",
        )?;
        Ok(())
    }
}

/// The newest backup that opens, made by the program itself.
fn newest_backup(home: &Path) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = backup::own(home);
    files.reverse();
    files.into_iter().find(|file| backup::verify(file).is_ok())
}

/// Takes one row over from a backup, as far as both know its columns.
fn copy_row(conn: &Connection, backup: &Path, table: &str, row: i64) -> Result<(), Error> {
    let from = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection::harden(&from)?;
    let mut statement = from.prepare(&format!("SELECT * FROM {table} WHERE rowid = ?"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([row])?;
    if let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT OR IGNORE INTO {table} ({}) VALUES ({places})", columns.join(", "));
        conn.execute(&sql, params_from_iter(values))?;
    }
    Ok(())
}
