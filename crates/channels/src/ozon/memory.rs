//! What a connector remembers between calls. Nothing here has to survive: all of it can be asked for again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dragoman_domain::incoming::Incoming;
use dragoman_domain::{RemoteId, SignedDuration, Timestamp};

use crate::ozon::client::Version;
use crate::ozon::detail::{Detail, in_moderation};

/// How long a thread that was read by half is worth going on with.
const HALF_LIFE: SignedDuration = SignedDuration::from_mins(1);
/// Answers of ours whose ids are remembered; more are not given between two looks at their questions.
const ANSWERS: usize = 10_000;

/// See the module.
#[derive(Default)]
pub(super) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    version: Option<Version>,
    /// Names the seller answers under, in lower case.
    names: Option<BTreeSet<String>>,
    answers: BTreeSet<String>,
    /// Reviews we have commented on, and when, until moderation is seen to have ended.
    commented: BTreeMap<RemoteId, Timestamp>,
    halves: BTreeMap<RemoteId, (Timestamp, Incoming, Detail)>,
    /// The item that failed last, and how often in a row.
    stumbling: (String, u32),
}

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The generation of review methods the server has, once it is known.
    pub(super) fn version(&self) -> Option<Version> {
        self.inner().version
    }

    pub(super) fn learn_version(&self, version: Version) {
        self.inner().version = Some(version);
    }

    pub(super) fn names(&self) -> Option<BTreeSet<String>> {
        self.inner().names.clone()
    }

    pub(super) fn learn_names<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let names = names.into_iter().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty());
        let names: BTreeSet<String> = names.collect();
        self.inner().names = Some(names.clone());
        names
    }

    pub(super) fn answered(&self, answer: &str) {
        let answers = &mut self.inner().answers;
        if answers.len() >= ANSWERS {
            answers.pop_first();
        }
        answers.insert(answer.to_owned());
    }

    pub(super) fn is_own_answer(&self, answer: &str) -> bool {
        self.inner().answers.contains(answer)
    }

    pub(super) fn commented(&self, review: &RemoteId, now: Timestamp) {
        let commented = &mut self.inner().commented;
        commented.retain(|_, since| in_moderation(*since, now));
        commented.insert(review.clone(), now);
    }

    /// Whether a comment of ours on this review may still be waiting for moderation.
    pub(super) fn awaits_moderation(&self, review: &RemoteId, now: Timestamp) -> bool {
        self.inner().commented.get(review).is_some_and(|since| in_moderation(*since, now))
    }

    pub(super) fn moderation_ended(&self, review: &RemoteId) {
        self.inner().commented.remove(review);
    }

    pub(super) fn keep_half(&self, (whole, detail): (Incoming, Detail), now: Timestamp) {
        let halves = &mut self.inner().halves;
        halves.retain(|_, (at, ..)| now.duration_since(*at).abs() < HALF_LIFE);
        halves.insert(detail.id.clone(), (now, whole, detail));
    }

    pub(super) fn take_half(&self, id: &RemoteId, now: Timestamp) -> Option<(Incoming, Detail)> {
        let (at, whole, detail) = self.inner().halves.remove(id)?;
        (now.duration_since(at).abs() < HALF_LIFE).then_some((whole, detail))
    }

    /// Counts one more failure of an item; gives how many there were in a row.
    pub(super) fn stumbled(&self, id: &str) -> u32 {
        let stumbling = &mut self.inner().stumbling;
        let times = if stumbling.0 == id { stumbling.1.saturating_add(1) } else { 1 };
        *stumbling = (id.to_owned(), times);
        times
    }

    pub(super) fn went_well(&self) {
        self.inner().stumbling = (String::new(), 0);
    }
}
