//! A connector on its own line to a peer that may answer anything, in a time in which there is always pace left.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dragoman_channels::clock::Clock;
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Known, Settings, connect};
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Kind, RemoteId, ShopId, Timestamp};
use dragoman_simulator::ShopSeed;

/// Stands still for everything that is compared, and runs an hour ahead each time pace is measured.
struct Unhurried {
    now: Timestamp,
    hours: AtomicU64,
}

#[async_trait]
impl Clock for Unhurried {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn tick(&self) -> Duration {
        Duration::from_secs(3_600 * self.hours.fetch_add(1, Ordering::Relaxed))
    }

    async fn sleep_until(&self, _until: Timestamp) {}
}

struct Nothing;

#[async_trait]
impl Known for Nothing {
    async fn marks(&self, _kind: Kind, _threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        HashMap::new()
    }
}

/// A shop's connector with another base address.
pub(crate) struct Line {
    pub(crate) channel: Channel,
    pub(crate) connector: Arc<dyn Connector>,
}

impl Line {
    pub(crate) fn new(seed: &ShopSeed, base: &str, now: Timestamp) -> Self {
        let channel: Channel = seed.channel.parse().unwrap();
        let settings = Settings {
            shop: ShopId(1),
            fields: seed.fields.clone(),
            secrets: seed
                .secrets
                .iter()
                .map(|(name, secret)| (name.clone(), Credential::new(secret.clone())))
                .collect(),
            base_url: Some(base.to_owned()),
            proxy: None,
        };
        let clock = Arc::new(Unhurried { now, hours: AtomicU64::new(1) });
        let connector = connect(channel, settings, RulePack::shipped(channel).unwrap(), clock).unwrap();
        Self { channel, connector }
    }

    /// The stream of what awaits an answer: chats on Ozon, questions on Wildberries.
    pub(crate) async fn step(&self, cursor: &Cursor) -> Result<Page, Failure> {
        let stream = if self.channel == Channel::Ozon { "chats_unread" } else { "questions_unanswered" };
        self.connector.step(stream, cursor, &Ask { known: &Nothing, deep: false }).await
    }

    pub(crate) fn kind(&self) -> Kind {
        if self.channel == Channel::Ozon { Kind::Chat } else { Kind::Question }
    }

    pub(crate) async fn thread(&self, conversation: &str) -> Result<Thread, Failure> {
        self.connector.thread(self.kind(), &RemoteId(conversation.to_owned()), &Watermark::default()).await
    }

    pub(crate) async fn send(&self, conversation: &str) -> Sent {
        let outgoing = Outgoing {
            action: ActionKind::Reply,
            kind: self.kind(),
            conversation: RemoteId(conversation.to_owned()),
            text: "Да, подойдёт.".to_owned(),
            last_in: None,
            target: None,
            product: String::new(),
            order_no: String::new(),
            act: None,
            files: Vec::new(),
        };
        self.connector.send(&outgoing).await
    }
}

/// Secrets of the seeds, by name, to look for where they do not belong.
pub(crate) fn secrets(seeds: &[ShopSeed]) -> BTreeMap<String, String> {
    let named = |seed: &ShopSeed| {
        let name = seed.name.clone();
        seed.secrets
            .iter()
            .map(move |(field, secret)| (format!("{field} of {name}"), secret.clone()))
            .collect::<Vec<_>>()
    };
    seeds.iter().flat_map(named).collect()
}
