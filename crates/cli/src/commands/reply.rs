//! `reply`, `edit` and `delete`: our words on a platform. They pass the same checks as on the page and have no undo hold.

use std::path::Path;

use dragoman_api::{ErrorCode, Problem};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::settle;
use crate::args::{Delete, Edit, Reply, Sending};
use crate::failure::Outcome;
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
    queue(home, out, args.id, request, Sending { key: Some(key), ..args.sending }).await
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
