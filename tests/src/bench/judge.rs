//! Recall and precision on judged queries: JSON lines `{group, query, relevant_if_lowercased_text_matches}`, the last a regular
//! expression over lower-cased texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use dragoman_store::search::{PageRequest, Query};
use fancy_regex::Regex;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::fill::{Filled, now};
use super::measure::{Goal, Report};

#[derive(Deserialize)]
struct Judged {
    group: String,
    query: String,
    relevant_if_lowercased_text_matches: String,
}

/// Prints the macro averages per group.
///
/// # Errors
/// An unreadable file, or a store that fails.
pub fn judge(filled: &Filled, file: &Path, report: &mut Report) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let judged: Vec<Judged> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let relevant = relevant(filled, &judged)?;
    let mut groups: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (query, relevant) in judged.iter().zip(&relevant) {
        let found = found(filled, &query.query)?;
        let hits = found.intersection(relevant).count() as f64;
        let share = |whole: usize| if whole == 0 { 1.0 } else { hits / whole as f64 };
        groups.entry(&query.group).or_default().push((share(relevant.len()), share(found.len())));
    }
    for (group, scores) in groups {
        let (recall, precision) = match group {
            "ru" => (0.85, 0.93),
            "en" => (0.98, 0.98),
            _ => (1.0, 1.0),
        };
        let mean = |pick: fn(&(f64, f64)) -> f64| {
            (scores.iter().map(pick).sum::<f64>() / scores.len() as f64 * 1000.0).round() / 1000.0
        };
        report.line(format!("recall {group}"), mean(|score| score.0), "", None, Goal::AtLeast(recall), scores.len());
        report.line(
            format!("precision {group}"),
            mean(|score| score.1),
            "",
            None,
            Goal::AtLeast(precision),
            scores.len(),
        );
    }
    Ok(())
}

fn relevant(filled: &Filled, judged: &[Judged]) -> Result<Vec<BTreeSet<i64>>> {
    let pattern = |judged: &Judged| Regex::new(&judged.relevant_if_lowercased_text_matches).map_err(anyhow::Error::new);
    let patterns: Vec<Regex> = judged.iter().map(pattern).collect::<Result<_>>()?;
    let mut relevant = vec![BTreeSet::new(); judged.len()];
    let mut select = filled.bare.prepare("SELECT id, text FROM message")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let text = text.to_lowercase();
        for (pattern, ids) in patterns.iter().zip(&mut relevant) {
            if pattern.is_match(&text)? {
                ids.insert(id);
            }
        }
    }
    Ok(relevant)
}

fn found(filled: &Filled, line: &str) -> Result<BTreeSet<i64>> {
    let query = Query::parse(line);
    let zoned = now().to_zoned(TimeZone::UTC);
    let mut ids = BTreeSet::new();
    let mut after = None;
    loop {
        let page = filled.store.read(|reader| reader.search(&query, PageRequest { after, limit: 500 }, &zoned))?;
        ids.extend(page.hits.iter().map(|hit| hit.message.0));
        after = page.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}
