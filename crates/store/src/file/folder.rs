//! The folder of strangers' bytes: written whole or not at all, under names that nobody gave, handed out as streams.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Store, place};

/// Name of the folder within its home.
const FOLDER: &str = "files";
/// Begins the name of a file in the making.
const UNFINISHED: &str = "new-";

/// The folder, and what is known of it without looking.
#[derive(Default)]
pub(crate) struct Folder {
    /// Bytes that lie in it; counted at the first need.
    used: OnceLock<AtomicU64>,
    /// Files on the disk whose row is not written yet.
    in_hand: Mutex<HashSet<String>>,
}

/// Bytes on the disk that no row names yet: dropped without [`Saved::claimed`] they are removed again.
pub struct Saved {
    /// Name on disk.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    store: Store,
    claimed: bool,
}

/// The bytes of a file, from the beginning.
#[derive(Debug)]
pub struct FileStream {
    file: File,
    size: u64,
}

impl FileStream {
    /// Bytes there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// What the disk may say.
    pub fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        self.file.read_to_end(&mut bytes).map_err(Error::file("reading a file"))?;
        Ok(bytes)
    }
}

impl Read for FileStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Saved {
    /// A row names the file now, and is on the disk.
    pub fn claimed(mut self) {
        self.claimed = true;
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        if !self.claimed
            && let Err(error) = self.store.remove_file(&self.name)
        {
            tracing::warn!(%error, "a file that nobody names stays until the next sweep");
        }
        self.store.inner.files.in_hand().remove(&self.name);
    }
}

impl Folder {
    fn in_hand(&self) -> MutexGuard<'_, HashSet<String>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn files_dir(&self) -> PathBuf {
        self.home().join(FOLDER)
    }

    fn used(&self) -> &AtomicU64 {
        self.inner.files.used.get_or_init(|| {
            let entries = fs::read_dir(self.files_dir()).into_iter().flatten().flatten();
            AtomicU64::new(entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum())
        })
    }

    /// Bytes of all files that are kept.
    pub fn files_size(&self) -> u64 {
        self.used().load(Ordering::Relaxed)
    }

    /// Puts bytes on the disk under a random name. They stay only if they are claimed once a row names them.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::ReadOnly`], and what else the disk may say; then nothing is left behind.
    pub fn save_file(&self, bytes: &[u8]) -> Result<Saved, Error> {
        let dir = self.files_dir();
        place::create_dir(&dir).map_err(Error::file("making the folder for files"))?;
        let size = bytes.len() as u64;
        let used = self.used();
        let name = Uuid::new_v4().simple().to_string();
        let unfinished = dir.join(format!("{UNFINISHED}{name}"));
        let in_hand = &self.inner.files;
        in_hand.in_hand().extend([name.clone(), format!("{UNFINISHED}{name}")]);
        let written = write_whole(&unfinished, &dir.join(&name), bytes).and_then(|()| place::sync_dir(&dir));
        in_hand.in_hand().remove(&format!("{UNFINISHED}{name}"));
        if let Err(cause) = written {
            // The disk that could not take it may not even let go; the next sweep will.
            let _ = place::remove_if_there(&unfinished);
            let _ = place::remove_if_there(&dir.join(&name));
            in_hand.in_hand().remove(&name);
            return Err(Error::file("keeping a file")(cause));
        }
        used.fetch_add(size, Ordering::Relaxed);
        let sha256 = hex::encode(Sha256::digest(bytes));
        Ok(Saved { name, size, sha256, store: self.clone(), claimed: false })
    }

    /// The bytes under a name that a row gave.
    ///
    /// # Errors
    /// [`Error::Missing`] if they are gone: the inbox was restored without them, or somebody removed them.
    pub fn open_file(&self, name: &str) -> Result<FileStream, Error> {
        let missing = || Error::missing("file", name);
        if !is_name(name) {
            return Err(missing());
        }
        let file = match File::open(self.files_dir().join(name)) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(missing()),
            opened => opened.map_err(Error::file("opening a file"))?,
        };
        let size = file.metadata().map_err(Error::file("opening a file"))?.len();
        Ok(FileStream { file, size })
    }

    /// Removes the bytes under a name; no row may name them any more.
    ///
    /// # Errors
    /// What the disk may say.
    pub fn remove_file(&self, name: &str) -> Result<(), Error> {
        if !is_name(name) {
            return Ok(());
        }
        let path = self.files_dir().join(name);
        let size = path.metadata().map_or(0, |found| found.len());
        place::remove_if_there(&path).map_err(Error::file("removing a file"))?;
        self.shrunk(size);
        Ok(())
    }

    fn shrunk(&self, size: u64) {
        // Never below zero, whatever somebody else did in the folder.
        let _ = self.used().fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| Some(used.saturating_sub(size)));
    }

    /// Removes every file that no row names: left by a power cut, or by rows that were erased. May run at any time.
    ///
    /// # Errors
    /// What the disk or the database may say.
    pub fn sweep_files(&self) -> Result<Swept, Error> {
        let dir = self.files_dir();
        let entries = match fs::read_dir(&dir) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Swept::default()),
            listed => listed.map_err(Error::file("listing the files"))?,
        };
        let lying: Vec<(String, u64)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let found = entry.metadata().ok()?;
                found.is_file().then(|| (entry.file_name().to_string_lossy().into_owned(), found.len()))
            })
            .collect();
        // In this order: what is in hand when it was listed is either in hand here, or named by a row below.
        let in_hand = self.inner.files.in_hand().clone();
        let named = self.read(|reader| reader.file_names())?;
        let mut swept = Swept::default();
        for (name, size) in lying {
            let ours = is_name(name.strip_prefix(UNFINISHED).unwrap_or(&name));
            if ours && !in_hand.contains(&name) && !named.contains(&name) {
                place::remove_if_there(&dir.join(&name)).map_err(Error::file("removing a file"))?;
                self.shrunk(size);
                swept.files += 1;
                swept.bytes += size;
            }
        }
        Ok(swept)
    }
}

fn write_whole(unfinished: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = place::create_file(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(unfinished, path)
}

/// Whether a name is one of those given here; nothing else is ever joined to the folder's path.
fn is_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
