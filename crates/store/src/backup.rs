//! Copies of the inbox: made while it is in use, verified by opening them, and put back only when they are sound.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use dragoman_domain::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::connection::{self, Role};
use crate::migrate::{self, MIGRATIONS};
use crate::open::{FILE, Header, fold_log, unmark};
use crate::{Error, Store, check, place};

/// Folder of the copies made by the program itself.
const FOLDER: &str = "backups";
/// Daily copies kept.
pub(crate) const KEPT: u8 = 7;
/// Pages copied between two reports; a few milliseconds.
const STEP: i32 = 1_024;

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes copied.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupInfo {
    /// The home it was made of.
    pub home_id: Uuid,
    /// Schema version.
    pub version: u32,
    /// Shops.
    pub shops: u64,
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
}

impl Store {
    /// Copies the inbox, as it is now, into one file that can be opened by itself. Work goes on meanwhile. The file appears
    /// under its name only once it is whole and verified; an older backup there is replaced.
    ///
    /// # Errors
    /// [`Error::Occupied`] if another sort of file is there, [`Error::DiskFull`], [`Error::Damaged`] if the copy is not sound.
    pub fn backup(&self, to: &Path, progress: impl FnMut(Progress)) -> Result<BackupInfo, Error> {
        self.inner.damage.check()?;
        let source = connection::open(&self.home().join(FILE), Role::Reader)?;
        self.note(copy(&source, to, progress))
    }

    /// Makes today's copy unless there is one, and removes all but the newest seven. Returns the file if it was made now.
    ///
    /// # Errors
    /// As for [`Store::backup`].
    pub fn daily_backup(&self, now: Timestamp) -> Result<Option<PathBuf>, Error> {
        let folder = self.home().join(FOLDER);
        let today = folder.join(format!("daily-{}.db", now.strftime("%Y-%m-%d")));
        if today.exists() {
            return Ok(None);
        }
        place::create_dir(&folder).map_err(Error::file("making the folder for backups"))?;
        self.backup(&today, |_| {})?;
        let daily = own(self.home());
        let surplus = daily.len().saturating_sub(usize::from(KEPT));
        for old in daily.iter().take(surplus) {
            place::remove_if_there(old).map_err(Error::file("removing an old backup"))?;
        }
        Ok(Some(today))
    }
}

/// The daily copies of a home, oldest first; none if they cannot be listed.
pub(crate) fn own(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join(FOLDER)).into_iter().flatten();
    let mut daily: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| name.starts_with("daily-") && name.ends_with(".db"))
        })
        .collect();
    daily.sort_unstable();
    daily
}

/// Every older copy of the inbox within a home, whoever asked for it: daily ones, those before a migration, those a
/// restoration or a salvage has set aside.
pub(crate) fn every(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![home.join(FOLDER), home.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() && folder == home && name.starts_with("damaged-") {
                folders.push(path);
            } else if path.is_file() && name.ends_with(".db") && !(folder == home && name == FILE) {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    found
}

/// The day a daily copy was made; none for other copies.
pub(crate) fn day(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    format!("{}T00:00:00Z", name.strip_prefix("daily-")?.strip_suffix(".db")?).parse().ok()
}

/// Opens a backup and checks all of it. The file is not changed.
///
/// # Errors
/// [`Error::Foreign`], [`Error::Newer`], [`Error::Damaged`].
pub fn verify(path: &Path) -> Result<BackupInfo, Error> {
    let header = Header::read(path)?;
    let known = migrate::newest(MIGRATIONS);
    if header.version > known {
        return Err(Error::Newer { found: header.version, known });
    }
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection::harden(&conn)?;
    check::quick(&conn)?;
    let home_id: String = conn.query_row("SELECT id FROM home", [], |row| row.get(0))?;
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, u64>(0));
    Ok(BackupInfo {
        home_id: home_id.parse().map_err(|_| Error::Damaged { details: "it has no readable id".into() })?,
        version: header.version,
        shops: count("SELECT count(*) FROM shop")?,
        conversations: count("SELECT count(*) FROM conversation")?,
        messages: count("SELECT count(*) FROM message")?,
    })
}

/// What a restoration did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What is now in place.
    pub info: BackupInfo,
    /// Where the inbox that was there before lies, if there was one.
    pub previous: Option<PathBuf>,
}

/// Puts a backup in the place of a home's inbox, which nobody may have open. The inbox that was there is kept aside. At every
/// moment either the old file or the new one is whole and in place.
///
/// # Errors
/// As for [`verify`]; then the home is as it was.
pub fn restore(home: &Path, from: &Path, now: Timestamp) -> Result<Restored, Error> {
    let what = "putting the backup in place";
    verify(from)?;
    place::prepare(home)?;
    let target = home.join(FILE);
    let incoming = home.join("inbox.db-restoring");
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    place::remove_if_there(&incoming).map_err(Error::file(what))?;
    let info = copy(&source, &incoming, |_| {})?;
    let previous = set_aside(home, &target, now)?;
    fs::rename(&incoming, &target).map_err(Error::file(what))?;
    place::sync_dir(home).map_err(Error::file(what))?;
    // Last: cut short before, the next opening complains of a missing log instead of passing over it.
    unmark(home)?;
    Ok(Restored { info, previous })
}

/// Gives the inbox a second name, and takes its log along.
fn set_aside(home: &Path, target: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    let what = "setting the present inbox aside";
    if !target.exists() {
        return Ok(None);
    }
    // Folds the log into the file where the file is sound enough for that.
    drop(connection::open(target, Role::Writer).and_then(|conn| fold_log(&conn)));
    let aside = home.join(format!("inbox-before-{}.db", stamp(now)));
    if fs::hard_link(target, &aside).is_err() {
        // No hard links here.
        fs::copy(target, &aside).map_err(Error::file(what))?;
    }
    for suffix in ["-wal", "-shm"] {
        let (log, log_aside) = (with_suffix(target, suffix), with_suffix(&aside, suffix));
        if log.exists() {
            fs::rename(log, log_aside).map_err(Error::file(what))?;
        }
    }
    Ok(Some(aside))
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(crate) fn stamp(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H%M%SZ").to_string()
}

/// Keeps an inbox as it was before its schema changes.
pub(crate) fn before_migration(source: &Connection, home: &Path, version: u32, now: Timestamp) -> Result<(), Error> {
    let folder = home.join(FOLDER);
    place::create_dir(&folder).map_err(Error::file("making the folder for backups"))?;
    copy(source, &folder.join(format!("schema-{version}-{}.db", stamp(now))), |_| {})?;
    Ok(())
}

/// Copies a database into a file of its own: under another name first, verified, then renamed.
fn copy(source: &Connection, to: &Path, mut progress: impl FnMut(Progress)) -> Result<BackupInfo, Error> {
    let what = "writing the backup";
    if to.exists() && Header::read(to).is_err() {
        return Err(Error::Occupied { path: to.display().to_string() });
    }
    let unfinished = with_suffix(to, ".unfinished");
    place::remove_if_there(&unfinished).map_err(Error::file(what))?;
    place::create_file(&unfinished).map_err(Error::file(what))?;
    let outcome = copy_pages(source, &unfinished, &mut progress).and_then(|()| {
        File::options().write(true).open(&unfinished).and_then(|file| file.sync_all()).map_err(Error::file(what))?;
        verify(&unfinished)
    });
    match outcome {
        Ok(info) => {
            fs::rename(&unfinished, to).map_err(Error::file(what))?;
            if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                place::sync_dir(folder).map_err(Error::file(what))?;
            }
            Ok(info)
        }
        Err(error) => {
            // What is half made helps nobody; the reason above is the one to report.
            let _ = fs::remove_file(&unfinished);
            Err(error)
        }
    }
}

fn copy_pages(source: &Connection, to: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), Error> {
    // One state for the whole copy: without it, every commit of the writer would send the copy back to its beginning.
    let snapshot = source.unchecked_transaction()?;
    let page: u64 = snapshot.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let _: i64 = snapshot.query_row("SELECT count(*) FROM home", [], |row| row.get(0))?;
    let mut target = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    {
        let backup = Backup::new(&snapshot, &mut target)?;
        loop {
            let step = backup.step(STEP)?;
            let at = backup.progress();
            let (total, left) = (u64::try_from(at.pagecount).unwrap_or(0), u64::try_from(at.remaining).unwrap_or(0));
            progress(Progress { done: total.saturating_sub(left) * page, total: total * page });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Cannot happen within a snapshot, and must not become an endless loop if it does.
                _ => return Err(Error::Busy),
            }
        }
    }
    // One file without a log beside it; it becomes one with a log again when it is opened as an inbox.
    let mode: String = target.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(Error::Damaged { details: format!("the copy is in journal mode {mode}") });
    }
    target.close().map_err(|(_, cause)| cause)?;
    Ok(())
}
