//! Fetching one file: asked for through its shop's connector, kept whole, and noted with the cause when it is not here.

use std::sync::Arc;

use dragoman_channels::Failure;
use dragoman_domain::file::{FileCause, sort_of};
use dragoman_domain::message::AttachmentState;
use dragoman_domain::outbox::{backoff, later};
use dragoman_domain::{SignedDuration, Timestamp};
use dragoman_store::file::{Attached, StoredFile};
use dragoman_store::{Durability, Priority};

use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::sync::spread;

/// Tries in the background; a person who asks may always try once more.
const TRIES: u32 = 8;
/// Until a disk that was full is looked at again.
const DISK_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// Until a spent budget is looked at again.
const BUDGET_PAUSE: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// Fetches a file because a person asked for it: now, unless it is gone for good or the platform said when.
    pub(super) async fn fetch(&self, attached: Attached) -> Result<Attached> {
        let told = attached.file.cause == FileCause::Waiting && attached.file.next_at > self.now();
        let gone = matches!(attached.file.cause, FileCause::Gone | FileCause::TooLarge | FileCause::Refused);
        if told || gone || attached.state() == AttachmentState::Refused {
            return Err(not_here(&attached));
        }
        self.fetch_quietly(attached).await
    }

    /// Fetches a file. Two who ask at once cause one call.
    pub(super) async fn fetch_quietly(&self, attached: Attached) -> Result<Attached> {
        let key = (attached.message, attached.place);
        let gate = Arc::clone(self.0.files.gates.lock().await.entry(key).or_default());
        let outcome = {
            let _turn = gate.lock().await;
            self.fetch_alone(attached).await
        };
        let mut gates = self.0.files.gates.lock().await;
        // The map's and ours: nobody else waits.
        if Arc::strong_count(&gate) == 2 {
            gates.remove(&key);
        }
        outcome
    }

    async fn fetch_alone(&self, asked: Attached) -> Result<Attached> {
        let (message, place) = (asked.message, asked.place);
        let mut attached = self.read(move |reader| reader.attached(message, place)).await?;
        let lost = asked.file.name == attached.file.name && asked.file.state != AttachmentState::Stored;
        if attached.file.state == AttachmentState::Stored && !lost {
            return Ok(attached);
        }
        let limits = self.0.files.limits;
        let outcome = if attached.stub.size.is_some_and(|size| size > limits.max_bytes) {
            Err(Failure::TooLarge { limit: limits.max_bytes })
        } else if attached.stub.source.is_empty() {
            Err(Failure::NotFound)
        } else {
            let shop = self.stored_shop(attached.shop).await?;
            if !shop.pause.is_empty() {
                attached.file.cause = FileCause::Key;
                return Err(not_here(&attached));
            }
            match self.connector(attached.shop).await {
                Ok(connector) => connector.attachment(&attached.stub.source, limits.max_bytes).await,
                // Keys locked, or a shop that was only imported: noted with a pause, so that others have their turn.
                Err(Error::Platform(failure)) => Err(failure),
                Err(Error::Secrets(error)) => Err(Failure::Setup { field: String::new(), why: error.to_string() }),
                Err(error) => return Err(error),
            }
        };
        match outcome {
            Ok(file) if file.bytes.len() as u64 > limits.max_bytes => {
                let file = after(&attached.file, &Failure::TooLarge { limit: limits.max_bytes }, self.now(), spread());
                self.note(attached, file).await
            }
            Ok(file) => self.keep(attached, file.bytes).await,
            Err(failure) => {
                if let Failure::Key { code, .. } = &failure {
                    self.pause(attached.shop, code).await?;
                }
                tracing::info!(message = message.0, place, %failure, "a file could not be fetched");
                let file = after(&attached.file, &failure, self.now(), spread());
                self.note(attached, file).await
            }
        }
    }

    /// Puts the bytes on the disk, then the row.
    async fn keep(&self, attached: Attached, bytes: Vec<u8>) -> Result<Attached> {
        let now = self.now();
        let resting = |cause, pause| StoredFile { cause, next_at: later(now, pause), ..attached.file.clone() };
        if self.0.store.files_size().saturating_add(bytes.len() as u64) > self.0.files.limits.total_bytes {
            let file = resting(FileCause::Budget, BUDGET_PAUSE);
            return self.note(attached, file).await;
        }
        let store = self.0.store.clone();
        let saved = blocking(move || {
            let mime = sort_of(&bytes);
            store.save_file(&bytes).map(|saved| (saved, mime))
        })
        .await;
        let (saved, mime) = match saved {
            Ok(saved) => saved,
            Err(Error::Store(dragoman_store::Error::DiskFull)) => {
                let file = resting(FileCause::DiskFull, DISK_PAUSE);
                return self.note(attached, file).await;
            }
            Err(error) => return Err(error),
        };
        let file = StoredFile {
            state: AttachmentState::Stored,
            name: saved.name.clone(),
            mime: mime.to_owned(),
            size: saved.size,
            sha256: saved.sha256.clone(),
            ..StoredFile::wanted(attached.place)
        };
        let kept = self.note(attached, file).await?;
        saved.claimed();
        Ok(kept)
    }

    /// Notes where a file stands and tells who listens; an error unless it is here.
    async fn note(&self, mut attached: Attached, file: StoredFile) -> Result<Attached> {
        let before = attached.file.state;
        attached.file = file.clone();
        let message = attached.message;
        let noted = self
            .0
            .store
            .write(Priority::Sync, Durability::Relaxed, move |writer| writer.put_file(message, &file))
            .await;
        match noted {
            Ok(true) => {}
            Ok(false) => return Err(Error::NotFound { what: "message", id: message.to_string() }),
            // The row may wait for a disk that has room; what was meant to be noted is told all the same.
            Err(dragoman_store::Error::DiskFull) => {
                attached.file.state = AttachmentState::Remote;
                attached.file.cause = FileCause::DiskFull;
            }
            Err(error) => return Err(error.into()),
        }
        if attached.file.state != before {
            let ids = vec![attached.conversation];
            self.tell(Event::Conversations { shop: attached.shop, ids, new_messages: 0 });
        }
        if attached.file.state == AttachmentState::Stored { Ok(attached) } else { Err(not_here(&attached)) }
    }
}

fn not_here(attached: &Attached) -> Error {
    Error::NotHere { state: attached.state(), cause: attached.file.cause }
}

/// Where a file stands after a fetch that failed.
fn after(file: &StoredFile, failure: &Failure, now: Timestamp, jitter: u16) -> StoredFile {
    let tries = file.tries.saturating_add(1);
    let next =
        |state, cause, next_at, tries| StoredFile { state, cause, next_at, tries, ..StoredFile::wanted(file.place) };
    let again = |cause| match tries {
        TRIES.. => next(AttachmentState::Missing, cause, now, tries),
        _ => next(AttachmentState::Remote, cause, later(now, backoff(tries.saturating_add(2), jitter)), tries),
    };
    let never = |state, cause| next(state, cause, Timestamp::MAX, tries);
    match failure {
        // Our own pace: nothing is wrong, and no try is spent.
        Failure::Wait { until, told: false } => next(AttachmentState::Remote, file.cause, *until, file.tries),
        Failure::Wait { until, told: true } => next(AttachmentState::Pending, FileCause::Waiting, *until, file.tries),
        Failure::NotFound => never(AttachmentState::Missing, FileCause::Gone),
        Failure::TooLarge { .. } => never(AttachmentState::Missing, FileCause::TooLarge),
        Failure::Refused { .. } => never(AttachmentState::Refused, FileCause::Refused),
        Failure::Offline { .. } | Failure::ServerFault { .. } => again(FileCause::Unreachable),
        Failure::Unreadable { .. } | Failure::Endless { .. } | Failure::Incomplete { .. } => {
            again(FileCause::Unreadable)
        }
        Failure::Key { .. } | Failure::Closed { .. } | Failure::Setup { .. } => again(FileCause::Key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_that_failed_is_tried_again_later_and_not_for_ever() {
        let now = Timestamp::UNIX_EPOCH;
        let offline = Failure::Offline { why: String::new() };
        let mut file = StoredFile::wanted(0);
        for tries in 1..TRIES {
            file = after(&file, &offline, now, 1000);
            assert_eq!((file.state, file.tries), (AttachmentState::Remote, tries));
            assert!(file.next_at > now);
        }
        file = after(&file, &offline, now, 1000);
        assert_eq!((file.state, file.cause), (AttachmentState::Missing, FileCause::Unreachable));
    }

    #[test]
    fn waiting_spends_no_try_and_a_final_word_is_final() {
        let now = Timestamp::UNIX_EPOCH;
        let until = later(now, SignedDuration::from_secs(9));
        let wanted = StoredFile::wanted(2);
        let paced = after(&wanted, &Failure::Wait { until, told: false }, now, 0);
        assert_eq!((paced.state, paced.tries, paced.next_at), (AttachmentState::Remote, 0, until));
        let checked = after(&wanted, &Failure::Wait { until, told: true }, now, 0);
        assert_eq!((checked.state, checked.cause), (AttachmentState::Pending, FileCause::Waiting));
        let refused = after(&wanted, &Failure::Refused { why: String::new() }, now, 0);
        assert_eq!((refused.state, refused.next_at), (AttachmentState::Refused, Timestamp::MAX));
        let gone = after(&wanted, &Failure::NotFound, now, 0);
        assert_eq!((gone.state, gone.cause, gone.place), (AttachmentState::Missing, FileCause::Gone, 2));
    }
}
