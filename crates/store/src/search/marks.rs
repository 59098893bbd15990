//! What a person has put on conversations, as a search asks for it: stars, snoozes, tags.

use rusqlite::{Connection, Params};

use super::query::{Mark, Notice, NoticeCode, Query};
use super::{Error, folded};

/// Conversations that are listed; if more have a mark, each hit is looked at instead.
const LISTED: usize = 20_000;

/// Marks that a hit's conversation has to have.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    starred: bool,
    snoozed: bool,
    /// One of these, unless there is none.
    tags: Vec<i64>,
}

impl Marks {
    /// Looks up the tags that a query names.
    pub(super) fn new(conn: &Connection, query: &Query, notices: &mut Vec<Notice>) -> Result<Self, Error> {
        let mut marks = Self {
            starred: query.marks.contains(&Mark::Starred),
            snoozed: query.marks.contains(&Mark::Snoozed),
            tags: Vec::new(),
        };
        if query.tags.is_empty() {
            return Ok(marks);
        }
        let mut select = conn.prepare_cached("SELECT id, name FROM tag ORDER BY id")?;
        let known: Vec<(i64, String)> = select
            .query_map([], |row| Ok((row.get(0)?, folded(&row.get::<_, String>(1)?))))?
            .collect::<Result<_, _>>()?;
        for asked in &query.tags {
            let wanted = folded(asked);
            let before = marks.tags.len();
            marks.tags.extend(known.iter().filter(|(_, name)| name.contains(&wanted)).map(|(id, _)| id));
            if marks.tags.len() == before {
                notices.push(Notice { code: NoticeCode::UnknownTag, word: format!("tag:{asked}") });
            }
        }
        Ok(marks)
    }

    /// Whether none is asked for.
    pub(super) fn is_empty(&self) -> bool {
        !self.starred && !self.snoozed && self.tags.is_empty()
    }

    /// Every conversation that may have them, in order; `None` if those are many.
    pub(super) fn conversations(&self, conn: &Connection) -> Result<Option<Vec<i64>>, Error> {
        let mut found = Vec::new();
        if self.tags.is_empty() {
            let sql = if self.starred {
                "SELECT id FROM conversation INDEXED BY conversation_starred WHERE starred = 1"
            } else {
                "SELECT id FROM conversation INDEXED BY conversation_snoozed WHERE snoozed_until IS NOT NULL"
            };
            collect(conn, sql, [], &mut found)?;
        }
        for tag in &self.tags {
            collect(conn, "SELECT conversation FROM conversation_tag WHERE tag = ?1", [tag], &mut found)?;
        }
        found.sort_unstable();
        found.dedup();
        Ok((found.len() <= LISTED).then_some(found))
    }

    /// Whether a conversation has them.
    pub(super) fn are_on(&self, conn: &Connection, conversation: i64) -> Result<bool, Error> {
        let mut marked = conn.prepare_cached(
            "SELECT 1 FROM conversation
             WHERE id = ?1 AND (NOT ?2 OR starred = 1) AND (NOT ?3 OR snoozed_until IS NOT NULL)",
        )?;
        if !marked.exists((conversation, self.starred, self.snoozed))? {
            return Ok(false);
        }
        let mut tagged = conn.prepare_cached("SELECT 1 FROM conversation_tag WHERE conversation = ?1 AND tag = ?2")?;
        for tag in &self.tags {
            if tagged.exists((conversation, tag))? {
                return Ok(true);
            }
        }
        Ok(self.tags.is_empty())
    }
}

/// Adds ids until there are more than are listed.
fn collect(conn: &Connection, sql: &str, params: impl Params, found: &mut Vec<i64>) -> Result<(), Error> {
    let mut select = conn.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    while found.len() <= LISTED
        && let Some(row) = rows.next()?
    {
        found.push(row.get(0)?);
    }
    Ok(())
}
