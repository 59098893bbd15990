//! Questions and reviews, which everybody can read. Shapes of Seller API 2.1, state of September 2026; reviews in both versions.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Items, items};
use crate::lenient::{Count, Flag, Id, Moment, soft};

/// What stands for "no further page" in a list of questions (third-party notes, read 2026-09-22).
const NO_MORE: &str = "00000000-0000-0000-0000-000000000000";

/// `/v1/question/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct QuestionList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) questions: Items,
    #[serde(default, deserialize_with = "soft")]
    last_id: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    has_next: Option<Flag>,
}

impl QuestionList {
    /// Where the next page begins. The end is said in any of three ways: no further page, no rows, or an id of zeros.
    pub(in crate::ozon) fn following(&self) -> Option<String> {
        if self.has_next == Some(Flag(false)) || self.questions.is_empty() {
            return None;
        }
        self.last_id.as_ref().map(|id| id.0.clone()).filter(|id| id != NO_MORE)
    }
}

/// A question of the list, or `/v1/question/info`.
#[derive(Deserialize)]
pub(in crate::ozon) struct Question {
    pub(in crate::ozon) id: String,
    pub(in crate::ozon) text: String,
    pub(in crate::ozon) published_at: Moment,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) sku: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) author_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) answers_count: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) product_url: Option<String>,
}

/// `/v1/question/answer/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct AnswerList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) answers: Items,
    #[serde(default, deserialize_with = "soft")]
    last_id: Option<Id>,
}

impl AnswerList {
    /// Where the next page begins.
    pub(in crate::ozon) fn following(&self) -> Option<String> {
        let more = !self.answers.is_empty();
        self.last_id.as_ref().filter(|_| more).map(|id| id.0.clone()).filter(|id| id != NO_MORE)
    }
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Answer {
    pub(in crate::ozon) id: String,
    pub(in crate::ozon) text: String,
    pub(in crate::ozon) published_at: Moment,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) author_name: Option<String>,
}

/// `/v1/question/answer/create`
#[derive(Deserialize)]
pub(in crate::ozon) struct Answered {
    pub(in crate::ozon) answer_id: Id,
}

/// `/v1/review/list` and `/v2/review/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct ReviewList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) reviews: Items,
    #[serde(default, deserialize_with = "soft")]
    last_id: Option<Id>,
    #[serde(default)]
    has_next: Flag,
}

impl ReviewList {
    /// Where the next page begins; empty if the platform promises a page but does not say where.
    pub(in crate::ozon) fn following(&self) -> Option<String> {
        self.has_next.0.then(|| self.last_id.as_ref().map(|id| id.0.clone()).unwrap_or_default())
    }
}

/// A review of the list, or `/v1/review/info` and `/v2/review/info`.
#[derive(Deserialize)]
pub(in crate::ozon) struct Review {
    pub(in crate::ozon) id: String,
    pub(in crate::ozon) published_at: Moment,
    #[serde(default)]
    pub(in crate::ozon) text: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) sku: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) rating: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) order_status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) comments_amount: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) photos_amount: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) videos_amount: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_rating_participant: Option<Flag>,
    /// Only in the details of one review.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) photos: Option<Vec<Box<RawValue>>>,
    /// Only in the details of one review.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) videos: Option<Vec<Box<RawValue>>>,
}

/// A photo or video of a review.
#[derive(Deserialize)]
pub(in crate::ozon) struct Medium {
    pub(in crate::ozon) url: String,
}

/// `/v1/review/comment/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct CommentList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) comments: Items,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Comment {
    pub(in crate::ozon) id: String,
    pub(in crate::ozon) published_at: Moment,
    #[serde(default)]
    pub(in crate::ozon) text: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_owner: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_official: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_published: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_rejected: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) deviation_reason: Option<String>,
}

/// `/v1/review/comment/create`
#[derive(Deserialize)]
pub(in crate::ozon) struct Commented {
    pub(in crate::ozon) comment_id: Id,
}

/// `/v1/question/count`
#[derive(Deserialize)]
pub(in crate::ozon) struct QuestionCount {
    pub(in crate::ozon) all: Count,
}

/// `/v1/review/count` and `/v2/review/count`
#[derive(Deserialize)]
pub(in crate::ozon) struct ReviewCount {
    pub(in crate::ozon) total: Count,
}
