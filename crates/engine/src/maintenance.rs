//! Upkeep while nobody waits: a search index of an older analyser made anew, unreadable items asked for again,
//! one backup a day, what is older than its shop keeps, deeds that cannot be taken back any more.

use dragoman_domain::SignedDuration;
use dragoman_domain::outbox::later;
use dragoman_store::{Durability, Priority};

use crate::engine::{Engine, blocking};

/// Messages indexed anew in one step; small enough that a person's action never waits noticeably.
const REINDEX_STEP: u32 = 500;

impl Engine {
    /// Looks after the inbox until the engine stops.
    pub(crate) async fn upkeep_loop(self) {
        self.reindex().await;
        while !self.0.stop.is_cancelled() {
            let (store, now) = (self.0.store.clone(), self.now());
            if let Err(error) = blocking(move || store.daily_backup(now)).await {
                tracing::warn!(%error, "the daily backup could not be made");
            }
            self.age_off().await;
            self.forget_bulks().await;
            for shop in self.read(|reader| reader.shops()).await.unwrap_or_default() {
                if shop.pause.is_empty()
                    && let Err(error) = self.read_quarantined_again(&shop).await
                {
                    tracing::info!(shop = shop.id.0, %error, "unreadable items could not be asked for again");
                }
            }
            if !self.sleep_until(later(self.now(), SignedDuration::from_hours(1))).await {
                return;
            }
        }
    }

    /// Makes the search index anew, step by step, if an older analyser made it. Resumes where a stop left it.
    pub(crate) async fn reindex(&self) {
        while !self.0.stop.is_cancelled() {
            match self
                .0
                .store
                .write(Priority::Sync, Durability::Relaxed, |writer| writer.reindex_step(REINDEX_STEP))
                .await
            {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(%error, "the search index could not be made anew");
                    return;
                }
            }
        }
    }
}
