//! The simulated Wildberries: its gate (tokens, categories, quotas) and what its shops have in common.

mod answers;
mod chats;
mod claims;
mod errors;
mod ids;
mod listing;
mod media;
mod methods;
mod news;
mod orders;
mod product;
mod questions;
mod reviews;
mod shop;
mod token;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use self::{
    chats::FileKind,
    methods::{Category, Operation},
    shop::Shop,
    token::{Flaw, Token, bit},
};
use crate::{
    Options, ShopSeed,
    acceptance::Write,
    platform::{Answer, Call, Deed, Extra, Outcome, Platform, Unknown, Wish},
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
    /// When the world began to run.
    begin: Timestamp,
    /// Further words of buyers by virtual time, with the shop's place.
    due: BTreeMap<(Timestamp, u64), (usize, Due)>,
    scheduled: u64,
    leaks: u64,
    options: Options,
}

/// What buyers will do of their own accord.
#[derive(Debug)]
enum Due {
    /// Ask again about the product of this question.
    Question(String),
    /// Say more in this chat.
    Chat(u64),
}

impl Wildberries {
    pub(crate) fn grow(options: &Options, now: Timestamp) -> Self {
        Self {
            shops: (0..options.size.wildberries_shops).map(|number| Shop::grow(options, number, now)).collect(),
            buckets: HashMap::new(),
            begin: now,
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
        let writing = operation.writes() && token.has(bit::READ_ONLY);
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
        let (burst, interval) = category.quota(token.kind);
        self.buckets
            .entry((token.seller, category, token.kind == token::BASIC))
            .or_insert_with(|| Bucket::new(burst, SignedDuration::from_millis(interval), now))
    }

    fn perform(&mut self, place: usize, operation: Operation, call: &Call, wish: &Wish) -> Outcome {
        let (rules, begin) = (&self.options.wildberries, self.begin);
        let Some(shop) = self.shops.get_mut(place) else {
            return errors::gateway(call.at, StatusCode::UNAUTHORIZED, Flaw::UnknownSeller.detail()).into();
        };
        match operation {
            Operation::Ping(_) => Answer::ok(json!({ "TS": call.at, "Status": "OK" })).into(),
            Operation::SellerInfo => Answer::ok(json!({
                "name": format!("ООО «{}»", shop.name),
                "sid": shop.seller,
                "tin": shop.tin,
                "tradeMark": shop.name,
            }))
            .into(),
            Operation::PortalNews => news::list(begin, call).into(),
            Operation::News => errors::success(json!({
                "hasNewQuestions": questions::any_unseen(shop),
                "hasNewFeedbacks": shop.reviews.any_unseen(),
            }))
            .into(),
            Operation::CountUnanswered => questions::count_unanswered(shop, call.at).into(),
            Operation::Count => questions::count(shop, call).into(),
            Operation::List => questions::list(shop, call).into(),
            Operation::ById => questions::by_id(shop, call).into(),
            Operation::Write => {
                let outcome = questions::write(shop, call, wish, rules.publication_lag);
                if let Some(Write { action: "reply", target, .. }) = &outcome.accepted {
                    self.schedule(place, Due::Question(target.clone()), call.at);
                }
                outcome
            }
            Operation::CountUnansweredReviews => reviews::count_unanswered(shop, call.at).into(),
            Operation::CountReviews => reviews::count(shop, call).into(),
            Operation::Reviews => reviews::list(shop, call).into(),
            Operation::ReviewArchive => reviews::archive(shop, call).into(),
            Operation::ReviewById => reviews::by_id(shop, call).into(),
            Operation::Review(reviews::Wanted::Return) => reviews::offer_return(shop, call, wish),
            Operation::Review(wanted) => reviews::answer(shop, call, wanted, wish, rules.publication_lag),
            Operation::Chats => chats::list(shop).into(),
            Operation::Events => chats::events(shop, call, rules.events_page).into(),
            Operation::Download => chats::download(shop, call).into(),
            Operation::Message => {
                let outcome = chats::send(shop, call, wish, rules);
                let chat = outcome.accepted.as_ref().and_then(|write| shop.chats.number(&write.target));
                if let Some(chat) = chat {
                    self.schedule(place, Due::Chat(chat), call.at);
                }
                outcome
            }
            Operation::Claims => claims::list(shop, call).into(),
            Operation::Decide => claims::decide(shop, call, wish),
            Operation::Cards { trash } => product::cards(&shop.products, call, trash).into(),
            Operation::Feed => orders::feed(&shop.orders, call).into(),
            Operation::NewOrders => orders::new(&shop.orders, call.at).into(),
            Operation::Orders => orders::list(&shop.orders, call).into(),
            Operation::OrderStatus => orders::status(&shop.orders, call).into(),
        }
    }

    fn schedule(&mut self, place: usize, due: Due, now: Timestamp) {
        let (from, to) = self.options.answer_after.clone().into_inner();
        let Some(shop) = self.shops.get_mut(place).filter(|_| self.options.answer_back) else { return };
        let at = after(now, SignedDuration::from_secs(from + shop.dice.below(to - from)));
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), (place, due));
    }

    fn media(&mut self, call: &Call) -> Option<Answer> {
        if !media::is_for(call) {
            return None;
        }
        // The content hosts are public; a token sent there has left the house.
        self.leaks += u64::from(call.header("authorization").is_some());
        Some(media::serve(&self.shops, &call.path, call.at))
    }

    fn shop_named(&mut self, name: &str) -> Result<&mut Shop, Unknown> {
        self.shops.iter_mut().find(|found| found.name == name).ok_or(Unknown::Shop)
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
        &[
            "/data/questions",
            "/data/feedbacks",
            "/result/events",
            "/result",
            "/claims",
            "/cards",
            "/data/orders",
            "/orders",
            "/data",
        ]
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
        let operation = Operation::of(call).filter(|operation| operation.writes())?;
        let shop = self.shops.get(self.place_of(call)?)?;
        match operation {
            Operation::Write => questions::intent(shop, call).ok(),
            Operation::Review(wanted) => reviews::intent(shop, call, wanted).ok(),
            Operation::Message => chats::intent(shop, call, &self.options.wildberries),
            Operation::Decide => claims::intent(call),
            _ => None,
        }
    }

    fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (place, due)) = entry.remove_entry();
            let Some(shop) = self.shops.get_mut(place) else { continue };
            match due {
                Due::Question(id) => {
                    let Some(question) = shop.question(&id) else { continue };
                    let (product, words) = (question.product.clone(), follow_up(&question.text, 0));
                    shop.ask(Some(product), words, at);
                }
                Due::Chat(chat) => {
                    let words = follow_up(&shop.chats.last_buyers_words(chat), shop.chats.turns(chat));
                    shop.chats.buyer_writes(Some(chat), words, at);
                }
            }
        }
        for shop in &mut self.shops {
            shop.chats.settle(now);
        }
    }

    fn answer(&mut self, call: &Call, wish: &Wish) -> Outcome {
        if let Some(media) = self.media(call) {
            return media.into();
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
        let Some((write, place)) = self.intent(call).zip(self.place_of(call)) else { return };
        if let Some(shop) = self.shops.get_mut(place) {
            // What is not there cannot be answered, by a colleague neither.
            let _ = shop.in_cabinet(&write.target, &Deed::Answers(text), call.at);
        }
    }

    fn error(&self, call: &Call, status: StatusCode, message: Option<&str>) -> Answer {
        let operation = Operation::of(call);
        let own = |usual| message.unwrap_or(usual);
        let category = match (status, operation) {
            (StatusCode::UNAUTHORIZED, _) => return gateway(call, status, own(Flaw::UnknownSeller.detail())),
            (StatusCode::TOO_MANY_REQUESTS, _) => return gateway(call, status, own("limited by global limiter")),
            (StatusCode::PAYMENT_REQUIRED, _) => return errors::unpaid(own("please top up your balance")),
            // Answers to reviews were moved to the gateway's form in autumn 2026.
            (StatusCode::FORBIDDEN, Some(Operation::Review(reviews::Wanted::Reply | reviews::Wanted::Edit))) => {
                return gateway(call, status, own("access denied"));
            }
            (_, operation) => operation.map(Operation::category),
        };
        match category {
            Some(Category::Questions) if status == StatusCode::FORBIDDEN => {
                errors::envelope(call.at, status, own("Ошибка авторизации"))
            }
            // The envelope can report failure under a status of success.
            Some(Category::Questions) if status.is_client_error() || status.is_success() => {
                errors::envelope(call.at, status, own("Something went wrong"))
            }
            Some(Category::Chat) if status.is_client_error() => errors::chat(call, status, own("Bad Request")),
            Some(Category::Returns) if status.is_client_error() => {
                errors::returns(call, status, "Validation error", own("Input model is not valid"))
            }
            Some(Category::News) if status == StatusCode::BAD_REQUEST => news::refusal(),
            Some(Category::Content) if status.is_client_error() => errors::content(status, own("Access denied")),
            Some(Category::Marketplace) if status.is_client_error() => {
                errors::marketplace(status, "AccessDenied", own("Доступ запрещён"))
            }
            Some(Category::Analytics) if status.is_client_error() => {
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
        let shop = self.shop_named(shop)?;
        let Some(id) = conversation else { return shop.ask(None, text, at).ok_or(Unknown::Conversation) };
        if let Some(chat) = shop.chats.number(id) {
            return Ok(shop.chats.buyer_writes(Some(chat), text, at));
        }
        if let Some(review) = shop.reviews.number(id) {
            return shop.reviews.write(Some(review), text, at).ok_or(Unknown::Conversation);
        }
        // A question has one turn: who asks again asks about the same product.
        let product = shop.question(id).ok_or(Unknown::Conversation)?.product.clone();
        shop.ask(Some(product), text, at).ok_or(Unknown::Conversation)
    }

    fn buyer_begins(&mut self, shop: &str, kind: &str, text: &str, at: Timestamp) -> Result<String, Unknown> {
        let shop = self.shop_named(shop)?;
        match kind {
            "question" => shop.ask(None, text, at),
            "review" => shop.reviews.write(None, text, at),
            "chat" => Some(shop.chats.buyer_writes(None, text, at)),
            "claim" => shop.claim(text, at),
            _ => return Err(Unknown::Kind),
        }
        .ok_or(Unknown::Conversation)
    }

    fn buyer_adds(&mut self, shop: &str, conversation: &str, extra: &Extra<'_>, at: Timestamp) -> Result<(), Unknown> {
        let ready = after(at, self.options.wildberries.file_moderation);
        let shop = self.shop_named(shop)?;
        if let Some(chat) = shop.chats.number(conversation) {
            let (kind, refused) = match extra {
                Extra::Attachment("picture") => (FileKind::Jpeg, false),
                Extra::Attachment("document") => (FileKind::Pdf, false),
                Extra::Attachment("refused_picture") => (FileKind::Jpeg, true),
                _ => return Err(Unknown::Kind),
            };
            return shop.chats.buyer_attaches(chat, kind, refused, ready).then_some(()).ok_or(Unknown::Conversation);
        }
        if let Some(claim) = shop.claims.iter_mut().find(|claim| claim.id.to_string() == conversation) {
            return claim.add(extra);
        }
        let review = shop.reviews.written_mut(conversation).ok_or(Unknown::Conversation)?;
        match extra {
            Extra::Stars(stars @ 1..=5) => review.stars = *stars,
            Extra::Attachment("picture") => review.photos = (review.photos + 1).min(10),
            Extra::Attachment("video") => review.video = true,
            _ => return Err(Unknown::Kind),
        }
        Ok(())
    }

    fn in_cabinet(&mut self, shop: &str, conversation: &str, deed: &Deed<'_>, at: Timestamp) -> Result<(), Unknown> {
        self.shop_named(shop)?.in_cabinet(conversation, deed, at)
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
                    "reviews": shop.reviews.len(),
                    "unanswered_reviews": shop.reviews.unanswered(now),
                    "chats": shop.chats.len(),
                    "claims": shop.claims.len(),
                    "undecided_claims": shop.claims.iter().filter(|claim| claim.undecided(now)).count(),
                    "products": shop.products.len(),
                })
            })
            .collect();
        json!({ "shops": shops, "due": self.due.len(), "leaked_credentials": self.leaks })
    }
}
