//! Platforms that take a reply and then say nothing, break off, report a fault or cut their answer, and threads that show it
//! late: every reply is accepted exactly once or is shown to a person, and becomes certain in a bounded time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Rule, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::ledger::{Promise, Row, compare, rows};
use dragoman_tests::house::{House, world};
use rand::seq::SliceRandom as _;
use rand::{SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

const SEED: u64 = 86_400;
/// Shops per platform: a silence lasts thirty real seconds, and shops are silent side by side.
const SHOPS: usize = 5;

fn shops(replies: usize) -> Options {
    // More conversations than replies: some are the platform's lost causes.
    let each = replies / (2 * SHOPS) * 3 / 2;
    let (wildberries_shops, ozon_shops) = (SHOPS, SHOPS);
    let size = Size {
        wildberries_shops,
        ozon_shops,
        questions: each / 2,
        reviews: each / 2,
        buyer_chats: each / 3,
        chats: each,
        answered: 0.0,
        products: 8,
        ..Size::default()
    };
    Options { size, quiet: Duration::from_millis(6), ..world(SEED) }
}

/// Three replies in five meet a fault; half of what is accepted shows late.
fn doubts(house: &House) -> FaultPlan {
    let reply = || Match { action: Some("reply".into()), ..Match::default() };
    let mut rules = Vec::new();
    // Few of these, because the program waits thirty real seconds for each.
    for shop in house.world().shops().iter().step_by(3) {
        let when = Match { shop: Some(shop.name.clone()), nth: Some(9), ..reply() };
        rules.push(Rule { when, fault: Fault::AcceptThenSilence });
    }
    let faults = [
        (0.08, Fault::AcceptThenReset { after_bytes: 0 }),
        (0.06, Fault::AcceptThenReset { after_bytes: 80 }),
        (0.06, Fault::AcceptThenStatus { status: 500 }),
        (0.06, Fault::AcceptThenStatus { status: 502 }),
        (0.06, Fault::AcceptThenStatus { status: 504 }),
        (0.10, Fault::AcceptThenCutBody),
        (0.06, Fault::RefuseThenStatus { status: 500, message: None }),
        (0.06, Fault::RefuseThenStatus { status: 502, message: None }),
        (0.06, Fault::RefuseThenStatus { status: 504, message: None }),
    ];
    rules.extend(faults.map(|(chance, fault)| Rule { when: Match { probability: Some(chance), ..reply() }, fault }));
    // Lags add up: 0 to 120 seconds on Ozon, up to 2 h 40 min until an answer is published on Wildberries.
    let on = |channel: &str, chance| Match { channel: Some(channel.into()), probability: Some(chance), ..reply() };
    rules.extend([15.0, 45.0, 60.0].map(|seconds| Rule { when: on("ozon", 0.4), fault: Fault::ReadLag { seconds } }));
    let late = [(0.4, 60.0), (0.2, 600.0), (0.1, 9_000.0)];
    rules.extend(late.map(|(chance, seconds)| Rule {
        when: on("wildberries", chance),
        fault: Fault::Moderation { seconds, refused: false },
    }));
    FaultPlan { seed: Some(SEED), rules }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_doubtful_answers_lose_and_double_no_reply() {
    let wanted = 500 * scale();
    let house = Arc::new(House::start(shops(wanted)).await.unwrap());
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let mut open = house.snapshot().unwrap().answerable(house.world().now()).unwrap();
    // Questions, reviews and chats in no order.
    open.shuffle(&mut StdRng::seed_from_u64(SEED));
    // In turn from every shop.
    let mut by_shop: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (conversation, shop, _) in &open {
        by_shop.entry(shop).or_default().push(*conversation);
    }
    let longest = by_shop.values().map(Vec::len).max().unwrap_or(0);
    let chosen: Vec<(i64, &str)> = (0..longest)
        .flat_map(|at| by_shop.iter().filter_map(move |(shop, all)| Some((*all.get(at)?, *shop))))
        .take(wanted)
        .collect();
    assert_eq!(chosen.len(), wanted, "enough conversations await an answer");
    house.plan(&doubts(&house)).await.unwrap();

    // Rounds of one shop only: this is about sending, and the outbox is everybody's.
    let mut owner = house.spawn(&["sync", "--watch", "--shop", "1"]).unwrap();
    owner.ignore_output();
    let mut promises = Vec::new();
    let mut refused = Vec::new();
    for (at, (conversation, shop)) in chosen.iter().enumerate() {
        let (uid, text) =
            (Uuid::from_u128(at as u128 + 1), format!("Добрый день! Ответ {at} магазина {shop}: завтра отправим."));
        match house.submit(*conversation, &text, 0, uid).await {
            Ok(_) => promises.push(Promise { uid, text }),
            Err(problem) => refused.push(problem.code),
        }
    }
    house.settle(Duration::from_secs(420)).await.unwrap();
    owner.stop().await.unwrap();

    let snapshot = house.snapshot().unwrap();
    let (rows, accepted) = (rows(&snapshot).unwrap(), house.world().accepted());
    let verdict = compare(&promises, &rows, &accepted);
    let certainty = |channel: &str, first: &[&Row]| -> Vec<f64> {
        let seconds = |row: &&Row| {
            let write =
                accepted.iter().find(|write| write.channel == channel && write.text.as_deref() == Some(&row.text))?;
            Some(row.settled_at?.duration_since(write.at).as_secs_f64())
        };
        first.iter().filter_map(seconds).collect()
    };
    let sent: Vec<&Row> = rows.iter().filter(|row| row.state == "sent").collect();
    let mut figures = Figures::new("campaign_doubtful_answers", SEED);
    figures.add("replies promised", format!("{}, {} refused at once {refused:?}", promises.len(), refused.len()));
    figures.add("sent", verdict.sent);
    let share = 100.0 * verdict.with_a_person as f64 / promises.len() as f64;
    let why: Vec<_> =
        rows.iter().filter(|row| row.state != "sent").map(|row| format!("{}/{}", row.state, row.reason)).collect();
    figures.add("need a person", format!("{} ({share:.1} %) {why:?}", verdict.with_a_person));
    for channel in ["ozon", "wildberries"] {
        figures.seconds(&format!("virtual time from acceptance to certainty, {channel}"), certainty(channel, &sent));
    }
    figures.failures("lost", verdict.lost.len(), promises.len());
    figures.failures("duplicated", verdict.duplicated.len(), promises.len());
    figures.failures("accepted unasked", verdict.foreign.len(), promises.len());
    figures.failures("accepted and shown as not sent", verdict.misreported.len(), promises.len());
    figures.print();
    assert_eq!(verdict.failures(), Vec::<&String>::new());
    assert_eq!(snapshot.faults().unwrap(), Vec::<String>::new());
    assert!(share <= 10.0, "nine in ten settle by themselves");
}
