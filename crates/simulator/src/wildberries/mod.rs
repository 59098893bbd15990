//! The simulated Wildberries: its gate (tokens, categories, quotas) and the table of its methods.

mod errors;
mod orders;
mod product;
mod questions;
mod shop;
mod token;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderName, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use self::{
    shop::Shop,
    token::{Flaw, Token, bit},
};
use crate::{
    Options, ShopSeed,
    acceptance::Write,
    platform::{Answer, Call, Outcome, Platform, Unknown, Wish},
    quota::{Bucket, Verdict},
    time::after,
    world::words::follow_up,
};

const CHANNEL: &str = "wildberries";
const RETRY: HeaderName = HeaderName::from_static("x-ratelimit-retry");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

#[derive(Debug)]
pub(crate) struct Wildberries {
    shops: Vec<Shop>,
    buckets: HashMap<(Uuid, Category, bool), Bucket>,
    /// Further questions by virtual time: shop, answered question.
    due: BTreeMap<(Timestamp, u64), (usize, String)>,
    scheduled: u64,
    leaks: u64,
    options: Options,
}

/// What a quota is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Category {
    Questions,
    Content,
    Analytics,
    Marketplace,
    Ping,
    SellerInfo,
}

impl Category {
    /// The token bit it needs, if any.
    fn bit(self) -> Option<u32> {
        match self {
            Self::Questions => Some(bit::QUESTIONS),
            Self::Content => Some(bit::CONTENT),
            Self::Analytics => Some(bit::ANALYTICS),
            Self::Marketplace => Some(bit::MARKETPLACE),
            Self::Ping | Self::SellerInfo => None,
        }
    }

    /// Burst and interval in milliseconds (specification, 2026-10); basic tokens since April 2026.
    fn quota(self, basic: bool) -> (u32, i64) {
        match (self, basic) {
            (Self::Questions, false) => (6, 333),
            (Self::Questions, true) => (1, 12 * 60_000),
            (Self::Content, false) => (5, 600),
            (Self::Analytics, false) => (1, 60_000),
            (Self::Analytics, true) => (1, 3 * 3_600_000),
            (Self::Marketplace, false) => (20, 200),
            (Self::Ping, _) => (3, 10_000),
            (Self::SellerInfo, _) => (10, 60_000),
            (Self::Content | Self::Marketplace, true) => (1, 3_600_000),
        }
    }
}

/// A method of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Ping,
    SellerInfo,
    News,
    CountUnanswered,
    Count,
    List,
    ById,
    Write,
    Cards { trash: bool },
    Feed,
    NewOrders,
    Orders,
    OrderStatus,
}

impl Operation {
    fn of(call: &Call) -> Option<Self> {
        Some(match (call.method.as_str(), call.path.as_str()) {
            ("GET", "/ping") => Self::Ping,
            ("GET", "/api/v1/seller-info") => Self::SellerInfo,
            ("GET", "/api/v1/new-feedbacks-questions") => Self::News,
            ("GET", "/api/v1/questions/count-unanswered") => Self::CountUnanswered,
            ("GET", "/api/v1/questions/count") => Self::Count,
            ("GET", "/api/v1/questions") => Self::List,
            ("GET", "/api/v1/question") => Self::ById,
            ("PATCH", "/api/v1/questions") => Self::Write,
            ("POST", "/content/v2/get/cards/list") => Self::Cards { trash: false },
            ("POST", "/content/v2/get/cards/trash") => Self::Cards { trash: true },
            ("POST", "/api/analytics/v1/order-feed") => Self::Feed,
            ("GET", "/api/v3/orders/new") => Self::NewOrders,
            ("GET", "/api/v3/orders") => Self::Orders,
            ("POST", "/api/v3/orders/status") => Self::OrderStatus,
            _ => return None,
        })
    }

    fn category(self) -> Category {
        match self {
            Self::Ping => Category::Ping,
            Self::SellerInfo => Category::SellerInfo,
            Self::News | Self::CountUnanswered | Self::Count | Self::List | Self::ById | Self::Write => {
                Category::Questions
            }
            Self::Cards { .. } => Category::Content,
            Self::Feed => Category::Analytics,
            Self::NewOrders | Self::Orders | Self::OrderStatus => Category::Marketplace,
        }
    }
}

impl Wildberries {
    pub(crate) fn grow(options: &Options, now: Timestamp) -> Self {
        Self {
            shops: (0..options.size.wildberries_shops).map(|number| Shop::grow(options, number, now)).collect(),
            buckets: HashMap::new(),
            due: BTreeMap::new(),
            scheduled: 0,
            leaks: 0,
            options: options.clone(),
        }
    }

    /// The gate: whose token it is, and whether it opens this category.
    fn admit(&self, call: &Call, operation: Operation) -> Result<(usize, Token), Box<Answer>> {
        let refuse = |detail: &str| Box::new(gateway(call, StatusCode::UNAUTHORIZED, detail));
        let token = Token::read(call.header("authorization")).map_err(|flaw| refuse(flaw.detail()))?;
        let place = self.place(&token).ok_or_else(|| refuse(Flaw::UnknownSeller.detail()))?;
        if token.expired(call.at) {
            return Err(refuse(Flaw::Expired.detail()));
        }
        let lacking = operation.category().bit().is_some_and(|bit| !token.has(bit));
        let writing = operation == Operation::Write && token.has(bit::READ_ONLY);
        if token.test || lacking || writing {
            return Err(refuse("token scope not allowed"));
        }
        Ok((place, token))
    }

    fn place(&self, token: &Token) -> Option<usize> {
        self.shops.iter().position(|shop| shop.seller == token.seller && shop.oid == token.oid)
    }

    fn place_of(&self, call: &Call) -> Option<usize> {
        Token::read(call.header("authorization")).ok().and_then(|token| self.place(&token))
    }

    fn bucket(&mut self, token: &Token, category: Category, now: Timestamp) -> &mut Bucket {
        let basic = token.kind == token::BASIC;
        let (burst, interval) = category.quota(basic);
        self.buckets
            .entry((token.seller, category, basic))
            .or_insert_with(|| Bucket::new(burst, SignedDuration::from_millis(interval), now))
    }

    fn perform(&mut self, place: usize, operation: Operation, call: &Call, wish: &Wish) -> Outcome {
        let lag = self.options.wildberries.publication_lag;
        let Some(shop) = self.shops.get_mut(place) else {
            return errors::gateway(call.at, StatusCode::UNAUTHORIZED, Flaw::UnknownSeller.detail()).into();
        };
        match operation {
            Operation::Ping => Answer::ok(json!({ "TS": call.at, "Status": "OK" })).into(),
            Operation::SellerInfo => Answer::ok(json!({
                "name": format!("ООО «{}»", shop.name),
                "sid": shop.seller,
                "tin": shop.tin,
                "tradeMark": shop.name,
            }))
            .into(),
            Operation::News => questions::news(shop).into(),
            Operation::CountUnanswered => questions::count_unanswered(shop, call.at).into(),
            Operation::Count => questions::count(shop, call).into(),
            Operation::List => questions::list(shop, call).into(),
            Operation::ById => questions::by_id(shop, call).into(),
            Operation::Write => {
                let outcome = questions::write(shop, call, wish, lag);
                if let Some(Write { action: "reply", target, .. }) = &outcome.accepted {
                    self.schedule(place, target.clone(), call.at);
                }
                outcome
            }
            Operation::Cards { trash } => product::cards(&shop.products, call, trash).into(),
            Operation::Feed => orders::feed(&shop.orders, call).into(),
            Operation::NewOrders => orders::new(&shop.orders, call.at).into(),
            Operation::Orders => orders::list(&shop.orders, call).into(),
            Operation::OrderStatus => orders::status(&shop.orders, call).into(),
        }
    }

    fn schedule(&mut self, place: usize, question: String, now: Timestamp) {
        let (from, to) = self.options.answer_after.clone().into_inner();
        let Some(shop) = self.shops.get_mut(place).filter(|_| self.options.answer_back) else { return };
        let at = after(now, SignedDuration::from_secs(from + shop.dice.below(to - from)));
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), (place, question));
    }

    fn picture(&mut self, call: &Call) -> Option<Answer> {
        if call.method != Method::GET || !call.path.starts_with("/vol") {
            return None;
        }
        // Pictures are public; a token sent there has left the house.
        self.leaks += u64::from(call.header("authorization").is_some());
        let products = self.shops.iter().flat_map(|shop| &shop.products).map(AsRef::as_ref);
        Some(match product::picture(products, &call.path) {
            Some(bytes) => Answer::bytes(StatusCode::OK, "image/png", bytes),
            None => Answer::bytes(StatusCode::NOT_FOUND, "text/plain", "not found"),
        })
    }
}

/// The gateway's refusal; before the marketplace host it does not call itself a problem (specification, 2026-10).
fn gateway(call: &Call, status: StatusCode, detail: &str) -> Answer {
    let refusal = errors::gateway(call.at, status, detail);
    match Operation::of(call).map(Operation::category) {
        Some(Category::Marketplace) => Answer { content_type: "application/json", ..refusal },
        _ => refusal,
    }
}

impl Platform for Wildberries {
    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pages(&self) -> &'static [&'static str] {
        &["/data/questions", "/cards", "/data/orders", "/orders"]
    }

    fn shops(&self, base_url: &str) -> Vec<ShopSeed> {
        let secrets = |token: &Token| BTreeMap::from([("token".to_owned(), token.encode())]);
        self.shops
            .iter()
            .map(|shop| ShopSeed {
                channel: CHANNEL.to_owned(),
                name: shop.name.clone(),
                base_url: base_url.to_owned(),
                fields: BTreeMap::new(),
                secrets: shop.tokens.get("token").map(secrets).unwrap_or_default(),
                variants: shop
                    .tokens
                    .iter()
                    .filter(|(name, _)| **name != "token")
                    .map(|(name, token)| ((*name).to_owned(), secrets(token)))
                    .collect(),
            })
            .collect()
    }

    fn shop(&self, call: &Call) -> Option<String> {
        self.shops.get(self.place_of(call)?).map(|shop| shop.name.clone())
    }

    fn intent(&self, call: &Call) -> Option<Write> {
        if Operation::of(call) != Some(Operation::Write) {
            return None;
        }
        questions::intent(self.shops.get(self.place_of(call)?)?, call).ok()
    }

    fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (place, id)) = entry.remove_entry();
            if let Some(shop) = self.shops.get_mut(place)
                && let Some(question) = shop.question(&id)
            {
                let (product, words) = (question.product.clone(), follow_up(&question.text, 0));
                shop.ask(Some(product), words, at);
            }
        }
    }

    fn answer(&mut self, call: &Call, wish: &Wish) -> Outcome {
        if let Some(picture) = self.picture(call) {
            return picture.into();
        }
        let Some(operation) = Operation::of(call) else {
            return errors::gateway(call.at, StatusCode::NOT_FOUND, "no such path").into();
        };
        let (place, token) = match self.admit(call, operation) {
            Ok(admitted) => admitted,
            Err(refusal) => return Outcome::from(*refusal),
        };
        if !self.options.quotas {
            return self.perform(place, operation, call, wish);
        }
        let category = operation.category();
        match self.bucket(&token, category, call.at).take(call.at) {
            Verdict::Refused { retry_s, full_s, burst } => {
                let detail = format!("limited by {}", token.seller);
                gateway(call, StatusCode::TOO_MANY_REQUESTS, &detail)
                    .with(RETRY, retry_s)
                    .with(LIMIT, burst)
                    .with(RESET, full_s)
                    .into()
            }
            Verdict::Allowed { remaining } => {
                let outcome = self.perform(place, operation, call, wish);
                // Each client error on assembly orders counts as ten requests (knowledge base, 2026-10).
                if category == Category::Marketplace && outcome.answer.status.is_client_error() {
                    self.bucket(&token, category, call.at).charge(9.0);
                }
                Outcome { answer: outcome.answer.with(REMAINING, remaining), ..outcome }
            }
        }
    }

    fn human_answers(&mut self, call: &Call, text: &str) {
        let Some(write) = self.intent(call) else { return };
        let place = self.place_of(call);
        let shop = place.and_then(|place| self.shops.get_mut(place));
        if let Some(question) = shop.and_then(|shop| shop.question_mut(&write.target)) {
            question.answers.push(questions::Version {
                text: text.to_owned(),
                accepted: call.at,
                decided: call.at,
                refused: false,
                hides: false,
            });
        }
    }

    fn error(&self, call: &Call, status: StatusCode, message: Option<&str>) -> Answer {
        let category = Operation::of(call).map(Operation::category);
        let own = |usual| message.unwrap_or(usual);
        match (status, category) {
            (StatusCode::UNAUTHORIZED, _) => gateway(call, status, own(Flaw::UnknownSeller.detail())),
            (StatusCode::TOO_MANY_REQUESTS, _) => gateway(call, status, own("limited by global limiter")),
            (StatusCode::PAYMENT_REQUIRED, _) => errors::unpaid(own("please top up your balance")),
            (StatusCode::FORBIDDEN, Some(Category::Questions)) => {
                errors::envelope(call.at, status, own("Ошибка авторизации"))
            }
            // The envelope can report failure under a status of success.
            (_, Some(Category::Questions)) if status.is_client_error() || status.is_success() => {
                errors::envelope(call.at, status, own("Something went wrong"))
            }
            (_, Some(Category::Content)) if status.is_client_error() => errors::content(status, own("Access denied")),
            (_, Some(Category::Marketplace)) if status.is_client_error() => {
                errors::marketplace(status, "AccessDenied", own("Доступ запрещён"))
            }
            (_, Some(Category::Analytics)) if status.is_client_error() => {
                errors::short(call.at, status, "Access denied", own("the report is not open to this seller"))
            }
            _ => gateway(call, status, own("upstream did not answer")),
        }
    }

    fn retry_header(&self) -> HeaderName {
        RETRY
    }

    fn buyer_writes(
        &mut self,
        shop: &str,
        conversation: Option<&str>,
        text: &str,
        at: Timestamp,
    ) -> Result<String, Unknown> {
        let shop = self.shops.iter_mut().find(|found| found.name == shop).ok_or(Unknown::Shop)?;
        // A question has one turn: who asks again asks about the same product.
        let product = match conversation {
            Some(id) => Some(shop.question(id).ok_or(Unknown::Conversation)?.product.clone()),
            None => None,
        };
        shop.ask(product, text, at).ok_or(Unknown::Conversation)
    }

    fn subscribe(&mut self, _: &str, _: &str) -> Result<(), Unknown> {
        Err(Unknown::Shop)
    }

    fn describe(&self, now: Timestamp) -> Value {
        let shops: Vec<Value> = self
            .shops
            .iter()
            .map(|shop| {
                let unanswered = shop.questions.values().filter(|question| question.published(now).is_none()).count();
                json!({
                    "name": shop.name,
                    "questions": shop.questions.len(),
                    "unanswered": unanswered,
                    "products": shop.products.len(),
                })
            })
            .collect();
        json!({ "shops": shops, "due": self.due.len(), "leaked_credentials": self.leaks })
    }
}
