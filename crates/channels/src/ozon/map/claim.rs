//! Returns, return requests and cancellation requests in our words. No I/O.
//!
//! A claim's id names its list, and the posting where a claim can only be found again by it: `return:77/12345678-0001-1`,
//! `rfbs:77`, `cancel:77/12345678-0001-1`.

use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision, Limit, Money};
use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::{self, Product};
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::offer::{Choice, Effect, Field, Offer, Takes};
use dragoman_domain::{Author, Channel, Direction, Kind, RemoteId, Timestamp};
use serde_json::{Map, Value};

use super::{json, order_of};
use crate::lenient::{Count, Flag, Id};
use crate::ozon::markup;
use crate::ozon::wire::Pictures;
use crate::ozon::wire::claims::{Action, Cancellation, Goods, Named, Return, Rfbs, RfbsState};

/// Name of the rule for cancellation requests that nobody decides.
const AUTO_APPROVE: &str = "ozon_cancellation_auto_approve";
/// Statuses of a return that wait for the seller, in the cabinet only (Seller API 2.1, September 2026).
const NEEDS_SELLER: [&str; 5] = [
    "OnSellerApproval",
    "OnSellerClarification",
    "OnSellerClarificationAfterPartialCompensation",
    "DisputeOpened",
    "CompensationOffered",
];
/// Actions of a return request that refuse it, and the one that pays part of the price (Seller API 2.1, method action/set).
const REFUSALS: [&str; 2] = ["-1", "-10"];
const PARTIAL_REFUND: &str = "1020";
/// Longest words to a buyer; nothing is documented, so this is our choice.
const COMMENT_MAX: u32 = 1000;

/// Which list a claim is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ozon) enum Claim<'a> {
    Return { id: &'a str, posting: &'a str },
    Rfbs { id: &'a str },
    Cancellation { id: &'a str, posting: &'a str },
}

impl<'a> Claim<'a> {
    /// Reads a claim's id.
    pub(in crate::ozon) fn of(id: &'a RemoteId) -> Option<Self> {
        let (list, rest) = id.as_str().split_once(':')?;
        let (id, posting) = rest.split_once('/').unwrap_or((rest, ""));
        match list {
            "return" => Some(Self::Return { id, posting }),
            "rfbs" => Some(Self::Rfbs { id }),
            "cancel" => Some(Self::Cancellation { id, posting }),
            _ => None,
        }
    }
}

/// A claim with what tells that something about it has changed.
#[derive(Debug)]
pub(in crate::ozon) struct Claimed {
    pub(in crate::ozon) conversation: Incoming,
    /// The platform's number, a place in its list.
    pub(in crate::ozon) number: String,
    pub(in crate::ozon) mark: String,
}

/// Reads a return as the warehouses see it. What it asks of the seller can be done in the cabinet only.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::ozon) fn returned(raw: &str) -> Result<Claimed, String> {
    let claim: Return = json(raw)?;
    let number = claim.id.0;
    let posting = claim.posting_number.map(|Id(posting)| posting).unwrap_or_default();
    let (status, changed_at) = claim.visual.map_or((None, None), |visual| (visual.status, visual.change_moment));
    let (stage, state) = status.map_or((None, None), |status| (status.display_name, status.sys_name));
    let (stage, state) = (stage.unwrap_or_default(), state.unwrap_or_default());
    let logistic = claim.logistic.map(|way| [way.technical_return_moment, way.return_date]);
    let dates = logistic.into_iter().flatten().chain([changed_at]).flatten().map(|moment| moment.0);
    let at = dates.min().ok_or("it names no date")?;
    let reason = claim.return_reason_name.unwrap_or_default();
    let waits = NEEDS_SELLER.iter().any(|word| word.eq_ignore_ascii_case(&state));
    let id =
        RemoteId(if posting.is_empty() { format!("return:{number}") } else { format!("return:{number}/{posting}") });
    let sort = if claim.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Cancellation")) {
        ClaimSort::Cancellation
    } else if state.starts_with("Dispute") {
        ClaimSort::Dispute
    } else {
        ClaimSort::Return
    };
    let goods = Bought::of(claim.product);
    let (first, later) = told(&id, at, &reason, (&state, &stage, changed_at.map(|moment| moment.0)), raw);
    let facts = Facts {
        subject: goods.name(),
        status: word(&state),
        order_no: claim.order_number.map(|Id(order)| order).or_else(|| order_of(&posting)),
        settled: Some(!waits),
        started_at: Some(at),
        claim: Some(ClaimFacts {
            sort,
            reason,
            amount: goods.amount,
            quantity: goods.quantity,
            decision: if waits { Decision::Open } else { decision(&state) },
            stage,
            decided_at: None,
            comment: String::new(),
            limit: None,
        }),
        offers: Some(Vec::new()),
        product: goods.product,
        ..Facts::default()
    };
    let mark = format!("{state}@{}", changed_at.map(|moment| moment.0.to_string()).unwrap_or_default());
    Ok(claimed(id, number, facts, [Some(first), later], mark))
}

/// Reads a return request of the list, or in full where `asked` is the number it was asked for by.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::ozon) fn rfbs(raw: &str, asked: Option<&str>) -> Result<Claimed, String> {
    let claim: Rfbs = json(raw)?;
    let number = asked.map(str::to_owned).or(claim.return_id.map(|Id(id)| id)).ok_or("missing field `return_id`")?;
    let id = RemoteId(format!("rfbs:{number}"));
    let RfbsState { group_state, state, state_name, money_return_state_name } = claim.state.unwrap_or(RfbsState {
        group_state: None,
        state: None,
        state_name: None,
        money_return_state_name: None,
    });
    let (state, group) = (state.unwrap_or_default(), group_state.unwrap_or_default());
    let stage = [state_name, money_return_state_name].into_iter().flatten().filter(|words| !words.is_empty());
    let stage = stage.collect::<Vec<_>>().join(", ");
    let goods = Bought::of(claim.product);
    let reason = claim.return_reason.and_then(|reason| reason.name).unwrap_or_default();
    let comment = claim.comment.unwrap_or_default();
    let rejection = claim.rejection_comment.unwrap_or_default();
    let offers = claim.available_actions.map(|actions| {
        let reasons = claim.rejection_reason.unwrap_or_default().into_iter().map(|reason| Choice {
            value: reason.id.0,
            label: reason.name.unwrap_or_default(),
            needs_comment: reason.is_comment_required == Some(Flag(true)),
        });
        let reasons: Vec<Choice> = reasons.collect();
        actions.into_iter().map(|action| offer(action, &reasons, goods.amount.as_ref())).collect::<Vec<_>>()
    });
    let text =
        [reason.as_str(), comment.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let full = asked.is_some();
    let message = IncomingMessage {
        attachments: claim.client_photo.map(Pictures::all).unwrap_or_default().into_iter().filter_map(photo).collect(),
        ..IncomingMessage::new(first_id(&id), Author::Buyer, claim.created_at.0, text, nameless(raw))
    };
    let facts = Facts {
        subject: goods.name(),
        status: word(&state).or_else(|| word(&group)),
        order_no: claim.order_number.map(|Id(order)| order_of(&order).unwrap_or(order)),
        // Whatever can be done is the seller's to do.
        settled: offers.as_ref().map(Vec::is_empty),
        started_at: Some(claim.created_at.0),
        claim: full.then(|| ClaimFacts {
            sort: ClaimSort::Return,
            reason,
            amount: goods.amount.clone(),
            quantity: goods.quantity,
            decision: decision(if group.is_empty() { &state } else { &group }),
            stage,
            decided_at: None,
            comment: rejection,
            limit: None,
        }),
        product: goods.product,
        offers,
        ..Facts::default()
    };
    // The list says too little about a request to stand for it: what is stored comes from its own page.
    let message = full.then_some(message);
    let number_shown = claim.return_number.filter(|shown| !shown.is_empty() && *shown != number);
    let facts = Facts { subject: facts.subject.or(number_shown), ..facts };
    Ok(claimed(id, number, facts, [message, None], format!("{group}:{state}")))
}

/// Reads a cancellation request.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::ozon) fn cancellation(raw: &str) -> Result<Claimed, String> {
    let claim: Cancellation = json(raw)?;
    let number = claim.cancellation_id.0;
    let posting = claim.posting_number.map(|Id(posting)| posting).unwrap_or_default();
    let id =
        RemoteId(if posting.is_empty() { format!("cancel:{number}") } else { format!("cancel:{number}/{posting}") });
    let (stage, state) = claim.state.map_or((None, None), |state| (state.name, state.state));
    let state = state.unwrap_or_default().to_ascii_uppercase();
    let at = claim.cancelled_at.or(claim.order_date).ok_or("it names no date")?.0;
    let reason = claim.cancellation_reason.and_then(|Named { name }| name).unwrap_or_default();
    let words = claim.cancellation_reason_message.unwrap_or_default();
    let text =
        [reason.as_str(), words.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let open = state == "ON_APPROVAL";
    let decided_at = claim.approve_date.filter(|_| !open).map(|moment| moment.0);
    let comment = claim.approve_comment.unwrap_or_default();
    let author = match claim.cancellation_initiator.as_deref().unwrap_or_default() {
        "OZON" | "SYSTEM" => Author::Platform,
        "DELIVERY" => Author::Courier,
        _ => Author::Buyer,
    };
    let first = IncomingMessage::new(first_id(&id), author, at, text, raw.to_owned());
    let stage = stage.unwrap_or_default();
    let later = decided_at.map(|at| event(&id, &state, at, &stage));
    let facts = Facts {
        status: word(&state),
        order_no: order_of(&posting),
        settled: Some(!open),
        started_at: Some(at),
        claim: Some(ClaimFacts {
            sort: ClaimSort::Cancellation,
            reason,
            amount: None,
            quantity: None,
            decision: if open { Decision::Open } else { decision(&state) },
            stage,
            decided_at,
            comment,
            limit: claim
                .auto_approve_date
                .filter(|_| open)
                .map(|moment| Limit { at: moment.0, rule: AUTO_APPROVE.to_owned() }),
        }),
        offers: Some(if open { decisions() } else { Vec::new() }),
        ..Facts::default()
    };
    Ok(claimed(id, number, facts, [Some(first), later], state))
}

fn claimed<const N: usize>(
    id: RemoteId,
    number: String,
    facts: Facts,
    messages: [Option<IncomingMessage>; N],
    mark: String,
) -> Claimed {
    let messages = messages.into_iter().flatten().collect();
    Claimed { conversation: Incoming { kind: Kind::Claim, remote_id: id, facts, messages, mark: None }, number, mark }
}

/// The platform's JSON without the buyer's name, which it should not send any more and nobody here needs.
fn nameless(raw: &str) -> String {
    let fields =
        serde_json::from_str::<Map<String, Value>>(raw).ok().filter(|fields| fields.contains_key("client_name"));
    match fields {
        Some(mut fields) => {
            fields.remove("client_name");
            Value::Object(fields).to_string()
        }
        None => raw.to_owned(),
    }
}

fn first_id(claim: &RemoteId) -> RemoteId {
    RemoteId(format!("claim:{}", claim.as_str()))
}

/// How a return began, and the status it has come to.
fn told(
    id: &RemoteId,
    at: Timestamp,
    reason: &str,
    (state, stage, changed_at): (&str, &str, Option<Timestamp>),
    raw: &str,
) -> (IncomingMessage, Option<IncomingMessage>) {
    let first = IncomingMessage::new(first_id(id), Author::Buyer, at, reason.to_owned(), raw.to_owned());
    (first, changed_at.map(|at| event(id, state, at, stage)))
}

/// A line of a claim's history.
fn event(id: &RemoteId, state: &str, at: Timestamp, words: &str) -> IncomingMessage {
    let name = RemoteId(format!("claim:{}#{state}@{}", id.as_str(), at.as_second()));
    let words = if words.is_empty() { state } else { words };
    let line = IncomingMessage::new(name, Author::Platform, at, words.to_owned(), String::new());
    IncomingMessage { direction: Direction::System, ..line }
}

/// Approving and refusing a cancellation; both take words to the buyer.
fn decisions() -> Vec<Offer> {
    let offer = |name: &str, effect| Offer {
        name: name.to_owned(),
        effect,
        label: String::new(),
        fields: vec![field("comment", false, Takes::Text { min: 1, max: COMMENT_MAX })],
    };
    vec![offer("approve", Effect::CancelOrder), offer("reject", Effect::KeepOrder)]
}

/// An action of a return request. Only the ids whose fields are documented are understood; of the others the platform's own
/// words have to say what they do.
fn offer(action: Action, reasons: &[Choice], price: Option<&Money>) -> Offer {
    let name = action.id.0;
    let comment = || field("comment", false, Takes::Text { min: 1, max: COMMENT_MAX });
    let (effect, fields) = if REFUSALS.contains(&name.as_str()) {
        let reason = Takes::Choice { options: reasons.to_vec() };
        let reason = (!reasons.is_empty()).then(|| field("rejection_reason_id", true, reason));
        (Effect::Refuse, reason.into_iter().chain([comment()]).collect())
    } else if name == PARTIAL_REFUND {
        let (currency, max) = price.map(|price| (price.currency.clone(), price.amount.clone())).unwrap_or_default();
        (Effect::RefundPart, vec![field("compensation_amount", true, Takes::Amount { currency, max })])
    } else {
        (Effect::Other, Vec::new())
    };
    Offer { name, effect, label: action.name.unwrap_or_default(), fields }
}

fn field(name: &str, required: bool, takes: Takes) -> Field {
    Field { name: name.to_owned(), required, takes }
}

fn decision(state: &str) -> Decision {
    let state = state.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| state.contains(word));
    if says(&["reject"]) {
        Decision::Refused
    } else if says(&["approved", "compensated", "moneyreturned", "money_returned"]) {
        Decision::Approved
    } else if says(&["cancel", "expired"]) {
        Decision::Lapsed
    } else {
        Decision::Open
    }
}

fn word(state: &str) -> Option<String> {
    (!state.is_empty()).then(|| state.to_owned())
}

/// What a claim is about.
struct Bought {
    product: Option<Product>,
    amount: Option<Money>,
    quantity: Option<u32>,
}

impl Bought {
    fn of(goods: Option<Goods>) -> Self {
        let Some(goods) = goods else { return Self { product: None, amount: None, quantity: None } };
        let amount = goods.price.map(|price| Money {
            amount: price.amount.0,
            currency: price.currency.or(goods.currency_code).unwrap_or_default(),
        });
        let product = goods.sku.map(|Id(key)| key).filter(|key| key != "0").map(|key| Product {
            page: lookup::product_page(Channel::Ozon, &key).unwrap_or_default(),
            name: goods.name.unwrap_or_default(),
            article: goods.offer_id.unwrap_or_default(),
            key,
            ..Product::default()
        });
        Self { product, amount, quantity: goods.quantity.and_then(|Count(pieces)| u32::try_from(pieces).ok()) }
    }

    fn name(&self) -> Option<String> {
        self.product.as_ref().map(|product| product.name.clone()).filter(|name| !name.is_empty())
    }
}

/// A buyer's photo; where they lie is not documented, so whether one can be fetched shows when it is asked for.
fn photo(address: String) -> Option<AttachmentStub> {
    let web = address.starts_with("https://");
    web.then(|| AttachmentStub {
        name: markup::last_segment(&address),
        mime: Some(markup::mime_of(&markup::last_segment(&address)))
            .filter(|mime| !mime.is_empty())
            .unwrap_or("image/*")
            .to_owned(),
        size: None,
        source: address,
        state: AttachmentState::Remote,
    })
}
