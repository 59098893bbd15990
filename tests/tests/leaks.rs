//! A day with marked secrets and marked buyers, a crash in the middle: afterwards the secrets are found nowhere, the buyers only
//! where the inbox keeps them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use dragoman_simulator::{Damage, Fault, FaultPlan, Match, Options, Size};
use dragoman_tests::house::process::Process;
use dragoman_tests::house::{House, PASSPHRASE, ended, world};
use http::Method;
use jiff::SignedDuration;

const BUYER: &str = "Канарейка-Ольга-73915 просит вернуть деньги";
const IMPORTED: &str = "Канарейка-Чжан-40826 спрашивает о доставке";
const BUYER_NAME: &str = "Канарейка Имярек-55127";

/// Something to look for, in every spelling a program might leave it in.
struct Canary {
    name: String,
    spellings: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    fn new(name: &str, text: &str) -> Self {
        let bytes = text.as_bytes();
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let url: String = url::form_urlencoded::byte_serialize(bytes).collect();
        let mut spellings = vec![
            ("utf-8", bytes.to_vec()),
            ("utf-16", utf16),
            ("hex", hex::encode(bytes).into_bytes()),
            ("HEX", hex::encode_upper(bytes).into_bytes()),
            ("json", serde_json::to_string(text).unwrap().trim_matches('"').as_bytes().to_vec()),
        ];
        // A text without anything to escape is its own URL form.
        spellings.push(("url", url.into_bytes()));
        spellings.push((
            "url with %20",
            spellings[5].1.clone().split(|byte| *byte == b'+').collect::<Vec<_>>().join(&b"%20"[..]),
        ));
        // What a text becomes in base64 depends on how many bytes stand before it.
        for skipped in 0..3 {
            let whole = bytes.len().saturating_sub(skipped) / 3 * 3;
            let part = bytes.get(skipped..skipped + whole).unwrap_or_default();
            spellings.push(("base64", STANDARD.encode(part).into_bytes()));
            spellings.push(("base64url", URL_SAFE.encode(part).into_bytes()));
        }
        spellings.retain(|(_, bytes)| bytes.len() > 8);
        Self { name: name.to_owned(), spellings }
    }

    fn found_in(&self, content: &[u8]) -> Option<&'static str> {
        self.spellings.iter().find(|(_, bytes)| holds(content, bytes)).map(|(spelling, _)| *spelling)
    }
}

fn holds(content: &[u8], wanted: &[u8]) -> bool {
    let Some((first, _)) = wanted.split_first() else { return false };
    let mut rest = content;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// What was looked at, and what was found there.
#[derive(Default)]
struct Search {
    looked_at: usize,
    found: Vec<String>,
}

impl Search {
    fn look(&mut self, place: &str, content: &[u8], canaries: &[&Canary]) {
        self.looked_at += 1;
        for canary in canaries {
            if let Some(spelling) = canary.found_in(content) {
                self.found.push(format!("{} as {spelling} in {place}", canary.name));
            }
        }
    }

    /// Arguments and environment of a process; what the kernel does not show to this user it shows to nobody like it.
    fn look_at_process(&mut self, process: &Process, canaries: &[&Canary]) {
        let Some(id) = process.id() else { return };
        for file in ["cmdline", "environ"] {
            if let Ok(content) = fs::read(format!("/proc/{id}/{file}")) {
                self.look(&format!("{file} of the process"), &content, canaries);
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found
}

/// Where the inbox may keep what buyers write, relative to the home.
fn keeps_buyers(path: &Path) -> bool {
    let first =
        path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    ["inbox.db", "inbox.db-wal", "inbox.db-shm", "files", "backups"].contains(&first.as_str())
}

/// Everything open to everybody unless the program sees to it, and everything logged.
const CARELESS: [&str; 4] = ["sh", "-c", "umask 000; export DRAGOMAN_LOG=trace; exec \"$@\"", "sh"];

async fn run(house: &House, args: &[&str], said: &mut Vec<u8>) {
    let outcome = ended(house.command_through(&CARELESS, args)).await.unwrap();
    said.extend(outcome.stderr.into_bytes());
    // What a command prints for a person who asks for a conversation is that conversation.
    if !matches!(args.first(), Some(&"show" | &"list" | &"search" | &"quarantine")) {
        said.extend(outcome.stdout.into_bytes());
    }
}

async fn spawn(house: &House, args: &[&str]) -> Process {
    let mut process =
        Process::start(house.command_through(&CARELESS, args), &house.folder().join("owner.log")).unwrap();
    process.ignore_output();
    while house.api().await.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_nowhere_and_buyers_only_in_the_inbox_after_a_day_with_a_crash() {
    let size = Size { questions: 10, chats: 10, products: 4, ..Size::default() };
    let house = House::start(Options { size, ..world(404) }).await.unwrap();
    let mut secrets = vec![Canary::new("passphrase", PASSPHRASE)];
    for shop in house.world().shops() {
        for (field, secret) in &shop.secrets {
            secrets.push(Canary::new(&format!("{field} of {}", shop.channel), secret));
        }
        for (variant, fields) in &shop.variants {
            secrets.extend(fields.iter().map(|(field, secret)| Canary::new(&format!("{variant} {field}"), secret)));
        }
    }
    let buyers = [
        Canary::new("a buyer's words", BUYER),
        Canary::new("imported words", IMPORTED),
        Canary::new("a buyer's name", BUYER_NAME),
    ];
    let everything: Vec<&Canary> = secrets.iter().chain(&buyers).collect();
    let (mut search, mut said) = (Search::default(), Vec::new());

    // Morning: a wrong key, the right ones, a first fetch, buyers who write.
    let shops = house.world().shops().to_vec();
    for shop in &shops {
        let variant = if shop.channel == "ozon" { "deactivated" } else { "basic" };
        for secrets in [&shop.variants[variant], &shop.secrets] {
            let mut args = ["shop", "add", &shop.channel, "--name", &shop.name, "--base-url", &shop.base_url]
                .map(str::to_owned)
                .to_vec();
            args.extend(house.connection(&shop.fields, secrets).unwrap());
            run(&house, &args.iter().map(String::as_str).collect::<Vec<_>>(), &mut said).await;
            for name in secrets.keys() {
                fs::remove_file(house.folder().join(format!("secret-{name}"))).unwrap();
            }
        }
    }
    for id in ["1", "2"] {
        run(&house, &["shop", "send", id, "on"], &mut said).await;
    }
    run(&house, &["sync"], &mut said).await;
    for shop in &shops {
        house.buyer(&shop.name, None, BUYER).await.unwrap();
    }

    // Noon: broken answers, bad items, then a server that is killed in mid-work, with a reply on its way.
    for fault in [Fault::BrokenBody { how: Damage::Html }, Fault::BrokenBody { how: Damage::Truncated }, Fault::BadItem]
    {
        house.plan(&FaultPlan::one(Match::default(), fault)).await.unwrap();
        run(&house, &["sync"], &mut said).await;
    }
    house
        .plan(&FaultPlan::one(
            Match { action: Some("reply".into()), ..Match::default() },
            Fault::AcceptThenReset { after_bytes: 0 },
        ))
        .await
        .unwrap();
    let mut owner = spawn(&house, &["serve"]).await;
    search.look_at_process(&owner, &everything);
    run(&house, &["sync"], &mut said).await;
    let api = house.api().await.unwrap();
    let found = api
        .call(
            Method::GET,
            &format!(
                "/api/search?q={}",
                url::form_urlencoded::byte_serialize("Канарейка".as_bytes()).collect::<String>()
            ),
            None,
        )
        .await
        .unwrap();
    let rows = found["rows"].as_array().unwrap();
    assert!(rows.len() >= 2, "the buyers' words have arrived: {found}");
    for row in rows {
        house
            .submit(row["conversation"].as_i64().unwrap(), "Здравствуйте! Разбираемся.", 0, uuid::Uuid::now_v7())
            .await
            .unwrap();
    }
    house.until(house.world().now() + SignedDuration::from_secs(3), &mut owner).await.unwrap();
    assert!(owner.kill().await.unwrap(), "the server was at work");
    for path in files(house.home()) {
        search.look(
            &format!("{} after the crash", path.display()),
            &fs::read(&path).unwrap(),
            &secrets.iter().collect::<Vec<_>>(),
        );
    }

    // Evening: everything goes on; history comes in, a backup goes out.
    house.plan(&FaultPlan::default()).await.unwrap();
    let history = house.folder().join("history.jsonl");
    let conversation = serde_json::json!({"t": "c", "id": 1, "account": 1, "marketplace": "ozon", "kind": "platform_ticket",
        "buyer": BUYER_NAME, "created_at": 1_767_225_600_000_i64, "needs_reply": 1});
    let message = serde_json::json!({"t": "m", "id": 2, "conv": 1, "dir": "in", "sent_at": 1_767_225_600_000_i64, "read": 0, "text": IMPORTED});
    fs::write(&history, format!("{conversation}\n{message}\nnot json {BUYER_NAME}\n")).unwrap();
    run(&house, &["import", "--format", "jsonl", history.to_str().unwrap()], &mut said).await;
    fs::remove_file(&history).unwrap();
    let backup = house.folder().join("backup.db");
    for args in [
        &["sync"][..],
        &["list"],
        &["quarantine"],
        &["outbox", "--all"],
        &["shop", "check", "1"],
        &["shop", "list"],
        &["doctor"],
        &["backup", backup.to_str().unwrap()],
    ] {
        run(&house, args, &mut said).await;
    }
    let owner = spawn(&house, &["sync", "--watch"]).await;
    search.look_at_process(&owner, &everything);
    owner.stop().await.unwrap();

    let (mut loose, mut logs) = (Vec::new(), 0);
    for path in files(house.home()) {
        let content = fs::read(&path).unwrap();
        let inside = path.strip_prefix(house.home()).unwrap();
        logs += usize::from(inside.starts_with("logs"));
        let sought: Vec<&Canary> = if keeps_buyers(inside) { secrets.iter().collect() } else { everything.clone() };
        search.look(&inside.display().to_string(), &content, &sought);
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if mode & 0o177 != 0 {
            loose.push(format!("{} {mode:o}", inside.display()));
        }
        let mut above = path.parent().unwrap();
        while above.starts_with(house.home()) {
            let mode = fs::metadata(above).unwrap().permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                loose.push(format!("{}/ {mode:o}", above.display()));
            }
            above = above.parent().unwrap();
        }
    }
    assert!(logs > 0, "there is a log to look into");
    let inbox: Vec<u8> = files(house.home())
        .iter()
        .filter(|path| keeps_buyers(path.strip_prefix(house.home()).unwrap()))
        .flat_map(|path| fs::read(path).unwrap())
        .collect();
    for canary in &buyers[..2] {
        assert!(canary.found_in(&inbox).is_some(), "{} is found where it belongs, so the search works", canary.name);
    }
    search.look("backup.db", &fs::read(&backup).unwrap(), &secrets.iter().collect::<Vec<_>>());
    let mode = fs::metadata(&backup).unwrap().permissions().mode() & 0o777;
    if mode & 0o177 != 0 {
        loose.push(format!("backup.db {mode:o}"));
    }
    for path in files(&house.folder().join("tmp")) {
        search.look(&format!("left behind: {}", path.display()), &fs::read(&path).unwrap(), &everything);
    }
    search.look("what commands said", &said, &everything);
    search.look("what servers said", &fs::read(house.folder().join("owner.log")).unwrap(), &everything);

    let spellings: usize = everything.iter().map(|canary| canary.spellings.len()).sum();
    println!(
        "leaks: seed 404, {} files and streams x {spellings} spellings of {} canaries, {} found",
        search.looked_at,
        everything.len(),
        search.found.len()
    );
    assert_eq!(search.found.iter().collect::<BTreeSet<_>>(), BTreeSet::new());
    assert_eq!(loose.into_iter().collect::<BTreeSet<_>>(), BTreeSet::new(), "files are for their owner only");
}

#[test]
fn a_canary_is_found_in_every_spelling_and_at_every_place() {
    let canary = Canary::new("token", "tok:en-8731 с пробелом");
    let text = "tok:en-8731 с пробелом";
    for before in ["", "a", "ab"] {
        let encoded = STANDARD.encode(format!("{before}{text}!"));
        assert_eq!(canary.found_in(encoded.as_bytes()), Some("base64"), "{before}");
    }
    assert_eq!(canary.found_in(format!("x{text}").as_bytes()), Some("utf-8"));
    assert_eq!(canary.found_in(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()), Some("utf-16"));
    assert_eq!(canary.found_in(hex::encode(text).as_bytes()), Some("hex"));
    assert_eq!(
        canary.found_in(b"tok%3Aen-8731%20%D1%81%20%D0%BF%D1%80%D0%BE%D0%B1%D0%B5%D0%BB%D0%BE%D0%BC"),
        Some("url with %20")
    );
    assert_eq!(canary.found_in(b"tok:en-8732"), None);
}
