//! What a platform lets us do with one conversation right now, beyond answering it: a claim's actions, a return offered from a
//! review, a chat opened from an order. The platform lists them, we never guess.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::claim::{ClaimFacts, Money};
use crate::text::words;

words! {
    /// What carrying out an offer means for the buyer and for us. The screen and the command line have the words for it.
    "effect" Effect {
        /// The goods come back and the buyer gets the money.
        ApproveReturn = "approve_return",
        /// Approved; the platform looks at the goods before it decides about the money.
        ApproveCheck = "approve_check",
        /// The buyer gets the money and keeps the goods.
        RefundKeep = "refund_keep",
        /// The buyer gets part of the money and keeps the goods.
        RefundPart = "refund_part",
        /// The claim is refused.
        Refuse = "refuse",
        /// We confirm that the goods are back.
        ConfirmReceived = "confirm_received",
        /// The order is cancelled.
        CancelOrder = "cancel_order",
        /// The order goes on.
        KeepOrder = "keep_order",
        /// The buyer of this review may return the purchase.
        OfferReturn = "offer_return",
        /// A private talk with the buyer of the order begins.
        OpenChat = "open_chat",
        /// Counts as dealt with, without an answer.
        Settle = "settle",
        /// Something else: only the platform's own label says what.
        Other = "other",
    }
}

/// Name of the act that opens a chat with the buyer of an order.
const OPEN_CHAT: &str = "open_chat";

impl Effect {
    /// Whether it moves money, goods or an order, so that a person has to confirm the consequence.
    pub const fn binding(self) -> bool {
        !matches!(self, Self::OpenChat | Self::Settle)
    }
}

/// One thing that can be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The platform's own name for it (`approve1`, `-10`) where it has one.
    pub name: String,
    /// What it means.
    pub effect: Effect,
    /// The platform's own words for it, empty when it has none.
    #[serde(default)]
    pub label: String,
    /// What has to be filled in.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A value that an offer asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name, as `--set name=value` takes it.
    pub name: String,
    /// It has to be given.
    pub required: bool,
    /// What fits.
    pub takes: Takes,
}

/// What fits into a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Takes {
    /// Words to the buyer or the platform, length in Unicode scalar values.
    Text {
        /// Shortest.
        min: u32,
        /// Longest.
        max: u32,
    },
    /// One of these.
    Choice {
        /// The choices.
        options: Vec<Choice>,
    },
    /// A decimal amount above zero.
    Amount {
        /// Currency, three letters.
        currency: String,
        /// Not more than this, decimal; empty when the platform says nothing.
        #[serde(default)]
        max: String,
    },
}

/// One value of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// The platform's words for it.
    pub label: String,
    /// It needs the field `comment` to be filled in too.
    #[serde(default)]
    pub needs_comment: bool,
}

/// An offer that a person took up, with what was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// [`Offer::name`].
    pub name: String,
    /// Values by field.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

impl Act {
    /// Whether it opens a chat with the buyer of the conversation's order. That touches nothing of the conversation itself.
    pub fn opens_chat(&self) -> bool {
        self.name == OPEN_CHAT
    }
}

/// What carrying out an offer brings about, for the words a person confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// What it means.
    pub effect: Effect,
    /// The money it is about, where that is known.
    pub money: Option<Money>,
}

/// Why the values of an act do not fit its offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The offer has no such field.
    Unknown(String),
    /// A field is missing.
    Missing(String),
    /// A text is too short or too long.
    Length {
        /// The field.
        field: String,
        /// Shortest allowed.
        min: u32,
        /// Longest allowed.
        max: u32,
    },
    /// Not one of the choices.
    NotAChoice(String),
    /// Not a decimal amount above zero and up to the maximum.
    NotAnAmount {
        /// The field.
        field: String,
        /// The maximum, empty when the platform says nothing.
        most: String,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(_) => f.write_str("this action has no such field"),
            Self::Missing(_) => f.write_str("this action needs a value here"),
            Self::Length { min, max, .. } => write!(f, "give {min} to {max} characters"),
            Self::NotAChoice(_) => f.write_str("take one of the choices the platform gives"),
            Self::NotAnAmount { most, .. } if most.is_empty() => {
                f.write_str("give an amount above zero with at most two decimals, for example 99.90")
            }
            Self::NotAnAmount { most, .. } => {
                write!(f, "give an amount above zero and up to {most} with at most two decimals, for example 99.90")
            }
        }
    }
}

impl Misfit {
    /// The field at fault.
    pub fn field(&self) -> &str {
        match self {
            Self::Unknown(field)
            | Self::Missing(field)
            | Self::NotAChoice(field)
            | Self::Length { field, .. }
            | Self::NotAnAmount { field, .. } => field,
        }
    }
}

impl Offer {
    /// The offer to open a chat with the buyer of a conversation's order. It is not the platform that lists it but the order that
    /// allows it.
    pub fn open_chat() -> Self {
        Self { name: OPEN_CHAT.to_owned(), effect: Effect::OpenChat, label: String::new(), fields: Vec::new() }
    }

    /// What carrying it out brings about; `act` once something was filled in.
    pub fn consequence(&self, claim: Option<&ClaimFacts>, act: Option<&Act>) -> Consequence {
        let money = match self.effect {
            // The sum is what the person fills in.
            Effect::RefundPart => self.fields.iter().find_map(|field| match &field.takes {
                Takes::Amount { currency, .. } => {
                    let amount = act?.fields.get(&field.name)?.trim().to_owned();
                    Some(Money { amount, currency: currency.clone() })
                }
                Takes::Text { .. } | Takes::Choice { .. } => None,
            }),
            Effect::ApproveReturn
            | Effect::ApproveCheck
            | Effect::RefundKeep
            | Effect::Refuse
            | Effect::ConfirmReceived
            | Effect::CancelOrder => claim.and_then(|claim| claim.amount.clone()),
            Effect::KeepOrder | Effect::OfferReturn | Effect::OpenChat | Effect::Settle | Effect::Other => None,
        };
        Consequence { effect: self.effect, money }
    }

    /// Checks what was filled in.
    ///
    /// # Errors
    /// The first [`Misfit`].
    pub fn check(&self, act: &Act) -> Result<(), Misfit> {
        if let Some(unknown) = act.fields.keys().find(|name| !self.fields.iter().any(|field| field.name == **name)) {
            return Err(Misfit::Unknown(unknown.clone()));
        }
        let given = |name: &str| act.fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        for field in &self.fields {
            let Some(value) = given(&field.name) else {
                if field.required {
                    return Err(Misfit::Missing(field.name.clone()));
                }
                continue;
            };
            match &field.takes {
                Takes::Text { min, max } => {
                    let length = value.chars().count();
                    if length < *min as usize || length > *max as usize {
                        return Err(Misfit::Length { field: field.name.clone(), min: *min, max: *max });
                    }
                }
                Takes::Choice { options } => {
                    let Some(chosen) = options.iter().find(|option| option.value == value) else {
                        return Err(Misfit::NotAChoice(field.name.clone()));
                    };
                    if chosen.needs_comment && given("comment").is_none() {
                        return Err(Misfit::Missing("comment".to_owned()));
                    }
                }
                Takes::Amount { max, .. } => {
                    let most = cents(max).unwrap_or(u64::MAX);
                    if !cents(value).is_some_and(|amount| (1..=most).contains(&amount)) {
                        return Err(Misfit::NotAnAmount { field: field.name.clone(), most: max.clone() });
                    }
                }
            }
        }
        Ok(())
    }
}

/// A decimal with at most two places that matter, in hundredths.
fn cents(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 4 || part.bytes().skip(2).any(|b| b != b'0')
    {
        return None;
    }
    let part = format!("{part:0<2}");
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.get(..2)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{ClaimSort, Decision};

    fn offer() -> Offer {
        let field = |name: &str, required, takes| Field { name: name.to_owned(), required, takes };
        let choice =
            |value: &str, needs_comment| Choice { value: value.to_owned(), label: String::new(), needs_comment };
        Offer {
            name: "-10".to_owned(),
            effect: Effect::Refuse,
            label: String::new(),
            fields: vec![
                field(
                    "rejection_reason_id",
                    true,
                    Takes::Choice { options: vec![choice("1", false), choice("2", true)] },
                ),
                field("comment", false, Takes::Text { min: 10, max: 1000 }),
                field("amount", false, Takes::Amount { currency: "RUB".to_owned(), max: "100.00".to_owned() }),
            ],
        }
    }

    fn act(fields: &[(&str, &str)]) -> Act {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Act { name: "-10".to_owned(), fields }
    }

    #[test]
    fn what_fits_is_taken() {
        for fields in [
            &[("rejection_reason_id", "1")][..],
            &[("rejection_reason_id", "2"), ("comment", "нет дефекта, смотрите фото")],
            &[("rejection_reason_id", "1"), ("amount", "99.90")],
            &[("rejection_reason_id", "1"), ("amount", "100.0000"), ("comment", "  ")],
        ] {
            assert_eq!(offer().check(&act(fields)), Ok(()), "{fields:?}");
        }
    }

    #[test]
    fn a_consequence_names_the_money_that_moves() {
        let claim = ClaimFacts {
            sort: ClaimSort::Return,
            reason: String::new(),
            amount: Some(Money { amount: "1500".into(), currency: "RUB".into() }),
            quantity: None,
            decision: Decision::Open,
            stage: String::new(),
            decided_at: None,
            comment: String::new(),
            limit: None,
        };
        let whole = Offer { effect: Effect::RefundKeep, ..offer() };
        assert_eq!(whole.consequence(Some(&claim), None).money, claim.amount);
        let part = Offer { effect: Effect::RefundPart, ..offer() };
        assert_eq!(part.consequence(Some(&claim), None).money, None, "nothing was filled in yet");
        let filled = act(&[("amount", " 99.90 ")]);
        let money = Money { amount: "99.90".into(), currency: "RUB".into() };
        assert_eq!(part.consequence(Some(&claim), Some(&filled)).money, Some(money));
    }

    fn too_much() -> Misfit {
        Misfit::NotAnAmount { field: "amount".into(), most: "100.00".into() }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let reason = ("rejection_reason_id", "1");
        for (fields, misfit) in [
            (&[][..], Misfit::Missing("rejection_reason_id".into())),
            (&[("rejection_reason_id", "7")], Misfit::NotAChoice("rejection_reason_id".into())),
            (&[("rejection_reason_id", "2")], Misfit::Missing("comment".into())),
            (&[reason, ("comment", "мало")], Misfit::Length { field: "comment".into(), min: 10, max: 1000 }),
            (&[reason, ("amount", "100.01")], too_much()),
            (&[reason, ("amount", "-1")], too_much()),
            (&[reason, ("amount", "0")], too_much()),
            (&[reason, ("amount", "1,5")], too_much()),
            (&[reason, ("other", "1")], Misfit::Unknown("other".into())),
        ] {
            assert_eq!(offer().check(&act(fields)), Err(misfit), "{fields:?}");
        }
    }
}
