//! What a person does with one conversation besides answering: snooze, star, tags, notes.

use std::collections::BTreeMap;

use dragoman_domain::tag::{TagColour, tag_name};
use dragoman_domain::{ConversationId, MessageId, ShopId, SignedDuration, TagId, Timestamp};
use dragoman_store::snooze::Snoozed;
use dragoman_store::tag::{MOST, Named, Tag};
use dragoman_store::thread::Message;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Event;

/// Longest note, in bytes.
const NOTE_CAP: usize = 64 << 10;
/// Snoozes that one transaction ends.
const AWAKE: u32 = 500;
/// Conversations that one event names.
const NAMED: usize = 100;
/// How long the clock of snoozes rests after a failure.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

impl Engine {
    /// Takes a conversation out of the working list until an instant, or back (`None`).
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for an instant that has passed.
    pub async fn snooze(&self, id: ConversationId, until: Option<Timestamp>) -> Result<Snoozed> {
        self.still_to_come(until)?;
        let snoozed = self.touch(id, move |writer| writer.snooze(id, until)).await?;
        self.0.snooze_wake.notify_one();
        Ok(snoozed)
    }

    pub(crate) fn still_to_come(&self, until: Option<Timestamp>) -> Result<()> {
        let now = self.now();
        match until {
            Some(until) if until <= now => {
                Err(Error::invalid("until", format!("give an instant after now ({now}), or null to end the snooze")))
            }
            _ => Ok(()),
        }
    }

    /// Gives a conversation a star, or takes it away.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_star(&self, id: ConversationId, on: bool) -> Result<()> {
        self.touch(id, move |writer| writer.set_star(id, on).map(drop)).await
    }

    /// Gives a conversation these tags and no others.
    ///
    /// # Errors
    /// [`Error::NotFound`], also of a tag.
    pub async fn set_tags(&self, id: ConversationId, tags: Vec<TagId>) -> Result<()> {
        self.touch(id, move |writer| writer.set_tags(id, &tags)).await
    }

    /// Adds an internal note, which no platform ever gets. The same key is the same note.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for an empty or too long one; [`Error::KeyReused`].
    pub async fn add_note(&self, id: ConversationId, key: Uuid, text: &str) -> Result<Message> {
        let (text, now) = (checked_note(text)?, self.now());
        self.touch(id, move |writer| writer.add_note(id, key, &text, now)).await
    }

    /// Gives a note another text.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message, or it is no note; [`Error::Invalid`].
    pub async fn change_note(&self, id: MessageId, text: &str) -> Result<Message> {
        let text = checked_note(text)?;
        let (note, conversation, shop) = self
            .write(move |writer| {
                let conversation = writer.change_note(id, &text)?;
                Ok((writer.note(id)?, conversation, writer.conversation_row(conversation)?.shop))
            })
            .await?;
        self.tell(Event::Conversations { shop, ids: vec![conversation], new_messages: 0 });
        Ok(note)
    }

    /// Removes a note.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message, or it is no note.
    pub async fn remove_note(&self, id: MessageId) -> Result<()> {
        let (conversation, shop) = self
            .write(move |writer| {
                let conversation = writer.remove_note(id)?;
                Ok((conversation, writer.conversation_row(conversation)?.shop))
            })
            .await?;
        self.tell(Event::Conversations { shop, ids: vec![conversation], new_messages: 0 });
        Ok(())
    }

    /// Every tag there is.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        self.read(|reader| reader.tags()).await
    }

    /// Makes a tag.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is none or another's, and for one tag too many.
    pub async fn add_tag(&self, name: &str, colour: TagColour) -> Result<Tag> {
        let name = checked_name(name)?;
        let named = self.write(move |writer| writer.add_tag(&name, colour)).await?;
        self.named(named)
    }

    /// Gives a tag another name or colour.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a name that is none or another's.
    pub async fn change_tag(&self, id: TagId, name: &str, colour: TagColour) -> Result<Tag> {
        let name = checked_name(name)?;
        let named = self.write(move |writer| writer.change_tag(id, &name, colour)).await?;
        self.named(named)
    }

    fn named(&self, named: Named) -> Result<Tag> {
        match named {
            Named::Kept(tag) => {
                self.tell(Event::Labels);
                Ok(tag)
            }
            Named::Taken => Err(Error::invalid("name", "there is a tag of this name already")),
            Named::TooMany => Err(Error::invalid("name", format!("there are {MOST} tags: remove one first"))),
        }
    }

    /// Removes a tag from everything it was on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn remove_tag(&self, id: TagId) -> Result<()> {
        self.write(move |writer| writer.remove_tag(id)).await?;
        self.tell(Event::Labels);
        Ok(())
    }

    /// Ends every snooze whose instant has come.
    pub(crate) async fn wake_snoozed(&self) -> Result<()> {
        loop {
            let now = self.now();
            if self.read(|reader| reader.next_awake()).await?.is_none_or(|next| next > now) {
                return Ok(());
            }
            let awake = self.write(move |writer| writer.wake_some(now, AWAKE)).await?;
            self.tell_of(&awake);
        }
    }

    /// Tells that conversations of any shops have changed.
    pub(crate) fn tell_of(&self, conversations: &[(ConversationId, ShopId)]) {
        let mut by_shop: BTreeMap<i64, Vec<ConversationId>> = BTreeMap::new();
        for (id, shop) in conversations {
            let ids = by_shop.entry(shop.0).or_default();
            if ids.len() < NAMED {
                ids.push(*id);
            }
        }
        for (shop, ids) in by_shop {
            self.tell(Event::Conversations { shop: ShopId(shop), ids, new_messages: 0 });
        }
    }

    /// Ends snoozes as their instants come, until the engine stops.
    pub(crate) async fn snooze_loop(self) {
        while !self.0.stop.is_cancelled() {
            let next = match self.wake_snoozed().await {
                Ok(()) => self.read(|reader| reader.next_awake()).await,
                Err(error) => Err(error),
            };
            let next = next.unwrap_or_else(|error| {
                tracing::warn!(%error, "snoozes could not be looked after");
                self.now().checked_add(PAUSE).ok()
            });
            tokio::select! {
                awake = self.sleep_until(next.unwrap_or(Timestamp::MAX)), if next.is_some() => if !awake { return },
                () = self.0.stop.cancelled() => return,
                () = self.0.snooze_wake.notified() => {}
            }
        }
    }
}

fn checked_note(text: &str) -> Result<String> {
    match text.trim().replace("\r\n", "\n") {
        text if text.is_empty() => Err(Error::invalid("text", "write something, or remove the note")),
        text if text.len() > NOTE_CAP => Err(Error::invalid("text", "a note may have 64 KiB at most")),
        text => Ok(text),
    }
}

fn checked_name(name: &str) -> Result<String> {
    tag_name(name).map_err(|bad| Error::invalid("name", bad.to_string()))
}
