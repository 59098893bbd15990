//! Buyer chats: who talks with whom about what, and the one feed of everything that was said.
//!
//! Of grown chats only the times of their messages are kept; the words follow from the seed when somebody looks.

mod files;
mod lists;
mod send;
mod talk;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use self::{
    files::Held,
    talk::{Line, Said, Sender},
};
pub(crate) use self::{
    files::{Behind, FileKind, download},
    lists::{events, list},
    send::{intent, send},
};
use super::{ids::Ids, product::Product};
use crate::{
    Options,
    world::{age::Ages, draw::Draw},
};

/// Of so many chats one is missing from the list, although the feed tells of it (seen in production by third parties).
const UNLISTED_EVERY: u64 = 19;
const UNLISTED: u64 = 4;

/// All chats of a shop.
#[derive(Debug)]
pub(crate) struct Chats {
    seed: u64,
    /// Numeric id of the seller, a part of the signatures.
    oid: u64,
    ids: Ids,
    events: Ids,
    downloads: Ids,
    ages: Ages,
    answered: f64,
    /// What the chats are about.
    orders: Vec<Bought>,
    /// Every message of the grown chats, in the order of the feed.
    history: Vec<Place>,
    /// What was said since the world began, in the order of the feed.
    said: Vec<Event>,
    /// What was accepted and cannot be seen yet.
    waiting: BTreeMap<(Timestamp, u64), Event>,
    begun: Vec<Begun>,
    renewals: HashMap<u64, u64>,
    /// The last words of chats in which something was said since the world began.
    latest: HashMap<u64, (i64, String)>,
    files: Vec<Held>,
    accepted: u64,
}

/// The item a chat is about.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub srid: String,
    pub product: Arc<Product>,
    pub at: Timestamp,
}

/// Where a message of a grown chat is found; the order is that of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    ms: i64,
    chat: u32,
    line: u8,
}

/// A chat that a buyer began since the world did.
#[derive(Debug)]
struct Begun {
    name: &'static str,
}

/// One entry of the feed.
#[derive(Debug, Clone)]
struct Event {
    /// Time on the feed's own scale, which never runs backwards.
    ms: i64,
    id: Uuid,
    chat: u64,
    first: bool,
    line: Line,
}

impl Chats {
    pub(crate) fn grow(options: &Options, seed: u64, oid: u64, orders: Vec<Bought>, now: Timestamp) -> Self {
        let mut chats = Self {
            seed,
            oid,
            ids: Ids::new(seed, "chat"),
            events: Ids::new(seed, "event"),
            downloads: Ids::new(seed, "download"),
            ages: Ages::new(options, options.size.buyer_chats, now),
            answered: options.size.answered,
            orders,
            history: Vec::new(),
            said: Vec::new(),
            waiting: BTreeMap::new(),
            begun: Vec::new(),
            renewals: HashMap::new(),
            latest: HashMap::new(),
            files: Vec::new(),
            accepted: 0,
        };
        for chat in 0..chats.ages.count() {
            let times = chats.grown_lines(chat).into_iter().map(|(ms, _)| ms);
            let places = (0_u8..).zip(times).map(|(line, ms)| Place { ms, chat: chat as u32, line });
            chats.history.extend(places);
        }
        chats.history.sort_unstable();
        chats
    }

    fn draw(&self, chat: u64) -> Draw {
        Draw::new(self.seed, chat)
    }

    pub(crate) fn len(&self) -> u64 {
        self.ages.count() + self.begun.len() as u64
    }

    fn id(&self, chat: u64) -> String {
        format!("1:{}", self.ids.uuid(chat))
    }

    /// The chat behind an id, if there is one.
    pub(crate) fn number(&self, id: &str) -> Option<u64> {
        self.ids.of_uuid(id.strip_prefix("1:")?).filter(|&chat| chat < self.len())
    }

    fn bought(&self, chat: u64) -> Option<&Bought> {
        self.draw(chat).one("order", &self.orders)
    }

    fn buyer(&self, chat: u64) -> &'static str {
        let begun = chat.checked_sub(self.ages.count()).and_then(|place| self.begun.get(usize::try_from(place).ok()?));
        match begun {
            Some(begun) => begun.name,
            None => self.draw(chat).one("name", talk::NAMES).copied().unwrap_or_default(),
        }
    }

    fn listed(&self, chat: u64) -> bool {
        chat >= self.ages.count() || chat % UNLISTED_EVERY != UNLISTED
    }

    fn renewed(&self, chat: u64) -> u64 {
        self.renewals.get(&chat).copied().unwrap_or_default()
    }

    /// The signature that opens a chat to the seller's messages, after so many renewals.
    fn sign(&self, chat: u64, renewal: u64) -> String {
        let draw = Draw::new(self.draw(chat).bits("sign"), renewal);
        format!("{}:{}:{:016x}{:016x}", self.id(chat), self.oid, draw.bits("first"), draw.bits("second"))
    }

    /// The chat that a signature opens; `only_newest` says that a renewal retires the ones before it.
    fn opened_by(&self, sign: &str, only_newest: bool) -> Option<u64> {
        let mut parts = sign.splitn(3, ':');
        let chat = self.number(&format!("{}:{}", parts.next()?, parts.next()?))?;
        let newest = self.renewed(chat);
        let oldest = if only_newest { newest } else { 0 };
        (oldest..=newest).any(|renewal| self.sign(chat, renewal) == sign).then_some(chat)
    }

    /// Everything that was said in grown chats and since, as places on the feed from `start` on.
    fn feed(&self, start: usize) -> impl Iterator<Item = Event> {
        let history = self.history.iter().skip(start).filter_map(|place| self.grown_event(*place));
        history.chain(self.said.iter().skip(start.saturating_sub(self.history.len())).cloned())
    }

    fn grown_event(&self, place: Place) -> Option<Event> {
        let chat = u64::from(place.chat);
        let (_, line) = self.grown_lines(chat).into_iter().nth(usize::from(place.line))?;
        Some(Event {
            ms: place.ms,
            id: self.events.uuid(chat << 8 | u64::from(place.line)),
            chat,
            first: place.line == 0,
            line,
        })
    }

    /// The lines of a grown chat with their times.
    fn grown_lines(&self, chat: u64) -> Vec<(i64, Line)> {
        let from_newest = self.ages.count() - chat - 1;
        let draw = self.draw(chat);
        let begins = self.ages.moment(chat, draw.fraction("moment"));
        let answered = self.ages.answered(chat, self.answered, draw);
        let name = self.bought(chat).map_or("", |bought| bought.product.good.name);
        talk::grown(draw, from_newest, answered, name)
            .into_iter()
            .enumerate()
            .scan(begins, |at, (number, line)| {
                if number > 0 {
                    *at = self.ages.later(*at, draw.fraction(&format!("pause {number}")), 7_200);
                }
                Some((at.as_millisecond(), self.with_downloads(chat, number, line)))
            })
            .collect()
    }

    /// Gives the files of a grown line the ids under which they can be fetched.
    fn with_downloads(&self, chat: u64, number: usize, mut line: Line) -> Line {
        if let Said::Message { files, .. } = &mut line.said {
            for file in files {
                file.download = self.downloads.uuid(chat << 8 | number as u64);
            }
        }
        line
    }

    /// The last thing said in a chat that has words.
    fn last_words(&self, chat: u64) -> Option<(i64, String)> {
        if let Some((ms, text)) = self.latest.get(&chat) {
            return Some((*ms, text.clone()));
        }
        if chat >= self.ages.count() {
            return None;
        }
        self.grown_lines(chat).into_iter().rev().find_map(|(ms, line)| Some((ms, line.words()?.to_owned())))
    }

    /// Puts on the feed, from `visible` on, what was said in a chat; `first` when it begins the chat.
    fn say(&mut self, chat: u64, first: bool, line: Line, visible: Timestamp) {
        self.accepted += 1;
        // Numbers above those of all grown lines.
        let id = self.events.uuid(1 << 63 | self.accepted);
        let event = Event { ms: 0, id, chat, first, line };
        self.waiting.insert((visible, self.accepted), event);
    }

    /// Lets everything be seen that is due. The feed is read by time, so its scale never stands still or turns back.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((visible, _), event) = entry.remove_entry();
            let last = self.said.last().map(|event| event.ms);
            let last = last.or_else(|| self.history.last().map(|place| place.ms)).unwrap_or(i64::MIN);
            let ms = visible.as_millisecond().max(last.saturating_add(1));
            if let Some(words) = event.line.words() {
                self.latest.insert(event.chat, (ms, words.to_owned()));
            }
            self.said.push(Event { ms, ..event });
        }
    }

    /// A buyer writes in a chat, or begins one; returns its id.
    pub(crate) fn buyer_writes(&mut self, chat: Option<u64>, text: &str, at: Timestamp) -> String {
        let first = chat.is_none();
        let chat = chat.unwrap_or_else(|| {
            let names = talk::NAMES;
            let name = Draw::new(self.seed, self.len()).one("name", names).copied().unwrap_or_default();
            self.begun.push(Begun { name });
            self.len() - 1
        });
        let text = (!text.is_empty()).then(|| text.to_owned());
        self.say(chat, first, Line { sender: Sender::Buyer, source: "android", said: Said::words(text) }, at);
        self.settle(at);
        self.id(chat)
    }

    /// What the buyer of a chat said last, as far as words go.
    pub(crate) fn last_buyers_words(&self, chat: u64) -> String {
        let words = |line: &Line| line.words().filter(|_| line.sender == Sender::Buyer).map(ToOwned::to_owned);
        let since = self.said.iter().rev().filter(|event| event.chat == chat).find_map(|event| words(&event.line));
        let grown = || {
            let grown = if chat < self.ages.count() { self.grown_lines(chat) } else { Vec::new() };
            grown.into_iter().rev().find_map(|(_, line)| words(&line))
        };
        since.or_else(grown).unwrap_or_default()
    }

    /// How often the buyer of a chat has written since the world began.
    pub(crate) fn turns(&self, chat: u64) -> usize {
        self.said.iter().filter(|event| event.chat == chat && event.line.sender == Sender::Buyer).count()
    }

    /// A buyer adds a file to what they said last in a chat; `refused` by moderation in the end.
    pub(crate) fn buyer_attaches(&mut self, chat: u64, kind: FileKind, refused: bool, ready: Timestamp) -> bool {
        let number = 1 << 63 | self.files.len() as u64;
        let download = self.downloads.uuid(number);
        let content = files::sample(kind, number);
        let size = content.len();
        let Some(event) = self.said.iter_mut().rev().find(|event| event.chat == chat) else { return false };
        let Said::Message { files, .. } = &mut event.line.said else { return false };
        files.push(files::File { kind, download, name: files::usual_name(kind), size });
        self.files.push(Held { content, kind, ready, refused });
        true
    }

    /// Keeps a file of the seller's.
    fn keep(&mut self, kind: FileKind, name: String, content: Bytes, ready: Timestamp) -> files::File {
        let download = self.downloads.uuid(1 << 63 | self.files.len() as u64);
        let size = content.len();
        self.files.push(Held { content, kind, ready, refused: false });
        files::File { kind, download, name, size }
    }

    /// A colleague writes in the web cabinet.
    pub(crate) fn human_writes(&mut self, chat: u64, text: &str, at: Timestamp) {
        let said = Said::words(Some(text.to_owned()));
        self.say(chat, false, Line { sender: Sender::Seller, source: "seller-portal", said }, at);
        self.settle(at);
    }
}
