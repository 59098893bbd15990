//! `reply`, `edit` and `act`: actions on a platform. They pass the same checks as on the page and have no undo hold.

use std::collections::BTreeMap;
use std::path::Path;

use dragoman_api::{ErrorCode, Problem};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::settle;
use crate::args::{Act, Action, Edit, Reply, Sending};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::Out;
use crate::pages::with_query;

pub(crate) async fn reply(home: &mut Home, out: Out, args: Reply) -> Outcome {
    if args.close {
        let text = "no platform connected so far offers to close a conversation with the answer; nothing was sent";
        return Err(Problem::new(ErrorCode::NotOffered, text).with("action", "reply_and_close").into());
    }
    let key = args.sending.key.unwrap_or_else(Uuid::now_v7);
    let mut files = Vec::with_capacity(args.files.len());
    for (number, path) in args.files.iter().enumerate() {
        files.push(upload(home, path, Uuid::new_v5(&key, format!("file {number}").as_bytes())).await?);
    }
    let request = json!({ "action": "reply", "text": args.text.unwrap_or_default(), "files": files, "undo_s": 0 });
    let item = home
        .call_with_key(Method::POST, &format!("/api/conversations/{}/actions", args.id), Some(request), key)
        .await?;
    settle(home, out, item, args.sending.wait).await
}

/// Hands a file over and returns what the answer names it by. The same file under the same key is handed over once.
async fn upload(home: &mut Home, path: &Path, key: Uuid) -> Outcome<Value> {
    let unusable = |error: std::io::Error| {
        let path = path.display().to_string();
        Problem::new(ErrorCode::FileUnusable, format!("{path}: {error}")).with("path", path)
    };
    let bytes = tokio::fs::read(path).await.map_err(unusable)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let taken = home.upload(&with_query("/api/uploads", [("name", name)]), bytes.into(), key).await?;
    Ok(taken.get("id").cloned().unwrap_or_default())
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
