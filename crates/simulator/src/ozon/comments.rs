//! The comment methods: create, list and delete. Creating and listing exist in version 1 only.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Turn,
    comment::{self, Comment},
    errors, ids,
    question::Status,
    questions::newest_first,
    review::{Review, Version},
    reviews::open,
    shop::Shop,
};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
    time::after,
};

#[derive(Debug, Deserialize)]
struct CreateRequest {
    review_id: String,
    text: String,
    #[serde(default)]
    parent_comment_id: Option<String>,
    #[serde(default)]
    mark_review_as_processed: bool,
}

pub(crate) fn intent_to_create(call: &Call) -> Option<Write> {
    let request: CreateRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("reply", request.review_id, Some(request.text)))
}

/// `POST /v1/review/comment/create`: moderated before anybody sees it.
pub(crate) fn create(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: CreateRequest = errors::read(turn.call)?;
    if request.text.trim().is_empty() {
        return Err(errors::invalid("invalid CommentCreateRequest.Text: value length must be at least 1 runes"));
    }
    let review = shop.reviews.get(&request.review_id).ok_or_else(|| errors::not_found("review not found"))?;
    let parent = request.parent_comment_id.filter(|parent| !parent.is_empty());
    if parent.as_ref().is_some_and(|parent| !review.comments.iter().any(|comment| comment.id == *parent)) {
        return Err(errors::not_found("parent comment not found"));
    }
    if review.product.is_gone() {
        // Only the word is known from production, not what it was said about.
        return Err(errors::denied("cannot create comment: the product is not on sale"));
    }
    let now = turn.call.at;
    let id = ids::uuid_at(now, &mut shop.dice);
    if turn.wish.effect {
        let objection = comment::objection(&request.text);
        let new = Comment {
            parent,
            decided: after(now, turn.wish.lag.unwrap_or(turn.rules.moderation)),
            refused: objection.or(turn.wish.refused.then_some("Комментарий нарушает правила площадки")),
            ..Comment::published(id.clone(), true, &request.text, now)
        };
        shop.reviews.change(&request.review_id, |review| {
            review.comments.push(new);
            if request.mark_review_as_processed {
                review.status = Status::Processed;
            }
        });
    }
    let write = Write::new("reply", request.review_id, Some(request.text));
    Ok(turn.accepted(Answer::ok(json!({ "comment_id": id })), write))
}

/// A buyer writes under a review, or the seller does in the web cabinet, which marks it processed.
pub(crate) fn add(shop: &mut Shop, review: &str, own: bool, text: &str, at: Timestamp) -> Option<()> {
    let comment = Comment::published(ids::uuid_at(at, &mut shop.dice), own, text, at);
    shop.reviews.change(review, |review| {
        review.comments.push(comment);
        if own {
            review.status = Status::Processed;
        }
    })
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    review_id: Option<String>,
    #[serde(default)]
    filter: Filter,
    limit: usize,
    #[serde(default)]
    offset: usize,
    sort_dir: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    published_from: Option<Timestamp>,
    published_to: Option<Timestamp>,
    sku: Option<i64>,
}

/// `POST /v1/review/comment/list`, of one review or of all that were kept whole.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: ListRequest = errors::read(call)?;
    if !(20..=100).contains(&request.limit) {
        return Err(errors::invalid("invalid CommentListRequest.Limit: value must be inside range [20, 100]"));
    }
    let newest_first = newest_first(request.sort_dir.as_deref())?;
    let reviews: Vec<Cow<'_, Review>> = match request.review_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => vec![shop.reviews.get(id).ok_or_else(|| errors::not_found("review not found"))?],
        None => shop.reviews.kept().map(Cow::Borrowed).collect(),
    };
    let filter = request.filter;
    let mut found: Vec<&Comment> = reviews
        .iter()
        .filter(|review| filter.sku.is_none_or(|sku| review.product.sku == sku))
        .flat_map(|review| &review.comments)
        .filter(|comment| comment.is_listed(call.at, !shop.ids_as_text))
        .filter(|comment| filter.published_from.is_none_or(|from| comment.at >= from))
        .filter(|comment| filter.published_to.is_none_or(|to| comment.at <= to))
        .collect();
    found.sort_by_key(|comment| comment.at);
    if newest_first {
        found.reverse();
    }
    let page: Vec<Value> =
        found.iter().skip(request.offset).take(request.limit).map(|comment| comment.json()).collect();
    Ok(Answer::ok(json!({ "offset": request.offset + page.len(), "comments": page })))
}

#[derive(Debug, Deserialize)]
struct DeleteRequest {
    comment_id: String,
    sku: Option<i64>,
}

pub(crate) fn intent_to_delete(call: &Call) -> Option<Write> {
    let request: DeleteRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("delete", request.comment_id, None))
}

/// `POST /v2/review/comment/delete`, which needs the product's sku, and `/v1/review/comment/delete`.
pub(crate) fn delete(shop: &mut Shop, version: Version, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: DeleteRequest = errors::read(turn.call)?;
    if version == Version::Two && request.sku.is_none() {
        return Err(errors::invalid("invalid ReviewCommentDeleteRequest.Sku: value is required"));
    }
    let own = |comment: &Comment| comment.id == request.comment_id && comment.own;
    let fits =
        |review: &Review| review.comments.iter().any(own) && request.sku.is_none_or(|sku| review.product.sku == sku);
    let archive = shop.reviews.archive();
    let old = archive.answered(&request.comment_id).map(|number| archive.id(number).to_string());
    let old = old.filter(|id| shop.reviews.get(id).is_some_and(|review| fits(&review)));
    let found = old.or_else(|| shop.reviews.find_kept(fits).map(str::to_owned));
    let found = found.ok_or_else(|| errors::not_found("comment not found"))?;
    if turn.wish.effect {
        shop.reviews.change(&found, |review| review.comments.retain(|comment| !own(comment)));
    }
    let write = Write::new("delete", request.comment_id.clone(), None).with(json!({ "review_id": found }));
    Ok(turn.accepted(Answer::ok(json!({})), write))
}
