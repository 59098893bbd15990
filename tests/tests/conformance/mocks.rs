//! Our connectors against a mock that plays the examples of the specification, the same ones for ever.

use std::collections::BTreeSet;
use std::sync::Arc;

use dragoman_channels::Failure;
use dragoman_channels::clock::ManualClock;
use dragoman_channels::http::install_tls;
use dragoman_domain::outgoing::{ActionKind, Sent};
use dragoman_domain::{Channel, Kind};
use dragoman_simulator::{ClockMode, ShopSeed};
use dragoman_tests::mock::Mock;
use dragoman_tests::proxy::Proxy;
use serde_json::{Value, json};

use crate::stage::{document, judge, shops, simulator};
use dragoman_tests::seller::{Brought, Seller, Time};

pub(crate) const TEXT: &str = "Здравствуйте! Этот ответ не должен потеряться.";

/// What the examples lack for a seller who talks to buyers. Nothing of it changes the schema of an answer.
fn overlay(channel: Channel, document: &mut Value) {
    if channel == Channel::Wildberries {
        // Asked for the question of the list, the mock would give another one.
        let listed = example(document, "/api/v1/questions", "get")["data"]["questions"][0].clone();
        example(document, "/api/v1/question", "get")["data"] = listed;
        return;
    }
    // The contract asks for `{}` where the specification declares no body, and the mock takes the specification's word.
    for path in ["/v1/question/count", "/v1/roles", "/v1/seller/info"] {
        document["paths"][path]["post"]["requestBody"] =
            json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
    }
    example(document, "/v1/roles", "post")["roles"] =
        json!([{ "name": "Admin", "methods": ["/v1", "/v2", "/v3", "/v4"] }]);
    *example(document, "/v1/seller/info", "post") =
        json!({ "company": { "name": "Example" }, "subscription": { "type": "PREMIUM_PLUS" } });
    // Where there is no example the mock makes one up, with counts below zero.
    let review = json!({
        "id": "018f2ad1-7d9b-7c4e-8f4d-3b8a6c1e9d20", "sku": 148313766, "text": "Спасибо", "rating": 5, "status": "NEW",
        "published_at": "2019-08-24T14:15:22Z", "order_status": "DELIVERED", "is_rating_participant": true,
        "comments_amount": 0, "photos_amount": 0, "videos_amount": 0,
    });
    *example(document, "/v2/review/list", "post") =
        json!({ "reviews": [review], "has_next": true, "last_id": "018f2ad1-7d9b-7c4e-8f4d-3b8a6c1e9d20" });
    *example(document, "/v2/review/info", "post") = review;
    *example(document, "/v2/review/count", "post") = json!({ "total": 1, "new": 1, "viewed": 0, "processed": 0 });
    *example(document, "/v1/review/comment/list", "post") = json!({ "comments": [], "offset": 0 });
    // The only chat of the example is one with Ozon's support.
    example(document, "/v3/chat/list", "post")["chats"][0]["chat"]["chat_type"] = json!("BUYER_SELLER");
}

fn example<'a>(document: &'a mut Value, path: &str, method: &str) -> &'a mut Value {
    &mut document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"]
}

/// A platform that is nothing but its specification.
pub(crate) struct Mocked {
    /// A shop with a key that looks real; the mock takes any.
    pub seed: ShopSeed,
    pub clock: Arc<ManualClock>,
    /// Stands before the mock.
    pub proxy: Proxy,
    pub _mock: Mock,
}

pub(crate) async fn mocked(channel: Channel) -> Mocked {
    install_tls();
    let mut document = document(channel);
    overlay(channel, &mut document);
    let mock = Mock::start(&document).await.unwrap();
    let proxy = Proxy::start(mock.address()).await.unwrap();
    let simulator = simulator(ClockMode::Manual).await;
    let (mut seeds, _) = shops(&simulator, channel).await;
    // Buyers' chats may be answered for two days, and the buyer of the example wrote in 2019.
    let now = if channel == Channel::Ozon { "2019-08-24T18:00:00Z".parse().unwrap() } else { simulator.now() };
    Mocked { seed: seeds.remove(0), clock: Arc::new(ManualClock::new(now)), proxy, _mock: mock }
}

/// A pass and a reply of each kind; tells how the pass ended.
async fn works_with(channel: Channel) -> Brought {
    let Mocked { seed, clock, proxy, _mock } = mocked(channel).await;
    let seller = Seller::connect(&seed, None, proxy.address(), Time::OurOwn(clock));
    seller.connector.check().await.unwrap();
    let brought = seller.pass(true).await;
    println!("{channel}: {} conversations, {} items set aside", brought.conversations.len(), brought.unreadable);
    for (stream, failure) in &brought.failures {
        println!("  {stream} stopped: {failure}");
    }
    let mut replied = BTreeSet::new();
    for kind in &seller.connector.capabilities().kinds {
        let offers_reply = kind.actions.iter().any(|rules| rules.action == ActionKind::Reply);
        let of_kind = brought.conversations.values().filter(|conversation| conversation.kind == kind.kind);
        let first = of_kind.min_by(|a, b| a.remote_id.cmp(&b.remote_id));
        let Some(conversation) = first.filter(|_| offers_reply) else { continue };
        let sent = seller.send(ActionKind::Reply, conversation, TEXT).await;
        assert!(matches!(sent, Sent::Yes { .. } | Sent::Unknown { .. }), "{}: {sent:?}", kind.kind);
        let read = seller.reads_back(conversation, TEXT).await;
        println!("  reply to a {}: {sent:?}, read back: {read:?}", kind.kind);
        assert!(!matches!(read, Ok(true)), "a mock cannot know our text");
        replied.insert(kind.kind);
    }
    assert!(replied.is_superset(&[Kind::Question, Kind::Review, Kind::Chat].into()), "{replied:?}");
    let _ = seller.look_up(&brought.conversations).await;

    let exchanges = proxy.take();
    let mut verdict = judge(channel);
    verdict.requests(&exchanges);
    println!("{verdict}");
    assert_eq!(verdict.findings(), Vec::<String>::new());
    for exchange in &exchanges {
        assert_eq!(exchange.complaints(), Vec::<String>::new(), "{} {}", exchange.method, exchange.path);
    }
    brought
}

#[tokio::test]
async fn a_pass_over_a_mocked_wildberries_comes_to_an_end() {
    let brought = works_with(Channel::Wildberries).await;
    assert!(brought.failures.values().all(is_endless), "{:?}", brought.failures);
}

#[tokio::test]
async fn a_pass_over_a_mocked_ozon_says_that_the_paging_never_ends() {
    let brought = works_with(Channel::Ozon).await;
    assert!(!brought.failures.is_empty() && brought.failures.values().all(is_endless), "{:?}", brought.failures);
}

fn is_endless(failure: &Failure) -> bool {
    matches!(failure, Failure::Endless { .. })
}
