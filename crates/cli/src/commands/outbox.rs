//! `outbox`: what is on its way to buyers, what became of it, and a person's decisions about it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{Outbox, OutboxCommand, OutboxEdit, OutboxItem};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::{Out, one_line, read};
use crate::pages::{Pages, with_query};

/// Longest wait for an item to settle.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// An item as people are shown it.
#[derive(Deserialize)]
pub(crate) struct Item {
    pub(crate) id: i64,
    conversation: i64,
    action: String,
    text: String,
    act: Option<Act>,
    state: String,
    reason: String,
    detail: String,
    publication: Option<String>,
}

/// The offer an item takes up.
#[derive(Deserialize)]
struct Act {
    name: String,
    fields: BTreeMap<String, String>,
}

impl Item {
    /// What it does, an offer by its name.
    fn deed(&self) -> String {
        match &self.act {
            Some(act) => format!("{} {}", self.action, act.name),
            None => self.action.clone(),
        }
    }

    /// What leaves with it.
    fn words(&self) -> String {
        match &self.act {
            Some(act) => act.fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
            None => self.text.clone(),
        }
    }
}

pub(crate) async fn run(home: &mut Home, out: Out, args: Outbox) -> Outcome {
    let (item, way, body) = match args.command {
        None => return list(home, out, args.all).await,
        Some(OutboxCommand::Retry(item)) => (item, "retry", None),
        Some(OutboxCommand::Cancel(item)) => (item, "cancel", None),
        Some(OutboxCommand::MarkSent(item)) => (item, "mark-sent", None),
        Some(OutboxCommand::Edit(OutboxEdit { item, text })) => (item, "text", Some(json!({ "text": text }))),
    };
    let OutboxItem { id, wait } = item;
    let method = if body.is_some() { Method::PUT } else { Method::POST };
    let item = home.call(method, &format!("/api/outbox/{id}/{way}"), body).await?;
    settle(home, out, item, wait).await
}

/// Prints an item, on request only once it is settled. With a wait everything but `sent` is a failure.
pub(crate) async fn settle(home: &mut Home, out: Out, item: Value, wait: bool) -> Outcome {
    if !wait {
        return out.document(&item, words);
    }
    let Item { id, .. } = read(&item)?;
    let give_up = Instant::now() + LONGEST_WAIT;
    let item = loop {
        let left = give_up.saturating_duration_since(Instant::now()).as_secs();
        let item = home.get(&with_query(&format!("/api/outbox/{id}"), [("wait_s", left.to_string())])).await?;
        let Item { state, .. } = read(&item)?;
        if left == 0 || !matches!(state.as_str(), "queued" | "sending" | "unknown") {
            break item;
        }
    };
    out.document(&item, words)?;
    let Item { state, .. } = read(&item)?;
    if state == "sent" { Ok(()) } else { Err(Failure::Told) }
}

async fn list(home: &mut Home, out: Out, all: bool) -> Outcome {
    let mut listing = out.listing(&["ID", "CONVERSATION", "ACTION", "STATE", "REASON", "TEXT"], |item: Item| {
        let state = item
            .publication
            .as_ref()
            .map_or(item.state.clone(), |publication| format!("{}, {publication}", item.state));
        let (deed, words) = (item.deed(), item.words());
        vec![item.id.to_string(), item.conversation.to_string(), deed, state, item.reason, words]
    });
    let mut pages = Pages::new("/api/outbox", [("all", Some(all.to_string()))], None);
    while let Some(page) = pages.next(home).await? {
        page.rows.iter().try_for_each(|row| listing.add(row))?;
    }
    listing.end("Nothing is on its way.")
}

fn words(item: &Value) -> Outcome<String> {
    let item: Item = read(item)?;
    let deed = item.deed();
    let Item { id, conversation, state, reason, detail, publication, .. } = item;
    let mut words = format!("Item {id}: {deed} in conversation {conversation} is {state}");
    if let Some(publication) = publication {
        words.push_str(&format!(", {publication}"));
    }
    if reason != "none" {
        words.push_str(&format!(" ({reason})"));
    }
    if !detail.is_empty() {
        words.push_str(&format!(": {}", one_line(&detail)));
    }
    if let Some(advice) = advice(&state, &reason, id) {
        words.push_str(&format!("\n{advice}"));
    }
    Ok(words)
}

/// What a person can do about an item that waits for one.
fn advice(state: &str, reason: &str, id: i64) -> Option<String> {
    match (state, reason) {
        ("held", "sending_off") => Some(format!(
            "Switch the shop's sending on (`dragoman shop send SHOP on`), then `dragoman outbox retry {id} --wait`."
        )),
        ("held", _) => Some(format!(
            "Look at the conversation, then `dragoman outbox retry`, `edit`, `cancel` or `mark-sent {id}`."
        )),
        ("queued" | "unknown", _) => Some("It goes on with `dragoman sync` or `dragoman serve`.".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_told_with_its_reason_and_what_to_do() {
        let item = json!({"id": 3, "conversation": 7, "action": "reply", "text": "да", "state": "held",
            "reason": "sending_off", "detail": "", "publication": null});
        insta::assert_snapshot!(words(&item).unwrap(), @r"
        Item 3: reply in conversation 7 is held (sending_off)
        Switch the shop's sending on (`dragoman shop send SHOP on`), then `dragoman outbox retry 3 --wait`.
        ");
        let item = json!({"id": 4, "conversation": 7, "action": "reply", "text": "да", "state": "sent",
            "reason": "none", "detail": "", "publication": "pending"});
        assert_eq!(words(&item).unwrap(), "Item 4: reply in conversation 7 is sent, pending");
    }
}
