//! One Wildberries seller, grown from a seed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    answers::{Answers, Version},
    chats::{Bought, Chats},
    claims::Claim,
    orders::Order,
    product::Product,
    questions::Question,
    reviews::Reviews,
    token::{self, Token},
};
use crate::{
    Options,
    platform::{Deed, Unknown},
    time::after,
    world::{
        dice::Dice,
        goods::GOODS,
        words::{ALWAYS_ASKED, QUESTIONS},
    },
};

/// Tokens live 180 days (knowledge base, 2026-10).
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(180 * 24);
const DAY: i64 = 86_400;
/// First stream of the dice for reviews, chats and claims.
const MORE: u64 = 1 << 32;

#[derive(Debug)]
pub(crate) struct Shop {
    pub name: String,
    pub seller: Uuid,
    pub oid: u64,
    pub tin: String,
    pub tokens: BTreeMap<&'static str, Token>,
    pub products: Vec<Arc<Product>>,
    /// By creation, so that date windows and orders are walks.
    pub questions: BTreeMap<(Timestamp, String), Question>,
    created: HashMap<String, Timestamp>,
    pub orders: Vec<Order>,
    pub reviews: Reviews,
    pub chats: Chats,
    /// Newest first.
    pub claims: Vec<Claim>,
    pub dice: Dice,
}

impl Shop {
    pub(crate) fn grow(options: &Options, number: usize, now: Timestamp) -> Self {
        const NAMES: [&str; 4] = ["Северный двор", "Лавка у моря", "Домашний мастер", "Горная тропа"];
        let mut dice = Dice::new(options.seed, 2 * number as u64);
        let name = NAMES.get(number).map_or_else(|| format!("Магазин {}", number + 1), |&name| name.to_owned());
        let (seller, oid) = (dice.uuid(), 100_000 + dice.below(900_000).unsigned_abs());
        let products: Vec<Arc<Product>> = GOODS
            .iter()
            .cycle()
            .take(options.size.products.max(1))
            .enumerate()
            .map(|(place, &good)| Arc::new(Product::grow(&mut dice, place, good, now)))
            .collect();
        let orders = Order::grow(&mut dice, &products, now);
        let bought: Vec<Bought> = orders.iter().map(Bought::from).collect();
        // What came later to this world has dice of its own, so that what was there before stays as it was.
        let mut more = Dice::new(options.seed, MORE + number as u64);
        let (of_reviews, of_chats) = (more.bits(), more.bits());
        let mut shop = Self {
            name,
            seller,
            oid,
            tin: format!("77{:08}", dice.below(99_999_999)),
            tokens: tokens(&mut dice, seller, oid, now),
            reviews: Reviews::grow(options, number, of_reviews, &products, now),
            chats: Chats::grow(options, of_chats, oid, bought.clone(), now),
            claims: Claim::grow(options, &mut more, &bought, now),
            products,
            questions: BTreeMap::new(),
            created: HashMap::new(),
            orders,
            dice,
        };
        for place in 0..options.size.questions {
            shop.grow_question(options, place, now);
        }
        shop
    }

    fn grow_question(&mut self, options: &Options, place: usize, now: Timestamp) {
        let dice = &mut self.dice;
        let always = place < ALWAYS_ASKED;
        let script = if always { QUESTIONS.get(place) } else { dice.one(QUESTIONS) };
        let (Some(&script), Some(product)) = (script, dice.one(&self.products).cloned()) else { return };
        let answered = if always { place.is_multiple_of(2) } else { dice.chance(options.size.answered) };
        let history = options.size.history_days.max(1) * DAY;
        // What awaits an answer is mostly fresh; one in ten has been lying about for weeks.
        let old = answered || (!always && dice.chance(0.1));
        let created = if old {
            dice.before(now, history.min(2 * DAY), history)
        } else {
            dice.before(now, 60, history.min(3 * DAY))
        };
        let mut question = Question {
            product,
            created,
            text: script.asked.to_owned(),
            viewed: answered || dice.chance(0.2),
            warned: dice.chance(0.02),
            answers: Answers::default(),
        };
        if answered {
            let accepted = after(created, SignedDuration::from_secs(600 + dice.below(DAY / 2)));
            let version = Version {
                text: script.answered.to_owned(),
                accepted,
                shown: accepted,
                decided: after(accepted, SignedDuration::from_mins(2)),
                refused: false,
                hides: !always && dice.chance(0.03),
            };
            question.answers.push(version);
        }
        let id = dice.id(20);
        self.insert(id, question);
    }

    fn insert(&mut self, id: String, question: Question) {
        self.created.insert(id.clone(), question.created);
        self.questions.insert((question.created, id), question);
    }

    /// A buyer asks; returns the new question's id.
    pub(crate) fn ask(&mut self, product: Option<Arc<Product>>, text: &str, at: Timestamp) -> Option<String> {
        let product = product.or_else(|| self.dice.one(&self.products).cloned())?;
        let id = self.dice.id(20);
        let question = Question {
            product,
            created: at,
            text: text.to_owned(),
            viewed: false,
            warned: false,
            answers: Answers::default(),
        };
        self.insert(id.clone(), question);
        Some(id)
    }

    /// A buyer files a claim; returns its id.
    pub(crate) fn claim(&mut self, text: &str, at: Timestamp) -> Option<String> {
        let bought: Vec<Bought> = self.orders.iter().map(Bought::from).collect();
        let claim = Claim::file(&mut self.dice, &bought, text, at)?;
        let id = claim.id.to_string();
        self.claims.insert(0, claim);
        Some(id)
    }

    /// A colleague answers or decides in the web cabinet.
    pub(crate) fn in_cabinet(&mut self, id: &str, deed: &Deed<'_>, at: Timestamp) -> Result<(), Unknown> {
        if let Some(claim) = self.claims.iter_mut().find(|claim| claim.id.to_string() == id) {
            return match deed {
                Deed::Decides { act, comment } => claim.human_decides(act, comment, at),
                Deed::Answers(text) => claim.human_decides("rejectcustom", text, at),
            };
        }
        let Deed::Answers(text) = deed else { return Err(Unknown::Act) };
        if let Some(chat) = self.chats.number(id) {
            self.chats.human_writes(chat, text, at);
        } else if let Some(review) = self.reviews.number(id) {
            self.reviews.human_answers(review, text, at);
        } else {
            let question = self.question_mut(id).ok_or(Unknown::Conversation)?;
            question.answers.push(Version::settled(text, at));
        }
        Ok(())
    }

    pub(crate) fn question(&self, id: &str) -> Option<&Question> {
        self.questions.get(&(*self.created.get(id)?, id.to_owned()))
    }

    pub(crate) fn question_mut(&mut self, id: &str) -> Option<&mut Question> {
        self.questions.get_mut(&(*self.created.get(id)?, id.to_owned()))
    }
}

/// The good token and the ones that should be met with a clear word.
fn tokens(dice: &mut Dice, seller: Uuid, oid: u64, now: Timestamp) -> BTreeMap<&'static str, Token> {
    let mut token = |scopes: u64, kind: u8, life: SignedDuration| Token {
        scopes,
        expires: after(now, life).as_second(),
        seller,
        oid,
        id: dice.uuid(),
        test: kind == token::TEST,
        kind,
        purpose: (kind == token::PERSONAL).then(|| "self".to_owned()),
    };
    let without = |bit: u32| token::FULL & !(1 << bit);
    BTreeMap::from([
        ("token", token(token::FULL, token::PERSONAL, TOKEN_LIFE)),
        ("read_only", token(token::FULL | 1 << token::bit::READ_ONLY, token::PERSONAL, TOKEN_LIFE)),
        ("basic", token(token::FULL, token::BASIC, TOKEN_LIFE)),
        ("test", token(token::FULL, token::TEST, TOKEN_LIFE)),
        ("expired", token(token::FULL, token::PERSONAL, SignedDuration::from_hours(-1))),
        ("expiring", token(token::FULL, token::PERSONAL, SignedDuration::from_hours(48))),
        ("without_questions", token(without(token::bit::QUESTIONS), token::PERSONAL, TOKEN_LIFE)),
        ("without_chat", token(without(token::bit::CHAT), token::PERSONAL, TOKEN_LIFE)),
        ("without_returns", token(without(token::bit::RETURNS), token::PERSONAL, TOKEN_LIFE)),
        ("without_content", token(without(token::bit::CONTENT), token::PERSONAL, TOKEN_LIFE)),
    ])
}
