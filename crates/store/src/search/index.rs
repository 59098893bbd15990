//! The rows of the search table: one per message, kept in the transaction that writes the message.

use dragoman_domain::message::AttachmentStub;
use dragoman_domain::{Kind, MessageId, ShopId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::Error;
use super::analyse::{Analyser, VERSION};

/// Segments of one level that are merged together while writing. FTS5 takes 4 of itself; 8 costs about a tenth less CPU when a
/// whole history comes in. With 16 merging is left to the crisis at 16 segments, which holds the writer for a second at a million
/// messages (measured 2026-11).
const AUTOMERGE: i64 = 8;

/// What narrows a search besides words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facets(String);

impl Facets {
    /// The facets of a message.
    pub fn new(shop: ShopId, kind: Kind, sent_at: Timestamp, attachments: &[AttachmentStub]) -> Self {
        let at = sent_at.as_millisecond();
        let mut tokens = format!("{} {} {}", month_token(month(at)), day_token(day(at)), folder_token(shop, kind));
        if !attachments.is_empty() {
            tokens.push_str(" hf");
        }
        if attachments.iter().any(is_picture) {
            tokens.push_str(" hp");
        }
        Self(tokens)
    }
}

fn is_picture(stub: &AttachmentStub) -> bool {
    const ENDINGS: [&str; 6] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic"];
    let name = stub.name.to_lowercase();
    stub.mime.starts_with("image/") || (stub.mime.is_empty() && ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// The folder of a shop and a kind.
pub(super) fn folder_token(shop: ShopId, kind: Kind) -> String {
    format!("s{shop}{kind}")
}

pub(super) fn month_token(month: i64) -> String {
    format!("m{month}")
}

pub(super) fn day_token(day: i64) -> String {
    format!("d{day}")
}

const DAY_MS: i64 = 86_400_000;

/// Days from 1970 to an instant in Unix milliseconds, UTC; everything earlier is day 0.
pub(super) fn day(at: i64) -> i64 {
    (at / DAY_MS).max(0)
}

/// Months from January 1970 to an instant in Unix milliseconds, UTC.
pub(super) fn month(at: i64) -> i64 {
    // Days to civil, Howard Hinnant's algorithm (howardhinnant.github.io/date_algorithms.html): a million rows pass here in a rebuild.
    let shifted = day(at) + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    (era * 400 + year_of_era) * 12 + march_month + 2 - 1_970 * 12
}

/// The days of a month, as far as they may belong to it.
pub(super) fn days(month_number: i64) -> std::ops::RangeInclusive<i64> {
    // A month lasts 30.436875 days on average; the exact ends are found around that.
    let near = month_number * 30_436_875 / 1_000_000;
    let of = |day: &i64| month(day * DAY_MS) == month_number;
    let first = (near - 4..=near + 35).find(of).unwrap_or(near);
    let last = (near - 4..=near + 35).rev().find(of).unwrap_or(near);
    first.max(0)..=last
}

/// Settings of the index that live in the file; once when it is made.
pub fn configure(conn: &Connection) -> Result<(), Error> {
    conn.execute("INSERT INTO search (search, rank) VALUES ('automerge', ?1)", [AUTOMERGE])?;
    Ok(())
}

/// Adds the row of a new message.
pub fn insert(conn: &Connection, message: MessageId, tokens: &str, facets: &Facets) -> Result<(), Error> {
    conn.prepare_cached("INSERT INTO search (rowid, tokens, facets) VALUES (?1, ?2, ?3)")?
        .execute(params![message.0, tokens, facets.0])?;
    Ok(())
}

/// Removes the row of a message; its words leave the file only after [`Merge`](super::merge::Merge) has run to
/// the end.
pub fn delete(conn: &Connection, message: MessageId) -> Result<(), Error> {
    conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([message.0])?;
    Ok(())
}

/// Puts new tokens in the place of old ones.
pub fn replace(conn: &Connection, message: MessageId, tokens: &str, facets: &Facets) -> Result<(), Error> {
    delete(conn, message)?;
    insert(conn, message, tokens, facets)
}

/// Whether the rows were made by another version of the analyser. Searching goes on meanwhile and may miss words.
pub fn is_outdated(conn: &Connection) -> Result<bool, Error> {
    let version: Option<u32> =
        conn.prepare_cached("SELECT analyser FROM home")?.query_row([], |row| row.get(0)).optional()?;
    Ok(version.is_some_and(|version| version != VERSION))
}

/// Rebuilds the rows of the next `count` messages and remembers how far it came; `false` when nothing is left to do.
///
/// Call it with short transactions until then: it may be stopped and resumed at any point, across restarts too.
pub fn reindex_step(conn: &Connection, analyser: &mut Analyser, count: u32) -> Result<bool, Error> {
    if !is_outdated(conn)? {
        return Ok(false);
    }
    let from: i64 = conn.query_row("SELECT reindexed_to FROM home", [], |row| row.get(0))?;
    let mut select = conn.prepare_cached(
        "SELECT m.id, m.shop, c.kind, m.sent_at, m.attachments, m.text
         FROM message m JOIN conversation c ON c.id = m.conversation
         WHERE m.id > ?1 ORDER BY m.id LIMIT ?2",
    )?;
    let mut rows = select.query(params![from, count])?;
    let (mut tokens, mut last) = (String::new(), None);
    while let Some(row) = rows.next()? {
        let id = MessageId(row.get(0)?);
        let kind = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?.parse()?;
        let sent_at = Timestamp::from_millisecond(row.get(3)?).unwrap_or_default();
        let attachments = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
        // Attachments that cannot be read are a matter of the message's own view; its words are still to be found.
        let attachments: Vec<AttachmentStub> = serde_json::from_str(attachments).unwrap_or_default();
        tokens.clear();
        analyser.tokens(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?, &mut tokens);
        replace(conn, id, &tokens, &Facets::new(ShopId(row.get(1)?), kind, sent_at, &attachments))?;
        last = Some(id);
    }
    match last {
        Some(MessageId(id)) => conn.execute("UPDATE home SET reindexed_to = ?1", [id])?,
        None => conn.execute("UPDATE home SET analyser = ?1, reindexed_to = 0", [VERSION])?,
    };
    Ok(last.is_some())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]
mod tests {
    use super::*;

    #[test]
    fn months_and_their_days_follow_the_calendar() {
        for (at, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", 0),
            ("1970-02-01T00:00:00Z", 1),
            ("2024-02-29T23:59:59Z", 54 * 12 + 1),
            ("2026-11-22T12:00:00Z", 56 * 12 + 10),
            ("2026-12-31T23:59:59Z", 56 * 12 + 11),
        ] {
            assert_eq!(month(at.parse::<Timestamp>().unwrap().as_millisecond()), expected, "{at}");
        }
        let mut next = 0;
        for number in 0..2_400 {
            let days = days(number);
            assert_eq!(*days.start(), next, "month {number}");
            next = *days.end() + 1;
        }
    }
}
