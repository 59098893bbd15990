//! Answers to a query, page by page.

use dragoman_domain::{Channel, ConversationId, Direction, Kind, MessageId, ShopId, Timestamp};
use jiff::Zoned;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::fragment::{Cutter, Span};
use super::newest::{Place, newest};
use super::plan::Plan;
use super::query::{Notice, Query};
use super::{Error, index};

/// Which hits to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Continue behind this one; `None` = from the newest.
    pub after: Option<Cursor>,
    /// Hits wanted, at most.
    pub limit: u32,
}

/// The place of the last hit of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// When it was written, Unix milliseconds.
    pub sent_at: i64,
    /// The message.
    pub message: MessageId,
}

/// How many hits there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    /// So many.
    Exact(u64),
    /// So many or more; counting on would cost more than it tells.
    AtLeast(u64),
}

/// One page of hits, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The hits.
    pub hits: Vec<Hit>,
    /// How many there are on all pages.
    pub total: Total,
    /// Where the next page begins; `None` = this was the last.
    pub next: Option<Cursor>,
    /// What of the line was left out.
    pub notices: Vec<Notice>,
    /// The index is being rebuilt for a newer analyser; some words may not be found yet.
    pub rebuilding: bool,
}

/// A message that was found, with what its row shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// When it was written.
    pub sent_at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// The shop.
    pub shop: ShopId,
    /// The shop's platform.
    pub channel: Channel,
    /// Kind of the conversation.
    pub kind: Kind,
    /// Subject of the conversation, mostly the product.
    pub subject: String,
    /// The buyer's name.
    pub buyer: String,
    /// A piece of the original text around the first word found.
    pub fragment: Vec<Span>,
}

/// Answers a query. Days in it are days of `now`'s time zone.
pub fn find(conn: &Connection, query: &Query, page: PageRequest, now: &Zoned) -> Result<Hits, Error> {
    // One reading transaction: the statements see one state, and the file is locked once instead of for each row.
    let reading = if conn.is_autocommit() { Some(conn.unchecked_transaction()?) } else { None };
    let plan = Plan::new(conn, query, now)?;
    let limit = page.limit as usize;
    let before = page.after.map(|cursor| Place { sent_at: cursor.sent_at, message: cursor.message.0 });
    let mut found = newest(conn, &plan, before, limit + 1, now.timestamp())?;
    let more = found.places.len() > limit;
    found.places.truncate(limit);
    let last = found.places.last().filter(|_| more);
    let next = last.map(|place| Cursor { sent_at: place.sent_at, message: MessageId(place.message) });
    let mut cutter = Cutter::new(plan.terms.iter().filter(|asked| asked.wanted).map(|asked| &asked.term).collect());
    let mut hits = Vec::with_capacity(found.places.len());
    for place in &found.places {
        hits.extend(hit(conn, &mut cutter, place.message)?);
    }
    let rebuilding = index::is_outdated(conn)?;
    if let Some(reading) = reading {
        reading.finish()?;
    }
    Ok(Hits { hits, total: found.total, next, notices: plan.notices, rebuilding })
}

fn hit(conn: &Connection, cutter: &mut Cutter<'_>, message: i64) -> Result<Option<Hit>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT m.conversation, m.sent_at, m.direction, m.shop, s.channel, c.kind, c.subject, c.buyer, m.text
         FROM message m JOIN conversation c ON c.id = m.conversation JOIN shop s ON s.id = m.shop
         WHERE m.id = ?1",
    )?;
    let mut row = |row: &Row<'_>| -> rusqlite::Result<Result<Hit, Error>> {
        let text = row.get_ref(8)?.as_str()?;
        let fragment = cutter.cut(text);
        let words = (row.get_ref(2)?.as_str()?, row.get_ref(4)?.as_str()?, row.get_ref(5)?.as_str()?);
        let (direction, channel, kind) = match (words.0.parse(), words.1.parse(), words.2.parse()) {
            (Ok(direction), Ok(channel), Ok(kind)) => (direction, channel, kind),
            (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return Ok(Err(Error::Word(error))),
        };
        Ok(Ok(Hit {
            conversation: ConversationId(row.get(0)?),
            message: MessageId(message),
            sent_at: Timestamp::from_millisecond(row.get(1)?).unwrap_or_default(),
            direction,
            shop: ShopId(row.get(3)?),
            channel,
            kind,
            subject: row.get(6)?,
            buyer: row.get(7)?,
            fragment,
        }))
    };
    select.query_row([message], &mut row).optional()?.transpose()
}
