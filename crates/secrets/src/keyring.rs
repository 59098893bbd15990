//! Secrets in the keyring of the operating system, one entry each.
//!
//! A keyring is a service in another process that may be absent, locked, waiting for a person or stuck, and may come
//! and go while the program runs. So each operation connects anew, on a thread of its own with a time limit: a stuck
//! service costs its caller the limit and nothing else, and a restarted one is simply used again.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error as CoreError};
use uuid::Uuid;

use crate::error::{Error, KeyringProblem, Result};
use crate::name::SecretName;
use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// The service part of every entry.
const SERVICE: &str = "dragoman";

/// A system dialogue may be waiting for a person to type a password.
const OPERATION_LIMIT: Duration = Duration::from_secs(60);

pub(crate) type Connect = Arc<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync>;

/// A keyring that has shown that it can keep a secret.
pub(crate) struct Keyring {
    connect: Connect,
    home: Uuid,
}

impl Keyring {
    /// Writes, reads and deletes an entry of its own: opening alone proves nothing, a locked keyring opens and then
    /// refuses the write.
    pub(crate) fn probe(connect: Connect, home: Uuid, limit: Duration) -> std::result::Result<Self, KeyringProblem> {
        let user = format!("{home}/probe/{}", Uuid::new_v4());
        let canary = Secret::from(Uuid::new_v4().to_string());
        let tried = run(&connect, limit, move |store| {
            let entry = entry(store, &user)?;
            let kept = write_and_read_back(&entry, &canary);
            let removed = remove(&entry);
            kept.and(removed)
        });
        match tried {
            Ok(()) => Ok(Self { connect, home }),
            Err(Error::Keyring(problem)) => Err(problem),
            Err(other) => Err(KeyringProblem::Failed(other.to_string())),
        }
    }

    /// Replaces a secret; on failure the old one stays.
    pub(crate) fn put(&self, name: &SecretName, secret: &Secret) -> Result<()> {
        let (user, secret) = (name.entry_user(self.home), secret.clone());
        run(&self.connect, OPERATION_LIMIT, move |store| replace(store, &user, &secret))
    }

    pub(crate) fn get(&self, name: &SecretName) -> Result<Option<Secret>> {
        let user = name.entry_user(self.home);
        run(&self.connect, OPERATION_LIMIT, move |store| read(&entry(store, &user)?))
    }

    pub(crate) fn delete(&self, name: &SecretName) -> Result<()> {
        let user = name.entry_user(self.home);
        run(&self.connect, OPERATION_LIMIT, move |store| {
            remove(&entry(store, &user)?)?;
            remove(&entry(store, &staged_user(&user))?)
        })
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("home", &self.home).finish_non_exhaustive()
    }
}

/// Runs one operation on its own thread. After the limit the thread is left behind: what the service does with a
/// request it has already taken is its own affair, and every operation here may be repeated.
fn run<T: Send + 'static>(
    connect: &Connect,
    limit: Duration,
    operation: impl FnOnce(&CredentialStore) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, waiting) = mpsc::sync_channel(1);
    let connect = Arc::clone(connect);
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            let result = connect().map_err(|e| unreachable_service(&e).into()).and_then(|store| operation(&*store));
            // Nobody listens any more once the limit has passed.
            let _ = answer.send(result);
        })
        .map_err(Error::io("starting the keyring thread"))?;
    match waiting.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(KeyringProblem::TimedOut { seconds: limit.as_secs() }.into()),
        Err(RecvTimeoutError::Disconnected) => {
            Err(KeyringProblem::Failed("the keyring client stopped unexpectedly".into()).into())
        }
    }
}

/// The new secret is proven in an entry beside the old one before the old one is touched.
fn replace(store: &CredentialStore, user: &str, secret: &Secret) -> Result<()> {
    let staged = entry(store, &staged_user(user))?;
    let main = entry(store, user)?;
    let replaced = write_and_read_back(&staged, secret).and_then(|()| overwrite(&main, secret));
    if let Err(error) = remove(&staged) {
        // Harmless: it is as well kept as the secret itself, and the next write or delete takes it along.
        tracing::warn!(%error, "a staged keyring entry was left behind");
    }
    replaced
}

fn overwrite(main: &Entry, secret: &Secret) -> Result<()> {
    let old = read(main)?;
    let Err(error) = write_and_read_back(main, secret) else { return Ok(()) };
    let restored = match &old {
        Some(old) => write_and_read_back(main, old),
        None => remove(main),
    };
    if let Err(error) = restored {
        tracing::error!(%error, "the previous secret could not be put back into the keyring");
    }
    Err(error)
}

fn write_and_read_back(entry: &Entry, secret: &Secret) -> Result<()> {
    entry.set_secret(secret.expose()).map_err(failed)?;
    match read(entry)? {
        Some(kept) if kept.expose() == secret.expose() => Ok(()),
        _ => Err(Error::NotKept),
    }
}

/// The field alphabet has no dot, so this can never be the name of another secret.
fn staged_user(user: &str) -> String {
    format!("{user}.new")
}

fn entry(store: &CredentialStore, user: &str) -> Result<Entry> {
    store.build(SERVICE, user, None).map_err(failed)
}

fn read(entry: &Entry) -> Result<Option<Secret>> {
    match entry.get_secret() {
        Ok(bytes) => Ok(Some(Secret::from(bytes))),
        Err(CoreError::NoEntry) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn remove(entry: &Entry) -> Result<()> {
    match entry.delete_credential() {
        Ok(()) | Err(CoreError::NoEntry) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn unreachable_service(error: &CoreError) -> KeyringProblem {
    match error {
        CoreError::NoStorageAccess(reason) => KeyringProblem::Locked(reason.to_string()),
        CoreError::PlatformFailure(reason) => KeyringProblem::NoService(reason.to_string()),
        other => KeyringProblem::NoService(other.to_string()),
    }
}

fn failed(error: CoreError) -> Error {
    let problem = match error {
        CoreError::NoStorageAccess(reason) => KeyringProblem::Locked(reason.to_string()),
        CoreError::PlatformFailure(reason) => KeyringProblem::Failed(reason.to_string()),
        // The entries' own text is up to the store and might show what is in them.
        CoreError::Ambiguous(entries) => KeyringProblem::Failed(format!("{} entries have this name", entries.len())),
        other => KeyringProblem::Failed(other.to_string()),
    };
    problem.into()
}
