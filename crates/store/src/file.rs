//! Files of messages and answers: which of them are here, why others are not, and their bytes beside the database.
//!
//! A row of `file` exists once somebody wanted the bytes of an attachment; a row of `upload` is a file of ours that goes with an
//! answer. The bytes lie in `files/` under random names, which never leave this crate as a path.

mod folder;
pub(crate) mod upload;

use std::collections::{HashMap, HashSet};

use dragoman_domain::file::FileCause;
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::{ConversationId, MessageId, ShopId, Timestamp};
use rusqlite::{OptionalExtension, Row};

pub(crate) use self::folder::Folder;
pub use self::folder::{FileStream, Saved, Swept};
pub use self::upload::Upload;
use crate::column::{self, millis};
use crate::{Error, Reader, Writer};

/// Conversations whose files are fetched ahead.
const AHEAD: u32 = 200;

/// What is known of an attachment's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Which of the message's attachments, from 0.
    pub place: u32,
    /// Where it stands.
    pub state: AttachmentState,
    /// Name on disk, empty until stored.
    pub name: String,
    /// Media type found from the bytes.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// How often it was asked for in vain.
    pub tries: u32,
    /// When it may be asked for again.
    pub next_at: Timestamp,
    /// Why it is not here.
    pub cause: FileCause,
}

impl StoredFile {
    /// A file that nobody has asked for yet.
    pub const fn wanted(place: u32) -> Self {
        Self {
            place,
            state: AttachmentState::Remote,
            name: String::new(),
            mime: String::new(),
            size: 0,
            sha256: String::new(),
            tries: 0,
            next_at: Timestamp::UNIX_EPOCH,
            cause: FileCause::None,
        }
    }
}

/// An attachment with everything that is needed to fetch or to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The message.
    pub message: MessageId,
    /// Which of its attachments, from 0.
    pub place: u32,
    /// The message's shop.
    pub shop: ShopId,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// What the platform says of it.
    pub stub: AttachmentStub,
    /// What is known of its bytes.
    pub file: StoredFile,
}

impl Attached {
    /// Where it stands: the platform's word until somebody asked for the bytes.
    pub fn state(&self) -> AttachmentState {
        if self.file.state == AttachmentState::Remote { self.stub.state } else { self.file.state }
    }
}

const OF_MESSAGE: &str =
    "SELECT place, state, name, mime, size, sha256, tries, next_at, cause FROM file WHERE message = ?";
const MESSAGE: &str = "SELECT id, shop, conversation, attachments FROM message WHERE id = ?";
/// Newest first, and only what buyers sent to us in conversations that wait for our answer.
pub(crate) const AHEAD_OF_ANSWERS: &str = "SELECT m.id, m.shop, m.conversation, m.attachments
     FROM (SELECT id FROM conversation WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL
           ORDER BY last_at DESC LIMIT ?1) c
     JOIN message m ON m.conversation = c.id JOIN shop s ON s.id = m.shop AND s.pause = ''
     WHERE m.attachments <> '' AND m.direction = 'in' ORDER BY m.sent_at DESC, m.id DESC";

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredFile> {
    let cause = column::word_if_any(row, 8)?;
    Ok(StoredFile {
        place: row.get(0)?,
        state: column::word(row, 1)?,
        name: row.get(2)?,
        mime: row.get(3)?,
        size: row.get(4)?,
        sha256: row.get(5)?,
        tries: row.get(6)?,
        next_at: column::time(row, 7)?,
        cause: cause.unwrap_or(FileCause::None),
    })
}

type Holder = (MessageId, ShopId, ConversationId, Vec<AttachmentStub>);

fn holder(row: &Row<'_>) -> rusqlite::Result<Holder> {
    let stubs = column::json_if_any(row, 3)?.unwrap_or_default();
    Ok((MessageId(row.get(0)?), ShopId(row.get(1)?), ConversationId(row.get(2)?), stubs))
}

impl Reader<'_> {
    /// What is known of the files of a message, by their places.
    ///
    /// # Errors
    /// Those of the database.
    pub fn files_of(&self, message: MessageId) -> Result<Vec<StoredFile>, Error> {
        let mut statement = self.conn.prepare_cached(OF_MESSAGE)?;
        let files = statement.query_map([message.0], stored)?.collect::<Result<_, _>>()?;
        Ok(files)
    }

    /// One attachment.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such message, or it has no attachment at that place.
    pub fn attached(&self, message: MessageId, place: u32) -> Result<Attached, Error> {
        let missing = || Error::missing("attachment", format!("{message}/{place}"));
        let holder = self.conn.prepare_cached(MESSAGE)?.query_row([message.0], holder).optional()?;
        let all = self.attached_to(holder.ok_or_else(missing)?)?;
        all.into_iter().find(|attached| attached.place == place).ok_or_else(missing)
    }

    fn attached_to(&self, (message, shop, conversation, stubs): Holder) -> Result<Vec<Attached>, Error> {
        let mut known: HashMap<u32, StoredFile> =
            self.files_of(message)?.into_iter().map(|file| (file.place, file)).collect();
        let attached = (0..).zip(stubs).map(|(place, stub)| {
            let file = known.remove(&place).unwrap_or_else(|| StoredFile::wanted(place));
            Attached { message, place, shop, conversation, stub, file }
        });
        Ok(attached.collect())
    }

    /// What is to be fetched before anybody asks: files of buyers in conversations that are ours to answer, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn files_ahead(&self, now: Timestamp, limit: usize) -> Result<Vec<Attached>, Error> {
        let mut statement = self.conn.prepare_cached(AHEAD_OF_ANSWERS)?;
        let mut wanted = Vec::new();
        for holder in statement.query_map([AHEAD], holder)? {
            let due = self.attached_to(holder?)?.into_iter().filter(|attached| {
                matches!(attached.state(), AttachmentState::Remote | AttachmentState::Pending)
                    && attached.file.next_at <= now
            });
            wanted.extend(due);
            if wanted.len() >= limit {
                break;
            }
        }
        wanted.truncate(limit);
        Ok(wanted)
    }

    /// Every name on disk that a row gives.
    pub(crate) fn file_names(&self) -> Result<HashSet<String>, Error> {
        let mut statement =
            self.conn.prepare("SELECT name FROM file WHERE name <> '' UNION SELECT file FROM upload")?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }
}

impl Writer<'_> {
    /// Notes what is known of an attachment's bytes. Nothing is noted if the message is gone meanwhile; then `false`.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_file(&self, message: MessageId, file: &StoredFile) -> Result<bool, Error> {
        let there = self.conn.prepare_cached("SELECT 1 FROM message WHERE id = ?")?.exists([message.0])?;
        if there {
            self.conn
                .prepare_cached(
                    "INSERT OR REPLACE INTO file (message, place, state, name, mime, size, sha256, tries, next_at, cause)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute((
                    message.0,
                    file.place,
                    file.state.word(),
                    &file.name,
                    &file.mime,
                    file.size,
                    &file.sha256,
                    file.tries,
                    millis(file.next_at),
                    file.cause.word(),
                ))?;
        }
        Ok(there)
    }

    /// Forgets what is known of a message's files where the platform now shows others.
    ///
    /// Addresses may change from one reading to the next, so a stored file stays as long as what the platform says of it does.
    pub(crate) fn renew_files(&self, message: MessageId, before: &str, after: &str) -> Result<(), Error> {
        if before == after || before.is_empty() {
            return Ok(());
        }
        let old: Vec<AttachmentStub> = serde_json::from_str(before)?;
        let new: Vec<AttachmentStub> = if after.is_empty() { Vec::new() } else { serde_json::from_str(after)? };
        for file in self.files_of(message)? {
            let place = file.place as usize;
            let same = match (old.get(place), new.get(place)) {
                // The platform's copy of what we sent, which has no address of ours.
                (Some(old_one), Some(_)) if old_one.source.is_empty() => old.len() == new.len(),
                (Some(old), Some(new)) => (&old.name, &old.mime, old.size) == (&new.name, &new.mime, new.size),
                _ => false,
            };
            if !same || file.state != AttachmentState::Stored {
                self.conn
                    .prepare_cached("DELETE FROM file WHERE message = ? AND place = ?")?
                    .execute((message.0, file.place))?;
            }
        }
        Ok(())
    }
}
