//! Questions and their answers in our words. No I/O.

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::{self, Product};
use dragoman_domain::offer::{Effect, Offer};
use dragoman_domain::{Author, Channel, Kind, RemoteId};

use super::json;
use crate::lenient::Id;
use crate::ozon::wire::public::{Answer, Question};

/// The one thing that can be done with a question or review beside answering.
pub(in crate::ozon) const SETTLE: &str = "processed";

/// A question as a list or its own page has it.
#[derive(Debug)]
pub(in crate::ozon) struct Asked {
    pub(in crate::ozon) conversation: Incoming,
    pub(in crate::ozon) sku: String,
    /// How many answers it has, ours and other buyers'.
    pub(in crate::ozon) answers: u64,
    /// What tells that something about it has changed.
    pub(in crate::ozon) mark: String,
}

/// The message id of an answer.
pub(in crate::ozon) fn answer_id(answer: &str) -> RemoteId {
    RemoteId(format!("a:{answer}"))
}

/// Reads one question.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::ozon) fn question(raw: &str) -> Result<Asked, String> {
    let question: Question = json(raw)?;
    let sku = question.sku.map(|Id(sku)| sku).unwrap_or_default();
    let answers = question.answers_count.unwrap_or_default().0;
    let status = question.status.unwrap_or_default();
    let at = question.published_at.0;
    let asked = IncomingMessage::new(
        RemoteId(format!("q:{}", question.id)),
        Author::Buyer,
        at,
        question.text.trim().to_owned(),
        raw.to_owned(),
    );
    let page = question.product_url.filter(|page| is_product_page(page));
    let facts = Facts {
        buyer: question.author_name.filter(|name| !is_nobody(name)),
        settled: settled(&status),
        offers: Some(offers(&status)),
        product: product(&sku, page),
        started_at: Some(at),
        seen: seen(&status),
        status: (!status.is_empty()).then(|| status.clone()),
        ..Facts::default()
    };
    let conversation =
        Incoming { kind: Kind::Question, remote_id: RemoteId(question.id), facts, messages: vec![asked], mark: None };
    Ok(Asked { conversation, sku, answers, mark: format!("{status}:{answers}") })
}

/// Reads one answer. Other buyers answer too, and only the name tells who did: `own` decides by the answer's id and author.
///
/// # Errors
/// What a message cannot do without is missing; the words name the field.
pub(in crate::ozon) fn answer(raw: &str, own: impl Fn(&str, &str) -> bool) -> Result<IncomingMessage, String> {
    let answer: Answer = json(raw)?;
    let name = answer.author_name.unwrap_or_default();
    let author = if own(&answer.id, &name) { Author::Seller } else { Author::OtherBuyer };
    let text = answer.text.trim().to_owned();
    Ok(IncomingMessage::new(answer_id(&answer.id), author, answer.published_at.0, text, raw.to_owned()))
}

/// Whether nobody waits for an answer any more; an unknown word says nothing.
pub(super) fn settled(status: &str) -> Option<bool> {
    match status.to_ascii_uppercase().as_str() {
        "PROCESSED" => Some(true),
        "NEW" | "VIEWED" | "UNPROCESSED" => Some(false),
        _ => None,
    }
}

/// Whether the seller has seen it; only the new ones are surely not.
pub(super) fn seen(status: &str) -> Option<bool> {
    match status.to_ascii_uppercase().as_str() {
        "VIEWED" | "PROCESSED" => Some(true),
        "NEW" => Some(false),
        _ => None,
    }
}

pub(super) fn offers(status: &str) -> Vec<Offer> {
    if settled(status) == Some(true) {
        return Vec::new();
    }
    vec![Offer { name: SETTLE.to_owned(), effect: Effect::Settle, label: String::new(), fields: Vec::new() }]
}

pub(super) fn product(sku: &str, page: Option<String>) -> Option<Product> {
    if sku.is_empty() || sku == "0" {
        return None;
    }
    let page = page.or_else(|| lookup::product_page(Channel::Ozon, sku)).unwrap_or_default();
    Some(Product { key: sku.to_owned(), page, ..Product::default() })
}

/// The generic name of all buyers; official examples spell it "Пользователь OZON".
fn is_nobody(name: &str) -> bool {
    name.trim().is_empty() || name.trim().to_lowercase() == "пользователь ozon"
}

fn is_product_page(page: &str) -> bool {
    page.starts_with("https://www.ozon.ru/") || page.starts_with("https://ozon.ru/")
}
