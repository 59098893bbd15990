//! What taking up an offer brings about, in words a person can agree to.

use dragoman_domain::offer::Effect;
use serde::Deserialize;

/// What follows, as the API tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Consequence {
    pub(crate) effect: String,
    pub(crate) money: Option<Money>,
}

/// An amount.
#[derive(Debug, Deserialize)]
pub(crate) struct Money {
    pub(crate) amount: String,
    pub(crate) currency: String,
}

impl Money {
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.amount, self.currency).trim().to_owned()
    }
}

impl Consequence {
    /// One sentence without its full stop.
    pub(crate) fn words(&self) -> String {
        let money = self.money.as_ref().map(Money::words);
        let sum = |otherwise: &str| money.clone().unwrap_or_else(|| otherwise.to_owned());
        let about = money.as_ref().map(|money| format!(" ({money})")).unwrap_or_default();
        let Ok(effect) = self.effect.parse::<Effect>() else {
            return "The platform carries it out; it may not be possible to take it back".to_owned();
        };
        match effect {
            Effect::ApproveReturn => format!("The goods come back and the buyer gets {} back", sum("the money")),
            Effect::ApproveCheck => {
                format!(
                    "The return is approved; the platform looks at the goods before it decides about the money{about}"
                )
            }
            Effect::RefundKeep => format!("The buyer gets {} back and keeps the goods", sum("the money")),
            Effect::RefundPart => format!("The buyer gets {} back and keeps the goods", sum("part of the money")),
            Effect::Refuse => format!("The claim{about} is refused, and the buyer is told so"),
            Effect::ConfirmReceived => format!("You confirm that the goods{about} are back with you"),
            Effect::CancelOrder => format!("The order{about} is cancelled"),
            Effect::KeepOrder => "The cancellation is refused and the order goes on".to_owned(),
            Effect::OfferReturn => "The buyer of this review may return the purchase at your cost".to_owned(),
            Effect::OpenChat => "A private talk with the buyer of the order begins".to_owned(),
            Effect::Settle => "It counts as dealt with, without an answer".to_owned(),
            Effect::Other => "The platform carries it out; it may not be possible to take it back".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effect_has_words_of_its_own() {
        let words: std::collections::BTreeSet<_> = Effect::ALL
            .iter()
            .map(|effect| Consequence { effect: effect.word().to_owned(), money: None }.words())
            .collect();
        assert_eq!(words.len(), Effect::ALL.len());
    }
}
