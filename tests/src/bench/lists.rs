//! Lists, counts and conversations beside the bare statements on the twin.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use dragoman_domain::ConversationId;
use dragoman_store::Store;
use dragoman_store::inbox::{Filter, Folder};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use super::fill::{Filled, now};
use super::measure::{Goal, Report, Times, thread_cpu};

/// Rows on a page.
const PAGE: u32 = 50;
/// Starts drawn at random.
const STARTS: usize = 500;

/// Prints pages of the inbox, folder counts and openings.
///
/// # Errors
/// Those of the store.
pub fn lists(filled: &Filled, report: &mut Report) -> Result<()> {
    pages(filled, report)?;
    counts(filled, report)?;
    openings(filled, report)
}

fn needs(shop: Option<dragoman_domain::ShopId>) -> Filter {
    Filter { folder: Folder::Needs, shop, ..Filter::default() }
}

/// Pages of what is ours to answer, shop by shop, by time left; the twin walks the same index for the bare columns.
fn pages(filled: &Filled, report: &mut Report) -> Result<()> {
    let mut rng = SmallRng::seed_from_u64(2);
    let shops = filled.store.read(|reader| reader.shops())?;
    let mut bare = filled.twin.conn().prepare(
        "SELECT id, kind, subject, buyer, unread, due_at, last_at FROM conversation INDEXED BY conversation_due_shop
         WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL AND shop = ?1 AND (due_at, id) > (?2, ?3)
         ORDER BY due_at, id LIMIT ?4",
    )?;
    let (mut ours, mut twin) = (Times::default(), Times::default());
    for _ in 0..STARTS / 4 {
        let shop = shops[rng.random_range(0..shops.len())].id;
        let (mut after, mut key) = (None, (i64::MIN, 0_i64));
        for _ in 0..4 {
            let before = thread_cpu();
            let rows = filled.store.read(|reader| reader.page(&needs(Some(shop)), after, PAGE))?;
            ours.push(thread_cpu() - before);
            let before = thread_cpu();
            let mut statement = bare.query((shop.0, key.0, key.1, PAGE))?;
            let mut last = None;
            while let Some(row) = statement.next()? {
                let (_subject, _buyer): (String, String) = (row.get(2)?, row.get(3)?);
                last = Some((row.get(5)?, row.get(0)?));
            }
            twin.push(thread_cpu() - before);
            let (Some(last_row), Some(last)) = (rows.last(), last) else { break };
            after = Some(last_row.cursor());
            key = last;
        }
    }
    let n = ours.len();
    report.line("inbox page p50", ours.percentile(0.5), "ms", Some(twin.percentile(0.5)), Goal::None, n);
    report.line("inbox page p99", ours.percentile(0.99), "ms", Some(twin.percentile(0.99)), Goal::Ratio(5.0), n);
    Ok(())
}

fn counts(filled: &Filled, report: &mut Report) -> Result<()> {
    let mut bare = filled
        .twin
        .conn()
        .prepare("SELECT shop, kind, sum(unread) FROM conversation WHERE unread > 0 GROUP BY shop, kind")?;
    let (mut ours, mut twin) = (Times::default(), Times::default());
    for _ in 0..STARTS {
        let before = thread_cpu();
        filled.store.read(|reader| reader.counts())?;
        ours.push(thread_cpu() - before);
        let before = thread_cpu();
        let mut rows = bare.query([])?;
        while rows.next()?.is_some() {}
        twin.push(thread_cpu() - before);
    }
    let n = ours.len();
    report.line("folder counts p50", ours.percentile(0.5), "ms", Some(twin.percentile(0.5)), Goal::None, n);
    report.line("folder counts p99", ours.percentile(0.99), "ms", Some(twin.percentile(0.99)), Goal::Value(1.0), n);
    Ok(())
}

fn openings(filled: &Filled, report: &mut Report) -> Result<()> {
    let mut rng = SmallRng::seed_from_u64(3);
    let long: Vec<i64> = filled
        .bare
        .prepare("SELECT conversation FROM message GROUP BY conversation HAVING count(*) BETWEEN 40 AND 60 LIMIT 2000")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if long.is_empty() {
        return Ok(());
    }
    let mut bare = filled.twin.conn().prepare(
        "SELECT id, direction, author, sent_at, text FROM message WHERE conversation = ?1 ORDER BY sent_at DESC, id DESC LIMIT ?2",
    )?;
    let (mut ours, mut twin) = (Times::default(), Times::default());
    for _ in 0..STARTS {
        let id = long[rng.random_range(0..long.len())];
        let before = thread_cpu();
        filled.store.read(|reader| {
            Ok((reader.conversation(ConversationId(id))?, reader.messages(ConversationId(id), None, PAGE)?))
        })?;
        ours.push(thread_cpu() - before);
        let before = thread_cpu();
        let mut rows = bare.query((id, PAGE))?;
        while let Some(row) = rows.next()? {
            let _text: String = row.get(4)?;
        }
        twin.push(thread_cpu() - before);
    }
    let n = ours.len();
    report.line(
        "open a conversation of 40-60 p50",
        ours.percentile(0.5),
        "ms",
        Some(twin.percentile(0.5)),
        Goal::None,
        n,
    );
    report.line(
        "open a conversation of 40-60 p99",
        ours.percentile(0.99),
        "ms",
        Some(twin.percentile(0.99)),
        Goal::None,
        n,
    );
    Ok(())
}

/// From a file that is not in memory to the first page and the counts; the twin opens a bare connection and asks the same.
///
/// # Errors
/// Those of the store.
pub fn cold(home: &Path, report: &mut Report) -> Result<()> {
    let (mut ours, mut twin) = (Times::default(), Times::default());
    for _ in 0..7 {
        forget(&home.join("inbox.db"))?;
        let begun = Instant::now();
        let store = Store::open(home, None, now())?;
        store.read(|reader| Ok((reader.page(&needs(None), None, PAGE)?, reader.counts()?)))?;
        ours.push(begun.elapsed());
        drop(store);
        forget(&home.join("twin.db"))?;
        let begun = Instant::now();
        let conn = Connection::open(home.join("twin.db"))?;
        let mut statement = conn.prepare(
            "SELECT * FROM conversation INDEXED BY conversation_due
             WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL ORDER BY due_at, id LIMIT 50",
        )?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        let mut statement = conn.prepare("SELECT shop, kind, owed, unread FROM folder")?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        twin.push(begun.elapsed());
    }
    report.line(
        "cold open to first page, median (wall)",
        ours.percentile(0.5),
        "ms",
        Some(twin.percentile(0.5)),
        Goal::None,
        ours.len(),
    );
    Ok(())
}

/// Lets the system drop its cached pages of a file.
fn forget(path: &Path) -> Result<()> {
    let file = std::fs::File::open(path)?;
    file.sync_all()?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}
