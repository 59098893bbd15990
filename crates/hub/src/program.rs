//! What each of our programs does besides its own work.

pub mod logs;
pub mod stop;

/// Whatever mask the shell has set: what this program writes is for this user only.
#[cfg(unix)]
pub fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Elsewhere the folders of a user are closed to others already.
#[cfg(not(unix))]
pub fn keep_files_private() {}
