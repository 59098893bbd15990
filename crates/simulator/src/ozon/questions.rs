//! The question methods: list, one, counts, statuses, and the products asked about most.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Turn, errors, ids,
    question::{Question, Status},
    shelf::Shelved as _,
    shop::Shop,
};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
};

/// The end of a list, seen in production.
pub(crate) const END: &str = "00000000-0000-0000-0000-000000000000";
/// Until April 2026 every page had this size.
const PAGE: usize = 10;
/// The largest page is not documented; this is what other lists take.
const LARGEST: usize = 100;

/// 403 to a shop without the subscription; only Premium Plus is named by the specification (2026-09).
pub(crate) fn open(shop: &Shop) -> Result<(), Answer> {
    if shop.has_premium_plus() {
        return Ok(());
    }
    Err(errors::denied("checkSellerPremiumPlus: questions are available only with a Premium Plus subscription"))
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    last_id: String,
    limit: Option<usize>,
    sort_dir: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    status: Option<String>,
    date_from: Option<Timestamp>,
    date_to: Option<Timestamp>,
}

/// `POST /v1/question/list`.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: ListRequest = errors::read(call)?;
    let limit = request.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 100]"));
    }
    let wanted = wanted(request.filter.status.as_deref())?;
    let newest_first = newest_first(request.sort_dir.as_deref())?;
    let start = match request.last_id.as_str() {
        "" | END => None,
        id => Some(shop.questions.get(id).ok_or_else(|| errors::invalid("last_id"))?.rank()),
    };
    let archive = shop.questions.archive();
    let old = |number| wanted.contains(&if archive.waits(number) { Status::New } else { Status::Processed });
    let fits = |question: &Question| {
        wanted.contains(&question.status)
            && request.filter.date_from.is_none_or(|from| question.published >= from)
            && request.filter.date_to.is_none_or(|to| question.published <= to)
    };
    let mut rows = shop.questions.in_order(newest_first, start, old).filter(|(_, question)| fits(question)).peekable();
    let page: Vec<_> = rows.by_ref().take(limit).collect();
    let has_next = rows.peek().is_some();
    // Some shops learn of the end from a short page only, and are never told `has_next`.
    let goes_on = if shop.ids_as_text { page.len() == limit } else { has_next };
    let last_id = page.last().filter(|_| goes_on).map_or(END, |(id, _)| id);
    let questions: Vec<Value> =
        page.iter().map(|(id, question)| question.json(id, shop.ids_as_text, call.at)).collect();
    let mut answer = json!({ "questions": questions, "last_id": last_id });
    if let (false, Some(fields)) = (shop.ids_as_text, answer.as_object_mut()) {
        fields.insert("has_next".to_owned(), json!(has_next));
    }
    Ok(Answer::ok(answer))
}

/// The statuses that a filter lets through.
fn wanted(filter: Option<&str>) -> Result<&'static [Status], Answer> {
    use Status::{New, Processed, Unprocessed, Viewed};
    Ok(match filter {
        None | Some("" | "ALL") => &[New, Viewed, Unprocessed, Processed],
        Some("NEW") => &[New],
        Some("VIEWED") => &[Viewed],
        Some("PROCESSED") => &[Processed],
        Some("UNPROCESSED") => &[New, Viewed, Unprocessed],
        Some(_) => return Err(errors::invalid("filter.status")),
    })
}

pub(crate) fn newest_first(sort_dir: Option<&str>) -> Result<bool, Answer> {
    match sort_dir {
        None | Some("" | "DESC") => Ok(true),
        Some("ASC") => Ok(false),
        Some(_) => Err(errors::invalid("sort_dir")),
    }
}

#[derive(Debug, Deserialize)]
struct InfoRequest {
    question_id: String,
}

/// `POST /v1/question/info`.
pub(crate) fn info(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: InfoRequest = errors::read(call)?;
    let question = shop.questions.get(&request.question_id).ok_or_else(|| errors::not_found("question not found"))?;
    Ok(Answer::ok(question.json(&request.question_id, shop.ids_as_text, call.at)))
}

/// `POST /v1/question/count`.
pub(crate) fn count(shop: &Shop) -> Result<Answer, Answer> {
    open(shop)?;
    let [new, viewed, unprocessed, processed] = counts(shop);
    Ok(Answer::ok(json!({
        "all": new + viewed + unprocessed + processed,
        "new": new,
        "viewed": viewed,
        "processed": processed,
        "unprocessed": new + viewed + unprocessed,
    })))
}

fn counts(shop: &Shop) -> [i64; 4] {
    let (mut counts, archive) = ([0; 4], shop.questions.archive());
    let [new, viewed, unprocessed, processed] = &mut counts;
    for question in shop.questions.kept() {
        *match question.status {
            Status::New => &mut *new,
            Status::Viewed => &mut *viewed,
            Status::Unprocessed => &mut *unprocessed,
            Status::Processed => &mut *processed,
        } += 1;
    }
    for number in shop.questions.untouched() {
        *if archive.waits(number) { &mut *new } else { &mut *processed } += 1;
    }
    counts
}

#[derive(Debug, Deserialize)]
struct StatusRequest {
    question_ids: Vec<String>,
    status: String,
}

pub(crate) fn intent_to_change(call: &Call) -> Option<Write> {
    let request: StatusRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("status", request.question_ids.join(","), Some(request.status)))
}

/// `POST /v1/question/change-status`: all of them or none.
pub(crate) fn change_status(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    open(shop)?;
    let request: StatusRequest = errors::read(turn.call)?;
    let status = Status::to_set(&request.status).ok_or_else(|| errors::invalid("status"))?;
    if request.question_ids.is_empty() || request.question_ids.len() > 100 {
        return Err(errors::invalid("question_ids: value must contain between 1 and 100 items"));
    }
    if request.question_ids.iter().any(|id| shop.questions.get(id).is_none()) {
        return Err(errors::not_found("question not found"));
    }
    if turn.wish.effect {
        for id in &request.question_ids {
            shop.questions.change(id, |question| question.status = status);
        }
    }
    let write = Write::new("status", request.question_ids.join(","), Some(request.status));
    Ok(turn.accepted(shop.done(), write))
}

#[derive(Debug, Deserialize)]
struct TopRequest {
    limit: usize,
}

/// `POST /v1/question/top-sku`; archived questions lie evenly over all products and change nothing.
pub(crate) fn top_sku(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    open(shop)?;
    let request: TopRequest = errors::read(call)?;
    if !(1..=100).contains(&request.limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 100]"));
    }
    let mut asked: BTreeMap<i64, usize> = BTreeMap::new();
    for question in shop.questions.kept() {
        *asked.entry(question.product.sku).or_default() += 1;
    }
    let mut most: Vec<(i64, usize)> = asked.into_iter().collect();
    most.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    // The specification has text here, shops of the number form know better.
    let skus: Vec<Value> =
        most.iter().take(request.limit).map(|&(sku, _)| ids::counted(sku, shop.ids_as_text)).collect();
    Ok(Answer::ok(json!({ "sku": skus })))
}

/// Somebody asks about one of the products; returns the question's id.
pub(crate) fn ask(shop: &mut Shop, text: &str, at: Timestamp) -> Option<String> {
    let product = shop.dice.one(&shop.products).cloned()?;
    let id = ids::uuid_at(at, &mut shop.dice);
    let salt = shop.questions.len();
    shop.questions.put(id.clone(), Question::asked(&product, text, at, salt));
    Some(id)
}
