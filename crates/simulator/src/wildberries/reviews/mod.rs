//! Reviews of products: what they are made of, and what has happened to them since the world began.
//!
//! Grown reviews are numbered by age and made from the seed when somebody looks; only what changed is kept.

mod lists;
mod words;
mod writing;

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::words::{ALWAYS_WRITTEN, COLOURS, NAMES, SCRIPTS};
pub(crate) use self::{
    lists::{archive, by_id, count, count_unanswered, list},
    writing::{Wanted, answer, intent, offer_return},
};
use super::{
    answers::{Answers, Version},
    ids::Ids,
    product::Product,
};
use crate::{
    Options,
    time::{after, moscow},
    world::{age::Ages, draw::Draw},
};

/// Unanswered for so long, a review goes to the archive (specification, 2026-10).
const KEPT_OPEN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many of a hundred reviews bring photographs.
const PICTURED: f64 = 0.3;
/// A review with this remainder is supplemented by one a little later.
const SUPPLEMENTED: u64 = 5;
const SUPPLEMENT_EVERY: u64 = 17;
const SUPPLEMENT_AFTER: u64 = 3;

/// All reviews of a shop.
#[derive(Debug)]
pub(crate) struct Reviews {
    seed: u64,
    ids: Ids,
    videos: Ids,
    ages: Ages,
    /// Share of old reviews that have an answer.
    answered: f64,
    products: Vec<Arc<Product>>,
    /// Written since the world began; their numbers follow the grown ones.
    written: Vec<Review>,
    changes: HashMap<u64, Change>,
    /// Distinguishes the shops on the content network, which all of them share.
    shop: u64,
}

/// What has happened to a review since the world began.
#[derive(Debug, Default, Clone)]
struct Change {
    viewed: bool,
    answers: Answers,
    return_offered: Option<Timestamp>,
}

/// One review as its buyer left it.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    product: Arc<Product>,
    created: Timestamp,
    text: String,
    pros: String,
    cons: String,
    pub stars: u8,
    pub photos: u64,
    pub video: bool,
    tags: Vec<String>,
    parent: Option<u64>,
}

impl Reviews {
    pub(crate) fn grow(options: &Options, shop: usize, seed: u64, products: &[Arc<Product>], now: Timestamp) -> Self {
        Self {
            seed,
            ids: Ids::new(seed, "review"),
            videos: Ids::new(seed, "review video"),
            ages: Ages::new(options, options.size.reviews, now),
            answered: options.size.answered,
            products: products.to_vec(),
            written: Vec::new(),
            changes: HashMap::new(),
            shop: shop as u64,
        }
    }

    fn draw(&self, number: u64) -> Draw {
        Draw::new(self.seed, number)
    }

    /// Grown and written.
    pub(crate) fn len(&self) -> u64 {
        self.ages.count() + self.written.len() as u64
    }

    fn written(&self, number: u64) -> Option<&Review> {
        self.written.get(usize::try_from(number.checked_sub(self.ages.count())?).ok()?)
    }

    fn created(&self, number: u64) -> Timestamp {
        match self.written(number) {
            Some(review) => review.created,
            None => self.ages.moment(number, self.draw(number).fraction("moment")),
        }
    }

    fn script(&self, number: u64) -> Option<&'static words::Script> {
        let from_newest = self.ages.count().checked_sub(number + 1)?;
        if from_newest < ALWAYS_WRITTEN {
            SCRIPTS.get(usize::try_from(from_newest).ok()?)
        } else {
            self.draw(number).one("script", SCRIPTS)
        }
    }

    /// The review that this one supplements.
    fn parent(&self, number: u64) -> Option<u64> {
        match self.written(number) {
            Some(review) => review.parent,
            None => number
                .checked_sub(SUPPLEMENT_AFTER)
                .filter(|parent| parent % SUPPLEMENT_EVERY == SUPPLEMENTED && number < self.ages.count()),
        }
    }

    fn child(&self, number: u64) -> Option<u64> {
        let grown = number + SUPPLEMENT_AFTER;
        if number % SUPPLEMENT_EVERY == SUPPLEMENTED && grown < self.ages.count() {
            return Some(grown);
        }
        let place = self.written.iter().position(|review| review.parent == Some(number))?;
        Some(self.ages.count() + place as u64)
    }

    fn product(&self, number: u64) -> Option<&Arc<Product>> {
        match self.written(number) {
            Some(review) => Some(&review.product),
            None => self.draw(self.parent(number).unwrap_or(number)).one("product", &self.products),
        }
    }

    /// Makes or finds a review.
    fn review(&self, number: u64) -> Option<Review> {
        if let Some(review) = self.written(number) {
            return Some(review.clone());
        }
        let (draw, script) = (self.draw(number), self.script(number)?);
        Some(Review {
            product: Arc::clone(self.product(number)?),
            created: self.created(number),
            text: script.text.to_owned(),
            pros: script.pros.to_owned(),
            cons: script.cons.to_owned(),
            stars: script.stars,
            photos: self.photos(number),
            video: draw.chance("video", 0.08),
            tags: script.tags.iter().map(|&tag| tag.to_owned()).collect(),
            parent: self.parent(number),
        })
    }

    fn photos(&self, number: u64) -> u64 {
        match self.written(number) {
            Some(review) => review.photos,
            None if self.draw(number).chance("pictured", PICTURED) => 1 + self.draw(number).below("photos", 4),
            None => 0,
        }
    }

    /// When the answer that a grown review came with was accepted.
    fn grown_answered(&self, number: u64) -> Option<Timestamp> {
        let from_newest = self.ages.count().checked_sub(number + 1)?;
        let answered = if from_newest < ALWAYS_WRITTEN {
            from_newest.is_multiple_of(2)
        } else {
            self.ages.answered(number, self.answered, self.draw(number))
        };
        let after = self.draw(number).fraction("answered after");
        answered.then(|| self.ages.later(self.created(number), after, 43_200))
    }

    fn answers(&self, number: u64) -> Answers {
        if let Some(change) = self.changes.get(&number) {
            return change.answers.clone();
        }
        let mut answers = Answers::default();
        if let (Some(accepted), Some(script)) = (self.grown_answered(number), self.script(number)) {
            answers.push(Version::settled(script.answered, accepted));
        }
        answers
    }

    /// Reviews that nobody changed since they grew start from what they grew with.
    fn change(&mut self, number: u64) -> &mut Change {
        let grown = Change {
            viewed: self.viewed(number),
            answers: self.answers(number),
            return_offered: self.return_offered(number),
        };
        self.changes.entry(number).or_insert(grown)
    }

    fn viewed(&self, number: u64) -> bool {
        match self.changes.get(&number) {
            Some(change) => change.viewed,
            None if self.written(number).is_some() => false,
            None => self.grown_answered(number).is_some() || self.draw(number).chance("viewed", 0.2),
        }
    }

    fn return_offered(&self, number: u64) -> Option<Timestamp> {
        self.changes.get(&number)?.return_offered
    }

    /// Whether it left the half of the list that awaits an answer: published answer, age, or nothing to answer to.
    fn processed(&self, number: u64, now: Timestamp) -> bool {
        let answered = || match self.changes.get(&number) {
            Some(change) => change.answers.published(now).is_some(),
            None => self.grown_answered(number).is_some_and(|accepted| accepted <= now),
        };
        self.created(number) <= after(now, -KEPT_OPEN) || answered() || self.wordless(number)
    }

    fn wordless(&self, number: u64) -> bool {
        let silent = match (self.written(number), self.script(number)) {
            (Some(review), _) => review.text.is_empty() && review.pros.is_empty() && review.cons.is_empty(),
            (None, Some(script)) => script.text.is_empty() && script.pros.is_empty() && script.cons.is_empty(),
            (None, None) => true,
        };
        silent && self.photos(number) == 0
    }

    /// Whether the seller may offer a return: a bought item, few stars, not offered yet.
    fn returnable(&self, number: u64, stars: u8) -> bool {
        stars <= 3 && self.order_status(number) == "buyout" && self.return_offered(number).is_none()
    }

    fn order_status(&self, number: u64) -> &'static str {
        const STATUSES: [&str; 6] = ["buyout", "buyout", "buyout", "rejected", "returned", "notSpecified"];
        match self.written(number) {
            Some(_) => "buyout",
            None if self.ages.count() - number <= ALWAYS_WRITTEN => "buyout",
            None => self.draw(number).one("order status", &STATUSES).copied().unwrap_or("buyout"),
        }
    }

    /// A buyer writes a review, or supplements one; returns its id.
    pub(crate) fn write(&mut self, parent: Option<u64>, text: &str, at: Timestamp) -> Option<String> {
        let number = self.len();
        let product = match parent {
            Some(parent) => self.product(parent)?,
            None => self.draw(number).one("product", &self.products)?,
        };
        let newest = self.written.last().map_or(Timestamp::MIN, |review| review.created);
        let review = Review {
            product: Arc::clone(product),
            // The order of numbers is the order of dates, whatever the clock does.
            created: at.max(newest),
            text: text.to_owned(),
            pros: String::new(),
            cons: String::new(),
            stars: 5,
            photos: 0,
            video: false,
            tags: Vec::new(),
            parent,
        };
        self.written.push(review);
        Some(self.ids.letters(number))
    }

    /// A review written since the world began, to be given more.
    pub(crate) fn written_mut(&mut self, id: &str) -> Option<&mut Review> {
        let place = self.number(id)?.checked_sub(self.ages.count())?;
        self.written.get_mut(usize::try_from(place).ok()?)
    }

    /// The number behind an id, if there is such a review.
    pub(crate) fn number(&self, id: &str) -> Option<u64> {
        self.ids.of_letters(id).filter(|&number| number < self.len())
    }

    /// Whether there is a review that nobody has looked at.
    pub(crate) fn any_unseen(&self) -> bool {
        (0..self.len()).rev().any(|number| !self.viewed(number))
    }

    pub(crate) fn unanswered(&self, now: Timestamp) -> usize {
        self.open(now).count()
    }

    /// Those that await an answer. Old ones are in the archive, so the walk stops early.
    fn open(&self, now: Timestamp) -> impl Iterator<Item = u64> {
        let newest_first = (0..self.len()).rev();
        newest_first
            .take_while(move |&number| self.created(number) > after(now, -KEPT_OPEN))
            .filter(move |&number| !self.processed(number, now))
    }

    /// A colleague answers in the web cabinet, past moderation.
    pub(crate) fn human_answers(&mut self, number: u64, text: &str, at: Timestamp) {
        let change = self.change(number);
        change.answers.push(Version::settled(text, at));
        change.viewed = true;
    }

    /// Number on the content network of one of a review's photographs.
    fn photo_number(&self, number: u64, photo: u64) -> u64 {
        (self.shop + 1) * 10_000_000_000 + number * 10 + photo
    }

    /// Whether that number is one of this shop's photographs.
    pub(crate) fn has_photo(&self, photo_number: u64) -> bool {
        let Some(rest) = photo_number.checked_sub((self.shop + 1) * 10_000_000_000) else { return false };
        let number = rest / 10;
        number < self.len() && rest % 10 < self.photos(number)
    }

    /// Whether that is the id of one of this shop's videos.
    pub(crate) fn has_video(&self, id: &str) -> bool {
        let review = self.videos.of_uuid(id).filter(|&number| number < self.len());
        review.and_then(|number| self.review(number)).is_some_and(|review| review.video)
    }

    fn json(&self, number: u64, supplier: &str, now: Timestamp) -> Option<Value> {
        let (review, draw) = (self.review(number)?, self.draw(number));
        let answers = self.answers(number);
        let answer = answers.visible(now).map(
            |version| json!({ "text": version.text, "state": version.state(now), "editable": answers.editable(now) }),
        );
        let photos: Vec<Value> =
            (0..review.photos).map(|photo| photo_links(self.photo_number(number, photo))).collect();
        let video = review.video.then(|| {
            let base = format!("https://videofeedback01.wbbasket.ru/{}", self.videos.uuid(number));
            json!({ "previewImage": format!("{base}/preview.webp"), "link": format!("{base}/index.m3u8"), "durationSec": 10 })
        });
        // The prose of the specification spells the first one with Cyrillic letters.
        let fit = draw.one("fit", &["", "", "ok", "ок", "smaller", "bigger"]);
        let bought = after(review.created, -SignedDuration::from_hours(24 * (2 + draw.below("bought", 20) as i64)));
        let id = |number: Option<u64>| number.map(|number| self.ids.letters(number));
        Some(json!({
            "id": self.ids.letters(number),
            "text": review.text,
            "pros": review.pros,
            "cons": review.cons,
            "productValuation": review.stars,
            "createdDate": moscow(review.created),
            "answer": answer,
            "state": if self.processed(number, now) { "wbRu" } else { "none" },
            "productDetails": details(&review.product, supplier, draw),
            "photoLinks": if photos.is_empty() { Value::Null } else { photos.into() },
            "video": video,
            "wasViewed": self.viewed(number),
            "userName": draw.one("name", NAMES),
            "orderStatus": self.order_status(number),
            "matchingSize": fit,
            "isAbleSupplierFeedbackValuation": review.stars < 4,
            "supplierFeedbackValuation": 0,
            "isAbleSupplierProductValuation": review.stars < 4,
            "supplierProductValuation": 0,
            "isAbleReturnProductOrders": self.returnable(number, review.stars),
            "returnProductOrdersDate": self.return_date(number),
            "bables": if review.tags.is_empty() { Value::Null } else { json!(review.tags) },
            "lastOrderShkId": 10_000_000_000_u64 + draw.below("unit", 9_999_999_999),
            "lastOrderCreatedAt": if draw.chance("undated", 0.1) { String::new() } else { moscow(bought) },
            "color": draw.one("colour", COLOURS),
            "subjectId": review.product.subject_id,
            "subjectName": review.product.good.subject,
            "parentFeedbackId": id(review.parent),
            "childFeedbackId": id(self.child(number)),
        }))
    }

    /// The empty string stands for "no date" as null does (third-party notes, 2026).
    fn return_date(&self, number: u64) -> Value {
        match self.return_offered(number) {
            Some(at) => json!(format!("{at:.0}")),
            None if number.is_multiple_of(7) => json!(""),
            None => Value::Null,
        }
    }
}

/// Some cards have lost the seller's names.
fn details(product: &Product, supplier: &str, draw: Draw) -> Value {
    let mut details = product.details(supplier);
    if let Some(fields) = details.as_object_mut() {
        fields.insert("size".to_owned(), json!("0"));
        if draw.chance("nameless", 0.1) {
            fields.insert("supplierName".to_owned(), Value::Null);
            fields.insert("brandName".to_owned(), Value::Null);
        }
    }
    details
}

fn photo_links(number: u64) -> Value {
    let base = format!("https://feedback04.wbbasket.ru/vol{}/part{}/{number}/photos", number / 100_000, number / 1_000);
    json!({ "fullSize": format!("{base}/fs.webp"), "miniSize": format!("{base}/ms.webp") })
}
