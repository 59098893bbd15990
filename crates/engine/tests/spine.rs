//! The whole spine over real HTTP: a buyer's question in, one answer out, in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::sync::Arc;
use std::time::Duration;

use dragoman_channels::clock::RemoteClock;
use dragoman_domain::offer::{Act, Effect};
use dragoman_domain::outbox::State;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Kind, ShopId, SignedDuration, Turn};
use dragoman_engine::inbox::ConversationView;
use dragoman_engine::outbox::Request;
use dragoman_engine::shops::{NewShop, ShopChange};
use dragoman_engine::sync::SyncRequest;
use dragoman_engine::{Engine, Error, Options, Work};
use dragoman_secrets::{Preference, Secret};
use dragoman_simulator::{
    ClockMode, Fault, FaultPlan, Match, Options as World, OzonRules, OzonWorld, Rule, Running, ShopSeed, Simulator,
};
use dragoman_store::inbox::{Filter, Folder};
use dragoman_store::search::PageRequest;
use tempfile::TempDir;
use uuid::Uuid;

struct House {
    engine: Engine,
    platforms: Running,
    shops: Vec<ShopId>,
    _home: TempDir,
}

async fn house(world: World) -> House {
    dragoman_channels::http::install_tls();
    let platforms = Simulator::start(World { clock: ClockMode::Auto, ..world }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let clock = Arc::new(RemoteClock::connect(&platforms.clock_url()).await.unwrap());
    let options =
        Options { home: home.path().join("home"), keys: Preference::Memory, clock, undo: SignedDuration::ZERO };
    let engine = Engine::open(options).await.unwrap();
    let mut shops = Vec::new();
    for seed in platforms.shops() {
        shops.push(engine.add_shop(connect(seed)).await.unwrap().shop.id);
    }
    House { engine, platforms, shops, _home: home }
}

fn connect(seed: &ShopSeed) -> NewShop {
    NewShop {
        channel: seed.channel.parse().unwrap(),
        name: seed.name.clone(),
        fields: seed.fields.clone(),
        secrets: seed.secrets.iter().map(|(field, secret)| (field.clone(), Secret::from(secret.clone()))).collect(),
        base_url: Some(seed.base_url.clone()),
        proxy: None,
    }
}

impl House {
    async fn sync(&self) {
        let (progress, _reports) = tokio::sync::mpsc::unbounded_channel();
        for report in self.engine.sync(SyncRequest::default(), progress).await.unwrap() {
            assert_eq!(report.problem, None, "{report:?}");
        }
    }

    async fn owed(&self, kind: Kind) -> Vec<dragoman_store::inbox::ConversationRow> {
        let filter = Filter { folder: Folder::Needs, kind: Some(kind), ..Filter::default() };
        self.engine.conversations(filter, None, 100).await.unwrap().rows
    }

    fn accepted(&self, text: &str) -> usize {
        self.platforms.accepted().iter().filter(|accepted| accepted.text.as_deref() == Some(text)).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_on_either_platform_arrives_exactly_once_and_hands_the_turn_over() {
    let house = house(World::default()).await;
    house.sync().await;
    for shop in &house.shops {
        assert!(house.engine.set_sending(*shop, true).await.unwrap().is_empty());
    }
    house.engine.start(Work::Outbox);
    for kind in [Kind::Question, Kind::Chat] {
        let row = house.owed(kind).await.into_iter().next().expect("something awaits an answer");
        let text = format!("Здравствуйте! Отвечаем на {kind}.");
        let request = Request::new(Uuid::now_v7(), row.id, ActionKind::Reply, &text);
        let queued = house.engine.queue(request.clone()).await.unwrap();
        assert_eq!(house.engine.queue(request).await.unwrap().id, queued.id, "the same key is the same request");
        let settled = house.engine.settled(queued.id, Duration::from_secs(60)).await.unwrap();
        assert_eq!(settled.item.state, State::Sent, "{:?}", settled.item);
        assert_eq!(house.accepted(&text), 1);
        let view = house.engine.conversation(row.id, None, 50).await.unwrap();
        assert_ne!(view.conversation.row.turn, Turn::Ours);
        assert_eq!(view.messages.iter().filter(|message| message.text == text).count(), 1, "shown once");
    }
    house.sync().await;
    for kind in [Kind::Question, Kind::Chat] {
        assert_eq!(house.accepted(&format!("Здравствуйте! Отвечаем на {kind}.")), 1, "and still once after a sync");
    }
    house.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_buyers_wrote_is_found_in_russian_and_chinese() {
    let house = house(World::default()).await;
    house.sync().await;
    for word in ["возврат", "退货"] {
        let hits = house.engine.search(word, PageRequest { after: None, limit: 50 }).await.unwrap();
        assert!(!hits.hits.is_empty(), "{word}");
        assert!(hits.hits[0].fragment.iter().any(|span| span.hit), "{word} is marked in {:?}", hits.hits[0].fragment);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_sending_off_an_answer_is_held_with_its_text_and_released_only_when_told() {
    let house = house(World::default()).await;
    house.sync().await;
    let row = house.owed(Kind::Chat).await.remove(0);
    let request = Request::new(Uuid::now_v7(), row.id, ActionKind::Reply, "Проверим");
    let held = house.engine.queue(request).await.unwrap();
    assert_eq!((held.item.state, held.item.reason.word()), (State::Held, "sending_off"));
    let waiting = house.engine.set_sending(row.shop, true).await.unwrap();
    assert_eq!(waiting.iter().map(|view| view.id).collect::<Vec<_>>(), [held.id]);
    house.sync().await;
    assert_eq!(house.accepted("Проверим"), 0, "switching on releases nothing");
    house.engine.outbox_retry(held.id).await.unwrap();
    house.sync().await;
    let sent = house.engine.outbox_item(held.id).await.unwrap();
    assert_eq!(sent.item.state, State::Sent, "{:?}", sent.item);
    assert_eq!(house.accepted("Проверим"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_buyer_who_wrote_again_meanwhile_is_held() {
    let house = house(World { answer_back: false, ..World::default() }).await;
    house.sync().await;
    let row = house.owed(Kind::Chat).await.remove(0);
    house.engine.set_sending(row.shop, true).await.unwrap();
    let undo = Some(SignedDuration::from_secs(10));
    let request = Request { undo, ..Request::new(Uuid::now_v7(), row.id, ActionKind::Reply, "Да, можно") };
    let queued = house.engine.queue(request).await.unwrap();
    let shop = house.platforms.shops().iter().find(|shop| shop.channel == "ozon").unwrap().name.clone();
    let client = reqwest::Client::builder().build().unwrap();
    let body = serde_json::json!({"shop": shop, "conversation": row.remote_id.as_str(), "text": "И ещё вопрос!"});
    let answer = client
        .post(format!("{}/control/buyer", house.platforms.control_url().trim_end_matches('/')))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    house.engine.start(Work::Outbox);
    let settled = house.engine.settled(queued.id, Duration::from_secs(60)).await.unwrap();
    assert_eq!((settled.item.state, settled.item.reason.word()), (State::Held, "buyer_wrote"));
    assert_eq!(house.accepted("Да, можно"), 0);
    house.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_takes_hardly_longer_than_quotas_and_pace_allow() {
    let size = dragoman_simulator::Size { questions: 6_000, chats: 300, ..dragoman_simulator::Size::default() };
    let house = house(World { size, answer_back: false, ..World::default() }).await;
    let (before, begun) = (house.platforms.requests().len(), house.platforms.now());
    house.sync().await;
    let took = house.platforms.now().duration_since(begun).as_secs_f64();
    let requests = house.platforms.requests().split_off(before);
    let bound = |channel: Channel, quota: &str| {
        let made = requests.iter().filter(|request| request.channel == channel.word()).count() as f64;
        let quota = &RulePack::shipped(channel).unwrap().quotas[quota];
        // The bucket is full at first, and keeps one request back for an answer.
        (made - f64::from(quota.burst - 1)).max(0.0) * quota.interval_ms() as f64 / 1000.0
    };
    let bound = bound(Channel::Wildberries, "feedbacks").max(bound(Channel::Ozon, "all"));
    println!(
        "first sync: {} requests, {took:.1} s of virtual time, bound {bound:.1} s, ratio {:.3}",
        requests.len(),
        took / bound
    );
    assert!(bound > 10.0, "too small a world to tell");
    assert!(took <= bound * 1.1, "{took} s against {bound} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_simulated_time_no_shop_of_a_real_platform_is_connected() {
    let house = house(World::default()).await;
    let seed = house.platforms.shops().iter().find(|seed| seed.channel == "ozon").unwrap();
    let real = NewShop { base_url: None, ..connect(seed) };
    let error = house.engine.add_shop(real).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { field, .. } if field == "base_url"), "{error}");
    let change = ShopChange { base_url: Some(None), ..ShopChange::default() };
    let error = house.engine.set_shop(house.shops[0], change).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { field, .. } if field == "base_url"), "{error}");
}

/// A claim whose order lets the seller write first. The work in the background has begun: orders are looked up as the pace allows.
async fn claim_with_a_silent_buyer(house: &House) -> ConversationView {
    let filter = Filter { kind: Some(Kind::Claim), ..Filter::default() };
    for _ in 0..200 {
        for row in house.engine.conversations(filter, None, 500).await.unwrap().rows {
            let view = house.engine.conversation(row.id, None, 10).await.unwrap();
            if view.conversation.offers.iter().any(|offer| offer.effect == Effect::OpenChat) {
                return view;
            }
        }
        let clock = house.engine.clock();
        clock.sleep_until(clock.now() + SignedDuration::from_secs(10)).await;
    }
    panic!("no order of a claim lets the seller write first");
}

fn open_chat(view: &ConversationView) -> Request {
    let act = Act { name: "open_chat".to_owned(), fields: std::collections::BTreeMap::new() };
    Request { act: Some(act), ..Request::new(Uuid::now_v7(), view.conversation.row.id, ActionKind::Act, "") }
}

impl House {
    fn opened(&self) -> usize {
        self.platforms.accepted().iter().filter(|accepted| accepted.action == "start").count()
    }

    async fn chats_of(&self, order_no: &str) -> usize {
        let filter = Filter { kind: Some(Kind::Chat), ..Filter::default() };
        let mut chats = 0;
        for row in self.engine.conversations(filter, None, 500).await.unwrap().rows {
            chats +=
                usize::from(self.engine.conversation(row.id, None, 1).await.unwrap().conversation.order_no == order_no);
        }
        chats
    }
}

fn orders() -> World {
    let world = OzonWorld { claims: 40, cancellations: 40, ..OzonWorld::default() };
    World { ozon: OzonRules { world, ..OzonRules::default() }, ..World::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_opened_from_a_claim_once_and_can_be_written_in_at_once() {
    let house = house(orders()).await;
    for shop in &house.shops {
        house.engine.set_sending(*shop, true).await.unwrap();
    }
    house.engine.start(Work::All);
    let claim = claim_with_a_silent_buyer(&house).await;
    let (turn, order_no) = (claim.conversation.row.turn, claim.conversation.order_no.clone());
    let queued = house.engine.queue(open_chat(&claim)).await.unwrap();
    let settled = house.engine.settled(queued.id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(settled.item.state, State::Sent, "{:?}", settled.item);
    assert_eq!((house.opened(), house.chats_of(&order_no).await), (1, 1));
    let after = house.engine.conversation(claim.conversation.row.id, None, 10).await.unwrap();
    assert_eq!(after.conversation.row.turn, turn, "the claim is as undecided as it was");
    assert_eq!(after.conversation.settled, claim.conversation.settled);
    assert!(after.conversation.offers.iter().all(|offer| offer.effect != Effect::OpenChat), "there is a chat now");
    let again = house.engine.queue(open_chat(&claim)).await.unwrap_err();
    assert!(matches!(again, Error::OfferGone { .. }), "{again}");
    let clock = house.engine.clock();
    clock.sleep_until(clock.now() + SignedDuration::from_hours(2)).await;
    assert_eq!(house.chats_of(&order_no).await, 1, "the platform's list brings the same one");
    house.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_whose_opening_is_in_doubt_is_not_opened_again_without_a_person() {
    let house = house(orders()).await;
    for shop in &house.shops {
        house.engine.set_sending(*shop, true).await.unwrap();
    }
    house.engine.start(Work::All);
    let claim = claim_with_a_silent_buyer(&house).await;
    let when = Match { action: Some("start".to_owned()), ..Match::default() };
    let rule = Rule { when, fault: Fault::AcceptThenReset { after_bytes: 0 } };
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let plan = FaultPlan { seed: Some(1), rules: vec![rule] };
    let url = format!("{}/control/plan", house.platforms.control_url());
    assert!(http.post(url).json(&plan).send().await.unwrap().status().is_success());
    let queued = house.engine.queue(open_chat(&claim)).await.unwrap();
    let settled = house.engine.settled(queued.id, Duration::from_secs(60)).await.unwrap();
    assert!(matches!(settled.item.state, State::Sent | State::Held), "{:?}", settled.item);
    assert_eq!((house.opened(), settled.item.attempts), (1, 1));
    house.engine.stop().await;
}
