//! C09: a key that is withdrawn in the middle of a queue, and a key of another shop. The account rests after one refusal and keeps
//! everything; the others go on; a key never works for a shop it does not belong to.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_domain::SignedDuration;
use dragoman_domain::outbox::State;
use dragoman_engine::Work;
use dragoman_engine::shops::ShopChange;
use dragoman_secrets::Secret;
use dragoman_simulator::{Fault, FaultPlan, Match, Moment, Options, Rule, ShopSeed, Size};
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::world;
use dragoman_tests::inside::{Inside, open};

use super::{QUIET, in_turn, verdict};

const SEED: u64 = 401;
/// Replies of each shop, half a minute apart.
const REPLIES: usize = 10;
/// Seconds after which the keys are withdrawn.
const WITHDRAWN: f64 = 120.0;

fn shops() -> Options {
    let size = Size {
        wildberries_shops: 2,
        ozon_shops: 2,
        questions: 24,
        chats: 24,
        answered: 0.0,
        products: 4,
        history_days: 2,
        ..Size::default()
    };
    Options { size, quiet: QUIET, ..world(SEED) }
}

fn secrets(seed: &ShopSeed) -> BTreeMap<String, Secret> {
    seed.secrets.iter().map(|(field, secret)| (field.clone(), Secret::from(secret.clone()))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_withdrawn_key_rests_its_own_account_only_and_drops_nothing() {
    let inside = Inside::start(shops()).await.unwrap();
    inside.sync_well().await.unwrap();
    let open = in_turn(&inside).await;
    let seeds = inside.world.shops().to_vec();
    let dead: Vec<&ShopSeed> =
        ["wildberries", "ozon"].map(|channel| seeds.iter().find(|seed| seed.channel == channel).unwrap()).to_vec();
    let (mut promises, mut counts) = (Vec::new(), BTreeMap::new());
    for (shop, row) in &open {
        let at: &mut usize = counts.entry(*shop).or_default();
        if *at < REPLIES {
            let undo = SignedDuration::from_secs(30 * (*at as i64 + 1));
            promises.push(inside.reply_after(undo, row.id, &format!("Ответ {at} магазина {shop}.")).await.unwrap());
            *at += 1;
        }
    }
    assert_eq!(promises.len(), 4 * REPLIES, "{counts:?}");
    let (begun, before) = (inside.world.now(), inside.world.requests().len());
    let rules = dead
        .iter()
        .map(|seed| Rule {
            when: Match { shop: Some(seed.name.clone()), from: Some(Moment::After(WITHDRAWN)), ..Match::default() },
            fault: Fault::TokenRevoked,
        })
        .collect();
    inside.plan(&FaultPlan { seed: Some(SEED), rules }).await.unwrap();
    inside.engine.start(Work::All);
    inside.until(begun + SignedDuration::from_mins(60)).await;

    let requests = inside.world.requests().split_off(before);
    // What left before the first refusal came back was not told yet; time stands still meanwhile.
    let refusals: BTreeMap<&str, (usize, usize)> = dead
        .iter()
        .map(|seed| {
            let is_refusal = |request: &&dragoman_simulator::Received| {
                request.shop.as_deref() == Some(&seed.name) && request.status == 401
            };
            let at: Vec<_> = requests.iter().filter(is_refusal).map(|request| request.at).collect();
            let first = at.iter().min().copied();
            (seed.name.as_str(), (at.len(), at.iter().filter(|at| Some(**at) > first).count()))
        })
        .collect();
    let mut figures = Figures::new("campaign_withdrawn_key", SEED);
    figures
        .add("requests with the withdrawn key in an hour, and those of them after the first", format!("{refusals:?}"));
    let (mut waiting, mut closed_chats, mut stuck) = (0, 0, Vec::new());
    for view in inside.outbox().await.unwrap() {
        let rests = dead.iter().any(|seed| inside.shops[&seed.name] == view.item.shop);
        match view.item.state {
            State::Sent => {}
            State::Queued if rests => waiting += 1,
            // A slow machine has cut a call short; what became of it is looked for, and found out below.
            State::Unknown if !rests => {}
            // Some chats are the platform's lost causes.
            State::Rejected if !rests => closed_chats += 1,
            state => stuck.push(format!("{state} in {}", view.item.shop)),
        }
    }
    figures.add("replies that wait for the key", waiting);
    let final_refusals = requests
        .iter()
        .filter(|request| !dead.iter().any(|seed| request.shop.as_deref() == Some(&seed.name)))
        .filter(|request| ["/v1/chat/send/message", "/api/v1/questions"].contains(&request.path.as_str()))
        .filter(|request| request.method != "GET" && (400..500).contains(&request.status) && request.status != 429)
        .count();
    figures.add("replies of other shops that their platform refused", closed_chats);
    assert_eq!(closed_chats, final_refusals, "rejected is what the platform refused");
    assert!(closed_chats <= REPLIES / 5, "one chat in ten is a lost cause");
    for seed in &dead {
        let shop = inside.engine.shop(inside.shops[&seed.name]).await.unwrap().shop;
        assert!(shop.pause.starts_with("token_"), "{} rests: {:?}", seed.name, shop.pause);
    }
    assert!(waiting > 0, "the keys were withdrawn in the middle of the queue");

    // A key of another shop is refused before anything of it is stored.
    let mut foreign = 0;
    for seed in &dead {
        let other = seeds.iter().find(|other| other.channel == seed.channel && other.name != seed.name).unwrap();
        let change = ShopChange { secrets: secrets(other), fields: other.fields.clone(), ..ShopChange::default() };
        inside.plan(&FaultPlan::default()).await.unwrap();
        let refused = inside.engine.set_shop(inside.shops[&seed.name], change).await;
        let refused = format!("{:?}", refused.err());
        assert!(refused.contains("OtherSeller"), "{refused}");
        foreign += 1;
    }
    figures.failures("keys of another shop taken", 0, foreign);

    // The right key again: everything that waited leaves.
    for seed in &dead {
        let change = ShopChange { secrets: secrets(seed), ..ShopChange::default() };
        inside.engine.set_shop(inside.shops[&seed.name], change).await.unwrap();
    }
    let settled = inside.settle(Duration::from_secs(60)).await;
    let accepted = inside.world.accepted();
    let closed = inside.close().await.unwrap();
    let failures = verdict(&mut figures, &promises, &closed.snapshot, &accepted);
    figures.print();
    settled.unwrap();
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(stuck, Vec::<String>::new(), "other shops go on");
    assert!(refusals.values().all(|(_, late)| *late == 0), "one refusal is enough: {refusals:?}");
}

/// K02: the place of the keys is another one, or empty, as after a restoration on another machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_emptied_keyring_keeps_the_history_and_asks_for_the_keys_again() {
    let inside = Inside::start(shops()).await.unwrap();
    inside.sync_well().await.unwrap();
    let row = in_turn(&inside).await.remove(0).1;
    let promise = inside.reply(row.id, "Записано, пока ключ ещё был.").await.unwrap();
    let before: Vec<_> = inside.engine.counts().await.unwrap();
    let (home, clock) = (inside.home().to_owned(), std::sync::Arc::clone(inside.engine.clock()));
    inside.engine.stop().await;
    let mut inside = inside;
    // Keys in memory go with their process: what opens now is the same home without any.
    inside.engine = {
        let placeholder = tempfile::tempdir().unwrap();
        let other = open(&placeholder.path().join("home"), std::sync::Arc::clone(&clock)).await.unwrap();
        drop(std::mem::replace(&mut inside.engine, other));
        open(&home, clock).await.unwrap()
    };
    let shown = inside.engine.counts().await.unwrap() == before;
    let found = inside.engine.conversation(row.id, None, 50).await.unwrap();
    let requests = inside.world.requests().len();
    let reports = inside.sync().await.unwrap();
    let asked: Vec<String> = reports.into_iter().filter_map(|report| Some(report.problem?.code)).collect();
    let without_key = inside.world.requests().len() - requests;
    for seed in inside.world.shops().to_vec() {
        let change = ShopChange { secrets: secrets(&seed), ..ShopChange::default() };
        inside.engine.set_shop(inside.shops[&seed.name], change).await.unwrap();
    }
    inside.sync_well().await.unwrap();
    inside.engine.start(Work::Outbox);
    let settled = inside.settle(Duration::from_secs(60)).await;
    let accepted = inside.world.accepted();
    let closed = inside.close().await.unwrap();
    let mut figures = Figures::new("campaign_emptied_keyring", SEED);
    figures.add("history shown without a key", shown && !found.messages.is_empty());
    figures.add(
        "shops that ask for their key",
        format!("{} of 4 {asked:?}, {without_key} calls without one", asked.len()),
    );
    let failures = verdict(&mut figures, &[promise], &closed.snapshot, &accepted);
    figures.print();
    settled.unwrap();
    assert_eq!(failures, Vec::<String>::new());
    assert!(shown && asked.len() == 4 && without_key == 0, "{asked:?}");
}
