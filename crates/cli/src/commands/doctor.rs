//! `doctor`: what should be mended, and how.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, read};

#[derive(Deserialize)]
struct Findings {
    rows: Vec<Value>,
}

#[derive(Deserialize)]
struct Finding {
    check: String,
    ok: bool,
    text: String,
    action: String,
}

pub(crate) async fn run(home: &mut Home, out: Out) -> Outcome {
    let Findings { rows } = read(&home.get("/api/doctor").await?)?;
    let mut listing = out.listing(&["", "CHECK", "FOUND", "DO"], |finding: Finding| {
        let mark = if finding.ok { "ok" } else { "!!" };
        vec![mark.to_owned(), finding.check, finding.text, finding.action]
    });
    rows.iter().try_for_each(|row| listing.add(row))?;
    listing.end("Nothing was looked at.")
}
