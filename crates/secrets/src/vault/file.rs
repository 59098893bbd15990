//! Reading and replacing the vault file so that a crash leaves either the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Some thousand full secrets; more is not a vault.
const LARGEST: u64 = 16 * 1024 * 1024;

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::io(path.display()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(Error::io(path.display()))?;
    Ok(bytes)
}

/// Finds out before a passphrase is asked for whether a vault could be written.
pub(super) fn check_writable(path: &Path) -> Result<()> {
    let staged = staged(path);
    create(&staged).and_then(|_| fs::remove_file(&staged)).map_err(Error::io(staged.display()))
}

/// Writes beside, flushes, reads back, and renames over the old file.
pub(super) fn replace(path: &Path, bytes: &[u8], reads_back: impl FnOnce(&[u8]) -> bool) -> Result<()> {
    let staged = staged(path);
    let written = stage(&staged, bytes).and_then(|()| {
        let back = fs::read(&staged)?;
        if !reads_back(&back) {
            return Err(ErrorKind::InvalidData.into());
        }
        fs::rename(&staged, path)
    });
    if let Err(error) = written {
        // What cannot be removed now is removed before the next writing.
        let _ = fs::remove_file(&staged);
        return Err(Error::io(staged.display())(error));
    }
    sync_folder_of(path).map_err(Error::io(path.display()))
}

fn stage(staged: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = create(staged)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Always a fresh file of our own making: what a crash left is removed, and a link is never followed.
fn create(staged: &Path) -> std::io::Result<File> {
    match fs::remove_file(staged) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(staged)
}

fn staged(path: &Path) -> PathBuf {
    path.with_extension("bin.new")
}

/// Without this a power cut may undo the rename. Windows has no such call and journals renames itself.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> std::io::Result<()> {
    Ok(())
}
