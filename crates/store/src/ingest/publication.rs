//! What the platform's moderation made of our public answer.

use dragoman_domain::ConversationId;
use dragoman_domain::incoming::Facts;
use dragoman_domain::outbox::Publication;
use rusqlite::OptionalExtension;

use super::Ingested;
use crate::{Error, Writer};

impl Writer<'_> {
    /// Takes over what became of our answer: the conversation's columns have it already, here follow the item that brought
    /// it and, once it is refused, the draft. `before` is the word that was stored until now.
    pub(super) fn take_answer_state(
        &self,
        conversation: ConversationId,
        facts: &Facts,
        before: &str,
        done: &mut Ingested,
    ) -> Result<(), Error> {
        let Some(answer) = &facts.answer else { return Ok(()) };
        let newest = self.newest_answer(conversation)?;
        if let Some(entry) = &newest
            && entry.item.publication != Some(answer.publication)
        {
            self.update_outbox(entry.id, |item| {
                item.publication = Some(answer.publication);
                Ok(())
            })?;
        }
        if answer.publication != Publication::Refused || before == Publication::Refused.word() {
            return Ok(());
        }
        done.refused.push(conversation);
        let text = match newest {
            Some(entry) => Some(entry.item.text),
            None => self.newest_own_text(conversation)?,
        };
        if let Some(text) = text
            && self.conversation(conversation)?.draft.is_empty()
        {
            self.set_draft(conversation, &text)?;
        }
        Ok(())
    }

    fn newest_own_text(&self, conversation: ConversationId) -> Result<Option<String>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT text FROM message WHERE conversation = ? AND direction = 'out' ORDER BY sent_at DESC, id DESC LIMIT 1",
        )?;
        Ok(statement.query_row([conversation.0], |row| row.get(0)).optional()?)
    }
}
