//! Answers on their way. What may happen to an item is decided by `dragoman_domain::outbox`; here it is made to last.
//!
//! Every change of an item also brings its conversation up to date in the same transaction: the turn, and our own copy of an
//! answer that was accepted, which stands in the thread until the platform shows its own.

use dragoman_domain::outbox::{Event, Item, Nature, Publication, ReadBack, SendRules, State, Watermark};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{
    Channel, ConversationId, Direction, Kind, MessageId, OutboxId, RemoteId, ShopId, Timestamp, incoming, matching,
};
use rusqlite::{OptionalExtension, Row};
use uuid::Uuid;

use crate::column::{self, instant, millis, millis_up};
use crate::file::upload;
use crate::search::index::{self, Facets};
use crate::{Error, Reader, Writer};

/// Messages of a thread that are looked through for an answer that has just been accepted.
const NEWEST: u32 = 50;
/// Begins the id of our own copy of an answer; the item's key follows.
pub(crate) const LOCAL: &str = "local:";

/// An item with what is needed to carry it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Our number.
    pub id: OutboxId,
    /// The item.
    pub item: Item,
    /// The shop's platform.
    pub channel: Channel,
    /// Kind of the conversation.
    pub kind: Kind,
    /// The platform's id of the conversation.
    pub conversation: RemoteId,
}

/// What became of a wish to queue an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The item as it stands.
    pub entry: OutboxEntry,
    /// It had been queued before under this key, and nothing was changed.
    pub repeated: bool,
}

fn entry(row: &Row<'_>) -> rusqlite::Result<OutboxEntry> {
    Ok(OutboxEntry {
        id: OutboxId(row.get(0)?),
        item: column::json(row, 1)?,
        channel: column::word(row, 2)?,
        kind: column::word(row, 3)?,
        conversation: RemoteId(row.get(4)?),
    })
}

/// `SELECT` of an entry with the given rest of the statement.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.record, s.channel, c.kind, c.remote_id
             FROM outbox o JOIN conversation c ON c.id = o.conversation JOIN shop s ON s.id = o.shop ",
            $rest
        )
    };
}

pub(crate) const BY_ID: &str = select!("WHERE o.id = ?");
pub(crate) const BY_UID: &str = select!("WHERE o.uid = ?");
pub(crate) const OF_CONVERSATION: &str = select!("WHERE o.conversation = ? ORDER BY o.id");
pub(crate) const NEWEST_ANSWER: &str = select!(
    "WHERE o.conversation = ? AND o.state = 'sent' AND o.action IN ('reply', 'edit') ORDER BY o.id DESC LIMIT 1"
);
pub(crate) const DUE: &str =
    select!("WHERE o.state IN ('queued', 'unknown') AND o.due_at <= ? ORDER BY o.due_at, o.id LIMIT ?");
pub(crate) const LIVE: &str = select!("WHERE o.settled_at IS NULL AND o.id < ? ORDER BY o.id DESC LIMIT ?");
pub(crate) const ALL: &str = select!("WHERE o.id < ? ORDER BY o.id DESC LIMIT ?");
pub(crate) const IN_STATE: &str = select!("WHERE o.settled_at IS NULL AND o.state = ? ORDER BY o.id");
pub(crate) const NEXT_DUE: &str = "SELECT min(due_at) FROM outbox WHERE state IN ('queued', 'unknown')";
pub(crate) const NEXT_DUE_AFTER: &str =
    "SELECT min(due_at) FROM outbox WHERE state IN ('queued', 'unknown') AND due_at > ?";

impl Reader<'_> {
    /// One item.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn outbox_entry(&self, id: OutboxId) -> Result<OutboxEntry, Error> {
        let mut statement = self.conn.prepare_cached(BY_ID)?;
        statement.query_row([id.0], entry).optional()?.ok_or_else(|| Error::missing("outbox item", id))
    }

    /// The item queued under a key.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outbox_by_uid(&self, uid: Uuid) -> Result<Option<OutboxEntry>, Error> {
        Ok(self.conn.prepare_cached(BY_UID)?.query_row([uid.to_string()], entry).optional()?)
    }

    /// Every item of a conversation, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outbox_of(&self, conversation: ConversationId) -> Result<Vec<OutboxEntry>, Error> {
        self.entries(OF_CONVERSATION, [conversation.0])
    }

    /// What the worker is to look at now, the longest due first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outbox_due(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, Error> {
        self.entries(DUE, (millis(now), limit))
    }

    /// When the worker is to look again; `None` while nothing waits for it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.conn.prepare_cached(NEXT_DUE)?.query_row([], |row| column::time_if_any(row, 0))?)
    }

    /// When the worker is to look again for what is not due yet; `None` while nothing else waits.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_due_after(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let mut statement = self.conn.prepare_cached(NEXT_DUE_AFTER)?;
        Ok(statement.query_row([millis(now)], |row| column::time_if_any(row, 0))?)
    }

    /// Items newest first, older than `before` (`None` = from the newest); settled ones only if asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outbox(&self, settled_too: bool, before: Option<OutboxId>, limit: u32) -> Result<Vec<OutboxEntry>, Error> {
        let before = before.map_or(i64::MAX, |id| id.0);
        self.entries(if settled_too { ALL } else { LIVE }, (before, limit))
    }

    /// Every item in a state that is not settled, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outbox_in_state(&self, state: State) -> Result<Vec<OutboxEntry>, Error> {
        self.entries(IN_STATE, [state.word()])
    }

    /// The newest answer of ours that was accepted.
    pub(crate) fn newest_answer(&self, conversation: ConversationId) -> Result<Option<OutboxEntry>, Error> {
        Ok(self.conn.prepare_cached(NEWEST_ANSWER)?.query_row([conversation.0], entry).optional()?)
    }

    fn entries(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<OutboxEntry>, Error> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let entries = statement.query_map(params, entry)?.collect::<Result<_, _>>()?;
        Ok(entries)
    }

    /// What a conversation looks like now, to be compared with before an answer leaves.
    ///
    /// # Errors
    /// Those of the database.
    pub fn watermark(&self, conversation: ConversationId) -> Result<Watermark, Error> {
        // Our own copy has no id that the platform would show.
        let mut last_own = self.conn.prepare_cached(
            "SELECT remote_id FROM message WHERE conversation = ? AND direction = 'out' AND version > 0
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )?;
        let mut own =
            self.conn.prepare_cached("SELECT count(*) FROM message WHERE conversation = ? AND direction = 'out'")?;
        let mut last_in = self.conn.prepare_cached(
            "SELECT remote_id FROM message WHERE conversation = ? AND direction = 'in' AND author <> 'bot'
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )?;
        let remote = |row: &Row<'_>| row.get(0).map(RemoteId);
        Ok(Watermark {
            last_own: last_own.query_row([conversation.0], remote).optional()?,
            own: own.query_row([conversation.0], |row| row.get(0))?,
            last_in: last_in.query_row([conversation.0], remote).optional()?,
        })
    }

    /// Messages that already belong to other items of the conversation, so that two equal answers need two messages.
    ///
    /// Store a thread that was read back before asking: our own copies are matched with it then.
    ///
    /// # Errors
    /// Those of the database.
    pub fn claimed(&self, conversation: ConversationId, except: OutboxId) -> Result<Vec<RemoteId>, Error> {
        let entries = self.outbox_of(conversation)?;
        Ok(entries.into_iter().filter(|entry| entry.id != except).filter_map(|entry| entry.item.remote_id).collect())
    }

    /// Our own copies of answers that the platform has not shown yet and gave no id for, oldest first.
    pub(crate) fn echoes_of(&self, conversation: i64) -> Result<Vec<Echo>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.id, o.id, o.record, m.attachments FROM message m JOIN outbox o ON o.uid = substr(m.remote_id, 7)
             WHERE m.conversation = ? AND m.version = 0 AND substr(m.remote_id, 1, 6) = 'local:' ORDER BY m.id",
        )?;
        let echoes = statement
            .query_map([conversation], |row| {
                let (message, id) = (MessageId(row.get(0)?), OutboxId(row.get(1)?));
                Ok(Echo { message, id, item: column::json(row, 2)?, attachments: row.get(3)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(echoes)
    }

    /// Whether a message is still our own copy.
    pub(crate) fn is_echo(&self, message: MessageId) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached("SELECT 1 FROM message WHERE id = ? AND version = 0")?;
        Ok(statement.exists([message.0])?)
    }
}

/// Our own copy of an answer, which the platform has not shown yet.
pub(crate) struct Echo {
    pub(crate) message: MessageId,
    id: OutboxId,
    item: Item,
    /// As they lie in the thread, JSON.
    pub(crate) attachments: String,
}

impl Echo {
    /// Whether a thread shows this answer.
    pub(crate) fn reads_like(&self, shown: &incoming::Incoming) -> bool {
        let rules = SendRules { nature: Nature::Append, ..SendRules::UNDECLARED };
        matches!(matching::read_back(&self.item, &rules, shown, |_| false), ReadBack::Found(_))
    }
}

impl Writer<'_> {
    /// Queues an item, together with its conversation's new turn. The same key twice is the same item.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another action or conversation.
    pub fn queue(&self, item: &Item) -> Result<Queued, Error> {
        if let Some(entry) = self.outbox_by_uid(item.uid)? {
            if !entry.item.asks_for(item.conversation, item.action, item.act.as_ref()) {
                return Err(Error::KeyReused { key: item.uid.to_string() });
            }
            return Ok(Queued { entry, repeated: true });
        }
        self.conn
            .prepare_cached(
                "INSERT INTO outbox (uid, shop, conversation, action, text, state, reason, due_at, record, created_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute((
                item.uid.to_string(),
                item.shop.0,
                item.conversation.0,
                item.action.word(),
                &item.text,
                item.state.word(),
                item.reason.word(),
                millis_up(item.due_at),
                serde_json::to_string(item)?,
                millis(item.created_at),
            ))?;
        let id = OutboxId(self.conn.last_insert_rowid());
        self.use_uploads(&item.files, id)?;
        self.change_standing(item.conversation.0, |_| {})?;
        Ok(Queued { entry: self.outbox_entry(id)?, repeated: false })
    }

    /// Loads an item, changes it and stores it, with its conversation's turn and our own copy of an accepted answer.
    ///
    /// Use it with [`Durability::Full`](crate::Durability::Full): a socket may open only after `sending` is on the disk.
    ///
    /// # Errors
    /// [`Error::Missing`], and whatever the closure refuses; then nothing is changed.
    pub fn update_outbox<T>(
        &self,
        id: OutboxId,
        change: impl FnOnce(&mut Item) -> Result<T, Error>,
    ) -> Result<(OutboxEntry, T), Error> {
        let mut entry = self.outbox_entry(id)?;
        let before = entry.item.state;
        let value = change(&mut entry.item)?;
        self.put_item(id, &entry.item)?;
        if entry.item.state == State::Sent && before != State::Sent {
            self.carried_out(&entry)?;
        }
        let rewritten = self.keep_echo(&entry)? || entry.item.action == ActionKind::Delete;
        if rewritten {
            self.recount(entry.item.conversation.0)?;
        } else {
            self.change_standing(entry.item.conversation.0, |_| {})?;
        }
        Ok((entry, value))
    }

    /// Tells every item that was being sent that the program has restarted. Returns those it concerned.
    ///
    /// # Errors
    /// Those of the database.
    pub fn restart_outbox(
        &self,
        rules: impl Fn(&OutboxEntry) -> SendRules,
        now: Timestamp,
    ) -> Result<Vec<OutboxId>, Error> {
        let interrupted = self.outbox_in_state(State::Sending)?;
        for entry in &interrupted {
            let rules = rules(entry);
            self.update_outbox(entry.id, |item| Ok(item.apply(Event::Restarted, &rules, now)?))?;
        }
        Ok(interrupted.into_iter().map(|entry| entry.id).collect())
    }

    /// A fence for the next lease, larger than every one before, across restarts too.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_fence(&self) -> Result<u64, Error> {
        let mut statement = self.conn.prepare_cached("UPDATE home SET fence = fence + 1 RETURNING fence")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn put_item(&self, id: OutboxId, item: &Item) -> Result<(), Error> {
        self.conn
            .prepare_cached(
                "UPDATE outbox SET text = ?, state = ?, reason = ?, due_at = ?, record = ?, settled_at = ? WHERE id = ?",
            )?
            .execute((
                &item.text,
                item.state.word(),
                item.reason.word(),
                millis_up(item.due_at),
                serde_json::to_string(item)?,
                item.settled_at.map(millis),
                id.0,
            ))?;
        Ok(())
    }

    /// Notes which message of the platform an answer of ours turned out to be.
    pub(crate) fn claim(&self, echo: &Echo, remote_id: &RemoteId) -> Result<(), Error> {
        let mut item = echo.item.clone();
        item.remote_id = Some(remote_id.clone());
        self.put_item(echo.id, &item)
    }

    /// Puts our own copy of an accepted answer into its thread, and takes it out if the answer was refused after all. True if
    /// the thread was changed.
    fn keep_echo(&self, entry: &OutboxEntry) -> Result<bool, Error> {
        let item = &entry.item;
        if item.action != ActionKind::Reply {
            return Ok(false);
        }
        let wanted = item.state == State::Sent && item.publication != Some(Publication::Refused);
        let local = RemoteId(format!("{LOCAL}{}", item.uid));
        let names = [Some(&local), item.remote_id.as_ref()];
        let mut found = None;
        for name in names.into_iter().flatten() {
            found = found.or(self.message_named(item.shop, name)?);
        }
        match (wanted, found) {
            (true, None) => match self.shown_already(entry)? {
                // A fetch was faster than the note of how the call ended.
                Some(shown) => {
                    self.put_item(entry.id, &Item { remote_id: Some(shown), ..item.clone() })?;
                    Ok(false)
                }
                None => {
                    self.insert_echo(entry, item.remote_id.as_ref().unwrap_or(&local))?;
                    Ok(true)
                }
            },
            (false, Some((message, 0))) => {
                index::delete(self.conn, message)?;
                self.conn.prepare_cached("DELETE FROM message WHERE id = ?")?.execute([message.0])?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The platform's copy of an accepted answer, if it was fetched before the acceptance was noted and is nobody else's.
    fn shown_already(&self, entry: &OutboxEntry) -> Result<Option<RemoteId>, Error> {
        let stored = self.messages(entry.item.conversation, None, NEWEST)?;
        let messages = stored.into_iter().filter(|message| message.version > 0).map(|message| {
            let (id, at, text) = (message.remote_id, message.sent_at, message.text);
            let direction = message.direction;
            incoming::IncomingMessage {
                direction,
                ..incoming::IncomingMessage::new(id, message.author, at, text, String::new())
            }
        });
        let thread = incoming::Incoming {
            kind: entry.kind,
            remote_id: entry.conversation.clone(),
            facts: incoming::Facts::default(),
            messages: messages.collect(),
            mark: None,
        };
        let others = self.claimed(entry.item.conversation, entry.id)?;
        let rules = SendRules { nature: Nature::Append, ..SendRules::UNDECLARED };
        match matching::read_back(&entry.item, &rules, &thread, |message| others.contains(&message.remote_id)) {
            ReadBack::Found(found) => Ok(found),
            _ => Ok(None),
        }
    }

    fn message_named(&self, shop: ShopId, name: &RemoteId) -> Result<Option<(MessageId, i64)>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, version FROM message WHERE shop = ? AND remote_id = ?")?;
        let found = statement.query_row((shop.0, name.as_str()), |row| Ok((MessageId(row.get(0)?), row.get(1)?)));
        Ok(found.optional()?)
    }

    fn insert_echo(&self, entry: &OutboxEntry, name: &RemoteId) -> Result<(), Error> {
        let item = &entry.item;
        let last_at: i64 = self
            .conn
            .prepare_cached("SELECT last_at FROM conversation WHERE id = ?")?
            .query_row([item.conversation.0], |row| row.get(0))?;
        // Behind what it answers, whatever the two clocks say.
        let sent_at = millis(item.settled_at.unwrap_or(item.created_at)).max(last_at.saturating_add(1));
        let id = self.next_message();
        let stubs: Vec<_> = item.files.iter().map(upload::stub).collect();
        self.conn
            .prepare_cached(
                "INSERT INTO message (id, shop, conversation, remote_id, direction, author, sent_at, text, attachments, version)
                 VALUES (?, ?, ?, ?, ?, 'seller', ?, ?, ?, 0)",
            )?
            .execute((
                id,
                item.shop.0,
                item.conversation.0,
                name.as_str(),
                Direction::Out.word(),
                sent_at,
                &item.text,
                if stubs.is_empty() { String::new() } else { serde_json::to_string(&stubs)? },
            ))?;
        self.take_message();
        self.show_uploads(MessageId(id), &item.files)?;
        let mut tokens = String::new();
        self.analyser().tokens(&item.text, &mut tokens);
        let facets = Facets::new(item.shop, entry.kind, instant(sent_at), &stubs);
        Ok(index::insert(self.conn, MessageId(id), &tokens, &facets)?)
    }
}
