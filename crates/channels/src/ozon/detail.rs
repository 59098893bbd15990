//! What a list leaves out of an item: a question's answers, a review's pictures and comments, what can be done about a return
//! request. One request for each part.

use std::collections::VecDeque;
use std::slice;

use dragoman_domain::incoming::{Facts, Incoming, Unreadable};
use dragoman_domain::outbox::Publication;
use dragoman_domain::{Kind, RemoteId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Failure;
use crate::lenient::each;
use crate::ozon::Ozon;
use crate::ozon::client::PAGE;
use crate::ozon::map::claim;
use crate::ozon::map::question::{self, Asked};
use crate::ozon::map::review::{self, Remark, Reviewed};

/// Pages of answers or comments of one item; nobody reads more, and endless paging has to end.
const PAGES: u32 = 50;
/// How long a comment that waits for moderation is looked at again.
const MODERATION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An item of which more has to be read; part of a pass's stored state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Detail {
    pub(super) kind: Kind,
    pub(super) id: RemoteId,
    /// Product number; without it answers cannot be asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) sku: String,
    /// What is still to be asked, in order.
    jobs: VecDeque<Job>,
    /// What the inbox remembers once all of it has been read.
    pub(super) mark: String,
    /// It is marked as dealt with.
    #[serde(default)]
    processed: bool,
    /// It has a comment of ours.
    #[serde(default)]
    own: bool,
    /// A comment of ours waits for moderation.
    #[serde(default)]
    moderated: bool,
    /// Something of it could not be read.
    #[serde(default)]
    pub(super) flawed: bool,
    /// Pages of answers or comments so far.
    #[serde(default)]
    pages: u32,
}

/// A request about an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Job {
    Question,
    Answers(String),
    Review,
    Comments(u64),
    Rfbs,
}

impl Detail {
    fn new(kind: Kind, id: RemoteId, jobs: impl Into<VecDeque<Job>>) -> Self {
        Self {
            kind,
            id,
            jobs: jobs.into(),
            sku: String::new(),
            mark: String::new(),
            processed: false,
            own: false,
            moderated: false,
            flawed: false,
            pages: 0,
        }
    }

    /// Everything about one item; `None` for kinds that are not read so.
    pub(super) fn whole(kind: Kind, id: RemoteId) -> Option<Self> {
        match kind {
            Kind::Question => Some(Self::new(kind, id, [Job::Question])),
            Kind::Review => Some(Self::new(kind, id, [Job::Review, Job::Comments(0)])),
            Kind::Claim => Some(Self::new(kind, id, [Job::Rfbs])),
            Kind::Chat | Kind::Ticket | Kind::Notice => None,
        }
    }

    /// The answers of a listed question.
    pub(super) fn of_question(asked: &Asked) -> Self {
        let id = asked.conversation.remote_id.clone();
        Self {
            sku: asked.sku.clone(),
            mark: asked.mark.clone(),
            ..Self::new(Kind::Question, id, [Job::Answers(String::new())])
        }
    }

    /// The pictures and comments of a listed review.
    pub(super) fn of_review(listed: &Reviewed) -> Self {
        let pictures = listed.media.then_some(Job::Review);
        let jobs: VecDeque<Job> = pictures.into_iter().chain([Job::Comments(0)]).collect();
        let id = listed.conversation.remote_id.clone();
        let (sku, mark) = (listed.sku.clone(), listed.mark.clone());
        Self { sku, mark, processed: listed.processed, ..Self::new(Kind::Review, id, jobs) }
    }

    /// What can be done about a listed return request.
    pub(super) fn of_claim(id: RemoteId, mark: String, rfbs: bool) -> Self {
        let jobs: VecDeque<Job> = rfbs.then_some(Job::Rfbs).into_iter().collect();
        Self { mark, ..Self::new(Kind::Claim, id, jobs) }
    }

    /// Whether the item itself comes again, and not only what belongs to it.
    pub(super) fn brings_the_whole(&self) -> bool {
        self.jobs.iter().any(|job| matches!(job, Job::Question | Job::Review | Job::Rfbs))
    }

    pub(super) fn is_done(&self) -> bool {
        self.jobs.is_empty()
    }

    fn bare(&self) -> Incoming {
        Incoming {
            kind: self.kind,
            remote_id: self.id.clone(),
            facts: Facts::default(),
            messages: Vec::new(),
            mark: None,
        }
    }
}

/// What one request brought.
pub(super) type Part = (Incoming, Vec<Unreadable>);

impl Ozon {
    /// Makes the next request about an item. Asks once, beside it, for the name the seller answers under.
    pub(super) async fn read_more(&self, stream: &str, detail: &mut Detail) -> Result<Part, Failure> {
        let (mut conversation, unreadable) = match detail.jobs.front().cloned() {
            Some(Job::Question) => self.read_question(stream, detail).await?,
            Some(Job::Answers(place)) => self.read_answers(stream, detail, &place).await?,
            Some(Job::Review) => self.read_review(stream, detail).await?,
            Some(Job::Comments(offset)) => self.read_comments(stream, detail, offset).await?,
            Some(Job::Rfbs) => self.read_rfbs(stream, detail).await?,
            None => (detail.bare(), Vec::new()),
        };
        detail.flawed |= !unreadable.is_empty();
        if detail.is_done() && !detail.flawed && !detail.moderated && !detail.mark.is_empty() {
            conversation.mark = Some(detail.mark.clone());
        }
        Ok((conversation, unreadable))
    }

    async fn read_question(&self, stream: &str, detail: &mut Detail) -> Result<Part, Failure> {
        let raw = self.client.question(detail.id.as_str()).await?;
        detail.jobs.pop_front();
        let (asked, unreadable) = one(stream, &raw, question::question);
        let Some(asked) = asked else { return Ok((detail.bare(), unreadable)) };
        detail.sku = asked.sku;
        detail.jobs.push_back(Job::Answers(String::new()));
        Ok((asked.conversation, unreadable))
    }

    async fn read_answers(&self, stream: &str, detail: &mut Detail, place: &str) -> Result<Part, Failure> {
        if detail.sku.is_empty() || detail.pages >= PAGES {
            // Without the product nobody can ask, and what nobody can ask for must not pass for an empty list.
            (detail.jobs, detail.flawed) = (VecDeque::new(), true);
            return Ok((detail.bare(), Vec::new()));
        }
        let names = self.seller_names().await?;
        let list = self.client.answers(detail.id.as_str(), &detail.sku, place).await?;
        detail.jobs.pop_front();
        detail.pages += 1;
        let own =
            |id: &str, author: &str| self.memory.is_own_answer(id) || names.contains(&author.trim().to_lowercase());
        let (messages, mut unreadable) = each(stream, "id", &list.answers, |raw| question::answer(raw, own));
        prefix(&mut unreadable, "a:");
        if let Some(next) = list.following().filter(|next| next != place) {
            detail.jobs.push_back(Job::Answers(next));
        }
        Ok((Incoming { messages, ..detail.bare() }, unreadable))
    }

    async fn read_review(&self, stream: &str, detail: &mut Detail) -> Result<Part, Failure> {
        let version = self.review_version().await?;
        let raw = self.client.review(version, detail.id.as_str()).await?;
        detail.jobs.pop_front();
        let (reviewed, unreadable) = one(stream, &raw, review::review);
        let Some(reviewed) = reviewed else { return Ok((detail.bare(), unreadable)) };
        (detail.sku, detail.processed) = (reviewed.sku, reviewed.processed);
        Ok((reviewed.conversation, unreadable))
    }

    async fn read_comments(&self, stream: &str, detail: &mut Detail, offset: u64) -> Result<Part, Failure> {
        let list = self.client.comments(detail.id.as_str(), offset).await?;
        detail.jobs.pop_front();
        detail.pages += 1;
        let (remarks, mut unreadable) = each(stream, "id", &list.comments, review::comment);
        prefix(&mut unreadable, "c:");
        detail.own |= remarks.iter().any(|remark| remark.own.is_some());
        // Newest first, so the first page has the answer that counts.
        let newest = review::newest_own(&remarks).filter(|_| offset == 0);
        if let Some((at, answer)) = &newest {
            let waits = answer.publication == Publication::Pending;
            detail.moderated = waits && self.clock.now().duration_since(*at) < MODERATION;
            if !waits {
                self.memory.moderation_ended(&detail.id);
            }
        }
        if list.comments.len() >= PAGE as usize {
            detail.flawed |= detail.pages >= PAGES;
            if !detail.flawed {
                detail.jobs.push_back(Job::Comments(offset.saturating_add(u64::from(PAGE))));
            }
        }
        let certain = detail.is_done() && unreadable.is_empty() && !detail.flawed;
        let facts = Facts {
            // What is processed without an answer wants none.
            settled: certain.then_some(detail.processed && !detail.own),
            answer: newest.map(|(_, answer)| answer),
            unanswered: certain && !detail.own,
            ..Facts::default()
        };
        let messages = remarks.into_iter().map(|Remark { message, .. }| message).collect();
        Ok((Incoming { facts, messages, ..detail.bare() }, unreadable))
    }

    async fn read_rfbs(&self, stream: &str, detail: &mut Detail) -> Result<Part, Failure> {
        let Some(claim::Claim::Rfbs { id: number }) = claim::Claim::of(&detail.id) else {
            return Err(Failure::NotFound);
        };
        let answer = self.client.rfbs_return(number).await?;
        let raw = answer.returns.first().ok_or(Failure::NotFound)?;
        let (claimed, mut unreadable) = one(stream, raw, |raw| claim::rfbs(raw, Some(number)));
        detail.jobs.pop_front();
        for item in &mut unreadable {
            item.remote_id.clone_from(&detail.id.0);
        }
        Ok((claimed.map_or_else(|| detail.bare(), |claimed| claimed.conversation), unreadable))
    }

    /// Reads everything about one item. What our pace cuts short is kept for a moment, so that asking again goes on from there.
    ///
    /// # Errors
    /// Those of each request.
    pub(super) async fn read_whole(&self, detail: Detail) -> Result<(Incoming, Detail), Failure> {
        let now = self.clock.now();
        let fresh = (detail.bare(), detail);
        let (mut whole, mut detail) = self.memory.take_half(&fresh.1.id, now).unwrap_or(fresh);
        while !detail.is_done() {
            match self.read_more("thread", &mut detail).await {
                Ok((part, _)) => merge(&mut whole, part),
                Err(wait @ Failure::Wait { .. }) => {
                    self.memory.keep_half((whole, detail), now);
                    return Err(wait);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok((whole, detail))
    }
}

fn one<T>(stream: &str, raw: &RawValue, read: impl Fn(&str) -> Result<T, String>) -> (Option<T>, Vec<Unreadable>) {
    let (items, unreadable) = each(stream, "id", slice::from_ref(&raw.to_owned()), read);
    (items.into_iter().next(), unreadable)
}

/// Set aside under the id the message will have, so that it is released when it arrives.
fn prefix(unreadable: &mut [Unreadable], prefix: &str) {
    for item in unreadable {
        item.remote_id.insert_str(0, prefix);
    }
}

/// Adds what a later request said; only the first brings more than these facts.
fn merge(whole: &mut Incoming, part: Incoming) {
    whole.messages.extend(part.messages);
    let (facts, later) = (&mut whole.facts, part.facts);
    if facts.started_at.is_none() && later.started_at.is_some() {
        *facts = later;
        return;
    }
    facts.settled = later.settled.or(facts.settled);
    facts.unanswered |= later.unanswered;
    facts.answer = later.answer.or_else(|| facts.answer.take());
}

/// Whether something that happened so long ago may still be waiting for moderation.
pub(super) fn in_moderation(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) < MODERATION
}
