//! R03: a program of today meets an inbox of yesterday and is killed, meets a step that fails, or a full disk. The file is then of the
//! old schema or of the new one, what it holds is unchanged, and a copy of the old one lies beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dragoman_simulator::{Options, Size};
use dragoman_tests::disk::Disk;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::{House, world};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest as _, Sha256};

const SEED: u64 = 303;

/// The released steps, oldest first.
fn steps() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/migrations");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// Columns by table, without what belongs to the search index.
fn columns(conn: &Connection) -> BTreeMap<String, Vec<String>> {
    let names = |sql: &str| -> Vec<String> {
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    names(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search%'",
    )
    .into_iter()
    .map(|table| (table.clone(), names(&format!("SELECT name FROM pragma_table_info('{table}')"))))
    .collect()
}

/// An empty inbox of an old schema.
fn empty(steps: &[String]) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for step in steps {
        conn.execute_batch(step).unwrap();
    }
    conn
}

/// Takes an inbox back to an old schema: everything that later steps added goes, the rows stay.
fn take_back(file: &Path, steps: &[String]) -> BTreeMap<String, Vec<String>> {
    let (conn, old) = (Connection::open(file).unwrap(), empty(steps));
    let wanted = columns(&old);
    // A later step may have put another index or trigger in the place of one of the same name, so all are made anew.
    let beside = |conn: &Connection| -> Vec<(String, String, String)> {
        let sql =
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL";
        let mut beside = conn.prepare(sql).unwrap();
        beside.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
    };
    for (sort, name, _) in beside(&conn) {
        conn.execute_batch(&format!("DROP {sort} {name}")).unwrap();
    }
    for (table, is) in columns(&conn) {
        match wanted.get(&table) {
            None => conn.execute_batch(&format!("DROP TABLE {table}")).unwrap(),
            Some(was) => {
                for column in is.iter().filter(|column| !was.contains(column)) {
                    conn.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}")).unwrap();
                }
            }
        }
    }
    for (_, _, sql) in beside(&old) {
        conn.execute_batch(&sql).unwrap();
    }
    conn.pragma_update(None, "user_version", steps.len()).unwrap();
    assert_eq!(columns(&conn), wanted, "the file is as the old program left it");
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    wanted
}

/// What an inbox holds in these columns, and the version of its schema.
fn content(file: &Path, columns: &BTreeMap<String, Vec<String>>) -> (u32, String) {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let from = PathBuf::from(format!("{}{ending}", file.display()));
        if from.exists() {
            fs::copy(from, folder.path().join(format!("inbox.db{ending}"))).unwrap();
        }
    }
    let conn = Connection::open_with_flags(folder.path().join("inbox.db"), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let version = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let sound: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut hash = Sha256::new();
    // Requests that were begun and not ended are forgotten at each start.
    for (table, columns) in columns.iter().filter(|(table, _)| *table != "request") {
        let list = columns.join(", ");
        let mut rows = conn.prepare(&format!("SELECT {list} FROM {table} ORDER BY {list}")).unwrap();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns.len() {
                hash.update(format!("{:?}|", row.get::<_, Value>(at).unwrap()));
            }
        }
    }
    (version, hex::encode(hash.finalize()))
}

fn backups(home: &Path) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(home.join("backups")) else { return Vec::new() };
    folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("schema-"))
        .filter(|path| path.extension().is_some_and(|ending| ending == "db"))
        .collect()
}

/// Puts the old file in the place of whatever lies there.
fn lay(home: &Path, old: &Path) {
    for name in ["inbox.db", "inbox.db-wal", "inbox.db-shm", "inbox.db-open"] {
        let _ = fs::remove_file(home.join(name));
    }
    let _ = fs::remove_dir_all(home.join("backups"));
    fs::copy(old, home.join("inbox.db")).unwrap();
}

async fn house(home: Option<PathBuf>) -> House {
    let size = Size { questions: 300, chats: 200, products: 20, history_days: 20, ..Size::default() };
    let options = Options { size, quotas: false, ..world(SEED) };
    let house = match home {
        Some(home) => House::start_at(options, home).await.unwrap(),
        None => House::start(options).await.unwrap(),
    };
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_migration_leaves_the_old_inbox_or_the_new_one() {
    let kills = 20 * scale() / if scale() > 1 { 2 } else { 1 };
    let house = house(None).await;
    let steps = steps();
    let (inbox, newest) = (house.home().join("inbox.db"), steps.len() as u32);
    let original = house.folder().join("newest.db");
    fs::copy(&inbox, &original).unwrap();
    let mut figures = Figures::new("campaign_migration", SEED);
    let (mut wrong, mut cases) = (Vec::new(), 0);
    for version in 1..steps.len() {
        let old = house.folder().join("old.db");
        fs::copy(&original, &old).unwrap();
        let columns = take_back(&old, &steps[..version]);
        let (_, before) = content(&old, &columns);

        // Undisturbed, to know how long it takes.
        lay(house.home(), &old);
        let begun = Instant::now();
        house.ok(&["list"]).await.unwrap();
        let whole = begun.elapsed();
        let after = content(&inbox, &columns);
        let copies = backups(house.home());
        let kept = copies.first().map(|copy| content(copy, &columns));
        if after != (newest, before.clone()) || kept != Some((version as u32, before.clone())) {
            wrong.push(format!("undisturbed from {version}: {after:?}, copy {kept:?}"));
        }

        let mut dice = StdRng::seed_from_u64(SEED + version as u64);
        let (mut as_old, mut as_new, mut with_copy, mut finished) = (0, 0, 0, 0);
        for kill in 0..kills {
            lay(house.home(), &old);
            let mut process = house.spawn(&["list"]).unwrap();
            process.ignore_output();
            tokio::time::sleep(Duration::from_secs_f64(whole.as_secs_f64() * dice.random_range(0.0..0.95))).await;
            finished += usize::from(!process.kill().await.unwrap());
            cases += 1;
            let (found, is) = content(&inbox, &columns);
            match found {
                found if found == version as u32 => as_old += 1,
                found if found == newest => as_new += 1,
                _ => {}
            }
            let copies = backups(house.home());
            let sound = copies.iter().all(|copy| content(copy, &columns) == (version as u32, before.clone()));
            with_copy += usize::from(!copies.is_empty());
            if is != before || !sound || (found == newest && copies.is_empty()) {
                wrong.push(format!(
                    "kill {kill} from {version}: schema {found}, {} copies, sound {sound}",
                    copies.len()
                ));
            }
            let again = house.run(&["list"]).await.unwrap();
            if again.code != Some(0) || content(&inbox, &columns) != (newest, before.clone()) {
                wrong.push(format!("after kill {kill} from {version}: {again:?}"));
            }
        }
        figures.add(
            &format!("from schema {version} to {newest}"),
            format!(
                "{kills} kills ({finished} too late) left {as_old} old, {as_new} new; {with_copy} had a copy already"
            ),
        );

        // A step that fails: what the next one would make is there already.
        lay(house.home(), &old);
        let conn = Connection::open(&inbox).unwrap();
        let added: Vec<String> = self::columns(&empty(&steps[..=version]))
            .into_keys()
            .filter(|table| !columns.contains_key(table))
            .collect();
        if let Some(table) = added.last() {
            conn.execute_batch(&format!("CREATE TABLE {table} (in_the_way INTEGER) STRICT")).unwrap();
            conn.close().unwrap();
            cases += 1;
            let outcome = house.run(&["list"]).await.unwrap();
            let (found, is) = content(&inbox, &columns);
            let copies = backups(house.home());
            if outcome.problem().is_err() || found != version as u32 || is != before || copies.is_empty() {
                wrong.push(format!("a failing step from {version}: schema {found}, {outcome:?}"));
            }
            figures.add(
                "a step that fails",
                format!("schema {found}, {} copies, {}", copies.len(), outcome.stdout.trim()),
            );
        }
    }
    figures.failures("inboxes that were neither, changed, or without a copy", wrong.len(), cases);
    figures.print();
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_migration_on_a_full_disk_waits_for_room() {
    let Some(disk) = Disk::mount(24).unwrap() else {
        println!("campaign_migration_on_a_full_disk did not run: this user may not mount a small disk (needs root)");
        return;
    };
    let house = house(Some(disk.path().join("home"))).await;
    let steps = steps();
    let (inbox, newest) = (house.home().join("inbox.db"), steps.len() as u32);
    let old = house.folder().join("old.db");
    fs::copy(&inbox, &old).unwrap();
    let columns = take_back(&old, &steps[..1]);
    let (_, before) = content(&old, &columns);
    let pages = fs::metadata(&old).unwrap().len() / 4_096;
    let (mut named, mut went_through, mut wrong) = (0, 0, Vec::new());
    // From no room at all to more than copy and log need.
    let rooms: Vec<u64> = (0..12).map(|step| step * (pages * 2) / 11).collect();
    for room in &rooms {
        lay(house.home(), &old);
        disk.fill_but(*room).unwrap();
        let outcome = house.run(&["list"]).await.unwrap();
        let (found, is) = content(&inbox, &columns);
        if outcome.code == Some(0) {
            went_through += 1;
        } else if outcome.stdout.contains("disk_full") {
            named += 1;
        } else {
            wrong.push(format!("{room} pages left: {outcome:?}"));
        }
        // Each step is made whole or not at all, so room for some of them leaves the schema in between.
        if is != before || !(1..=newest).contains(&found) {
            wrong.push(format!("{room} pages left: schema {found}, content changed: {}", is != before));
        }
        disk.make_room().unwrap();
        let again = house.run(&["list"]).await.unwrap();
        if again.code != Some(0) || content(&inbox, &columns) != (newest, before.clone()) {
            wrong.push(format!("{room} pages left, then room: {again:?}"));
        }
    }
    let mut figures = Figures::new("campaign_migration_on_a_full_disk", SEED);
    figures.add("rooms left", format!("{}: refused by name {named}, gone through {went_through}", rooms.len()));
    figures.failures("inboxes changed, or not migrated once there was room", wrong.len(), rooms.len());
    figures.print();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(named > 0, "the disk was too large to tell");
}
