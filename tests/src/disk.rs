//! A small disk of a test's own, which can be filled and made read-only.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system in memory, taken away with the test.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` where this user may not mount.
    ///
    /// # Errors
    /// If there is no folder to mount it on.
    pub fn mount(mib: u32) -> std::io::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=0700"), "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        Ok(mounted.then_some(Self { folder }))
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// If not even an empty file can be made.
    pub fn fill(&self) -> std::io::Result<()> {
        self.fill_but(0)
    }

    /// Fills it and leaves so many blocks of 4 KiB.
    ///
    /// # Errors
    /// If not even an empty file can be made.
    pub fn fill_but(&self, blocks: u64) -> std::io::Result<()> {
        let mut filler = fs::File::create(self.filler())?;
        let block = vec![0_u8; 4_096];
        let mut written = 0_u64;
        while filler.write_all(&block).is_ok() {
            written += 1;
        }
        filler.set_len(written.saturating_sub(blocks) * 4_096)
    }

    /// Takes away what filled it.
    ///
    /// # Errors
    /// If it was not filled.
    pub fn make_room(&self) -> std::io::Result<()> {
        fs::remove_file(self.filler())
    }

    /// Mounts it anew, read-only or writable; `false` if the system does not.
    pub fn set_read_only(&self, read_only: bool) -> bool {
        let options = if read_only { "remount,ro" } else { "remount,rw" };
        let mut mount = Command::new("mount");
        mount.args(["-o", options]).arg(self.folder.path());
        mount.output().is_ok_and(|output| output.status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because a connection may still be open; a failure leaves no more than an empty mount in a temporary folder.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}
