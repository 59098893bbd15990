//! Lists and counters of reviews.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Reviews;
use crate::{
    platform::{Answer, Call},
    wildberries::{
        errors,
        listing::{self, Bounds, Page, Window},
        shop::Shop,
    },
};

/// Pages of reviews go deeper than those of questions (specification, 2026-10).
const BOUNDS: Bounds = Bounds { take: 5_000, skip: 199_990, together: 204_990 };

fn bad(call: &Call, text: &str) -> Answer {
    errors::envelope(call.at, StatusCode::BAD_REQUEST, text)
}

impl Reviews {
    fn select(&self, now: Timestamp, processed: bool, window: Window) -> impl DoubleEndedIterator<Item = u64> {
        (0..self.len())
            .filter(move |&number| window.holds(self.created(number).as_second()))
            .filter(move |&number| self.processed(number, now) == processed)
    }

    fn page(
        &self,
        page: Page,
        found: impl DoubleEndedIterator<Item = u64>,
        supplier: &str,
        now: Timestamp,
    ) -> Vec<Value> {
        let found = found.filter(|&number| {
            page.nm_id.is_none_or(|nm_id| self.product(number).is_some_and(|product| product.nm_id == nm_id))
        });
        page.cut(found, |number| self.json(number, supplier, now)).into_iter().flatten().collect()
    }
}

/// `GET /api/v1/feedbacks/count-unanswered`.
pub(crate) fn count_unanswered(shop: &Shop, now: Timestamp) -> Answer {
    let day = |at: Timestamp| at.as_second().div_euclid(86_400);
    let reviews = &shop.reviews;
    let today = reviews.open(now).filter(|&number| day(reviews.created(number)) == day(now)).count();
    errors::success(json!({ "countUnanswered": reviews.unanswered(now), "countUnansweredToday": today }))
}

/// `GET /api/v1/feedbacks/count`.
pub(crate) fn count(shop: &Shop, call: &Call) -> Answer {
    match (listing::answered(call), Window::read(call)) {
        (Ok(answered), Ok(window)) => {
            errors::success(json!(shop.reviews.select(call.at, answered.unwrap_or(true), window).count()))
        }
        (Err(text), _) | (_, Err(text)) => bad(call, text),
    }
}

/// `GET /api/v1/feedbacks`.
pub(crate) fn list(shop: &Shop, call: &Call) -> Answer {
    let asked = listing::answered(call).and_then(|answered| answered.ok_or("Плохой формат isAnswered"));
    let (answered, page, window) = match (asked, Page::read(call, BOUNDS), Window::read(call)) {
        (Ok(answered), Ok(page), Ok(window)) => (answered, page, window),
        (Err(text), _, _) | (_, Err(text), _) | (_, _, Err(text)) => return bad(call, text),
    };
    let reviews = &shop.reviews;
    let unanswered = reviews.unanswered(call.at) as u64;
    errors::success(json!({
        "countUnanswered": unanswered,
        "countArchive": reviews.len() - unanswered,
        "feedbacks": reviews.page(page, reviews.select(call.at, answered, window), &shop.name, call.at),
    }))
}

/// `GET /api/v1/feedbacks/archive`: answered, thirty days old, or without a word and a picture.
pub(crate) fn archive(shop: &Shop, call: &Call) -> Answer {
    let page = match Page::read(call, BOUNDS) {
        Ok(page) => page,
        Err(text) => return bad(call, text),
    };
    let archived = shop.reviews.select(call.at, true, Window::default());
    errors::success(json!({ "feedbacks": shop.reviews.page(page, archived, &shop.name, call.at) }))
}

/// `GET /api/v1/feedback`.
pub(crate) fn by_id(shop: &Shop, call: &Call) -> Answer {
    let number = call.query("id").and_then(|id| shop.reviews.number(id));
    match number.and_then(|number| shop.reviews.json(number, &shop.name, call.at)) {
        Some(review) => errors::success(review),
        None => errors::envelope(call.at, StatusCode::UNPROCESSABLE_ENTITY, "Невозможно получить отзыв по id"),
    }
}
