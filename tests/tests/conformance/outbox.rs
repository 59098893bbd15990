//! A reply to a platform that takes everything and shows nothing of it: the text has to stay.

use std::sync::Arc;
use std::time::Duration;

use dragoman_channels::clock::ManualClock;
use dragoman_domain::outbox::State;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{Channel, Kind, SignedDuration};
use dragoman_engine::outbox::Request;
use dragoman_engine::shops::NewShop;
use dragoman_engine::sync::{StreamReport, SyncRequest};
use dragoman_engine::{Engine, Options, Work};
use dragoman_secrets::{Preference, Secret};
use dragoman_simulator::ShopSeed;
use dragoman_store::inbox::Filter;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::mocks::{Mocked, TEXT, mocked};

/// Longest that a test waits for an outcome, in real time.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test]
async fn a_reply_that_a_mocked_wildberries_never_shows_is_kept_with_its_text() {
    let (reports, state) = replied(Channel::Wildberries).await;
    assert!(reports.iter().all(|report| report.problem.is_none()), "{reports:?}");
    assert!(matches!(state, State::Unknown | State::Held), "{state}");
}

#[tokio::test]
async fn a_reply_that_a_mocked_ozon_never_shows_is_kept_with_its_text() {
    let (reports, state) = replied(Channel::Ozon).await;
    let problems: Vec<&str> =
        reports.iter().filter_map(|report| report.problem.as_ref()).map(|problem| problem.code.as_str()).collect();
    assert!(!problems.is_empty() && problems.iter().all(|code| *code == "paging_endless"), "{problems:?}");
    // Its success is proof by the contract, so there is nothing to hold.
    assert!(matches!(state, State::Sent | State::Unknown | State::Held), "{state}");
}

/// Connects, reads everything, replies once; tells how reading went and where the reply stands.
async fn replied(channel: Channel) -> (Vec<StreamReport>, State) {
    let Mocked { seed, clock, proxy, _mock } = mocked(channel).await;
    let home = tempfile::tempdir().unwrap();
    let options = Options {
        home: home.path().to_owned(),
        keys: Preference::Memory,
        clock: Arc::clone(&clock) as _,
        undo: SignedDuration::ZERO,
    };
    let engine = Engine::open(options).await.unwrap();
    // A pass that rests for minutes begins anew, so time must not run away from it.
    let time = passing(&clock, Duration::from_millis(100));
    let shop = engine.add_shop(shop(&seed, proxy.address())).await.unwrap().shop.id;
    engine.set_sending(shop, true).await.unwrap();
    let (progress, _listener) = tokio::sync::mpsc::unbounded_channel();
    let reports = engine.sync(SyncRequest { shops: vec![shop], deep: true }, progress).await.unwrap();

    let kind = if channel == Channel::Wildberries { Kind::Question } else { Kind::Chat };
    let filter = Filter { kind: Some(kind), ..Filter::default() };
    let rows = engine.conversations(filter, None, 10).await.unwrap().rows;
    let conversation = rows.first().expect("the examples hold a conversation").id;
    let request = Request::new(Uuid::from_u128(1), conversation, ActionKind::Reply, TEXT);
    let queued = engine.queue(request).await.unwrap();
    time.abort();
    // Now hours of looking for the reply may take a moment.
    let time = passing(&clock, Duration::from_secs(2));
    engine.start(Work::Outbox);
    let view = engine.settled(queued.id, PATIENCE).await.unwrap();
    println!("{channel}: {} {}, {} attempts", view.item.state, view.item.reason, view.item.attempts);
    assert_eq!(view.item.text, TEXT);
    // An answer on Wildberries may be set again once it has been looked for in vain; a chat message never.
    let most = if channel == Channel::Wildberries { 2 } else { 1 };
    assert!((1..=most).contains(&view.item.attempts), "{} attempts", view.item.attempts);
    engine.stop().await;
    time.abort();
    (reports, view.item.state)
}

fn shop(seed: &ShopSeed, address: &str) -> NewShop {
    NewShop {
        channel: seed.channel.parse().unwrap(),
        name: seed.name.clone(),
        fields: seed.fields.clone(),
        secrets: seed.secrets.iter().map(|(name, secret)| (name.clone(), Secret::from(secret.clone()))).collect(),
        base_url: Some(address.to_owned()),
        proxy: None,
    }
}

/// Time of which so much passes in each millisecond that the machine finds for it.
fn passing(clock: &Arc<ManualClock>, at_once: Duration) -> JoinHandle<()> {
    let clock = Arc::clone(clock);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            clock.advance(at_once);
        }
    })
}
