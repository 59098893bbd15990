//! Wildberries tells the events of all chats in one feed. One that does not even say whose it is may be the answer that is looked for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::sync::Arc;

use dragoman_channels::clock::{Clock as _, RemoteClock};
use dragoman_domain::incoming::Thread;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Sent};
use dragoman_domain::{Direction, Kind, RemoteId};
use dragoman_simulator::{Damage, Fault, FaultPlan, Match, Simulator};
use dragoman_tests::house::world;
use dragoman_tests::seller::{Seller, Time};

const TEXT: &str = "Проверим и ответим завтра.";

async fn read_again(seller: &Seller, clock: &RemoteClock, chat: &RemoteId, mark: &Watermark) -> Thread {
    loop {
        match seller.connector.thread(Kind::Chat, chat, mark).await {
            Err(dragoman_channels::Failure::Wait { until, .. }) => clock.sleep_until(until).await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test]
async fn an_event_that_does_not_say_whose_it_is_leaves_a_gap_that_is_read_again() {
    for fault in [Fault::BadItem, Fault::BrokenBody { how: Damage::NullItem }] {
        dragoman_channels::http::install_tls();
        let platforms = Simulator::start(world(7)).await.unwrap();
        let shop = platforms.shops().iter().find(|shop| shop.channel == "wildberries").unwrap().clone();
        let clock = Arc::new(RemoteClock::connect(&platforms.clock_url()).await.unwrap());
        let seller = Seller::connect(&shop, None, &shop.base_url, Time::Simulated(Arc::clone(&clock)));
        let brought = seller.pass(false).await;
        let chats = brought.conversations.values().filter(|thread| thread.kind == Kind::Chat);
        let newest = |direction| {
            move |thread: &&dragoman_domain::incoming::Incoming| {
                thread
                    .messages
                    .iter()
                    .filter(|message| message.direction == direction)
                    .map(|message| message.sent_at)
                    .max()
            }
        };
        // The buyer wrote last, so that one event stands before ours in what is read again.
        let chat = chats.max_by_key(newest(Direction::In)).unwrap().clone();
        let last = chat.messages.iter().max_by_key(|message| message.sent_at).unwrap();
        let mark = Watermark { last_in: Some(last.remote_id.clone()), last_own: Some(last.remote_id.clone()), own: 1 };
        assert!(matches!(seller.send(ActionKind::Reply, &chat, TEXT).await, Sent::Yes { .. }));
        let ours = |thread: &Thread| thread.conversation.messages.iter().any(|message| message.text == TEXT);

        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let plan = |plan: FaultPlan| http.post(format!("{}/control/plan", platforms.control_url())).json(&plan).send();
        let when = Match { path: Some("/api/v1/seller/events".into()), ..Match::default() };
        plan(FaultPlan::one(when, fault.clone())).await.unwrap();
        let passed_over = read_again(&seller, &clock, &chat.remote_id, &mark).await;
        assert!(passed_over.gaps, "{fault:?}: {passed_over:?}");

        plan(FaultPlan::default()).await.unwrap();
        let whole = read_again(&seller, &clock, &chat.remote_id, &mark).await;
        assert_eq!((ours(&whole), whole.gaps, whole.complete), (true, false, true), "{fault:?}: {whole:?}");
    }
}
