//! What a damaged inbox still holds, brought back into a new one.
//!
//! The engine refuses a file from the first bad page on, and an inner page that is gone takes everything below it along. So
//! the file is not asked, it is read: every page by itself, each record checked against what its table looks like (`shape`).
//! Records that follow from others, such as the search index, are made anew. A conversation whose own page is gone comes back
//! from the index that names it, so that its messages keep their place.
//!
//! Nothing is sent from what was salvaged until a person switches it on again: the newest changes may be missing, and with them
//! the note that an answer has left. The platforms are asked for everything once more.

mod build;
mod image;
mod record;
mod shape;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use dragoman_domain::Timestamp;

use crate::backup::{self, BackupInfo, Progress};
use crate::migrate::{self, MIGRATIONS};
use crate::open::{FILE, Header, log_belongs, log_of, unmark};
use crate::{Error, place};

use self::build::Build;
use self::image::Image;
use self::record::Tree;
use self::shape::Shape;

/// The new inbox while it is being made.
const UNFINISHED: &str = "inbox.db-salvaging";

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    /// The new inbox, verified.
    pub info: BackupInfo,
    /// By table, those with rows only.
    pub tables: Vec<TableReport>,
    /// Pages of the damaged file that could not be read or believed.
    pub bad_pages: u64,
    /// Shops that had to be made up or taken from a backup; connect them again.
    pub shops_without_connection: Vec<i64>,
    /// The log that lay beside the file was of another file and was left out.
    pub log_left_out: bool,
    /// Where the damaged inbox lies now, as it was.
    pub aside: PathBuf,
}

/// What came back of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// Rows that are in the new inbox.
    pub back: u64,
    /// Rows that were found damaged, that an index still names, or that lost what they belong to.
    pub lost: u64,
    /// The numbers of rows an index still names and that are gone: first and last of each run, the first hundred.
    pub ranges: Vec<(i64, i64)>,
}

/// Makes a new inbox of what a damaged one still holds and puts it in its place. Nobody may have the home open. The damaged
/// file and its log are kept aside as they are.
///
/// # Errors
/// [`Error::Newer`] if a newer program made the file; [`Error::Damaged`] if nothing of it can be read; the home is as it was
/// then.
pub fn salvage(home: &Path, now: Timestamp, mut progress: impl FnMut(Progress)) -> Result<Salvaged, Error> {
    let what = "making a new inbox of what is left";
    place::prepare(home)?;
    let target = home.join(FILE);
    if let Ok(header) = Header::read(&target)
        && header.version > migrate::newest(MIGRATIONS)
    {
        return Err(Error::Newer { found: header.version, known: migrate::newest(MIGRATIONS) });
    }
    let log = log_of(&target);
    let log_left_out = log.metadata().is_ok_and(|log| log.len() > 0) && !log_belongs(home);
    let image = Image::open(&target, (!log_left_out).then_some(log.as_path()))?;
    let unfinished = home.join(UNFINISHED);
    let outcome = Build::new(&unfinished, now).and_then(|build| fill(build, image, home, &mut progress));
    let (info, found) = match outcome {
        Ok(done) => done,
        Err(error) => {
            // What is half made helps nobody; the reason above is the one to report.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
    };
    let aside = set_aside(home, &target, now)?;
    fs::rename(&unfinished, &target).map_err(Error::file(what))?;
    place::sync_dir(home).map_err(Error::file(what))?;
    unmark(home)?;
    let Found { tables, bad_pages, shops_without_connection } = found;
    Ok(Salvaged { info, tables, bad_pages, shops_without_connection, log_left_out, aside })
}

struct Found {
    tables: Vec<TableReport>,
    bad_pages: u64,
    shops_without_connection: Vec<i64>,
}

/// Reads every page into the new inbox, and finishes that.
fn fill(
    mut build: Build,
    mut image: Image,
    home: &Path,
    progress: &mut impl FnMut(Progress),
) -> Result<(BackupInfo, Found), Error> {
    let shapes = shape::shapes(build.reference())?;
    let owners = owners(&mut image, &shapes);
    let total = u64::from(image.pages());
    let mut bad_pages = 0;
    for number in 1..=image.pages() {
        if number % 1_024 == 0 {
            progress(Progress { done: u64::from(number), total });
        }
        let Some(page) = record::page(&mut image, number, true) else {
            // Without an owner it may be part of a long record, or free.
            bad_pages += u64::from(owners.contains_key(&number) || image.page(number).is_none());
            continue;
        };
        let owner = owners.get(&number).and_then(|at| shapes.get(*at)).filter(|shape| shape.tree == page.tree);
        let Some(shape) = owner.or_else(|| only_fit(&shapes, &page)) else {
            bad_pages += u64::from(!page.records.is_empty());
            continue;
        };
        bad_pages += u64::from(page.lost > 0);
        build.lose(shape, page.lost);
        for record in page.records {
            match shape.fits(page.tree, &record) {
                true => build.take(shape, record)?,
                false => build.lose(shape, 1),
            }
        }
    }
    progress(Progress { done: total, total });
    let (tables, shops_without_connection) = build.complete(home)?;
    let info = build.finish()?;
    Ok((info, Found { tables, bad_pages, shops_without_connection }))
}

/// Which table or index each page belongs to, as far as the list of tables and the inner pages still say.
fn owners(image: &mut Image, shapes: &[Shape]) -> HashMap<u32, usize> {
    let mut roots = Vec::new();
    let mut below: HashMap<u32, Vec<u32>> = HashMap::new();
    let list = shapes.iter().find(|shape| shape.name == shape::SCHEMA);
    for number in 1..=image.pages() {
        let Some(page) = record::page(image, number, false) else { continue };
        if !page.children.is_empty() {
            below.insert(number, page.children);
        } else if page.tree == Tree::Rows
            && let Some(page) = record::page(image, number, true)
        {
            let entries = page.records.iter().filter(|record| list.is_some_and(|list| list.fits(page.tree, record)));
            roots.extend(entries.filter_map(|entry| match entry.values.as_slice() {
                [_, rusqlite::types::Value::Text(name), _, rusqlite::types::Value::Integer(root), _] => {
                    let shape = shapes.iter().position(|shape| shape.name == *name)?;
                    Some((u32::try_from(*root).ok().filter(|root| *root > 1)?, shape))
                }
                _ => None,
            }));
        }
    }
    let mut owners = HashMap::new();
    for (root, shape) in roots {
        let mut open = vec![root];
        while let Some(number) = open.pop() {
            // Who was there first stays: a tree whose pages point in circles ends, too.
            if let std::collections::hash_map::Entry::Vacant(place) = owners.entry(number) {
                place.insert(shape);
                open.extend(below.get(&number).into_iter().flatten());
            }
        }
    }
    owners
}

/// The one table or index that every record of a page fits.
fn only_fit<'s>(shapes: &'s [Shape], page: &record::Page) -> Option<&'s Shape> {
    if page.records.is_empty() {
        return None;
    }
    let mut fitting = shapes.iter().filter(|shape| page.records.iter().all(|record| shape.fits(page.tree, record)));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Moves the damaged inbox and its log into a folder of their own, unchanged.
fn set_aside(home: &Path, target: &Path, now: Timestamp) -> Result<PathBuf, Error> {
    let what = "setting the damaged inbox aside";
    let folder = (0..).map(|n| home.join(format!("damaged-{}-{n}", backup::stamp(now)))).find(|path| !path.exists());
    let folder = folder.unwrap_or_else(|| home.join("damaged"));
    place::create_dir(&folder).map_err(Error::file(what))?;
    let aside = folder.join(FILE);
    if fs::hard_link(target, &aside).is_err() {
        // No hard links here.
        fs::copy(target, &aside).map_err(Error::file(what))?;
    }
    // Before the new file takes its place: beside that, the old log would be a stranger's.
    for suffix in ["-wal", "-shm"] {
        let log = backup::with_suffix(target, suffix);
        if log.exists() {
            fs::rename(log, backup::with_suffix(&aside, suffix)).map_err(Error::file(what))?;
        }
    }
    place::sync_dir(&folder).map_err(Error::file(what))?;
    Ok(aside)
}

/// The rows of messages that lie on a page of a sound file; `None` if it is no page of a tree.
#[cfg(test)]
pub(crate) fn messages_on(path: &Path, number: u32) -> Result<Option<Vec<i64>>, Error> {
    let conn = crate::connection::open(path, crate::connection::Role::Reader)?;
    let shapes = shape::shapes(&conn)?;
    let Some(page) = record::page(&mut Image::open(path, None)?, number, true) else { return Ok(None) };
    let message = shapes.iter().find(|shape| shape.table == "message" && shape.tree == Tree::Rows);
    let records = page.records.into_iter();
    Ok(Some(
        records
            .filter(|record| message.is_some_and(|shape| shape.fits(page.tree, record)))
            .map(|record| record.row)
            .collect(),
    ))
}
