//! Behaviour on a real database in a temporary folder, subject by subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

mod backup;
mod bulk;
mod counts;
mod cut_short;
mod erase;
mod files;
mod inbox;
mod index;
mod ingest;
mod open;
mod outbox;
mod person;
mod plans;
mod public_answers;
mod salvage;
mod subjects;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;

use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page};
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::{Shop, Standing};
use dragoman_domain::{Author, Channel, ConversationId, Kind, ShopId, SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::ingest::{Ingest, Ingested};
use crate::shop::NewShop;
use crate::thread::Message;
use crate::{Durability, Error, Priority, Reader, Store, Writer};

/// A home in a temporary folder.
struct Home {
    store: Store,
    dir: TempDir,
}

/// Hours after the day the tests take place.
fn hour(hours: i64) -> Timestamp {
    "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None, hour(0)).unwrap();
        Self { store, dir }
    }

    /// Closes and opens it.
    fn reopen(self) -> Self {
        let Self { store, dir } = self;
        drop(store);
        let store = Store::open(dir.path(), None, hour(0)).unwrap();
        Self { store, dir }
    }

    fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, Error>) -> T {
        self.store.read(f).unwrap()
    }

    fn write<T: Send + 'static>(&self, f: impl FnOnce(&Writer<'_>) -> Result<T, Error> + Send + 'static) -> T {
        self.try_write(f).unwrap()
    }

    fn try_write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.store.write(Priority::User, Durability::Full, f).wait()
    }

    /// A Wildberries shop that was connected at hour 0.
    fn shop(&self) -> Shop {
        self.shop_on(Channel::Wildberries)
    }

    fn shop_on(&self, channel: Channel) -> Shop {
        let new = NewShop {
            channel,
            name: format!("A shop on {channel}"),
            seller: "s-1".into(),
            fields: BTreeMap::from([("client_id".into(), "7".into())]),
            base_url: None,
            proxy: None,
            standing: Standing::default(),
        };
        self.write(move |writer| writer.add_shop(&new, hour(0)))
    }

    fn ingest(&self, shop: &Shop, conversations: Vec<Incoming>) -> Ingested {
        self.ingest_page(shop, None, Page { conversations, ..Page::default() }).unwrap()
    }

    fn ingest_page(&self, shop: &Shop, stream: Option<&str>, page: Page) -> Result<Ingested, Error> {
        self.store.ingest(Ingest {
            shop: shop.id,
            channel: shop.channel,
            stream: stream.map(Into::into),
            page,
            rules: Some(Arc::new(RulePack::shipped(shop.channel).unwrap())),
            now: hour(100),
            priority: Priority::Sync,
        })
    }

    fn id(&self, shop: &Shop, kind: Kind, remote_id: &str) -> ConversationId {
        self.read(|reader| reader.conversation_named(shop.id, kind, &remote_id.into())).unwrap()
    }

    fn messages(&self, id: ConversationId) -> Vec<Message> {
        self.read(|reader| reader.messages(id, None, 1_000))
    }

    /// Everything that could be wrong with the file.
    fn check(&self) {
        self.read(|reader| reader.check_full());
        self.read(|reader| reader.check_index());
    }
}

fn thread(kind: Kind, remote_id: &str, messages: Vec<IncomingMessage>) -> Incoming {
    Incoming { kind, remote_id: remote_id.into(), facts: Facts::default(), messages, mark: None }
}

fn message(remote_id: &str, author: Author, at: Timestamp, text: &str) -> IncomingMessage {
    let raw = format!(r#"{{"id":"{remote_id}","text":"{text}"}}"#);
    IncomingMessage::new(remote_id.into(), author, at, text.into(), raw)
}

fn bought(remote_id: &str, at: Timestamp, text: &str) -> IncomingMessage {
    message(remote_id, Author::Buyer, at, text)
}

fn sold(remote_id: &str, at: Timestamp, text: &str) -> IncomingMessage {
    message(remote_id, Author::Seller, at, text)
}

fn cursor(text: &str) -> Cursor {
    Cursor(text.into())
}

/// A page with a cursor.
fn page(conversations: Vec<Incoming>, next: &str) -> Page {
    Page { conversations, next: cursor(next), ..Page::default() }
}

const UNKNOWN_SHOP: ShopId = ShopId(999);
