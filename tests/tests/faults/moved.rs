//! C11: the world moves on after an answer was written. The buyer writes again, a colleague answers in the web cabinet, the platform
//! refuses for good: the answer is held with the reason, or shown as rejected; it never leaves blindly.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_domain::SignedDuration;
use dragoman_domain::outbox::State;
use dragoman_engine::Work;
use dragoman_simulator::{Fault, FaultPlan, Match, Options, Rule, ShopSeed, Size};
use dragoman_store::inbox::ConversationRow;
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::world;
use dragoman_tests::inside::Inside;
use http::StatusCode;
use serde_json::json;

use super::{QUIET, in_turn, verdict};

const SEED: u64 = 11;
/// What a colleague writes in the web cabinet.
const CABINET: &str = "Ответ коллеги из личного кабинета.";
/// Refusals that a platform's contract calls final.
const FINAL: [u16; 4] = [400, 404, 409, 422];

fn shops() -> Options {
    let size = Size { questions: 60, chats: 60, answered: 0.0, products: 4, history_days: 2, ..Size::default() };
    Options { size, quiet: QUIET, ..world(SEED) }
}

/// Answers as the web cabinet does: with the seller's own rights, without our program. `false` if the chat is closed for answers.
async fn in_the_cabinet(inside: &Inside, seed: &ShopSeed, row: &ConversationRow) -> bool {
    let id = row.remote_id.as_str();
    let request = if seed.channel == "ozon" {
        let request = inside.http().post(format!("{}/v1/chat/send/message", seed.base_url));
        let request =
            request.header("Client-Id", &seed.fields["client_id"]).header("Api-Key", &seed.secrets["api_key"]);
        request.json(&json!({ "chat_id": id, "text": CABINET }))
    } else {
        let body = json!({ "id": id, "answer": { "text": CABINET }, "state": "wbRu" });
        let request = inside.http().patch(format!("{}/api/v1/questions", seed.base_url));
        request.header("Authorization", &seed.secrets["token"]).json(&body)
    };
    loop {
        let answer = request.try_clone().unwrap().send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            inside.control("clock", &json!({ "advance_s": 2 })).await.unwrap();
            continue;
        }
        return answer.status().is_success();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_moved_on_holds_or_rejects_and_never_sends_blindly() {
    let inside = Inside::start(shops()).await.unwrap();
    inside.sync_well().await.unwrap();
    let open = in_turn(&inside).await;
    let seeds: BTreeMap<_, _> =
        inside.world.shops().iter().map(|seed| (inside.shops[&seed.name], seed.clone())).collect();
    // Conversations in three parts: the buyer writes, a colleague answers, the platform refuses for good.
    let (mut promises, mut expected) = (Vec::new(), BTreeMap::new());
    let mut rules = Vec::new();
    for (at, (shop, row)) in open.iter().take(72).enumerate() {
        let seed = &seeds[shop];
        let mut fate = match (at / 2) % 3 {
            // A question has one message of its buyer; whoever asks again asks another question.
            0 if seed.channel == "ozon" => "held/buyer_wrote",
            0 | 1 => "held/answered_elsewhere",
            _ => "rejected",
        };
        let text = format!("Ответ {at}, написан раньше.");
        let promise = inside.reply_after(SignedDuration::from_secs(300), row.id, &text).await.unwrap();
        match fate {
            "held/buyer_wrote" => {
                inside.buyer(&seed.name, Some(row.remote_id.as_str()), "И ещё вопрос!").await.unwrap();
            }
            "held/answered_elsewhere" if in_the_cabinet(&inside, seed, row).await => {}
            // The thread is closed for the colleague as well.
            "held/answered_elsewhere" => fate = "rejected",
            _ => {
                // 409 of Ozon leaves doubt: something happened in the chat at the same moment, our own message perhaps.
                let status = FINAL[at / 6 % 4];
                let status = if seed.channel == "ozon" && status == 409 { 404 } else { status };
                let when = Match { text_contains: Some(text.clone()), ..Match::default() };
                rules.push(Rule { when, fault: Fault::RefuseThenStatus { status, message: None } });
            }
        }
        expected.insert(promise.uid, (fate, seed.channel.clone()));
        promises.push(promise);
    }
    inside.plan(&FaultPlan { seed: Some(SEED), rules }).await.unwrap();
    inside.engine.start(Work::Outbox);
    let settled = inside.settle(Duration::from_secs(60)).await;
    let mut otherwise = Vec::new();
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for view in inside.outbox().await.unwrap() {
        let (fate, channel) = &expected[&view.item.uid];
        let is = match view.item.state {
            State::Rejected => "rejected".to_owned(),
            state => format!("{state}/{}", view.item.reason),
        };
        *met.entry(format!("{channel} {is}")).or_default() += 1;
        if is != *fate || view.item.text.is_empty() {
            otherwise.push(format!("{channel}: {is} instead of {fate}: {:?}", view.item));
        }
    }
    let mut accepted = inside.world.accepted();
    accepted.retain(|write| write.text.as_deref() != Some(CABINET));
    let closed = inside.close().await.unwrap();
    let mut figures = Figures::new("campaign_moved_on", SEED);
    figures.add("outcomes", format!("{met:?}"));
    figures.failures("answers that left although the world had moved on", accepted.len(), promises.len());
    figures.failures("otherwise than expected", otherwise.len(), promises.len());
    let failures = verdict(&mut figures, &promises, &closed.snapshot, &accepted);
    figures.print();
    settled.unwrap();
    assert_eq!(otherwise, Vec::<String>::new());
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(accepted.len(), 0);
}
