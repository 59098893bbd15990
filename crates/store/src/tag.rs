//! Stars and tags: how a person sorts conversations.

use dragoman_domain::tag::TagColour;
use dragoman_domain::{ConversationId, TagId};
use rusqlite::{OptionalExtension, Row};

use crate::column;
use crate::search::folded;
use crate::{Error, Reader, Writer};

/// Tags of a home, at most.
pub const MOST: usize = 200;

/// A word that a person puts on conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Our number.
    pub id: TagId,
    /// Its name, as [`dragoman_domain::tag::tag_name`] leaves it.
    pub name: String,
    /// Its colour.
    pub colour: TagColour,
    /// Conversations that have it.
    pub conversations: u64,
}

/// What became of a tag that was to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is so now.
    Kept(Tag),
    /// Another one has this name, perhaps in other letters.
    Taken,
    /// There are [`MOST`] already.
    TooMany,
}

const TAGS: &str = "SELECT g.id, g.name, g.colour, (SELECT count(*) FROM conversation_tag WHERE tag = g.id) FROM tag g";

fn tag(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag { id: TagId(row.get(0)?), name: row.get(1)?, colour: column::word(row, 2)?, conversations: row.get(3)? })
}

impl Reader<'_> {
    /// Every tag, in the order they were made.
    ///
    /// # Errors
    /// Those of the database.
    pub fn tags(&self) -> Result<Vec<Tag>, Error> {
        let mut statement = self.conn.prepare_cached(&format!("{TAGS} ORDER BY g.id"))?;
        let tags = statement.query_map([], tag)?.collect::<Result<_, _>>()?;
        Ok(tags)
    }

    /// One tag.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn tag(&self, id: TagId) -> Result<Tag, Error> {
        let mut statement = self.conn.prepare_cached(&format!("{TAGS} WHERE g.id = ?"))?;
        statement.query_row([id.0], tag).optional()?.ok_or_else(|| Error::missing("tag", id))
    }

    /// Whether a conversation has a tag.
    pub(crate) fn is_tagged(&self, conversation: ConversationId, tag: TagId) -> Result<bool, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT 1 FROM conversation_tag WHERE conversation = ? AND tag = ?")?;
        Ok(statement.exists((conversation.0, tag.0))?)
    }
}

impl Writer<'_> {
    /// Makes a tag.
    ///
    /// # Errors
    /// Those of the database.
    pub fn add_tag(&self, name: &str, colour: TagColour) -> Result<Named, Error> {
        let tags = self.tags()?;
        if tags.len() >= MOST {
            return Ok(Named::TooMany);
        }
        if tags.iter().any(|tag| folded(&tag.name) == folded(name)) {
            return Ok(Named::Taken);
        }
        self.conn.prepare_cached("INSERT INTO tag (name, colour) VALUES (?, ?)")?.execute((name, colour.word()))?;
        self.tag(TagId(self.conn.last_insert_rowid())).map(Named::Kept)
    }

    /// Gives a tag another name or colour.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn change_tag(&self, id: TagId, name: &str, colour: TagColour) -> Result<Named, Error> {
        if self.tags()?.iter().any(|tag| tag.id != id && folded(&tag.name) == folded(name)) {
            return Ok(Named::Taken);
        }
        self.conn.prepare_cached("UPDATE tag SET name = ?, colour = ? WHERE id = ?")?.execute((
            name,
            colour.word(),
            id.0,
        ))?;
        self.tag(id).map(Named::Kept)
    }

    /// Removes a tag from everything it was on.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn remove_tag(&self, id: TagId) -> Result<(), Error> {
        match self.conn.prepare_cached("DELETE FROM tag WHERE id = ?")?.execute([id.0])? {
            0 => Err(Error::missing("tag", id)),
            _ => Ok(()),
        }
    }

    /// Puts a tag on a conversation, or takes it off. True if that changed anything.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such tag; nothing happens to a conversation that is gone.
    pub fn set_tag(&self, conversation: ConversationId, tag: TagId, on: bool) -> Result<bool, Error> {
        if !on {
            let mut statement =
                self.conn.prepare_cached("DELETE FROM conversation_tag WHERE conversation = ? AND tag = ?")?;
            return Ok(statement.execute((conversation.0, tag.0))? > 0);
        }
        if !self.conn.prepare_cached("SELECT 1 FROM tag WHERE id = ?")?.exists([tag.0])? {
            return Err(Error::missing("tag", tag));
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT OR IGNORE INTO conversation_tag (conversation, tag, last_at)
             SELECT id, ?2, last_at FROM conversation WHERE id = ?1",
        )?;
        Ok(statement.execute((conversation.0, tag.0))? > 0)
    }

    /// Gives a conversation these tags and no others.
    ///
    /// # Errors
    /// [`Error::Missing`] if one of them does not exist, or the conversation does not.
    pub fn set_tags(&self, conversation: ConversationId, tags: &[TagId]) -> Result<(), Error> {
        let before = self.conversation_row(conversation)?.tags;
        for gone in before.iter().filter(|tag| !tags.contains(tag)) {
            self.set_tag(conversation, *gone, false)?;
        }
        for tag in tags {
            self.set_tag(conversation, *tag, true)?;
        }
        Ok(())
    }

    /// Gives a conversation a star, or takes it away. True if that changed anything.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn set_star(&self, conversation: ConversationId, on: bool) -> Result<bool, Error> {
        let changed = self
            .conn
            .prepare_cached("UPDATE conversation SET starred = ?1 WHERE id = ?2 AND starred <> ?1")?
            .execute((on, conversation.0))?;
        if changed == 0
            && !self.conn.prepare_cached("SELECT 1 FROM conversation WHERE id = ?")?.exists([conversation.0])?
        {
            return Err(Error::missing("conversation", conversation));
        }
        Ok(changed > 0)
    }
}
