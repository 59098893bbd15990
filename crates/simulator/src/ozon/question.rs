//! Questions on product pages as the world keeps them, and as answers show them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    archive::{self, Archive},
    ids::{self, MessageId},
    product::Product,
    shelf::Shelved,
    shop::Shop,
};
use crate::{
    time::after,
    world::{dice::Dice, words::QUESTIONS},
};

/// Almost every buyer is called so.
pub(crate) const ANYBODY: &str = "Пользователь OZON";

#[derive(Debug, Clone)]
pub(crate) struct Question {
    rank: MessageId,
    pub product: Arc<Product>,
    pub text: String,
    pub author: &'static str,
    pub status: Status,
    pub published: Timestamp,
    /// Oldest first.
    pub answers: Vec<Answer>,
}

/// What a question or a review is to the seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    Viewed,
    /// Not clear from the documents when it is told in place of the two above.
    Unprocessed,
    Processed,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub id: String,
    /// Nobody for the seller's own, which bear the shop's name.
    pub author: Option<&'static str>,
    pub text: String,
    pub published: Timestamp,
    pub visible: Timestamp,
}

impl Status {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Viewed => "VIEWED",
            Self::Unprocessed => "UNPROCESSED",
            Self::Processed => "PROCESSED",
        }
    }

    /// A status that a request may set.
    pub(crate) fn to_set(text: &str) -> Option<Self> {
        [Self::New, Self::Viewed, Self::Processed].into_iter().find(|status| status.text() == text)
    }
}

impl Shelved for Question {
    fn rank(&self) -> MessageId {
        self.rank
    }

    /// Answered by the seller and processed, unless it is one of those that wait.
    fn made(archive: &Archive, number: usize) -> Option<Self> {
        let product = archive.product(number)?;
        let script = archive.dice(number).one(QUESTIONS).copied()?;
        let published = archive.moment(number);
        let at = after(published, SignedDuration::from_mins(40));
        let answer = || Answer {
            id: archive.answer(number).to_string(),
            author: None,
            text: script.answered.to_owned(),
            published: ids::told(at),
            visible: at,
        };
        let waits = archive.waits(number);
        Some(Self {
            rank: archive.rank(number),
            product: Arc::clone(product),
            text: script.asked.to_owned(),
            author: ANYBODY,
            status: if waits { Status::New } else { Status::Processed },
            published,
            answers: if waits { Vec::new() } else { vec![answer()] },
        })
    }
}

impl Question {
    /// A buyer asks now.
    pub(crate) fn asked(product: &Arc<Product>, text: &str, at: Timestamp, salt: usize) -> Self {
        Self {
            rank: ids::at(at, salt % archive::SALT),
            product: Arc::clone(product),
            text: text.to_owned(),
            author: ANYBODY,
            status: Status::New,
            published: ids::told(at),
            answers: Vec::new(),
        }
    }

    pub(crate) fn visible(&self, now: Timestamp) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(move |answer| answer.visible <= now)
    }

    pub(crate) fn json(&self, id: &str, as_text: bool, now: Timestamp) -> Value {
        let sku = self.product.sku;
        let count = i64::try_from(self.visible(now).count()).unwrap_or_default();
        json!({
            "id": id,
            "sku": sku,
            "text": self.text,
            "author_name": self.author,
            "status": self.status.text(),
            "answers_count": ids::counted(count, as_text),
            "published_at": format!("{:.6}", self.published),
            "product_url": format!("https://www.ozon.ru/product/{sku}/"),
            "question_link": format!("https://www.ozon.ru/product/{sku}/questions/?qid={}", self.rank % 1_000_000_000),
        })
    }
}

/// Questions of every status, some of them answered by other buyers.
pub(crate) fn grow(shop: &mut Shop, dice: &mut Dice, count: usize, now: Timestamp) {
    const STATUSES: [Status; 6] =
        [Status::New, Status::Processed, Status::Viewed, Status::New, Status::Processed, Status::Unprocessed];
    for (place, (script, status)) in QUESTIONS.iter().cycle().zip(STATUSES.into_iter().cycle()).take(count).enumerate()
    {
        let Some(product) = dice.one(&shop.products).cloned() else { return };
        let at = dice.before(now, 3_600 * (1 + 5 * place as i64), 3_600 * (5 + 5 * place as i64));
        let mut question = Question { status, ..Question::asked(&product, script.asked, at, place) };
        if place % 5 == 3 {
            question.author = "Мария К.";
        }
        let mut answer = |author, text: &str, minutes| {
            let at = after(at, SignedDuration::from_mins(minutes));
            let id = ids::uuid_at(at, dice);
            question.answers.push(Answer { id, author, text: text.to_owned(), published: at, visible: at });
        };
        if place % 3 != 1 && place % 4 == 2 {
            answer(Some(ANYBODY), "У меня такой же, всё подошло.", 15);
        }
        if status == Status::Processed {
            answer(None, script.answered, 40);
        }
        let id = ids::uuid_at(at, dice);
        shop.questions.put(id, question);
    }
}
