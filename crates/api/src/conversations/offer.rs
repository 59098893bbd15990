//! What can be done beyond answering, and the facts it is decided by.

use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision, Limit as DomainLimit, Money as DomainMoney};
use dragoman_domain::offer::{
    Choice as DomainChoice, Consequence as DomainConsequence, Effect, Field as DomainField, Offer as DomainOffer, Takes,
};
use dragoman_domain::review::{Purchase, ReviewFacts, SizeFit};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::words;

/// One thing the platform lets us do now; taken up by the action `act`.
#[derive(Serialize, ToSchema)]
pub(super) struct Offer {
    /// What `act.name` has to be.
    name: String,
    /// The platform's own words for it, empty when it has none.
    label: String,
    consequence: Consequence,
    /// It has to come with `confirmed`, because it moves money, goods or an order.
    confirm: bool,
    /// What has to be filled in.
    fields: Vec<Field>,
}

/// What follows, for the screen's own words.
#[derive(Serialize, ToSchema)]
struct Consequence {
    #[schema(schema_with = words::effect)]
    effect: Effect,
    /// The money it is about; null where it is not known, or is what the person fills in.
    money: Option<Money>,
}

/// An amount.
#[derive(Serialize, ToSchema)]
struct Money {
    /// Decimal, as the platform spells it.
    amount: String,
    /// Three letters where known.
    currency: String,
}

/// A value an offer asks for.
#[derive(Serialize, ToSchema)]
#[schema(as = OfferField)]
struct Field {
    name: String,
    required: bool,
    takes: Fits,
}

/// What fits into a field.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = OfferFits)]
enum Fits {
    /// Words; lengths in Unicode scalar values.
    Text {
        #[schema(minimum = 0)]
        min: u32,
        #[schema(minimum = 0)]
        max: u32,
    },
    /// One of these.
    Choice { options: Vec<Choice> },
    /// A decimal above zero with at most two decimals.
    Amount {
        currency: String,
        /// Not more than this; empty when the platform says nothing.
        max: String,
    },
}

/// One value of a choice.
#[derive(Serialize, ToSchema)]
#[schema(as = OfferChoice)]
struct Choice {
    /// What is sent.
    value: String,
    /// The platform's words for it.
    label: String,
    /// It needs the field `comment` to be filled in too.
    needs_comment: bool,
}

/// Facts of a claim.
#[derive(Serialize, ToSchema)]
#[schema(as = ClaimFacts)]
pub(super) struct Claim {
    #[schema(schema_with = words::claim_sort)]
    sort: ClaimSort,
    /// The reason in the platform's words, empty when it gives none.
    reason: String,
    /// What the goods cost.
    amount: Option<Money>,
    /// How many pieces.
    #[schema(minimum = 0)]
    quantity: Option<u32>,
    #[schema(schema_with = words::decision)]
    decision: Decision,
    /// Where it stands in the platform's words.
    stage: String,
    decided_at: Option<Timestamp>,
    /// What was said to the buyer with the decision.
    comment: String,
    /// When the platform decides by itself.
    limit: Option<Limit>,
}

/// An instant after which the platform decides by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = ClaimLimit)]
struct Limit {
    at: Timestamp,
    /// Name of the rule.
    rule: String,
}

/// Facts of a review.
#[derive(Serialize, ToSchema)]
#[schema(as = ReviewFacts)]
pub(super) struct Review {
    /// One to five.
    #[schema(minimum = 0)]
    stars: Option<u8>,
    /// What became of the purchase.
    #[schema(schema_with = words::purchase_or_null)]
    purchase: Option<Purchase>,
    purchased_at: Option<Timestamp>,
    /// What the buyer says of the size.
    #[schema(schema_with = words::size_fit_or_null)]
    size_fit: Option<SizeFit>,
    size: String,
    color: String,
    tags: Vec<String>,
    /// It counts for the product's rating.
    counts: Option<bool>,
    /// The platform's id of the earlier review this one adds to.
    adds_to: Option<String>,
    /// The platform's id of the later review that adds to this one.
    added_by: Option<String>,
    return_offered_at: Option<Timestamp>,
}

impl Offer {
    pub(super) fn new(offer: DomainOffer, claim: Option<&ClaimFacts>) -> Self {
        let DomainConsequence { effect, money } = offer.consequence(claim, None);
        Self {
            consequence: Consequence { effect, money: money.map(Money::from) },
            confirm: effect.binding(),
            fields: offer.fields.into_iter().map(Field::from).collect(),
            name: offer.name,
            label: offer.label,
        }
    }
}

impl From<DomainMoney> for Money {
    fn from(DomainMoney { amount, currency }: DomainMoney) -> Self {
        Self { amount, currency }
    }
}

impl From<DomainField> for Field {
    fn from(DomainField { name, required, takes }: DomainField) -> Self {
        let takes = match takes {
            Takes::Text { min, max } => Fits::Text { min, max },
            Takes::Choice { options } => Fits::Choice { options: options.into_iter().map(Choice::from).collect() },
            Takes::Amount { currency, max } => Fits::Amount { currency, max },
        };
        Self { name, required, takes }
    }
}

impl From<DomainChoice> for Choice {
    fn from(DomainChoice { value, label, needs_comment }: DomainChoice) -> Self {
        Self { value, label, needs_comment }
    }
}

impl From<ClaimFacts> for Claim {
    fn from(facts: ClaimFacts) -> Self {
        let ClaimFacts { sort, reason, amount, quantity, decision, stage, decided_at, comment, limit } = facts;
        Self {
            sort,
            reason,
            amount: amount.map(Money::from),
            quantity,
            decision,
            stage,
            decided_at,
            comment,
            limit: limit.map(|DomainLimit { at, rule }| Limit { at, rule }),
        }
    }
}

impl From<ReviewFacts> for Review {
    fn from(facts: ReviewFacts) -> Self {
        Self {
            stars: facts.stars,
            purchase: facts.purchase,
            purchased_at: facts.purchased_at,
            size_fit: facts.size_fit,
            size: facts.size,
            color: facts.color,
            tags: facts.tags,
            counts: facts.counts,
            adds_to: facts.adds_to.map(|id| id.0),
            added_by: facts.added_by.map(|id| id.0),
            return_offered_at: facts.return_offered_at,
        }
    }
}
