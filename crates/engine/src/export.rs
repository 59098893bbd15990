//! History as a file: for other programs (JSON lines, which [`import`](crate::import) reads back), for spreadsheets (CSV), for
//! people (a page of HTML).
//!
//! One conversation after the other is read and written, so a history of any size needs the memory of a few hundred messages.
//! The file appears under its name only once it is whole.

mod csv;
mod html;
mod jsonl;

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use dragoman_domain::shop::Shop;
use dragoman_domain::{Channel, ConversationId, Direction, ShopId, Timestamp};
use dragoman_store::Store;
use dragoman_store::export::Part;
use dragoman_store::thread::{Conversation, Message};

use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};
use crate::leaving::Progress;

/// Conversations asked for at once.
const CONVERSATIONS: u32 = 200;
/// Messages held in memory at once.
const MESSAGES: u32 = 500;

/// Form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON lines: each conversation followed by its messages, as an import reads them.
    Jsonl,
    /// One row per message, for spreadsheets.
    Csv,
    /// One page for people, to read and to print.
    Html,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A part of history.
    History(Part),
    /// One conversation, whole.
    Conversation(ConversationId),
    /// Everything of the buyer of a conversation, in its shop.
    BuyerOf(ConversationId),
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
}

/// A conversation as a writer is given it, before its messages.
struct Head<'h> {
    shop: &'h Shop,
    conversation: &'h Conversation,
    begun_at: Timestamp,
    /// What the other side wrote up to here is read.
    read_to: Timestamp,
}

impl Head<'_> {
    fn id(&self) -> ConversationId {
        self.conversation.row.id
    }

    fn channel(&self) -> Channel {
        self.shop.channel
    }

    /// Whether a person has seen a message; what we wrote is always seen.
    fn has_read(&self, message: &Message) -> bool {
        message.direction != Direction::In || message.sent_at <= self.read_to
    }
}

/// One form of the file.
trait Sheet {
    fn begin(&mut self, out: &mut dyn Write) -> std::io::Result<()>;
    fn head(&mut self, out: &mut dyn Write, head: &Head<'_>) -> std::io::Result<()>;
    fn message(&mut self, out: &mut dyn Write, head: &Head<'_>, message: &Message) -> std::io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> std::io::Result<()>;
}

impl Engine {
    /// Writes history into a file of its own. A file that is there stays as it is unless it may be replaced.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::File`] if there is a file already or it cannot be written; nothing is left behind then.
    pub async fn export(
        &self,
        what: What,
        format: Format,
        to: PathBuf,
        replace: bool,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Exported> {
        let store = self.0.store.clone();
        blocking(move || write(&store, &what, format, &to, replace, progress)).await
    }
}

fn write(
    store: &Store,
    what: &What,
    format: Format,
    to: &Path,
    replace: bool,
    progress: impl FnMut(Progress),
) -> Result<Exported> {
    let file_error = |source| Error::File { path: to.display().to_string(), source };
    if !replace && to.exists() {
        return Err(file_error(std::io::ErrorKind::AlreadyExists.into()));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().prefix(".dragoman-export-").tempfile_in(folder).map_err(file_error)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let done = match format {
        Format::Jsonl => walk(store, what, to, &mut jsonl::Lines, &mut out, progress),
        Format::Csv => walk(store, what, to, &mut csv::Rows, &mut out, progress),
        Format::Html => walk(store, what, to, &mut html::Page::default(), &mut out, progress),
    }?;
    let file = out.into_inner().map_err(|error| file_error(error.into_error()))?;
    file.as_file().sync_all().map_err(file_error)?;
    let kept = if replace { file.persist(to) } else { file.persist_noclobber(to) };
    kept.map_err(|error| file_error(error.error))?;
    Ok(done)
}

fn walk(
    store: &Store,
    what: &What,
    to: &Path,
    sheet: &mut impl Sheet,
    out: &mut dyn Write,
    mut progress: impl FnMut(Progress),
) -> Result<Exported> {
    let file_error = |source| Error::File { path: to.display().to_string(), source };
    let shops: HashMap<ShopId, Shop> =
        store.read(|reader| reader.shops())?.into_iter().map(|shop| (shop.id, shop)).collect();
    let part = match what {
        What::History(part) => *part,
        What::Conversation(_) | What::BuyerOf(_) => Part::default(),
    };
    let named = match what {
        What::History(_) => None,
        What::Conversation(id) => Some(vec![*id]),
        What::BuyerOf(id) => Some(store.read(|reader| reader.same_buyer(*id))?),
    };
    let total = named.as_ref().map_or(0, |named| named.len() as u64);
    let (mut done, mut after) = (Exported::default(), None);
    sheet.begin(out).map_err(file_error)?;
    loop {
        let ids = match &named {
            Some(named) if after.is_none() => named.clone(),
            Some(_) => Vec::new(),
            None => store.read(|reader| reader.conversations_of(&part, after, CONVERSATIONS))?,
        };
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        for id in ids {
            let found = store.read(|reader| Ok((reader.conversation(id)?, reader.begun_at(id)?, reader.read_to(id)?)));
            let (conversation, begun_at, read_to) = match found {
                // It went while the others were written.
                Err(dragoman_store::Error::Missing { .. }) if named.is_none() => continue,
                found => found?,
            };
            let Some(shop) = shops.get(&conversation.row.shop) else { continue };
            let begun_at = begun_at.unwrap_or(conversation.row.last_message_at);
            let head = Head { shop, conversation: &conversation, begun_at, read_to };
            sheet.head(out, &head).map_err(file_error)?;
            done.conversations += 1;
            let mut place = None;
            loop {
                let messages = store.read(|reader| reader.messages_of(id, &part, place, MESSAGES))?;
                let Some(last) = messages.last() else { break };
                place = Some(last.cursor());
                for message in &messages {
                    sheet.message(out, &head, message).map_err(file_error)?;
                    done.messages += 1;
                }
            }
        }
        progress(Progress { done: done.conversations, total: total.max(done.conversations) });
    }
    sheet.end(out).map_err(file_error)?;
    Ok(done)
}

#[cfg(test)]
mod tests;
