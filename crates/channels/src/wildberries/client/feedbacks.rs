//! Questions and reviews: one host, one quota, two lists that are asked for alike.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dragoman_domain::RemoteId;
use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use jiff::Timestamp;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Api, FEEDBACKS, data, words};
use crate::Failure;
use crate::http::{Answer, Call};
use crate::lenient::Count;
use crate::limits::Priority;
use crate::wildberries::token::Right;
use crate::wildberries::wire::review::{OrderReturn, ReviewAnswer};
use crate::wildberries::wire::{Envelope, Listed, News, Patch, Unanswered};

/// The two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wildberries) enum List {
    Questions,
    Reviews,
}

impl List {
    const fn rows(self) -> &'static str {
        match self {
            Self::Questions => "/api/v1/questions",
            Self::Reviews => "/api/v1/feedbacks",
        }
    }

    const fn unanswered(self) -> &'static str {
        match self {
            Self::Questions => "/api/v1/questions/count-unanswered",
            Self::Reviews => "/api/v1/feedbacks/count-unanswered",
        }
    }

    const fn count(self) -> &'static str {
        match self {
            Self::Questions => "/api/v1/questions/count",
            Self::Reviews => "/api/v1/feedbacks/count",
        }
    }

    const fn one(self) -> &'static str {
        match self {
            Self::Questions => "/api/v1/question",
            Self::Reviews => "/api/v1/feedback",
        }
    }
}

/// A part of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wildberries) struct Window {
    pub(in crate::wildberries) answered: bool,
    /// Not older than this Unix second.
    pub(in crate::wildberries) from: Option<i64>,
    /// Not newer than this Unix second.
    pub(in crate::wildberries) to: Option<i64>,
    pub(in crate::wildberries) skip: u32,
    pub(in crate::wildberries) take: u32,
}

/// How long one list's flag may wait for the other list to ask for it.
const FLAG_KEEPS: Duration = Duration::from_secs(30);

/// The half of a flag that was not asked for: one call tells of both lists, so the other's next look costs nothing.
#[derive(Default)]
pub(super) struct SharedFlag(Mutex<Option<Flag>>);

struct Flag {
    list: List,
    new: bool,
    /// Tick at which it was read.
    at: Duration,
}

impl Api {
    /// Whether a list has something that nobody has viewed.
    pub(in crate::wildberries) async fn has_new(&self, list: List) -> Result<bool, Failure> {
        let now = self.clock.tick();
        let kept = self.flag.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|flag| flag.list == list);
        if let Some(flag) = kept.filter(|flag| now.saturating_sub(flag.at) <= FLAG_KEEPS) {
            return Ok(flag.new);
        }
        let news: News =
            self.feedbacks_call(Call::new(Method::GET, FEEDBACKS, "/api/v1/new-feedbacks-questions")).await?;
        let (questions, reviews) = (news.has_new_questions.0, news.has_new_feedbacks.is_some_and(|flag| flag.0));
        let (new, other) = match list {
            List::Questions => (questions, Flag { list: List::Reviews, new: reviews, at: now }),
            List::Reviews => (reviews, Flag { list: List::Questions, new: questions, at: now }),
        };
        *self.flag.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(other);
        Ok(new)
    }

    /// How many of a list await an answer.
    pub(in crate::wildberries) async fn count_unanswered(&self, list: List) -> Result<u64, Failure> {
        let count: Unanswered = self.feedbacks_call(Call::new(Method::GET, FEEDBACKS, list.unanswered())).await?;
        Ok(count.count_unanswered.0)
    }

    /// A part of a list.
    pub(in crate::wildberries) async fn list(&self, list: List, window: &Window) -> Result<Listed, Failure> {
        let call = Call::new(Method::GET, FEEDBACKS, list.rows())
            .query("isAnswered", window.answered)
            .query("take", window.take)
            .query("skip", window.skip)
            .query("order", "dateDesc");
        self.feedbacks_call(within(call, window)).await
    }

    /// How many rows a window has, however many are skipped or taken.
    pub(in crate::wildberries) async fn count(&self, list: List, window: &Window) -> Result<u64, Failure> {
        let call = Call::new(Method::GET, FEEDBACKS, list.count()).query("isAnswered", window.answered);
        let count: Count = self.feedbacks_call(within(call, window)).await?;
        Ok(count.0)
    }

    /// A part of the archive of reviews, newest first. It knows no dates.
    pub(in crate::wildberries) async fn archived_reviews(&self, skip: u32, take: u32) -> Result<Listed, Failure> {
        let call = Call::new(Method::GET, FEEDBACKS, "/api/v1/feedbacks/archive")
            .query("take", take)
            .query("skip", skip)
            .query("order", "dateDesc");
        self.feedbacks_call(call).await
    }

    /// One question or review, as raw JSON. The platform says 422 for an id it does not know.
    pub(in crate::wildberries) async fn one(&self, list: List, id: &str) -> Result<Box<RawValue>, Failure> {
        let call = Call::new(Method::GET, FEEDBACKS, list.one()).query("id", id);
        let answer = self.ask(call, &self.feedbacks, Priority::Read, Some(Right::Questions)).await?;
        if matches!(answer.status.as_u16(), 404 | 422) && words(&answer).is_some() {
            return Err(Failure::NotFound);
        }
        data(&self.accept(answer, Some(Right::Questions))?)
    }

    /// Changes a question. `remote` is the id of the answer it leads to.
    pub(in crate::wildberries) async fn patch(&self, body: &Patch<'_>, remote: Option<RemoteId>) -> Sent {
        let call = Call::new(Method::PATCH, FEEDBACKS, "/api/v1/questions").json(body);
        self.change(call, (&self.feedbacks, Right::Questions), |answer, at| enveloped(answer, remote, at)).await
    }

    /// Answers a review (`POST`) or changes the answer (`PATCH`). The documented success is 204 without a body, for ids that do not
    /// exist too.
    pub(in crate::wildberries) async fn answer_review(
        &self,
        method: Method,
        body: &ReviewAnswer<'_>,
        remote: RemoteId,
    ) -> Sent {
        let call = Call::new(method, FEEDBACKS, "/api/v1/feedbacks/answer").json(body);
        let success = |answer: &Answer, at| match answer.status.as_u16() {
            204 => Sent::Yes { remote: Some(remote), at },
            _ => enveloped(answer, Some(remote), at),
        };
        self.change(call, (&self.feedbacks, Right::Questions), success).await
    }

    /// Lets the buyer of a review return the purchase.
    pub(in crate::wildberries) async fn offer_return(&self, review: &str) -> Sent {
        let body = OrderReturn { feedback_id: review };
        let call = Call::new(Method::POST, FEEDBACKS, "/api/v1/feedbacks/order/return").json(&body);
        self.change(call, (&self.feedbacks, Right::Questions), |answer, at| enveloped(answer, None, at)).await
    }

    async fn feedbacks_call<T: DeserializeOwned>(&self, call: Call) -> Result<T, Failure> {
        let answer = self.ask(call, &self.feedbacks, Priority::Read, Some(Right::Questions)).await?;
        data(&self.accept(answer, Some(Right::Questions))?)
    }
}

fn within(mut call: Call, window: &Window) -> Call {
    if let Some(from) = window.from {
        call = call.query("dateFrom", from);
    }
    if let Some(to) = window.to {
        call = call.query("dateTo", to);
    }
    call
}

/// What a success of this host proves: a 200 whose envelope says so. Other successes are undocumented.
fn enveloped(answer: &Answer, remote: Option<RemoteId>, at: Timestamp) -> Sent {
    if answer.status.as_u16() != 200 {
        return Sent::Unknown { why: Doubt::Unconfirmed, at };
    }
    match answer.json::<Envelope>() {
        Ok(Envelope { error: Some(flag), .. }) if flag.0 => {
            Sent::No(Refusal::Final { code: "refused".to_owned(), why: words(answer).unwrap_or_default() })
        }
        Ok(Envelope { error: Some(_), .. }) => Sent::Yes { remote, at },
        Ok(Envelope { error: None, .. }) | Err(_) => Sent::Unknown { why: Doubt::Unreadable, at },
    }
}
