//! The endpoint file: how other processes find the owner of a home.
//!
//! The lock of the operating system decides who the owner is; this file only says how to reach it. So a file that a dead
//! owner left behind does no harm: whoever gets the lock writes over it, whoever does not finds nobody answering.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::token::Token;

const NAME: &str = "endpoint.json";

/// How to reach the owner of a home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its process.
    pub pid: u32,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// What to show as bearer token.
    pub token: Token,
    /// When it began to listen.
    pub started_at: Timestamp,
}

impl Endpoint {
    /// Reads the file of a home; `None` if there is none or it does not say anything usable.
    pub fn read(home: &Path) -> Option<Self> {
        let text = fs::read_to_string(home.join(NAME)).ok()?;
        let endpoint: Self = serde_json::from_str(&text).ok()?;
        endpoint.address().is_some().then_some(endpoint)
    }

    /// Publishes how to reach this process. Call it once the server listens.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn publish(self, home: &Path) -> io::Result<Published> {
        let path = home.join(NAME);
        let fresh = home.join(format!("{NAME}.{}", self.pid));
        // A namesake can only be what an earlier process with this number left behind.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(&fresh)?;
        file.write_all(&serde_json::to_vec(&self)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        Ok(Published { path, home: home.to_owned(), endpoint: self })
    }

    /// `127.0.0.1:PORT`; nothing else is ever called, so a file that was tampered with sends the token nowhere else.
    pub(crate) fn address(&self) -> Option<&str> {
        let address = self.url.strip_prefix("http://")?;
        let port = address.strip_prefix("127.0.0.1:")?;
        port.parse::<u16>().ok().map(|_| address)
    }
}

/// The file while this process owns the home; removed when dropped.
#[derive(Debug)]
pub struct Published {
    path: PathBuf,
    home: PathBuf,
    endpoint: Endpoint,
}

impl Drop for Published {
    fn drop(&mut self) {
        // Only our own: another owner may have come since.
        if Endpoint::read(&self.home).as_ref() == Some(&self.endpoint)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "the endpoint file stays behind");
        }
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

// Elsewhere the user's own folder is closed to others already.
#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint {
            pid: 7,
            url: "http://127.0.0.1:4111".to_owned(),
            token: Token::random().unwrap(),
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_file_is_there_while_published_and_gone_afterwards() {
        let home = tempfile::tempdir().unwrap();
        let endpoint = endpoint();
        let published = endpoint.clone().publish(home.path()).unwrap();
        assert_eq!(Endpoint::read(home.path()), Some(endpoint));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no half-written file stays");
        drop(published);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let _published = endpoint().publish(home.path()).unwrap();
        let mode = fs::metadata(home.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_file_of_a_dead_owner_is_written_over_and_never_removed_by_the_dead_ones_heir() {
        let home = tempfile::tempdir().unwrap();
        let dead = endpoint().publish(home.path()).unwrap();
        let alive = endpoint();
        let _published = alive.clone().publish(home.path()).unwrap();
        drop(dead);
        assert_eq!(Endpoint::read(home.path()), Some(alive));
    }

    #[test]
    fn a_file_that_names_another_host_counts_as_none() {
        let home = tempfile::tempdir().unwrap();
        for url in ["http://10.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1:80/x", "http://127.0.0.1.evil:80"] {
            let mut text = serde_json::to_value(endpoint()).unwrap();
            text["url"] = url.into();
            fs::write(home.path().join(NAME), text.to_string()).unwrap();
            assert_eq!(Endpoint::read(home.path()), None, "{url}");
        }
        fs::write(home.path().join(NAME), "{").unwrap();
        assert_eq!(Endpoint::read(home.path()), None);
    }
}
