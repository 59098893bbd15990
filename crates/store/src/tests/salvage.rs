//! A hundred ways to damage an inbox: each is noticed, nothing is sent from it, and what lies outside the damage comes back.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use dragoman_domain::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::{Connection, OpenFlags};

use super::*;
use crate::inbox::Filter;
use crate::open::{FILE, log_of};
use crate::salvage::{messages_on, salvage};
use crate::search::{PageRequest, Query};

const PAGE: u64 = 4_096;
const MARKER: &str = "inbox.db-open";
const CASES: u64 = 100;

/// A message as a person knows it.
type Row = (String, i64, String);

/// An inbox that was closed, and the same as a crash left it: with mark and log.
struct Patient {
    closed: TempDir,
    crashed: TempDir,
    truth: BTreeSet<Row>,
}

fn fill(home: &Home, shop: &Shop, range: std::ops::Range<i64>) {
    let threads = range
        .map(|n| {
            let mut messages = vec![bought(&format!("{n}-0"), hour(n), &format!("Где заказ {n}? Он не пришёл."))];
            for at in 1..5 {
                // Every twentieth is longer than a page.
                let text = format!("Ответ {at} на {n}. ").repeat(if (n + at) % 20 == 0 { 400 } else { 3 });
                messages.push(sold(&format!("{n}-{at}"), hour(n) + SignedDuration::from_mins(at), &text));
            }
            let mut thread = thread(Kind::Chat, &format!("c{n}"), messages);
            thread.facts.buyer = Some(format!("Покупатель {n}"));
            thread.facts.subject = Some("Шарф шерстяной, серый".repeat(4));
            thread
        })
        .collect();
    home.ingest(shop, threads);
}

fn copy(from: &Path, to: &Path) {
    for name in [FILE, "inbox.db-wal", MARKER] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn rows(path: &Path) -> BTreeSet<Row> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = conn
        .prepare("SELECT m.remote_id, m.sent_at, m.text FROM message m JOIN conversation c ON c.id = m.conversation")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

impl Patient {
    fn new(threads: i64) -> Self {
        let home = Home::new();
        let shop = home.shop();
        home.write(move |writer| writer.change_shop(shop.id, |shop| shop.sending = true).map(drop));
        let shop = home.read(|reader| reader.shops()).remove(0);
        fill(&home, &shop, 0..threads);
        let home = home.reopen();
        fill(&home, &shop, threads..threads + 20);
        let crashed = tempfile::tempdir().unwrap();
        copy(home.dir.path(), crashed.path());
        assert!(fs::metadata(log_of(&crashed.path().join(FILE))).unwrap().len() > 0);
        let Home { store, dir: closed } = home;
        drop(store);
        let truth = rows(&closed.path().join(FILE));
        Self { closed, crashed, truth }
    }

    /// A copy to damage.
    fn copy(&self, crashed: bool) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        copy(if crashed { self.crashed.path() } else { self.closed.path() }, dir.path());
        dir
    }
}

/// Opens a home and touches everything in it; the first thing that is refused.
fn touch(dir: &Path) -> Result<BTreeSet<Row>, Error> {
    touch_all(&Store::open(dir, None, hour(1))?)
}

fn touch_all(store: &Store) -> Result<BTreeSet<Row>, Error> {
    let now = hour(1).to_zoned(jiff::tz::TimeZone::UTC);
    let mut found = BTreeSet::new();
    store.read(|reader| {
        let mut after = None;
        loop {
            let page = reader.page(&Filter::default(), after, 200)?;
            let Some(last) = page.last() else { break };
            after = Some(last.cursor());
            for row in &page {
                reader.conversation(row.id)?;
                for message in reader.messages(row.id, None, 1_000)? {
                    reader.raw(message.id)?;
                    reader.versions(message.id)?;
                    let remote = message.remote_id.as_str();
                    // Without its conversation a message is kept under another name.
                    let remote = remote.strip_prefix("salvaged:").unwrap_or(remote).to_owned();
                    found.insert((remote, message.sent_at.as_millisecond(), message.text));
                }
            }
        }
        reader.counts()?;
        reader.outbox(true, None, 100)?;
        reader.search(&Query::parse("заказ"), PageRequest { after: None, limit: 50 }, &now)?;
        reader.check_full()
    })?;
    store.read(|reader| reader.check_index())?;
    Ok(found)
}

fn overwrite(path: &Path, dice: &mut StdRng) -> Vec<u64> {
    let pages = fs::metadata(path).unwrap().len() / PAGE;
    let mut file = File::options().write(true).open(path).unwrap();
    let bad: Vec<u64> = (0..dice.random_range(1..=3)).map(|_| dice.random_range(0..pages)).collect();
    for page in &bad {
        let mut garbage = vec![0_u8; PAGE as usize];
        dice.fill(garbage.as_mut_slice());
        file.seek(SeekFrom::Start(page * PAGE)).unwrap();
        file.write_all(&garbage).unwrap();
    }
    bad
}

/// Rows of the truth that had nothing on the pages that were destroyed.
fn outside(patient: &Patient, sound: &Path, bad: &[u64]) -> BTreeSet<Row> {
    let (mut gone, mut parts_of_long) = (BTreeSet::new(), false);
    for page in bad {
        match messages_on(sound, u32::try_from(page + 1).unwrap()).unwrap() {
            Some(rows) => gone.extend(rows),
            None => parts_of_long = true,
        }
    }
    let conn = Connection::open_with_flags(sound, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut name = conn.prepare("SELECT remote_id FROM message WHERE id = ?").unwrap();
    let gone: BTreeSet<String> = gone.iter().filter_map(|id| name.query_row([id], |row| row.get(0)).ok()).collect();
    let long = |row: &Row| parts_of_long && row.2.len() > 1_000;
    patient.truth.iter().filter(|row| !gone.contains(&row.0) && !long(row)).cloned().collect()
}

#[test]
fn r07_no_damage_is_silent_and_what_lies_outside_it_comes_back() {
    let patient = Patient::new(120);
    let other = Patient::new(60);
    let (mut silent, mut harmless, mut wanted, mut back, mut worst) = (Vec::new(), 0, 0_usize, 0_usize, 1.0_f64);
    let mut without_salvage = 0;
    for seed in 0..CASES {
        let mut dice = StdRng::seed_from_u64(seed);
        let crashed = dice.random_bool(0.5);
        let dir = patient.copy(crashed);
        let path = dir.path().join(FILE);
        let length = fs::metadata(&path).unwrap().len();
        let (mut bad, mut expect_all_but_newest) = (Vec::new(), false);
        let sound = patient.copy(crashed);
        match seed % 10 {
            0..5 => bad = overwrite(&path, &mut dice),
            5 => {
                let left = dice.random_range(1..length);
                File::options().write(true).open(&path).unwrap().set_len(left).unwrap();
                bad = (left / PAGE..length / PAGE).collect();
            }
            6 => {
                let mut file = File::options().write(true).open(&path).unwrap();
                let mut garbage = [0_u8; 100];
                dice.fill(garbage.as_mut_slice());
                file.write_all(&garbage).unwrap();
            }
            7 => {
                File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
                bad = (0..length / PAGE).collect();
            }
            8 => {
                // The log of a crash is gone, or there is another file's.
                copy(patient.crashed.path(), dir.path());
                expect_all_but_newest = true;
                if seed % 20 == 8 {
                    fs::remove_file(log_of(&path)).unwrap();
                } else {
                    fs::copy(log_of(&other.crashed.path().join(FILE)), log_of(&path)).unwrap();
                }
            }
            _ if crashed => {
                // The index of the log is made anew each time: nothing is lost without it.
                fs::write(dir.path().join("inbox.db-shm"), "rubbish").unwrap();
                fs::remove_file(dir.path().join("inbox.db-shm")).unwrap();
            }
            _ => {
                // A stranger's log beside a file that was closed well.
                fs::copy(log_of(&other.crashed.path().join(FILE)), log_of(&path)).unwrap();
            }
        }
        let before = (fs::read(&path).unwrap(), fs::read(log_of(&path)).unwrap_or_default());
        let opened = Store::open(dir.path(), None, hour(1));
        let refused_at_once = opened.is_err();
        let refused = match opened.and_then(|store| touch_all(&store)) {
            Ok(found) if found == patient.truth => {
                harmless += 1;
                continue;
            }
            Ok(_) => {
                silent.push(seed);
                continue;
            }
            Err(error) => error,
        };
        assert!(
            matches!(
                refused,
                Error::Damaged { .. } | Error::Foreign { .. } | Error::Index { .. } | Error::Newer { .. }
            ),
            "seed {seed}: {refused}"
        );
        // What the attempt to open left behind is no part of the damage.
        let _ = fs::remove_file(dir.path().join("inbox.db-shm"));
        if refused_at_once {
            assert!(
                (fs::read(&path).unwrap(), fs::read(log_of(&path)).unwrap_or_default()) == before,
                "seed {seed}: a refused file was changed"
            );
        }
        let report = match salvage(dir.path(), hour(2), |_| {}) {
            Ok(report) => report,
            Err(error) => {
                assert!(matches!(error, Error::Damaged { .. } | Error::Newer { .. }), "seed {seed}: {error}");
                without_salvage += 1;
                assert!(
                    matches!(error, Error::Newer { .. })
                        || outside(&patient, &sound.path().join(FILE), &bad).len() < 10
                );
                continue;
            }
        };
        assert_eq!(fs::read(&report.aside).unwrap().len(), before.0.len(), "seed {seed}: the damaged file is kept");
        let found = touch(dir.path()).unwrap();
        assert!(found.is_subset(&patient.truth), "seed {seed}: nothing is made up");
        let store = Store::open(dir.path(), None, hour(3)).unwrap();
        assert!(store.read(|reader| reader.shops()).unwrap().iter().all(|shop| !shop.sending), "seed {seed}");
        let mut expected = outside(&patient, &sound.path().join(FILE), &bad);
        if crashed || expect_all_but_newest {
            // What only the log held is judged by what the file alone tells.
            expected.retain(|row| found.contains(row) || older(row));
        }
        let came = expected.intersection(&found).count();
        let share = if expected.is_empty() { 1.0 } else { came as f64 / expected.len() as f64 };
        worst = worst.min(share);
        assert!(share >= 0.99, "seed {seed}: {came} of {} came back: {report:?}", expected.len());
        wanted += expected.len();
        back += came;
    }
    println!(
        "R07: {CASES} cases, {} silent, {harmless} without effect, {without_salvage} with nothing left, {:.2} % of rows outside the damage came back (worst case {:.2} %)",
        silent.len(),
        100.0 * back as f64 / wanted.max(1) as f64,
        100.0 * worst
    );
    assert_eq!(silent, Vec::<u64>::new());
}

/// Written before the inbox was opened for the last time.
fn older(row: &Row) -> bool {
    row.0.split_once('-').unwrap().0.parse::<i64>().unwrap() < 120
}

#[test]
fn a_sound_inbox_comes_back_whole_and_rests() {
    let patient = Patient::new(40);
    let dir = patient.copy(false);
    let report = salvage(dir.path(), hour(2), |_| {}).unwrap();
    assert_eq!((report.bad_pages, report.info.messages), (0, patient.truth.len() as u64));
    assert!(report.tables.iter().all(|table| table.lost == 0), "{report:?}");
    assert_eq!(touch(dir.path()).unwrap(), patient.truth);
    let store = Store::open(dir.path(), None, hour(3)).unwrap();
    assert!(store.read(|reader| reader.shops()).unwrap().iter().all(|shop| !shop.sending));
}

#[test]
fn every_record_of_an_inbox_fits_its_own_table() {
    let patient = Patient::new(5);
    let dir = patient.copy(false);
    let path = dir.path().join(FILE);
    let conn = Connection::open(&path).unwrap();
    conn.execute("INSERT INTO receipt (at, document) VALUES (1, '{}')", []).unwrap();
    conn.execute("INSERT INTO file (message, place, state) VALUES (1, 0, 'remote')", []).unwrap();
    conn.execute("INSERT INTO purchase (shop, number) VALUES (1, '7')", []).unwrap();
    drop(conn);
    let report = salvage(dir.path(), hour(2), |_| {}).unwrap();
    assert_eq!(report.bad_pages, 0, "{report:?}");
    for table in ["home", "shop", "conversation", "message", "raw", "receipt", "file", "purchase"] {
        assert!(report.tables.iter().any(|found| found.table == table && found.back > 0), "{table}: {report:?}");
    }
}
