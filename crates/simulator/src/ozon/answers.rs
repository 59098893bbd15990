//! The answers to a question: create, list and delete; there is no way to edit one.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Turn, errors, ids,
    question::{ANYBODY, Answer as Given, Status},
    questions::{END, open},
    shop::Shop,
};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
    time::after,
};

/// Answers in a page; the request has no say in it.
const PAGE: usize = 10;

#[derive(Debug, Deserialize)]
struct CreateRequest {
    question_id: String,
    sku: i64,
    text: String,
}

pub(crate) fn intent_to_create(call: &Call) -> Option<Write> {
    let request: CreateRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("reply", request.question_id, Some(request.text)))
}

/// `POST /v1/question/answer/create`: the question's status stays what it was.
pub(crate) fn create(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: CreateRequest = errors::read(turn.call)?;
    if !(2..=3_000).contains(&request.text.chars().count()) {
        return Err(errors::invalid("text: value length must be between 2 and 3000 runes"));
    }
    let question = shop.questions.get(&request.question_id).filter(|question| question.product.sku == request.sku);
    if question.is_none() {
        return Err(errors::not_found("question not found"));
    }
    let now = turn.call.at;
    let id = ids::uuid_at(now, &mut shop.dice);
    if turn.wish.effect {
        let visible = after(now, turn.wish.lag.unwrap_or(turn.rules.read_lag));
        give(shop, &request.question_id, Some(&id), None, &request.text, (now, visible));
    }
    let write = Write::new("reply", request.question_id, Some(request.text));
    Ok(turn.accepted(Answer::ok(json!({ "answer_id": id })), write))
}

/// Adds an answer, of the seller if `author` is nobody; nothing happens to an unknown question.
fn give(
    shop: &mut Shop,
    question: &str,
    id: Option<&str>,
    author: Option<&'static str>,
    text: &str,
    (published, visible): (Timestamp, Timestamp),
) -> Option<()> {
    let id = id.map_or_else(|| ids::uuid_at(published, &mut shop.dice), str::to_owned);
    let answer = Given { id, author, text: text.to_owned(), published, visible };
    shop.questions.change(question, |question| question.answers.push(answer))
}

/// Another buyer answers.
pub(crate) fn from_a_buyer(shop: &mut Shop, question: &str, text: &str, at: Timestamp) -> Option<()> {
    give(shop, question, None, Some(ANYBODY), text, (at, at))
}

/// The seller answers in the web cabinet, which marks the question processed.
pub(crate) fn in_cabinet(shop: &mut Shop, question: &str, text: &str, at: Timestamp) -> Option<()> {
    give(shop, question, None, None, text, (at, at))?;
    shop.questions.change(question, |question| question.status = Status::Processed)
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    question_id: String,
    sku: i64,
    #[serde(default)]
    last_id: String,
}

/// `POST /v1/question/answer/list`: the seller's and those of other buyers, oldest first.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: ListRequest = errors::read(call)?;
    let question = shop.questions.get(&request.question_id).filter(|question| question.product.sku == request.sku);
    let question = question.ok_or_else(|| errors::not_found("question not found"))?;
    let visible: Vec<&Given> = question.visible(call.at).collect();
    let skip = match request.last_id.as_str() {
        "" | END => 0,
        last => {
            let place = visible.iter().position(|answer| answer.id == last);
            place.ok_or_else(|| errors::invalid("last_id"))? + 1
        }
    };
    let page: Vec<Value> = visible
        .iter()
        .skip(skip)
        .take(PAGE)
        .map(|answer| {
            json!({
                "id": answer.id,
                "question_id": request.question_id,
                "sku": request.sku,
                "text": answer.text,
                "author_name": answer.author.unwrap_or(&shop.name),
                "published_at": format!("{:.6}", answer.published),
            })
        })
        .collect();
    let goes_on = skip + page.len() < visible.len();
    let last_id = visible.get((skip + page.len()).saturating_sub(1)).filter(|_| goes_on).map_or(END, |last| &last.id);
    Ok(Answer::ok(json!({ "answers": page, "last_id": last_id })))
}

#[derive(Debug, Deserialize)]
struct DeleteRequest {
    answer_id: String,
    sku: i64,
}

pub(crate) fn intent_to_delete(call: &Call) -> Option<Write> {
    let request: DeleteRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("delete", request.answer_id, None))
}

/// `POST /v1/question/answer/delete`: the seller's own only.
pub(crate) fn delete(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: DeleteRequest = errors::read(turn.call)?;
    let own = |answer: &Given| answer.id == request.answer_id && answer.author.is_none();
    let archive = shop.questions.archive();
    let old = archive.answered(&request.answer_id).map(|number| archive.id(number).to_string());
    let kept = || shop.questions.find_kept(|question| question.answers.iter().any(own)).map(str::to_owned);
    let found = old.or_else(kept).ok_or_else(|| errors::not_found("answer not found"))?;
    let question = shop.questions.get(&found).filter(|question| question.product.sku == request.sku);
    if question.is_none_or(|question| !question.answers.iter().any(own)) {
        return Err(errors::not_found("answer not found"));
    }
    if turn.wish.effect {
        shop.questions.change(&found, |question| question.answers.retain(|answer| !own(answer)));
    }
    let write = Write::new("delete", request.answer_id.clone(), None).with(json!({ "question_id": found }));
    Ok(turn.accepted(shop.done(), write))
}
