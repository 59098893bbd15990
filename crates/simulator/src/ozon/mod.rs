//! The simulated Ozon: its gate (keys, roles, the quota of a Client-Id) and the table of its methods.

mod chat;
mod chats;
mod errors;
mod ids;
mod postings;
mod product;
mod shop;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderName, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::{chat::Author, postings::Scheme, shop::Shop};
use crate::{
    Options, ShopSeed,
    acceptance::Write,
    platform::{Answer, Call, Outcome, Platform, Unknown, Wish},
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

/// A method of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Roles,
    SellerInfo,
    Chats,
    History,
    Send,
    Read,
    File,
    Products,
    RelatedSkus,
    Postings(Scheme),
    Posting(Scheme),
}

impl Operation {
    fn of(call: &Call) -> Option<Self> {
        if call.method == Method::GET {
            return call.path.starts_with("/v2/chat/file/").then_some(Self::File);
        }
        if call.method != Method::POST {
            return None;
        }
        Some(match call.path.as_str() {
            "/v1/roles" => Self::Roles,
            "/v1/seller/info" => Self::SellerInfo,
            "/v3/chat/list" => Self::Chats,
            "/v3/chat/history" => Self::History,
            "/v1/chat/send/message" => Self::Send,
            "/v2/chat/read" => Self::Read,
            "/v3/product/info/list" => Self::Products,
            "/v1/product/related-sku/get" => Self::RelatedSkus,
            "/v4/posting/fbs/list" => Self::Postings(Scheme::Fbs),
            "/v3/posting/fbo/list" => Self::Postings(Scheme::Fbo),
            "/v3/posting/fbs/get" => Self::Posting(Scheme::Fbs),
            "/v2/posting/fbo/get" => Self::Posting(Scheme::Fbo),
            _ => return None,
        })
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
        match operation {
            Operation::Roles => roles(shop, call).into(),
            Operation::SellerInfo => seller_info(shop, call.at).into(),
            Operation::Chats => chats::list(shop, call).into(),
            Operation::History => chats::history(shop, call).into(),
            Operation::Read => chats::read(shop, call, wish),
            Operation::File => chats::file(shop, &call.path).into(),
            Operation::Products => product::list(&shop.products, call).into(),
            Operation::RelatedSkus => product::related(&shop.products, call).into(),
            Operation::Postings(scheme) => postings::list(&shop.postings, scheme, call).into(),
            Operation::Posting(scheme) => postings::get(&shop.postings, scheme, call).into(),
            Operation::Send => {
                let outcome = chats::send(shop, call, wish, &self.options.ozon);
                if let Some(write) = &outcome.accepted {
                    self.schedule(place, write.target.clone(), call.at);
                }
                outcome
            }
        }
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

fn roles(shop: &Shop, call: &Call) -> Answer {
    let key = shop.keys.values().find(|key| call.header("api-key") == Some(&key.text));
    let role = key.map(|key| json!({ "name": "Admin", "methods": key.methods }));
    Answer::ok(
        json!({ "expires_at": key.map(|key| format!("{:.3}", key.expires)), "roles": role.into_iter().collect::<Vec<_>>() }),
    )
}

fn seller_info(shop: &Shop, now: Timestamp) -> Answer {
    let value = json!({
        "value": 4.8,
        "formatted": "4.8",
        "status": { "danger": false, "premium": true, "warning": false },
        "date_from": format!("{:.0}", after(now, SignedDuration::from_hours(-24))),
        "date_to": format!("{now:.0}"),
    });
    Answer::ok(json!({
        "company": {
            "name": shop.name,
            "legal_name": format!("ООО «{}»", shop.name),
            "country": "RU",
            "currency": "RUB",
            "inn": "7700000000",
            "ogrn": "1027700000000",
            "ownership_form": "ООО",
            "tax_system": "USN",
        },
        "ratings": [{
            "name": "Оценка товаров",
            "rating": "rating_review_avg_score_total",
            "status": "OK",
            "value_type": "REVIEW_SCORE",
            "current_value": value,
            "past_value": value,
        }],
        "subscription": {
            "is_premium": shop.subscription.starts_with("PREMIUM"),
            "type": shop.subscription,
        },
    }))
}

impl Platform for Ozon {
    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pages(&self) -> &'static [&'static str] {
        &["/chats", "/messages", "/items", "/postings"]
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
        match Operation::of(call)? {
            Operation::Send => chats::intent_to_send(call),
            Operation::Read => chats::intent_to_read(call),
            _ => None,
        }
    }

    fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (place, id)) = entry.remove_entry();
            let Some(shop) = self.shops.get_mut(place) else { continue };
            let Some(chat) = shop.chats.get_mut(&id).filter(|chat| chat.is_buyers() && chat.follow_ups < FOLLOW_UPS)
            else {
                continue;
            };
            let said = chat.last_of(Author::Customer).map(|message| message.data.concat()).unwrap_or_default();
            let words = follow_up(&said, chat.follow_ups);
            chat.follow_ups += 1;
            shop.post(&id, Author::Customer, vec![words.to_owned()], at, at);
        }
    }

    fn answer(&mut self, call: &Call, wish: &Wish) -> Outcome {
        if let Some(picture) = self.picture(call) {
            return picture.into();
        }
        let Some(operation) = Operation::of(call) else {
            return errors::not_found("page not found").into();
        };
        let place = match self.admit(call, operation) {
            Ok(place) => place,
            Err(refusal) => return Outcome::from(*refusal),
        };
        if let Err(refusal) = self.within_quota(place, call.at) {
            return refusal.into();
        }
        self.perform(place, operation, call, wish)
    }

    fn human_answers(&mut self, call: &Call, text: &str) {
        let Some(write) = self.intent(call).filter(|write| write.action == "reply") else { return };
        let place = self.place_of(call);
        if let Some(shop) = place.and_then(|place| self.shops.get_mut(place)) {
            shop.post(&write.target, Author::Seller, vec![text.to_owned()], call.at, call.at);
        }
    }

    fn error(&self, _: &Call, status: StatusCode, message: Option<&str>) -> Answer {
        errors::error(status, errors::code(status), message.unwrap_or(errors::words(status)))
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
        let shop = self.shops.iter_mut().find(|found| found.name == shop).ok_or(Unknown::Shop)?;
        match conversation {
            None => shop.open_chat(text, at).ok_or(Unknown::Conversation),
            Some(id) if shop.chats.contains_key(id) => {
                shop.post(id, Author::Customer, vec![text.to_owned()], at, at);
                Ok(id.to_owned())
            }
            Some(_) => Err(Unknown::Conversation),
        }
    }

    fn subscribe(&mut self, shop: &str, subscription: &str) -> Result<(), Unknown> {
        let shop = self.shops.iter_mut().find(|found| found.name == shop).ok_or(Unknown::Shop)?;
        subscription.clone_into(&mut shop.subscription);
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
                    "products": shop.products.len(),
                })
            })
            .collect();
        json!({ "shops": shops, "due": self.due.len(), "leaked_credentials": self.leaks })
    }
}
