//! What every test here stands on: a small simulated world with one shop of a platform, and a person who works with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dragoman_channels::clock::RemoteClock;
use dragoman_channels::http::install_tls;
use dragoman_domain::incoming::Incoming;
use dragoman_domain::{Channel, Direction, Kind};
use dragoman_simulator::{Accepted, ClockMode, Fault, FaultPlan, Match, Options, Running, ShopSeed, Simulator, Size};
use dragoman_tests::seller::{Brought, Seller, Time};

pub(crate) const SEED: u64 = 77;

pub(crate) struct Stand {
    pub(crate) simulator: Running,
    pub(crate) shop: ShopSeed,
    clock: Arc<RemoteClock>,
}

impl Stand {
    pub(crate) async fn of(channel: Channel) -> Self {
        Self::with(channel, |_| {}).await
    }

    pub(crate) async fn with(channel: Channel, change: impl FnOnce(&mut Options)) -> Self {
        install_tls();
        let mut options = Options {
            seed: SEED,
            clock: ClockMode::Auto,
            start: Some("2026-11-22T09:00:00Z".parse().unwrap()),
            size: Size { questions: 30, chats: 30, products: 8, answered: 0.4, ..Size::default() },
            ..Options::default()
        };
        change(&mut options);
        let simulator = Simulator::start(options).await.unwrap();
        let shop = simulator.shops().iter().find(|shop| shop.channel == channel.word()).unwrap().clone();
        let clock = Arc::new(RemoteClock::connect(&simulator.clock_url()).await.unwrap());
        Self { simulator, shop, clock }
    }

    /// A process of its own: it knows nothing but the key.
    pub(crate) fn seller(&self) -> Seller {
        self.seller_with(None)
    }

    pub(crate) fn seller_with(&self, variant: Option<&str>) -> Seller {
        Seller::connect(&self.shop, variant, &self.shop.base_url, Time::Simulated(Arc::clone(&self.clock)))
    }

    /// Puts rules in force; none = all goes well.
    pub(crate) async fn plan(&self, rules: Vec<(Match, Fault)>) {
        let rules = rules.into_iter().map(|(when, fault)| dragoman_simulator::Rule { when, fault }).collect();
        let plan = FaultPlan { seed: Some(SEED), rules };
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let url = format!("{}/control/plan", self.simulator.control_url());
        let answer = http.post(url).json(&plan).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// What this shop's platform has accepted.
    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        self.simulator.accepted().into_iter().filter(|write| write.shop == self.shop.name).collect()
    }
}

/// Kind, conversation, message: what a person would miss if it were not there.
pub(crate) type Place = (Kind, String, String);

/// Everything that a pass brought, with how the message reads.
pub(crate) fn messages(brought: &Brought) -> BTreeMap<Place, String> {
    let mut all = BTreeMap::new();
    for conversation in brought.conversations.values() {
        for message in &conversation.messages {
            let place = (conversation.kind, conversation.remote_id.to_string(), message.remote_id.to_string());
            all.insert(place, message.text.clone());
        }
    }
    all
}

/// The conversations of a pass by kind.
pub(crate) fn by_kind(brought: &Brought) -> BTreeMap<Kind, BTreeSet<String>> {
    let mut kinds: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for conversation in brought.conversations.values() {
        kinds.entry(conversation.kind).or_default().insert(conversation.remote_id.to_string());
    }
    kinds
}

/// Whether the other side wrote last and the platform still takes an answer.
pub(crate) fn awaits_answer(conversation: &Incoming) -> bool {
    let newest = conversation.messages.iter().max_by_key(|message| message.sent_at);
    newest.is_some_and(|message| message.direction == Direction::In) && conversation.facts.closed != Some(true)
}

/// A match of requests that only read.
pub(crate) fn reads() -> Match {
    Match { probability: Some(0.15), ..Match::default() }
}
