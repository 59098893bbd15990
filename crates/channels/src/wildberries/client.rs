//! One function per endpoint: takes a token from the quota, calls, and tells the families of errors apart.
//!
//! Statuses and bodies: section "Error bodies" of the public specification, 2026-10-24.

mod cards;
mod chats;
mod claims;
mod feedbacks;
mod vain;

use std::sync::Arc;

use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub(super) use self::chats::{Chats, Message, Scan};
pub(super) use self::feedbacks::{List, Window};
use self::vain::Vain;
use super::map::Terms;
use super::token::{Right, Token};
use super::wire::{Complaint, Envelope, NewsList, SellerInfo};
use crate::clock::Clock;
use crate::http::{Answer, Call, Http, Patience, Platform};
use crate::limits::{Limit, Priority};
use crate::{Failure, Settings};

const FEEDBACKS: &str = "feedbacks-api.wildberries.ru";
const COMMON: &str = "common-api.wildberries.ru";
const CONTENT: &str = "content-api.wildberries.ru";
const CHATS: &str = "buyer-chat-api.wildberries.ru";
const RETURNS: &str = "returns-api.wildberries.ru";

/// Photos of reviews and chats lie on the first of the public hosts, those of claims on the second (official examples, 2026-10-24).
const PLATFORM: Platform =
    Platform { api: &[FEEDBACKS, COMMON, CONTENT, CHATS, RETURNS], pictures: &["wbbasket.ru", "wbstatic.net"] };

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
    chat: Limit,
    returns: Limit,
    /// What is known of chats for as long as the program runs.
    pub(super) chats: Chats,
    flag: feedbacks::SharedFlag,
    /// Claims that are under review no longer.
    claims_closed: Vain,
    /// Cards that are not in the list.
    cards_gone: Vain,
    figures: Figures,
}

/// Figures of the rule pack that reading needs.
struct Figures {
    edit_window: SignedDuration,
    archive_after: SignedDuration,
    claim_comment: (u32, u32),
}

/// Where the portal's news are to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NewsSince {
    /// A day in Moscow, `YYYY-MM-DD`.
    Day(String),
    /// The number of one of them.
    Number(u64),
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
            chat: limit("chat")?,
            returns: limit("returns")?,
            chats: Chats::default(),
            flag: feedbacks::SharedFlag::default(),
            claims_closed: Vain::default(),
            cards_gone: Vain::default(),
            figures: Figures::of(pack),
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

    /// What reading depends on beside the platform's words, now.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            now: self.clock.now(),
            edit_window: self.figures.edit_window,
            archive_after: self.figures.archive_after,
            claim_comment: self.figures.claim_comment,
        }
    }

    /// Whose token this is.
    pub(super) async fn seller_info(&self) -> Result<SellerInfo, Failure> {
        let call = Call::new(Method::GET, COMMON, "/api/v1/seller-info");
        let answer = self.ask(call, &self.common, Priority::Read, None).await?;
        Ok(self.accept(answer, None)?.json()?)
    }

    /// The portal's news, from a day or from a number on.
    pub(super) async fn news(&self, since: &NewsSince) -> Result<Vec<Box<RawValue>>, Failure> {
        let call = Call::new(Method::GET, COMMON, "/api/communications/v2/news");
        let call = match since {
            NewsSince::Day(day) => call.query("from", day),
            NewsSince::Number(number) => call.query("fromID", number),
        };
        let answer = self.ask(call, &self.common, Priority::LookUp, None).await?;
        Ok(self.accept(answer, None)?.json::<NewsList>()?.data)
    }

    /// Makes a changing call. `success` tells what a success of the platform's proves.
    async fn change(
        &self,
        call: Result<Call, serde_json::Error>,
        quota: (&Limit, Right),
        success: impl FnOnce(&Answer, Timestamp) -> Sent + Send,
    ) -> Sent {
        if let Err(until) = quota.0.take(Priority::Send) {
            return Sent::No(Refusal::Throttled { retry_at: Some(until) });
        }
        let call = match call {
            Ok(call) => call,
            Err(error) => return Sent::No(Refusal::NotReached { why: error.to_string() }),
        };
        let outcome = self.http.send(call).await;
        let at = self.clock.now();
        match outcome {
            Ok(answer) if answer.status.is_success() => success(&answer, at),
            Ok(answer) => self.refusal_of(&answer, quota, at),
            Err(trouble) => trouble.into_sent(at),
        }
    }

    /// What an answer without success to a changing call proves. Refusals are believed only in the platform's own words: an HTML
    /// page in between says nothing about what happened behind it.
    fn refusal_of(&self, answer: &Answer, (limit, right): (&Limit, Right), at: Timestamp) -> Sent {
        let status = answer.status.as_u16();
        if status == 429 {
            return Sent::No(Refusal::Throttled { retry_at: Some(self.throttled(answer, limit)) });
        }
        let Some(why) = words(answer) else { return Sent::Unknown { why: Doubt::Unreadable, at } };
        match status {
            401 => Sent::No(refusal(self.token.refused(&why, Some(right), at))),
            403 if right == Right::Questions => {
                let why = format!("Wildberries does not allow it ({why})");
                Sent::No(Refusal::Key { code: "token_refused".to_owned(), why })
            }
            // Not documented for the other hosts: one category must not stop the account.
            403 => Sent::No(refusal(right.closed())),
            404 => Sent::No(Refusal::Final { code: "not_found".to_owned(), why }),
            400 | 402 | 406 | 409 | 413 | 422 | 451 => Sent::No(Refusal::Final { code: "refused".to_owned(), why }),
            _ => Sent::Unknown { why: Doubt::Unreadable, at },
        }
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

impl Figures {
    fn of(pack: &RulePack) -> Self {
        let days = |name, otherwise| {
            let days = pack.figure(name).and_then(|days| i64::try_from(days).ok()).unwrap_or(otherwise);
            SignedDuration::from_hours(days.clamp(0, 36_500) * 24)
        };
        let bound =
            |name, otherwise| pack.figure(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(otherwise);
        Self {
            edit_window: days("edit_window_days", 60),
            archive_after: days("review_archive_days", 30),
            claim_comment: (bound("claim_comment_min", 10), bound("claim_comment_max", 1000)),
        }
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
        // Something had to be read first and could not be: nothing was sent.
        Failure::Wait { until, .. } => Refusal::Throttled { retry_at: Some(until) },
        Failure::Offline { why } | Failure::ServerFault { why, .. } | Failure::Unreadable { why, .. } => {
            Refusal::NotReached { why }
        }
        other => Refusal::Final { code: "refused".to_owned(), why: other.to_string() },
    }
}
