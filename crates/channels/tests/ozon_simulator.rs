//! The Ozon connector against the simulated Ozon: a pass over everything, an answer, and the look-ups around it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use dragoman_channels::clock::{Clock, ManualClock};
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Known, Settings, Wanted, connect};
use dragoman_domain::incoming::{Cursor, Facts, IncomingMessage};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Direction, Kind, RemoteId, ShopId, SignedDuration};
use dragoman_simulator::{ClockMode, Options, OzonRules, Running, ShopSeed, Simulator, Size};

#[derive(Default)]
struct Marks(Mutex<HashMap<RemoteId, String>>);

#[async_trait]
impl Known for Marks {
    async fn marks(&self, _: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        let marks = self.0.lock().unwrap();
        threads.iter().filter_map(|id| Some((id.clone(), marks.get(id)?.clone()))).collect()
    }
}

struct Shop {
    simulator: Running,
    seed: ShopSeed,
    connector: Arc<dyn Connector>,
    clock: Arc<ManualClock>,
    marks: Marks,
    chats: BTreeMap<RemoteId, (Facts, BTreeMap<RemoteId, IncomingMessage>)>,
    /// Chats with Ozon's people, and its news.
    others: usize,
    unreadable: usize,
}

fn connector(seed: &ShopSeed, secrets: &BTreeMap<String, String>, clock: Arc<ManualClock>) -> Arc<dyn Connector> {
    let settings = Settings {
        shop: ShopId(1),
        fields: seed.fields.clone(),
        secrets: secrets.iter().map(|(name, secret)| (name.clone(), Credential::new(secret.as_str()))).collect(),
        base_url: Some(seed.base_url.clone()),
        proxy: None,
    };
    connect(Channel::Ozon, settings, RulePack::shipped(Channel::Ozon).unwrap(), clock).unwrap()
}

impl Shop {
    /// Our pace is kept on a clock of our own, so that a pass takes no real time; the platform's stands still.
    async fn open(subscription: &str) -> Self {
        let start = "2026-11-22T10:00:00Z".parse().unwrap();
        let options = Options {
            size: Size { chats: 120, ..Size::default() },
            clock: ClockMode::Manual,
            start: Some(start),
            quotas: false,
            ozon: OzonRules { subscription: subscription.to_owned(), ..OzonRules::default() },
            ..Options::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        let seed = simulator.shops().iter().find(|shop| shop.channel == "ozon").unwrap().clone();
        let clock = Arc::new(ManualClock::new(start));
        let connector = connector(&seed, &seed.secrets, Arc::clone(&clock));
        Self {
            simulator,
            seed,
            connector,
            clock,
            marks: Marks::default(),
            chats: BTreeMap::new(),
            others: 0,
            unreadable: 0,
        }
    }

    /// A pass over a stream; gives the number of steps.
    async fn pass(&mut self, stream: &str) -> Result<usize, Failure> {
        let (mut cursor, mut steps) = (Cursor::default(), 0);
        loop {
            self.clock.advance(Duration::from_millis(200));
            let ask = Ask { known: &self.marks, deep: true };
            let page = match self.connector.step(stream, &cursor, &ask).await {
                Ok(page) => page,
                Err(Failure::Wait { until, .. }) => {
                    self.clock.advance_to(until);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            steps += 1;
            self.unreadable += page.unreadable.len();
            for conversation in page.conversations {
                if conversation.kind != Kind::Chat {
                    if let Some(mark) = conversation.mark {
                        let known = self.marks.0.lock().unwrap().insert(conversation.remote_id, mark);
                        self.others += usize::from(known.is_none());
                    }
                    continue;
                }
                let (facts, messages) = self.chats.entry(conversation.remote_id.clone()).or_default();
                if conversation.facts.status.is_some() {
                    *facts = conversation.facts;
                }
                messages.extend(conversation.messages.into_iter().map(|message| (message.remote_id.clone(), message)));
                if let Some(mark) = conversation.mark {
                    self.marks.0.lock().unwrap().insert(conversation.remote_id, mark);
                }
            }
            cursor = page.next;
            if !page.more {
                return Ok(steps);
            }
        }
    }

    /// A chat whose buyer wrote last, within the platform's window.
    fn awaiting(&self) -> (RemoteId, IncomingMessage) {
        let now = self.clock.now();
        let last = |messages: &BTreeMap<RemoteId, IncomingMessage>| {
            messages.values().max_by_key(|message| message.sent_at).cloned()
        };
        let mut waiting = self.chats.iter().filter_map(|(id, (_, messages))| Some((id.clone(), last(messages)?)));
        let recent = SignedDuration::from_hours(40);
        waiting
            .find(|(_, last)| last.direction == Direction::In && now.duration_since(last.sent_at) < recent)
            .expect("the demo world has a fresh question")
    }
}

#[tokio::test]
async fn a_pass_an_answer_and_a_second_pass() {
    let mut shop = Shop::open("PREMIUM_PLUS").await;
    let checked = shop.connector.check().await.unwrap();
    assert_eq!(Some(&checked.seller), shop.seed.fields.get("client_id"));
    for feature in ["chats", "products", "orders_fbs", "orders_fbo"] {
        assert!(checked.standing.features[feature].open, "{feature}: {:?}", checked.standing);
    }

    shop.pass("chats_unread").await.unwrap();
    assert!(!shop.chats.is_empty());
    shop.pass("chats").await.unwrap();
    assert_eq!((shop.chats.len(), shop.unreadable), (120, 0));
    assert!(shop.others > 0, "support and news came along");
    assert_eq!(shop.marks.0.lock().unwrap().len(), 120 + shop.others);
    let texts =
        || shop.chats.values().flat_map(|(_, messages)| messages.values()).map(|message| message.text.to_lowercase());
    assert!(texts().any(|text| text.contains("возврат")) && texts().any(|text| text.contains("退货")));
    assert!(texts().all(|text| !text.contains("errortext") && !text.contains("](")), "labels and markup are gone");

    let (chat, question) = shop.awaiting();
    let since = Watermark { last_in: Some(question.remote_id.clone()), ..Watermark::default() };
    let outgoing = |action| Outgoing {
        last_in: Some(question.remote_id.clone()),
        ..Outgoing::new(action, Kind::Chat, chat.clone(), "Здравствуйте! Отправим завтра 🙂".to_owned())
    };
    for action in [ActionKind::Read, ActionKind::Reply] {
        shop.clock.advance(Duration::from_secs(1));
        let sent = shop.connector.send(&outgoing(action)).await;
        assert!(matches!(sent, Sent::Yes { .. }), "{action}: {sent:?}");
    }
    let accepted = shop.simulator.accepted();
    let accepted: Vec<_> =
        accepted.iter().map(|write| (write.action.as_str(), write.target.as_str(), write.text.as_deref())).collect();
    assert_eq!(
        accepted,
        [("read", chat.as_str(), None), ("reply", chat.as_str(), Some("Здравствуйте! Отправим завтра 🙂"))]
    );

    shop.clock.advance(Duration::from_secs(1));
    let thread = shop.connector.thread(Kind::Chat, &chat, &since).await.unwrap();
    assert!(thread.complete);
    let own = thread.conversation.messages.iter().filter(|message| message.direction == Direction::Out);
    assert_eq!(own.filter(|message| message.text == "Здравствуйте! Отправим завтра 🙂").count(), 1);

    let before: usize = shop.chats.values().map(|(_, messages)| messages.len()).sum();
    let steps = shop.pass("chats").await.unwrap();
    let after: usize = shop.chats.values().map(|(_, messages)| messages.len()).sum();
    assert_eq!(after, before + 1, "the second pass brings our answer and nothing twice");
    assert!(steps < 10, "unchanged chats are not read again: {steps} steps");
}

#[tokio::test]
async fn products_and_orders_of_the_chats_are_found() {
    let mut shop = Shop::open("PREMIUM_PLUS").await;
    shop.pass("chats").await.unwrap();
    let facts = || shop.chats.values().map(|(facts, _)| facts);
    let products: BTreeSet<String> = facts().filter_map(|facts| Some(facts.product.as_ref()?.key.clone())).collect();
    let orders: BTreeSet<String> = facts().filter_map(|facts| facts.order_no.clone()).collect();
    assert!(!products.is_empty() && !orders.is_empty(), "some chats name what they are about");

    shop.clock.advance(Duration::from_secs(5));
    let wanted = Wanted { products: products.iter().cloned().collect(), orders: Vec::new() };
    let found = shop.connector.look_up(&wanted).await.unwrap();
    assert_eq!(found.products.len() + found.unknown_products.len(), products.len());
    let pictured = found.products.iter().find(|product| !product.picture.is_empty()).expect("a product with a picture");
    assert!(!pictured.name.is_empty());
    let picture = shop.connector.picture(&pictured.picture).await.unwrap();
    assert!(picture.mime.starts_with("image/"));

    shop.clock.advance(Duration::from_secs(5));
    let wanted = Wanted { products: Vec::new(), orders: orders.iter().take(50).cloned().collect() };
    let found = shop.connector.look_up(&wanted).await.unwrap();
    assert!(!found.orders.is_empty());
    assert!(found.orders.iter().all(|order| !order.status.is_empty() && wanted.orders.contains(&order.number)));
}

#[tokio::test]
async fn a_shop_without_the_subscription_is_told_so() {
    let mut shop = Shop::open("PREMIUM").await;
    let standing = shop.connector.check().await.unwrap().standing;
    assert_eq!(standing.features["chats"].code, "subscription_missing");
    assert!(standing.features["products"].open);
    let failure = shop.pass("chats").await.unwrap_err();
    assert!(matches!(&failure, Failure::Closed { code, .. } if code == "subscription_missing"), "{failure}");
}

#[tokio::test]
async fn a_wrong_key_is_a_matter_of_the_key() {
    let shop = Shop::open("PREMIUM_PLUS").await;
    let secrets = BTreeMap::from([("api_key".to_owned(), "00000000-0000-0000-0000-000000000000".to_owned())]);
    let stranger = connector(&shop.seed, &secrets, Arc::clone(&shop.clock));
    let failure = stranger.check().await.unwrap_err();
    assert!(matches!(&failure, Failure::Key { code, .. } if code == "token_refused"), "{failure}");
}
