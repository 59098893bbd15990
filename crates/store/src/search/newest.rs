//! The newest hits of a plan, without looking at more of them than the page needs.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Error;
use super::find::Total;
use super::index::{day, day_token, days, month, month_token};
use super::plan::{Check, Plan, about_number};

/// Up to so many answers are sorted whole, and counted.
const SORTED: usize = 1_000;

/// Up to so many texts are read only to count exactly.
const READ: usize = 200;

/// A month with more answers is walked by days: reading when each was written costs more than asking for each day.
const FULL_MONTH: usize = 300;

/// Up to so many rows are read in a walk before it is asked which conversations can hold a hit at all: some ten milliseconds.
/// Tests are held with few messages.
const PATIENCE: usize = if cfg!(test) { 300 } else { 3_000 };

/// A month beyond the newest message, for clocks of platforms that run ahead.
const AHEAD_MS: i64 = 31 * 86_400_000;

/// When a message was written and its id: the order of hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Unix milliseconds.
    pub(super) sent_at: i64,
    pub(super) message: i64,
}

/// The newest places before a limit, and how many hits there are.
pub(super) struct Newest {
    pub(super) places: Vec<Place>,
    pub(super) total: Total,
}

/// Up to `count` hits older than `before`, newest first.
pub(super) fn newest(
    conn: &Connection,
    plan: &Plan,
    before: Option<Place>,
    count: usize,
    now: Timestamp,
) -> Result<Newest, Error> {
    if plan.is_empty() {
        return Ok(page(&mut Vec::new(), before, count));
    }
    if let Some(conversations) = &plan.conversations {
        let mut hits = among(conn, plan, messages_of(conn, conversations)?)?;
        return Ok(page(&mut hits, before, count));
    }
    let numbers = about_numbers(conn, plan)?;
    let Some(expression) = plan.expression(None) else { return Ok(page(&mut Vec::new(), before, count)) };
    let answers = ids(conn, &expression, SORTED + 1)?;
    let mut check = Check::new(plan);
    if answers.len() <= if plan.checks_rows() { READ } else { SORTED } {
        let mut hits = hits(conn, &mut check, &answers, usize::MAX, |place| in_range(plan, place))?;
        hits.extend(numbers);
        return Ok(page(&mut hits, before, count));
    }
    let mut places = if answers.len() <= SORTED {
        let fits = |place: Place| in_range(plan, place) && before.is_none_or(|before| place < before);
        hits(conn, &mut check, &answers, count, fits)?
    } else {
        match walk(conn, plan, before, count, now)? {
            Walk::Done(places) => places,
            Walk::Narrow(conversations) => {
                let mut hits = among(conn, plan, messages_of(conn, &conversations)?)?;
                hits.extend(numbers);
                return Ok(page(&mut hits, before, count));
            }
        }
    };
    let found = places.len();
    places.extend(numbers.into_iter().filter(|&place| before.is_none_or(|before| place < before)));
    let page = page(&mut places, before, count);
    if found < count && before.is_none() {
        return Ok(page);
    }
    let total = if plan.answers_widely() { found } else { SORTED };
    Ok(Newest { total: Total::AtLeast(total as u64), ..page })
}

/// Sorts hits, counts them and cuts the page out of them.
fn page(hits: &mut Vec<Place>, before: Option<Place>, count: usize) -> Newest {
    hits.sort_unstable_by(|a, b| b.cmp(a));
    hits.dedup();
    let total = Total::Exact(hits.len() as u64);
    let places = hits.iter().copied().filter(|&place| before.is_none_or(|before| place < before)).take(count).collect();
    Newest { places, total }
}

/// How a walk ended.
enum Walk {
    /// With these hits.
    Done(Vec<Place>),
    /// Given up: hits are rare, and only these conversations can hold any.
    Narrow(Vec<i64>),
}

/// Walks months backwards until the page is full.
fn walk(conn: &Connection, plan: &Plan, before: Option<Place>, count: usize, now: Timestamp) -> Result<Walk, Error> {
    let mut check = Check::new(plan);
    let mut patience = plan.narrows();
    let mut places = Vec::with_capacity(count);
    let newest: Option<i64> =
        conn.prepare_cached("SELECT max(last_at) FROM conversation")?.query_row([], |row| row.get(0))?;
    let top = newest.unwrap_or(0).max(now.as_millisecond()).saturating_add(AHEAD_MS).min(plan.range.1);
    let top = before.map_or(top, |before| top.min(before.sent_at));
    let fits = |place: Place| in_range(plan, place) && before.is_none_or(|before| place < before);
    // What nothing was written in costs an evaluation, too: the days after the newest message go with its own.
    let newest = newest.unwrap_or(top).max(plan.range.0).min(top);
    let (lowest, own) = (month(plan.range.0), month(newest));
    for months in std::iter::once(own..=month(top)).chain((lowest..own).rev().map(|number| number..=number)) {
        let tokens: Vec<String> = months.clone().map(month_token).collect();
        let Some(expression) = plan.expression(Some(&tokens)) else { break };
        let answers = ids(conn, &expression, FULL_MONTH + 1)?;
        if answers.len() <= FULL_MONTH {
            places.extend(hits(conn, &mut check, &answers, count - places.len(), fits)?);
        } else {
            let (first, last) = (day(plan.range.0), day(top));
            let days: Vec<i64> = months.rev().flat_map(|number| days(number).rev()).collect();
            let days: Vec<i64> = days.into_iter().filter(|number| (first..=last).contains(number)).collect();
            for group in growing(&days, day(newest)) {
                let tokens: Vec<String> = group.iter().copied().map(day_token).collect();
                let Some(expression) = plan.expression(Some(&tokens)) else { break };
                let answers = ids(conn, &expression, usize::MAX)?;
                places.extend(hits(conn, &mut check, &answers, count - places.len(), fits)?);
                if places.len() >= count {
                    break;
                }
            }
        }
        if places.len() >= count {
            break;
        }
        if patience && check.read() > PATIENCE {
            patience = false;
            if let Some(conversations) = plan.narrow(conn)? {
                return Ok(Walk::Narrow(conversations));
            }
        }
    }
    Ok(Walk::Done(places))
}

/// Days, newest first, in groups: all down to the newest message's own, then one, two, four and so on. An evaluation of a prefix
/// gathers all of its words each time, so few evaluations of more days cost less than one for each day.
fn growing(days: &[i64], newest: i64) -> Vec<&[i64]> {
    let (mut groups, mut rest) = (Vec::new(), days);
    let mut size = rest.iter().take_while(|&&number| number >= newest).count().max(1);
    let mut next = 1;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(size.min(rest.len()));
        groups.push(group);
        (rest, size, next) = (after, next, next * 2);
    }
    groups
}

fn in_range(plan: &Plan, place: Place) -> bool {
    (plan.range.0..=plan.range.1).contains(&place.sent_at)
}

/// Answers of the index, in no useful order.
fn ids(conn: &Connection, expression: &str, limit: usize) -> Result<Vec<i64>, Error> {
    // Counted here: a bound LIMIT makes SQLite prepare the statement again each time.
    let mut select = conn.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
    let mut rows = select.query([expression])?;
    let mut ids = Vec::new();
    while ids.len() < limit
        && let Some(row) = rows.next()?
    {
        ids.push(row.get(0)?);
    }
    Ok(ids)
}

/// The newest `count` of some answers that fit and pass the check, newest first.
fn hits(
    conn: &Connection,
    check: &mut Check<'_>,
    answers: &[i64],
    count: usize,
    fits: impl Fn(Place) -> bool,
) -> Result<Vec<Place>, Error> {
    let mut select = conn.prepare_cached("SELECT sent_at FROM message WHERE id = ?1")?;
    let mut places = Vec::with_capacity(answers.len());
    for &message in answers {
        // A row of the index without its message belongs to a damaged file; the other hits are still true.
        if let Some(sent_at) = select.query_row([message], |row| row.get(0)).optional()? {
            places.push(Place { sent_at, message });
        }
    }
    places.retain(|&place| fits(place));
    places.sort_unstable_by(|a, b| b.cmp(a));
    let mut hits = Vec::with_capacity(count.min(places.len()));
    for place in places {
        if hits.len() >= count {
            break;
        }
        if check.passes(conn, place.message)? {
            hits.push(place);
        }
    }
    Ok(hits)
}

/// Those of some messages that are hits.
fn among(conn: &Connection, plan: &Plan, mut candidates: Vec<Place>) -> Result<Vec<Place>, Error> {
    candidates.retain(|&place| in_range(plan, place));
    if plan.asks_index() && !candidates.is_empty() {
        candidates.sort_unstable_by_key(|place| place.message);
        let (first, last) =
            (candidates.first().map(|place| place.message), candidates.last().map(|place| place.message));
        let Some(expression) = plan.expression(None) else { return Ok(Vec::new()) };
        let mut select = conn.prepare_cached(
            "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid",
        )?;
        let mut rows = select.query(params![expression, first, last])?;
        let mut answers = Vec::new();
        while let Some(row) = rows.next()? {
            answers.push(row.get::<_, i64>(0)?);
        }
        candidates.retain(|place| answers.binary_search(&place.message).is_ok());
    }
    let mut check = Check::new(plan);
    let mut hits = Vec::new();
    for place in candidates {
        if check.passes(conn, place.message)? {
            hits.push(place);
        }
    }
    Ok(hits)
}

/// Hits by the order or product number of their conversation: what else is asked for is found in it, or its newest message stands
/// for it.
fn about_numbers(conn: &Connection, plan: &Plan) -> Result<Vec<Place>, Error> {
    let mut hits = Vec::new();
    for (place, asked) in plan.terms.iter().enumerate() {
        let Some(number) = &asked.number else { continue };
        let conversations = about_number(conn, number)?;
        if conversations.is_empty() {
            continue;
        }
        let rest = plan.without(place);
        let candidates =
            if rest.wants_words() { messages_of(conn, &conversations)? } else { newest_of(conn, &conversations)? };
        hits.extend(among(conn, &rest, candidates)?);
    }
    Ok(hits)
}

fn messages_of(conn: &Connection, conversations: &[i64]) -> Result<Vec<Place>, Error> {
    collect(conn, "SELECT sent_at, id FROM message WHERE conversation = ?1", conversations)
}

fn newest_of(conn: &Connection, conversations: &[i64]) -> Result<Vec<Place>, Error> {
    const NEWEST: &str =
        "SELECT sent_at, id FROM message WHERE conversation = ?1 ORDER BY sent_at DESC, id DESC LIMIT 1";
    collect(conn, NEWEST, conversations)
}

fn collect(conn: &Connection, sql: &str, conversations: &[i64]) -> Result<Vec<Place>, Error> {
    let mut select = conn.prepare_cached(sql)?;
    let mut places = Vec::new();
    for conversation in conversations {
        let mut rows = select.query([conversation])?;
        while let Some(row) = rows.next()? {
            places.push(Place { sent_at: row.get(0)?, message: row.get(1)? });
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::growing;

    #[test]
    fn days_are_asked_for_in_growing_groups_from_the_newest_message_on() {
        let days: Vec<i64> = (1..=12).rev().collect();
        let groups = growing(&days, 10);
        assert_eq!(groups, [&[12, 11, 10][..], &[9], &[8, 7], &[6, 5, 4, 3], &[2, 1]]);
        // Nothing that new is asked for: the first day stands alone.
        assert_eq!(growing(&days[4..], 10)[..2], [&[8][..], &[7]]);
        assert!(growing(&[], 10).is_empty());
    }
}
