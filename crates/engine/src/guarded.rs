//! A shop's connection behind its breaker: every call asks for leave and says how it ended. A key that was refused is not used again:
//! until the shop's rest is stored, whoever reads and whoever sends would each try it once more.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use dragoman_channels::clock::Clock;
use dragoman_channels::{Ask, Attached, Checked, Connector, Failure, Picture, Wanted};
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::lookup::Facts;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{Doubt, Outgoing, Refusal, Sent};
use dragoman_domain::{Capabilities, Kind, RemoteId};

use crate::breaker::{Breaker, Rest, Word};
use crate::sync::{StreamProblem, spread};

/// See the module.
pub(crate) struct Guarded {
    pub(crate) inner: Arc<dyn Connector>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Why the key is refused, as far as a call has met that. A check by a person may find it mended.
    pub(crate) refused: Mutex<Option<RefusedKey>>,
}

/// Code and words of a refused key.
#[derive(Clone)]
pub(crate) struct RefusedKey {
    code: String,
    why: String,
}

impl Guarded {
    fn note(&self, word: Word) {
        if self.breaker.leave(word, self.clock.now(), spread()) {
            tracing::warn!(rest = ?self.breaker.rest().map(|rest| rest.until), "a platform went down, or came back");
        }
    }

    fn refused(&self) -> Option<RefusedKey> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refuse(&self, refused: Option<RefusedKey>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
    }

    async fn asked<T>(&self, call: impl Future<Output = Result<T, Failure>> + Send) -> Result<T, Failure> {
        if let Some(RefusedKey { code, why }) = self.refused() {
            return Err(Failure::Key { code, why });
        }
        self.breaker.enter(self.clock.now()).map_err(|rest| wait(&rest))?;
        let outcome = call.await;
        if let Err(Failure::Key { code, why }) = &outcome {
            self.refuse(Some(RefusedKey { code: code.clone(), why: why.clone() }));
        }
        self.note(match &outcome {
            Ok(_) => Word::Answered,
            Err(failure) => word(failure),
        });
        outcome
    }
}

fn wait(rest: &Rest) -> Failure {
    Failure::Wait { until: rest.until, told: true }
}

fn word(failure: &Failure) -> Word {
    match failure {
        Failure::Offline { .. } | Failure::ServerFault { .. } => Word::Fault(StreamProblem::of(failure)),
        // Said without a call, or by somebody in between.
        Failure::Wait { .. } | Failure::Setup { .. } | Failure::Unreadable { .. } | Failure::TooLarge { .. } => {
            Word::Nothing
        }
        Failure::Key { .. }
        | Failure::Closed { .. }
        | Failure::NotFound
        | Failure::Refused { .. }
        | Failure::Endless { .. }
        | Failure::Incomplete { .. } => Word::Answered,
    }
}

#[async_trait]
impl Connector for Guarded {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    /// A person asks: that is a try of its own.
    async fn check(&self) -> Result<Checked, Failure> {
        let outcome = self.inner.check().await;
        match &outcome {
            Ok(_) => self.refuse(None),
            Err(Failure::Key { code, why }) => self.refuse(Some(RefusedKey { code: code.clone(), why: why.clone() })),
            Err(_) => {}
        }
        self.note(match &outcome {
            Ok(_) => Word::Answered,
            Err(failure) => word(failure),
        });
        outcome
    }

    async fn step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure> {
        self.asked(self.inner.step(stream, cursor, ask)).await
    }

    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure> {
        self.asked(self.inner.thread(kind, conversation, since)).await
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        if let Some(RefusedKey { code, why }) = self.refused() {
            return Sent::No(Refusal::Key { code, why });
        }
        if let Err(rest) = self.breaker.enter(self.clock.now()) {
            return Sent::No(Refusal::Throttled { retry_at: Some(rest.until) });
        }
        let sent = self.inner.send(outgoing).await;
        if let Sent::No(Refusal::Key { code, why }) = &sent {
            self.refuse(Some(RefusedKey { code: code.clone(), why: why.clone() }));
        }
        let fault = |why: &str| Word::Fault(StreamProblem::of(&Failure::Offline { why: why.to_owned() }));
        self.note(match &sent {
            Sent::Yes { .. } | Sent::No(Refusal::Key { .. } | Refusal::Final { .. }) => Word::Answered,
            Sent::No(Refusal::NotReached { why }) => fault(why),
            Sent::Unknown { why: why @ (Doubt::ServerFault | Doubt::Silence | Doubt::Broken), .. } => fault(why.word()),
            Sent::No(Refusal::Throttled { .. }) | Sent::Unknown { .. } => Word::Nothing,
        });
        sent
    }

    async fn look_up(&self, wanted: &Wanted) -> Result<Facts, Failure> {
        self.asked(self.inner.look_up(wanted)).await
    }

    /// Comes from other hosts, which say nothing about the platform.
    async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.inner.picture(address).await
    }

    async fn attachment(&self, source: &str, most: u64) -> Result<Attached, Failure> {
        match self.breaker.resting(self.clock.now()) {
            // No try of the file is spent.
            Some(rest) => Err(Failure::Wait { until: rest.until, told: false }),
            None => self.inner.attachment(source, most).await,
        }
    }
}
