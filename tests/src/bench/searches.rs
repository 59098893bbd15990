//! Searches beside bare FTS5 statements that walk the same months for ids only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Result;
use dragoman_store::Store;
use dragoman_store::search::analyse::Analyser;
use dragoman_store::search::{PageRequest, Query};
use jiff::tz::TimeZone;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use super::dress::Dresser;
use super::fill::{Filled, now};
use super::generate::Generator;
use super::measure::{Goal, Report, Times, thread_cpu};

/// Hits on a page.
const PAGE: u32 = 50;
/// Queries per class.
const PER_CLASS: usize = 20;

/// One query of a class.
struct Asked {
    class: &'static str,
    line: String,
    /// What the bare statement asks of the index.
    bare: String,
}

/// Prints p50 and p99 of each class, and of all of them.
///
/// # Errors
/// Those of the store.
pub fn searches(filled: &mut Filled, report: &mut Report) -> Result<()> {
    let queries = queries(&filled.bare)?;
    let months = months(&filled.bare)?;
    let mut classes: Vec<&str> = queries.iter().map(|asked| asked.class).collect();
    classes.dedup();
    let (mut all, mut all_bare) = (Times::default(), Times::default());
    for class in classes {
        let (mut ours, mut bare) = (Times::default(), Times::default());
        for asked in queries.iter().filter(|asked| asked.class == class) {
            // Median of five, in turns: what one query costs, not what the machine did meanwhile.
            let (mut our_runs, mut bare_runs) = (Times::default(), Times::default());
            for _ in 0..5 {
                our_runs.push(cost_of(|| ask(&filled.store, &asked.line))?);
                bare_runs.push(cost_of(|| walk(&filled.bare, &months, &asked.bare))?);
            }
            for (times, runs) in [(&mut ours, &mut our_runs), (&mut bare, &mut bare_runs)] {
                times.push(std::time::Duration::from_secs_f64(runs.percentile(0.5) / 1e3));
            }
            all.push(std::time::Duration::from_secs_f64(our_runs.percentile(0.5) / 1e3));
            all_bare.push(std::time::Duration::from_secs_f64(bare_runs.percentile(0.5) / 1e3));
        }
        let n = ours.len();
        report.line(
            format!("search {class} p50"),
            ours.percentile(0.5),
            "ms",
            Some(bare.percentile(0.5)),
            Goal::None,
            n,
        );
        report.line(
            format!("search {class} p99"),
            ours.percentile(0.99),
            "ms",
            Some(bare.percentile(0.99)),
            Goal::None,
            n,
        );
    }
    report.line(
        "search newest 50, all classes, p50",
        all.percentile(0.5),
        "ms",
        Some(all_bare.percentile(0.5)),
        Goal::None,
        all.len(),
    );
    report.line(
        "search newest 50, all classes, p99",
        all.percentile(0.99),
        "ms",
        Some(all_bare.percentile(0.99)),
        Goal::Ratio(2.0),
        all.len(),
    );
    narrowed(filled, report)?;
    while_syncing(filled, &queries, report)
}

/// Frequent words narrowed by what the index does not know, so that most answers of it are no hits.
fn narrowed(filled: &Filled, report: &mut Report) -> Result<()> {
    let buyer: String =
        filled.bare.query_row("SELECT buyer FROM conversation WHERE buyer <> '' LIMIT 1", [], |row| row.get(0))?;
    let words = ["не", "заказ", "возврат", "спасибо"];
    for (name, narrowing) in [
        ("turn:ours", "turn:ours".to_owned()),
        ("turn:platform", "turn:platform".to_owned()),
        ("from:me", "from:me".to_owned()),
        ("from:NAME", format!("from:\"{buyer}\"")),
        ("from:NOBODY", "from:ъъъъ".to_owned()),
    ] {
        let mut times = Times::default();
        for word in words {
            let mut runs = Times::default();
            for _ in 0..3 {
                runs.push(cost_of(|| ask(&filled.store, &format!("{word} {narrowing}")))?);
            }
            times.push(std::time::Duration::from_secs_f64(runs.percentile(0.5) / 1e3));
        }
        let n = times.len();
        report.line(
            format!("search frequent {name}, longest"),
            times.percentile(1.0),
            "ms",
            None,
            Goal::Value(100.0),
            n,
        );
    }
    Ok(())
}

fn cost_of<T>(work: impl FnOnce() -> Result<T>) -> Result<std::time::Duration> {
    let before = thread_cpu();
    work()?;
    Ok(thread_cpu() - before)
}

fn ask(store: &Store, line: &str) -> Result<usize> {
    let query = Query::parse(line);
    let zoned = now().to_zoned(TimeZone::UTC);
    Ok(store.read(|reader| reader.search(&query, PageRequest { after: None, limit: PAGE }, &zoned))?.hits.len())
}

/// The bare statement: months from the newest back until a page of ids is full.
fn walk(conn: &Connection, months: &[i64], expression: &str) -> Result<usize> {
    let mut select = conn.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
    let mut ids: Vec<i64> = Vec::new();
    for month in months {
        let narrowed = format!("facets:m{month} AND tokens:({expression})");
        for id in select.query_map([narrowed], |row| row.get(0))? {
            ids.push(id?);
        }
        if ids.len() >= PAGE as usize {
            break;
        }
    }
    Ok(ids.len())
}

fn months(conn: &Connection) -> Result<Vec<i64>> {
    let (first, last): (i64, i64) =
        conn.query_row("SELECT min(sent_at), max(sent_at) FROM message", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let month = |at: i64| {
        let date = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
    };
    Ok((month(first)..=month(last)).rev().collect())
}

/// Queries drawn from the inbox's own texts, by how often their words occur.
fn queries(conn: &Connection) -> Result<Vec<Asked>> {
    conn.execute_batch("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, search, col)").ok();
    let mut rng = SmallRng::seed_from_u64(1);
    let total: i64 = conn.query_row("SELECT max(id) FROM message", [], |row| row.get(0))?;
    let mut analyser = Analyser::new();
    let mut asked: Vec<Asked> = Vec::new();
    let mut wanted: Vec<(&'static str, usize)> =
        ["ru frequent", "ru mid", "ru rare", "zh 2", "zh 4", "latin prefix", "two words", "phrase", "number"]
            .into_iter()
            .map(|class| (class, PER_CLASS))
            .collect();
    let mut count = conn.prepare("SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT 100000)")?;
    let mut tries = 0;
    while wanted.iter().any(|(_, left)| *left > 0) && tries < 20_000 {
        tries += 1;
        let text: Option<String> = conn
            .query_row("SELECT text FROM message WHERE id >= ?1 LIMIT 1", [rng.random_range(1..=total)], |row| {
                row.get(0)
            })
            .ok();
        let Some(text) = text else { continue };
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2).collect();
        let Some((class, line)) = draw(&mut rng, &text, &words) else { continue };
        let mut tokens = String::new();
        analyser.tokens(line.trim_matches(['"', '*']), &mut tokens);
        let terms: Vec<String> = tokens.split_whitespace().map(|token| format!("\"{token}\"")).collect();
        if terms.is_empty() {
            continue;
        }
        let bare = match class {
            "two words" => terms.join(" AND "),
            "latin prefix" => format!("{} *", terms.join(" + ")),
            _ => terms.join(" + "),
        };
        let class = if class == "ru" {
            let share =
                count.query_row([format!("tokens:({bare})")], |row| row.get::<_, i64>(0))? as f64 / total as f64;
            match share {
                s if s > 0.01 => "ru frequent",
                s if s > 0.0005 => "ru mid",
                _ => "ru rare",
            }
        } else {
            class
        };
        if let Some((_, left)) = wanted.iter_mut().find(|(name, left)| *name == class && *left > 0) {
            *left -= 1;
            asked.push(Asked { class, line, bare });
        }
    }
    asked.sort_by_key(|asked| asked.class);
    Ok(asked)
}

fn draw(rng: &mut SmallRng, text: &str, words: &[&str]) -> Option<(&'static str, String)> {
    let han: Vec<char> = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
    if han.len() > 6 {
        let width = if rng.random_bool(0.5) { 2 } else { 4 };
        let runs: Vec<&str> = text
            .split(|c: char| !('\u{4e00}'..='\u{9fff}').contains(&c))
            .filter(|run| run.chars().count() >= width)
            .collect();
        let run: Vec<char> = runs.get(rng.random_range(0..runs.len().max(1)))?.chars().collect();
        let start = rng.random_range(0..=run.len() - width);
        return Some((if width == 2 { "zh 2" } else { "zh 4" }, run.get(start..start + width)?.iter().collect()));
    }
    if words.len() < 3 {
        return None;
    }
    let at = rng.random_range(0..words.len() - 1);
    let word = *words.get(at)?;
    if word.chars().all(|c| c.is_ascii_digit()) {
        return Some(("number", word.to_owned()));
    }
    match rng.random_range(0..4) {
        0 => Some(("two words", format!("{word} {}", words.get(rng.random_range(0..words.len()))?))),
        1 => Some(("phrase", {
            let position = text.find(word)?;
            let next = words.get(at + 1)?;
            let end = position + word.len() + text.get(position + word.len()..)?.find(next)? + next.len();
            format!("\"{}\"", text.get(position..end)?.replace('"', " "))
        })),
        _ if word.is_ascii() => Some(("latin prefix", format!("{}*", word.get(..3)?))),
        _ => Some(("ru", word.to_owned())),
    }
}

/// The same searches while batches are written beside them: wall time, because waiting is what a person would feel.
fn while_syncing(filled: &mut Filled, queries: &[Asked], report: &mut Report) -> Result<()> {
    let idle = walls(&filled.store, queries)?;
    let mut batches = Vec::new();
    let mut dresser = Dresser::new(99);
    let fresh: Vec<_> = Generator::new(20_000, 99).map(|imported| dresser.dress(imported)).collect();
    for (n, chunk) in fresh.chunks(100).enumerate() {
        let mut conversations: Vec<_> = chunk.iter().map(|imported| imported.conversation.clone()).collect();
        for conversation in &mut conversations {
            conversation.remote_id.0.push_str("-sync");
            conversation.messages.iter_mut().for_each(|message| message.remote_id.0.push_str("-sync"));
        }
        batches.push(filled.job(chunk[0].channel, 1 + n as u64 % 3, conversations)?);
    }
    let done = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (store, done) = (filled.store.clone(), done.clone());
        move || {
            let mut outcome = Ok(());
            for batch in batches {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                outcome = outcome.and(store.ingest(batch).map(drop));
            }
            outcome
        }
    });
    let mut busy = walls(&filled.store, queries)?;
    done.store(true, Ordering::Relaxed);
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    let mut idle = idle;
    let n = busy.len();
    report.line(
        "search while syncing p99 (wall; twin = idle)",
        busy.percentile(0.99),
        "ms",
        Some(idle.percentile(0.99)),
        Goal::None,
        n,
    );
    Ok(())
}

fn walls(store: &Store, queries: &[Asked]) -> Result<Times> {
    let mut times = Times::default();
    for asked in queries {
        let begun = Instant::now();
        ask(store, &asked.line)?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
