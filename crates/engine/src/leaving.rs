//! What leaves: a buyer who is erased, conversations past their age, and what a damaged inbox still holds.

use std::path::PathBuf;

use dragoman_domain::{ConversationId, ReceiptId, Timestamp};
use dragoman_store::erase::OldBackup;

use crate::engine::{Engine, blocking, lock_home};
use crate::error::{Error, Result};
use crate::event::Event;

pub use dragoman_store::backup::Progress;
pub use dragoman_store::erase::{Ground, KeptReceipt, Tally};
pub use dragoman_store::salvage::Salvaged;

/// What an erasure is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// These conversations and no others.
    Conversations(Vec<ConversationId>),
    /// The buyer of this conversation: every conversation of the shop under the same id of the buyer, or with one of the
    /// buyer's orders.
    BuyerOf(ConversationId),
}

/// What would be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The conversations.
    pub conversations: Vec<ConversationId>,
    /// How much they hold.
    pub tally: Tally,
    /// Backups that keep it.
    pub backups: Vec<OldBackup>,
}

impl Engine {
    /// What an erasure would concern. Changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] if the conversations are not of one shop.
    pub async fn erasure_preview(&self, whom: Whom) -> Result<Preview> {
        let now = self.now();
        let (conversations, tally, shops) = self
            .read(move |reader| {
                let mut ids = match whom {
                    Whom::Conversations(ids) => ids,
                    Whom::BuyerOf(id) => reader.same_buyer(id)?,
                };
                ids.sort_unstable();
                ids.dedup();
                let tally = reader.tally(&ids)?;
                let mut shops = Vec::new();
                for id in &ids {
                    shops.push(reader.conversation_row(*id)?.shop);
                }
                shops.dedup();
                Ok((ids, tally, shops))
            })
            .await?;
        if shops.len() != 1 {
            return Err(Error::invalid("conversations", "name conversations of one shop, at least one"));
        }
        let store = self.0.store.clone();
        let backups = blocking(move || Ok::<_, Error>(store.backups_until(now))).await?;
        Ok(Preview { conversations, tally, backups })
    }

    /// Erases for good, and returns the receipt with the backups that still hold what was erased.
    ///
    /// # Errors
    /// As [`Engine::erasure_preview`]; [`Error::WrongState`] while an answer to one of them is being sent or in doubt.
    pub async fn erase(&self, whom: Whom, by: &str) -> Result<(KeptReceipt, Vec<OldBackup>)> {
        let Preview { conversations, backups, .. } = self.erasure_preview(whom).await?;
        let (store, by, now) = (self.0.store.clone(), by.to_owned(), self.now());
        let kept = blocking(move || store.erase(&conversations, &by, now)).await?;
        self.tell(Event::Behind);
        Ok((kept, backups))
    }

    /// The receipts of erasures and of ageing, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn receipts(&self, before: Option<ReceiptId>, limit: u32) -> Result<Vec<KeptReceipt>> {
        self.read(move |reader| reader.receipts(before, limit)).await
    }

    /// Removes what is older than its shop keeps, and finishes erasures that were cut short.
    pub(crate) async fn age_off(&self) {
        let shops = self.read(|reader| reader.shops()).await.unwrap_or_default();
        let now = self.now();
        let mut gone = false;
        for shop in shops.into_iter().filter(|shop| shop.keep_days.is_some()) {
            if self.0.stop.is_cancelled() {
                return;
            }
            let store = self.0.store.clone();
            match blocking(move || store.age_off(shop.id, now)).await {
                Ok(Some(tally)) => {
                    gone = true;
                    tracing::info!(shop = shop.id.0, conversations = tally.conversations, "conversations went by age");
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(shop = shop.id.0, %error, "conversations past their age could not be removed")
                }
            }
        }
        let store = self.0.store.clone();
        if let Err(error) = blocking(move || store.purge(now)).await {
            tracing::warn!(%error, "the words of what was erased could not be removed from every file");
        }
        if gone {
            self.tell(Event::Behind);
        }
    }

    /// Makes a new inbox of what a damaged one still holds. Needs the home for itself.
    ///
    /// # Errors
    /// [`Error::HomeInUse`]; [`Error::Store`] if nothing can be read; the home is as it was then.
    pub async fn salvage(
        home: PathBuf,
        now: Timestamp,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Salvaged> {
        blocking(move || {
            let _lock = lock_home(&home)?;
            Ok::<_, Error>(dragoman_store::salvage::salvage(&home, now, progress)?)
        })
        .await
    }
}
