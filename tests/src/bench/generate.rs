//! Our own inbox for benchmarks: believable in the ways that cost time.
//!
//! A Zipf vocabulary per language (so posting lists have the shape of real text), conversations from one message to hundreds,
//! few of them awaiting an answer, history arriving conversation by conversation and not in order of time. Seeded: the same
//! numbers give the same inbox. Its words only; what surrounds them is [`Dresser`](super::dress::Dresser)'s.

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::Product;
use dragoman_domain::{Author, Channel, Kind, RemoteId, Timestamp};
use dragoman_engine::import::Imported;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The inbox's "now": 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;
/// Eighteen months of history.
const SPAN_MS: i64 = 540 * 86_400_000;
/// Words per language; rarer ones are made up from syllables.
const VOCABULARY: usize = 60_000;
/// Shops per platform.
const SHOPS: u64 = 6;

const SYLLABLES: [&[&str]; 2] = [
    &[
        "ва", "го", "ди", "ка", "ле", "ми", "но", "пе", "ру", "са", "ти", "ку", "за", "бра", "сто", "при", "вер",
        "ход", "мен", "цвет",
    ],
    &[
        "ar", "be", "con", "der", "est", "for", "in", "ket", "lo", "ment", "or", "pre", "ship", "ter", "un", "ver",
        "wo", "tion", "al", "is",
    ],
];
const ENDINGS: [&[&str]; 2] = [
    &["", "а", "у", "ом", "ы", "ов", "ами", "ить", "ил", "ала", "ый", "ая", "ого"],
    &["", "s", "ed", "ing", "er", "ly", "ion"],
];
const COMMON: [&[&str]; 3] = [
    &[
        "здравствуйте",
        "заказ",
        "возврат",
        "размер",
        "товар",
        "пришёл",
        "не",
        "и",
        "в",
        "на",
        "деньги",
        "когда",
        "спасибо",
        "доставка",
        "цвет",
    ],
    &[
        "hello", "order", "refund", "size", "the", "is", "not", "and", "when", "thanks", "delivery", "broken",
        "return", "colour", "please",
    ],
    &[
        "退货", "订单", "物流", "尺码", "颜色", "退款", "质量", "客服", "请问", "发货", "包装", "很好", "不好", "换货",
        "补发",
    ],
];
const HAN: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经";

/// Conversations until `messages` messages are made.
pub struct Generator {
    rng: SmallRng,
    words: [Vec<String>; 2],
    conversation: u64,
    message: u64,
    messages: u64,
}

impl Generator {
    /// An inbox of this many messages.
    pub fn new(messages: u64, seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let words = [0, 1].map(|language| vocabulary(&mut rng, language));
        Self { rng, words, conversation: 0, message: 0, messages }
    }

    fn zipf(&mut self, n: usize) -> usize {
        // Inverse of the continuous Zipf distribution with exponent one: cheap, and the head has the right weight.
        let u: f64 = self.rng.random();
        ((n as f64).powf(u) as usize - 1).min(n - 1)
    }

    fn text(&mut self, language: usize) -> String {
        let mut text = String::new();
        if language == 2 {
            let han: Vec<char> = HAN.chars().collect();
            for _ in 0..self.rng.random_range(8..50) {
                if self.rng.random_bool(0.2) {
                    text.push_str(COMMON[2][self.zipf(COMMON[2].len())]);
                } else {
                    text.push(han[self.zipf(han.len())]);
                }
            }
        } else {
            for n in 0..self.rng.random_range(4..32) {
                if n > 0 {
                    text.push_str(if self.rng.random_bool(0.1) { ", " } else { " " });
                }
                let word = self.zipf(VOCABULARY);
                text.push_str(&self.words[language][word]);
            }
        }
        if self.rng.random_bool(0.08) {
            text.push_str(&format!(
                " {:08}-{:04}-1",
                self.rng.random_range(10_000_000..90_000_000),
                self.rng.random_range(0..10_000)
            ));
        }
        text
    }
}

impl Iterator for Generator {
    type Item = Imported;

    fn next(&mut self) -> Option<Imported> {
        if self.message >= self.messages {
            return None;
        }
        self.conversation += 1;
        let channel = if self.rng.random_bool(0.55) { Channel::Wildberries } else { Channel::Ozon };
        let kind = match self.rng.random_range(0..100) {
            0..38 => Kind::Review,
            38..56 => Kind::Question,
            56..59 => Kind::Ticket,
            59..60 => Kind::Notice,
            _ => Kind::Chat,
        };
        let language = match self.rng.random_range(0..100) {
            0..70 => 0,
            70..87 => 1,
            _ => 2,
        };
        // The public kinds are a word and its answer, talk is in the chats.
        let length = match (kind, self.rng.random_range(0..100)) {
            (Kind::Notice, _) => 1,
            (Kind::Review | Kind::Question, _) => self.rng.random_range(1..3),
            (_, 0..40) => self.rng.random_range(2..6),
            (_, 40..94) => self.rng.random_range(4..16),
            _ => self.rng.random_range(20..80),
        };
        let mut at = NOW_MS - (SPAN_MS as f64 * self.rng.random::<f64>().powf(1.3)) as i64;
        let product = self.zipf(20_000);
        let mut messages = Vec::new();
        for n in 0..length.min(self.messages - self.message) {
            self.message += 1;
            let author = if kind == Kind::Notice {
                Author::Platform
            } else if n == 0 || self.rng.random_bool(0.55) {
                Author::Buyer
            } else {
                Author::Seller
            };
            let text = self.text(language);
            let id = RemoteId(format!("m{}", 3_000_000_000_000_000_000_u64 + self.message));
            messages.push(IncomingMessage::new(
                id,
                author,
                Timestamp::from_millisecond(at).unwrap_or_default(),
                text,
                String::new(),
            ));
            at += 1_000 + self.rng.random_range(0..80_000_000);
        }
        let recent = (NOW_MS - at) as f64 / SPAN_MS as f64;
        let open = self.rng.random_bool(if recent < 0.01 {
            0.9
        } else if recent < 0.1 {
            0.3
        } else {
            0.03
        });
        let facts = Facts {
            subject: Some(self.words[0][product].clone()),
            buyer: Some(format!(
                "{} {}.",
                self.words[0][self.conversation as usize % 500],
                "АБВГД".chars().nth(product % 5).unwrap_or('А')
            )),
            status: Some("wbRu".into()),
            closed: Some(!open),
            order_no: Some(format!(
                "{:08}-{:04}",
                self.rng.random_range(10_000_000..90_000_000),
                self.rng.random_range(0..10_000)
            )),
            product: Some(Product {
                key: product.to_string(),
                name: self.words[0][product].clone(),
                ..Product::default()
            }),
            seen: Some(!open || self.rng.random_bool(0.4)),
            ..Facts::default()
        };
        let remote_id = RemoteId(format!("c{}", self.conversation));
        let account = self.rng.random_range(1..=SHOPS);
        Some(Imported { channel, account, conversation: Incoming { kind, remote_id, facts, messages, mark: None } })
    }
}

fn vocabulary(rng: &mut SmallRng, language: usize) -> Vec<String> {
    let mut words: Vec<String> = COMMON[language].iter().map(|word| (*word).to_owned()).collect();
    while words.len() < VOCABULARY {
        let mut stem = String::new();
        for _ in 0..rng.random_range(2..4) {
            stem.push_str(SYLLABLES[language][rng.random_range(0..SYLLABLES[language].len())]);
        }
        // A stem comes with several of its forms, as words do.
        for ending in ENDINGS[language] {
            if words.len() < VOCABULARY && rng.random_bool(0.4) {
                words.push(format!("{stem}{ending}"));
            }
        }
    }
    words
}
