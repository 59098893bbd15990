//! The review methods of both versions: list, one, counts and statuses.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Turn, errors, ids,
    question::Status,
    questions::newest_first,
    review::{Review, Version},
    shelf::Shelved as _,
    shop::Shop,
};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
};

/// Limits of a page (specification of version 1, 2026-04); version 2 names none.
const LIMITS: std::ops::RangeInclusive<usize> = 20..=100;

/// 403 to a shop without the subscription (specification, 2026-04).
pub(crate) fn open(shop: &Shop) -> Result<(), Answer> {
    if shop.has_reviews() {
        return Ok(());
    }
    Err(errors::denied("available only with a Premium Plus, Premium Pro or review management subscription"))
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    limit: usize,
    #[serde(default)]
    last_id: String,
    sort_dir: Option<String>,
    /// Version 1.
    status: Option<String>,
    /// Version 2.
    #[serde(default)]
    filters: Filters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filters {
    status: Option<String>,
    order_status: Option<String>,
    published_from: Option<Timestamp>,
    published_to: Option<Timestamp>,
    skus: Vec<String>,
}

/// `POST /v2/review/list` and `/v1/review/list`.
pub(crate) fn list(shop: &Shop, version: Version, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: ListRequest = errors::read(call)?;
    if !LIMITS.contains(&request.limit) {
        return Err(errors::invalid("invalid ReviewListRequest.Limit: value must be inside range [20, 100]"));
    }
    let filters = match version {
        Version::One => Filters { status: request.status, ..Filters::default() },
        Version::Two => request.filters,
    };
    let wanted = wanted(version, filters.status.as_deref())?;
    let order_status = match filters.order_status.as_deref() {
        None | Some("" | "ALL") => None,
        Some(status @ ("DELIVERED" | "CANCELLED")) => Some(status),
        Some(_) => return Err(errors::invalid("filters.order_status")),
    };
    let newest_first = newest_first(request.sort_dir.as_deref())?;
    let start = match request.last_id.as_str() {
        "" => None,
        id => Some(shop.reviews.get(id).ok_or_else(|| errors::invalid("last_id"))?.rank()),
    };
    let archive = shop.reviews.archive();
    let old = |number| wanted.contains(&if archive.waits(number) { Status::New } else { Status::Processed });
    let fits = |review: &Review| {
        wanted.contains(&review.status)
            && order_status.is_none_or(|status| review.order_status == status)
            && filters.published_from.is_none_or(|from| review.published >= from)
            && filters.published_to.is_none_or(|to| review.published <= to)
            && (filters.skus.is_empty() || filters.skus.contains(&review.product.sku.to_string()))
    };
    let mut rows = shop.reviews.in_order(newest_first, start, old).filter(|(_, review)| fits(review)).peekable();
    let page: Vec<_> = rows.by_ref().take(request.limit).collect();
    let has_next = rows.peek().is_some();
    let last_id = page.last().map_or("", |(id, _)| id);
    let reviews: Vec<Value> = page.iter().map(|(id, review)| review.row(id, version, call.at)).collect();
    Ok(Answer::ok(json!({ "has_next": has_next, "last_id": last_id, "reviews": reviews })))
}

/// The statuses that a filter lets through.
fn wanted(version: Version, filter: Option<&str>) -> Result<&'static [Status], Answer> {
    use Status::{New, Processed, Viewed};
    Ok(match (version, filter) {
        (_, None | Some("" | "ALL")) => &[New, Viewed, Processed],
        (_, Some("PROCESSED")) => &[Processed],
        (Version::One, Some("UNPROCESSED")) => &[New, Viewed],
        (Version::Two, Some("NEW")) => &[New],
        (Version::Two, Some("VIEWED")) => &[Viewed],
        _ => return Err(errors::invalid("invalid ReviewListRequest.Status")),
    })
}

#[derive(Debug, Deserialize)]
struct InfoRequest {
    review_id: String,
}

/// `POST /v2/review/info` and `/v1/review/info`.
pub(crate) fn info(shop: &Shop, version: Version, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: InfoRequest = errors::read(call)?;
    let review = shop.reviews.get(&request.review_id).ok_or_else(|| errors::not_found("review not found"))?;
    Ok(Answer::ok(review.info(&request.review_id, version, call.at)))
}

/// `POST /v2/review/count` and `/v1/review/count`.
pub(crate) fn count(shop: &Shop, version: Version) -> Result<Answer, Answer> {
    open(shop)?;
    let (mut new, mut viewed, mut processed) = (0_i64, 0_i64, 0_i64);
    for review in shop.reviews.kept() {
        *match review.status {
            Status::Viewed => &mut viewed,
            Status::Processed => &mut processed,
            Status::New | Status::Unprocessed => &mut new,
        } += 1;
    }
    let archive = shop.reviews.archive();
    for number in shop.reviews.untouched() {
        *if archive.waits(number) { &mut new } else { &mut processed } += 1;
    }
    let total = new + viewed + processed;
    Ok(Answer::ok(match version {
        Version::One => json!({ "total": total, "processed": processed, "unprocessed": new + viewed }),
        Version::Two => {
            json!({ "total": total, "new": new, "viewed": viewed, "processed": processed })
        }
    }))
}

#[derive(Debug, Deserialize)]
struct StatusRequest {
    review_ids: Vec<String>,
    status: String,
}

pub(crate) fn intent_to_change(call: &Call) -> Option<Write> {
    let request: StatusRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("status", request.review_ids.join(","), Some(request.status)))
}

/// `POST /v2/review/change-status` and `/v1/review/change-status`: all of them or none.
pub(crate) fn change_status(shop: &mut Shop, version: Version, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: StatusRequest = errors::read(turn.call)?;
    let status = match (version, request.status.as_str()) {
        (Version::One, "UNPROCESSED") => Some(Status::New),
        (Version::One, "PROCESSED") => Some(Status::Processed),
        (Version::One, _) => None,
        (Version::Two, text) => Status::to_set(text),
    };
    let status = status.ok_or_else(|| errors::invalid("invalid ReviewChangeStatusRequest.Status"))?;
    if !(1..=100).contains(&request.review_ids.len()) {
        return Err(errors::invalid("review_ids: value must contain between 1 and 100 items"));
    }
    if request.review_ids.iter().any(|id| shop.reviews.get(id).is_none()) {
        return Err(errors::not_found("review not found"));
    }
    if turn.wish.effect {
        for id in &request.review_ids {
            shop.reviews.change(id, |review| review.status = status);
        }
    }
    let write = Write::new("status", request.review_ids.join(","), Some(request.status));
    Ok(turn.accepted(Answer::ok(json!({})), write))
}

/// A buyer writes a review about one of the products; returns its id.
pub(crate) fn write(shop: &mut Shop, text: &str, at: Timestamp) -> Option<String> {
    let product = shop.dice.one(&shop.products).cloned()?;
    let id = ids::uuid_at(at, &mut shop.dice);
    let salt = shop.reviews.len();
    shop.reviews.put(id.clone(), Review::written(&product, text, at, salt));
    Some(id)
}
