//! One Ozon seller, grown from a seed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    archive::Archive,
    cancellations::Cancellation,
    chat::{Author, BUYER, Chat, Context, Image, Message},
    growth,
    ids::{self, MessageId},
    keys::{self, Key},
    notices,
    postings::Posting,
    product::Product,
    question::Question,
    returns::Return,
    review::Review,
    rfbs::Claim,
    shelf::Shelf,
};
use crate::{
    IdForm, Options,
    platform::Answer,
    world::{dice::Dice, goods::GOODS},
};

#[derive(Debug)]
pub(crate) struct Shop {
    pub name: String,
    pub client: String,
    pub keys: BTreeMap<&'static str, Key>,
    pub subscription: String,
    pub review_management: bool,
    /// Whether ids and counters are text where the specification has numbers; other liberties go with it.
    pub ids_as_text: bool,
    pub products: Vec<Arc<Product>>,
    pub postings: Vec<Posting>,
    pub chats: Shelf<Chat>,
    /// What the seller has sent, by path, with its media type.
    pub files: HashMap<String, (&'static str, Bytes)>,
    pub questions: Shelf<Question>,
    pub reviews: Shelf<Review>,
    pub returns: Vec<Return>,
    pub claims: Vec<Claim>,
    pub cancellations: Vec<Cancellation>,
    last_id: MessageId,
    /// Unread messages of all chats, kept because every page of the list tells it.
    pub unread: usize,
    pub dice: Dice,
}

impl Shop {
    pub(crate) fn grow(options: &Options, number: usize, now: Timestamp) -> Self {
        const NAMES: [&str; 4] = ["Тёплый дом", "Город мастеров", "Синяя птица", "Алма"];
        let mut dice = Dice::new(options.seed, 2 * number as u64 + 1);
        // What is not a chat has dice of its own, so that more of it does not change the chats.
        let apart = |subject: u64| subject << 32 | number as u64;
        let mut more = Dice::new(options.seed, apart(1));
        let name = NAMES.get(number).map_or_else(|| format!("Витрина {}", number + 1), |&name| name.to_owned());
        let products: Vec<Arc<Product>> = GOODS
            .iter()
            .cycle()
            .take(options.size.products.max(1))
            .enumerate()
            .map(|(place, &good)| Arc::new(Product::grow(&mut dice, place, good, now)))
            .collect();
        let world = &options.ozon.world;
        let span = SignedDuration::from_hours(24 * options.size.history_days.max(1));
        let archive = |subject, count| Archive::new((options.seed, apart(subject)), count, (now, span), &products);
        let mut shop = Self {
            name,
            client: (100_000 + dice.below(900_000)).to_string(),
            keys: keys::grow(&mut dice, &mut more, now),
            subscription: options.ozon.subscription.clone(),
            review_management: options.ozon.review_management,
            ids_as_text: match options.ozon.ids {
                IdForm::Number => false,
                IdForm::Text => true,
                IdForm::ByShop => number % 2 == 1,
            },
            chats: Shelf::new(archive(2, world.old_chats)),
            questions: Shelf::new(archive(3, world.old_questions)),
            reviews: Shelf::new(archive(4, world.old_reviews)),
            products,
            postings: Vec::new(),
            files: HashMap::new(),
            returns: Vec::new(),
            claims: Vec::new(),
            cancellations: Vec::new(),
            last_id: 0,
            unread: 0,
            dice,
        };
        shop.unread = old_unread(shop.chats.archive());
        for place in 0..options.size.chats {
            growth::grow_chat(&mut shop, options, place, now);
        }
        notices::grow(&mut shop, now);
        super::question::grow(&mut shop, &mut more, world.questions, now);
        super::review::grow(&mut shop, &mut more, world.reviews, now);
        super::returns::grow(&mut shop, &mut more, world.returns, now);
        super::rfbs::grow(&mut shop, &mut more, world.claims, now);
        super::cancellations::grow(&mut shop, &mut more, world.cancellations, now);
        shop
    }

    /// Buyer chats and questions need Premium Plus, and Pro holds what Plus does.
    pub(crate) fn has_premium_plus(&self) -> bool {
        matches!(self.subscription.as_str(), "PREMIUM_PLUS" | "PREMIUM_PRO")
    }

    pub(crate) fn has_reviews(&self) -> bool {
        self.review_management || self.subscription == "PREMIUM_PRO"
    }

    /// The answer to a write that has nothing to tell: no body as specified, or an empty object as also seen.
    pub(crate) fn done(&self) -> Answer {
        if self.ids_as_text { Answer::ok(json!({})) } else { Answer::bytes(StatusCode::OK, "application/json", "") }
    }

    pub(crate) fn insert(&mut self, id: String, chat: Chat) {
        self.last_id = self.last_id.max(chat.rank);
        self.unread += chat.unread();
        self.chats.put(id, chat);
    }

    /// A rank above all that chats have.
    fn next_rank(&mut self, at: Timestamp) -> MessageId {
        self.last_id = ids::at(at, 0).max(self.last_id + 1);
        self.last_id
    }

    /// Adds a message, moves the chat to the top of the list and returns the message's id.
    pub(crate) fn post(&mut self, chat_id: &str, said: Said, at: Timestamp, visible: Timestamp) -> Option<MessageId> {
        let rank = self.next_rank(at);
        let Said { author, data, image } = said;
        self.unread += usize::from(author != Author::Seller);
        self.chats.change(chat_id, |chat| {
            let before = chat.messages.last().map_or(0, |message| message.id);
            // Within a chat ids grow, even after one of twenty digits.
            let id = if ids::rank(before) == before { rank } else { ids::oversized(rank) };
            chat.messages.push(Message { id, at, visible, author, data, image });
            chat.rank = rank;
            id
        })
    }

    /// Marks a chat read up to a message; returns what is left, or nothing for an unknown chat.
    pub(crate) fn mark_read(&mut self, chat_id: &str, upto: MessageId) -> Option<usize> {
        let (before, after) = self.chats.change(chat_id, |chat| {
            let before = chat.unread();
            let last = chat.messages.iter().map(|message| message.id).filter(|&id| id <= upto).max();
            chat.read = chat.read.max(last.unwrap_or_default());
            (before, chat.unread())
        })?;
        self.unread -= before - after;
        Some(after)
    }

    /// A buyer starts a chat, or the seller does about an order; returns its id.
    pub(crate) fn open_chat(&mut self, about: Option<&Posting>, at: Timestamp) -> Option<String> {
        let product = match about {
            Some(posting) => Arc::clone(&posting.product),
            None => self.dice.one(&self.products).cloned()?,
        };
        let number = self.chats.len();
        let mut quirks = growth::quirks(&mut self.dice, number);
        if about.is_some() {
            // A chat that the seller has started tells its order.
            quirks.context = Context::Full;
        }
        let chat = Chat {
            kind: BUYER,
            rank: self.next_rank(at),
            created: at,
            closed: false,
            disabled: false,
            buyer: (100_000 + self.dice.below(90_000_000)).to_string(),
            product,
            order: about.map(|posting| posting.order.clone()),
            messages: Vec::new(),
            read: 0,
            quirks,
            follow_ups: 0,
        };
        let id = self.dice.uuid().to_string();
        self.insert(id.clone(), chat);
        Some(id)
    }

    /// The postings of some orders; without orders all but those of archived chats.
    pub(crate) fn postings_of(&self, orders: &[String]) -> Vec<Posting> {
        let wanted = |posting: &&Posting| orders.is_empty() || orders.contains(&posting.order);
        let old = orders.iter().flat_map(|order| growth::old_postings(self.chats.archive(), order));
        self.postings.iter().filter(wanted).cloned().chain(old).collect()
    }

    pub(crate) fn posting(&self, number: &str) -> Option<Posting> {
        let (order, _) = number.rsplit_once('-')?;
        self.postings_of(&[order.to_owned()]).into_iter().find(|posting| posting.number == number)
    }
}

/// What is said in a chat.
#[derive(Debug)]
pub(crate) struct Said {
    pub author: Author,
    pub data: Vec<String>,
    pub image: Option<Image>,
}

impl Said {
    pub(crate) fn words(author: Author, text: &str) -> Self {
        Self { author, data: vec![text.to_owned()], image: None }
    }
}

fn old_unread(archive: &Archive) -> usize {
    let waiting = (0..archive.count).filter(|&number| archive.waits(number));
    waiting.filter_map(|number| growth::old_chat(archive, number)).map(|chat| chat.unread()).sum()
}
