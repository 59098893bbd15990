//! Cancellation requests of rFBS orders: approved by themselves unless the seller decides in time.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Turn, errors, ids, postings::Posting, returns::grow_posting, shop::Shop};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
    time::after,
    world::dice::Dice,
};

/// Time the seller has here; answers tell the moment itself.
const TO_DECIDE: SignedDuration = SignedDuration::from_hours(48);
const INITIATORS: [&str; 5] = ["CLIENT", "OZON", "SELLER", "SYSTEM", "DELIVERY"];
const STATES: [&str; 4] = ["ALL", "ON_APPROVAL", "APPROVED", "REJECTED"];

#[derive(Debug)]
pub(crate) struct Cancellation {
    pub id: i64,
    posting: Posting,
    reason: (i64, &'static str),
    message: String,
    initiator: &'static str,
    asked: Timestamp,
    decided: Option<Decision>,
}

#[derive(Debug)]
struct Decision {
    approves: bool,
    at: Timestamp,
    comment: String,
}

pub(crate) fn grow(shop: &mut Shop, dice: &mut Dice, count: usize, now: Timestamp) {
    const REASONS: [(i64, &str, &str); 3] = [
        (352, "Передумал покупать", "Нашёл дешевле"),
        (505, "Долгая доставка", "Уезжаю в отпуск, не успею забрать"),
        (402, "Ошибся при оформлении", "不小心下错单了"),
    ];
    for place in 0..count {
        let Some(&(id, name, message)) = REASONS.get(place % REASONS.len()) else { return };
        // Two in three still wait, one is past its time.
        let (from, to) = if place % 3 == 2 { (50, 200) } else { (1, 46) };
        let asked = dice.before(now, from * 3_600, to * 3_600);
        let Some(new) = begin(shop, dice, (id, name), message, asked) else { return };
        new.initiator = if place % 5 == 4 { "OZON" } else { "CLIENT" };
        if place % 8 == 5 {
            let at = after(asked, SignedDuration::from_hours(3));
            new.decided = Some(Decision {
                approves: false, at, comment: "Заказ уже передан в доставку".to_owned()
            });
        }
    }
}

fn begin<'a>(
    shop: &'a mut Shop,
    dice: &mut Dice,
    reason: (i64, &'static str),
    message: &str,
    asked: Timestamp,
) -> Option<&'a mut Cancellation> {
    let posting = grow_posting(shop, dice, asked)?;
    let id = 90_000_000 + 1_000 * shop.cancellations.len() as i64 + dice.below(1_000);
    let message = message.to_owned();
    shop.cancellations.push(Cancellation { id, posting, reason, message, initiator: "CLIENT", asked, decided: None });
    shop.cancellations.last_mut()
}

/// A buyer asks for a cancellation now; returns its id.
pub(crate) fn ask(shop: &mut Shop, text: &str, at: Timestamp) -> Option<String> {
    let mut dice = Dice::new(at.as_microsecond().unsigned_abs(), shop.cancellations.len() as u64);
    begin(shop, &mut dice, (352, "Передумал покупать"), text, at).map(|new| new.id.to_string())
}

impl Cancellation {
    fn auto_approval(&self) -> Timestamp {
        after(self.asked, TO_DECIDE)
    }

    /// Nobody has decided in time, so the platform does.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let at = self.auto_approval();
        if self.decided.is_none() && at <= now {
            self.decided = Some(Decision { approves: true, at, comment: String::new() });
        }
    }

    /// False if it is decided already.
    fn decide(&mut self, approves: bool, comment: &str, at: Timestamp) -> bool {
        let open = self.decided.is_none();
        if open {
            self.decided = Some(Decision { approves, at, comment: comment.to_owned() });
        }
        open
    }

    /// The seller decides in the web cabinet; false if the request does not offer that act now.
    pub(crate) fn in_cabinet(&mut self, act: &str, comment: &str, now: Timestamp) -> bool {
        matches!(act, "approve" | "reject") && self.decide(act == "approve", comment, now)
    }

    /// Somebody else decides first, as the plan's colleague does.
    pub(crate) fn overtaken(&mut self, comment: &str, now: Timestamp) {
        self.decide(true, comment, now);
    }

    fn state(&self) -> (i64, &'static str, &'static str) {
        match &self.decided {
            None => (1, "ON_APPROVAL", "Ожидает решения"),
            Some(Decision { approves: true, .. }) => (2, "APPROVED", "Одобрена"),
            Some(Decision { approves: false, .. }) => (3, "REJECTED", "Отклонена"),
        }
    }

    fn json(&self) -> Value {
        let (state_id, state, state_name) = self.state();
        let (reason, reason_name) = self.reason;
        let mut row = json!({
            "cancellation_id": self.id,
            "posting_number": self.posting.number,
            "state": { "id": state_id, "name": state_name, "state": state },
            "cancellation_reason": { "id": reason, "name": reason_name },
            "cancellation_reason_message": self.message,
            "cancelled_at": format!("{:.3}", self.asked),
            "auto_approve_date": format!("{:.3}", self.auto_approval()),
            "approve_comment": "",
            "cancellation_initiator": self.initiator,
            "order_date": format!("{:.3}", self.posting.created),
            "tpl_integration_type": "non_integrated",
            "source_id": 0,
        });
        if let (Some(decision), Some(fields)) = (&self.decided, row.as_object_mut()) {
            fields.insert("approve_comment".to_owned(), json!(decision.comment));
            fields.insert("approve_date".to_owned(), json!(format!("{:.3}", decision.at)));
        }
        row
    }
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    #[serde(default)]
    filters: Filters,
    limit: usize,
    #[serde(default)]
    last_id: i64,
    #[serde(default)]
    with: With,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filters {
    cancellation_initiator: Vec<String>,
    posting_number: Vec<String>,
    state: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct With {
    counter: bool,
}

/// `POST /v2/conditional-cancellation/list`, by id; the end is a page that is not full.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    let request: ListRequest = errors::read(call)?;
    if !(1..=500).contains(&request.limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 500]"));
    }
    let Filters { cancellation_initiator, posting_number, state } = request.filters;
    let state = state.filter(|state| !state.is_empty()).unwrap_or_else(|| "ALL".to_owned());
    if !STATES.contains(&state.as_str()) {
        return Err(errors::invalid("filters.state"));
    }
    if cancellation_initiator.iter().any(|one| !INITIATORS.contains(&one.as_str())) {
        return Err(errors::invalid("filters.cancellation_initiator"));
    }
    let found: Vec<&Cancellation> = shop
        .cancellations
        .iter()
        .filter(|one| state == "ALL" || one.state().1 == state)
        .filter(|one| {
            cancellation_initiator.is_empty() || cancellation_initiator.iter().any(|who| who == one.initiator)
        })
        .filter(|one| posting_number.is_empty() || posting_number.contains(&one.posting.number))
        .collect();
    let page: Vec<&&Cancellation> = found.iter().filter(|one| one.id > request.last_id).take(request.limit).collect();
    let counter = if request.with.counter { found.len() as i64 } else { 0 };
    Ok(Answer::ok(json!({
        "result": page.iter().map(|one| one.json()).collect::<Vec<_>>(),
        "counter": ids::counted(counter, shop.ids_as_text),
        "last_id": page.last().map_or(0, |one| one.id),
    })))
}

#[derive(Debug, Deserialize)]
struct DecideRequest {
    cancellation_id: i64,
    #[serde(default)]
    comment: String,
}

pub(crate) fn intent_to_decide(approves: bool, call: &Call) -> Option<Write> {
    let request: DecideRequest = serde_json::from_slice(&call.body).ok()?;
    Some(write(approves, request))
}

fn write(approves: bool, request: DecideRequest) -> Write {
    let text = Some(request.comment).filter(|comment| !comment.is_empty());
    let fields = json!({ "decision": if approves { "approve" } else { "reject" } });
    Write::new("act", request.cancellation_id.to_string(), text).with(fields)
}

/// `POST /v2/conditional-cancellation/approve` and `/reject`.
pub(crate) fn decide(shop: &mut Shop, approves: bool, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    let request: DecideRequest = errors::read(turn.call)?;
    let found = shop.cancellations.iter_mut().find(|one| one.id == request.cancellation_id);
    let found = found.ok_or_else(|| errors::not_found("cancellation not found"))?;
    if found.decided.is_some() {
        return Err(errors::conflict("cancellation is already decided"));
    }
    if turn.wish.effect {
        found.decide(approves, &request.comment, turn.call.at);
    }
    Ok(turn.accepted(shop.done(), write(approves, request)))
}
