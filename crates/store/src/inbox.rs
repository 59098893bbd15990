//! The lists: pages of conversations by keyset, and the figures beside the folders.

use dragoman_domain::outbox::State;
use dragoman_domain::{Channel, ConversationId, Kind, RemoteId, ShopId, Timestamp, Turn};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use crate::column::{self, NEVER, instant};
use crate::{Error, Reader};

/// Which conversations, in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Ours to answer, the least time left first; backlog and what was put aside are left out.
    Needs,
    /// What was unanswered and late already when its shop was connected, newest first.
    Backlog,
    /// With unread messages, newest first.
    Unread,
    /// Everything, newest first.
    #[default]
    All,
}

/// A folder and what narrows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The folder.
    pub folder: Folder,
    /// Only this shop.
    pub shop: Option<ShopId>,
    /// Only this platform.
    pub channel: Option<Channel>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only where it is this side's turn.
    pub turn: Option<Turn>,
}

/// The place of the last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxCursor {
    /// What the folder is ordered by, Unix milliseconds.
    pub key: i64,
    /// The conversation.
    pub id: ConversationId,
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    /// Our number.
    pub id: ConversationId,
    /// The shop.
    pub shop: ShopId,
    /// The shop's platform.
    pub channel: Channel,
    /// Kind of the thread.
    pub kind: Kind,
    /// The platform's id of the thread.
    pub remote_id: RemoteId,
    /// Whose move it is.
    pub turn: Turn,
    /// The platform's own word.
    pub status: String,
    /// What it is about; the product's name where the platform says nothing else.
    pub subject: String,
    /// The buyer's name as the platform gives it.
    pub buyer: String,
    /// Unread messages.
    pub unread: u32,
    /// When our answer is due; only while it is our turn.
    pub due_at: Option<Timestamp>,
    /// The rule that says so; empty when none does.
    pub due_rule: String,
    /// The newest message of either side.
    pub last_message_at: Timestamp,
    /// Unanswered and late already when the shop was connected.
    pub backlog: bool,
    /// When a person put it aside.
    pub done_at: Option<Timestamp>,
    /// State of the newest item on its way.
    pub outbox: Option<State>,
    /// The beginning of the newest message.
    pub preview: String,
    /// Of a review, one to five.
    pub stars: Option<u8>,
    /// What the list is ordered by.
    key: i64,
}

impl ConversationRow {
    /// Where the page behind this row begins.
    pub fn cursor(&self) -> InboxCursor {
        InboxCursor { key: self.key, id: self.id }
    }
}

/// The figures of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderCount {
    /// The shop.
    pub shop: ShopId,
    /// The kind.
    pub kind: Kind,
    /// Conversations that are ours to answer, without backlog and what was put aside.
    pub owed: u64,
    /// Conversations of the backlog.
    pub backlog: u64,
    /// Unread messages.
    pub unread: u64,
}

/// The columns of a row; `key` is what the list is ordered by.
macro_rules! row {
    ($key:literal, $($rest:literal),+) => {
        concat!(
            "SELECT c.id, c.shop, s.channel, c.kind, c.remote_id, c.turn, c.status,
               iif(c.subject = '' AND c.product <> '',
                   ifnull((SELECT p.name FROM product p WHERE p.shop = c.shop AND p.key = c.product), ''), c.subject),
               c.buyer, c.unread, c.due_at, c.due_rule, c.last_at, c.backlog, c.done_at,
               (SELECT o.state FROM outbox o WHERE o.conversation = c.id AND o.settled_at IS NULL
                ORDER BY o.id DESC LIMIT 1),
               ifnull((SELECT substr(m.text, 1, 200) FROM message m WHERE m.conversation = c.id
                       ORDER BY m.sent_at DESC, m.id DESC LIMIT 1), ''), c.stars, ",
            $key,
            $($rest),+
        )
    };
}

/// A page; `?1` and `?2` are the place to go on behind, `?6` the number of rows. The index is named because the planner, which
/// knows nothing of the figures, would now and then sort a whole folder instead of walking it.
macro_rules! page {
    ($key:literal, $index:literal, $place:literal, $order:literal) => {
        row!(
            $key,
            " FROM conversation c INDEXED BY ",
            $index,
            " CROSS JOIN shop s ON s.id = c.shop WHERE ",
            $place,
            " AND (?3 IS NULL OR c.kind = ?3) AND (?4 IS NULL OR s.channel = ?4) AND (?5 IS NULL OR c.turn = ?5) ORDER BY ",
            $order,
            " LIMIT ?6"
        )
    };
}

const NEEDS: &str = page!(
    "c.due_at",
    "conversation_due",
    "c.turn = 'ours' AND c.backlog = 0 AND c.done_at IS NULL AND (c.due_at, c.id) > (?1, ?2) AND ?7 IS NULL",
    "c.due_at, c.id"
);
const NEEDS_OF_SHOP: &str = page!(
    "c.due_at",
    "conversation_due_shop",
    "c.turn = 'ours' AND c.backlog = 0 AND c.done_at IS NULL AND c.shop = ?7 AND (c.due_at, c.id) > (?1, ?2)",
    "c.due_at, c.id"
);
const BACKLOG: &str = page!(
    "c.last_at",
    "conversation_backlog",
    "c.turn = 'ours' AND c.backlog = 1 AND c.done_at IS NULL AND (c.last_at, c.id) < (?1, ?2)
     AND (?7 IS NULL OR c.shop = ?7)",
    "c.last_at DESC, c.id DESC"
);
const UNREAD: &str = page!(
    "c.last_at",
    "conversation_unread",
    "c.unread > 0 AND (c.last_at, c.id) < (?1, ?2) AND (?7 IS NULL OR c.shop = ?7)",
    "c.last_at DESC, c.id DESC"
);
const RECENT: &str = page!(
    "c.last_at",
    "conversation_recent",
    "(c.last_at, c.id) < (?1, ?2) AND ?7 IS NULL",
    "c.last_at DESC, c.id DESC"
);
const RECENT_OF_SHOP: &str = page!(
    "c.last_at",
    "conversation_recent_shop",
    "c.shop = ?7 AND (c.last_at, c.id) < (?1, ?2)",
    "c.last_at DESC, c.id DESC"
);
pub(crate) const ONE: &str =
    row!("c.last_at", " FROM conversation c CROSS JOIN shop s ON s.id = c.shop WHERE c.id = ?");
pub(crate) const COUNTS: &str = "SELECT shop, kind, owed, backlog, unread FROM folder ORDER BY shop, kind";

/// Every statement of the lists with its name, for the test of their plans.
#[cfg(test)]
pub(crate) const PAGES: [(&str, &str); 6] = [
    ("needs", NEEDS),
    ("needs of a shop", NEEDS_OF_SHOP),
    ("backlog", BACKLOG),
    ("unread", UNREAD),
    ("recent", RECENT),
    ("recent of a shop", RECENT_OF_SHOP),
];

pub(crate) fn row(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    let turn = column::word(row, 5)?;
    let due_at: i64 = row.get(10)?;
    let due = turn == Turn::Ours && due_at != NEVER;
    Ok(ConversationRow {
        id: ConversationId(row.get(0)?),
        shop: ShopId(row.get(1)?),
        channel: column::word(row, 2)?,
        kind: column::word(row, 3)?,
        remote_id: RemoteId(row.get(4)?),
        turn,
        status: row.get(6)?,
        subject: row.get(7)?,
        buyer: row.get(8)?,
        unread: row.get(9)?,
        due_at: due.then(|| instant(due_at)),
        due_rule: if due { row.get(11)? } else { String::new() },
        last_message_at: column::time(row, 12)?,
        backlog: row.get(13)?,
        done_at: column::time_if_any(row, 14)?,
        outbox: if row.get_ref(15)? == ValueRef::Null { None } else { Some(column::word(row, 15)?) },
        preview: row.get(16)?,
        stars: row.get(17)?,
        key: row.get(18)?,
    })
}

impl Reader<'_> {
    /// A page of a folder, from its beginning or behind a row.
    ///
    /// # Errors
    /// Those of the database.
    pub fn page(&self, filter: &Filter, after: Option<InboxCursor>, limit: u32) -> Result<Vec<ConversationRow>, Error> {
        let sql = match (filter.folder, filter.shop) {
            (Folder::Needs, None) => NEEDS,
            (Folder::Needs, Some(_)) => NEEDS_OF_SHOP,
            (Folder::Backlog, _) => BACKLOG,
            (Folder::Unread, _) => UNREAD,
            (Folder::All, None) => RECENT,
            (Folder::All, Some(_)) => RECENT_OF_SHOP,
        };
        let (key, id) = match (after, filter.folder) {
            (Some(place), _) => (place.key, place.id.0),
            (None, Folder::Needs) => (i64::MIN, i64::MIN),
            (None, _) => (i64::MAX, i64::MAX),
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement
            .query_map(
                (
                    key,
                    id,
                    filter.kind.map(Kind::word),
                    filter.channel.map(Channel::word),
                    filter.turn.map(Turn::word),
                    limit,
                    filter.shop.map(|shop| shop.0),
                ),
                row,
            )?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The figures of every folder that has ever had one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn counts(&self) -> Result<Vec<FolderCount>, Error> {
        let mut statement = self.conn.prepare_cached(COUNTS)?;
        let counts = statement
            .query_map([], |row| {
                Ok(FolderCount {
                    shop: ShopId(row.get(0)?),
                    kind: column::word(row, 1)?,
                    owed: row.get(2)?,
                    backlog: row.get(3)?,
                    unread: row.get(4)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(counts)
    }
}
