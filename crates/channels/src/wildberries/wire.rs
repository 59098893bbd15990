//! Their JSON, as section 09 "Communications" of the public specification has it (2026-10-24), read leniently.

pub(super) mod chat;
pub(super) mod claim;
pub(super) mod review;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::lenient::{Count, Flag, Id, Moment, soft};

/// The envelope of the feedbacks host. A 200 with `error: true` is a failure.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    #[serde(default)]
    pub(super) data: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) error: Option<Flag>,
}

/// The words of an error of any of the three families.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Complaint {
    #[serde(deserialize_with = "soft")]
    title: Option<String>,
    #[serde(deserialize_with = "soft")]
    detail: Option<String>,
    #[serde(deserialize_with = "soft")]
    error_text: Option<String>,
    /// Words in the short problems of chats, a yes or no in the envelope.
    #[serde(deserialize_with = "soft")]
    error: Option<String>,
    #[serde(deserialize_with = "soft")]
    additional_errors: Option<Vec<String>>,
}

impl Complaint {
    /// Everything it says, on one line; empty if it says nothing.
    pub(super) fn words(self) -> String {
        let parts = [self.title, self.detail, self.error_text, self.error].into_iter().flatten();
        let parts = parts.chain(self.additional_errors.into_iter().flatten());
        parts.filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// `GET /api/v1/seller-info`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SellerInfo {
    pub(super) sid: Id,
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) trade_mark: Option<String>,
}

/// `GET /api/v1/new-feedbacks-questions`: "new" means not viewed, not "unanswered".
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct News {
    pub(super) has_new_questions: Flag,
    #[serde(default, deserialize_with = "soft")]
    pub(super) has_new_feedbacks: Option<Flag>,
}

/// `GET /api/v1/questions/count-unanswered` and its sister for reviews.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unanswered {
    pub(super) count_unanswered: Count,
}

/// `GET /api/v1/questions`, `/api/v1/feedbacks` and `/api/v1/feedbacks/archive`; the rows stay raw so that one bad one spoils no
/// other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    #[serde(default, deserialize_with = "soft")]
    pub(super) count_unanswered: Option<Count>,
    #[serde(alias = "questions", alias = "feedbacks")]
    pub(super) rows: Vec<Box<RawValue>>,
}

/// One question. Id, text and date are what a thread cannot do without.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) id: Id,
    pub(super) text: String,
    pub(super) created_date: Moment,
    #[serde(default, deserialize_with = "soft")]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) answer: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) product_details: Option<ProductDetails>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) was_viewed: Option<Flag>,
}

/// Our answer to a question or a review.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    pub(super) text: String,
    /// Where moderation stands; only reviews are documented to say it.
    #[serde(default, deserialize_with = "soft")]
    pub(super) state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) editable: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) create_date: Option<Moment>,
}

/// The product a question or review is about.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ProductDetails {
    #[serde(deserialize_with = "soft")]
    pub(super) nm_id: Option<Id>,
    #[serde(deserialize_with = "soft")]
    pub(super) product_name: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) supplier_article: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) size: Option<String>,
}

/// `PATCH /api/v1/questions`: one method, bodies that must not be mixed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Patch<'a> {
    /// Answers, edits the answer, or rejects: the state decides.
    Answer { id: &'a str, answer: AnswerText<'a>, state: &'static str },
    /// Marks as seen.
    Viewed {
        id: &'a str,
        #[serde(rename = "wasViewed")]
        was_viewed: bool,
    },
}

/// The text of an answer.
#[derive(Debug, Serialize)]
pub(super) struct AnswerText<'a> {
    pub(super) text: &'a str,
}

/// State of a question that was answered and may be shown.
pub(super) const SHOWN: &str = "wbRu";
/// State of a question that the seller rejected; it is hidden.
pub(super) const REJECTED: &str = "none";

/// `GET /api/communications/v2/news`.
#[derive(Debug, Deserialize)]
pub(super) struct NewsList {
    pub(super) data: Vec<Box<RawValue>>,
}

/// One of the portal's news.
#[derive(Debug, Deserialize)]
pub(super) struct NewsItem {
    pub(super) id: Count,
    pub(super) date: Moment,
    #[serde(default, deserialize_with = "soft")]
    pub(super) header: Option<String>,
    #[serde(default)]
    pub(super) content: Option<String>,
}

/// `POST /content/v2/get/cards/list` and `/content/v2/get/cards/trash`.
#[derive(Debug, Deserialize)]
pub(super) struct Cards {
    pub(super) cards: Vec<Box<RawValue>>,
}

/// A product card.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    #[serde(rename = "nmID")]
    pub(super) nm_id: Id,
    #[serde(default, deserialize_with = "soft")]
    pub(super) title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) vendor_code: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) photos: Option<Vec<Photo>>,
}

/// Addresses of one photo by size.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Photo {
    #[serde(deserialize_with = "soft")]
    pub(super) big: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) c516x688: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) c246x328: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) square: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(super) tm: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_envelope_hands_on_its_content_byte_by_byte() {
        let data = r#"{ "questions" : [ {"id":18446744073709551616,"later":1e2,"new":{"x":[]}} ], "unknown" : null }"#;
        let envelope: Envelope = serde_json::from_str(&format!(r#"{{"data":{data},"error":false,"more":1}}"#)).unwrap();
        assert_eq!(envelope.data.as_ref().unwrap().get(), data);
        let listed: Listed = serde_json::from_str(data).unwrap();
        assert_eq!(listed.rows.first().unwrap().get(), r#"{"id":18446744073709551616,"later":1e2,"new":{"x":[]}}"#);
    }

    #[test]
    fn a_complaint_of_any_family_is_told_in_its_own_words() {
        for (body, words) in [
            (
                r#"{"title":"unauthorized","detail":"token problem","code":"07e4","status":401}"#,
                "unauthorized; token problem",
            ),
            (
                r#"{"data":null,"error":true,"errorText":"Не найден отзыв","additionalErrors":["id"]}"#,
                "Не найден отзыв; id",
            ),
            (r#"{"title":7,"detail":null,"errorText":"","additionalErrors":{}}"#, ""),
        ] {
            assert_eq!(serde_json::from_str::<Complaint>(body).unwrap().words(), words);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = serde_json::from_slice::<Envelope>(&bytes);
            let _ = serde_json::from_slice::<Complaint>(&bytes);
        }

        #[test]
        fn no_shape_makes_reading_fail_hard(field in "[a-zA-Z]{1,16}", number in any::<f64>(), text in ".{0,20}") {
            for value in [Value::Null, number.into(), text.clone().into(), vec![text.clone()].into()] {
                let body = serde_json::json!({ field.clone(): value.clone(), "data": value, "photos": [value], "cards": value }).to_string();
                let _ = (serde_json::from_str::<Envelope>(&body), serde_json::from_str::<Listed>(&body));
                let _ = (serde_json::from_str::<Card>(&body), serde_json::from_str::<Cards>(&body), serde_json::from_str::<SellerInfo>(&body));
            }
        }
    }
}
