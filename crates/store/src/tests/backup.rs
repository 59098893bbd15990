//! Copies: made while the inbox is in use, verified, put back whole.

use std::fs;

use super::*;
use crate::backup::{restore, verify};
use crate::open::FILE;

fn filled(messages: i64) -> (Home, Shop) {
    let home = Home::new();
    let shop = home.shop();
    add(&home, &shop, 0..messages);
    (home, shop)
}

fn add(home: &Home, shop: &Shop, range: std::ops::Range<i64>) {
    let threads =
        range.map(|n| thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), "где заказ")]));
    home.ingest(shop, threads.collect());
}

fn count(home: &Home) -> usize {
    home.read(|reader| reader.page(&crate::inbox::Filter::default(), None, 10_000)).len()
}

#[test]
fn a_backup_is_one_file_that_holds_everything() {
    let (home, _) = filled(300);
    let to = home.dir.path().join("copy.db");
    let mut last = None;
    let info = home.store.backup(&to, |progress| last = Some(progress)).unwrap();
    assert_eq!((info.home_id, info.shops, info.conversations, info.messages), (home.store.home_id(), 1, 300, 300));
    let progress = last.unwrap();
    assert_eq!((progress.done, progress.total), (progress.total, fs::metadata(&to).unwrap().len()));
    assert_eq!(verify(&to).unwrap(), info);
    assert!(!home.dir.path().join("copy.db-wal").exists());
}

#[test]
fn a_backup_may_replace_an_older_one_but_nothing_else() {
    let (home, _) = filled(3);
    let to = home.dir.path().join("copy.db");
    home.store.backup(&to, |_| {}).unwrap();
    home.store.backup(&to, |_| {}).unwrap();
    let letter = home.dir.path().join("letter.txt");
    fs::write(&letter, "dear").unwrap();
    let error = home.store.backup(&letter, |_| {}).unwrap_err();
    assert!(matches!(error, Error::Occupied { .. }), "{error}");
    assert_eq!(fs::read_to_string(&letter).unwrap(), "dear");
}

#[test]
fn work_goes_on_while_a_backup_is_made_and_the_copy_is_of_one_moment() {
    let (home, shop) = filled(500);
    let to = home.dir.path().join("copy.db");
    let mut once = Some(());
    let info = home
        .store
        .backup(&to, |_| {
            if once.take().is_some() {
                add(&home, &shop, 500..600);
            }
        })
        .unwrap();
    assert_eq!((info.messages, count(&home)), (500, 600));
}

#[test]
fn a_restored_backup_is_the_inbox_of_its_day_and_the_present_one_is_kept_aside() {
    let (home, shop) = filled(10);
    let to = home.dir.path().join("copy.db");
    home.store.backup(&to, |_| {}).unwrap();
    add(&home, &shop, 10..20);
    let Home { store, dir } = home;
    drop(store);
    let restored = restore(dir.path(), &to, hour(5)).unwrap();
    assert_eq!(restored.info.messages, 10);
    assert_eq!(verify(&restored.previous.unwrap()).unwrap().messages, 20);
    let store = Store::open(dir.path(), None, hour(6)).unwrap();
    let home = Home { store, dir };
    assert_eq!(count(&home), 10);
    add(&home, &shop, 10..20);
    assert_eq!(count(&home), 20);
    home.check();
}

#[test]
fn a_backup_can_take_the_place_of_a_damaged_inbox() {
    let (home, _) = filled(10);
    let to = home.dir.path().join("copy.db");
    home.store.backup(&to, |_| {}).unwrap();
    let Home { store, dir } = home;
    drop(store);
    fs::write(dir.path().join(FILE), "rubbish").unwrap();
    fs::write(dir.path().join("inbox.db-open"), "").unwrap();
    fs::write(dir.path().join("inbox.db-wal"), "rubbish").unwrap();
    let restored = restore(dir.path(), &to, hour(5)).unwrap();
    assert_eq!(fs::read_to_string(restored.previous.unwrap()).unwrap(), "rubbish");
    let store = Store::open(dir.path(), None, hour(6)).unwrap();
    assert_eq!(count(&Home { store, dir }), 10);
}

#[test]
fn a_bad_backup_is_refused_and_the_home_stays_as_it_is() {
    let (home, _) = filled(200);
    let good = home.dir.path().join("copy.db");
    home.store.backup(&good, |_| {}).unwrap();
    let Home { store, dir } = home;
    drop(store);
    let before = fs::read(dir.path().join(FILE)).unwrap();
    let bad = dir.path().join("bad.db");
    let mut bytes = fs::read(&good).unwrap();
    bytes[3 * 4_096..9 * 4_096].fill(0x5a);
    for content in [bytes, b"SQLite format 3\0".to_vec(), Vec::new()] {
        fs::write(&bad, content).unwrap();
        let error = restore(dir.path(), &bad, hour(5)).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), before);
    }
    let stranger = dir.path().join("stranger.db");
    rusqlite::Connection::open(&stranger).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(restore(dir.path(), &stranger, hour(5)).unwrap_err(), Error::Foreign { .. }));
}

#[test]
fn one_backup_a_day_is_made_and_seven_are_kept() {
    let (home, _) = filled(3);
    for day in 0..10 {
        assert!(home.store.daily_backup(hour(24 * day)).unwrap().is_some());
        assert!(home.store.daily_backup(hour(24 * day + 5)).unwrap().is_none());
    }
    let mut names: Vec<_> = fs::read_dir(home.dir.path().join("backups"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!((names.len(), names[0].as_str(), names[6].as_str()), (7, "daily-2026-11-04.db", "daily-2026-11-10.db"));
}
