//! Erasing a buyer: rows, index, platform texts, files, and every copy of a text the program itself keeps.
//!
//! 1. One transaction removes everything and leaves a receipt. What was erased must not come back with the next sync, so the
//!    receipt also names each conversation by a hash: a page that shows it again is passed over (`Erased`). Only what the
//!    buyer writes after the erasure is new, and arrives.
//! 2. Deleted words stay in the index's segments and in the log, secure-delete or not (measured 2026-11 on 3.54.1): the index
//!    is merged in small steps until nothing changes, and the log is emptied. Cut short, this is done at the next opportunity:
//!    the receipt says so until then.
//!
//! Backups made before hold the buyer still; they are named with the day they go.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use dragoman_domain::outbox::{Illegal, State};
use dragoman_domain::{ConversationId, Kind, MessageId, ReceiptId, RemoteId, ShopId, SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::column::{self, millis};
use crate::ingest::prepare::Prepared;
use crate::search::index;
use crate::search::merge::Merge;
use crate::{Durability, Error, Priority, Reader, Store, Writer, backup, place};

/// Folder of stored attachments.
const FILES: &str = "files";
/// Conversations of one buyer at most; who has more is no buyer.
const MOST: usize = 10_000;
/// How often emptying the log is tried while somebody reads from it, and the pause between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// How much an erasure concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
    /// Earlier texts of messages.
    pub versions: u64,
    /// The platforms' own texts.
    pub raw: u64,
    /// Texts that were begun and not sent.
    pub drafts: u64,
    /// Answers and actions of ours, on their way or settled.
    pub outbox: u64,
    /// Stored files.
    pub files: u64,
    /// Unreadable items that were put aside.
    pub quarantined: u64,
    /// Cached facts of orders.
    pub orders: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.messages += other.messages;
        self.versions += other.versions;
        self.raw += other.raw;
        self.drafts += other.drafts;
        self.outbox += other.outbox;
        self.files += other.files;
        self.quarantined += other.quarantined;
        self.orders += other.orders;
    }
}

/// Why something was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A person asked for it.
    Asked,
    /// It was older than its shop keeps.
    Age,
}

/// Proof of an erasure: when, by whom, how much. It holds no text and no name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Why.
    pub ground: Ground,
    /// Who asked for it; `retention` for the program itself.
    pub by: String,
    /// The shop.
    pub shop: ShopId,
    /// How much it was.
    pub erased: Tally,
    /// SHA-256 of home, shop, kind and the platform's id of each conversation.
    #[serde(default)]
    pub conversations: Vec<String>,
    /// When the words had left index and log, too; none while that is still to be done.
    #[serde(default)]
    pub purged_at: Option<Timestamp>,
    /// Stored files that are still to be removed from the disk.
    #[serde(default)]
    pub files_left: Vec<String>,
}

/// A receipt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReceipt {
    /// Our number.
    pub id: ReceiptId,
    /// When the rows went.
    pub at: Timestamp,
    /// What it says.
    pub receipt: Receipt,
}

/// A backup that still holds what was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldBackup {
    /// Its name within the home.
    pub name: String,
    /// When the program removes it by itself, if it runs daily; none = a person has to.
    pub expires_at: Option<Timestamp>,
}

/// What was erased, by hash and instant, as pages are compared with it.
pub(crate) struct Erased {
    home: Uuid,
    known: RwLock<HashMap<[u8; 32], i64>>,
}

impl Erased {
    /// Reads the receipts.
    pub(crate) fn load(conn: &Connection, home: Uuid) -> Result<Self, Error> {
        let mut known = HashMap::new();
        let mut statement = conn.prepare("SELECT at, document FROM receipt ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (at, receipt): (i64, Receipt) = (row.get(0)?, column::json(row, 1)?);
            for hash in receipt.conversations {
                let mut bytes = [0; 32];
                if hex::decode_to_slice(hash, &mut bytes).is_ok() {
                    known.insert(bytes, at);
                }
            }
        }
        Ok(Self { home, known: RwLock::new(known) })
    }

    fn hash(&self, shop: ShopId, kind: Kind, remote: &RemoteId) -> [u8; 32] {
        let name = format!("{}\n{shop}\n{}\n{}", self.home, kind.word(), remote.as_str());
        Sha256::digest(name).into()
    }

    fn remember(&self, hashes: &[[u8; 32]], at: i64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(hashes.iter().map(|hash| (*hash, at)));
    }

    fn forget(&self, hashes: &[[u8; 32]]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for hash in hashes {
            known.remove(hash);
        }
    }

    /// Takes out of a page what was erased. A conversation stays if it has anything newer than its erasure, and then only
    /// that of it.
    pub(crate) fn withhold(&self, shop: ShopId, threads: &mut Vec<Prepared>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return;
        }
        threads.retain_mut(|thread| match known.get(&self.hash(shop, thread.kind, &thread.remote_id)) {
            None => true,
            Some(at) => {
                thread.messages.retain(|message| message.sent_at > *at);
                !thread.messages.is_empty()
            }
        });
    }
}

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeptReceipt> {
    Ok(KeptReceipt { id: ReceiptId(row.get(0)?), at: column::time(row, 1)?, receipt: column::json(row, 2)? })
}

impl Reader<'_> {
    /// The receipts, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn receipts(&self, before: Option<ReceiptId>, limit: u32) -> Result<Vec<KeptReceipt>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, at, document FROM receipt WHERE id < ? ORDER BY id DESC LIMIT ?")?;
        let before = before.map_or(i64::MAX, |id| id.0);
        let receipts = statement.query_map((before, limit), kept)?.collect::<Result<_, _>>()?;
        Ok(receipts)
    }

    /// Every conversation of the buyer a conversation is with: of the same shop, under the platform's id of the buyer or with
    /// one of the buyer's orders. The conversation itself is among them.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn same_buyer(&self, conversation: ConversationId) -> Result<Vec<ConversationId>, Error> {
        let mut find = self.conn.prepare_cached("SELECT shop, buyer_id, order_no FROM conversation WHERE id = ?")?;
        let mut by_buyer = self
            .conn
            .prepare_cached("SELECT id FROM conversation WHERE shop = ? AND buyer_id = ? AND buyer_id <> ''")?;
        let mut by_order = self
            .conn
            .prepare_cached("SELECT id FROM conversation WHERE shop = ? AND order_no = ? AND order_no <> ''")?;
        let mut found = vec![conversation.0];
        let mut at = 0;
        // What is found by an order may have a buyer's id, and the other way round.
        while let Some(id) = found.get(at).copied() {
            let facts: Option<(i64, String, String)> =
                find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
            let Some((shop, buyer, order)) = facts else { return Err(Error::missing("conversation", id)) };
            for (statement, key) in [(&mut by_buyer, &buyer), (&mut by_order, &order)] {
                if key.is_empty() {
                    continue;
                }
                for other in statement.query_map((shop, key), |row| row.get::<_, i64>(0))? {
                    let other = other?;
                    if !found.contains(&other) && found.len() < MOST {
                        found.push(other);
                    }
                }
            }
            at += 1;
        }
        found.sort_unstable();
        Ok(found.into_iter().map(ConversationId).collect())
    }

    /// How much of conversations there is to erase.
    ///
    /// # Errors
    /// [`Error::Missing`] if one of them is not there.
    pub fn tally(&self, conversations: &[ConversationId]) -> Result<Tally, Error> {
        let mut total = Tally::default();
        for id in conversations {
            total.add(self.tally_of(*id)?);
        }
        Ok(total)
    }

    fn tally_of(&self, id: ConversationId) -> Result<Tally, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT 1,
               (SELECT count(*) FROM message WHERE conversation = c.id),
               (SELECT count(*) FROM message m JOIN message_version v ON v.message = m.id WHERE m.conversation = c.id),
               (SELECT count(*) FROM message m JOIN raw r ON r.message = m.id WHERE m.conversation = c.id),
               draft <> '' OR EXISTS (SELECT 1 FROM draft_file WHERE conversation = c.id),
               (SELECT count(*) FROM outbox WHERE conversation = c.id),
               (SELECT count(*) FROM message m JOIN file f ON f.message = m.id WHERE m.conversation = c.id AND f.name <> ''),
               (SELECT count(*) FROM quarantine q WHERE q.shop = c.shop AND (q.remote_id = c.remote_id
                  OR q.remote_id IN (SELECT remote_id FROM message WHERE conversation = c.id))),
               (SELECT count(*) FROM purchase p WHERE p.shop = c.shop AND p.number = c.order_no)
             FROM conversation c WHERE c.id = ?",
        )?;
        let tally = statement.query_row([id.0], |row| {
            Ok(Tally {
                conversations: row.get(0)?,
                messages: row.get(1)?,
                versions: row.get(2)?,
                raw: row.get(3)?,
                drafts: row.get(4)?,
                outbox: row.get(5)?,
                files: row.get(6)?,
                quarantined: row.get(7)?,
                orders: row.get(8)?,
            })
        });
        tally.optional()?.ok_or_else(|| Error::missing("conversation", id))
    }
}

/// What a removal leaves to be done outside of the database.
pub(crate) struct Removed {
    pub(crate) tally: Tally,
    pub(crate) files: Vec<String>,
}

impl Writer<'_> {
    /// Removes conversations with everything that belongs to them.
    pub(crate) fn remove_conversations(&self, ids: &[ConversationId]) -> Result<Removed, Error> {
        let mut removed = Removed { tally: Tally::default(), files: Vec::new() };
        for id in ids {
            removed.tally.add(self.tally_of(*id)?);
            let messages: Vec<i64> = self
                .conn
                .prepare_cached("SELECT id FROM message WHERE conversation = ?")?
                .query_map([id.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let names: Vec<String> = self
                .conn
                .prepare_cached(
                    "SELECT DISTINCT f.name FROM message m JOIN file f ON f.message = m.id
                     WHERE m.conversation = ?1 AND f.name <> '' AND NOT EXISTS (
                       SELECT 1 FROM file g JOIN message n ON n.id = g.message
                       WHERE g.name = f.name AND n.conversation <> ?1)",
                )?
                .query_map([id.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            removed.files.extend(names);
            removed.files.extend(self.remove_draft_files(*id)?);
            let (shop, remote, order): (i64, String, String) = self
                .conn
                .prepare_cached("SELECT shop, remote_id, order_no FROM conversation WHERE id = ?")?
                .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            self.conn
                .prepare_cached(
                    "DELETE FROM quarantine WHERE shop = ?1 AND (remote_id = ?2
                       OR remote_id IN (SELECT remote_id FROM message WHERE conversation = ?3))",
                )?
                .execute((shop, &remote, id.0))?;
            for message in messages {
                index::delete(self.conn, MessageId(message))?;
            }
            self.conn.prepare_cached("DELETE FROM message WHERE conversation = ?")?.execute([id.0])?;
            self.conn.prepare_cached("DELETE FROM conversation WHERE id = ?")?.execute([id.0])?;
            if !order.is_empty() {
                self.conn
                    .prepare_cached(
                        "DELETE FROM purchase WHERE shop = ?1 AND number = ?2
                         AND NOT EXISTS (SELECT 1 FROM conversation WHERE order_no = ?2 AND shop = ?1)",
                    )?
                    .execute((shop, &order))?;
            }
        }
        // The ids of what goes now are never given again; answers kept for repeated requests may repeat a buyer's words.
        self.conn.execute("UPDATE home SET last_message = max(last_message, ?)", [self.next_message() - 1])?;
        self.conn.execute("UPDATE request SET body = '{}' WHERE status <> 0", [])?;
        Ok(removed)
    }

    /// Removes files that only this conversation's draft names. Returns their names on disk.
    fn remove_draft_files(&self, id: ConversationId) -> Result<Vec<String>, Error> {
        let mut statement = self.conn.prepare_cached(
            "DELETE FROM upload WHERE outbox IS NULL AND id IN (SELECT upload FROM draft_file WHERE conversation = ?1)
             AND NOT EXISTS (SELECT 1 FROM draft_file d WHERE d.upload = upload.id AND d.conversation <> ?1)
             RETURNING file",
        )?;
        let names = statement.query_map([id.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// Refuses while an answer may be on its way to one of them: what became of it could not be found out any more.
    fn refuse_while_sending(&self, ids: &[ConversationId]) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT state FROM outbox WHERE conversation = ? AND state IN ('sending', 'unknown') LIMIT 1",
        )?;
        for id in ids {
            let state: Option<State> = statement.query_row([id.0], |row| column::word(row, 0)).optional()?;
            if let Some(state) = state {
                return Err(Error::Illegal(Illegal { state, event: "erase" }));
            }
        }
        Ok(())
    }

    pub(crate) fn put_receipt(&self, receipt: &Receipt, now: Timestamp) -> Result<ReceiptId, Error> {
        self.conn
            .prepare_cached("INSERT INTO receipt (at, document) VALUES (?, ?)")?
            .execute((millis(now), serde_json::to_string(receipt)?))?;
        Ok(ReceiptId(self.conn.last_insert_rowid()))
    }

    pub(crate) fn change_receipt(&self, kept: &KeptReceipt) -> Result<(), Error> {
        self.conn
            .prepare_cached("UPDATE receipt SET document = ? WHERE id = ?")?
            .execute((serde_json::to_string(&kept.receipt)?, kept.id.0))?;
        Ok(())
    }
}

impl Store {
    /// Erases conversations of one shop for good. Blocks until their words are gone from every file of the home but the
    /// backups, some seconds with a large inbox; others can write meanwhile.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Illegal`] while an answer to one of them is being sent or in doubt. Nothing is erased then.
    pub fn erase(&self, conversations: &[ConversationId], by: &str, now: Timestamp) -> Result<KeptReceipt, Error> {
        let (erased, ids, by) = (self.inner.erased.clone(), conversations.to_vec(), by.to_owned());
        let hashes = self.read(|reader| {
            conversations
                .iter()
                .map(|id| {
                    let row = reader.conversation_row(*id)?;
                    Ok((row.shop, erased.hash(row.shop, row.kind, &row.remote_id)))
                })
                .collect::<Result<Vec<_>, Error>>()
        })?;
        let shop = hashes.first().map_or(ShopId(0), |(shop, _)| *shop);
        let hashes: Vec<[u8; 32]> = hashes.into_iter().map(|(_, hash)| hash).collect();
        let names = hashes.iter().map(hex::encode).collect();
        // Before the rows go: a page that is stored right behind must not bring them back.
        let outcome = {
            let (erased, hashes) = (erased.clone(), hashes.clone());
            self.write(Priority::User, Durability::Full, move |writer| {
                writer.refuse_while_sending(&ids)?;
                let Removed { tally, files } = writer.remove_conversations(&ids)?;
                erased.remember(&hashes, millis(now));
                let receipt = Receipt {
                    ground: Ground::Asked,
                    by,
                    shop,
                    erased: tally,
                    conversations: names,
                    purged_at: None,
                    files_left: files,
                };
                writer.put_receipt(&receipt, now)
            })
            .wait()
        };
        if outcome.is_err() {
            erased.forget(&hashes);
        }
        outcome?;
        let mut done = self.purge(now)?;
        done.pop().ok_or(Error::Closed)
    }

    /// Finishes what erasures and ageing have left: the words leave index and log, the files the disk. Does nothing, and is
    /// quick, when nothing is left. Returns the receipts that are complete now.
    ///
    /// # Errors
    /// Those of the database and the disk; what is left is done the next time.
    pub fn purge(&self, now: Timestamp) -> Result<Vec<KeptReceipt>, Error> {
        let mut left = self.read(|reader| {
            let mut statement = reader.conn.prepare_cached(
                "SELECT id, at, document FROM receipt WHERE json_extract(document, '$.purged_at') IS NULL ORDER BY id",
            )?;
            let left = statement.query_map([], kept)?.collect::<Result<Vec<_>, _>>()?;
            Ok(left)
        })?;
        if left.is_empty() {
            return Ok(left);
        }
        let names: Vec<&str> = left.iter().flat_map(|kept| &kept.receipt.files_left).map(String::as_str).collect();
        remove_files(&self.home().join(FILES), &names)?;
        match self.merge_index() {
            // Emptied by that, before anything else is written: what is in it from now on is of the messages that are left.
            Err(Error::Index { .. }) => {}
            outcome => outcome?,
        }
        self.empty_log()?;
        for kept in &mut left {
            kept.receipt.purged_at = Some(now);
            kept.receipt.files_left.clear();
        }
        let receipts = left.clone();
        self.write(Priority::User, Durability::Full, move |writer| {
            receipts.iter().try_for_each(|kept| writer.change_receipt(kept))
        })
        .wait()?;
        Ok(left)
    }

    /// Merges the whole index; others can write between the steps.
    fn merge_index(&self) -> Result<(), Error> {
        let mut merge = Merge::default();
        loop {
            let (more, back) = self
                .write(Priority::Sync, Durability::Relaxed, move |writer| {
                    let more = writer.merge_index_step(&mut merge)?;
                    Ok((more, merge))
                })
                .wait()?;
            merge = back;
            if !more {
                return Ok(());
            }
        }
    }

    /// Folds the log into the file and empties it, waiting for who reads from it.
    fn empty_log(&self) -> Result<(), Error> {
        for _ in 0..TRIES {
            if self.inner.writer.fold().wait()? {
                return Ok(());
            }
            std::thread::park_timeout(PAUSE);
        }
        Err(Error::Busy)
    }

    /// The backups that were made up to an instant, with the day they go by themselves.
    pub fn backups_until(&self, at: Timestamp) -> Vec<OldBackup> {
        let mut old = Vec::new();
        for file in backup::every(self.home()) {
            let made = fs::metadata(&file).and_then(|about| about.modified()).ok();
            let made = made.and_then(|made| Timestamp::try_from(made).ok());
            let Ok(name) = file.strip_prefix(self.home()) else { continue };
            let name = name.to_string_lossy().into_owned();
            let day = backup::day(&file);
            if day.or(made).is_some_and(|made| made > at) {
                continue;
            }
            let expires_at =
                day.and_then(|day| day.checked_add(SignedDuration::from_hours(24 * i64::from(backup::KEPT))).ok());
            old.push(OldBackup { name, expires_at });
        }
        old
    }
}

/// Removes stored files and what was made of them, such as smaller pictures: whatever begins with their random names.
fn remove_files(folder: &Path, names: &[&str]) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(Error::file("looking for stored files")(cause)),
        };
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
                continue;
            }
            let found = entry.file_name();
            let found = found.to_string_lossy();
            if names.iter().any(|name| !name.is_empty() && found.starts_with(name)) {
                place::remove_if_there(&entry.path()).map_err(Error::file("removing a stored file"))?;
            }
        }
    }
    Ok(())
}
