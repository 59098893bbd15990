//! Platforms that answer something else than their contract says.

use dragoman_simulator::{Damage, Fault, FaultPlan, Match};
use dragoman_tests::house::{House, truth, world};
use serde_json::Value;

use super::{messages, synced};

/// Streams that have read all history that was wanted and ask nothing any more.
const AT_THEIR_END: [&str; 6] = [
    "chats_history",
    "questions_history",
    "returns_history",
    "returns_rfbs_history",
    "reviews_archive",
    "reviews_history",
];

async fn broken(house: &House, how: Damage) {
    house.plan(&FaultPlan::one(Match::default(), Fault::BrokenBody { how })).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_instead_of_json_is_told_and_costs_nothing() {
    let house = synced(world(1)).await;
    let before = messages(&house).await;
    for how in [Damage::Html, Damage::NotJson, Damage::Truncated] {
        for shop in house.world().shops().to_vec() {
            house.buyer(&shop.name, None, "Когда доставка?").await.unwrap();
        }
        broken(&house, how).await;
        let outcome = house.run(&["sync"]).await.unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let reports = outcome.lines().unwrap();
        assert!(!reports.is_empty());
        for report in &reports {
            let stream = report["stream"].as_str().unwrap();
            if AT_THEIR_END.contains(&stream) {
                assert_eq!((&report["problem"], &report["fetched"]), (&Value::Null, &0.into()), "{how:?}: {report}");
            } else {
                assert_eq!(report["problem"]["code"], "platform_unreadable", "{how:?}: {report}");
            }
        }
        house.plan(&FaultPlan::default()).await.unwrap();
    }
    assert_eq!(messages(&house).await, before, "what was there stays");
    house.ok(&["sync"]).await.unwrap();
    assert_eq!(messages(&house).await.len(), before.len() + 6, "and what was missed arrives");
    let (held, stored) = (truth::held(&house).await.unwrap(), truth::stored(&house.snapshot().unwrap()).unwrap());
    assert_eq!(stored, held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_item_is_put_aside_where_it_can_be_seen_and_the_rest_arrives() {
    let house = House::start(world(1)).await.unwrap();
    house.connect_all(true).await.unwrap();
    house.plan(&FaultPlan::one(Match::default(), Fault::BadItem)).await.unwrap();
    house.run(&["sync"]).await.unwrap();
    let aside = house.ok(&["quarantine"]).await.unwrap();
    assert!(!aside.is_empty(), "bad items are listed");
    let one = house.ok(&["quarantine", "show", &aside[0]["id"].to_string()]).await.unwrap();
    assert!(one[0]["raw"].as_str().is_some_and(|raw| !raw.is_empty()), "{}", one[0]);
    let seen = house.ok(&["list"]).await.unwrap().len();
    assert!(seen >= 15, "the rest arrives: {seen}");
    // Nothing has passed it by: readable again, it arrives.
    house.plan(&FaultPlan::default()).await.unwrap();
    house.control("clock", &serde_json::json!({ "advance_s": 7_200 })).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let (held, stored) = (truth::held(&house).await.unwrap(), truth::stored(&house.snapshot().unwrap()).unwrap());
    let missing: Vec<_> = held.keys().filter(|place| !stored.contains_key(*place)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
