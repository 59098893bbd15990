//! `sync`: fetch what is new, send what waits, and say for each stream what it brought.

use std::collections::BTreeMap;

use dragoman_domain::SignedDuration;
use dragoman_domain::outbox::later;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::Sync;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::job::{self, News, Step};
use crate::output::{Listing, Out, read};
use crate::progress::Progress;

/// Between the end of a round and the next with `--watch`.
const ROUND: SignedDuration = SignedDuration::from_mins(1);

#[derive(Deserialize)]
struct Shops {
    rows: Vec<Shop>,
}

#[derive(Deserialize)]
struct Shop {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Report {
    shop: i64,
    stream: String,
    fetched: u64,
    new: u64,
    changed: u64,
    quarantined: u64,
    problem: Option<Told>,
}

#[derive(Deserialize)]
struct Told {
    message: String,
}

pub(crate) async fn run(home: &mut Home, out: Out, args: Sync) -> Outcome {
    let clock = home.clock().await?;
    let request = json!({ "shops": args.shops, "deep": args.deep });
    loop {
        let whole = round(home, out, &request).await?;
        if !args.watch {
            return if whole { Ok(()) } else { Err(Failure::Told) };
        }
        clock.sleep_until(later(clock.now(), ROUND)).await;
    }
}

/// One round; whether every stream came to its end.
async fn round(home: &mut Home, out: Out, request: &Value) -> Outcome<bool> {
    let clock = home.clock().await?;
    let Shops { rows } = read(&home.get("/api/shops").await?)?;
    let names: BTreeMap<i64, String> = rows.into_iter().map(|shop| (shop.id, shop.name)).collect();
    let mut progress = Progress::new();
    let mut whole = true;
    let mut listing = table(out, &names);
    job::carry_out(home, "/api/sync", request, |news| {
        match news {
            News::Progress(step) => progress.step(&part(&names, &step), &step, clock.now()),
            News::Result(document) => {
                let report: Report = read(&document)?;
                whole &= report.problem.is_none();
                progress.done(&label(&names, report.shop, &report.stream));
                listing.add(&document)?;
            }
        }
        Ok(())
    })
    .await?;
    listing.end("No shop is connected: `dragoman shop add`.")?;
    Ok(whole)
}

fn table(out: Out, names: &BTreeMap<i64, String>) -> Listing<Report, impl Fn(Report) -> Vec<String>> {
    out.listing(&["SHOP", "STREAM", "FETCHED", "NEW", "CHANGED", "UNREADABLE", "PROBLEM"], |report: Report| {
        vec![
            shop_name(names, report.shop),
            report.stream,
            report.fetched.to_string(),
            report.new.to_string(),
            report.changed.to_string(),
            report.quarantined.to_string(),
            report.problem.map(|problem| problem.message).unwrap_or_default(),
        ]
    })
}

fn part(names: &BTreeMap<i64, String>, step: &Step) -> String {
    label(names, step.shop.unwrap_or_default(), step.stream.as_deref().unwrap_or_default())
}

fn label(names: &BTreeMap<i64, String>, shop: i64, stream: &str) -> String {
    format!("{} · {stream}", shop_name(names, shop))
}

fn shop_name(names: &BTreeMap<i64, String>, shop: i64) -> String {
    names.get(&shop).cloned().unwrap_or_else(|| shop.to_string())
}
