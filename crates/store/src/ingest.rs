//! Pages of a platform become conversations and messages, exactly once.
//!
//! Everything that needs thought happens before the writer thread is asked: words for the index, compression, JSON. The page
//! then goes in by batches of at most 500 messages, so that a person's action never waits long, and the stream's cursor goes
//! with the last of them: whatever is cut short is fetched again, and fetching again changes nothing.

mod apply;
mod message;
pub(crate) mod prepare;
mod publication;

use std::sync::{Arc, PoisonError};

use dragoman_domain::incoming::{Cursor, Page, Unreadable};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, ConversationId, ShopId, Timestamp};

use crate::erase::Erased;
use crate::ingest::prepare::{Prepared, Preparer, batches};
use crate::search::analyse::Analyser;
use crate::stream::Stepped;
use crate::{Durability, Error, Priority, Receipt, Store};

/// Analysers kept between pages; more pages than cores are seldom prepared at once.
const ANALYSERS: usize = 2;

/// A page to store.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// The shop it belongs to.
    pub shop: ShopId,
    /// The shop's platform.
    pub channel: Channel,
    /// The stream whose cursor it moves; `None` for a thread that was read again, or an import.
    pub stream: Option<String>,
    /// What the channel brought.
    pub page: Page,
    /// The platform's rules, for deadlines.
    pub rules: Option<Arc<RulePack>>,
    /// Now.
    pub now: Timestamp,
    /// Whether somebody waits for it.
    pub priority: Priority,
}

/// What a page changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Conversations of which anything a person can see is new, in order of arrival.
    pub touched: Vec<ConversationId>,
    /// Messages that were not known.
    pub new: u64,
    /// Messages that were changed by the platform, and answers of ours that it now shows.
    pub changed: u64,
    /// Items that could not be read.
    pub quarantined: u64,
    /// Conversations in which the platform's moderation has refused our answer since the page before.
    pub refused: Vec<ConversationId>,
}

impl Ingested {
    fn add(&mut self, other: Self) {
        self.touched.extend(other.touched);
        self.new += other.new;
        self.changed += other.changed;
        self.quarantined += other.quarantined;
        self.refused.extend(other.refused);
    }
}

/// What one transaction of a page stores.
struct Batch {
    shop: ShopId,
    rules: Option<Arc<RulePack>>,
    now: Timestamp,
    conversations: Vec<Prepared>,
    /// What of it was erased and is passed over.
    erased: Arc<Erased>,
    /// Set in the last batch of a page.
    end: Option<End>,
}

/// What follows the last conversation of a page.
struct End {
    unreadable: Vec<Unreadable>,
    /// Stream, cursor and what the step did.
    stream: Option<(String, Cursor, Stepped)>,
}

impl Store {
    fn analyser(&self) -> Analyser {
        self.inner.analysers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn return_analyser(&self, analyser: Analyser) {
        let mut idle = self.inner.analysers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < ANALYSERS {
            idle.push(analyser);
        }
    }

    /// Stores a page. Blocks until it is stored; on failure the batches before the failing one stay, the cursor does not move.
    ///
    /// # Errors
    /// [`Error::Missing`] if the shop is gone, and those of the database.
    pub fn ingest(&self, ingest: Ingest) -> Result<Ingested, Error> {
        let Ingest { shop, channel, stream, page, rules, now, priority } = ingest;
        let texts = page.conversations.iter().flat_map(|thread| &thread.messages).map(|message| message.raw.as_str());
        let dictionary = self.dictionary(channel, texts, now)?;
        let mut preparer = Preparer::new(self.analyser(), dictionary.as_deref(), shop, now)?;
        let step = Stepped {
            fetched: page.conversations.iter().map(|thread| thread.messages.len() as u64).sum(),
            brought: page.conversations.len() as u64,
            to_come: page.to_come,
            more: page.more,
        };
        let mut end = Some(End { unreadable: page.unreadable, stream: stream.map(|name| (name, page.next, step)) });
        let mut total = Ingested::default();
        let mut under_way: Option<Receipt<Ingested>> = None;
        let mut batches = batches(page.conversations).peekable();
        loop {
            // Prepared while the batch before it is being written.
            let conversations = batches.next().unwrap_or_default();
            let conversations =
                conversations.into_iter().map(|thread| preparer.prepare(thread)).collect::<Result<_, _>>()?;
            if let Some(receipt) = under_way.take() {
                total.add(receipt.wait()?);
            }
            let last = batches.peek().is_none();
            let end = if last { end.take() } else { None };
            let erased = Arc::clone(&self.inner.erased);
            let batch = Batch { shop, rules: rules.clone(), now, conversations, erased, end };
            let receipt = self.write(priority, Durability::Relaxed, move |writer| writer.apply(batch));
            if last {
                total.add(receipt.wait()?);
                break;
            }
            under_way = Some(receipt);
        }
        self.return_analyser(preparer.into_analyser());
        Ok(total)
    }
}
