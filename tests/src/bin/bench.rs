//! `cargo xtask bench [--messages N] [--corpus FILE] [--judged FILE] [--json FILE] [--seed S] [--keep DIR] [--fill]`
//!
//! Fills an inbox beside a bare-SQLite twin and prints each figure with its ratio to the twin. Exits with 1 if a goal is missed.
//! `--fill` ends when it is filled.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use dragoman_engine::import::Records;
use dragoman_tests::bench::measure::{Goal, Report, memory_mb};
use dragoman_tests::bench::{erasing, fill, generate, judge, lists, searches};

struct Arguments {
    messages: u64,
    seed: u64,
    corpus: Option<PathBuf>,
    judged: Option<PathBuf>,
    json: Option<PathBuf>,
    keep: Option<PathBuf>,
    fill: bool,
}

fn arguments() -> Result<Arguments> {
    let mut found =
        Arguments { messages: 200_000, seed: 1, corpus: None, judged: None, json: None, keep: None, fill: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| anyhow::anyhow!("{word} needs a value"));
        match word.as_str() {
            "--messages" => found.messages = value()?.replace('_', "").parse()?,
            "--seed" => found.seed = value()?.parse()?,
            "--corpus" => found.corpus = Some(value()?.into()),
            "--judged" => found.judged = Some(value()?.into()),
            "--json" => found.json = Some(value()?.into()),
            "--keep" => found.keep = Some(value()?.into()),
            "--fill" => found.fill = true,
            _ => bail!(
                "unknown argument {word}; known: --messages N --corpus FILE --judged FILE --json FILE --seed S --keep DIR --fill"
            ),
        }
    }
    Ok(found)
}

fn main() -> Result<ExitCode> {
    let Arguments { messages, seed, corpus, judged, json, keep, fill: only_fill } = arguments()?;
    let folder = tempfile::tempdir()?;
    let home = keep.unwrap_or_else(|| folder.path().join("home"));
    let mut report = Report::new(json.as_deref())?;
    let mut filled = match &corpus {
        Some(file) => {
            let records = Records::new(BufReader::with_capacity(1 << 20, File::open(file)?));
            fill::fill(&home, records.map(|record| Ok(record?)), &mut report)?
        }
        None => fill::fill(&home, generate::Generator::new(messages, seed).map(Ok), &mut report)?,
    };
    if only_fill {
        return Ok(ExitCode::SUCCESS);
    }
    lists::lists(&filled, &mut report)?;
    searches::searches(&mut filled, &mut report)?;
    let n = filled.messages;
    report.line("peak memory", memory_mb("VmHWM"), "MB", None, Goal::Value(120.0), n);
    if let Some(file) = &judged {
        judge::judge(&filled, file, &mut report)?;
    }
    erasing::erasing(&filled, &mut report)?;
    drop(filled);
    lists::cold(&home, &mut report)?;
    let missed = report.missed().join(", ");
    if missed.is_empty() {
        report.print("every goal met");
        return Ok(ExitCode::SUCCESS);
    }
    report.print(&format!("missed: {missed}"));
    Ok(ExitCode::FAILURE)
}
