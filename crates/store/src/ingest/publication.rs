//! What the platform's moderation made of our public answer.

use std::borrow::Cow;

use dragoman_domain::ConversationId;
use dragoman_domain::incoming::{AnswerState, Facts};
use dragoman_domain::outbox::Publication;
use rusqlite::OptionalExtension;

use super::Ingested;
use crate::{Error, Writer};

/// What a thread tells of our public answer; `before` is the word that is stored. One that was public and is not there any more has
/// been taken away; one that waits for moderation may not be there yet.
pub(super) fn told<'f>(facts: &'f Facts, before: &str) -> Option<Cow<'f, AnswerState>> {
    let gone = facts.unanswered && before == Publication::Public.word();
    let gone = || gone.then(|| Cow::Owned(AnswerState::taken_away()));
    facts.answer.as_ref().map(Cow::Borrowed).or_else(gone)
}

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
        let Some(answer) = told(facts, before) else { return Ok(()) };
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
