//! `reply`, `edit` and `act`: actions on a platform. They pass the same checks as on the page and have no undo hold.

use std::collections::BTreeMap;

use dragoman_api::{ErrorCode, Problem};
use http::Method;
use serde_json::json;
use uuid::Uuid;

use super::outbox::settle;
use crate::args::{Act, Action, Edit, Reply, Sending};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::Out;

pub(crate) async fn reply(home: &mut Home, out: Out, args: Reply) -> Outcome {
    if args.close {
        let text = "no platform connected so far offers to close a conversation with the answer; nothing was sent";
        return Err(Problem::new(ErrorCode::NotOffered, text).with("action", "reply_and_close").into());
    }
    queue(home, out, args.id, "reply", &args.text, args.sending).await
}

pub(crate) async fn edit(home: &mut Home, out: Out, args: Edit) -> Outcome {
    queue(home, out, args.id, "edit", &args.text, args.sending).await
}

pub(crate) async fn act(home: &mut Home, out: Out, args: Act) -> Outcome {
    let text = reject_text(&args)?;
    queue(home, out, args.id, "reject", &text, args.sending).await
}

/// Refuses an action that was not confirmed or lacks a value, before anything is touched.
pub(crate) fn check(args: &Act) -> Outcome {
    reject_text(args)?;
    match args.action {
        Action::Reject if args.yes => Ok(()),
        Action::Reject => Err(Failure::usage(format!(
            "reject refuses the question of conversation {}: it disappears from the product's page, the buyer is told the text, \
             and this cannot be taken back. Add --yes to do it",
            args.id
        ))),
    }
}

fn reject_text(args: &Act) -> Outcome<String> {
    let mut values: BTreeMap<&str, &str> =
        args.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let text = values.remove("text").ok_or_else(|| Failure::usage("reject needs --set text=REASON"))?;
    match values.keys().next() {
        None => Ok(text.to_owned()),
        Some(other) => Err(Failure::usage(format!("reject knows no value {other:?}; it takes --set text=REASON"))),
    }
}

async fn queue(home: &mut Home, out: Out, conversation: i64, action: &str, text: &str, sending: Sending) -> Outcome {
    let request = json!({ "action": action, "text": text, "undo_s": 0 });
    let key = sending.key.unwrap_or_else(Uuid::now_v7);
    let item = home
        .call_with_key(Method::POST, &format!("/api/conversations/{conversation}/actions"), Some(request), key)
        .await?;
    settle(home, out, item, sending.wait).await
}
