//! Answers to reviews, and the offer to take the reviewed item back.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome, Wish},
    time::after,
    wildberries::{answers::Version, errors, shop::Shop},
};

/// What a write to a review wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A first answer.
    Reply,
    /// Another text for an answer that stands.
    Edit,
    /// The return of the item.
    Return,
}

/// What the body asks for, or the words of the 400 it deserves.
pub(crate) fn intent(shop: &Shop, call: &Call, wanted: Wanted) -> Result<Write, &'static str> {
    let body: Result<Value, _> = serde_json::from_slice(&call.body);
    let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    if wanted == Wanted::Return {
        let body = body.map_err(|_| "failed to decode JSON request.")?;
        let id = text(&body, "feedbackId").filter(|id| !id.is_empty()).ok_or("Неправильный id в запросе")?;
        return Ok(Write::new("act", id, Some("return".to_owned())));
    }
    let body = body.map_err(|_| "Неверный синтаксис JSON")?;
    let (Some(id), Some(text)) = (text(&body, "id"), text(&body, "text")) else {
        return Err("Неверный синтаксис JSON");
    };
    if !(2..=5_000).contains(&text.chars().count()) {
        return Err("Длина текста ответа должна быть от 2 до 5000 символов");
    }
    // A second answer changes the first, whatever its sender meant.
    let stands = shop.reviews.number(&id).is_some_and(|number| shop.reviews.answers(number).stand(call.at));
    let action = if stands || wanted == Wanted::Edit { "edit" } else { "reply" };
    Ok(Write::new(action, id, Some(text)))
}

fn problem(call: &Call, detail: &str) -> Outcome {
    errors::review(call, StatusCode::BAD_REQUEST, detail).into()
}

/// `POST` and `PATCH /api/v1/feedbacks/answer`; success is 204 and says nothing, not even that the id is known.
pub(crate) fn answer(shop: &mut Shop, call: &Call, wanted: Wanted, wish: &Wish, lag: SignedDuration) -> Outcome {
    match call.header("content-type") {
        None => return problem(call, "content-type header not specified"),
        Some(kind) if !kind.contains('/') => {
            return problem(call, &format!("content-type is not a valid mime-type: {kind}"));
        }
        Some(kind) if !kind.starts_with("application/json") => {
            return problem(call, &format!("not a json content-type: {kind}"));
        }
        Some(_) => {}
    }
    let write = match intent(shop, call, wanted) {
        Ok(write) => write,
        Err(text) => return problem(call, text),
    };
    let done = Answer::bytes(StatusCode::NO_CONTENT, "application/json", "");
    let Some(number) = shop.reviews.number(&write.target) else { return done.into() };
    let answers = shop.reviews.answers(number);
    if !answers.editable(call.at) {
        return problem(call, "Ответ можно изменить один раз в течение 60 дней");
    }
    // Nothing there to be edited: said to be done all the same.
    let in_vain = wanted == Wanted::Edit && !answers.stand(call.at);
    if in_vain || !wish.effect {
        return done.into();
    }
    let change = shop.reviews.change(number);
    change.answers.push(Version {
        text: write.text.clone().unwrap_or_default(),
        accepted: call.at,
        shown: after(call.at, wish.read_lag),
        decided: after(call.at, wish.lag.unwrap_or(lag)),
        refused: wish.refused,
        hides: false,
    });
    change.viewed = true;
    Outcome { answer: done, accepted: Some(write) }
}

/// `POST /api/v1/feedbacks/order/return`.
pub(crate) fn offer_return(shop: &mut Shop, call: &Call, wish: &Wish) -> Outcome {
    let refuse = |status, text| Outcome::from(errors::envelope(call.at, status, text));
    let write = match intent(shop, call, Wanted::Return) {
        Ok(write) => write,
        Err(text) => return refuse(StatusCode::BAD_REQUEST, text),
    };
    let found = shop.reviews.number(&write.target);
    let Some((number, review)) = found.and_then(|number| Some((number, shop.reviews.review(number)?))) else {
        return refuse(StatusCode::BAD_REQUEST, "Не удалось получить отзыв");
    };
    if !shop.reviews.returnable(number, review.stars) {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "Запрос на возврат покупок недоступен");
    }
    let answer = errors::success(json!(null));
    if !wish.effect {
        return answer.into();
    }
    shop.reviews.change(number).return_offered = Some(call.at);
    Outcome { answer, accepted: Some(write) }
}
