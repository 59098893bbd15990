//! Erasing a buyer from the filled inbox, and checking it: how long that takes, and how long others wait meanwhile.

use std::time::Instant;

use anyhow::Result;
use dragoman_domain::ConversationId;

use super::fill::{Filled, now};
use super::measure::{Goal, Report, Times};

/// Buyers erased one after the other.
const BUYERS: usize = 3;

/// Prints durations on the clock, as that is what a person waits for.
///
/// # Errors
/// Those of the store.
pub fn erasing(filled: &Filled, report: &mut Report) -> Result<()> {
    let n = filled.messages;
    let begun = Instant::now();
    filled.store.read(|reader| reader.check_quick())?;
    report.line("check of the whole file (wall)", begun.elapsed().as_secs_f64(), "s", None, Goal::None, n);
    let begun = Instant::now();
    filled.store.read(|reader| reader.check_index())?;
    report.line("check of the index (wall)", begun.elapsed().as_secs_f64(), "s", None, Goal::None, n);
    let chats: Vec<i64> = filled
        .bare
        .prepare("SELECT id FROM conversation WHERE kind = 'chat' AND buyer_id <> '' ORDER BY id LIMIT 1000")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let (mut whole, mut steps) = (Times::default(), Times::default());
    for id in chats.iter().step_by(chats.len() / BUYERS + 1) {
        let before = filled.store.sync_transaction_times().len();
        let ids = filled.store.read(|reader| reader.same_buyer(ConversationId(*id)))?;
        let begun = Instant::now();
        filled.store.erase(&ids, "bench", now())?;
        whole.push(begun.elapsed());
        // Of the newest 4,096 only as many are of this erasure as it added, or none is told apart any more.
        let times = filled.store.sync_transaction_times();
        let own = if times.len() > before { times.len() - before } else { times.len().min(200) };
        times.iter().rev().take(own).for_each(|time| steps.push(*time));
    }
    let count = whole.len();
    report.line("erase one buyer, longest (wall)", whole.percentile(1.0) / 1e3, "s", None, Goal::Value(60.0), count);
    let count = steps.len();
    report.line("  writer held by a step of it p50", steps.percentile(0.5), "ms", None, Goal::None, count);
    report.line("  writer held by a step of it, longest", steps.percentile(1.0), "ms", None, Goal::None, count);
    Ok(())
}
