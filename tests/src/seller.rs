//! A shop behind one of our connectors, and a person who works with it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "an instrument of tests may panic")]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
pub enum Time {
    /// The simulator's.
    Simulated(Arc<RemoteClock>),
    /// One that moves when we rest.
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
struct Marks(Mutex<HashMap<(Kind, RemoteId), String>>);

#[async_trait]
impl Known for Marks {
    async fn marks(&self, kind: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        let marks = self.0.lock().unwrap();
        threads.iter().filter_map(|id| Some((id.clone(), marks.get(&(kind, id.clone()))?.clone()))).collect()
    }
}

/// What a pass over all streams brought.
#[derive(Default)]
pub struct Brought {
    /// By kind and the platform's id.
    pub conversations: HashMap<(Kind, RemoteId), Incoming>,
    /// Items that could not be read.
    pub unreadable: usize,
    /// By stream.
    pub failures: HashMap<String, Failure>,
}

/// A shop behind its connector.
pub struct Seller {
    /// The connector.
    pub connector: Arc<dyn Connector>,
    time: Time,
    marks: Marks,
}

impl Seller {
    /// Connects a shop at an address of ours, with its good key or one of the others.
    pub fn connect(seed: &ShopSeed, variant: Option<&str>, address: &str, time: Time) -> Self {
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

    /// Lets time pass until an instant.
    pub async fn rest_until(&self, until: Timestamp) {
        self.time.rest(until).await;
    }

    /// Lets virtual seconds pass.
    pub async fn rest(&self, seconds: i64) {
        self.time.rest(self.time.clock().now() + SignedDuration::from_secs(seconds)).await;
    }

    /// All streams to their ends, resting as often as the connector asks for it.
    pub async fn pass(&self, deep: bool) -> Brought {
        self.pass_with_patience(deep, 0).await
    }

    /// The same, going on after as many failures in a row of a stream.
    pub async fn pass_with_patience(&self, deep: bool, patience: usize) -> Brought {
        let mut brought = Brought::default();
        for stream in &self.connector.capabilities().streams {
            let same = || Arc::clone(&self.connector);
            if let Err(failure) = self.stream(&stream.name, deep, patience, same, &mut brought).await {
                brought.failures.insert(stream.name.clone(), failure);
            }
        }
        brought
    }

    /// The same with another connector for every step, as if each step had been a process of its own.
    pub async fn pass_in_pieces(&self, deep: bool, connector: impl Fn() -> Arc<dyn Connector>) -> Brought {
        let mut brought = Brought::default();
        for stream in &self.connector.capabilities().streams {
            if let Err(failure) = self.stream(&stream.name, deep, 0, &connector, &mut brought).await {
                brought.failures.insert(stream.name.clone(), failure);
            }
        }
        brought
    }

    async fn stream(
        &self,
        name: &str,
        deep: bool,
        patience: usize,
        connector: impl Fn() -> Arc<dyn Connector>,
        brought: &mut Brought,
    ) -> Result<(), Failure> {
        let mut cursor = Cursor::default();
        let mut failed = 0;
        for _ in 0..MANY {
            let ask = Ask { known: &self.marks, deep };
            let page = match connector().step(name, &cursor, &ask).await {
                Ok(page) => page,
                Err(Failure::Wait { until, .. }) => {
                    self.time.rest(until).await;
                    continue;
                }
                Err(_) if failed < patience => {
                    failed += 1;
                    self.rest(30).await;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            failed = 0;
            brought.unreadable += page.unreadable.len();
            for conversation in page.conversations {
                let place = (conversation.kind, conversation.remote_id.clone());
                let mark = conversation.mark.clone().map(|mark| (place.clone(), mark));
                self.marks.0.lock().unwrap().extend(mark);
                match brought.conversations.entry(place) {
                    Entry::Occupied(known) => known.into_mut().messages.extend(conversation.messages),
                    Entry::Vacant(place) => drop(place.insert(conversation)),
                }
            }
            if !page.more {
                return Ok(());
            }
            cursor = page.next;
        }
        panic!("{name} has taken {MANY} steps and no end is in sight");
    }

    /// An action as the outbox would make it.
    pub fn outgoing(&self, action: ActionKind, to: &Incoming, text: &str) -> Outgoing {
        let newest = to.messages.iter().filter(|message| message.direction == Direction::In);
        Outgoing {
            last_in: newest.max_by_key(|message| message.sent_at).map(|message| message.remote_id.clone()),
            product: to.facts.product.as_ref().map(|product| product.key.clone()).unwrap_or_default(),
            order_no: to.facts.order_no.clone().unwrap_or_default(),
            ..Outgoing::new(action, to.kind, to.remote_id.clone(), text.to_owned())
        }
    }

    /// Carries out an action, resting as often as the platform asks for it.
    pub async fn send(&self, action: ActionKind, to: &Incoming, text: &str) -> Sent {
        self.deliver(&self.outgoing(action, to, text)).await
    }

    /// The same with everything that goes along.
    pub async fn deliver(&self, outgoing: &Outgoing) -> Sent {
        for _ in 0..MANY {
            match self.connector.send(outgoing).await {
                Sent::No(Refusal::Throttled { retry_at: Some(at) }) => self.time.rest(at).await,
                sent => return sent,
            }
        }
        panic!("{} is put off for ever", outgoing.action);
    }

    /// Whether the conversation, read again, holds this text as ours.
    pub async fn reads_back(&self, of: &Incoming, text: &str) -> Result<bool, Failure> {
        let thread = self.thread(of).await?;
        Ok(thread.messages.iter().any(|found| found.direction == Direction::Out && found.text == text))
    }

    /// The conversation, read again.
    pub async fn thread(&self, of: &Incoming) -> Result<Incoming, Failure> {
        for _ in 0..MANY {
            match self.connector.thread(of.kind, &of.remote_id, &Watermark::default()).await {
                Err(Failure::Wait { until, .. }) => self.time.rest(until).await,
                other => return Ok(other?.conversation),
            }
        }
        panic!("reading again is put off for ever");
    }

    /// Asks for the facts of everything in these conversations; returns the addresses of the pictures.
    pub async fn look_up(&self, conversations: &HashMap<(Kind, RemoteId), Incoming>) -> Result<Vec<String>, Failure> {
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
