//! Files of ours: taken in, held against what the platform takes, and loaded when their answer leaves.

use dragoman_channels::Connector;
use dragoman_domain::Kind;
use dragoman_domain::file::{FileFault, check_files, shown_name, sort_of};
use dragoman_domain::outbox::FileRef;
use dragoman_domain::outgoing::{ActionKind, Upload as Load};
use dragoman_pictures::Preview;
use dragoman_store::file::Upload;
use uuid::Uuid;

use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};

/// A file of ours that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadView {
    /// What an answer names it by.
    pub id: Uuid,
    /// Name the other side will see.
    pub name: String,
    /// Media type found from the bytes.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

impl Engine {
    /// Takes a file in. The same key with the same bytes is the same file.
    ///
    /// # Errors
    /// [`Error::Files`] for an empty or too large one; [`Error::KeyReused`]; a full disk.
    pub async fn add_upload(&self, id: Uuid, name: &str, bytes: Vec<u8>) -> Result<UploadView> {
        let mime = sort_of(&bytes).to_owned();
        let name = shown_name(name, &mime).text;
        let size = bytes.len() as u64;
        let limits = self.0.files.limits;
        if bytes.is_empty() {
            return Err(FileFault::Empty { name }.into());
        }
        if size > limits.max_bytes {
            return Err(FileFault::Size { name, size, limit: limits.max_bytes }.into());
        }
        let total = self.0.store.files_size().saturating_add(size);
        if total > limits.total_bytes {
            return Err(FileFault::Total { size: total, limit: limits.total_bytes }.into());
        }
        let store = self.0.store.clone();
        let saved = blocking(move || store.save_file(&bytes)).await?;
        let file = FileRef { id: saved.name.clone(), name, mime, size, sha256: saved.sha256.clone() };
        let (upload, now) = (Upload { id, file }, self.now());
        let kept = self.write(move |writer| writer.add_upload(&upload, now)).await?;
        // A repeated request has brought the bytes again; the first ones stay.
        if kept.id == saved.name {
            saved.claimed();
        }
        Ok(view(id, kept))
    }

    /// A file of ours as a picture.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NoPicture`].
    pub async fn upload_preview(&self, id: Uuid, edge: u32) -> Result<Preview> {
        let file = self.upload(id).await?;
        let store = self.0.store.clone();
        let stream = blocking(move || store.open_file(&file.id)).await?;
        self.small(stream, edge).await
    }

    async fn upload(&self, id: Uuid) -> Result<FileRef> {
        let found = self.read(move |reader| reader.upload(id)).await?;
        found.ok_or_else(|| Error::NotFound { what: "upload", id: id.to_string() })
    }

    /// The files of an answer, held against what the platform takes.
    pub(crate) async fn checked_files(
        &self,
        connector: &dyn Connector,
        kind: Kind,
        action: ActionKind,
        ids: &[Uuid],
    ) -> Result<Vec<FileRef>> {
        let mut files = Vec::with_capacity(ids.len());
        for id in ids {
            files.push(self.upload(*id).await?);
        }
        let rules = connector.capabilities().action(kind, action).and_then(|rules| rules.files.as_ref());
        check_files(&files, rules)?;
        Ok(files)
    }

    /// The bytes of an item's files; `None` if one is not here any more.
    pub(crate) async fn load_files(&self, files: &[FileRef]) -> Result<Option<Vec<Load>>> {
        let mut loads = Vec::with_capacity(files.len());
        for file in files {
            let (store, name) = (self.0.store.clone(), file.id.clone());
            let bytes = match blocking(move || store.open_file(&name)?.bytes()).await {
                Ok(bytes) => bytes,
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            loads.push(Load { name: file.name.clone(), mime: file.mime.clone(), bytes: bytes.into() });
        }
        Ok(Some(loads))
    }
}

fn view(id: Uuid, file: FileRef) -> UploadView {
    UploadView { id, name: file.name, mime: file.mime, size: file.size }
}
