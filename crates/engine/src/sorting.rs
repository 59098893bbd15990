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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use dragoman_channels::clock::ManualClock;
    use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage, Page};
    use dragoman_domain::{Author, Channel, Kind};
    use dragoman_secrets::Preference;
    use dragoman_store::inbox::{Filter, Folder};

    use super::*;
    use crate::engine::{Options, Work};

    async fn open(home: &Path, clock: Arc<ManualClock>) -> Engine {
        let options = Options { home: home.to_owned(), keys: Preference::Memory, clock, undo: SignedDuration::ZERO };
        Engine::open(options).await.unwrap()
    }

    /// A chat that is ours to answer.
    async fn chat(engine: &Engine) -> ConversationId {
        let new = dragoman_store::shop::NewShop {
            channel: Channel::Wildberries,
            name: "Лавка".into(),
            seller: "s".into(),
            fields: BTreeMap::new(),
            base_url: None,
            proxy: None,
            standing: dragoman_domain::shop::Standing::default(),
        };
        let now = engine.now();
        let shop = engine.write(move |writer| writer.add_shop(&new, now)).await.unwrap();
        let message = IncomingMessage::new("1".into(), Author::Buyer, now, "где заказ".into(), String::new());
        let thread = Incoming {
            kind: Kind::Chat,
            remote_id: "c".into(),
            facts: Facts::default(),
            messages: vec![message],
            mark: None,
        };
        let page = Page { conversations: vec![thread], ..Page::default() };
        *engine.ingest(&shop, None, page).await.unwrap().touched.first().unwrap()
    }

    async fn needed(engine: &Engine) -> usize {
        let needs = Filter { folder: Folder::Needs, ..Filter::default() };
        engine.conversations(needs, None, 10).await.unwrap().rows.len()
    }

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::from_second(1_790_000_000).unwrap()))
    }

    #[tokio::test]
    async fn a_snooze_ends_at_its_instant_while_the_program_runs() {
        let (home, clock) = (tempfile::tempdir().unwrap(), clock());
        let engine = open(home.path(), clock.clone()).await;
        let id = chat(&engine).await;
        engine.start(Work::Outbox);
        let mut events = engine.events();
        let far = engine.now() + SignedDuration::from_hours(5);
        engine.snooze(id, Some(far)).await.unwrap();
        // A sooner one moves the clock that waits already.
        let near = engine.now() + SignedDuration::from_hours(1);
        engine.snooze(id, Some(near)).await.unwrap();
        assert_eq!(needed(&engine).await, 0);
        while events.try_recv().is_ok() {}
        clock.advance(Duration::from_secs(3_600));
        let told = events.recv().await.unwrap();
        assert!(matches!(&told, Event::Conversations { ids, .. } if *ids == [id]), "{told:?}");
        assert_eq!(needed(&engine).await, 1);
        engine.stop().await;
    }

    #[tokio::test]
    async fn a_snooze_that_ended_while_the_program_was_down_is_over_at_the_start() {
        let (home, clock) = (tempfile::tempdir().unwrap(), clock());
        let engine = open(home.path(), clock.clone()).await;
        let id = chat(&engine).await;
        engine.snooze(id, Some(engine.now() + SignedDuration::from_hours(1))).await.unwrap();
        drop(engine);
        clock.advance(Duration::from_secs(7_200));
        let engine = open(home.path(), clock).await;
        assert_eq!(needed(&engine).await, 1);
    }
}
