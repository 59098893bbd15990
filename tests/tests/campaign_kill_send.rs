//! kill -9 of the process that sends, while one answer in twenty of the platforms never arrives: every answer to a question, a
//! review or a chat, with a file or without, and every decision on a claim is accepted exactly once or is shown to a person, and
//! nothing is accepted that nobody asked for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Rule, Size};
use dragoman_tests::house::deed::{self, PICTURE};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::ledger::{Promise, compare, rows};
use dragoman_tests::house::process::Process;
use dragoman_tests::house::{House, world};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use uuid::Uuid;

const SEED: u64 = 4_711;
/// Actions queued for each kill.
const BATCH: usize = 3;
/// Each so many actions one is a decision on a claim.
const DECISION_EVERY: usize = 12;
/// Each so many actions one is an answer with a file, where the platform takes files.
const FILE_EVERY: usize = 8;

fn shops(kills: usize) -> Options {
    // A few conversations more than actions: some are the platform's lost causes.
    let each = kills * BATCH / 3;
    let size = Size {
        wildberries_shops: 2,
        ozon_shops: 2,
        questions: each * 2 / 5,
        reviews: each * 2 / 5,
        buyer_chats: each * 2 / 5,
        return_claims: each / 5,
        chats: each,
        answered: 0.0,
        products: 8,
        ..Size::default()
    };
    Options { size, quiet: Duration::from_millis(5), ..world(SEED) }
}

fn dropped_answers() -> FaultPlan {
    let faults = [
        (0.03, Fault::AcceptThenReset { after_bytes: 0 }),
        (0.02, Fault::AcceptThenCutBody),
        // Slow answers make room for a kill on both sides of the acceptance.
        (0.4, Fault::DelayBeforeAccept { seconds: 0.15 }),
        (0.4, Fault::DelayAfterAccept { seconds: 0.15 }),
    ];
    let rules = ["reply", "file", "act"].into_iter().flat_map(|action| {
        faults.clone().map(|(chance, fault)| {
            let when = Match { action: Some(action.into()), probability: Some(chance), ..Match::default() };
            Rule { when, fault }
        })
    });
    FaultPlan { seed: Some(SEED), rules: rules.collect() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_kill_send_loses_and_doubles_no_reply() {
    let kills = 100 * scale();
    let house = Arc::new(House::start(shops(kills)).await.unwrap());
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let mut dice = StdRng::seed_from_u64(SEED);
    let snapshot = house.snapshot().unwrap();
    let mut open = snapshot.answerable(house.world().now()).unwrap();
    open.shuffle(&mut dice);
    let mut claims = snapshot.decidable().unwrap();
    claims.shuffle(&mut dice);
    let takes_files = |conversation: i64| {
        let kind = format!("SELECT count(*) FROM conversation WHERE id = {conversation} AND kind = 'chat'");
        snapshot.number(&kind).unwrap() > 0
    };
    assert!(open.len() >= kills * BATCH, "{} conversations await an answer", open.len());
    house.plan(&dropped_answers()).await.unwrap();
    // While owners are killed by the clock on the wall, time passes as it does there: chats may not close meanwhile.
    house.control("clock", &json!({ "mode": "real" })).await.unwrap();

    let mut submissions = tokio::task::JoinSet::new();
    let (mut in_mid_call, mut in_doubt, mut by_themselves) = (0, 0, 0);
    let (mut decisions, mut files) = (0, 0);
    for round in 0..kills {
        let args: &[&str] = if dice.random_bool(0.5) { &["serve"] } else { &["sync", "--watch", "--shop", "1"] };
        let mut owner = house.spawn(args).unwrap();
        owner.ignore_output();
        for place in 0..BATCH {
            let at = round * BATCH + place;
            let (conversation, shop, _) = open[at].clone();
            if at % DECISION_EVERY == DECISION_EVERY - 1 {
                let Some((claim, _, offer)) = claims.pop() else { continue };
                let (house, key) = (Arc::clone(&house), Uuid::from_u128(dice.random()));
                submissions.spawn(async move {
                    let taken = house.act(claim, &deed::act(&offer), key).await.is_ok();
                    taken.then(|| Promise { uid: key, text: String::new() }).into_iter().collect()
                });
                decisions += 1;
                continue;
            }
            // Every seventh buyer is told the same; now and then one is told the same thing twice.
            let text = if at.is_multiple_of(7) {
                "Здравствуйте! Заказ уже в пути.".to_owned()
            } else {
                format!("Здравствуйте! Ответ {at}, {shop}.")
            };
            let again = at % 10 == 9;
            let (house, key) = (Arc::clone(&house), Uuid::from_u128(dice.random()));
            let second = again.then(|| Uuid::from_u128(dice.random()));
            let file =
                (at.is_multiple_of(FILE_EVERY) && takes_files(conversation)).then(|| Uuid::from_u128(dice.random()));
            files += usize::from(file.is_some());
            submissions.spawn(async move {
                let mut promises = Vec::new();
                let mut body = deed::reply(&text, 0);
                if let Some(file) = file {
                    house.upload(&format!("photo-{at}.png"), PICTURE, file).await.unwrap();
                    body["files"] = json!([file]);
                }
                for uid in [Some(key), second].into_iter().flatten() {
                    // Refused outright is an answer, too: the text stays with the client.
                    if house.act(conversation, &body, uid).await.is_ok() {
                        promises.push(Promise { uid, text: text.clone() });
                    }
                }
                promises
            });
        }
        match dice.random_range(0..10) {
            // While it starts and the clients knock.
            0..2 => tokio::time::sleep(Duration::from_millis(dice.random_range(0..900))).await,
            // Around the moment at which it begins to send.
            2..7 => {
                listens(&house, &mut owner).await;
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..300))).await;
            }
            // Once an answer has been accepted, of which its sender may not have heard yet.
            _ => {
                listens(&house, &mut owner).await;
                let before = house.world().accepted().len();
                house.flow(Duration::from_secs(10), || house.world().accepted().len() == before).await.unwrap();
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..150))).await;
            }
        }
        by_themselves += usize::from(!owner.kill().await.unwrap());
        let snapshot = house.snapshot().unwrap();
        in_mid_call += snapshot.number("SELECT count(*) FROM outbox WHERE state = 'sending'").unwrap();
        in_doubt += snapshot.number("SELECT count(*) FROM outbox WHERE state = 'unknown'").unwrap();
    }
    assert_eq!(by_themselves, 0, "an owner ends only when it is killed");

    let mut owner = house.spawn(&["serve"]).unwrap();
    owner.ignore_output();
    let mut promises = Vec::new();
    while let Some(made) = submissions.join_next().await {
        promises.extend(made.unwrap());
    }
    house.drain(Duration::from_secs(240)).await.unwrap();
    house.control("clock", &json!({ "mode": "auto" })).await.unwrap();
    house.settle(Duration::from_secs(240)).await.unwrap();
    owner.stop().await.unwrap();

    let snapshot = house.snapshot().unwrap();
    let (rows, accepted) = (rows(&snapshot).unwrap(), house.world().accepted());
    let verdict = compare(&promises, &rows, &accepted);
    let faults = snapshot.faults().unwrap();
    let mut figures = Figures::new("campaign_kill_send", SEED);
    figures.add("kills", format!("{kills}; items caught in mid-call {in_mid_call}, seen in doubt {in_doubt}"));
    let of_claims = format!("{decisions} of them decisions on claims, {files} with a file");
    figures.add("actions promised", format!("{}, {of_claims}", promises.len()));
    figures.add("sent", verdict.sent);
    let person: Vec<_> =
        rows.iter().filter(|row| row.state != "sent").map(|row| format!("{}/{}", row.state, row.reason)).collect();
    figures.add("with a person", format!("{} {:?}", verdict.with_a_person, tally(&person)));
    figures.failures("lost", verdict.lost.len(), promises.len());
    figures.failures("duplicated", verdict.duplicated.len(), promises.len());
    figures.failures("accepted unasked", verdict.foreign.len(), promises.len());
    figures.failures("accepted and shown as not sent", verdict.misreported.len(), promises.len());
    figures.failures("kills with a loss or a double", verdict.failures().len(), kills);
    figures.print();
    assert_eq!(verdict.failures(), Vec::<&String>::new());
    assert_eq!(faults, Vec::<String>::new());
    assert!(in_mid_call > 0, "no kill fell into a call: the campaign proves nothing");
    assert!(verdict.sent * 10 >= promises.len() * 8, "most actions are carried out by themselves");
}

/// Waits until the owner answers its clients.
async fn listens(house: &House, owner: &mut Process) {
    while house.api().await.is_none() && !owner.has_ended().unwrap() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn tally(words: &[String]) -> BTreeMap<&str, usize> {
    let mut tally = BTreeMap::new();
    for word in words {
        *tally.entry(word.as_str()).or_default() += 1;
    }
    tally
}
