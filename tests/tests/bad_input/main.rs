//! Bad input, one kind per test: each is met with a code and plain words, and nothing is lost by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

mod arguments;
mod disk;
mod files;
mod keys;
mod platforms;
mod texts;

use dragoman_simulator::{Options, ShopSeed};
use dragoman_tests::house::{House, world};
use serde_json::Value;

/// A house whose shops are connected, sending and synced.
async fn synced(options: Options) -> House {
    let house = House::start(options).await.unwrap();
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    house
}

/// A small house; nothing connected.
async fn empty() -> House {
    House::start(world(1)).await.unwrap()
}

fn shop<'a>(house: &'a House, channel: &str) -> &'a ShopSeed {
    house.world().shops().iter().find(|shop| shop.channel == channel).unwrap()
}

/// Code of a problem document, with its words beside it when a test fails.
fn code(problem: &Value) -> &str {
    assert!(problem["message"].as_str().is_some_and(|words| words.len() > 10), "a problem is told in words: {problem}");
    problem["code"].as_str().unwrap()
}

/// Messages the home shows.
async fn messages(house: &House) -> Vec<String> {
    let mut found: Vec<String> = house
        .ok(&["list"])
        .await
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["id"], row["last_message_at"]))
        .collect();
    found.sort();
    found
}

/// How often the platforms accepted a text.
fn accepted(house: &House, text: &str) -> usize {
    house.world().accepted().iter().filter(|write| write.text.as_deref() == Some(text)).count()
}

/// A question on Wildberries or a buyer's chat on Ozon that awaits our answer.
async fn awaiting(house: &House, channel: &str) -> String {
    let kind = if channel == "wildberries" { "question" } else { "chat" };
    let rows = house.ok(&["list", "--turn", "ours", "--channel", channel, "--kind", kind]).await.unwrap();
    // The freshest: its window for an answer is open.
    rows.iter().max_by_key(|row| row["last_message_at"].as_str().map(str::to_owned)).unwrap()["id"].to_string()
}
