//! What the platforms hold, read from the platforms themselves and not through our connectors.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use dragoman_simulator::{Running, ShopSeed};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::House;
use super::snapshot::Snapshot;

/// A message's place: shop's name, the platform's id of the conversation, id of the message.
pub type Place = (String, String, String);

#[derive(Deserialize)]
struct Questions {
    data: QuestionData,
}

#[derive(Deserialize)]
struct QuestionData {
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    answer: Option<Value>,
}

#[derive(Deserialize)]
struct Chats {
    chats: Vec<Listed>,
    cursor: Option<String>,
    has_next: bool,
}

#[derive(Deserialize)]
struct Listed {
    chat: Chat,
}

#[derive(Deserialize)]
struct Chat {
    chat_id: String,
    chat_type: String,
}

#[derive(Deserialize)]
struct History {
    has_next: bool,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    // As written: some have more digits than a number holds.
    message_id: Box<RawValue>,
}

/// Every message that the platforms of a house show now; the count is 1 for each.
///
/// # Errors
/// If a platform does not answer as its contract says.
pub async fn held(house: &House) -> anyhow::Result<BTreeMap<Place, i64>> {
    held_by(house.world(), house.http()).await
}

/// Every message of Wildberries' questions and Ozon's buyers' chats that these platforms show now; the count is 1 for each.
///
/// # Errors
/// If a platform does not answer as its contract says.
pub async fn held_by(world: &Running, http: &reqwest::Client) -> anyhow::Result<BTreeMap<Place, i64>> {
    let (mut held, platforms) = (BTreeMap::new(), Platforms { world, http });
    for shop in world.shops() {
        match shop.channel.as_str() {
            "wildberries" => questions(&platforms, shop, &mut held).await?,
            _ => chats(&platforms, shop, &mut held).await?,
        }
    }
    Ok(held)
}

struct Platforms<'a> {
    world: &'a Running,
    http: &'a reqwest::Client,
}

/// Every message of these kinds that an inbox holds, with how often it does.
///
/// # Errors
/// Those of the database.
pub fn stored(snapshot: &Snapshot) -> anyhow::Result<BTreeMap<Place, i64>> {
    let mut statement = snapshot.inbox.prepare(
        "SELECT s.name, c.remote_id, m.remote_id, count(*) FROM message m
         JOIN conversation c ON c.id = m.conversation JOIN shop s ON s.id = c.shop
         WHERE (s.channel, c.kind) IN (VALUES ('wildberries', 'question'), ('ozon', 'chat')) GROUP BY 1, 2, 3",
    )?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

async fn questions(platforms: &Platforms<'_>, shop: &ShopSeed, held: &mut BTreeMap<Place, i64>) -> anyhow::Result<()> {
    const PAGE: usize = 5_000;
    for answered in [true, false] {
        for skip in [0, PAGE] {
            let url = format!("{}/api/v1/questions?isAnswered={answered}&take={PAGE}&skip={skip}", shop.base_url);
            let token = shop.secrets.get("token").context("a token")?;
            let Questions { data } = ask(platforms, platforms.http.get(url).header("Authorization", token)).await?;
            let count = data.questions.len();
            for Question { id, answer } in data.questions {
                held.insert((shop.name.clone(), id.clone(), format!("q:{id}")), 1);
                if answer.is_some() {
                    held.insert((shop.name.clone(), id.clone(), format!("a:{id}")), 1);
                }
            }
            if count < PAGE {
                break;
            }
            ensure!(skip == 0, "a shop of this test has at most {} questions", 2 * PAGE);
        }
    }
    Ok(())
}

async fn chats(platforms: &Platforms<'_>, shop: &ShopSeed, held: &mut BTreeMap<Place, i64>) -> anyhow::Result<()> {
    let post = |path: &str, body: Value| {
        let request = platforms.http.post(format!("{}{path}", shop.base_url)).json(&body);
        let client = shop.fields.get("client_id").map(String::as_str).unwrap_or_default();
        request
            .header("Client-Id", client)
            .header("Api-Key", shop.secrets.get("api_key").map(String::as_str).unwrap_or_default())
    };
    let mut cursor = String::new();
    loop {
        let list: Chats = ask(platforms, post("/v3/chat/list", json!({ "limit": 100, "cursor": cursor }))).await?;
        for Listed { chat } in list.chats {
            if !chat.chat_type.starts_with("BUYER_SELLER") {
                continue;
            }
            let asked = json!({ "chat_id": chat.chat_id, "direction": "Backward", "limit": 1000 });
            let history: History = ask(platforms, post("/v3/chat/history", asked)).await?;
            ensure!(!history.has_next, "a chat of this test has at most 1,000 messages");
            for Message { message_id } in history.messages {
                let id = message_id.get().trim_matches('"').to_owned();
                held.insert((shop.name.clone(), chat.chat_id.clone(), id), 1);
            }
        }
        match list.cursor {
            Some(next) if list.has_next => cursor = next,
            _ => return Ok(()),
        }
    }
}

/// Asks within the platform's own quota: where it says too many, virtual time is let pass.
async fn ask<T: DeserializeOwned>(platforms: &Platforms<'_>, request: reqwest::RequestBuilder) -> anyhow::Result<T> {
    loop {
        let again = request.try_clone().context("a request that can be repeated")?;
        let answer = again.send().await?;
        if answer.status().as_u16() == 429 {
            let clock = format!("{}/control/clock", platforms.world.control_url());
            platforms.http.post(clock).json(&json!({ "advance_s": 1 })).send().await?.error_for_status()?;
            continue;
        }
        let status = answer.status();
        let body = answer.bytes().await?;
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        return Ok(serde_json::from_slice(&body)?);
    }
}
