//! Opening an inbox: is the place fit, is the file ours and whole, is its schema ours.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dragoman_domain::Timestamp;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use uuid::Uuid;

use crate::column::millis;
use crate::connection::{self, APPLICATION_ID, Role};
use crate::erase::Erased;
use crate::migrate::{self, MIGRATIONS};
use crate::raw::Dictionaries;
use crate::reader::Pool;
use crate::search::soundness;
use crate::writer::WriterThread;
use crate::{Error, Inner, Refused, Store, backup, check, find, place};

/// Key of an encrypted inbox. There is none yet: the type has no value, so nobody can believe that a file is encrypted.
pub enum Key {}

/// Name of the database within its home.
pub const FILE: &str = "inbox.db";
/// Lies beside the database while it is open: found at the next opening, it tells of an unclean stop.
const MARKER: &str = "inbox.db-open";
/// How often one opening may start its log over: once a second for half a year.
const LOGS: u32 = 1 << 24;
/// A database in the making.
const UNFINISHED: &str = "inbox.db-new";

impl Store {
    /// Opens the inbox of a home, and makes one where there is none.
    ///
    /// # Errors
    /// [`Error::Unsuitable`], [`Error::Engine`], [`Error::Newer`], [`Error::Foreign`], [`Error::Damaged`], and what the disk
    /// may say. A file that is refused was not changed.
    pub fn open(home: &Path, key: Option<Key>, now: Timestamp) -> Result<Self, Error> {
        match key {
            None => Self::open_plain(home, now),
            Some(never) => match never {},
        }
    }

    fn open_plain(home: &Path, now: Timestamp) -> Result<Self, Error> {
        connection::check_engine()?;
        place::prepare(home)?;
        let path = home.join(FILE);
        let marker = home.join(MARKER);
        let unclean = marker.try_exists().map_err(Error::file("looking for an unclean stop"))?;
        if !path.try_exists().map_err(Error::file("looking for the inbox"))? {
            create(home, now)?;
        }
        inspect(&path, unclean)?;
        if unclean {
            // From here on the log may begin anew under another number: cut short before the next mark, that is no stranger's.
            mark(home, &marker, None)?;
        }
        let conn = open_and_migrate(home, &path, unclean, now)?;
        let home_id = identify(&conn)?;
        let dictionaries = Dictionaries::load(&conn)?;
        let erased = Arc::new(Erased::load(&conn, home_id)?);
        // Whoever began these requests is gone.
        conn.execute("DELETE FROM request WHERE status = 0", [])?;
        // The writer begins behind the last message: a page it needs for that refuses the file, too.
        conn.query_row("SELECT max(id) FROM message", [], |_| Ok(()))?;
        // Everything was read that may still refuse it; only from here on it is changed.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        // Puts a first page into the log, so that the mark can name it: there and back, as the engine writes no page for nothing.
        conn.execute_batch("BEGIN; UPDATE home SET fence = fence + 1; UPDATE home SET fence = fence - 1; COMMIT")?;
        mark(home, &marker, salt(&log_of(&path)))?;
        let damage = Arc::new(Refused::default());
        let writer = WriterThread::start(conn, Arc::clone(&damage), move || {
            if let Err(cause) = place::remove_if_there(&marker) {
                tracing::warn!(%cause, "the mark of an open inbox could not be removed");
            }
        })?;
        let readers = Pool::new(&path);
        Ok(Self {
            inner: Arc::new(Inner {
                home: home.to_owned(),
                home_id,
                readers,
                writer,
                dictionaries,
                erased,
                analysers: Mutex::default(),
                damage,
                files: crate::file::Folder::default(),
            }),
        })
    }

    /// Names this home's entries in the keyring.
    pub fn home_id(&self) -> Uuid {
        self.inner.home_id
    }

    /// The folder everything lies in.
    pub fn home(&self) -> &Path {
        &self.inner.home
    }
}

/// Makes an empty inbox beside its place and moves it there whole, so that a file of no length is always damage.
fn create(home: &Path, now: Timestamp) -> Result<(), Error> {
    let what = "making a new inbox";
    let (path, unfinished) = (home.join(FILE), home.join(UNFINISHED));
    for leftover in [log_of(&path), log_of(&unfinished), unfinished.clone()] {
        if leftover == log_of(&path) && leftover.metadata().is_ok_and(|log| log.len() > 0) {
            return Err(Error::Damaged { details: "its log is there, but the file itself is gone".into() });
        }
        place::remove_if_there(&leftover).map_err(Error::file(what))?;
    }
    place::create_file(&unfinished).map_err(Error::file(what))?;
    let mut conn = connection::open(&unfinished, Role::Writer)?;
    conn.pragma_update(None, "page_size", 4_096)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    migrate::run(&mut conn, MIGRATIONS)?;
    conn.execute("INSERT INTO home (one, id, created_at) VALUES (1, ?, ?)", (Uuid::new_v4().to_string(), millis(now)))?;
    find::configure(&conn)?;
    conn.close().map_err(|(_, cause)| cause)?;
    fs::rename(&unfinished, &path).map_err(Error::file(what))?;
    place::sync_dir(home).map_err(Error::file(what))
}

/// Reads the header before the engine touches anything.
fn inspect(path: &Path, unclean: bool) -> Result<(), Error> {
    let log = log_of(path).metadata();
    if unclean && log.is_err() {
        return Err(Error::Damaged {
            details: format!(
                "the program did not end cleanly and the log {} is gone, so the newest changes are missing; restore a \
                 backup, or remove {MARKER} to go on with the file as it is",
                log_of(path).display()
            ),
        });
    }
    let header = Header::read(path)?;
    let known = migrate::newest(MIGRATIONS);
    if header.version > known {
        return Err(Error::Newer { found: header.version, known });
    }
    let logged = log.is_ok_and(|log| log.len() > 0);
    if unclean && logged && !log_belongs(path.parent().unwrap_or(path)) {
        return Err(Error::Damaged {
            details: format!("the log {} beside the inbox belongs to another file", log_of(path).display()),
        });
    }
    if !logged && header.bytes > header.length {
        return Err(Error::Damaged {
            details: format!("the file has {} bytes where its header promises {}", header.length, header.bytes),
        });
    }
    Ok(())
}

/// What the first hundred bytes of a database file say.
pub(crate) struct Header {
    /// Schema version.
    pub(crate) version: u32,
    /// Length the file should have.
    bytes: u64,
    /// Length the file has.
    length: u64,
}

impl Header {
    /// Reads it, and refuses a file that is not ours.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(Error::file(format!("opening {}", path.display())))?;
        let length = file.metadata().map_err(Error::file("reading the header"))?.len();
        let mut header = [0_u8; 100];
        if file.read_exact(&mut header).is_err() {
            return Err(Error::Damaged { details: format!("the file ends after {length} bytes") });
        }
        if !header.starts_with(b"SQLite format 3\0") {
            return Err(Error::Damaged { details: "the file does not begin like a database".into() });
        }
        let number =
            |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
        let application = number(68);
        if i64::from(application) != i64::from(APPLICATION_ID) {
            return Err(Error::Foreign { details: format!("a database of another program ({application:#010x})") });
        }
        // Offsets: https://www.sqlite.org/fileformat.html, §1.3; a page size of 1 stands for 65,536.
        let page_size = match number(16) >> 16 {
            1 => 65_536,
            size => u64::from(size),
        };
        Ok(Self { version: number(60), bytes: page_size * u64::from(number(28)), length })
    }
}

fn open_and_migrate(home: &Path, path: &Path, unclean: bool, now: Timestamp) -> Result<Connection, Error> {
    let mut conn = connection::open(path, Role::Writer)?;
    // What is refused is not changed: closing must not fold the log into the file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if conn.is_readonly("main")? {
        return Err(Error::ReadOnly);
    }
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::Unsuitable {
            reason: format!("this place allows no write-ahead log (journal mode {mode})"),
        });
    }
    // A log without a mark: an opening was cut short before it could leave one, or the log is a stranger's.
    let unmarked = !unclean && log_of(path).metadata().is_ok_and(|log| log.len() > 0);
    if unclean || unmarked {
        tracing::info!("the last run did not end cleanly: checking the inbox");
        match if unmarked { check::full(&conn) } else { check::quick(&conn) } {
            Err(Error::Index { details }) => {
                tracing::error!(details, "the search index is damaged and is made anew from the messages");
                soundness::forget(&conn)?;
            }
            outcome => outcome?,
        }
    }
    let (found, known) = (migrate::version(&conn)?, migrate::newest(MIGRATIONS));
    if found > known {
        return Err(Error::Newer { found, known });
    }
    if found < known {
        backup::before_migration(&conn, home, found, now)?;
        migrate::run(&mut conn, MIGRATIONS)?;
    }
    Ok(conn)
}

fn identify(conn: &Connection) -> Result<Uuid, Error> {
    let id: String = conn.query_row("SELECT id FROM home", [], |row| row.get(0))?;
    id.parse().map_err(|_| Error::Damaged { details: "the inbox has no readable id".into() })
}

/// Leaves the mark, with what tells our log from another's. In place of an older one it is put whole.
fn mark(home: &Path, marker: &Path, salt: Option<u32>) -> Result<(), Error> {
    let what = "marking the inbox as open";
    let unfinished = home.join("inbox.db-open-new");
    place::remove_if_there(&unfinished).map_err(Error::file(what))?;
    let salt = salt.map(|salt| salt.to_string()).unwrap_or_default();
    place::create_file(&unfinished)
        .and_then(|mut file| file.write_all(salt.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, marker))
        .map_err(Error::file(what))
}

/// The number a log carries in its header. The engine begins with a random one and adds one each time it starts the log over
/// (<https://www.sqlite.org/walformat.html>, "salt-1").
fn salt(log: &Path) -> Option<u32> {
    let mut header = [0_u8; 20];
    File::open(log).and_then(|mut file| file.read_exact(&mut header)).ok()?;
    header.get(16..20)?.try_into().ok().map(u32::from_be_bytes)
}

/// Whether the log beside the inbox is its own, as far as the mark of the last opening tells.
pub(crate) fn log_belongs(home: &Path) -> bool {
    let Ok(marked) = fs::read_to_string(home.join(MARKER)) else { return false };
    match (marked.trim().parse::<u32>(), salt(&log_of(&home.join(FILE)))) {
        (Ok(marked), Some(found)) => found.wrapping_sub(marked) < LOGS,
        // A mark that names no log, or a log that holds nothing yet.
        _ => true,
    }
}

/// The write-ahead log of a database file.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Removes the mark of an unclean stop; for a file that was put in place whole.
pub(crate) fn unmark(home: &Path) -> Result<(), Error> {
    place::remove_if_there(&home.join(MARKER)).map_err(Error::file("removing the mark of an unclean stop"))
}

/// Folds the log into the file.
pub(crate) fn fold_log(conn: &Connection) -> Result<(), Error> {
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
