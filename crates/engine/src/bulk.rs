//! One deed on many conversations, in steps between which everybody else can write, and the way back.

use dragoman_domain::ConversationId;
use dragoman_store::bulk::STEP;
use dragoman_store::inbox::Filter;
use dragoman_store::{Durability, Priority};
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::{Error, Result};

pub use dragoman_store::bulk::Deed;

/// Conversations that are named one by one, at most.
const NAMED: usize = 500;

/// The conversations of a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// These; those that are gone are passed over.
    These(Vec<ConversationId>),
    /// Everything in a list, as it stands when the deed begins.
    Everything(Filter),
}

/// What taking a deed back led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Conversations that are as they were.
    pub restored: u64,
    /// Conversations that changed since and were left alone.
    pub left: u64,
    /// The first few hundred of these.
    pub changed: Vec<ConversationId>,
}

impl Engine {
    /// Does the same with many conversations; returns how many it changed. The key takes the deed back ([`Engine::take_back`]), and the
    /// same request again goes on with a deed that was cut short.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::KeyReused`], [`Error::NotFound`] for a tag that is not there.
    pub async fn bulk(&self, key: Uuid, which: Which, deed: Deed) -> Result<u64> {
        if let Deed::Snooze { until } = deed {
            self.still_to_come(until)?;
        }
        let targets = match which {
            Which::These(ids) if ids.len() > NAMED => {
                return Err(Error::invalid("ids", format!("name {NAMED} conversations at most, or give a filter")));
            }
            Which::These(ids) => self.read(move |reader| reader.targets(&ids)).await?,
            Which::Everything(filter) => self.read(move |reader| reader.targets_in(&filter)).await?,
        };
        let now = self.now();
        let begun = self.write(move |writer| writer.begin_bulk(key, deed, now)).await?;
        for step in targets.chunks(STEP) {
            let step = step.to_vec();
            let changed = self
                .0
                .store
                .write(Priority::Sync, Durability::Full, move |writer| writer.bulk_step(begun, &step))
                .await?;
            self.tell_of(&changed);
        }
        self.0.snooze_wake.notify_one();
        self.read(move |reader| reader.bulk_count(begun)).await
    }

    /// Takes a deed back: every conversation is as it was, except those that changed since.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such deed, or it is older than a day, or was taken back before.
    pub async fn take_back(&self, key: Uuid) -> Result<TakenBack> {
        let (mut taken, now) = (TakenBack::default(), self.now());
        loop {
            let undone =
                self.0.store.write(Priority::Sync, Durability::Full, move |writer| writer.undo_step(key, now)).await?;
            self.tell_of(&undone.restored);
            taken.restored += undone.restored.len() as u64;
            taken.left += undone.changed.len() as u64;
            taken.changed.extend(undone.changed);
            taken.changed.truncate(NAMED);
            if !undone.more {
                self.0.snooze_wake.notify_one();
                return Ok(taken);
            }
        }
    }

    /// Forgets deeds that cannot be taken back any more.
    pub(crate) async fn forget_bulks(&self) {
        while !self.0.stop.is_cancelled() {
            let now = self.now();
            match self.0.store.write(Priority::Sync, Durability::Full, move |writer| writer.forget_bulks(now)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return tracing::warn!(%error, "old deeds could not be forgotten"),
            }
        }
    }
}
