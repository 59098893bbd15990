//! Files of messages, fetched on demand or ahead of it, and what of them may be shown.
//!
//! A fetch never blocks anything else: a person who asks waits for that one file, everything ahead of that happens in the
//! background, two at a time. Nothing of a stranger's file reaches a screen but pixels that were encoded anew here, or a download.

mod fetch;
mod upload;

use std::collections::HashMap;
use std::sync::Arc;

use dragoman_domain::file::{FileCause, shown_name};
use dragoman_domain::message::AttachmentState;
use dragoman_domain::outbox::later;
use dragoman_domain::{MessageId, SignedDuration};
use dragoman_pictures::{Limits, Preview};
use dragoman_store::file::{Attached, FileStream};
use futures::StreamExt;
use tokio::sync::{Mutex, Semaphore, broadcast};

pub use self::upload::UploadView;
use crate::config::FileLimits;
use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};
use crate::event::Event;

/// Files fetched ahead side by side.
const AHEAD: usize = 2;
/// Files looked for in one round.
const ROUND: usize = 32;
/// Longest edge of a product's picture, in pixels.
const PRODUCT_EDGE: u32 = 1024;

/// Whoever holds it fetches.
type Gate = Arc<Mutex<()>>;

/// What the engine holds for files.
pub(crate) struct Files {
    pub(crate) limits: FileLimits,
    /// One fetch at a time per attachment, whoever asks for it.
    gates: Mutex<HashMap<(MessageId, u32), Gate>>,
    /// One picture at a time: each may take the decoder's whole allowance of memory.
    decoder: Semaphore,
}

impl Files {
    pub(crate) fn new(limits: FileLimits) -> Self {
        Self { limits, gates: Mutex::default(), decoder: Semaphore::new(1) }
    }
}

/// What a round of fetching ahead led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Round {
    /// The disk is full.
    full: bool,
    /// There was more than one round takes.
    more: bool,
}

/// A file to be saved by whoever asked for it.
#[derive(Debug)]
pub struct Download {
    /// A name that is one harmless component of a path.
    pub name: String,
    /// Media type found from the bytes.
    pub mime: String,
    /// The bytes.
    pub stream: FileStream,
}

impl Engine {
    /// An attachment's bytes, fetched from the platform if they are not here yet.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotHere`] with the cause; [`Error::Platform`] where a connection cannot be made.
    pub async fn attachment(&self, message: MessageId, place: u32) -> Result<Download> {
        let (attached, stream) = self.opened(message, place).await?;
        let name = shown_name(&attached.stub.name, &attached.file.mime).text;
        Ok(Download { name, mime: attached.file.mime, stream })
    }

    /// An attachment as a picture of ours, at most `edge` pixels long.
    ///
    /// # Errors
    /// As [`Engine::attachment`]; [`Error::NoPicture`] if it is none, or none that is decoded.
    pub async fn attachment_preview(&self, message: MessageId, place: u32, edge: u32) -> Result<Preview> {
        let (_, stream) = self.opened(message, place).await?;
        self.small(stream, edge).await
    }

    async fn opened(&self, message: MessageId, place: u32) -> Result<(Attached, FileStream)> {
        let mut attached = self.read(move |reader| reader.attached(message, place)).await?;
        for _ in 0..2 {
            if attached.file.state != AttachmentState::Stored {
                attached = self.fetch(attached).await?;
            }
            let (store, name) = (self.0.store.clone(), attached.file.name.clone());
            match blocking(move || store.open_file(&name)).await {
                Ok(stream) => return Ok((attached, stream)),
                // The inbox was restored without its files, or somebody removed them.
                Err(Error::NotFound { .. }) => attached.file.state = AttachmentState::Remote,
                Err(error) => return Err(error),
            }
        }
        Err(Error::NotHere { state: AttachmentState::Missing, cause: FileCause::Gone })
    }

    /// Decodes a file and makes it small, one at a time and off the async threads.
    pub(super) async fn small(&self, stream: FileStream, edge: u32) -> Result<Preview> {
        let limits = Limits::default();
        if stream.size() > limits.bytes as u64 {
            return Err(Error::NoPicture { why: "the file is too large to be shown".to_owned() });
        }
        self.decoded(edge, move || stream.bytes()).await
    }

    async fn decoded(
        &self,
        edge: u32,
        bytes: impl FnOnce() -> std::result::Result<Vec<u8>, dragoman_store::Error> + Send + 'static,
    ) -> Result<Preview> {
        let _turn = self.0.files.decoder.acquire().await.map_err(|_| Error::Stopping)?;
        blocking(move || {
            let preview = dragoman_pictures::preview(&bytes()?, edge, &Limits::default());
            preview.map_err(|error| Error::NoPicture { why: error.to_string() })
        })
        .await
    }

    /// A product's picture, from the platform's public hosts through the shop's connection, encoded anew.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the product or its picture is unknown; [`Error::NoPicture`].
    pub async fn picture(&self, shop: dragoman_domain::ShopId, key: String) -> Result<Preview> {
        let picture = self.product_picture(shop, key).await?;
        self.decoded(PRODUCT_EDGE, move || Ok(picture.bytes)).await
    }

    /// Fetches what conversations that are ours to answer have, newest first, until the engine stops.
    pub(crate) async fn file_loop(self) {
        self.sweep_files().await;
        let mut events = self.events();
        while !self.0.stop.is_cancelled() {
            let Round { full, more } = self.fetch_ahead().await;
            if more {
                continue;
            }
            // A full disk is looked at again soon; everything else waits for something new.
            let rest = later(self.now(), SignedDuration::from_secs(if full { 5 } else { 20 }));
            tokio::select! {
                awake = self.sleep_until(rest) => if !awake { return },
                () = news(&mut events), if !full => {}
            }
        }
    }

    /// One round over what conversations that are ours to answer lack.
    async fn fetch_ahead(&self) -> Round {
        let now = self.now();
        let wanted = match self.read(move |reader| reader.files_ahead(now, ROUND)).await {
            Ok(wanted) => wanted,
            Err(error) => {
                tracing::warn!(%error, "files could not be looked for");
                return Round::default();
            }
        };
        let whole = wanted.len() == ROUND;
        let mut fetches =
            futures::stream::iter(wanted).map(|attached| self.fetch_quietly(attached)).buffer_unordered(AHEAD);
        let mut round = Round::default();
        while let Some(outcome) = fetches.next().await {
            match outcome {
                // Where nothing came, the next round would only ask for the same again.
                Ok(_) => round.more = whole,
                Err(
                    Error::NotHere { cause: FileCause::DiskFull, .. } | Error::Store(dragoman_store::Error::DiskFull),
                ) => {
                    return Round { full: true, more: false };
                }
                Err(Error::NotHere { .. }) => {}
                Err(error) => tracing::info!(%error, "a file could not be fetched ahead"),
            }
        }
        round
    }

    /// Forgets files of ours that no answer used, and removes what no row names.
    pub(crate) async fn sweep_files(&self) {
        let now = self.now();
        let store = self.0.store.clone();
        let swept = match self.write(move |writer| writer.drop_unused_uploads(now)).await {
            Ok(_) => blocking(move || store.sweep_files()).await,
            Err(error) => Err(error),
        };
        match swept {
            Ok(swept) if swept.files > 0 => tracing::info!(files = swept.files, bytes = swept.bytes, "files swept"),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "files that nobody names could not be swept"),
        }
    }
}

/// Ends when messages have come.
async fn news(events: &mut broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::Conversations { new_messages: 1.., .. }) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests;
