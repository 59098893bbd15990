//! What surrounds the words of a conversation on a platform: its raw JSON, stars, claims with their deadlines and actions, files,
//! orders. Texts of any source are dressed alike, so that an inbox of them weighs and costs what a real one does.
//!
//! The JSON has the fields and the length of the platforms' own (Wildberries feedbacks and buyers' chats, Ozon chats and
//! returns, read in their public specifications 2026-10); values are made up.

use std::collections::BTreeMap;

use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision, Limit, Money};
use dragoman_domain::incoming::{Incoming, IncomingMessage};
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::offer::{Choice, Effect, Field, Offer, Takes};
use dragoman_domain::review::{Purchase, ReviewFacts};
use dragoman_domain::{Author, Channel, Direction, Kind, SignedDuration, Timestamp};
use dragoman_engine::import::Imported;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::generate::NOW_MS;

/// Dresses conversations, and counts what it gave them.
pub struct Dresser {
    rng: SmallRng,
    worn: Worn,
}

/// What an inbox was given.
#[derive(Default)]
pub struct Worn {
    conversations: BTreeMap<&'static str, usize>,
    messages: usize,
    open_claims: usize,
    files: usize,
    raw: usize,
}

impl Worn {
    /// In one line.
    pub fn said(&self) -> String {
        let all: usize = self.conversations.values().sum();
        let share = |count: usize| 100.0 * count as f64 / all.max(1) as f64;
        let kinds: Vec<String> =
            self.conversations.iter().map(|(kind, count)| format!("{kind} {:.0} %", share(*count))).collect();
        format!(
            "{} messages in {all} conversations ({}), {} claims open, {} files, {:.0} bytes of raw JSON per message",
            self.messages,
            kinds.join(", "),
            self.open_claims,
            self.files,
            self.raw as f64 / self.messages.max(1) as f64,
        )
    }
}

impl Dresser {
    /// The same seed dresses the same way.
    pub fn new(seed: u64) -> Self {
        Self { rng: SmallRng::seed_from_u64(seed), worn: Worn::default() }
    }

    /// What was given so far.
    pub fn worn(&self) -> &Worn {
        &self.worn
    }

    /// Gives a conversation what belongs to its kind. Some short chats become claims.
    pub fn dress(&mut self, imported: Imported) -> Imported {
        let Imported { channel, account, mut conversation } = imported;
        if conversation.kind == Kind::Chat && conversation.messages.len() <= 5 && self.rng.random_bool(0.3) {
            conversation.kind = Kind::Claim;
        }
        let open = conversation.facts.closed == Some(false);
        let begun = conversation.messages.first().map_or(Timestamp::UNIX_EPOCH, |message| message.sent_at);
        conversation.facts.buyer_id = (conversation.kind != Kind::Review && conversation.kind != Kind::Notice)
            .then(|| format!("b{}", self.rng.random_range(0..400_000)));
        match conversation.kind {
            Kind::Review => conversation.facts.review = Some(self.review(begun)),
            Kind::Claim => {
                conversation.facts.claim = Some(self.claim(begun, open));
                conversation.facts.offers = Some(if open { offers() } else { Vec::new() });
                self.worn.open_claims += usize::from(open);
            }
            _ => {}
        }
        let count = conversation.messages.len();
        for place in 0..count {
            let files = self.files(channel, conversation.kind, place, &conversation.messages[place]);
            conversation.messages[place].attachments = files;
            let raw = self.raw(channel, &conversation, place).to_string();
            self.worn.raw += raw.len();
            self.worn.files += conversation.messages[place].attachments.len();
            conversation.messages[place].raw = raw;
        }
        self.worn.messages += count;
        *self.worn.conversations.entry(conversation.kind.word()).or_default() += 1;
        Imported { channel, account, conversation }
    }

    fn review(&mut self, begun: Timestamp) -> ReviewFacts {
        // Two thirds of reviews have five stars; the rest falls off, and rises again at one.
        let stars = match self.rng.random_range(0..100) {
            0..66 => 5,
            66..78 => 4,
            78..85 => 3,
            85..90 => 2,
            _ => 1,
        };
        ReviewFacts {
            stars: Some(stars),
            purchase: Some(if stars > 1 { Purchase::Kept } else { Purchase::Returned }),
            purchased_at: begun.checked_sub(SignedDuration::from_hours(24 * 6)).ok(),
            size: self.rng.random_range(40..56).to_string(),
            color: "серый меланж".into(),
            tags: if stars > 3 { vec!["Качество".into(), "Как на фото".into()] } else { Vec::new() },
            counts: Some(true),
            ..ReviewFacts::default()
        }
    }

    fn claim(&mut self, begun: Timestamp, open: bool) -> ClaimFacts {
        let days = self.rng.random_range(1..6);
        let decision = match (open, self.rng.random_range(0..10)) {
            (true, _) => Decision::Open,
            (false, 0..6) => Decision::Approved,
            (false, 6..9) => Decision::Refused,
            (false, _) => Decision::Lapsed,
        };
        ClaimFacts {
            sort: if self.rng.random_bool(0.8) { ClaimSort::Return } else { ClaimSort::Cancellation },
            reason: "Товар не соответствует описанию".into(),
            amount: Some(Money { amount: format!("{}.00", self.rng.random_range(200..9_000)), currency: "RUB".into() }),
            quantity: Some(1),
            decision,
            stage: "Ожидает решения продавца".into(),
            decided_at: (!open).then(|| begun.checked_add(SignedDuration::from_hours(30)).unwrap_or(begun)),
            comment: if open { String::new() } else { "Возврат согласован".into() },
            limit: open.then(|| Limit {
                at: Timestamp::from_millisecond(NOW_MS + days * 86_400_000).unwrap_or(begun),
                rule: "wb_claim_auto_approve".into(),
            }),
        }
    }

    fn files(&mut self, channel: Channel, kind: Kind, place: usize, message: &IncomingMessage) -> Vec<AttachmentStub> {
        let share = match (kind, message.direction) {
            (Kind::Claim, Direction::In) if place == 0 => 0.85,
            (Kind::Review, Direction::In) => 0.2,
            (Kind::Chat, Direction::In) => 0.1,
            (Kind::Ticket, _) => 0.15,
            _ => 0.0,
        };
        if !self.rng.random_bool(share) {
            return Vec::new();
        }
        let host = if channel == Channel::Ozon { "cdn1.ozone.ru/s3/chat" } else { "feedback04.wbbasket.ru/vol1" };
        let picture = kind != Kind::Ticket;
        (0..self.rng.random_range(1..4))
            .map(|_| {
                let number: u64 = self.rng.random();
                let name = format!("{number:016x}.{}", if picture { "jpg" } else { "pdf" });
                AttachmentStub {
                    source: format!("https://{host}/{number:016x}/photos/{name}"),
                    name,
                    mime: if picture { "image/jpeg" } else { "application/pdf" }.into(),
                    size: Some(self.rng.random_range(40_000..900_000)),
                    state: AttachmentState::Remote,
                }
            })
            .collect()
    }

    /// One message as its platform would have sent it.
    fn raw(&mut self, channel: Channel, thread: &Incoming, place: usize) -> Value {
        let message = &thread.messages[place];
        let links: Vec<&str> = message.attachments.iter().map(|file| file.source.as_str()).collect();
        let facts = &thread.facts;
        let product = facts.product.as_ref();
        let (key, name) = product.map_or(("", ""), |product| (product.key.as_str(), product.name.as_str()));
        let (id, at, text) = (message.remote_id.as_str(), message.sent_at.to_string(), message.text.as_str());
        match (thread.kind, channel) {
            (Kind::Review | Kind::Question, _) => json!({
                "id": id, "text": text, "pros": "", "cons": "", "createdDate": at, "state": facts.status,
                "productValuation": facts.review.as_ref().and_then(|review| review.stars),
                "answer": if message.author == Author::Seller { json!({"text": text, "state": "wbRu", "editable": true}) } else { Value::Null },
                "productDetails": {
                    "imtId": self.rng.random_range(100_000_000..400_000_000), "nmId": key, "productName": name,
                    "supplierArticle": format!("ART-{key}"), "supplierName": "ИП Образцов", "brandName": "Образец", "size": "0",
                },
                "video": Value::Null, "wasViewed": true, "userName": facts.buyer, "orderStatus": "buyout",
                "matchingSize": "", "isAbleSupplierFeedbackValuation": true, "supplierFeedbackValuation": 0,
                "isAbleSupplierProductValuation": false, "supplierProductValuation": 0,
                "isAbleReturnProductOrders": false, "returnProductOrdersDate": Value::Null, "bables": Value::Null,
                "lastOrderShkId": self.rng.random_range(10_000_000_000_u64..30_000_000_000), "lastOrderCreatedAt": at,
                "color": "серый меланж", "subjectId": 219, "subjectName": "Футболки", "parentFeedbackId": Value::Null,
                "childFeedbackId": Value::Null, "photoLinks": links,
            }),
            (Kind::Claim, _) => json!({
                "id": id, "claim_type": 1, "status": 0, "status_ex": 0, "nm_id": key, "user_comment": text, "wb_comment": Value::Null,
                "dt": at, "imt_name": name, "order_dt": at, "dt_update": at, "photos": links, "video_paths": [],
                "actions": ["autorefund1", "approve1", "rejectcustom"], "price": facts.claim.as_ref().and_then(|claim| claim.amount.as_ref()).map(|money| &money.amount),
                "currency_code": "643", "srid": format!("{:032x}.0.0", self.rng.random::<u128>()),
            }),
            (_, Channel::Ozon) => json!({
                "message_id": id, "user": {"id": facts.buyer_id, "type": message.author.word()}, "created_at": at, "is_read": true,
                "data": [text], "moderate_image_status": "SUCCESS", "is_image": !links.is_empty(), "files": links,
                "context": {"order_number": facts.order_no, "sku": key},
            }),
            _ => json!({
                "chatID": thread.remote_id.as_str(), "eventID": id, "eventType": "message", "isNewChat": false,
                "message": {"text": text, "attachments": {
                    "goodCard": {"date": at, "nmID": key, "price": 1_500, "priceCurrency": "RUB", "rid": format!("{:032x}.0.0", self.rng.random::<u128>()), "size": "0"},
                    "images": links,
                }},
                "addTimestamp": message.sent_at.as_millisecond(), "addTime": at, "sender": message.author.word(),
                "clientID": facts.buyer_id, "clientName": facts.buyer, "replySign": format!("{:064x}", self.rng.random::<u128>()),
            }),
        }
    }
}

/// What can be done with an open return.
fn offers() -> Vec<Offer> {
    let comment = Field { name: "comment".into(), required: true, takes: Takes::Text { min: 10, max: 1_000 } };
    let reasons = ["Следы носки", "Другой товар", "Нет бирки"];
    let options = reasons.iter().enumerate().map(|(place, label)| Choice {
        value: place.to_string(),
        label: (*label).into(),
        needs_comment: place > 0,
    });
    let reason = Field { name: "reason".into(), required: true, takes: Takes::Choice { options: options.collect() } };
    [
        ("autorefund1", Effect::RefundKeep, Vec::new()),
        ("approve1", Effect::ApproveReturn, Vec::new()),
        ("rejectcustom", Effect::Refuse, vec![reason, comment]),
    ]
    .map(|(name, effect, fields)| Offer { name: name.into(), effect, label: String::new(), fields })
    .into()
}
