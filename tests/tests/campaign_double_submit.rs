//! The same answer asked for more than once: by one client at the same moment, by a client that was cut off and asks again, by two
//! clients that know nothing of each other. Each time it is accepted once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dragoman_api::ErrorCode;
use dragoman_simulator::{Options, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::ledger::{Promise, compare, rows};
use dragoman_tests::house::{House, world};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use uuid::Uuid;

const SEED: u64 = 2;
/// Trials that run side by side.
const SIDE_BY_SIDE: usize = 8;
/// Trials after which the answers are let go.
const WAVE: usize = 100;
/// Virtual seconds an answer may be withdrawn; time stands still meanwhile, so that all asking happens before it leaves.
const UNDO_S: u32 = 5;

fn shops(trials: usize) -> Options {
    // More conversations than trials: some are the platform's lost causes.
    let each = trials / 4 * 4 / 3;
    let size = Size {
        wildberries_shops: 2,
        ozon_shops: 2,
        questions: each,
        chats: each,
        answered: 0.0,
        products: 8,
        ..Size::default()
    };
    Options { size, quiet: Duration::from_millis(3), ..world(SEED) }
}

/// What a trial led to: the key that is on its way, or why there is none.
async fn trial(
    house: Arc<House>,
    kind: usize,
    conversation: i64,
    text: String,
    cut_after: Duration,
    keys: [Uuid; 2],
) -> Result<Uuid, String> {
    let [key, other] = keys;
    let ask = |key| house.submit(conversation, &text, UNDO_S, key);
    match kind {
        // A double click.
        0 => {
            let (first, second, third) = tokio::join!(ask(key), ask(key), ask(key));
            let ids: Vec<_> =
                [first, second, third].into_iter().map(|answer| answer.map(|item| item["id"].clone())).collect();
            match ids.as_slice() {
                [Ok(first), Ok(second), Ok(third)] if first == second && second == third => Ok(key),
                other => Err(format!("one key, several answers: {other:?}")),
            }
        }
        // A client that was cut off and asks again, twice.
        1 => {
            let _ = tokio::time::timeout(cut_after, ask(key)).await;
            let (first, second) = (ask(key).await, ask(key).await);
            match (&first, &second) {
                (Ok(first), Ok(second)) if first["id"] == second["id"] => Ok(key),
                _ => Err(format!("asked again: {first:?}, {second:?}")),
            }
        }
        // Two clients with the same text.
        _ => match tokio::join!(ask(key), ask(other)) {
            (Ok(_), Err(problem)) if problem.code == ErrorCode::AlreadyOnItsWay => Ok(key),
            (Err(problem), Ok(_)) if problem.code == ErrorCode::AlreadyOnItsWay => Ok(other),
            other => Err(format!("two clients: {other:?}")),
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_double_submit_sends_each_answer_once() {
    let trials = 1_000 * scale();
    let house = Arc::new(House::start(shops(trials)).await.unwrap());
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let mut open = house.snapshot().unwrap().answerable(house.world().now()).unwrap();
    assert!(open.len() >= trials, "{} conversations await an answer", open.len());
    let mut owner = house.spawn(&["sync", "--watch", "--shop", "1"]).unwrap();
    owner.ignore_output();
    house.control("clock", &json!({ "mode": "manual" })).await.unwrap();

    let mut dice = StdRng::seed_from_u64(SEED);
    open.shuffle(&mut dice);
    open.truncate(trials);
    let mut running = tokio::task::JoinSet::new();
    let (mut promises, mut odd, mut kinds) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut take = |ended: Result<(usize, String, Result<Uuid, String>), tokio::task::JoinError>| {
        let (kind, text, outcome) = ended.unwrap();
        match outcome {
            Ok(uid) => promises.push(Promise { uid, text }),
            Err(why) => odd.push(why),
        }
        *kinds.entry(["double click", "cut off and repeated", "two clients"][kind]).or_insert(0) += 1;
    };
    for (at, (conversation, ..)) in open.into_iter().enumerate() {
        if at % WAVE == 0 {
            while let Some(ended) = running.join_next().await {
                take(ended);
            }
            // Not in automatic time: on a busy machine hours of it pass, and the windows of chats close.
            house.drain(Duration::from_secs(120)).await.unwrap();
        }
        if running.len() == SIDE_BY_SIDE {
            take(running.join_next().await.unwrap());
        }
        let (house, text) = (Arc::clone(&house), format!("Ответ {at}: да, подойдёт."));
        let (keys, cut_after) =
            ([0, 1].map(|_| Uuid::from_u128(dice.random())), Duration::from_micros(dice.random_range(0..6_000)));
        running.spawn(async move {
            let kind = at % 3;
            (kind, text.clone(), trial(house, kind, conversation, text, cut_after, keys).await)
        });
    }
    while let Some(ended) = running.join_next().await {
        take(ended);
    }
    house.control("clock", &json!({ "mode": "auto" })).await.unwrap();
    house.settle(Duration::from_secs(120)).await.unwrap();
    owner.stop().await.unwrap();

    let (rows, accepted) = (rows(&house.snapshot().unwrap()).unwrap(), house.world().accepted());
    let verdict = compare(&promises, &rows, &accepted);
    let mut figures = Figures::new("campaign_double_submit", SEED);
    figures.add("trials", format!("{trials} {kinds:?}"));
    figures.add("items", rows.len());
    figures.add("sent", verdict.sent);
    figures.add("with a person", verdict.with_a_person);
    figures.failures("lost", verdict.lost.len(), trials);
    figures.failures("duplicated", verdict.duplicated.len() + rows.len().saturating_sub(trials), trials);
    figures.failures("odd answers to a client", odd.len(), trials);
    figures.print();
    assert_eq!(odd, Vec::<String>::new());
    assert_eq!(verdict.failures(), Vec::<&String>::new());
    assert_eq!(rows.len(), trials, "one item for each trial");
}
