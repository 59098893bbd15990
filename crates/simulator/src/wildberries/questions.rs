//! Questions on product pages: lists, counters, and the one PATCH with three meanings.

use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    answers::{Answers, Version},
    errors,
    listing::{self, Bounds, Page, Window},
    product::Product,
    shop::Shop,
};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome, Wish},
    time::after,
};

/// `take + skip` reach 10,000 and no further; beyond, the window of dates moves (specification, 2026-10).
const BOUNDS: Bounds = Bounds { take: 10_000, skip: 10_000, together: 10_000 };

#[derive(Debug)]
pub(crate) struct Question {
    pub product: Arc<Product>,
    pub created: Timestamp,
    pub text: String,
    pub viewed: bool,
    pub warned: bool,
    pub answers: Answers,
}

impl Question {
    /// What everybody sees now.
    pub(crate) fn published(&self, now: Timestamp) -> Option<&Version> {
        self.answers.published(now)
    }

    /// The action that an answer to this question would be.
    fn action(&self, hides: bool, now: Timestamp) -> &'static str {
        match (hides, self.answers.stand(now)) {
            (true, _) => "reject",
            (false, true) => "edit",
            (false, false) => "reply",
        }
    }

    fn json(&self, id: &str, supplier: &str, now: Timestamp) -> Value {
        let published = self.published(now);
        let state = match published {
            None => "suppliersPortalSynch",
            Some(Version { hides: true, .. }) => "none",
            Some(_) => "wbRu",
        };
        let answer = published.map(|version| {
            json!({
                "text": version.text,
                "editable": self.answers.editable(now),
                "createDate": format!("{:.9}", version.accepted),
            })
        });
        json!({
            "id": id,
            "text": self.text,
            "createdDate": format!("{:.9}", self.created),
            "state": state,
            "answer": answer,
            "productDetails": self.product.details(supplier),
            "wasViewed": self.viewed,
            "isWarned": self.warned,
        })
    }
}

fn bad(call: &Call, text: &str) -> Answer {
    errors::envelope(call.at, StatusCode::BAD_REQUEST, text)
}

/// Whether there is a question that nobody has looked at, which is what `new` means.
pub(crate) fn any_unseen(shop: &Shop) -> bool {
    shop.questions.values().any(|question| !question.viewed)
}

/// `GET /api/v1/questions/count-unanswered`.
pub(crate) fn count_unanswered(shop: &Shop, now: Timestamp) -> Answer {
    let today = now.as_second().div_euclid(86_400);
    let unanswered = || shop.questions.values().filter(|question| question.published(now).is_none());
    let count_today = unanswered().filter(|question| question.created.as_second().div_euclid(86_400) == today).count();
    errors::success(json!({ "countUnanswered": unanswered().count(), "countUnansweredToday": count_today }))
}

/// `GET /api/v1/questions/count`.
pub(crate) fn count(shop: &Shop, call: &Call) -> Answer {
    match (listing::answered(call), Window::read(call)) {
        (Ok(answered), Ok(window)) => {
            errors::success(json!(select(shop, call.at, answered.unwrap_or(true), window).count()))
        }
        (Err(text), _) | (_, Err(text)) => bad(call, text),
    }
}

fn select(
    shop: &Shop,
    now: Timestamp,
    answered: bool,
    window: Window,
) -> impl DoubleEndedIterator<Item = (&String, &Question)> {
    shop.questions
        .iter()
        .map(|((_, id), question)| (id, question))
        .filter(move |(_, question)| window.holds(question.created.as_second()))
        .filter(move |(_, question)| question.published(now).is_some() == answered)
}

/// `GET /api/v1/questions`.
pub(crate) fn list(shop: &Shop, call: &Call) -> Answer {
    let asked = listing::answered(call).and_then(|answered| answered.ok_or("Плохой формат isAnswered"));
    let (answered, page, window) = match (asked, Page::read(call, BOUNDS), Window::read(call)) {
        (Ok(answered), Ok(page), Ok(window)) => (answered, page, window),
        (Err(text), _, _) | (_, Err(text), _) | (_, _, Err(text)) => return bad(call, text),
    };
    let found = select(shop, call.at, answered, window)
        .filter(|(_, question)| page.nm_id.is_none_or(|nm_id| question.product.nm_id == nm_id));
    let questions: Vec<Value> = page.cut(found, |(id, question)| question.json(id, &shop.name, call.at));
    let unanswered = select(shop, call.at, false, Window::default()).count();
    errors::success(json!({
        "countUnanswered": unanswered,
        "countArchive": shop.questions.len() - unanswered,
        "questions": questions,
    }))
}

/// `GET /api/v1/question`.
pub(crate) fn by_id(shop: &Shop, call: &Call) -> Answer {
    let found = call.query("id").and_then(|id| shop.question(id).map(|question| (id, question)));
    match found {
        Some((id, question)) => errors::success(question.json(id, &shop.name, call.at)),
        None => errors::envelope(call.at, StatusCode::UNPROCESSABLE_ENTITY, "Невозможно получить вопрос по id"),
    }
}

/// What the body of a PATCH asks for, or the text of the 400 it deserves.
pub(crate) fn intent(shop: &Shop, call: &Call) -> Result<Write, &'static str> {
    let body: Value = serde_json::from_slice(&call.body).map_err(|_| "failed to decode JSON request.")?;
    let id = body.get("id").and_then(Value::as_str).ok_or("Неправильный id в запросе")?;
    let (viewed, answer) = (body.get("wasViewed"), body.get("answer"));
    if viewed.is_some() && answer.is_some() {
        return Err("Something went wrong");
    }
    if let Some(viewed) = viewed {
        viewed.as_bool().ok_or("Something went wrong")?;
        return Ok(Write::new("viewed", id, None));
    }
    let text = answer.and_then(|answer| answer.get("text")).and_then(Value::as_str).ok_or("Something went wrong")?;
    let hides = match body.get("state").and_then(Value::as_str) {
        None | Some("") => return Err("Empty state in request"),
        Some("wbRu") => false,
        Some("none") => true,
        Some(_) => return Err("Unknown state in request"),
    };
    let action = match shop.question(id) {
        Some(question) => question.action(hides, call.at),
        None if hides => "reject",
        None => "reply",
    };
    Ok(Write::new(action, id, Some(text.to_owned())))
}

/// `PATCH /api/v1/questions`.
pub(crate) fn write(shop: &mut Shop, call: &Call, wish: &Wish, lag: SignedDuration) -> Outcome {
    if call.header("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
        let detail = "Content-Type header must be application/json";
        return errors::short(call.at, StatusCode::BAD_REQUEST, "bad request", detail).into();
    }
    let write = match intent(shop, call) {
        Ok(write) => write,
        Err(text) => return bad(call, text).into(),
    };
    let Some(question) = shop.question_mut(&write.target) else {
        return errors::envelope(call.at, StatusCode::NOT_FOUND, "Не найден отзыв").into();
    };
    let Some(text) = &write.text else {
        question.viewed |= wish.effect;
        return Outcome { answer: errors::success(Value::Null), accepted: wish.effect.then_some(write) };
    };
    // No limits are published for questions; those of reviews are assumed.
    if !(2..=5_000).contains(&text.chars().count()) {
        return bad(call, "Длина текста ответа должна быть от 2 до 5000 символов").into();
    }
    if !question.answers.editable(call.at) {
        return bad(call, "Ответ можно изменить один раз в течение 60 дней").into();
    }
    if !wish.effect {
        return errors::success(Value::Null).into();
    }
    question.answers.push(Version {
        text: text.clone(),
        accepted: call.at,
        shown: call.at,
        decided: after(call.at, wish.lag.unwrap_or(lag)),
        refused: wish.refused,
        hides: write.action == "reject",
    });
    question.viewed = true;
    Outcome { answer: errors::success(Value::Null), accepted: Some(write) }
}
