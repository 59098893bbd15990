//! A shop behind one of our connectors, and a person who works with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dragoman_channels::clock::{Clock, ManualClock, RemoteClock};
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Known, Settings, Wanted, connect};
use dragoman_domain::incoming::{Cursor, Incoming};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Direction, Kind, RemoteId, ShopId, SignedDuration, Timestamp};
use dragoman_simulator::ShopSeed;

/// More steps than any of our worlds needs; a stream that takes more does not end.
const MANY: usize = 2_000;

/// Whose time it is.
pub(crate) enum Time {
    Simulated(Arc<RemoteClock>),
    OurOwn(Arc<ManualClock>),
}

impl Time {
    fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Simulated(clock) => Arc::clone(clock) as Arc<dyn Clock>,
            Self::OurOwn(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }

    async fn rest(&self, until: Timestamp) {
        match self {
            Self::Simulated(clock) => clock.sleep_until(until).await,
            Self::OurOwn(clock) => clock.advance_to(until),
        }
    }
}

#[derive(Default)]
struct Marks(Mutex<HashMap<RemoteId, String>>);

#[async_trait]
impl Known for Marks {
    async fn marks(&self, _: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        let marks = self.0.lock().unwrap();
        threads.iter().filter_map(|id| Some((id.clone(), marks.get(id)?.clone()))).collect()
    }
}

/// What a pass over all streams brought.
#[derive(Default)]
pub(crate) struct Brought {
    pub conversations: HashMap<RemoteId, Incoming>,
    pub unreadable: usize,
    /// By stream.
    pub failures: HashMap<String, Failure>,
}

pub(crate) struct Seller {
    pub connector: Arc<dyn Connector>,
    time: Time,
    marks: Marks,
}

impl Seller {
    /// Connects a shop at an address of ours, with its good key or one of the others.
    pub(crate) fn connect(seed: &ShopSeed, variant: Option<&str>, address: &str, time: Time) -> Self {
        let channel: Channel = seed.channel.parse().unwrap();
        let secrets = variant.map_or(&seed.secrets, |variant| &seed.variants[variant]);
        let settings = Settings {
            shop: ShopId(1),
            fields: seed.fields.clone(),
            secrets: secrets.iter().map(|(name, secret)| (name.clone(), Credential::new(secret.clone()))).collect(),
            base_url: Some(address.to_owned()),
            proxy: None,
        };
        let connector = connect(channel, settings, RulePack::shipped(channel).unwrap(), time.clock()).unwrap();
        Self { connector, time, marks: Marks::default() }
    }

    /// Lets virtual seconds pass.
    pub(crate) async fn rest(&self, seconds: i64) {
        self.time.rest(self.time.clock().now() + SignedDuration::from_secs(seconds)).await;
    }

    /// All streams to their ends, resting as often as the connector asks for it.
    pub(crate) async fn pass(&self, deep: bool) -> Brought {
        let mut brought = Brought::default();
        for stream in &self.connector.capabilities().streams {
            if let Err(failure) = self.stream(&stream.name, deep, &mut brought).await {
                brought.failures.insert(stream.name.clone(), failure);
            }
        }
        brought
    }

    async fn stream(&self, name: &str, deep: bool, brought: &mut Brought) -> Result<(), Failure> {
        let mut cursor = Cursor::default();
        for _ in 0..MANY {
            let ask = Ask { known: &self.marks, deep };
            let page = match self.connector.step(name, &cursor, &ask).await {
                Ok(page) => page,
                Err(Failure::Wait { until, .. }) => {
                    self.time.rest(until).await;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            brought.unreadable += page.unreadable.len();
            for conversation in page.conversations {
                let mark = conversation.mark.clone().map(|mark| (conversation.remote_id.clone(), mark));
                self.marks.0.lock().unwrap().extend(mark);
                let known = brought.conversations.entry(conversation.remote_id.clone());
                known.and_modify(|known| known.messages.extend(conversation.messages.clone())).or_insert(conversation);
            }
            if !page.more {
                return Ok(());
            }
            cursor = page.next;
        }
        panic!("{name} has taken {MANY} steps and no end is in sight");
    }

    /// Carries out an action, resting as often as the platform asks for it.
    pub(crate) async fn send(&self, action: ActionKind, to: &Incoming, text: &str) -> Sent {
        let newest = to.messages.iter().filter(|message| message.direction == Direction::In);
        let last_in = newest.max_by_key(|message| message.sent_at).map(|message| message.remote_id.clone());
        let conversation = to.remote_id.clone();
        let outgoing = Outgoing { last_in, ..Outgoing::new(action, to.kind, conversation, text.to_owned()) };
        for _ in 0..MANY {
            match self.connector.send(&outgoing).await {
                Sent::No(Refusal::Throttled { retry_at: Some(at) }) => self.time.rest(at).await,
                sent => return sent,
            }
        }
        panic!("{action} is put off for ever");
    }

    /// Whether the conversation, read again, holds this text as ours.
    pub(crate) async fn reads_back(&self, of: &Incoming, text: &str) -> Result<bool, Failure> {
        for _ in 0..MANY {
            match self.connector.thread(of.kind, &of.remote_id, &Watermark::default()).await {
                Err(Failure::Wait { until, .. }) => self.time.rest(until).await,
                Err(failure) => return Err(failure),
                Ok(thread) => {
                    let mut messages = thread.conversation.messages.iter();
                    return Ok(messages.any(|found| found.direction == Direction::Out && found.text == text));
                }
            }
        }
        panic!("reading again is put off for ever");
    }

    /// Asks for the facts of everything in these conversations; returns the addresses of the pictures.
    pub(crate) async fn look_up(&self, conversations: &HashMap<RemoteId, Incoming>) -> Result<Vec<String>, Failure> {
        let facts = || conversations.values().map(|conversation| &conversation.facts);
        let wanted = Wanted {
            products: facts().filter_map(|facts| Some(facts.product.as_ref()?.key.clone())).collect(),
            orders: facts().filter_map(|facts| facts.order_no.clone()).collect(),
        };
        let mut pictures = Vec::new();
        // One look-up asks for as much as the pace allows.
        for _ in 0..5 {
            match self.connector.look_up(&wanted).await {
                Ok(found) => pictures.extend(found.products.into_iter().map(|product| product.picture)),
                Err(Failure::Wait { .. }) => {}
                Err(failure) => return Err(failure),
            }
            self.rest(10).await;
        }
        pictures.retain(|address| !address.is_empty());
        Ok(pictures)
    }
}
