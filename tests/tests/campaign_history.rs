//! The first history of a big shop: what awaits an answer at once, the rest behind it, and nothing twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::time::Duration;

use dragoman_domain::shop::History;
use dragoman_domain::{Kind, ShopId, SignedDuration, Timestamp, Turn};
use dragoman_engine::Work;
use dragoman_engine::shops::{PassView, ShopChange};
use dragoman_engine::sync::SyncRequest;
use dragoman_simulator::{Options, OzonRules, OzonWorld, Running, Size};
use dragoman_store::inbox::Filter;
use dragoman_store::search::PageRequest;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::{House, world};
use dragoman_tests::inside::Inside;

const SEED: u64 = 300_000;
/// The figure of Ozon's rule pack: seconds between two looks for unread chats.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(45);
/// The pace of the rule pack, a tenth of fifty requests a second: seconds for each.
const PACE_S: f64 = 0.2;

/// One Ozon shop with so many old chats, over a year, and little else.
fn shop(old_chats: usize) -> Options {
    let quiet = OzonWorld { questions: 4, reviews: 4, returns: 2, claims: 2, cancellations: 2, ..OzonWorld::default() };
    Options {
        size: Size { wildberries_shops: 0, chats: 40, products: 8, history_days: 365, ..Size::default() },
        ozon: OzonRules { world: OzonWorld { old_chats, ..quiet }, ..OzonRules::default() },
        quiet: Duration::from_millis(5),
        ..world(SEED)
    }
}

async fn want_all(inside: &Inside, shop: ShopId) {
    let change = ShopChange { history: Some(History::All), ..ShopChange::default() };
    inside.engine.set_shop(shop, change).await.unwrap();
}

async fn pass(inside: &Inside, shop: ShopId, stream: &str) -> Option<PassView> {
    let streams = inside.engine.shop(shop).await.unwrap().streams;
    streams.into_iter().find(|view| view.name == stream).and_then(|view| view.pass)
}

/// Looks until something is there.
async fn wait<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

async fn count(inside: &Inside, turn: Option<Turn>) -> usize {
    let filter = Filter { kind: Some(Kind::Chat), turn, ..Filter::default() };
    let (mut rows, mut after) = (0, None);
    loop {
        let page = inside.engine.conversations(filter, after, 500).await.unwrap();
        rows += page.rows.len();
        match page.next {
            Some(next) => after = Some(next),
            None => return rows,
        }
    }
}

fn asked(world: &Running, path: &str) -> usize {
    world.requests().iter().filter(|request| request.path == path && request.status == 200).count()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_history_of_a_big_shop_does_not_hold_up_what_awaits_an_answer() {
    let inside = Inside::start(shop(300_000)).await.unwrap();
    let id = inside.shops.values().next().copied().unwrap();
    want_all(&inside, id).await;
    let before = inside.world.requests().len();
    let made = || inside.world.requests().len() - before;
    inside.engine.start(Work::All);
    wait(async || (count(&inside, Some(Turn::Ours)).await >= 25).then_some(())).await;
    let first = made();
    wait(async || pass(&inside, id, "chats_unread").await?.ended_at).await;
    let awaiting = made();
    let newest = wait(async || pass(&inside, id, "chats").await.filter(|pass| pass.brought >= 20)).await;
    let listed = made();
    // Requests and not seconds: each takes its token, and how much virtual time a busy machine lets pass says nothing.
    let at_pace = |requests: usize| format!("{requests} requests, {:.0} s at our pace", requests as f64 * PACE_S);
    let mut figures = Figures::new("campaign_history urgent", SEED);
    figures.add("old chats", 300_000);
    figures.add("the first 25 of those that await an answer", at_pace(first));
    figures.add("all of them", at_pace(awaiting));
    figures.add("the newest 20 chats", at_pace(listed));
    figures.print();
    assert!(first <= 200, "usable within seconds, not after {first} requests");
    assert_eq!(newest.ended_at, None, "the rest comes behind it");
    assert!(listed <= awaiting + 300, "nothing old comes between: {awaiting}, {listed}");
    inside.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_history_comes_whole_with_an_honest_estimate_and_skips_what_did_not_change() {
    let old = 1_000 * scale().min(3);
    let inside = Inside::start(shop(old)).await.unwrap();
    let (name, id) = inside.shops.iter().map(|(name, id)| (name.clone(), *id)).next().unwrap();
    want_all(&inside, id).await;
    inside.engine.start(Work::All);

    let half = wait(async || {
        let pass = pass(&inside, id, "chats_history").await?;
        (pass.to_come? < old as u64 / 2).then_some(pass)
    })
    .await;
    let estimate = half.ends_at.expect("an end is known as soon as a pace is");

    // A buyer writes while old chats are read.
    let wrote = inside.world.now();
    inside.buyer(&name, None, "Срочный вопрос: чайник искрит").await.unwrap();
    let page = || PageRequest { after: None, limit: 5 };
    wait(async || (!inside.engine.search("искрит", page()).await.unwrap().hits.is_empty()).then_some(())).await;
    let noticed = inside.world.now().duration_since(wrote);

    let ended = wait(async || pass(&inside, id, "chats_history").await?.ended_at).await;
    let stored = count(&inside, None).await;
    let (histories, lists) = (asked(&inside.world, "/v3/chat/history"), asked(&inside.world, "/v3/chat/list"));

    // Everything again, because a person asks for it.
    let (progress, _unheard) = tokio::sync::mpsc::unbounded_channel();
    let request = SyncRequest { deep: true, ..SyncRequest::default() };
    for report in inside.engine.sync(request, progress).await.unwrap() {
        assert_eq!(report.problem, None, "{report:?}");
    }
    let histories_again = asked(&inside.world, "/v3/chat/history") - histories;
    let lists_again = asked(&inside.world, "/v3/chat/list") - lists;
    inside.engine.stop().await;

    let mut figures = Figures::new("campaign_history whole", SEED);
    figures.add("old chats", old);
    figures.add("chats stored", stored);
    figures.add("histories asked for", histories);
    figures.add("pages of lists asked for", lists);
    figures.add("the same in a second pass over everything", format!("{histories_again} and {lists_again}"));
    figures.add("virtual s until an urgent chat was here", format!("{:.1}", noticed.as_secs_f64()));
    figures.add("end, against the estimate at half time, virtual s", format!("{:+.0}", seconds(estimate, ended)));
    figures.print();
    assert!(stored >= old, "{stored}");
    // Twice, because virtual time goes on a little while a busy machine works.
    assert!(noticed <= LOOK_EVERY * 2, "{noticed:#}");
    assert_eq!(histories_again, 0, "nothing has changed");
    assert!(lists_again <= stored.div_ceil(100) + 20, "{lists_again} pages");
    let left = ended.duration_since(half.began_at).as_secs_f64();
    assert!(seconds(estimate, ended).abs() <= left / 2.0, "estimated {estimate}, ended {ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_history_goes_on_where_it_was_killed() {
    let old = 200 * scale();
    let house = House::start(shop(old)).await.unwrap();
    house.connect_all(false).await.unwrap();
    house.ok(&["shop", "set", "1", "--history", "all"]).await.unwrap();
    let mut kills = 0;
    for _ in 0..3 {
        let mut process = house.spawn(&["sync"]).unwrap();
        process.ignore_output();
        // Virtual time passes with the requests that are made, so this is a moment of the work and not of the machine.
        let moment = house.world().now() + SignedDuration::from_secs(25);
        let running = house.until(moment, &mut process).await.unwrap();
        kills += usize::from(process.kill().await.unwrap() && running);
    }
    house.ok(&["sync"]).await.unwrap();
    let streams = house.ok(&["shop", "streams", "1"]).await.unwrap();
    let whole = streams.iter().find(|stream| stream["name"] == "chats_history").unwrap();
    let histories = asked(house.world(), "/v3/chat/history");
    let mut figures = Figures::new("campaign_history kills", SEED);
    figures.add("old chats", old);
    figures.add("kills at work", kills);
    figures.add("histories asked for", histories);
    figures.print();
    assert!(kills > 0);
    assert_eq!(whole["next_at"], serde_json::Value::Null, "read to its end: {whole}");
    assert_ne!(whole["pass"]["ended_at"], serde_json::Value::Null, "{whole}");
    // Old chats have one page each, and some of the newer ones two.
    let chats = old + 60;
    assert!(histories <= chats + kills, "{histories} histories of {chats} chats and {kills} kills");
}
