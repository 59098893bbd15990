//! Answers that were given under a client's key, for as long as it may ask again.

pub use dragoman_store::request::Answered;
use dragoman_store::{Durability, Priority};

use crate::engine::Engine;
use crate::error::Result;

impl Engine {
    /// What was answered under a key; `None` if nothing was. `digest` stands for the whole request.
    ///
    /// # Errors
    /// [`crate::Error::KeyReused`] if the key came with another request.
    pub async fn answered(&self, key: String, digest: String) -> Result<Option<Answered>> {
        let now = self.now();
        self.read(move |reader| reader.answered(&key, &digest, now)).await
    }

    /// Keeps an answer. It is not synced by itself: what a power cut takes of it is a request that is carried out again.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub async fn keep_answer(&self, key: String, route: String, digest: String, answered: Answered) -> Result<()> {
        let now = self.now();
        let kept = move |writer: &dragoman_store::Writer<'_>| writer.keep_answer(&key, &route, &digest, &answered, now);
        Ok(self.0.store.write(Priority::User, Durability::Relaxed, kept).await?)
    }
}
