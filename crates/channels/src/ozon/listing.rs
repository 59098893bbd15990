//! The streams of questions, reviews and claims: which lists each goes through, and what a page of them holds.

use std::collections::HashMap;

use dragoman_domain::incoming::{Cursor, Incoming, Page, Unreadable};
use dragoman_domain::{Kind, RemoteId, Timestamp};

use crate::lenient::each;
use crate::ozon::client::{Reviews, Version};
use crate::ozon::detail::Detail;
use crate::ozon::map::claim::{self, Claimed};
use crate::ozon::map::{question, review};
use crate::ozon::pass::{Next, Pass, Row};
use crate::ozon::{Ozon, capabilities as streams};
use crate::{Ask, Failure};

/// The status of questions nobody has dealt with.
const UNPROCESSED: &str = "UNPROCESSED";

/// What a stream goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Questions of a status. Nowhere is it written that `UNPROCESSED` holds `NEW` and `VIEWED`; the pass over all of them finds what
    /// it should not.
    Questions(&'static str),
    /// Reviews nobody has dealt with.
    ReviewsOpen,
    /// All reviews.
    Reviews,
    Returns,
    /// Return requests of these groups.
    Rfbs(&'static [&'static str]),
    /// Cancellation requests in a state.
    Cancellations(&'static str),
}

/// How far back a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Whatever awaits an answer, however old.
    All,
    /// The last days.
    Recent,
    /// The days of history: what matters of it may be that old.
    Days,
    /// The days of history, or all of it when that is asked for.
    History,
}

/// The list of a stream; `None` for those of chats and unknown ones.
pub(super) fn list_of(stream: &str) -> Option<(List, Reach)> {
    // Groups of return requests that are not over, as the enum of Seller API 2.1 has them (September 2026).
    const OPEN: &[&str] = &["New", "Delivering", "Checkout", "Arbitration"];
    Some(match stream {
        streams::QUESTIONS_UNANSWERED => (List::Questions(UNPROCESSED), Reach::All),
        streams::QUESTIONS_RECENT => (List::Questions("ALL"), Reach::Recent),
        streams::QUESTIONS_HISTORY => (List::Questions("ALL"), Reach::History),
        streams::REVIEWS_UNANSWERED => (List::ReviewsOpen, Reach::All),
        streams::REVIEWS_RECENT => (List::Reviews, Reach::Recent),
        streams::REVIEWS_HISTORY => (List::Reviews, Reach::History),
        streams::RETURNS => (List::Returns, Reach::Days),
        streams::RETURNS_HISTORY => (List::Returns, Reach::History),
        streams::RFBS_OPEN => (List::Rfbs(OPEN), Reach::All),
        streams::RFBS => (List::Rfbs(&["All"]), Reach::Days),
        streams::RFBS_HISTORY => (List::Rfbs(&["All"]), Reach::History),
        streams::CANCELLATIONS_OPEN => (List::Cancellations("ON_APPROVAL"), Reach::All),
        streams::CANCELLATIONS => (List::Cancellations("ALL"), Reach::All),
        _ => return None,
    })
}

impl List {
    const fn kind(self) -> Kind {
        match self {
            Self::Questions(_) => Kind::Question,
            Self::ReviewsOpen | Self::Reviews => Kind::Review,
            Self::Returns | Self::Rfbs(_) | Self::Cancellations(_) => Kind::Claim,
        }
    }

    /// Whether a pass sees everything of its kind that awaits an answer, so that what it did not see has been dealt with elsewhere.
    /// Claims come by several lists, so none of them can say so.
    fn sweeps(self) -> bool {
        matches!(self, Self::ReviewsOpen) || self == Self::Questions(UNPROCESSED)
    }
}

/// A page of a list.
struct Listed {
    rows: Vec<Row>,
    unreadable: Vec<Unreadable>,
    /// Where the next page begins.
    following: Option<String>,
}

impl Ozon {
    /// One step through a list.
    pub(super) async fn list_step(
        &self,
        stream: &str,
        (list, reach): (List, Reach),
        cursor: &Cursor,
        ask: &Ask<'_>,
    ) -> Result<Page, Failure> {
        let now = self.clock.now();
        let since = match reach {
            Reach::All => None,
            Reach::Recent => Some(self.ago(now, self.recent)),
            Reach::Days => Some(self.ago(now, self.history)),
            Reach::History => (!ask.deep).then(|| self.ago(now, self.history)),
        };
        let mut pass = Pass::resume(cursor, now, since);
        if reach == Reach::History && pass.wants_total() {
            // For an estimate only: nothing waits for it but for the pace.
            match self.total(list).await {
                Err(wait @ Failure::Wait { .. }) => return Err(wait),
                total => pass.count(total.unwrap_or_default()),
            }
            return Ok(pass.page(Vec::new(), Vec::new(), false));
        }
        match pass.next() {
            Next::List { part, place } => {
                let parts = self.parts(list).await?;
                let status = parts.get(part).copied().unwrap_or_default();
                let Listed { rows, unreadable, following } = self.page(stream, list, status, &pass, &place).await?;
                let ids: Vec<RemoteId> = rows.iter().map(|row| row.conversation.remote_id.clone()).collect();
                let marks = if ids.is_empty() { HashMap::new() } else { ask.known.marks(list.kind(), &ids).await };
                let told = pass.take_page(rows, following, &marks, parts.len());
                Ok(pass.page(told, unreadable, list.sweeps()))
            }
            Next::Detail => {
                let (conversations, unreadable) = self.detail_step(stream, &mut pass).await?;
                Ok(pass.page(conversations, unreadable, list.sweeps()))
            }
            Next::Endless(why) => Err(Failure::Endless { why }),
            Next::Over => Ok(pass.page(Vec::new(), Vec::new(), false)),
        }
    }

    /// More of one item; its own trouble does not hide the others.
    async fn detail_step(&self, stream: &str, pass: &mut Pass) -> Result<(Vec<Incoming>, Vec<Unreadable>), Failure> {
        let Some(detail) = pass.present() else { return Ok((Vec::new(), Vec::new())) };
        let id = detail.id.clone();
        match self.read_more(stream, detail).await {
            Ok((conversation, unreadable)) => {
                self.memory.went_well();
                pass.done_with_step();
                Ok((vec![conversation], unreadable))
            }
            // Taken back since the list was read.
            Err(Failure::NotFound) => {
                pass.give_up(stream, String::new());
                Ok((Vec::new(), Vec::new()))
            }
            Err(failure) if self.give_up_on(id.as_str(), &failure) => {
                Ok((Vec::new(), pass.give_up(stream, failure.to_string()).into_iter().collect()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// How many items a list has, where the platform counts them.
    async fn total(&self, list: List) -> Result<Option<u64>, Failure> {
        Ok(match list {
            List::Questions(_) => Some(self.client.question_count().await?.all.0),
            List::Reviews => self.client.review_count().await?.map(|count| count.total.0),
            _ => None,
        })
    }

    /// The statuses a stream asks for, one after the other.
    async fn parts(&self, list: List) -> Result<&'static [&'static str], Failure> {
        Ok(match list {
            List::ReviewsOpen => match self.review_version().await? {
                Version::One => &["UNPROCESSED"],
                Version::Two => &["NEW", "VIEWED"],
            },
            _ => &["ALL"],
        })
    }

    async fn page(
        &self,
        stream: &str,
        list: List,
        status: &'static str,
        pass: &Pass,
        place: &str,
    ) -> Result<Listed, Failure> {
        let (since, now) = (pass.since, pass.now());
        match list {
            List::Questions(status) => self.questions_page(stream, status, since, place).await,
            List::ReviewsOpen | List::Reviews => self.reviews_page(stream, status, since, place).await,
            List::Returns => {
                let period = since.map(|since| (since, whole(now)));
                let page = self.client.returns(period, None, place).await?;
                let (claims, unreadable) = each(stream, "id", &page.returns, claim::returned);
                let following = last(&claims).filter(|_| page.has_next.0);
                Ok(listed(claims, unreadable, following, "return:", false))
            }
            List::Rfbs(groups) => {
                let period = since.map(|since| (since, whole(now)));
                let page = self.client.rfbs_returns(groups, period, place).await?;
                let (claims, unreadable) = each(stream, "return_id", &page.returns, |raw| claim::rfbs(raw, None));
                // Nothing says whether more follows, so the end is a page with nothing on it.
                let following = last(&claims);
                Ok(listed(claims, unreadable, following, "rfbs:", true))
            }
            List::Cancellations(state) => {
                let page = self.client.cancellations(state, None, place).await?;
                let (claims, unreadable) = each(stream, "cancellation_id", &page.result, claim::cancellation);
                let following = page.last_id.map(|id| id.0).or_else(|| last(&claims));
                let following = following.filter(|next| !page.result.is_empty() && next != "0");
                Ok(listed(claims, unreadable, following, "cancel:", false))
            }
        }
    }

    async fn questions_page(
        &self,
        stream: &str,
        status: &'static str,
        since: Option<Timestamp>,
        place: &str,
    ) -> Result<Listed, Failure> {
        let page = self.client.questions(status, since, place).await?;
        let (questions, unreadable) = each(stream, "id", &page.questions, question::question);
        let following = page.following();
        let rows = questions.into_iter().map(|asked| Row {
            detail: Detail::of_question(&asked),
            more: asked.answers > 0,
            again: false,
            conversation: asked.conversation,
        });
        Ok(Listed { rows: rows.collect(), unreadable, following })
    }

    async fn reviews_page(
        &self,
        stream: &str,
        status: &'static str,
        since: Option<Timestamp>,
        place: &str,
    ) -> Result<Listed, Failure> {
        let (version, now) = (self.review_version().await?, self.clock.now());
        let page = self.client.reviews(version, Reviews { status, since, last_id: place }).await?;
        let (reviews, unreadable) = each(stream, "id", &page.reviews, review::review);
        // The first generation takes no dates: newest first, a page of old ones is the end.
        let old = |at: Timestamp| since.is_some_and(|since| at < since);
        let all_old = !reviews.is_empty()
            && reviews.iter().all(|reviewed| reviewed.conversation.facts.started_at.is_some_and(old));
        let following = page.following().filter(|_| !all_old);
        let rows = reviews.into_iter().map(|listed| Row {
            detail: Detail::of_review(&listed),
            more: listed.comments > 0 || listed.media,
            again: self.memory.awaits_moderation(&listed.conversation.remote_id, now),
            conversation: listed.conversation,
        });
        Ok(Listed { rows: rows.collect(), unreadable, following })
    }
}

fn listed(
    claims: Vec<Claimed>,
    mut unreadable: Vec<Unreadable>,
    following: Option<String>,
    prefix: &str,
    rfbs: bool,
) -> Listed {
    for item in &mut unreadable {
        item.remote_id.insert_str(0, prefix);
    }
    let rows = claims.into_iter().map(|claimed| Row {
        detail: Detail::of_claim(claimed.conversation.remote_id.clone(), claimed.mark, rfbs),
        more: rfbs,
        again: false,
        conversation: claimed.conversation,
    });
    Listed { rows: rows.collect(), unreadable, following }
}

fn last(claims: &[Claimed]) -> Option<String> {
    claims.last().map(|claimed| claimed.number.clone())
}

/// Whole seconds: the platform documents at most six decimals.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}
