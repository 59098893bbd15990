//! `quarantine`: what a platform sent that could not be read, and why.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::args::{Quarantine, QuarantineCommand};
use crate::clock::local;
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, plain, read};

#[derive(Deserialize)]
struct Items {
    rows: Vec<Value>,
}

#[derive(Deserialize)]
struct Item {
    id: i64,
    shop: i64,
    stream: String,
    cause: String,
    raw: String,
    last_at: Timestamp,
    times: u32,
}

pub(crate) async fn run(home: &mut Home, out: Out, args: Quarantine) -> Outcome {
    match args.command {
        None => list(home, out).await,
        Some(QuarantineCommand::Show { id }) => {
            let item = home.get(&format!("/api/quarantine/{id}")).await?;
            out.document(&item, |item| {
                let Item { shop, stream, cause, raw, .. } = read(item)?;
                Ok(format!("Shop {shop}, {stream}: {}\n\n{}", plain(&cause), plain(&raw)))
            })
        }
    }
}

async fn list(home: &mut Home, out: Out) -> Outcome {
    let Items { rows } = read(&home.get("/api/quarantine").await?)?;
    let mut listing = out.listing(&["ID", "SHOP", "STREAM", "LAST", "TIMES", "CAUSE"], |item: Item| {
        vec![
            item.id.to_string(),
            item.shop.to_string(),
            item.stream,
            local(item.last_at),
            item.times.to_string(),
            item.cause,
        ]
    });
    rows.iter().try_for_each(|row| listing.add(row))?;
    listing.end("Everything that came could be read.")
}
