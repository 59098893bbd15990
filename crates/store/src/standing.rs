//! The columns of a conversation that follow from others: whose turn it is, what is unread, what is due, what is backlog.
//!
//! Everything that changes a message, an outbox item or a reading goes through here within the same transaction, so the
//! columns never drift from what they are computed from.

use dragoman_domain::claim::Limit;
use dragoman_domain::conversation::{self, turn};
use dragoman_domain::deadline::Waiting;
use dragoman_domain::rules::RulePack;
use dragoman_domain::{ConversationId, Direction, Kind, ShopId, Timestamp, Turn, deadline};
use rusqlite::OptionalExtension;

use crate::column::{self, NEVER, instant, millis};
use crate::{Error, Reader, Writer};

/// The derived columns; instants in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) turn: Turn,
    pub(crate) backlog: bool,
    pub(crate) unread: i64,
    pub(crate) read_to: i64,
    pub(crate) last_at: i64,
    pub(crate) last_in_at: Option<i64>,
    pub(crate) last_out_at: Option<i64>,
    pub(crate) due_at: i64,
    pub(crate) due_rule: String,
    pub(crate) done_at: Option<i64>,
    pub(crate) snoozed_until: Option<i64>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            turn: Turn::None,
            backlog: false,
            unread: 0,
            read_to: 0,
            last_at: 0,
            last_in_at: None,
            last_out_at: None,
            due_at: NEVER,
            due_rule: String::new(),
            done_at: None,
            snoozed_until: None,
        }
    }
}

/// What the derived columns depend on besides the messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    pub(crate) kind: Kind,
    pub(crate) closed: bool,
    /// Nobody expects an answer any more.
    pub(crate) settled: bool,
    /// The platform's moderation refused our newest answer.
    pub(crate) refused: bool,
    /// An answer of ours is on its way.
    pub(crate) answering: bool,
    /// When the shop was connected, in milliseconds.
    pub(crate) added_at: i64,
}

impl Standing {
    /// Takes a message into account, in whatever order messages come. Counting the unread is left to the caller.
    pub(crate) fn add(&mut self, direction: Direction, sent_at: i64) {
        match direction {
            Direction::In => {
                // Older history does not bring back what a person put aside.
                if self.last_in_at.is_none_or(|last| sent_at >= last) {
                    self.done_at = None;
                    self.snoozed_until = None;
                }
                self.last_in_at = self.last_in_at.max(Some(sent_at));
            }
            Direction::Out => {
                self.last_out_at = self.last_out_at.max(Some(sent_at));
                // Whoever answers has read what was there.
                self.read_to = self.read_to.max(sent_at);
            }
            Direction::Note | Direction::System => return,
        }
        self.last_at = self.last_at.max(sent_at);
    }

    /// Sets the deadline of an answer to the newest inbound message.
    pub(crate) fn set_due(&mut self, kind: Kind, stars: Option<u8>, limit: Option<&Limit>, rules: Option<&RulePack>) {
        let last_in = self.last_in_at.map(instant);
        let due = rules.and_then(|pack| deadline::due(pack, Waiting { kind, turn: Turn::Ours, last_in, stars, limit }));
        (self.due_at, self.due_rule) = due.map_or((NEVER, String::new()), |due| (millis(due.at), due.rule));
    }

    /// Derives turn and backlog.
    pub(crate) fn derive(&mut self, ground: Ground) {
        let last = match (self.last_in_at, self.last_out_at) {
            // Written in the same millisecond: an answer too many to look at is better than one too few.
            (Some(theirs), ours) if Some(theirs) >= ours => Some((Direction::In, instant(theirs))),
            (_, Some(ours)) => Some((Direction::Out, instant(ours))),
            _ => None,
        };
        let Ground { kind, closed, settled, refused, answering, added_at } = ground;
        self.turn = turn(conversation::Standing { kind, closed, settled, refused, last, answering });
        self.backlog = self.turn == Turn::Ours && self.due_at < added_at;
        if kind == Kind::Notice {
            self.unread = 0;
        }
    }
}

/// A conversation as far as its standing goes.
struct Known {
    kind: Kind,
    closed: bool,
    settled: bool,
    refused: bool,
    added_at: i64,
    standing: Standing,
}

impl Reader<'_> {
    /// Whether an answer of ours is on its way to the conversation; the correction of a refused one is an answer, too.
    pub(crate) fn answering(&self, id: i64) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT 1 FROM outbox WHERE conversation = ?1
             AND state IN ('queued', 'sending', 'unknown')
             AND (action IN ('reply', 'reject')
               OR action = 'edit' AND (SELECT publication FROM conversation WHERE id = ?1) = 'refused'
               OR action = 'act' AND coalesce(json_extract(record, '$.act.name'), '') <> 'open_chat'
                 AND (SELECT kind FROM conversation WHERE id = ?1) = 'claim')",
        )?;
        Ok(statement.exists([id])?)
    }

    /// Inbound messages sent after an instant.
    pub(crate) fn count_unread(&self, id: i64, read_to: i64) -> Result<i64, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*) FROM message WHERE conversation = ? AND sent_at > ? AND direction = 'in'",
        )?;
        Ok(statement.query_row([id, read_to], |row| row.get(0))?)
    }

    fn known(&self, id: i64) -> Result<Known, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT c.kind, c.closed, s.added_at, c.turn, c.backlog, c.unread, c.read_to, c.last_at, c.last_in_at,
                    c.last_out_at, c.due_at, c.due_rule, c.done_at, c.settled, c.publication = 'refused', c.snoozed_until
             FROM conversation c JOIN shop s ON s.id = c.shop WHERE c.id = ?",
        )?;
        let known = statement.query_row([id], |row| {
            Ok(Known {
                kind: column::word(row, 0)?,
                closed: row.get(1)?,
                added_at: row.get(2)?,
                settled: row.get(13)?,
                refused: row.get(14)?,
                standing: Standing {
                    turn: column::word(row, 3)?,
                    backlog: row.get(4)?,
                    unread: row.get(5)?,
                    read_to: row.get(6)?,
                    last_at: row.get(7)?,
                    last_in_at: row.get(8)?,
                    last_out_at: row.get(9)?,
                    due_at: row.get(10)?,
                    due_rule: row.get(11)?,
                    done_at: row.get(12)?,
                    snoozed_until: row.get(15)?,
                },
            })
        });
        known.optional()?.ok_or_else(|| Error::missing("conversation", id))
    }
}

impl Writer<'_> {
    /// Stores the derived columns of a conversation.
    pub(crate) fn put_standing(&self, id: i64, standing: &Standing) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "UPDATE conversation SET turn = ?, backlog = ?, unread = ?, read_to = ?, last_at = ?, last_in_at = ?,
                    last_out_at = ?, due_at = ?, due_rule = ?, done_at = ?, snoozed_until = ? WHERE id = ?",
        )?;
        statement.execute((
            standing.turn.word(),
            standing.backlog,
            standing.unread,
            standing.read_to,
            standing.last_at,
            standing.last_in_at,
            standing.last_out_at,
            standing.due_at,
            &standing.due_rule,
            standing.done_at,
            standing.snoozed_until,
            id,
        ))?;
        Ok(())
    }

    /// Changes a standing, derives what follows from it, and stores it if anything is different. True if it was.
    pub(crate) fn change_standing(&self, id: i64, change: impl FnOnce(&mut Standing)) -> Result<bool, Error> {
        let known = self.known(id)?;
        let mut standing = known.standing.clone();
        change(&mut standing);
        if standing.read_to != known.standing.read_to {
            standing.unread = self.count_unread(id, standing.read_to)?;
        }
        let answering = self.answering(id)?;
        let Known { kind, closed, settled, refused, added_at, .. } = known;
        standing.derive(Ground { kind, closed, settled, refused, answering, added_at });
        let changed = standing != known.standing;
        if changed {
            self.put_standing(id, &standing)?;
        }
        Ok(changed)
    }

    /// Computes a standing anew from the messages, for the rare changes that cannot be added up.
    pub(crate) fn recount(&self, id: i64) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT max(sent_at) FILTER (WHERE direction = 'in'), max(sent_at) FILTER (WHERE direction = 'out')
             FROM message WHERE conversation = ?",
        )?;
        let (last_in, last_out): (Option<i64>, Option<i64>) =
            statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let read_to = self.known(id)?.standing.read_to.max(last_out.unwrap_or(0));
        let unread = self.count_unread(id, read_to)?;
        self.change_standing(id, |standing| {
            standing.last_in_at = last_in;
            standing.last_out_at = last_out;
            standing.last_at = last_in.max(last_out).unwrap_or(standing.last_at);
            standing.read_to = read_to;
            standing.unread = unread;
        })
    }

    /// Marks what the other side wrote up to an instant as read by a person. True if anything changed.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn mark_read(&self, conversation: ConversationId, up_to: Timestamp) -> Result<bool, Error> {
        let up_to = millis(up_to);
        self.change_standing(conversation.0, |standing| {
            // Not beyond what is there: what arrives later with an earlier date is unread all the same.
            standing.read_to = standing.read_to.max(up_to.min(standing.last_in_at.unwrap_or(0)));
        })
    }

    /// Puts a conversation aside until the other side writes again, or takes it back (`None`). What is put aside is not snoozed any
    /// more. True if anything changed.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn set_done(&self, conversation: ConversationId, at: Option<Timestamp>) -> Result<bool, Error> {
        self.change_standing(conversation.0, |standing| {
            standing.done_at = at.map(millis);
            if at.is_some() {
                standing.snoozed_until = None;
            }
        })
    }

    /// Computes the deadlines of a shop anew after its rule pack changed; returns how many conversations moved.
    ///
    /// An instant that the platform named goes before a later one of ours.
    ///
    /// # Errors
    /// Those of the database.
    pub fn renew_deadlines(&self, shop: ShopId, pack: &RulePack) -> Result<usize, Error> {
        // A limit comes first where it is earlier, as in `deadline::due`.
        let mut statement = self.conn.prepare_cached(
            "UPDATE conversation SET due_at = d.at, due_rule = d.rule,
                    backlog = turn = 'ours' AND d.at < (SELECT added_at FROM shop WHERE id = ?1)
             FROM (
               SELECT id AS thread, min(coalesce(limit_at, ?4), coalesce(?5 + last_in_at, ?4)) AS at,
                 iif(coalesce(limit_at, ?4) <= coalesce(?5 + last_in_at, ?4), limit_rule, ?6) AS rule
               FROM conversation WHERE shop = ?1 AND kind = ?2 AND stars IS ?3
             ) AS d
             WHERE id = d.thread AND (due_at <> d.at OR due_rule <> d.rule)",
        )?;
        let mut changed = 0;
        for kind in Kind::ALL {
            let stars =
                std::iter::once(None).chain((*kind == Kind::Review).then_some(1..=5).into_iter().flatten().map(Some));
            for stars in stars {
                let rule = pack.deadline(*kind, stars);
                let pause = rule.map(|rule| i64::from(rule.hours) * 3_600_000);
                let name = rule.map_or("", |rule| rule.name.as_str());
                changed += statement.execute((shop.0, kind.word(), stars, NEVER, pause, name))?;
            }
        }
        Ok(changed)
    }
}
