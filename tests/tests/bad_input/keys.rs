//! Keys that are wrong, another seller's, or of a kind that cannot do the work.

use std::collections::BTreeMap;

use dragoman_simulator::Size;
use dragoman_tests::house::{House, world};

use super::{accepted, awaiting, code, empty, messages, shop, synced};

/// Connects a shop with a key that has to be refused; the code, after a look that nothing of it was kept.
async fn refused(house: &House, channel: &str, secret: &str) -> String {
    let shop = shop(house, channel);
    let field = shop.secrets.keys().next().unwrap().clone();
    let outcome = house.connect_with(shop, &BTreeMap::from([(field, secret.to_owned())])).await.unwrap();
    let problem = outcome.problem().unwrap();
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!said.contains(secret), "a key is never repeated: {said}");
    assert_eq!(house.ok(&["shop", "list"]).await.unwrap().len(), 0, "a refused shop leaves nothing behind");
    // The same home takes the right key afterwards.
    code(&problem).to_owned()
}

async fn taken_afterwards(house: &House) {
    house.connect_all(false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_refused_and_the_right_one_taken_afterwards() {
    let house = empty().await;
    let stranger = House::start(world(99)).await.unwrap();
    let token = shop(&stranger, "wildberries").secrets["token"].clone();
    assert_eq!(refused(&house, "wildberries", &token).await, "token_refused");
    assert_eq!(refused(&house, "wildberries", "no-token-at-all").await, "shop_setup");
    let key = shop(&stranger, "ozon").secrets["api_key"].clone();
    assert_eq!(refused(&house, "ozon", &key).await, "token_refused");
    taken_afterwards(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basic_a_test_and_an_expired_token_are_told_apart() {
    let house = empty().await;
    let variants = shop(&house, "wildberries").variants.clone();
    for (variant, expected) in [("basic", "token_basic"), ("test", "token_test"), ("expired", "token_expired")] {
        assert_eq!(refused(&house, "wildberries", &variants[variant]["token"]).await, expected, "{variant}");
    }
    taken_afterwards(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_another_shop_does_not_replace_a_shops_own() {
    let size = Size { wildberries_shops: 2, ozon_shops: 2, questions: 8, chats: 8, products: 4, ..Size::default() };
    let house = House::start(dragoman_simulator::Options { size, ..world(1) }).await.unwrap();
    for channel in ["wildberries", "ozon"] {
        let mut shops = house.world().shops().iter().filter(|shop| shop.channel == channel);
        let (own, other) = (shops.next().unwrap(), shops.next().unwrap());
        let added = house.connect_with(own, &own.secrets).await.unwrap().lines().unwrap();
        let id = added[0]["id"].to_string();
        house.ok(&["sync", "--shop", &id]).await.unwrap();
        let before = messages(&house).await;

        let mut args = vec!["shop".to_owned(), "set".to_owned(), id.clone()];
        args.extend(house.connection(&other.fields, &other.secrets).unwrap());
        let problem = house.problem(&args.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
        assert_eq!(code(&problem), "other_seller", "{channel}: {problem}");
        assert_ne!(problem["params"]["wanted"], problem["params"]["found"], "{problem}");

        // The shop goes on with its own key, and the other one can be connected beside it.
        house.ok(&["sync", "--shop", &id]).await.unwrap();
        assert_eq!(messages(&house).await, before, "{channel}");
        let twice = house.connect_with(own, &own.secrets).await.unwrap().problem().unwrap();
        assert_eq!(code(&twice), "already_connected");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_token_reads_says_so_and_keeps_the_text_of_an_answer() {
    let house = empty().await;
    let shop = shop(&house, "wildberries");
    let added = house.connect_with(shop, &shop.variants["read_only"]).await.unwrap().lines().unwrap();
    let notes: Vec<_> =
        added[0]["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect();
    assert!(notes.contains(&"read_only"), "{}", added[0]);
    house.ok(&["shop", "send", &added[0]["id"].to_string(), "on"]).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let text = "Да, подойдёт.";
    let outcome =
        house.run(&["reply", &awaiting(&house, "wildberries").await, "--text", text, "--wait"]).await.unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let item = &outcome.lines().unwrap()[0];
    assert_eq!(item["text"], text, "{item}");
    assert!(["rejected", "held", "failed"].contains(&item["state"].as_str().unwrap()), "{item}");
    assert!(item["detail"].as_str().unwrap().contains("read"), "why is told: {item}");
    assert_eq!(accepted(&house, text), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_subscription_is_named_and_stops_only_its_own_stream() {
    let house = synced(world(1)).await;
    let before = messages(&house).await;
    let ozon = shop(&house, "ozon").name.clone();
    house.control("shop", &serde_json::json!({ "shop": ozon, "subscription": "PREMIUM" })).await.unwrap();
    house.buyer(&shop(&house, "wildberries").name, None, "Есть ли другой цвет?").await.unwrap();
    house.buyer(&ozon, None, "Где заказ?").await.unwrap();
    let outcome = house.run(&["sync"]).await.unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let reports = outcome.lines().unwrap();
    let codes: Vec<_> = reports.iter().filter_map(|report| report["problem"]["code"].as_str()).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "subscription_missing"), "{codes:?}");
    // The other shop's new question has arrived, and what was there stays.
    let after = messages(&house).await;
    assert_eq!(after.len(), before.len() + 1);
    let named = house.run(&["shop", "check", "2"]).await.unwrap();
    assert!(named.stdout.contains("subscription_missing"), "{named:?}");
    // With the subscription everything goes on.
    house.control("shop", &serde_json::json!({ "shop": ozon, "subscription": "PREMIUM_PLUS" })).await.unwrap();
    house.ok(&["shop", "check", "2"]).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    assert_eq!(messages(&house).await.len(), before.len() + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_a_right_is_taken_with_a_word_about_what_it_cannot_do() {
    let house = empty().await;
    for (channel, variant, feature) in
        [("wildberries", "without_questions", "questions"), ("ozon", "without_chats", "chats")]
    {
        let shop = shop(&house, channel);
        let outcome = house.connect_with(shop, &shop.variants[variant]).await.unwrap();
        let said = outcome.lines().unwrap();
        assert!(said[0].to_string().contains("right_missing"), "{variant}: {outcome:?}");
        assert!(said[0].to_string().contains(feature), "{variant}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_withdrawn_in_mid_queue_pauses_its_shop_and_keeps_every_answer() {
    use dragoman_simulator::{Fault, FaultPlan, Match};
    let house = synced(world(1)).await;
    house
        .plan(&FaultPlan::one(Match { channel: Some("ozon".into()), ..Match::default() }, Fault::TokenRevoked))
        .await
        .unwrap();
    let text = "Отправим завтра.";
    let queued = house.ok(&["reply", &awaiting(&house, "ozon").await, "--text", text]).await.unwrap();
    let requests = house.world().requests().len();
    let outcome = house.run(&["sync"]).await.unwrap();
    assert!(outcome.stdout.contains("token_refused"), "{outcome:?}");
    let with_dead_key = house.world().requests()[requests..].iter().filter(|request| request.channel == "ozon").count();
    assert!(with_dead_key <= 3, "a dead key is not used on and on: {with_dead_key}");
    let waiting = house.ok(&["outbox"]).await.unwrap();
    assert_eq!((waiting[0]["id"].clone(), waiting[0]["text"].as_str()), (queued[0]["id"].clone(), Some(text)));
    // Mended on the platform's side, it leaves once.
    house.plan(&FaultPlan::default()).await.unwrap();
    house.ok(&["shop", "check", "2"]).await.unwrap();
    house.control("clock", &serde_json::json!({ "advance_s": 3600 })).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    assert_eq!(accepted(&house, text), 1);
}
