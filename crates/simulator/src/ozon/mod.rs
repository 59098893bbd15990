//! The simulated Ozon: its gate (keys, roles, the quota of a Client-Id), and what happens by itself or by hand.

mod account;
mod answers;
mod archive;
mod attributes;
mod cancellations;
mod chat;
mod chats;
mod comment;
mod comments;
mod errors;
mod files;
mod growth;
mod ids;
mod keys;
mod notices;
mod operations;
mod people;
mod postings;
mod product;
mod question;
mod questions;
mod returns;
mod review;
mod reviews;
mod rfbs;
mod sending;
mod shelf;
mod shop;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderName, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::{
    chat::Author,
    operations::Operation,
    shop::{Said, Shop},
};
use crate::{
    Options, OzonRules, ShopSeed,
    acceptance::Write,
    platform::{Answer, Call, Deed, Outcome, Platform, Unknown, Wish},
    quota::{Bucket, Verdict},
    time::after,
    world::words::follow_up,
};

const CHANNEL: &str = "ozon";
/// Requests per second of a Client-Id over all methods (specification, 2026-09).
const PER_SECOND: u32 = 50;
/// Times a buyer writes again by themselves.
const FOLLOW_UPS: usize = 2;

#[derive(Debug)]
pub(crate) struct Ozon {
    shops: Vec<Shop>,
    buckets: HashMap<String, Bucket>,
    /// Buyers' answers by virtual time: shop, chat.
    due: BTreeMap<(Timestamp, u64), (usize, String)>,
    scheduled: u64,
    leaks: u64,
    options: Options,
}

/// A call that got through the gate, with all that decides what becomes of it.
#[derive(Debug, Clone, Copy)]
struct Turn<'a> {
    call: &'a Call,
    wish: &'a Wish,
    rules: &'a OzonRules,
}

impl Turn<'_> {
    /// The end of an accepted write; one without effect leaves no trace.
    fn accepted(&self, answer: Answer, write: Write) -> Outcome {
        Outcome { answer, accepted: Some(write).filter(|_| self.wish.effect) }
    }
}

impl Ozon {
    pub(crate) fn grow(options: &Options, now: Timestamp) -> Self {
        Self {
            shops: (0..options.size.ozon_shops).map(|number| Shop::grow(options, number, now)).collect(),
            buckets: HashMap::new(),
            due: BTreeMap::new(),
            scheduled: 0,
            leaks: 0,
            options: options.clone(),
        }
    }

    fn place_of(&self, call: &Call) -> Option<usize> {
        let (client, text) = (call.header("client-id")?, call.header("api-key")?);
        self.shops.iter().position(|shop| shop.client == client && shop.keys.values().any(|key| key.text == text))
    }

    /// The gate: whose key it is, and whether it opens this method.
    fn admit(&self, call: &Call, operation: Operation) -> Result<usize, Box<Answer>> {
        let stranger = |message: &str| Box::new(errors::error(StatusCode::UNAUTHORIZED, 16, message));
        let (Some(client), Some(text)) = (call.header("client-id"), call.header("api-key")) else {
            return Err(stranger("Client-Id and Api-Key headers are required"));
        };
        let found = self.shops.iter().enumerate().find(|(_, shop)| shop.client == client);
        let found = found.and_then(|(place, shop)| Some((place, shop.keys.values().find(|key| key.text == text)?)));
        let Some((place, key)) = found else {
            return Err(stranger("Invalid Api-Key, please check the key and try again"));
        };
        if key.deactivated || key.expires <= call.at {
            return Err(stranger("Api-key is deactivated, use another one or generate a new one"));
        }
        if operation != Operation::File && !key.methods.iter().any(|method| call.path.starts_with(method)) {
            return Err(Box::new(errors::denied("Api-Key is missing a required role for a method")));
        }
        Ok(place)
    }

    fn within_quota(&mut self, place: usize, now: Timestamp) -> Result<(), Answer> {
        let Some(shop) = self.shops.get(place).filter(|_| self.options.quotas) else { return Ok(()) };
        let interval = SignedDuration::from_millis(1_000 / i64::from(PER_SECOND));
        let bucket = self.buckets.entry(shop.client.clone()).or_insert_with(|| Bucket::new(PER_SECOND, interval, now));
        match bucket.take(now) {
            Verdict::Allowed { .. } => Ok(()),
            Verdict::Refused { retry_s, .. } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let answer = errors::error(status, 8, errors::words(status));
                // Headers are there since September 2026, but not always.
                Err(if place.is_multiple_of(2) { answer.with(header::RETRY_AFTER, retry_s) } else { answer })
            }
        }
    }

    fn perform(&mut self, place: usize, operation: Operation, call: &Call, wish: &Wish) -> Outcome {
        let Some(shop) = self.shops.get_mut(place) else {
            return errors::not_found("shop not found").into();
        };
        let outcome = operation.perform(shop, &Turn { call, wish, rules: &self.options.ozon });
        if let (Operation::Send | Operation::SendFile, Some(write)) = (operation, &outcome.accepted) {
            self.schedule(place, write.target.clone(), call.at);
        }
        outcome
    }

    fn shop_named(&mut self, name: &str) -> Result<&mut Shop, Unknown> {
        self.shops.iter_mut().find(|shop| shop.name == name).ok_or(Unknown::Shop)
    }

    fn schedule(&mut self, place: usize, chat: String, now: Timestamp) {
        let (from, to) = self.options.answer_after.clone().into_inner();
        let Some(shop) = self.shops.get_mut(place).filter(|_| self.options.answer_back) else { return };
        let at = after(now, SignedDuration::from_secs(from + shop.dice.below(to - from)));
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), (place, chat));
    }

    fn picture(&mut self, call: &Call) -> Option<Answer> {
        if call.method != Method::GET || !call.path.starts_with("/s3/") {
            return None;
        }
        // Pictures are public; a key sent there has left the house.
        self.leaks += u64::from(call.header("api-key").is_some() || call.header("client-id").is_some());
        let products = self.shops.iter().flat_map(|shop| &shop.products).map(AsRef::as_ref);
        Some(match product::picture(products, &call.path) {
            Some(bytes) => Answer::bytes(StatusCode::OK, "image/png", bytes),
            None => Answer::bytes(StatusCode::NOT_FOUND, "text/plain", "not found"),
        })
    }
}

impl Platform for Ozon {
    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pages(&self) -> &'static [&'static str] {
        &[
            "/chats",
            "/messages",
            "/items",
            "/postings",
            "/questions",
            "/answers",
            "/reviews",
            "/comments",
            "/returns",
            "/result",
        ]
    }

    fn shops(&self, base_url: &str) -> Vec<ShopSeed> {
        let secrets = |text: &str| BTreeMap::from([("api_key".to_owned(), text.to_owned())]);
        self.shops
            .iter()
            .map(|shop| ShopSeed {
                channel: CHANNEL.to_owned(),
                name: shop.name.clone(),
                base_url: base_url.to_owned(),
                fields: BTreeMap::from([("client_id".to_owned(), shop.client.clone())]),
                secrets: shop.keys.get("api_key").map(|key| secrets(&key.text)).unwrap_or_default(),
                variants: shop
                    .keys
                    .iter()
                    .filter(|(name, _)| **name != "api_key")
                    .map(|(name, key)| ((*name).to_owned(), secrets(&key.text)))
                    .collect(),
            })
            .collect()
    }

    fn shop(&self, call: &Call) -> Option<String> {
        self.shops.get(self.place_of(call)?).map(|shop| shop.name.clone())
    }

    fn intent(&self, call: &Call) -> Option<Write> {
        Operation::of(call, &self.options.ozon)?.intent(call)
    }

    fn settle(&mut self, now: Timestamp) {
        for shop in &mut self.shops {
            shop.cancellations.iter_mut().for_each(|one| one.settle(now));
            shop.claims.iter_mut().for_each(|claim| claim.settle(now));
        }
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (place, id)) = entry.remove_entry();
            let Some(shop) = self.shops.get_mut(place) else { continue };
            let words = shop.chats.change(&id, |chat| {
                let writes = chat.is_buyers() && chat.follow_ups < FOLLOW_UPS;
                let said = chat.last_of(Author::Customer).map(|message| message.data.concat()).unwrap_or_default();
                chat.follow_ups += 1;
                writes.then(|| follow_up(&said, chat.follow_ups - 1))
            });
            if let Some(words) = words.flatten() {
                shop.post(&id, Said::words(Author::Customer, words), at, at);
            }
        }
    }

    fn answer(&mut self, call: &Call, wish: &Wish) -> Outcome {
        if let Some(picture) = self.picture(call) {
            return picture.into();
        }
        let Some(operation) = Operation::of(call, &self.options.ozon) else {
            return errors::not_found("page not found").into();
        };
        let admitted = self.admit(call, operation).map_err(|refusal| *refusal);
        let outcome = match admitted.and_then(|place| self.within_quota(place, call.at).map(|()| place)) {
            Ok(place) => self.perform(place, operation, call, wish),
            Err(refusal) => refusal.into(),
        };
        Outcome { answer: operation.worded(outcome.answer), ..outcome }
    }

    fn human_answers(&mut self, call: &Call, text: &str) {
        let Some(write) = self.intent(call) else { return };
        let place = self.place_of(call);
        let Some(shop) = place.and_then(|place| self.shops.get_mut(place)) else { return };
        match write.action {
            "reply" | "file" => {
                shop.answered_by_hand(&write.target, text, call.at);
            }
            "act" => shop.overtaken(&write.target, text, call.at),
            _ => {}
        }
    }

    fn error(&self, call: &Call, status: StatusCode, message: Option<&str>) -> Answer {
        let answer = errors::error(status, errors::code(status), message.unwrap_or(errors::words(status)));
        match Operation::of(call, &self.options.ozon) {
            Some(operation) => operation.worded(answer),
            None => answer,
        }
    }

    fn retry_header(&self) -> HeaderName {
        header::RETRY_AFTER
    }

    fn buyer_writes(
        &mut self,
        shop: &str,
        conversation: Option<&str>,
        text: &str,
        at: Timestamp,
    ) -> Result<String, Unknown> {
        let shop = self.shop_named(shop)?;
        match conversation {
            None => shop.buyer_begins("chat", text, at),
            Some(id) => shop.buyer_writes(id, text, at).map(|()| id.to_owned()),
        }
    }

    fn buyer_begins(&mut self, shop: &str, kind: &str, text: &str, at: Timestamp) -> Result<String, Unknown> {
        self.shop_named(shop)?.buyer_begins(kind, text, at)
    }

    fn in_cabinet(&mut self, shop: &str, conversation: &str, deed: &Deed<'_>, at: Timestamp) -> Result<(), Unknown> {
        let shop = self.shop_named(shop)?;
        match *deed {
            Deed::Answers(text) => shop.answered_by_hand(conversation, text, at).ok_or(Unknown::Conversation),
            Deed::Decides { act, comment } => shop.decided_by_hand(conversation, act, comment, at),
        }
    }

    fn subscribe(&mut self, shop: &str, subscription: &str) -> Result<(), Unknown> {
        subscription.clone_into(&mut self.shop_named(shop)?.subscription);
        Ok(())
    }

    fn manage_reviews(&mut self, shop: &str, bought: bool) -> Result<(), Unknown> {
        self.shop_named(shop)?.review_management = bought;
        Ok(())
    }

    fn describe(&self, _: Timestamp) -> Value {
        let shops: Vec<Value> = self
            .shops
            .iter()
            .map(|shop| {
                json!({
                    "name": shop.name,
                    "subscription": shop.subscription,
                    "ids": if shop.ids_as_text { "text" } else { "number" },
                    "chats": shop.chats.len(),
                    "unread": shop.unread,
                    "review_management": shop.review_management,
                    "questions": shop.questions.len(),
                    "reviews": shop.reviews.len(),
                    "returns": shop.returns.len(),
                    "claims": shop.claims.len(),
                    "cancellations": shop.cancellations.len(),
                    "products": shop.products.len(),
                })
            })
            .collect();
        json!({ "shops": shops, "due": self.due.len(), "leaked_credentials": self.leaks })
    }
}
