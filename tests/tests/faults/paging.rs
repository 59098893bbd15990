//! C10: lists that repeat, overlap, change their order, shrink for a moment or never end, and texts that change afterwards. Every
//! message is stored once, a changed text is a version of it, and a list without end is left.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dragoman_engine::sync::SyncRequest;
use dragoman_simulator::{Options, Size};
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::snapshot::Snapshot;
use dragoman_tests::house::{truth, world};
use dragoman_tests::inside::Inside;
use dragoman_tests::proxy::Exchange;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use super::{QUIET, apart};

const SEED: u64 = 1_010;

/// What the platforms do wrong just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Honest = 0,
    /// Pages repeat items, change their order, and leave one out.
    Disorder = 1,
    /// Lists never end.
    Endless = 2,
    /// Texts of the first page have changed since.
    Edited = 3,
}

/// Where the items of a page are.
const LISTS: [&str; 3] = ["/data/questions", "/chats", "/messages"];
/// Added to texts that were changed on the platform.
const EDIT: &str = " (исправлено)";

struct Disorder {
    stage: AtomicUsize,
    dice: Mutex<StdRng>,
    repeated: AtomicUsize,
    shuffled: AtomicUsize,
    left_out: AtomicUsize,
}

impl Disorder {
    fn set(&self, stage: Stage) {
        self.stage.store(stage as usize, Ordering::SeqCst);
    }

    fn change(&self, exchange: &Exchange) -> Bytes {
        let stage = self.stage.load(Ordering::SeqCst);
        let Ok(mut body) = serde_json::from_slice::<Value>(&exchange.answer) else { return exchange.answer.clone() };
        let list = LISTS.iter().find_map(|place| body.pointer(place).and_then(Value::as_array).map(|_| *place));
        let Some(place) = list else { return exchange.answer.clone() };
        if exchange.status != 200 || stage == Stage::Honest as usize {
            return exchange.answer.clone();
        }
        if stage == Stage::Endless as usize {
            if place == "/chats" {
                body["has_next"] = true.into();
                body["cursor"] = "1".into();
            }
            return body.to_string().into();
        }
        let items = body.pointer_mut(place).and_then(Value::as_array_mut).unwrap();
        if stage == Stage::Edited as usize {
            for item in items.iter_mut().take(20).filter(|item| item["text"].is_string()) {
                item["text"] = format!("{}{EDIT}", item["text"].as_str().unwrap()).into();
            }
            return body.to_string().into();
        }
        let dice = &mut *self.dice.lock().unwrap();
        // A page of the list of questions is the rarer one, and the one whose order is asked for.
        let questions = place == "/data/questions";
        if dice.random_bool(0.3) && !items.is_empty() {
            for _ in 0..dice.random_range(1..=3) {
                let again = items[dice.random_range(0..items.len())].clone();
                let at = dice.random_range(0..=items.len());
                items.insert(at, again);
            }
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
        // Within a chat the order of the page is the order in time, which the contract promises; lists promise less.
        if place != "/messages" && dice.random_bool(if questions { 0.4 } else { 0.3 }) {
            items.shuffle(dice);
            self.shuffled.fetch_add(1, Ordering::Relaxed);
        }
        if questions && dice.random_bool(0.3) && items.len() > 3 {
            items.remove(dice.random_range(1..items.len() - 1));
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        body.to_string().into()
    }
}

fn shops() -> Options {
    let size = Size { questions: 3_200, chats: 1_900, products: 60, history_days: 60, ..Size::default() };
    // Quotas are another test's business; here thousands of pages are read.
    Options { size, quotas: false, quiet: QUIET, ..world(SEED) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_paging_stores_each_message_once_and_leaves_a_list_without_end() {
    let disorder = Arc::new(Disorder {
        stage: AtomicUsize::new(Stage::Disorder as usize),
        dice: Mutex::new(StdRng::seed_from_u64(SEED)),
        repeated: AtomicUsize::default(),
        shuffled: AtomicUsize::default(),
        left_out: AtomicUsize::default(),
    });
    let changing = Arc::clone(&disorder);
    let inside = Inside::start_behind(shops(), move |exchange| changing.change(exchange)).await.unwrap();
    let mut figures = Figures::new("campaign_paging", SEED);
    let mut problems = Vec::new();
    for round in 0..3 {
        for report in inside.sync().await.unwrap() {
            problems.extend(report.problem.map(|problem| format!("round {round}: {problem:?}")));
        }
        inside.control("clock", &serde_json::json!({ "advance_s": 1_800 })).await.unwrap();
    }
    figures.add(
        "pages",
        format!(
            "{} with items repeated, {} in another order, {} with one left out; streams that stopped {}",
            disorder.repeated.load(Ordering::Relaxed),
            disorder.shuffled.load(Ordering::Relaxed),
            disorder.left_out.load(Ordering::Relaxed),
            problems.len()
        ),
    );

    // All of it is here while the disorder goes on: nothing waits for better days.
    let snapshot = Snapshot::of(inside.home()).unwrap();
    let stored = truth::stored(&snapshot).unwrap();
    let there = truth::held_by(&inside.world, inside.http()).await.unwrap();
    let missed: Vec<_> = there.keys().filter(|place| !stored.contains_key(*place)).collect();
    figures.failures("missing while the disorder went on", missed.len(), there.len());
    let mut failures: Vec<String> = missed.iter().take(20).map(|place| format!("missing: {place:?}")).collect();
    drop(snapshot);

    // Lists without end: named and left, with a bounded number of calls.
    disorder.set(Stage::Endless);
    inside.control("clock", &serde_json::json!({ "advance_s": 7_200 })).await.unwrap();
    for seed in inside.world.shops().to_vec() {
        inside.buyer(&seed.name, None, "Ещё один вопрос, пока список без конца").await.unwrap();
    }
    let before = inside.world.requests().len();
    let endless: Vec<String> = inside
        .sync()
        .await
        .unwrap()
        .into_iter()
        .filter_map(|report| report.problem.map(|problem| format!("{}: {}", report.stream, problem.code)))
        .collect();
    let calls = inside.world.requests().len() - before;
    figures.add("a list without end", format!("{calls} calls until it was left: {endless:?}"));

    // Honest again, and all history is gone through once more. Then texts change.
    disorder.set(Stage::Honest);
    inside.control("clock", &serde_json::json!({ "advance_s": 7_200 })).await.unwrap();
    let (progress, _unheard) = tokio::sync::mpsc::unbounded_channel();
    inside.engine.sync(SyncRequest { deep: true, ..SyncRequest::default() }, progress).await.unwrap();
    inside.sync_well().await.unwrap();
    disorder.set(Stage::Edited);
    inside.control("clock", &serde_json::json!({ "advance_s": 7_200 })).await.unwrap();
    let changed: u64 = inside.sync().await.unwrap().iter().map(|report| report.changed).sum();
    figures.add("texts changed afterwards and versioned", changed);
    let closed = inside.close().await.unwrap();
    let edited =
        closed.snapshot.number(&format!("SELECT count(*) FROM message WHERE text LIKE '%{EDIT}'")).unwrap_or(-1);
    failures.extend(apart(&mut figures, &closed).await.into_iter().take(20));
    failures.extend(closed.snapshot.faults().unwrap());
    let held = truth::held_by(&closed.world, &closed.http).await.unwrap().len();
    figures.add("messages on the platforms", held);
    figures.add("messages that show the changed text", edited);
    figures.print();
    assert_eq!(failures, Vec::<String>::new());
    assert!(held >= 10_000, "the world of this campaign is large: {held}");
    assert!(endless.iter().any(|problem| problem.contains("paging_endless")), "{endless:?}");
    assert!(calls < 400, "a list without end is left soon: {calls} calls");
    assert!(changed > 0, "a changed text is a version");
}
