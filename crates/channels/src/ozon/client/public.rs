//! Questions with their answers, reviews with their comments.

use dragoman_domain::Timestamp;
use dragoman_domain::outgoing::Sent;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Client, Nothing, done, number};
use crate::Failure;
use crate::limits::Priority;
use crate::ozon::feature::Feature;
use crate::ozon::map::{answer_id, comment_id};
use crate::ozon::wire::public as wire;

pub(in crate::ozon) const QUESTIONS: &str = "/v1/question/list";
const QUESTION: &str = "/v1/question/info";
const QUESTION_STATUS: &str = "/v1/question/change-status";
const ANSWERS: &str = "/v1/question/answer/list";
pub(in crate::ozon) const ANSWER_CREATE: &str = "/v1/question/answer/create";
const ANSWER_DELETE: &str = "/v1/question/answer/delete";
pub(in crate::ozon) const REVIEW_LIST: &str = "/v2/review/list";
pub(in crate::ozon) const REVIEW_LIST_ONE: &str = "/v1/review/list";
const COMMENTS: &str = "/v1/review/comment/list";
pub(in crate::ozon) const COMMENT_CREATE: &str = "/v1/review/comment/create";

/// Reviews and comments of one page; 20 to 100 are allowed.
pub(in crate::ozon) const PAGE: u32 = 100;

/// Which generation of the review methods a server has. The second is current (September 2026), the first is deprecated and may
/// be all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ozon) enum Version {
    One,
    Two,
}

impl Version {
    const fn list(self) -> &'static str {
        match self {
            Self::One => REVIEW_LIST_ONE,
            Self::Two => REVIEW_LIST,
        }
    }

    const fn info(self) -> &'static str {
        match self {
            Self::One => "/v1/review/info",
            Self::Two => "/v2/review/info",
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::One => "/v1/review/change-status",
            Self::Two => "/v2/review/change-status",
        }
    }

    const fn comment_delete(self) -> &'static str {
        match self {
            Self::One => "/v1/review/comment/delete",
            Self::Two => "/v2/review/comment/delete",
        }
    }
}

/// Which reviews are asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::ozon) struct Reviews<'a> {
    pub(in crate::ozon) status: &'static str,
    pub(in crate::ozon) since: Option<Timestamp>,
    pub(in crate::ozon) last_id: &'a str,
}

#[derive(Serialize)]
struct QuestionsRequest<'a> {
    filter: QuestionFilter,
    last_id: &'a str,
}

#[derive(Serialize)]
struct QuestionFilter {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_from: Option<Timestamp>,
}

#[derive(Serialize)]
struct QuestionRequest<'a> {
    question_id: &'a str,
}

#[derive(Serialize)]
struct AnswersRequest<'a> {
    question_id: &'a str,
    sku: Box<RawValue>,
    last_id: &'a str,
}

#[derive(Serialize)]
struct AnswerRequest<'a> {
    question_id: &'a str,
    sku: Box<RawValue>,
    text: &'a str,
}

#[derive(Serialize)]
struct AnswerDeletion<'a> {
    answer_id: &'a str,
    sku: Box<RawValue>,
}

#[derive(Serialize)]
struct QuestionStatus<'a> {
    question_ids: [&'a str; 1],
    status: &'static str,
}

#[derive(Serialize)]
struct ReviewsOne<'a> {
    limit: u32,
    last_id: &'a str,
    sort_dir: &'static str,
    status: &'static str,
}

#[derive(Serialize)]
struct ReviewsTwo<'a> {
    limit: u32,
    last_id: &'a str,
    sort_dir: &'static str,
    filters: ReviewFilter,
}

#[derive(Serialize)]
struct ReviewFilter {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_from: Option<Timestamp>,
}

#[derive(Serialize)]
struct ReviewRequest<'a> {
    review_id: &'a str,
}

#[derive(Serialize)]
struct CommentsRequest<'a> {
    review_id: &'a str,
    limit: u32,
    offset: u64,
    sort_dir: &'static str,
}

#[derive(Serialize)]
struct CommentRequest<'a> {
    review_id: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_comment_id: Option<&'a str>,
    mark_review_as_processed: bool,
}

#[derive(Serialize)]
struct CommentDeletion<'a> {
    comment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct ReviewStatus<'a> {
    review_ids: [&'a str; 1],
    status: &'static str,
}

impl Client {
    /// A page of questions. Its size is the platform's: until April 2026 it was ten, and how much may be asked for since is not
    /// written anywhere.
    pub(in crate::ozon) async fn questions(
        &self,
        status: &'static str,
        since: Option<Timestamp>,
        last_id: &str,
    ) -> Result<wire::QuestionList, Failure> {
        let request = QuestionsRequest { filter: QuestionFilter { status, date_from: since }, last_id };
        Ok(self.read(Feature::Questions, Priority::Read, QUESTIONS, &request).await?.json()?)
    }

    /// One question, as it came.
    pub(in crate::ozon) async fn question(&self, id: &str) -> Result<Box<RawValue>, Failure> {
        let request = QuestionRequest { question_id: id };
        Ok(self.read(Feature::Questions, Priority::Read, QUESTION, &request).await?.json()?)
    }

    pub(in crate::ozon) async fn answers(
        &self,
        question: &str,
        sku: &str,
        last_id: &str,
    ) -> Result<wire::AnswerList, Failure> {
        let sku = number(sku).ok_or_else(|| Failure::Refused { why: no_product("question") })?;
        let request = AnswersRequest { question_id: question, sku, last_id };
        Ok(self.read(Feature::Questions, Priority::Read, ANSWERS, &request).await?.json()?)
    }

    /// Answers a question; `None` if its product is not known.
    pub(in crate::ozon) async fn answer(&self, question: &str, sku: &str, text: &str) -> Option<Sent> {
        let request = AnswerRequest { question_id: question, sku: number(sku)?, text };
        let sent = self.send(ANSWER_CREATE, &request).await;
        Some(self.outcome(sent, |answer| Ok(Some(answer_id(&answer.json::<wire::Answered>()?.answer_id.0)))))
    }

    /// Takes an answer back; `None` if its product is not known.
    pub(in crate::ozon) async fn delete_answer(&self, answer: &str, sku: &str) -> Option<Sent> {
        let request = AnswerDeletion { answer_id: answer, sku: number(sku)? };
        let sent = self.send(ANSWER_DELETE, &request).await;
        Some(self.outcome(sent, done))
    }

    pub(in crate::ozon) async fn settle_question(&self, question: &str) -> Sent {
        let request = QuestionStatus { question_ids: [question], status: "PROCESSED" };
        let sent = self.send(QUESTION_STATUS, &request).await;
        self.outcome(sent, done)
    }

    pub(in crate::ozon) async fn question_count(&self) -> Result<wire::QuestionCount, Failure> {
        Ok(self.read(Feature::Questions, Priority::Read, "/v1/question/count", &Nothing {}).await?.json()?)
    }

    /// Whether the server has the second generation of the review methods: `None` if it does not know this one.
    pub(in crate::ozon) async fn review_count(&self) -> Result<Option<wire::ReviewCount>, Failure> {
        let path = "/v2/review/count";
        match self.read_if_there(Feature::Reviews, Priority::Read, path, &Nothing {}).await? {
            Some(answer) => Ok(Some(answer.json()?)),
            None => Ok(None),
        }
    }

    /// A page of reviews, newest first. The first generation knows no dates.
    pub(in crate::ozon) async fn reviews(
        &self,
        version: Version,
        wanted: Reviews<'_>,
    ) -> Result<wire::ReviewList, Failure> {
        let Reviews { status, since, last_id } = wanted;
        let (path, sort_dir) = (version.list(), "DESC");
        let answer = match version {
            Version::One => {
                let request = ReviewsOne { limit: PAGE, last_id, sort_dir, status };
                self.read(Feature::Reviews, Priority::Read, path, &request).await?
            }
            Version::Two => {
                let filters = ReviewFilter { status, published_from: since };
                let request = ReviewsTwo { limit: PAGE, last_id, sort_dir, filters };
                self.read(Feature::Reviews, Priority::Read, path, &request).await?
            }
        };
        Ok(answer.json()?)
    }

    /// One review with its pictures, as it came.
    pub(in crate::ozon) async fn review(&self, version: Version, id: &str) -> Result<Box<RawValue>, Failure> {
        let request = ReviewRequest { review_id: id };
        Ok(self.read(Feature::Reviews, Priority::Read, version.info(), &request).await?.json()?)
    }

    /// A page of a review's comments, newest first.
    pub(in crate::ozon) async fn comments(&self, review: &str, offset: u64) -> Result<wire::CommentList, Failure> {
        let request = CommentsRequest { review_id: review, limit: PAGE, offset, sort_dir: "DESC" };
        Ok(self.read(Feature::Reviews, Priority::Read, COMMENTS, &request).await?.json()?)
    }

    /// Comments on a review, or on a comment to it, and marks the review as processed with the same call.
    pub(in crate::ozon) async fn comment(&self, review: &str, text: &str, parent: Option<&str>) -> Sent {
        let request =
            CommentRequest { review_id: review, text, parent_comment_id: parent, mark_review_as_processed: true };
        let sent = self.send(COMMENT_CREATE, &request).await;
        self.outcome(sent, |answer| Ok(Some(comment_id(&answer.json::<wire::Commented>()?.comment_id.0))))
    }

    /// Takes a comment back; `None` if the product is needed and not known.
    pub(in crate::ozon) async fn delete_comment(&self, version: Version, comment: &str, sku: &str) -> Option<Sent> {
        let sku = match version {
            Version::One => None,
            Version::Two => Some(number(sku)?),
        };
        let sent = self.send(version.comment_delete(), &CommentDeletion { comment_id: comment, sku }).await;
        Some(self.outcome(sent, done))
    }

    pub(in crate::ozon) async fn settle_review(&self, version: Version, review: &str) -> Sent {
        let request = ReviewStatus { review_ids: [review], status: "PROCESSED" };
        let sent = self.send(version.status(), &request).await;
        self.outcome(sent, done)
    }
}

/// Why a call cannot be made.
pub(in crate::ozon) fn no_product(kind: &str) -> String {
    format!("Ozon asks for the product number of a {kind}, and this one came without")
}
