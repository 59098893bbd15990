//! Public answers to questions and reviews, and the moderation they pass.

use jiff::{SignedDuration, Timestamp};

use crate::time::after;

/// An answer can be edited once, within 60 days (specification, 2026-10).
const EDITABLE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// All that was accepted for one question or review, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers(Vec<Version>);

/// One accepted answer; the latest published one is what everybody sees.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub text: String,
    pub accepted: Timestamp,
    /// From when the seller sees it.
    pub shown: Timestamp,
    /// When moderation decides.
    pub decided: Timestamp,
    pub refused: bool,
    /// The question was rejected with this text and is hidden.
    pub hides: bool,
}

impl Version {
    /// An answer that moderation has long let through.
    pub(crate) fn settled(text: &str, accepted: Timestamp) -> Self {
        Self { text: text.to_owned(), accepted, shown: accepted, decided: accepted, refused: false, hides: false }
    }

    fn thrown_out(&self, now: Timestamp) -> bool {
        self.refused && self.decided <= now
    }

    /// `answer.state` of a review.
    pub(crate) fn state(&self, now: Timestamp) -> &'static str {
        match (self.decided <= now, self.refused) {
            (false, _) => "reviewRequired",
            (true, true) => "rejected",
            (true, false) => "wbRu",
        }
    }
}

impl Answers {
    pub(crate) fn push(&mut self, version: Version) {
        self.0.push(version);
    }

    /// What everybody sees now.
    pub(crate) fn published(&self, now: Timestamp) -> Option<&Version> {
        self.0.iter().rfind(|version| version.decided <= now && !version.refused)
    }

    /// What the seller sees now: the latest answer, and one that moderation threw out only if there is no other.
    pub(crate) fn visible(&self, now: Timestamp) -> Option<&Version> {
        let shown = || self.0.iter().rev().filter(|version| version.shown <= now);
        shown().find(|version| !version.thrown_out(now)).or_else(|| shown().next())
    }

    /// Accepted answers that moderation has not thrown out yet.
    fn standing(&self, now: Timestamp) -> impl Iterator<Item = &Version> {
        self.0.iter().filter(move |version| !version.thrown_out(now))
    }

    /// Whether an answer accepted now would change one that stands.
    pub(crate) fn stand(&self, now: Timestamp) -> bool {
        self.standing(now).next().is_some()
    }

    /// Whether another answer would be accepted now.
    pub(crate) fn editable(&self, now: Timestamp) -> bool {
        self.standing(now).next().is_none_or(|first| now <= after(first.accepted, EDITABLE))
            && self.standing(now).count() < 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_moderation_is_seen_by_the_seller_alone() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut answers = Answers::default();
        answers.push(Version { decided: at(10), ..Version::settled("Ответ", at(0)) });
        assert!(answers.published(at(5)).is_none());
        assert_eq!(answers.visible(at(5)).unwrap().state(at(5)), "reviewRequired");
        assert_eq!(answers.published(at(10)).unwrap().state(at(10)), "wbRu");
    }

    #[test]
    fn a_refused_edit_leaves_the_published_answer_in_place() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut answers = Answers::default();
        answers.push(Version::settled("Ответ", at(0)));
        answers.push(Version { decided: at(20), refused: true, ..Version::settled("Правка", at(10)) });
        assert!(!answers.editable(at(15)));
        assert_eq!(answers.visible(at(20)).unwrap().text, "Ответ");
        assert!(answers.editable(at(20)));
    }
}
