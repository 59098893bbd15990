//! What was begun and not sent: a text, and the files that are to go with it.

use dragoman_domain::ConversationId;
use dragoman_domain::outbox::FileRef;
use rusqlite::Row;
use uuid::Uuid;

use crate::file::Upload;
use crate::{Error, Reader, Writer};

impl Reader<'_> {
    /// The files of a draft, in their order.
    ///
    /// # Errors
    /// Those of the database.
    pub fn draft_files(&self, conversation: ConversationId) -> Result<Vec<Upload>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT u.id, u.file, u.name, u.mime, u.size, u.sha256 FROM draft_file d JOIN upload u ON u.id = d.upload
             WHERE d.conversation = ? ORDER BY d.place",
        )?;
        let upload = |row: &Row<'_>| -> rusqlite::Result<(String, FileRef)> {
            let file = FileRef {
                id: row.get(1)?,
                name: row.get(2)?,
                mime: row.get(3)?,
                size: row.get(4)?,
                sha256: row.get(5)?,
            };
            Ok((row.get(0)?, file))
        };
        let files: Vec<(String, FileRef)> = statement.query_map([conversation.0], upload)?.collect::<Result<_, _>>()?;
        Ok(files.into_iter().filter_map(|(id, file)| Some(Upload { id: id.parse().ok()?, file })).collect())
    }
}

impl Writer<'_> {
    /// Keeps a text that was begun and not sent; empty removes it.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn set_draft(&self, conversation: ConversationId, text: &str) -> Result<(), Error> {
        match self.conn.execute("UPDATE conversation SET draft = ? WHERE id = ?", (text, conversation.0))? {
            0 => Err(Error::missing("conversation", conversation)),
            _ => Ok(()),
        }
    }

    /// Keeps these files with a draft and no others. They stay as long as a draft names them; what none names any more goes like any
    /// file that no answer used.
    ///
    /// # Errors
    /// [`Error::Missing`] if one of them is not there; nothing is changed then.
    pub fn set_draft_files(&self, conversation: ConversationId, uploads: &[Uuid]) -> Result<(), Error> {
        for id in uploads {
            if self.upload(*id)?.is_none() {
                return Err(Error::missing("upload", id));
            }
        }
        self.conn.prepare_cached("DELETE FROM draft_file WHERE conversation = ?")?.execute([conversation.0])?;
        let mut statement =
            self.conn.prepare_cached("INSERT INTO draft_file (conversation, place, upload) VALUES (?, ?, ?)")?;
        for (place, id) in (0_i64..).zip(uploads) {
            statement.execute((conversation.0, place, id.to_string()))?;
        }
        Ok(())
    }

    /// Puts back into an empty draft what an answer carried that will not leave.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn restore_draft(&self, conversation: ConversationId, text: &str, files: &[FileRef]) -> Result<(), Error> {
        if !self.conversation(conversation)?.draft.is_empty() || !self.draft_files(conversation)?.is_empty() {
            return Ok(());
        }
        self.set_draft(conversation, text)?;
        let mut named = self.conn.prepare_cached("SELECT id FROM upload WHERE file = ?")?;
        let mut uploads = Vec::with_capacity(files.len());
        for file in files {
            let ids = named.query_map([&file.id], |row| row.get::<_, String>(0))?;
            for id in ids {
                uploads.extend(id?.parse::<Uuid>().ok());
            }
        }
        self.set_draft_files(conversation, &uploads)
    }
}
