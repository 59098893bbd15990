//! The seller's answers to a claim, each with its rules.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Claim, RECONSIDER, View};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome, Unknown, Wish},
    time::after,
    wildberries::{errors, shop::Shop},
};

/// The refusal that grown claims were met with.
pub(super) const REFUSED: &str = "reject1";
const CONFIRM: &[&str] = &["confirmreturngoodcc1"];

/// One accepted answer.
#[derive(Debug)]
pub(super) struct Decision {
    act: &'static str,
    comment: Option<String>,
    at: Timestamp,
    /// From when readings show it.
    pub shown: Timestamp,
}

/// What an action does to a claim.
struct Effect {
    act: &'static str,
    status: u8,
    status_ex: u8,
    /// What the buyer is told, unless the seller says it.
    reply: &'static str,
    /// What can be done next, when this was the first decision.
    next: &'static [&'static str],
}

const EFFECTS: &[Effect] = &[
    Effect {
        act: "approve1",
        status: 2,
        status_ex: 8,
        reply: "Продавец одобрил вашу заявку. Сдайте товар в пункт выдачи на проверку.",
        next: &[],
    },
    Effect {
        act: "approve2",
        status: 2,
        status_ex: 10,
        reply: "Продавец одобрил вашу заявку. Для возврата средств необходимо вернуть товар продавцу.",
        next: &[],
    },
    Effect {
        act: "autorefund1",
        status: 2,
        status_ex: 5,
        reply: "Продавец одобрил вашу заявку. Товар остаётся у вас.",
        next: &[],
    },
    Effect {
        act: "reject1",
        status: 1,
        status_ex: 1,
        reply: "Продавец отклонил вашу заявку: недостаток не обнаружен.",
        next: RECONSIDER,
    },
    Effect {
        act: "reject2",
        status: 1,
        status_ex: 1,
        reply: "Продавец отклонил вашу заявку: приложите фото или видео недостатка.",
        next: RECONSIDER,
    },
    Effect {
        act: "reject3",
        status: 1,
        status_ex: 1,
        reply: "Продавец отклонил вашу заявку: обратитесь в сервисный центр.",
        next: RECONSIDER,
    },
    Effect { act: "rejectcustom", status: 1, status_ex: 1, reply: "", next: RECONSIDER },
    Effect {
        act: "approvecc1",
        status: 2,
        status_ex: 10,
        reply: "Продавец одобрил вашу заявку. Верните товар в магазин продавца.",
        next: CONFIRM,
    },
    Effect {
        act: "confirmreturngoodcc1",
        status: 2,
        status_ex: 10,
        reply: "Продавец подтвердил, что товар возвращён.",
        next: &[],
    },
];

impl Decision {
    /// One that was taken before the world began, or by a colleague.
    pub(super) fn settled(act: &'static str, at: Timestamp) -> Self {
        Self { act, comment: None, at, shown: at }
    }

    pub(super) fn apply<'a>(&'a self, before: View<'a>) -> View<'a> {
        let Some(effect) = EFFECTS.iter().find(|effect| effect.act == self.act) else { return before };
        // A claim is reconsidered once: what was refused twice stays refused.
        let again = before.status == 1;
        View {
            status: effect.status,
            status_ex: effect.status_ex,
            reply: Some(self.comment.as_deref().unwrap_or(effect.reply)),
            actions: if again { &[] } else { effect.next },
            updated: self.at,
        }
    }
}

/// What the body asks for, or what is wrong with it.
fn read(body: &[u8]) -> Result<(String, String, Option<String>), String> {
    let invalid = |what: &str| format!("Input model is not valid; Details: {what}");
    let body: Value = serde_json::from_slice(body).map_err(|_| invalid("A non-empty request body is required."))?;
    let text =
        |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let id = text("id").ok_or_else(|| invalid("The Id field is required."))?;
    let act = text("action").ok_or_else(|| invalid("The Action field is required."))?;
    let comment = text("comment");
    let length = comment.as_ref().map(|comment| comment.chars().count());
    match (act.as_str(), length) {
        ("rejectcustom", None) => Err(invalid("The Comment field is required.")),
        ("rejectcustom" | "approvecc1", Some(length)) if !(10..=1_000).contains(&length) => {
            Err(invalid("The field Comment must be a string with a length between 10 and 1000."))
        }
        ("rejectcustom" | "approvecc1", _) | (_, None) => Ok((id, act, comment)),
        (_, Some(_)) => Err(invalid("The Comment field is not allowed for this action.")),
    }
}

fn write(id: String, act: String, comment: Option<String>) -> Write {
    Write::new("act", id, Some(act)).with(json!({ "comment": comment }))
}

/// The write that a request asks for.
pub(crate) fn intent(call: &Call) -> Option<Write> {
    let (id, act, comment) = read(&call.body).ok()?;
    Some(write(id, act, comment))
}

/// `PATCH /api/v1/claim`: nothing but what the claim offers.
pub(crate) fn decide(shop: &mut Shop, call: &Call, wish: &Wish) -> Outcome {
    let refuse =
        |detail: &str| Outcome::from(errors::returns(call, StatusCode::BAD_REQUEST, "Validation error", detail));
    let (id, act, comment) = match read(&call.body) {
        Ok(read) => read,
        Err(detail) => return refuse(&detail),
    };
    let Some(claim) = shop.claims.iter_mut().find(|claim| claim.id.to_string() == id) else {
        return refuse("Input model is not valid; Details: The claim was not found.");
    };
    let Some(known) = claim.offers(&act) else {
        return refuse("Input model is not valid; Details: The action is not available for the claim.");
    };
    let done = Answer::bytes(StatusCode::OK, "application/json", "");
    if !wish.effect {
        return done.into();
    }
    let shown = after(call.at, wish.read_lag);
    claim.decisions.push(Decision { act: known, comment: comment.clone(), at: call.at, shown });
    Outcome { answer: done, accepted: Some(write(id, act, comment)) }
}

impl Claim {
    /// The action of that name, if the claim offers it now, decisions counted that nobody sees yet.
    fn offers(&self, act: &str) -> Option<&'static str> {
        self.decided_by(|_| true).actions.iter().find(|offered| **offered == act).copied()
    }

    /// A colleague decides in the web cabinet.
    pub(crate) fn human_decides(&mut self, act: &str, comment: &str, at: Timestamp) -> Result<(), Unknown> {
        let act = self.offers(act).ok_or(Unknown::Act)?;
        let comment = (!comment.is_empty()).then(|| comment.to_owned());
        self.decisions.push(Decision { act, comment, at, shown: at });
        Ok(())
    }
}
