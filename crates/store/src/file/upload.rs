//! Files of ours that go with an answer: kept from the moment they are chosen until their conversation goes.

use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::FileRef;
use dragoman_domain::{MessageId, OutboxId, SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};
use uuid::Uuid;

use super::StoredFile;
use crate::column::millis;
use crate::{Error, Reader, Writer};

/// How long a file waits for its answer to be sent.
const UNUSED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A file of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Key made by whoever brought it; the same key is the same file.
    pub id: Uuid,
    /// The file.
    pub file: FileRef,
}

fn reference(row: &Row<'_>) -> rusqlite::Result<FileRef> {
    Ok(FileRef { id: row.get(0)?, name: row.get(1)?, mime: row.get(2)?, size: row.get(3)?, sha256: row.get(4)? })
}

impl Reader<'_> {
    /// A file of ours; `None` if there is none, or it was not used in time.
    ///
    /// # Errors
    /// Those of the database.
    pub fn upload(&self, id: Uuid) -> Result<Option<FileRef>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT file, name, mime, size, sha256 FROM upload WHERE id = ?")?;
        Ok(statement.query_row([id.to_string()], reference).optional()?)
    }
}

impl Writer<'_> {
    /// Notes a file of ours. The same key with the same bytes is the same file, and what is stored already stays.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with other bytes.
    pub fn add_upload(&self, upload: &Upload, now: Timestamp) -> Result<FileRef, Error> {
        if let Some(known) = self.upload(upload.id)? {
            if known.sha256 != upload.file.sha256 {
                return Err(Error::KeyReused { key: upload.id.to_string() });
            }
            return Ok(known);
        }
        let FileRef { id, name, mime, size, sha256 } = &upload.file;
        self.conn
            .prepare_cached("INSERT INTO upload (id, file, name, mime, size, sha256, at) VALUES (?, ?, ?, ?, ?, ?, ?)")?
            .execute((upload.id.to_string(), id, name, mime, size, sha256, millis(now)))?;
        Ok(upload.file.clone())
    }

    /// Ties files to the answer they go with, so that they stay as long as it does. Its conversation's draft lets go of them.
    pub(crate) fn use_uploads(&self, files: &[FileRef], item: OutboxId) -> Result<(), Error> {
        for file in files {
            self.conn.prepare_cached("UPDATE upload SET outbox = ? WHERE file = ?")?.execute((item.0, &file.id))?;
            self.conn
                .prepare_cached(
                    "DELETE FROM draft_file WHERE conversation = (SELECT conversation FROM outbox WHERE id = ?1)
                     AND upload IN (SELECT id FROM upload WHERE file = ?2)",
                )?
                .execute((item.0, &file.id))?;
        }
        Ok(())
    }

    /// Forgets files that no answer used in time and no draft names; a sweep then removes their bytes. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub fn drop_unused_uploads(&self, now: Timestamp) -> Result<usize, Error> {
        let before = now.saturating_sub(UNUSED).unwrap_or(Timestamp::MIN);
        Ok(self.conn.execute(
            "DELETE FROM upload WHERE outbox IS NULL AND at < ?
             AND NOT EXISTS (SELECT 1 FROM draft_file d WHERE d.upload = upload.id)",
            [millis(before)],
        )?)
    }

    /// Shows the files of an accepted answer with our own copy of it.
    pub(crate) fn show_uploads(&self, message: MessageId, files: &[FileRef]) -> Result<(), Error> {
        for (place, file) in (0..).zip(files) {
            let stored = StoredFile {
                state: AttachmentState::Stored,
                name: file.id.clone(),
                mime: file.mime.clone(),
                size: file.size,
                sha256: file.sha256.clone(),
                ..StoredFile::wanted(place)
            };
            self.put_file(message, &stored)?;
        }
        Ok(())
    }
}

/// How a file of ours stands in the thread. Without an address: its bytes are here, and the platform's own are not known yet.
pub(crate) fn stub(file: &FileRef) -> AttachmentStub {
    AttachmentStub {
        name: file.name.clone(),
        mime: file.mime.clone(),
        size: Some(file.size),
        source: String::new(),
        state: AttachmentState::Stored,
    }
}
