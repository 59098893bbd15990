//! What `show` says of a claim, a review and a public answer.

use jiff::Timestamp;
use serde::Deserialize;

use crate::clock::local;
use crate::consequence::{Consequence, Money};
use crate::output::one_line;

/// The facts beside a conversation's messages.
#[derive(Deserialize)]
pub(super) struct Standing {
    publication: Option<String>,
    refusal: String,
    edit_until: Option<Timestamp>,
    claim: Option<Claim>,
    review: Option<Review>,
    offers: Vec<Offer>,
}

#[derive(Deserialize)]
struct Claim {
    sort: String,
    reason: String,
    amount: Option<Money>,
    quantity: Option<u32>,
    decision: String,
    stage: String,
    decided_at: Option<Timestamp>,
    comment: String,
    limit: Option<Limit>,
}

#[derive(Deserialize)]
struct Limit {
    at: Timestamp,
}

#[derive(Deserialize)]
struct Review {
    stars: Option<u8>,
    purchase: Option<String>,
    size: String,
    color: String,
    size_fit: Option<String>,
    tags: Vec<String>,
    counts: Option<bool>,
}

#[derive(Deserialize)]
struct Offer {
    name: String,
    label: String,
    consequence: Consequence,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    required: bool,
    takes: Takes,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Takes {
    Text { min: u32, max: u32 },
    Choice { options: Vec<Choice> },
    Amount { currency: String, max: String },
}

#[derive(Deserialize)]
struct Choice {
    value: String,
    label: String,
}

impl Standing {
    /// One fact per line; nothing for a conversation that has none.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.claim.as_ref().map(Claim::line));
        lines.extend(self.review.as_ref().map(Review::line));
        if let Some(publication) = &self.publication {
            let answer = [("our answer", Some(publication.clone())), ("reason", Some(self.refusal.clone()))];
            lines.push(joined(answer));
        }
        lines.extend(self.edit_until.map(|until| format!("our answer can be edited until {}", local(until))));
        for offer in &self.offers {
            lines.push(offer.line());
            lines.extend(offer.fields.iter().map(Field::line));
        }
        lines
    }
}

/// `name: value` for what has a value.
fn joined<const N: usize>(facts: [(&str, Option<String>); N]) -> String {
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name, one_line(&value?))));
    let told: Vec<_> =
        facts.filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}")).collect();
    told.join(" · ")
}

impl Claim {
    fn line(&self) -> String {
        joined([
            ("claim", Some(self.sort.clone())),
            ("decision", Some(self.decision.clone())),
            ("decided", self.decided_at.map(local)),
            ("money", self.amount.as_ref().map(Money::words)),
            ("pieces", self.quantity.map(|pieces| pieces.to_string())),
            ("reason", Some(self.reason.clone())),
            ("stage", Some(self.stage.clone())),
            ("comment", Some(self.comment.clone())),
            ("the platform decides", self.limit.as_ref().map(|limit| local(limit.at))),
        ])
    }
}

impl Review {
    fn line(&self) -> String {
        joined([
            ("stars", self.stars.map(|stars| stars.to_string())),
            ("purchase", self.purchase.clone()),
            ("size", Some(self.size.clone())),
            ("fit", self.size_fit.clone()),
            ("colour", Some(self.color.clone())),
            ("tags", Some(self.tags.join(", "))),
            ("counts for the rating", self.counts.map(|counts| if counts { "yes" } else { "no" }.to_owned())),
        ])
    }
}

impl Offer {
    fn line(&self) -> String {
        let label = if self.label.is_empty() { String::new() } else { format!(" ({})", one_line(&self.label)) };
        format!("offered: act {}{label}: {}", one_line(&self.name), one_line(&self.consequence.words()))
    }
}

impl Field {
    fn line(&self) -> String {
        let takes = match &self.takes {
            Takes::Text { min, max } => format!("text of {min} to {max} characters"),
            Takes::Choice { options } => {
                let options = options.iter().map(|Choice { value, label }| format!("{value} = {label}"));
                options.collect::<Vec<_>>().join(", ")
            }
            Takes::Amount { currency, max } if max.is_empty() => format!("amount in {currency}"),
            Takes::Amount { currency, max } => format!("amount in {currency}, {max} at most"),
        };
        let need = if self.required { "" } else { " (may be left out)" };
        one_line(&format!("--set {}={takes}{need}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_shown_with_its_facts_and_what_each_offer_brings_about() {
        let standing: Standing = serde_json::from_value(json!({
            "publication": null, "refusal": "", "edit_until": null, "review": null,
            "claim": {"sort": "return", "reason": "Брак", "amount": {"amount": "1500", "currency": "RUB"}, "quantity": 2,
                "decision": "open", "stage": "", "decided_at": null, "comment": "", "limit": null},
            "offers": [{"name": "rejectcustom", "label": "Отклонить", "confirm": true,
                "consequence": {"effect": "refuse", "money": {"amount": "1500", "currency": "RUB"}},
                "fields": [{"name": "comment", "required": true, "takes": {"type": "text", "min": 10, "max": 1000}}]}],
        }))
        .unwrap();
        insta::assert_snapshot!(standing.lines().join("\n"), @r"
        claim: return · decision: open · money: 1500 RUB · pieces: 2 · reason: Брак
        offered: act rejectcustom (Отклонить): The claim (1500 RUB) is refused, and the buyer is told so
        --set comment=text of 10 to 1000 characters
        ");
    }

    #[test]
    fn a_refused_answer_is_shown_with_the_platforms_reason() {
        let standing: Standing = serde_json::from_value(json!({
            "publication": "refused", "refusal": "контакты", "edit_until": null, "claim": null, "offers": [],
            "review": {"stars": 2, "purchase": "returned", "size": "46", "color": "", "size_fit": "smaller", "tags": ["ткань"],
                "counts": false},
        }))
        .unwrap();
        insta::assert_snapshot!(standing.lines().join("\n"), @r"
        stars: 2 · purchase: returned · size: 46 · fit: smaller · tags: ткань · counts for the rating: no
        our answer: refused · reason: контакты
        ");
    }
}
