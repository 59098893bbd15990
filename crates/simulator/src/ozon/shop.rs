//! One Ozon seller, grown from a seed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    chat::{Author, BUYER, Chat, Context, Message, Quirks},
    ids::{self, MessageId},
    postings::Posting,
    product::Product,
};
use crate::{
    IdForm, Options,
    time::after,
    world::{
        dice::Dice,
        goods::GOODS,
        words::{ALWAYS_TALKED, DIALOGUES, Speaker},
    },
};

const DAY: i64 = 86_400;

#[derive(Debug)]
pub(crate) struct Shop {
    pub name: String,
    pub client: String,
    pub keys: BTreeMap<&'static str, Key>,
    pub subscription: String,
    pub ids_as_text: bool,
    pub products: Vec<Arc<Product>>,
    pub postings: Vec<Posting>,
    pub chats: HashMap<String, Chat>,
    /// Chats by their last message.
    pub by_freshness: BTreeMap<MessageId, String>,
    last_id: MessageId,
    /// Unread messages of all chats, kept because every page of the list tells it.
    pub unread: usize,
    pub dice: Dice,
}

/// An Api-Key with the beginnings of the paths it opens.
#[derive(Debug)]
pub(crate) struct Key {
    pub text: String,
    pub methods: &'static [&'static str],
    pub expires: Timestamp,
    pub deactivated: bool,
}

const ACCOUNT: [&str; 2] = ["/v1/roles", "/v1/seller/info"];
const CHATS: [&str; 4] = ["/v3/chat/list", "/v3/chat/history", "/v1/chat/send/message", "/v2/chat/read"];
const PRODUCTS: [&str; 2] = ["/v3/product/info/list", "/v1/product/related-sku/get"];
const POSTINGS: [&str; 4] =
    ["/v4/posting/fbs/list", "/v3/posting/fbo/list", "/v3/posting/fbs/get", "/v2/posting/fbo/get"];

const ADMIN: &[&str] = &[
    ACCOUNT[0],
    ACCOUNT[1],
    CHATS[0],
    CHATS[1],
    CHATS[2],
    CHATS[3],
    PRODUCTS[0],
    PRODUCTS[1],
    POSTINGS[0],
    POSTINGS[1],
    POSTINGS[2],
    POSTINGS[3],
];
const WITHOUT_LOOK_UPS: &[&str] = &[ACCOUNT[0], ACCOUNT[1], CHATS[0], CHATS[1], CHATS[2], CHATS[3]];
const WITHOUT_CHATS: &[&str] =
    &[ACCOUNT[0], ACCOUNT[1], PRODUCTS[0], PRODUCTS[1], "/v4/posting", "/v3/posting", "/v2/posting"];

impl Shop {
    pub(crate) fn grow(options: &Options, number: usize, now: Timestamp) -> Self {
        const NAMES: [&str; 4] = ["Тёплый дом", "Город мастеров", "Синяя птица", "Алма"];
        let mut dice = Dice::new(options.seed, 2 * number as u64 + 1);
        let name = NAMES.get(number).map_or_else(|| format!("Витрина {}", number + 1), |&name| name.to_owned());
        let products: Vec<Arc<Product>> = GOODS
            .iter()
            .cycle()
            .take(options.size.products.max(1))
            .enumerate()
            .map(|(place, &good)| Arc::new(Product::grow(&mut dice, place, good, now)))
            .collect();
        let mut shop = Self {
            name,
            client: (100_000 + dice.below(900_000)).to_string(),
            keys: keys(&mut dice, now),
            subscription: options.ozon.subscription.clone(),
            ids_as_text: match options.ozon.ids {
                IdForm::Number => false,
                IdForm::Text => true,
                IdForm::ByShop => number % 2 == 1,
            },
            products,
            postings: Vec::new(),
            chats: HashMap::new(),
            by_freshness: BTreeMap::new(),
            last_id: 0,
            unread: 0,
            dice,
        };
        for place in 0..options.size.chats {
            shop.grow_chat(options, place, now);
        }
        shop.grow_notices(now);
        shop
    }

    pub(crate) fn writes_to_buyers(&self) -> bool {
        matches!(self.subscription.as_str(), "PREMIUM_PLUS" | "PREMIUM_PRO")
    }

    fn grow_chat(&mut self, options: &Options, place: usize, now: Timestamp) {
        let dice = &mut self.dice;
        let always = place < ALWAYS_TALKED;
        let script = if always { DIALOGUES.get(place) } else { dice.one(DIALOGUES) };
        let (Some(&script), Some(product)) = (script, dice.one(&self.products).cloned()) else { return };
        let answered = if always { place.is_multiple_of(2) } else { dice.chance(options.size.answered) };
        let answers: Vec<usize> = script
            .iter()
            .enumerate()
            .filter(|(_, (speaker, _))| *speaker == Speaker::Seller)
            .map(|(at, _)| at)
            .collect();
        // An answered chat runs to the end of its script, another stops before one of the seller's lines.
        let end = if answered { script.len() } else { dice.one(&answers).copied().unwrap_or(script.len()) };
        let history = options.size.history_days.max(1) * DAY;
        // An answer may be sent for 48 hours only, so what awaits one is fresh, and one in ten is a lost cause.
        let fresh = !answered && (always || dice.chance(0.9));
        let last =
            if fresh { dice.before(now, 300, 40 * 3_600) } else { dice.before(now, history.min(3 * DAY), history) };
        let mut moments: Vec<Timestamp> = Vec::new();
        let mut at = last;
        for _ in 0..end {
            moments.push(at);
            at = dice.before(at, 120, 5 * 3_600);
        }
        moments.reverse();
        let order = dice.chance(0.6).then(|| {
            let postings = Posting::grow(dice, &product, dice_before(at, DAY));
            let number = postings.first().map(|posting| posting.order.clone());
            self.postings.extend(postings);
            number
        });
        let mut chat = Chat {
            kind: if dice.chance(0.1) { "BUYER_SELLER_SELECT" } else { BUYER },
            created: at,
            closed: false,
            disabled: !always && dice.chance(0.03),
            buyer: (100_000 + dice.below(90_000_000)).to_string(),
            product,
            order: order.flatten(),
            messages: Vec::new(),
            read: 0,
            quirks: quirks(dice, place),
            follow_ups: 0,
        };
        for (&(speaker, words), at) in script.iter().zip(moments) {
            let (data, image) = spoken(speaker, &words.replace("{item}", chat.product.good.name), place, dice);
            let author = if speaker == Speaker::Seller { Author::Seller } else { Author::Customer };
            chat.messages.push(Message { id: ids::at(at, place), at, visible: at, author, data, image });
        }
        if place % 25 == 7 {
            // Seen in production: a message without any content.
            if let Some(first) = chat.messages.first_mut() {
                first.data.clear();
            }
        }
        if place == 5
            && let Some(last) = chat.messages.last_mut()
        {
            last.id = ids::oversized(last.id);
        }
        let own = chat.last_of(Author::Seller).map(|message| message.id);
        chat.read = own.unwrap_or_default();
        let id = self.dice.uuid().to_string();
        self.insert(id, chat);
    }

    /// Platform chats are the freshest, so that the first page holds no buyer.
    fn grow_notices(&mut self, now: Timestamp) {
        const NOTICES: [(&str, Author, &str); 7] = [
            ("SELLER_SUPPORT", Author::Support, "Здравствуйте! Ваше обращение принято, ответим в течение дня."),
            ("UNSPECIFIED", Author::Notification, "Изменились условия акции «Распродажа недели»."),
            ("SELLER_API_UPDATES", Author::Notification, "Методы v2 отключаются, перейдите на v3."),
            ("SELLER_NOTIFICATION_LOGISTICS", Author::Crm, "Поставка принята на склад Хоругвино."),
            ("SELLER_PERSONAL_MANAGER_UNITY_CRM", Author::Crm, "Добрый день! Я ваш новый менеджер."),
            ("SELLER_PARTNER_CLUB", Author::Notification, "Приглашаем на встречу партнёров."),
            ("SELLER_SUPPORT", Author::Bot, "Обращение закрыто. Оцените ответ."),
        ];
        let Some(product) = self.products.first().cloned() else { return };
        for (place, (kind, author, words)) in NOTICES.into_iter().enumerate() {
            let at = self.dice.before(now, 1, 240);
            let chat = Chat {
                kind,
                created: at,
                closed: author == Author::Bot,
                disabled: false,
                buyer: String::new(),
                product: Arc::clone(&product),
                order: None,
                messages: vec![Message {
                    id: ids::at(at, 4_000 + place),
                    at,
                    visible: at,
                    author,
                    data: vec![words.to_owned()],
                    image: None,
                }],
                read: 0,
                quirks: Quirks { cyrillic: false, label: false, context: Context::Empty },
                follow_ups: 0,
            };
            let id = self.dice.uuid().to_string();
            self.insert(id, chat);
        }
    }

    fn insert(&mut self, id: String, chat: Chat) {
        let last = chat.messages.last().map_or(0, |message| ids::rank(message.id));
        self.by_freshness.insert(last, id.clone());
        self.last_id = self.last_id.max(last);
        self.unread += chat.unread();
        self.chats.insert(id, chat);
    }

    /// Adds a message and moves the chat to the top of the list.
    pub(crate) fn post(&mut self, chat_id: &str, author: Author, data: Vec<String>, at: Timestamp, visible: Timestamp) {
        let Some(chat) = self.chats.get_mut(chat_id) else { return };
        let before = chat.messages.last().map_or(0, |message| message.id);
        let rank = ids::at(at, 0).max(self.last_id + 1);
        self.last_id = rank;
        self.by_freshness.remove(&ids::rank(before));
        self.by_freshness.insert(rank, chat_id.to_owned());
        // Within a chat ids grow, even after one of twenty digits.
        let id = if ids::rank(before) == before { rank } else { ids::oversized(rank) };
        chat.messages.push(Message { id, at, visible, author, data, image: None });
        self.unread += usize::from(author != Author::Seller);
    }

    /// Marks a chat read up to a message; returns what is left, or nothing for an unknown chat.
    pub(crate) fn mark_read(&mut self, chat_id: &str, upto: MessageId) -> Option<usize> {
        let chat = self.chats.get_mut(chat_id)?;
        let before = chat.unread();
        let last = chat.messages.iter().map(|message| message.id).filter(|&id| id <= upto).max();
        chat.read = chat.read.max(last.unwrap_or_default());
        let after = chat.unread();
        self.unread -= before - after;
        Some(after)
    }

    /// A buyer starts a chat; returns its id.
    pub(crate) fn open_chat(&mut self, text: &str, at: Timestamp) -> Option<String> {
        let product = self.dice.one(&self.products).cloned()?;
        let id = self.dice.uuid().to_string();
        let number = self.chats.len();
        let chat = Chat {
            kind: BUYER,
            created: at,
            closed: false,
            disabled: false,
            buyer: (100_000 + self.dice.below(90_000_000)).to_string(),
            product,
            order: None,
            messages: Vec::new(),
            read: 0,
            quirks: quirks(&mut self.dice, number),
            follow_ups: 0,
        };
        self.chats.insert(id.clone(), chat);
        self.post(&id, Author::Customer, vec![text.to_owned()], at, at);
        Some(id)
    }
}

fn dice_before(at: Timestamp, seconds: i64) -> Timestamp {
    after(at, SignedDuration::from_secs(-seconds))
}

fn quirks(dice: &mut Dice, place: usize) -> Quirks {
    Quirks {
        cyrillic: place % 3 == 1,
        label: place % 4 == 2,
        context: *dice
            .one(&[Context::Full, Context::Full, Context::Full, Context::Empty, Context::Null, Context::Missing])
            .unwrap_or(&Context::Full),
    }
}

/// The content of a line: pictures come alone, after the words, or in the middle of them.
fn spoken(speaker: Speaker, words: &str, place: usize, dice: &mut Dice) -> (Vec<String>, Option<&'static str>) {
    if speaker != Speaker::Picture {
        return (vec![words.to_owned()], None);
    }
    let picture = format!("![](https://api-seller.ozon.ru/v2/chat/file/messenger/{}.jpg)", dice.uuid().simple());
    let data = match (words.is_empty(), place % 2) {
        (true, _) => vec![picture],
        (false, 0) => vec![words.to_owned(), picture],
        (false, _) => vec![format!("{words} {picture}")],
    };
    let state = if place % 9 == 8 { "MODERATION" } else { "SUCCESS" };
    (data, Some(state))
}

/// The good key and the ones that should be met with a clear word.
fn keys(dice: &mut Dice, now: Timestamp) -> BTreeMap<&'static str, Key> {
    // Keys live six months (specification, 2026-09).
    let expires = after(now, SignedDuration::from_hours(180 * 24));
    let mut key = |methods, deactivated| Key { text: dice.uuid().to_string(), methods, expires, deactivated };
    BTreeMap::from([
        ("api_key", key(ADMIN, false)),
        ("without_look_ups", key(WITHOUT_LOOK_UPS, false)),
        ("without_chats", key(WITHOUT_CHATS, false)),
        ("deactivated", key(ADMIN, true)),
    ])
}
