//! Every request of our connectors, on all ways they go.

use std::sync::Arc;

use dragoman_channels::clock::RemoteClock;
use dragoman_channels::http::install_tls;
use dragoman_domain::incoming::Incoming;
use dragoman_domain::outgoing::{ActionKind, Sent};
use dragoman_domain::{Channel, Direction};
use dragoman_simulator::ClockMode;

use crate::stage::{judge, shops, simulator};
use dragoman_tests::seller::{Brought, Seller, Time};

#[tokio::test]
async fn the_wildberries_connector_asks_as_specified() {
    asks_as_specified(Channel::Wildberries, 5).await;
}

#[tokio::test]
async fn the_ozon_connector_asks_as_specified() {
    asks_as_specified(Channel::Ozon, 9).await;
}

/// `operations` is how many methods of the platform the connector uses.
async fn asks_as_specified(channel: Channel, operations: usize) {
    install_tls();
    let simulator = simulator(ClockMode::Auto).await;
    let (seeds, proxy) = shops(&simulator, channel).await;
    let clock = Arc::new(RemoteClock::connect(&simulator.clock_url()).await.unwrap());
    for seed in &seeds {
        let seller = Seller::connect(seed, None, proxy.address(), Time::Simulated(Arc::clone(&clock)));
        seller.connector.check().await.unwrap();
        let brought = seller.pass(true).await;
        assert_eq!((brought.failures.len(), brought.unreadable), (0, 0), "{:?}", brought.failures);
        answer(&seller, &brought).await;
        assert!(seller.pass(false).await.failures.is_empty());
        for address in seller.look_up(&brought.conversations).await.unwrap().iter().take(3) {
            seller.connector.picture(address).await.unwrap();
        }
        for variant in seed.variants.keys() {
            let stranger = Seller::connect(seed, Some(variant), proxy.address(), Time::Simulated(Arc::clone(&clock)));
            // What a weak key may not do is the business of other tests; here its requests count.
            let _ = stranger.connector.check().await;
            let _ = stranger.look_up(&brought.conversations).await;
            stranger.pass(false).await;
        }
    }
    assert!(!simulator.accepted().is_empty());

    let mut verdict = judge(channel);
    verdict.both(&proxy.take());
    println!("{verdict}");
    assert_eq!(verdict.findings(), Vec::<String>::new());
    assert_eq!(verdict.covered(), operations, "methods that the connector uses");
}

/// Carries out every action on a fresh conversation of its own, and finds the texts again.
async fn answer(seller: &Seller, brought: &Brought) {
    let mut open: Vec<&Incoming> = brought.conversations.values().filter(|one| awaits_answer(one)).collect();
    open.sort_by_key(|conversation| conversation.messages.iter().map(|message| message.sent_at).max());
    for rules in seller.connector.capabilities().kinds.iter().flat_map(|kind| &kind.actions) {
        let conversation = open.pop().expect("enough conversations await an answer");
        if rules.action == ActionKind::Edit {
            accepted(seller.send(ActionKind::Reply, conversation, "Здравствуйте! Да.").await);
        }
        let text =
            if rules.text.is_some() { "Здравствуйте! Проверили: подойдёт." } else { "" };
        accepted(seller.send(rules.action, conversation, text).await);
        if rules.text.is_some() {
            // The simulated moderation decides within a second.
            seller.rest(5).await;
            assert!(seller.reads_back(conversation, text).await.unwrap(), "{} is not shown", rules.action);
        }
    }
}

fn accepted(sent: Sent) {
    assert!(matches!(sent, Sent::Yes { .. } | Sent::Unknown { .. }), "{sent:?}");
}

fn awaits_answer(conversation: &Incoming) -> bool {
    let newest = conversation.messages.iter().max_by_key(|message| message.sent_at);
    newest.is_some_and(|message| message.direction == Direction::In) && conversation.facts.closed != Some(true)
}
