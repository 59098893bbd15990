//! `erase` and `salvage`.

use std::path::PathBuf;

use dragoman_api::{ErrorCode, Problem};
use dragoman_engine::leaving::Salvaged;
use dragoman_engine::{Engine, Error};
use dragoman_hub::home::clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::history::follow;
use crate::args::Erase;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::{Out, read};

#[derive(Deserialize)]
struct Tally {
    conversations: u64,
    messages: u64,
    drafts: u64,
    outbox: u64,
    files: u64,
}

#[derive(Deserialize)]
struct OldBackup {
    name: String,
    expires_at: Option<String>,
}

#[derive(Deserialize)]
struct Preview {
    erased: Tally,
    backups: Vec<OldBackup>,
}

#[derive(Deserialize)]
struct Erased {
    receipt: Receipt,
    backups: Vec<OldBackup>,
}

#[derive(Deserialize)]
struct Receipt {
    id: i64,
    erased: Tally,
}

/// What can be refused before a home is touched.
pub(crate) fn check(args: &Erase) -> Outcome {
    match args.conversations.as_slice() {
        [_] => Ok(()),
        _ if args.same_buyer => Err(Failure::usage("--same-buyer goes with one --conversation of the buyer")),
        _ => Ok(()),
    }
}

pub(crate) async fn erase(home: &mut Home, out: Out, args: Erase) -> Outcome {
    let Erase { conversations, same_buyer, yes } = args;
    if !yes {
        for id in conversations {
            let preview = home.get(&format!("/api/conversations/{id}/erasure?same_buyer={same_buyer}")).await?;
            out.document(&preview, |preview| {
                let Preview { erased, backups } = read(preview)?;
                Ok(format!("{} would go for good. Add --yes to do it.{}", words(&erased), old(&backups)))
            })?;
        }
        return Ok(());
    }
    let request = json!({ "conversations": conversations, "same_buyer": same_buyer });
    let erased = follow(home, "/api/erasures", "erase", &request).await?;
    out.document(&erased, |erased| {
        let Erased { receipt, backups } = read(erased)?;
        Ok(format!("{} are gone for good; receipt {}.{}", words(&receipt.erased), receipt.id, old(&backups)))
    })
}

fn words(tally: &Tally) -> String {
    let Tally { conversations, messages, drafts, outbox, files } = tally;
    format!(
        "{conversations} conversations with {messages} messages, {drafts} drafts, {outbox} outbox items, {files} files"
    )
}

/// The backups that still hold what went.
fn old(backups: &[OldBackup]) -> String {
    let mut words = String::new();
    for OldBackup { name, expires_at } in backups {
        let end = expires_at.as_deref().map_or("remove it yourself".to_owned(), |at| format!("goes by itself on {at}"));
        words.push_str(&format!("\n  still in {name}: {end}"));
    }
    words
}

/// Needs the home for itself: a running owner has the damaged inbox open.
pub(crate) async fn salvage(place: PathBuf, out: Out) -> Outcome {
    let now = clock::choose().await?.now();
    let salvaged = Engine::salvage(place.clone(), now, |_| {}).await.map_err(|error| match error {
        Error::HomeInUse { .. } => {
            let text = "salvage needs the home for itself: end the process that works on it, such as `dragoman serve`";
            Problem::new(ErrorCode::HomeInUse, text).into()
        }
        error => Failure::from(error),
    })?;
    let Salvaged { info, tables, bad_pages, shops_without_connection, log_left_out, aside } = salvaged;
    let tables: Vec<Value> = tables
        .iter()
        .map(|table| json!({ "table": table.table, "back": table.back, "lost": table.lost, "ranges": table.ranges }))
        .collect();
    let document = json!({
        "home": place,
        "conversations": info.conversations,
        "messages": info.messages,
        "bad_pages": bad_pages,
        "log_left_out": log_left_out,
        "shops_without_connection": shops_without_connection,
        "tables": tables,
        "aside": aside,
    });
    out.document(&document, |_| {
        let mut words = format!(
            "{} conversations and {} messages are back in a new inbox; {bad_pages} pages could not be read.\n\
             The damaged inbox lies in {} as it was.\n",
            info.conversations,
            info.messages,
            aside.display()
        );
        for table in &tables {
            words.push_str(&format!("  {}: {} back, {} lost\n", table["table"], table["back"], table["lost"]));
        }
        if !shops_without_connection.is_empty() {
            words.push_str("Some shops lost their connection: `dragoman shop list`, then add them again.\n");
        }
        words.push_str(
            "Sending is off everywhere, because the newest changes may be missing: look through `dragoman outbox`, run \
             `dragoman sync`, then switch it on with `dragoman shop send ID on`.",
        );
        Ok(words)
    })
}
