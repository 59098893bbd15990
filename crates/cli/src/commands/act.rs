//! `act`: what a platform offers beyond answering. What follows is said in words before it is done.

use std::collections::BTreeMap;

use dragoman_api::ErrorCode;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::settle;
use crate::args::Act;
use crate::consequence::{Consequence, Money};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::{Out, read};

/// The one action that is not the platform's list but ours: it refuses a question.
const REJECT: &str = "reject";

/// What of a conversation decides how an action is carried out.
#[derive(Deserialize)]
struct Possible {
    offers: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Refuses what can be refused before anything is touched.
pub(crate) fn check(args: &Act) -> Outcome {
    if args.action != REJECT {
        return Ok(());
    }
    if let Some((other, _)) = args.values.iter().find(|(name, _)| !["text", "comment"].contains(&name.as_str())) {
        return Err(Failure::usage(format!("reject knows no value {other:?}; a question takes --set text=REASON")));
    }
    if args.yes {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "reject refuses what conversation {} asks for: a question disappears from the product's page, the buyer is told the \
         text, and this cannot be taken back. Add --yes to do it",
        args.id
    )))
}

pub(crate) async fn run(home: &mut Home, out: Out, args: Act) -> Outcome {
    let Act { id, action, values, yes, sending } = args;
    let Possible { offers } = read(&home.get(&format!("/api/conversations/{id}?limit=1")).await?)?;
    let values: BTreeMap<String, String> = values.into_iter().collect();
    let request = if action == REJECT && offers.iter().all(|offer| offer.name != REJECT) {
        let text = values.get("text").ok_or_else(|| Failure::usage("reject needs --set text=REASON"))?;
        json!({ "action": "reject", "text": text, "undo_s": 0 })
    } else {
        json!({ "action": "act", "act": { "name": action, "fields": values }, "confirmed": yes, "undo_s": 0 })
    };
    let key = sending.key.unwrap_or_else(Uuid::now_v7);
    let path = format!("/api/conversations/{id}/actions");
    match home.call_with_key(Method::POST, &path, Some(request), key).await {
        Ok(item) => settle(home, out, item, sending.wait).await,
        Err(failure) => Err(in_words(failure)),
    }
}

/// Says what would follow instead of naming it.
fn in_words(failure: Failure) -> Failure {
    let Failure::Problem(mut problem) = failure else { return failure };
    if problem.code == ErrorCode::ConfirmationMissing {
        let word = |name: &str| problem.params.get(name).and_then(Value::as_str).map(str::to_owned);
        let money = word("amount").zip(word("currency")).map(|(amount, currency)| Money { amount, currency });
        let consequence = Consequence { effect: word("effect").unwrap_or_default(), money };
        problem.message = format!("{}. Add --yes to do it", consequence.words());
    }
    Failure::Problem(problem)
}

#[cfg(test)]
mod tests {
    use dragoman_api::Problem;

    use super::*;

    #[test]
    fn what_is_not_confirmed_is_told_with_its_consequence() {
        let problem = Problem::new(ErrorCode::ConfirmationMissing, "x")
            .with("effect", "refund_keep")
            .with("amount", "1500")
            .with("currency", "RUB");
        let Failure::Problem(told) = in_words(problem.into()) else { panic!("another failure") };
        assert_eq!(told.message, "The buyer gets 1500 RUB back and keeps the goods. Add --yes to do it");
        assert_eq!(told.params["effect"], "refund_keep");
    }
}
