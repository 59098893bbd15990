//! A process that dies while it copies, restores or compacts: no bad backup is ever accepted, and an inbox that was there before
//! is there afterwards.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a kill comes at any moment of real time")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::backup::{restore, verify};
use crate::open::FILE;
use crate::salvage::salvage;

/// Tells this test's own program, started again, what to do and where.
const TASK: &str = "DRAGOMAN_TEST_TASK";
const PLACE: &str = "DRAGOMAN_TEST_PLACE";

fn kills() -> u64 {
    if std::env::var_os("DRAGOMAN_LONG").is_some_and(|flag| flag == "1") { 200 } else { 40 }
}

fn filled(dir: &Path, messages: i64) {
    let store = Store::open(dir, None, hour(0)).unwrap();
    let home = Home { store, dir: tempfile::tempdir().unwrap() };
    let shop = home.shop();
    let threads = (0..messages).map(|n| {
        let text = "где мой заказ, он не пришёл ".repeat(8);
        thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), &text)])
    });
    home.ingest(&shop, threads.collect());
}

/// What the child does until it is killed; no test of its own.
#[test]
fn child_of_the_kills() {
    let (Ok(task), Some(dir)) = (std::env::var(TASK), std::env::var_os(PLACE)) else { return };
    let dir = Path::new(&dir);
    let home = dir.join("home");
    println!("begun");
    match task.as_str() {
        "backup" => {
            let store = Store::open(&home, None, hour(1)).unwrap();
            loop {
                store.backup(&dir.join("copy.db"), |_| std::thread::sleep(Duration::from_millis(1))).unwrap();
            }
        }
        "restore" => loop {
            restore(&home, &dir.join("good.db"), hour(2)).unwrap();
            for entry in fs::read_dir(&home).unwrap().flatten() {
                if entry.file_name().to_string_lossy().starts_with("inbox-before-") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        },
        "compaction" => {
            let store = Store::open(&home, None, hour(1)).unwrap();
            for n in 1.. {
                let id = ConversationId(n);
                if store.erase(&[id], "owner", hour(3)).is_err() {
                    break;
                }
            }
        }
        _ => loop {
            salvage(&home, hour(2), |_| {}).unwrap();
        },
    }
}

fn child(task: &str, place: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::cut_short::child_of_the_kills", "--nocapture"])
        .env(TASK, task)
        .env(PLACE, place)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn r04_no_kill_leaves_a_bad_backup_that_is_accepted_or_takes_the_inbox_away() {
    const MESSAGES: i64 = 600;
    let origin = tempfile::tempdir().unwrap();
    filled(&origin.path().join("home"), MESSAGES);
    let good = origin.path().join("good.db");
    Store::open(&origin.path().join("home"), None, hour(1)).unwrap().backup(&good, |_| {}).unwrap();
    let mut dice = StdRng::seed_from_u64(404);
    let (mut accepted, mut bad, mut lost, mut by_itself) = (0, Vec::new(), Vec::new(), 0);
    for round in 0..kills() {
        let task = ["backup", "restore", "compaction", "salvage"][(round % 4) as usize];
        let place = tempfile::tempdir().unwrap();
        let home = place.path().join("home");
        fs::create_dir(&home).unwrap();
        fs::copy(origin.path().join("home").join(FILE), home.join(FILE)).unwrap();
        fs::copy(&good, place.path().join("good.db")).unwrap();
        let mut child = child(task, place.path());
        std::thread::sleep(Duration::from_millis(dice.random_range(20..400)));
        by_itself += u64::from(child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        // A backup is absent or verified.
        let copy = place.path().join("copy.db");
        if copy.exists() {
            accepted += 1;
            match verify(&copy) {
                Ok(info) if info.messages == MESSAGES as u64 => {}
                other => bad.push((round, format!("{other:?}"))),
            }
        }
        // The inbox opens, or says why not and can be put back; nothing in between.
        match Store::open(&home, None, hour(4)).and_then(|store| store.read(|reader| reader.check_full())) {
            Ok(()) => {}
            Err(Error::Damaged { .. }) if task == "restore" || task == "salvage" => {
                restore(&home, &place.path().join("good.db"), hour(5)).unwrap();
            }
            Err(error) => lost.push((round, task, error.to_string())),
        }
        let left = verify_open(&home);
        if task != "compaction" && left != MESSAGES as u64 {
            lost.push((round, task, format!("{left} messages")));
        }
    }
    let bare = bare_copies(&mut dice, &mut bad);
    println!(
        "R04: {} kills ({by_itself} too late), {accepted} backups accepted and {bare} bare copies tried, {} bad ones accepted, {} inboxes lost",
        kills(),
        bad.len(),
        lost.len()
    );
    assert_eq!(bad, Vec::new());
    assert_eq!(lost, Vec::new());
}

fn verify_open(home: &Path) -> u64 {
    let store = Store::open(home, None, hour(6)).unwrap();
    store.read(|reader| Ok(reader.conn.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?)).unwrap()
}

/// Copies the bare file while it is written to, as people do: such a copy is refused, or it holds a whole state.
fn bare_copies(dice: &mut StdRng, bad: &mut Vec<(u64, String)>) -> u64 {
    let home = Home::new();
    let shop = home.shop();
    let copy = home.dir.path().join("bare.db");
    let mut tried = 0;
    for round in 0..10 {
        let threads = (0..50).map(|n| {
            thread(Kind::Chat, &format!("{round}-{n}"), vec![bought(&format!("{round}-{n}"), hour(n), "где заказ")])
        });
        home.ingest(&shop, threads.collect());
        if dice.random_bool(0.5) {
            home.store.inner.writer.fold().wait().unwrap();
        }
        fs::copy(home.dir.path().join(FILE), &copy).unwrap();
        tried += 1;
        // Without the log it may be an earlier state, but a whole one.
        if let Ok(info) = verify(&copy)
            && info.messages % 50 != 0
        {
            bad.push((round, format!("{info:?}")));
        }
    }
    tried
}
