//! The lists: pages of conversations by keyset, and the figures beside the folders.

use dragoman_domain::lookup::Product;
use dragoman_domain::outbox::State;
use dragoman_domain::{Channel, ConversationId, Kind, RemoteId, ShopId, TagId, Timestamp, Turn};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use crate::column::{self, NEVER, instant};
use crate::{Error, Reader};

/// Which conversations, in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Ours to answer, the least time left first; backlog and what was put aside or snoozed are left out.
    Needs,
    /// What was unanswered and late already when its shop was connected, newest first.
    Backlog,
    /// With unread messages, newest first.
    Unread,
    /// Snoozed, the soonest back first.
    Snoozed,
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
    /// Only with a star, or only without.
    pub starred: Option<bool>,
    /// Only with this tag.
    pub tag: Option<TagId>,
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
    /// Until when a person wants to see nothing of it.
    pub snoozed_until: Option<Timestamp>,
    /// A person gave it a star.
    pub starred: bool,
    /// Its tags, by number.
    pub tags: Vec<TagId>,
    /// Its product, with what is known of it.
    pub product: Option<Product>,
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
    /// Conversations that are snoozed, whosever turn it is.
    pub snoozed: u64,
    /// Conversations with a star.
    pub starred: u64,
}

/// The columns of a row; `key` is what the list is ordered by. A note of ours is not what somebody said last.
macro_rules! row {
    ($key:literal, $($rest:literal),+) => {
        concat!(
            "SELECT c.id, c.shop, s.channel, c.kind, c.remote_id, c.turn, c.status,
               iif(c.subject = '', ifnull(p.name, ''), c.subject),
               c.buyer, c.unread, c.due_at, c.due_rule, c.last_at, c.backlog, c.done_at,
               (SELECT o.state FROM outbox o WHERE o.conversation = c.id AND o.settled_at IS NULL
                ORDER BY o.id DESC LIMIT 1),
               ifnull((SELECT substr(m.text, 1, 200) FROM message m WHERE m.conversation = c.id AND m.direction <> 'note'
                       ORDER BY m.sent_at DESC, m.id DESC LIMIT 1), ''), c.stars, c.snoozed_until, c.starred,
               (SELECT group_concat(t.tag) FROM conversation_tag t WHERE t.conversation = c.id),
               c.product, p.name, p.article, p.picture, p.page, p.price, ",
            $key,
            $($rest),+
        )
    };
}

/// Where a page begins and what narrows it; `?1` and `?2` are the place to go on behind, `?6` the number of rows. The index is named
/// because the planner, which knows nothing of the figures, would now and then sort a whole folder instead of walking it.
macro_rules! place {
    ($from:literal, $place:literal, $product:literal, $order:literal) => {
        concat!(
            " FROM ",
            $from,
            " CROSS JOIN shop s ON s.id = c.shop",
            $product,
            " WHERE ",
            $place,
            " AND (?3 IS NULL OR c.kind = ?3) AND (?4 IS NULL OR s.channel = ?4) AND (?5 IS NULL OR c.turn = ?5)
              AND (?8 IS NULL OR c.starred = ?8)
              AND (?9 IS NULL OR EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation = c.id AND g.tag = ?9))
              ORDER BY ",
            $order,
            " LIMIT ?6"
        )
    };
}

/// A list: its rows, and its bare numbers for a deed on all of it.
struct List {
    rows: &'static str,
    numbers: &'static str,
}

macro_rules! list {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        List {
            rows: concat!(
                row!($key, ""),
                place!(
                    $from,
                    $place,
                    " LEFT JOIN product p ON p.shop = c.shop AND p.key = c.product AND p.known = 1",
                    $order
                )
            ),
            numbers: concat!("SELECT c.id, c.last_in_at, ", $key, place!($from, $place, "", $order)),
        }
    };
}

const NEEDS: List = list!(
    "c.due_at",
    "conversation c INDEXED BY conversation_due",
    "c.turn = 'ours' AND c.backlog = 0 AND c.done_at IS NULL AND c.snoozed_until IS NULL AND (c.due_at, c.id) > (?1, ?2)
     AND ?7 IS NULL",
    "c.due_at, c.id"
);
const NEEDS_OF_SHOP: List = list!(
    "c.due_at",
    "conversation c INDEXED BY conversation_due_shop",
    "c.turn = 'ours' AND c.backlog = 0 AND c.done_at IS NULL AND c.snoozed_until IS NULL AND c.shop = ?7
     AND (c.due_at, c.id) > (?1, ?2)",
    "c.due_at, c.id"
);
const BACKLOG: List = list!(
    "c.last_at",
    "conversation c INDEXED BY conversation_backlog",
    "c.turn = 'ours' AND c.backlog = 1 AND c.done_at IS NULL AND c.snoozed_until IS NULL AND (c.last_at, c.id) < (?1, ?2)
     AND (?7 IS NULL OR c.shop = ?7)",
    "c.last_at DESC, c.id DESC"
);
const UNREAD: List = list!(
    "c.last_at",
    "conversation c INDEXED BY conversation_unread",
    "c.unread > 0 AND (c.last_at, c.id) < (?1, ?2) AND (?7 IS NULL OR c.shop = ?7)",
    "c.last_at DESC, c.id DESC"
);
const SNOOZED: List = list!(
    "c.snoozed_until",
    "conversation c INDEXED BY conversation_snoozed",
    "c.snoozed_until IS NOT NULL AND (c.snoozed_until, c.id) > (?1, ?2) AND (?7 IS NULL OR c.shop = ?7)",
    "c.snoozed_until, c.id"
);
const STARRED: List = list!(
    "c.last_at",
    "conversation c INDEXED BY conversation_starred",
    "c.starred = 1 AND (c.last_at, c.id) < (?1, ?2) AND (?7 IS NULL OR c.shop = ?7)",
    "c.last_at DESC, c.id DESC"
);
const TAGGED: List = list!(
    "t.last_at",
    "conversation_tag t INDEXED BY conversation_tag_recent CROSS JOIN conversation c ON c.id = t.conversation",
    "t.tag = ?9 AND (t.last_at, t.conversation) < (?1, ?2) AND (?7 IS NULL OR c.shop = ?7)",
    "t.last_at DESC, t.conversation DESC"
);
const RECENT: List = list!(
    "c.last_at",
    "conversation c INDEXED BY conversation_recent",
    "(c.last_at, c.id) < (?1, ?2) AND ?7 IS NULL",
    "c.last_at DESC, c.id DESC"
);
const RECENT_OF_SHOP: List = list!(
    "c.last_at",
    "conversation c INDEXED BY conversation_recent_shop",
    "c.shop = ?7 AND (c.last_at, c.id) < (?1, ?2)",
    "c.last_at DESC, c.id DESC"
);
pub(crate) const ONE: &str = row!(
    "c.last_at",
    " FROM conversation c CROSS JOIN shop s ON s.id = c.shop
     LEFT JOIN product p ON p.shop = c.shop AND p.key = c.product AND p.known = 1 WHERE c.id = ?"
);
pub(crate) const COUNTS: &str =
    "SELECT shop, kind, owed, backlog, unread, snoozed, starred FROM folder ORDER BY shop, kind";

/// Every statement of the lists with its name, for the test of their plans.
#[cfg(test)]
pub(crate) const PAGES: [(&str, &str); 10] = [
    ("needs", NEEDS.rows),
    ("needs of a shop", NEEDS_OF_SHOP.rows),
    ("backlog", BACKLOG.rows),
    ("unread", UNREAD.rows),
    ("snoozed", SNOOZED.rows),
    ("starred", STARRED.rows),
    ("tagged", TAGGED.rows),
    ("recent", RECENT.rows),
    ("recent of a shop", RECENT_OF_SHOP.rows),
    ("numbers of needs", NEEDS.numbers),
];

impl Filter {
    /// The list that holds the least beside what is asked for.
    fn list(&self) -> List {
        match (self.folder, self.shop) {
            (Folder::Needs, None) => NEEDS,
            (Folder::Needs, Some(_)) => NEEDS_OF_SHOP,
            (Folder::Backlog, _) => BACKLOG,
            (Folder::Unread, _) => UNREAD,
            (Folder::Snoozed, _) => SNOOZED,
            (Folder::All, _) if self.tag.is_some() => TAGGED,
            (Folder::All, _) if self.starred == Some(true) => STARRED,
            (Folder::All, None) => RECENT,
            (Folder::All, Some(_)) => RECENT_OF_SHOP,
        }
    }

    /// The place before the first row.
    fn beginning(&self) -> InboxCursor {
        match self.folder {
            Folder::Needs | Folder::Snoozed => InboxCursor { key: i64::MIN, id: ConversationId(i64::MIN) },
            Folder::Backlog | Folder::Unread | Folder::All => {
                InboxCursor { key: i64::MAX, id: ConversationId(i64::MAX) }
            }
        }
    }

    fn params(&self, after: Option<InboxCursor>, limit: u32) -> impl rusqlite::Params {
        let InboxCursor { key, id } = after.unwrap_or_else(|| self.beginning());
        (
            key,
            id.0,
            self.kind.map(Kind::word),
            self.channel.map(Channel::word),
            self.turn.map(Turn::word),
            limit,
            self.shop.map(|shop| shop.0),
            self.starred,
            self.tag.map(|tag| tag.0),
        )
    }
}

/// The tags of a row, as the database puts them together.
fn tags(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<TagId>> {
    let listed: Option<String> = row.get(index)?;
    let mut tags: Vec<TagId> =
        listed.iter().flat_map(|listed| listed.split(',')).filter_map(|tag| tag.parse().ok()).collect();
    tags.sort_unstable();
    Ok(tags)
}

fn product(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Product>> {
    let key: String = row.get(index)?;
    if key.is_empty() {
        return Ok(None);
    }
    let text = |at: usize| row.get::<_, Option<String>>(index + at).map(Option::unwrap_or_default);
    Ok(Some(Product { key, name: text(1)?, article: text(2)?, picture: text(3)?, page: text(4)?, price: text(5)? }))
}

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
        snoozed_until: column::time_if_any(row, 18)?,
        starred: row.get(19)?,
        tags: tags(row, 20)?,
        product: product(row, 21)?,
        key: row.get(27)?,
    })
}

impl Reader<'_> {
    /// A page of a folder, from its beginning or behind a row.
    ///
    /// # Errors
    /// Those of the database.
    pub fn page(&self, filter: &Filter, after: Option<InboxCursor>, limit: u32) -> Result<Vec<ConversationRow>, Error> {
        let mut statement = self.conn.prepare_cached(filter.list().rows)?;
        let rows = statement.query_map(filter.params(after, limit), row)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// Everything in a folder, in its order: each conversation with the instant of the other side's newest message, milliseconds.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn everything_in(&self, filter: &Filter) -> Result<Vec<(ConversationId, Option<i64>)>, Error> {
        let mut statement = self.conn.prepare_cached(filter.list().numbers)?;
        let numbers = statement
            .query_map(filter.params(None, u32::MAX), |row| Ok((ConversationId(row.get(0)?), row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(numbers)
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
                    snoozed: row.get(5)?,
                    starred: row.get(6)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(counts)
    }
}
