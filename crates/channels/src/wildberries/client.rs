//! One function per endpoint: takes a token from the quota, calls, and tells the families of errors apart.
//!
//! Statuses and bodies: section "Error bodies" of the public specification, 2026-10-24.

use std::sync::Arc;

use dragoman_domain::RemoteId;
use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::token::{Right, Token};
use super::wire::{Cards, Complaint, Envelope, News, Patch, Questions, SellerInfo, Unanswered};
use crate::clock::Clock;
use crate::http::{Answer, Call, Http, Patience, Platform};
use crate::limits::{Limit, Priority};
use crate::{Failure, Settings};

const FEEDBACKS: &str = "feedbacks-api.wildberries.ru";
const COMMON: &str = "common-api.wildberries.ru";
const CONTENT: &str = "content-api.wildberries.ru";

const PLATFORM: Platform = Platform { api: &[FEEDBACKS, COMMON, CONTENT], pictures: &["wbbasket.ru"] };

/// Names the seconds until the next attempt on a 429.
const RETRY: &str = "x-ratelimit-retry";

/// The API of one shop.
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) token: Token,
    pub(super) clock: Arc<dyn Clock>,
    /// The platform's own hosts are called, not a simulator's.
    production: bool,
    feedbacks: Limit,
    common: Limit,
    content: Limit,
}

/// A part of a list of questions, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) answered: bool,
    /// Not older than this Unix second.
    pub(super) from: Option<i64>,
    /// Not newer than this Unix second.
    pub(super) to: Option<i64>,
    pub(super) skip: u32,
    pub(super) take: u32,
}

impl Api {
    pub(super) fn new(
        settings: &Settings,
        token: Token,
        pack: &RulePack,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let limit = |quota| Limit::new(pack, quota, Arc::clone(&clock));
        Ok(Self {
            http: Http::new(settings, PLATFORM, &[(AUTHORIZATION, token.secret.clone())], Patience::default())?,
            production: settings.base_url.is_none(),
            feedbacks: limit("feedbacks")?,
            common: limit("common")?,
            content: limit("content")?,
            token,
            clock,
        })
    }

    /// Whether the token can be used for this at all, before the platform is asked: a call it must refuse costs quota.
    pub(super) fn may(&self, right: Option<Right>) -> Result<(), Failure> {
        self.token.usable(self.production)?;
        match right {
            Some(right) if !self.token.has(right) => Err(right.closed()),
            _ => Ok(()),
        }
    }

    /// Whose token this is.
    pub(super) async fn seller_info(&self) -> Result<SellerInfo, Failure> {
        let call = Call::new(Method::GET, COMMON, "/api/v1/seller-info");
        let answer = self.ask(call, &self.common, Priority::Read, None).await?;
        Ok(self.accept(answer, None)?.json()?)
    }

    /// Whether there are questions that nobody has viewed.
    pub(super) async fn has_new_questions(&self) -> Result<bool, Failure> {
        let news: News =
            self.questions_call(Call::new(Method::GET, FEEDBACKS, "/api/v1/new-feedbacks-questions")).await?;
        Ok(news.has_new_questions.0)
    }

    /// How many questions await an answer.
    pub(super) async fn count_unanswered(&self) -> Result<u64, Failure> {
        let count: Unanswered =
            self.questions_call(Call::new(Method::GET, FEEDBACKS, "/api/v1/questions/count-unanswered")).await?;
        Ok(count.count_unanswered.0)
    }

    /// A part of the list of questions.
    pub(super) async fn questions(&self, window: &Window) -> Result<Questions, Failure> {
        let mut call = Call::new(Method::GET, FEEDBACKS, "/api/v1/questions")
            .query("isAnswered", window.answered)
            .query("take", window.take)
            .query("skip", window.skip)
            .query("order", "dateDesc");
        if let Some(from) = window.from {
            call = call.query("dateFrom", from);
        }
        if let Some(to) = window.to {
            call = call.query("dateTo", to);
        }
        self.questions_call(call).await
    }

    /// One question, as raw JSON. The platform says 422 for an id it does not know.
    pub(super) async fn question(&self, id: &str) -> Result<Box<RawValue>, Failure> {
        let call = Call::new(Method::GET, FEEDBACKS, "/api/v1/question").query("id", id);
        let answer = self.ask(call, &self.feedbacks, Priority::Read, Some(Right::Questions)).await?;
        if matches!(answer.status.as_u16(), 404 | 422) && words(&answer).is_some() {
            return Err(Failure::NotFound);
        }
        data(&self.accept(answer, Some(Right::Questions))?)
    }

    /// Cards that a search finds; not only those whose number it is.
    pub(super) async fn cards(&self, search: &str) -> Result<Vec<Box<RawValue>>, Failure> {
        #[derive(Serialize)]
        struct Body<'a> {
            settings: CardSettings<'a>,
        }
        #[derive(Serialize)]
        struct CardSettings<'a> {
            cursor: CardCursor,
            filter: Filter<'a>,
        }
        #[derive(Serialize)]
        struct CardCursor {
            limit: u32,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Filter<'a> {
            text_search: &'a str,
            /// All cards in every revision of the contract; 0 and 1 have changed their meaning.
            with_photo: i8,
        }
        let settings =
            CardSettings { cursor: CardCursor { limit: 100 }, filter: Filter { text_search: search, with_photo: -1 } };
        let call = Call::new(Method::POST, CONTENT, "/content/v2/get/cards/list").json(&Body { settings });
        let call = call.map_err(|error| Failure::Refused { why: error.to_string() })?;
        let answer = self.ask(call, &self.content, Priority::LookUp, Some(Right::Content)).await?;
        Ok(self.accept(answer, Some(Right::Content))?.json::<Cards>()?.cards)
    }

    /// Changes a question. `remote` is the id of the answer it leads to.
    pub(super) async fn patch(&self, body: &Patch<'_>, remote: Option<RemoteId>) -> Sent {
        if let Err(until) = self.feedbacks.take(Priority::Send) {
            return Sent::No(Refusal::Throttled { retry_at: Some(until) });
        }
        let call = match Call::new(Method::PATCH, FEEDBACKS, "/api/v1/questions").json(body) {
            Ok(call) => call,
            Err(error) => return Sent::No(Refusal::NotReached { why: error.to_string() }),
        };
        let outcome = self.http.send(call).await;
        let at = self.clock.now();
        match outcome {
            Ok(answer) => self.verdict(&answer, remote, at),
            Err(trouble) => trouble.into_sent(at),
        }
    }

    /// What an answer to a changing call proves. Refusals are believed only in the platform's own words: an HTML page in between
    /// says nothing about what happened behind it.
    fn verdict(&self, answer: &Answer, remote: Option<RemoteId>, at: Timestamp) -> Sent {
        let status = answer.status.as_u16();
        let words = words(answer);
        let refused =
            |code: &str| Sent::No(Refusal::Final { code: code.to_owned(), why: words.clone().unwrap_or_default() });
        match status {
            200 => match answer.json::<Envelope>() {
                Ok(Envelope { error: Some(flag), .. }) if flag.0 => refused("refused"),
                Ok(Envelope { error: Some(_), .. }) => Sent::Yes { remote, at },
                Ok(Envelope { error: None, .. }) | Err(_) => Sent::Unknown { why: Doubt::Unreadable, at },
            },
            // Other successes are undocumented for questions; for reviews 204 means that nothing happened.
            201..=299 => Sent::Unknown { why: Doubt::Unconfirmed, at },
            429 => Sent::No(Refusal::Throttled { retry_at: Some(self.throttled(answer, &self.feedbacks)) }),
            _ if words.is_none() => Sent::Unknown { why: Doubt::Unreadable, at },
            401 => {
                Sent::No(refusal(self.token.refused(words.as_deref().unwrap_or_default(), Some(Right::Questions), at)))
            }
            403 => {
                let why = format!("Wildberries does not allow it ({})", words.unwrap_or_default());
                Sent::No(Refusal::Key { code: "token_refused".to_owned(), why })
            }
            404 => refused("not_found"),
            400 | 402 | 406 | 409 | 413 | 422 | 451 => refused("refused"),
            _ => Sent::Unknown { why: Doubt::Unreadable, at },
        }
    }

    async fn questions_call<T: DeserializeOwned>(&self, call: Call) -> Result<T, Failure> {
        let answer = self.ask(call, &self.feedbacks, Priority::Read, Some(Right::Questions)).await?;
        data(&self.accept(answer, Some(Right::Questions))?)
    }

    async fn ask(
        &self,
        call: Call,
        limit: &Limit,
        priority: Priority,
        right: Option<Right>,
    ) -> Result<Answer, Failure> {
        self.may(right)?;
        limit.take(priority).map_err(|until| Failure::Wait { until, told: false })?;
        let answer = self.http.read(call).await?;
        if answer.status.as_u16() == 429 {
            return Err(Failure::Wait { until: self.throttled(&answer, limit), told: true });
        }
        Ok(answer)
    }

    fn accept(&self, answer: Answer, right: Option<Right>) -> Result<Answer, Failure> {
        let status = answer.status.as_u16();
        if status == 200 {
            return Ok(answer);
        }
        let Some(words) = words(&answer) else {
            return Err(answer.garbled(format!("status {status} without the platform's words")).into());
        };
        Err(match (status, right) {
            // A refusal of cards switches off look-ups, never the account.
            (401 | 403, Some(Right::Content)) => Right::Content.closed(),
            (401, right) => self.token.refused(&words, right, self.clock.now()),
            (403, Some(right)) => right.closed(),
            _ => Failure::Refused { why: words },
        })
    }

    fn throttled(&self, answer: &Answer, limit: &Limit) -> Timestamp {
        limit.refused(answer.pause(RETRY, self.clock.now()))
    }
}

/// The platform's words about an error, or the status in words where the body is empty; `None` if the body is not theirs.
fn words(answer: &Answer) -> Option<String> {
    let complaint: Complaint = match answer.text().ok()?.trim() {
        "" => Complaint::default(),
        body => serde_json::from_str(body).ok()?,
    };
    let words = complaint.words();
    if words.is_empty() { Some(answer.status.to_string()) } else { Some(words) }
}

/// What is in the envelope.
fn data<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    let envelope: Envelope = answer.json()?;
    if envelope.error.is_some_and(|flag| flag.0) {
        return Err(Failure::Refused { why: words(answer).unwrap_or_default() });
    }
    let data = envelope.data.ok_or_else(|| answer.garbled("there is no `data`".to_owned()))?;
    serde_json::from_str(data.get()).map_err(|error| answer.garbled(format!("`data`: {error}")).into())
}

/// A refused call of a sending kind: only a dead key stops the account, a missing right concerns this message alone.
pub(super) fn refusal(failure: Failure) -> Refusal {
    match failure {
        Failure::Key { code, why } => Refusal::Key { code, why },
        Failure::Closed { code, why, .. } => Refusal::Final { code, why },
        other => Refusal::Final { code: "refused".to_owned(), why: other.to_string() },
    }
}
