//! What a person reads: lists, conversations, search, the quarantine.

use dragoman_domain::channel::KindCapabilities;
use dragoman_domain::deadline::{Deadline, due, window};
use dragoman_domain::{ConversationId, MessageId, QuarantineId, Timestamp};
use dragoman_store::Writer;
use dragoman_store::inbox::{ConversationRow, Filter, FolderCount, InboxCursor};
use dragoman_store::quarantine::Quarantined;
use dragoman_store::search::{Hits, PageRequest, Query};
use dragoman_store::thread::{Conversation, Message, ThreadCursor};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};
use crate::event::Event;

/// Longest draft kept, in bytes.
const DRAFT_CAP: usize = 768 << 10;
/// Files of a draft, at most.
const DRAFT_FILES: usize = 50;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The rows, in the folder's order.
    pub rows: Vec<ConversationRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<InboxCursor>,
}

/// One conversation with everything beside it.
#[derive(Clone, Debug)]
pub struct ConversationView {
    /// The conversation, its facts, and what is on its way in it.
    pub conversation: Conversation,
    /// Its newest messages, or those before the cursor asked for; oldest first.
    pub messages: Vec<Message>,
    /// Where the page of older messages begins; `None` at the beginning.
    pub older: Option<ThreadCursor>,
    /// When our answer is due, with its reasons.
    pub deadline: Option<Deadline>,
    /// Until when the platform takes an answer.
    pub window: Option<Deadline>,
    /// What can be done here; `None` for an imported shop.
    pub capabilities: Option<KindCapabilities>,
}

impl Engine {
    /// A page of the inbox.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn conversations(&self, filter: Filter, after: Option<InboxCursor>, limit: u32) -> Result<ListPage> {
        let limit = limit.clamp(1, 500);
        let rows = self.read(move |reader| reader.page(&filter, after, limit)).await?;
        let next = (rows.len() == limit as usize).then(|| rows.last().map(ConversationRow::cursor)).flatten();
        Ok(ListPage { rows, next })
    }

    /// How much each folder holds.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn counts(&self) -> Result<Vec<FolderCount>> {
        self.read(|reader| reader.counts()).await
    }

    /// One conversation with its newest messages, or those before `before`.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn conversation(
        &self,
        id: ConversationId,
        before: Option<ThreadCursor>,
        limit: u32,
    ) -> Result<ConversationView> {
        let limit = limit.clamp(1, 500);
        let (mut conversation, messages) =
            self.read(move |reader| Ok((reader.conversation(id)?, reader.messages(id, before, limit)?))).await?;
        self.offer_chat(&mut conversation).await?;
        let row = &conversation.row;
        let pack = self.0.packs.get(row.channel);
        let deadline = pack.and_then(|pack| due(pack, conversation.waiting()));
        let closes = pack.and_then(|pack| window(pack, row.kind, conversation.last_in_at));
        // Without its key a shop can still be read; nothing is offered then.
        let connector = self.connector(row.shop).await.ok();
        let capabilities = connector.and_then(|connector| connector.capabilities().of(row.kind).cloned());
        let older = (messages.len() == limit as usize).then(|| messages.first().map(Message::cursor)).flatten();
        Ok(ConversationView { deadline, window: closes, capabilities, older, messages, conversation })
    }

    /// Marks everything in a conversation read, here only. Telling the platform is an action of the outbox.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn mark_read(&self, id: ConversationId) -> Result<()> {
        self.touch(id, move |writer| writer.mark_read(id, Timestamp::MAX).map(drop)).await
    }

    /// Keeps what a person is writing, with the files that are to go with it. Files that are not named stay as they were, unless
    /// there is no text either: then the draft is dropped.
    ///
    /// # Errors
    /// [`Error::NotFound`], also of a file; [`Error::Invalid`] for a draft no platform would take.
    pub async fn set_draft(&self, id: ConversationId, text: String, files: Option<Vec<Uuid>>) -> Result<()> {
        if text.len() > DRAFT_CAP {
            return Err(Error::invalid("text", "a draft may have 768 KiB at most"));
        }
        if files.as_ref().is_some_and(|files| files.len() > DRAFT_FILES) {
            return Err(Error::invalid("files", format!("a draft may have {DRAFT_FILES} files at most")));
        }
        let files = files.or_else(|| text.is_empty().then(Vec::new));
        self.touch(id, move |writer| {
            writer.set_draft(id, &text)?;
            files.map_or(Ok(()), |files| writer.set_draft_files(id, &files))
        })
        .await
    }

    /// Puts a conversation aside until the buyer writes again, or takes it back.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_done(&self, id: ConversationId, done: bool) -> Result<()> {
        let at = done.then(|| self.now());
        self.touch(id, move |writer| writer.set_done(id, at).map(drop)).await
    }

    pub(crate) async fn touch<T: Send + 'static>(
        &self,
        id: ConversationId,
        job: impl FnOnce(&Writer<'_>) -> std::result::Result<T, dragoman_store::Error> + Send + 'static,
    ) -> Result<T> {
        let row = self.read(move |reader| reader.conversation_row(id)).await?;
        let value = self.write(job).await?;
        self.tell(Event::Conversations { shop: row.shop, ids: vec![id], new_messages: 0 });
        Ok(value)
    }

    /// Full text search with operators; any line is a query.
    ///
    /// # Errors
    /// [`Error::Store`] for faults of the file, never for a query.
    pub async fn search(&self, line: &str, page: PageRequest) -> Result<Hits> {
        // Days in a query are days where the person sits.
        let now = self.now().to_zoned(TimeZone::system());
        let query = Query::parse(line);
        let store = self.0.store.clone();
        blocking(move || store.search(&query, page, &now)).await
    }

    /// What could not be read, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn quarantine(&self, before: Option<QuarantineId>, limit: u32) -> Result<Vec<Quarantined>> {
        self.read(move |reader| reader.quarantine_list(before, limit.clamp(1, 500))).await
    }

    /// One item that could not be read, with its raw text.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn quarantined(&self, id: QuarantineId) -> Result<Quarantined> {
        self.read(move |reader| reader.quarantine_item(id)).await
    }

    /// The platform's JSON of a message.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn raw(&self, id: MessageId) -> Result<Option<String>> {
        self.read(move |reader| reader.raw(id)).await
    }
}
