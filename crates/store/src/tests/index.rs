//! The search index beside its inbox: checks tell the truth about it, and a damaged one is noticed and made anew.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::open::FILE;
use crate::search::{Hits, PageRequest, Query};

fn search(home: &Home, words: &str) -> Hits {
    let now = hour(200).to_zoned(jiff::tz::TimeZone::UTC);
    home.store.search(&Query::parse(words), PageRequest { after: None, limit: 50 }, &now).unwrap()
}

fn chat(n: u64) -> Incoming {
    let text = |at: u64| format!("слово заказ{} серый{}", n * 7 + at, n % 13);
    thread(Kind::Chat, &format!("c{n}"), (0..3).map(|at| bought(&format!("{n}-{at}"), hour(1), &text(at))).collect())
}

/// Waits until a lost index is complete again; how far it is follows from how much was written since.
fn wait_for_the_index(home: &Home) {
    for _ in 0..1_000 {
        home.write(|_| Ok(()));
        if !home.read(|reader| reader.index_outdated()) {
            return;
        }
    }
    panic!("the index does not become complete");
}

/// Bytes put in the place of every segment, from outside, as a fault of the disk would.
fn spoil(home: &Home, sql: &str) {
    let outside = rusqlite::Connection::open(home.dir.path().join(FILE)).unwrap();
    assert!(outside.execute(sql, []).unwrap() > 0);
}

#[test]
fn whoever_searched_before_a_merge_still_finds_the_file_sound() {
    const SEEDS: u64 = 12;
    let mut checks = 0;
    for seed in 0..SEEDS {
        let mut rng = SmallRng::seed_from_u64(seed);
        let home = Home::new();
        let shop = home.shop();
        let (mut next, mut there) = (0, Vec::new());
        for _ in 0..30 {
            match rng.random_range(0..10) {
                0..4 => {
                    let more: u64 = rng.random_range(1..20);
                    home.ingest(&shop, (next..next + more).map(chat).collect());
                    there.extend(next..next + more);
                    next += more;
                }
                4..6 if !there.is_empty() => {
                    let n = there.swap_remove(rng.random_range(0..there.len()));
                    let id = home.id(&shop, Kind::Chat, &format!("c{n}"));
                    home.store.erase(&[id], "owner", hour(150)).unwrap();
                }
                6..8 => assert_eq!(search(&home, "слово").hits.len(), (there.len() * 3).min(50), "seed {seed}"),
                _ => {
                    // On the connection that searched: the warmest goes out first.
                    home.read(|reader| reader.check_quick());
                    home.read(|reader| reader.check_index());
                    checks += 2;
                }
            }
        }
        home.check();
    }
    println!("{checks} checks between arrivals, erasures and searches, 0 false (seeds 0 to {})", SEEDS - 1);
    assert!(checks > 50);
}

#[test]
fn a_damaged_index_is_said_to_be_rebuilt_and_is_complete_again() {
    for sql in [
        "UPDATE search_data SET block = zeroblob(20) WHERE id > 10",
        // The list of segments itself.
        "UPDATE search_data SET block = x'0000000000ff' WHERE id = 10",
        "DELETE FROM search_data WHERE id > 10",
    ] {
        let home = Home::new();
        let shop = home.shop();
        home.ingest(&shop, (0..400).map(chat).collect());
        assert_eq!(search(&home, "слово").hits.len(), 50);
        spoil(&home, sql);
        let home = home.reopen();
        let answer = search(&home, "слово");
        assert!(answer.rebuilding, "{sql}");
        wait_for_the_index(&home);
        let answer = search(&home, "слово");
        assert_eq!((answer.hits.len(), answer.rebuilding), (50, false), "{sql}");
        home.check();
    }
}

#[test]
fn a_check_blames_the_index_alone_and_has_it_made_anew() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, (0..50).map(chat).collect());
    spoil(&home, "DELETE FROM search_data WHERE id > 10");
    let home = home.reopen();
    let found = home.store.read(|reader| reader.check_quick()).unwrap_err();
    assert!(matches!(found, Error::Index { .. }), "{found}");
    // Everything else goes on.
    home.ingest(&shop, (50..60).map(chat).collect());
    wait_for_the_index(&home);
    assert_eq!(search(&home, "серый5").hits.len(), 15);
    home.check();
}

#[test]
fn an_erasure_is_complete_though_the_index_is_damaged() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, (0..50).map(chat).collect());
    spoil(&home, "DELETE FROM search_data WHERE id > 10");
    let home = home.reopen();
    let id = home.id(&shop, Kind::Chat, "c7");
    let kept = home.store.erase(&[id], "owner", hour(150)).unwrap();
    assert_eq!(kept.receipt.purged_at, Some(hour(150)));
    wait_for_the_index(&home);
    assert_eq!(search(&home, "слово").hits.len(), 50);
    assert_eq!(search(&home, "заказ49").hits.len(), 0);
    home.check();
}

#[test]
fn an_unclean_stop_over_a_damaged_index_opens() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, (0..50).map(chat).collect());
    let copy = tempfile::tempdir().unwrap();
    spoil(&home, "DELETE FROM search_data WHERE id > 10");
    // As a kill would leave it: file, log and mark.
    for entry in std::fs::read_dir(home.dir.path()).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() && !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    let store = Store::open(copy.path(), None, hour(151)).unwrap();
    let home = Home { store, dir: copy };
    assert!(home.read(|reader| reader.index_outdated()));
    while home.write(|writer| writer.reindex_step(500)) {}
    assert_eq!(search(&home, "серый5").hits.len(), 12);
    home.check();
}
