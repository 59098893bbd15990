//! Inboxes that are newer than the program or damaged.

use std::fs;
use std::path::PathBuf;

use dragoman_tests::house::{House, world};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use super::{awaiting, code, messages, synced};

/// Where the schema's version lies in a database's header (SQLite file format, 1.3).
const VERSION_AT: usize = 60;
const PAGE: usize = 4_096;

fn inbox(house: &House) -> PathBuf {
    house.home().join("inbox.db")
}

/// Commands that touch the inbox: none of them may get past a file that cannot be used.
async fn refused(house: &House, expected: &str, what: &str) {
    let before = fs::read(inbox(house)).unwrap();
    let accepted = house.world().accepted().len();
    for args in [
        &["list"][..],
        &["sync"],
        &["search", "возврат"],
        &["reply", "1", "--text", "да", "--wait"],
        &["serve"],
        &["doctor"],
    ] {
        let outcome = house.run(args).await.unwrap();
        let problem = outcome.problem().unwrap_or_else(|error| panic!("{what}: {args:?}: {error:#}"));
        assert_eq!(code(&problem), expected, "{what}: {args:?}");
    }
    assert!(fs::read(inbox(house)).unwrap() == before, "{what}: the file is left as it was found");
    assert_eq!(house.world().accepted().len(), accepted, "{what}: nothing is sent from it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_home_made_by_a_newer_version_is_refused_and_left_alone() {
    let house = synced(world(1)).await;
    let before = messages(&house).await;
    let good = fs::read(inbox(&house)).unwrap();
    let mut newer = good.clone();
    newer[VERSION_AT..VERSION_AT + 4].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(inbox(&house), &newer).unwrap();
    refused(&house, "home_newer", "a newer schema").await;
    fs::write(inbox(&house), &good).unwrap();
    assert_eq!(messages(&house).await, before, "the newer program would still find everything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_inbox_is_refused_and_a_backup_brings_it_back() {
    let house = synced(world(1)).await;
    let before = messages(&house).await;
    let backup = house.folder().join("backup.db");
    house.ok(&["backup", backup.to_str().unwrap()]).await.unwrap();
    let good = fs::read(inbox(&house)).unwrap();
    let mut garbage = good.clone();
    garbage[..16].copy_from_slice(b"GARBAGE GARBAGE!");
    let damages: [(&str, Vec<u8>); 4] = [
        ("zero length", Vec::new()),
        ("cut in the middle", good[..good.len() / 2 / PAGE * PAGE].to_vec()),
        ("cut within a page", good[..good.len() - 100].to_vec()),
        ("garbage for a header", garbage),
    ];
    for (what, damaged) in damages {
        fs::write(inbox(&house), damaged).unwrap();
        refused(&house, "home_damaged", what).await;
    }
    let restored = house.ok(&["restore", backup.to_str().unwrap()]).await.unwrap();
    assert_eq!(restored[0]["restored"], true, "{}", restored[0]);
    assert_eq!(messages(&house).await, before);
    assert!(fs::read_dir(house.home()).unwrap().count() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overwritten_page_is_never_silent() {
    let house = synced(world(1)).await;
    let good = fs::read(inbox(&house)).unwrap();
    let mut dice = StdRng::seed_from_u64(7);
    let pages = good.len() / PAGE;
    let mut found = 0;
    for round in 0..8 {
        let mut damaged = good.clone();
        let page = dice.random_range(1..pages);
        dice.fill(&mut damaged[page * PAGE..(page + 1) * PAGE]);
        fs::write(inbox(&house), damaged).unwrap();
        let outcome = house.run(&["doctor"]).await.unwrap();
        let named = match outcome.code {
            Some(1) => outcome.stdout.contains("home_damaged") || bad_finding(&outcome.lines().unwrap()),
            _ => bad_finding(&outcome.lines().unwrap()),
        };
        assert!(named, "page {page} of {pages}, round {round}: {outcome:?}");
        found += 1;
        for leftover in ["inbox.db-wal", "inbox.db-shm", "inbox.db-open"] {
            let _ = fs::remove_file(house.home().join(leftover));
        }
    }
    println!("overwritten pages: {found} of 8 found");
    fs::write(inbox(&house), &good).unwrap();
    let id = awaiting(&house, "ozon").await;
    assert_eq!(house.ok(&["reply", &id, "--text", "да", "--wait"]).await.unwrap()[0]["state"], "sent");
}

fn bad_finding(findings: &[Value]) -> bool {
    findings.iter().any(|finding| {
        ["inbox", "index"].contains(&finding["check"].as_str().unwrap_or_default()) && finding["ok"] == false
    })
}
