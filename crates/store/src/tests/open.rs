//! What is opened, what is refused, and that what is refused was not changed.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::Connection;

use super::*;
use crate::open::FILE;

fn reopen(dir: &Path) -> Result<Store, Error> {
    Store::open(dir, None, hour(1))
}

/// A closed inbox with some hundred messages.
fn closed() -> TempDir {
    let home = Home::new();
    let shop = home.shop();
    let messages = (0..400).map(|n| bought(&format!("{n}"), hour(n), "где мой заказ, он не пришёл")).collect();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", messages)]);
    let Home { store, dir } = home;
    drop(store);
    dir
}

#[test]
fn a_home_keeps_its_id_and_its_settings() {
    let home = Home::new();
    let id = home.store.home_id();
    let home = home.reopen();
    assert_eq!(home.store.home_id(), id);
    let pragma = |name: &str| -> String {
        home.read(|reader| {
            let value =
                reader.conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))?;
            Ok(match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
        })
    };
    for (name, expected) in [
        ("journal_mode", "wal"),
        ("page_size", "4096"),
        ("foreign_keys", "1"),
        ("secure_delete", "1"),
        ("mmap_size", "0"),
        ("trusted_schema", "0"),
        ("cell_size_check", "1"),
        ("checkpoint_fullfsync", "1"),
        ("query_only", "1"),
        ("busy_timeout", "5000"),
        ("cache_size", "-8192"),
    ] {
        assert_eq!(pragma(name), expected, "{name}");
    }
}

#[test]
fn a_clean_stop_leaves_one_file() {
    let dir = closed();
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [FILE]);
}

#[cfg(unix)]
#[test]
fn every_file_of_a_home_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.shop();
    for entry in fs::read_dir(home.dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn a_file_of_a_newer_program_is_refused_untouched() {
    let dir = closed();
    let path = dir.path().join(FILE);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = reopen(dir.path()).err().unwrap();
    let newest = crate::migrate::newest(crate::migrate::MIGRATIONS);
    assert!(matches!(error, Error::Newer { found: 99, known } if known == newest), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn strangers_files_are_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(reopen(dir.path()).err().unwrap(), Error::Foreign { .. }));
    for garbage in [b"".as_slice(), b"hello", &[7_u8; 8_192]] {
        fs::write(&path, garbage).unwrap();
        let error = reopen(dir.path()).err().unwrap();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), garbage);
    }
}

#[test]
fn a_file_that_was_cut_short_is_damaged() {
    let dir = closed();
    let path = dir.path().join(FILE);
    let length = fs::metadata(&path).unwrap().len();
    fs::File::options().write(true).open(&path).unwrap().set_len(length - 4_096).unwrap();
    assert!(matches!(reopen(dir.path()).err().unwrap(), Error::Damaged { .. }));
}

#[test]
fn pages_overwritten_while_the_program_was_down_are_found_after_an_unclean_stop() {
    let dir = closed();
    let path = dir.path().join(FILE);
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(5 * 4_096)).unwrap();
    file.write_all(&[0xa5; 3 * 4_096]).unwrap();
    // What a killed process leaves behind.
    fs::write(dir.path().join("inbox.db-open"), "").unwrap();
    fs::write(dir.path().join("inbox.db-wal"), "").unwrap();
    let error = reopen(dir.path()).err().unwrap();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn damage_met_while_reading_stops_all_writing() {
    let home = Home::new();
    home.shop();
    let error = home.store.read(|_| Err::<(), _>(Error::Damaged { details: "page 7".into() })).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }));
    let error = home.try_write(|writer| writer.next_fence()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "nothing may be sent from a damaged file");
}

#[test]
fn a_log_that_vanished_after_an_unclean_stop_is_not_passed_over() {
    let dir = closed();
    fs::write(dir.path().join("inbox.db-open"), "").unwrap();
    let error = reopen(dir.path()).err().unwrap();
    assert!(error.to_string().contains("the log"), "{error}");
}

#[test]
fn a_log_without_its_file_does_not_become_a_new_inbox() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("inbox.db-wal"), "pages").unwrap();
    assert!(matches!(reopen(dir.path()).err().unwrap(), Error::Damaged { .. }));
    assert!(!dir.path().join(FILE).exists());
}

#[test]
fn a_home_whose_making_was_cut_short_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("inbox.db-new"), "half").unwrap();
    reopen(dir.path()).unwrap();
    assert!(!dir.path().join("inbox.db-new").exists());
}

#[test]
fn an_older_schema_is_backed_up_before_it_is_changed() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(1), "a")])]);
    let path = home.dir.path().join(FILE);
    let mut conn = crate::connection::open(&path, crate::connection::Role::Writer).unwrap();
    let newest = crate::migrate::newest(crate::migrate::MIGRATIONS);
    let sql = "ALTER TABLE shop ADD COLUMN colour TEXT NOT NULL DEFAULT '';";
    let next = crate::migrate::Migration { version: newest + 1, sql };
    crate::backup::before_migration(&conn, home.dir.path(), newest, hour(1)).unwrap();
    crate::migrate::run(&mut conn, &[next]).unwrap();
    assert_eq!(crate::migrate::version(&conn).unwrap(), newest + 1);
    let kept = home.dir.path().join(format!("backups/schema-{newest}-2026-11-01T010000Z.db"));
    let info = crate::backup::verify(&kept).unwrap();
    assert_eq!((info.version, info.messages), (newest, 1));
}
