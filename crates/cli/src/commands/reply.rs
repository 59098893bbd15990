//! `reply`, `edit` and `delete`: our words on a platform. They pass the same checks as on the page and have no undo hold.

use dragoman_api::{ErrorCode, Problem};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::settle;
use crate::args::{Delete, Edit, Reply, Sending};
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::Out;

pub(crate) async fn reply(home: &mut Home, out: Out, args: Reply) -> Outcome {
    if args.close {
        let text = "no platform connected so far offers to close a conversation with the answer; nothing was sent";
        return Err(Problem::new(ErrorCode::NotOffered, text).with("action", "reply_and_close").into());
    }
    queue(home, out, args.id, json!({ "action": "reply", "text": args.text, "undo_s": 0 }), args.sending).await
}

pub(crate) async fn edit(home: &mut Home, out: Out, args: Edit) -> Outcome {
    let request = json!({ "action": "edit", "text": args.text, "target": args.message, "undo_s": 0 });
    queue(home, out, args.id, request, args.sending).await
}

pub(crate) async fn delete(home: &mut Home, out: Out, args: Delete) -> Outcome {
    let request = json!({ "action": "delete", "target": args.message, "undo_s": 0 });
    queue(home, out, args.id, request, args.sending).await
}

async fn queue(home: &mut Home, out: Out, conversation: i64, request: Value, sending: Sending) -> Outcome {
    let key = sending.key.unwrap_or_else(Uuid::now_v7);
    let item = home
        .call_with_key(Method::POST, &format!("/api/conversations/{conversation}/actions"), Some(request), key)
        .await?;
    settle(home, out, item, sending.wait).await
}
