//! `backup`, `restore`, `import` and `export`.

use std::path::{Path, PathBuf};

use dragoman_api::{ErrorCode, Problem};
use dragoman_engine::{Engine, Error};
use dragoman_hub::home::clock;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::args::{Backup, Export, ExportFormat, Import, ImportFormat, Restore};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::job::{self, News};
use crate::output::{Out, read};
use crate::progress::Progress;

#[derive(Deserialize)]
struct BackedUp {
    conversations: u64,
    messages: u64,
}

#[derive(Deserialize)]
struct Imported {
    conversations: u64,
    messages: u64,
    known: u64,
}

pub(crate) async fn backup(home: &mut Home, out: Out, args: Backup) -> Outcome {
    let path = whole(&args.file)?;
    let mut copy: Map<String, Value> = read(&follow(home, "/api/backups", "backup", &json!({ "path": path })).await?)?;
    copy.insert("path".to_owned(), path.clone().into());
    out.document(&copy.into(), |copy| {
        let BackedUp { conversations, messages } = read(copy)?;
        Ok(format!("{path} is a verified copy: {conversations} conversations, {messages} messages."))
    })
}

pub(crate) async fn import(home: &mut Home, out: Out, args: Import) -> Outcome {
    let ImportFormat::Jsonl = args.format;
    let request = json!({ "format": "jsonl", "path": whole(&args.file)? });
    let imported = follow(home, "/api/imports", "import", &request).await?;
    out.document(&imported, |imported| {
        let Imported { conversations, messages, known } = read(imported)?;
        Ok(format!("{conversations} conversations read; {messages} messages are new, {known} were here before."))
    })
}

pub(crate) async fn export(home: &mut Home, out: Out, args: Export) -> Outcome {
    let Export { format, output, force, shop, from, to, conversation, same_buyer } = args;
    let path = whole(&output)?;
    let format = match format {
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Csv => "csv",
        ExportFormat::Html => "html",
    };
    let request = json!({
        "format": format,
        "path": path,
        "replace": force,
        "shop": shop,
        "from": from,
        "to": to,
        "conversation": conversation.or(same_buyer),
        "same_buyer": same_buyer.is_some(),
    });
    let mut done: Map<String, Value> = read(&follow(home, "/api/exports", "export", &request).await?)?;
    done.insert("path".to_owned(), path.clone().into());
    out.document(&done.into(), |done| {
        let BackedUp { conversations, messages } = read(done)?;
        Ok(format!("{path}: {conversations} conversations, {messages} messages."))
    })
}

/// Needs the home for itself: a running owner has the old inbox open.
pub(crate) async fn restore(place: PathBuf, out: Out, args: Restore) -> Outcome {
    let from = PathBuf::from(whole(&args.file)?);
    let now = clock::choose().await?.now();
    Engine::restore(place.clone(), from, now).await.map_err(|error| match error {
        Error::HomeInUse { .. } => {
            let text =
                "a restore needs the home for itself: end the process that works on it, such as `dragoman serve`";
            Problem::new(ErrorCode::HomeInUse, text).into()
        }
        error => Failure::from(error),
    })?;
    out.document(&json!({ "home": place, "restored": true }), |_| {
        Ok(format!("The inbox of {} is the backup's now; the earlier one lies beside it.", place.display()))
    })
}

/// Carries out a job with a bar; its last result.
pub(super) async fn follow(home: &mut Home, path: &str, name: &str, request: &Value) -> Outcome<Value> {
    let clock = home.clock().await?;
    let mut progress = Progress::new();
    let mut last = Value::Null;
    job::carry_out(home, path, request, |news| {
        match news {
            News::Progress(step) => progress.step(name, &step, clock.now()),
            News::Result(result) => last = result,
        }
        Ok(())
    })
    .await?;
    progress.done(name);
    Ok(last)
}

/// The path from the root, as text: the owner of the home may stand elsewhere.
fn whole(path: &Path) -> Outcome<String> {
    let whole = std::path::absolute(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    whole
        .into_os_string()
        .into_string()
        .map_err(|_| Failure::usage(format!("{}: the path has to be Unicode", path.display())))
}
