//! What was looked for in the first of two places in vain.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long that is believed.
const KEEPS: Duration = Duration::from_secs(60);

/// The last one, so that a look at the second place that the pace cut short goes on there: beginning anew it would spend the very token
/// it waited for, again and again.
#[derive(Default)]
pub(super) struct Vain(Mutex<Option<(String, Duration)>>);

impl Vain {
    /// Whether it was this one; forgets it.
    pub(super) fn was(&self, key: &str, now: Duration) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.is_some_and(|(known, at)| known == key && now.saturating_sub(at) <= KEEPS)
    }

    pub(super) fn note(&self, key: &str, now: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key.to_owned(), now));
    }

    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
