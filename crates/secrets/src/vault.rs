//! Secrets in a file of the home under a passphrase, for machines without a keyring.
//!
//! The whole vault is small, so each change seals it anew and replaces the file in one step. One process owns a home,
//! hence one process writes its vault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::name::SecretName;
use crate::secret::Secret;

mod entries;
mod file;
mod sealed;

pub(crate) use sealed::Cost;
use sealed::{Damage, Key, Sealed};

#[cfg(test)]
mod tests;

/// The vault's file in the home.
const FILE: &str = "vault.bin";

type Entries = BTreeMap<SecretName, Secret>;

/// A vault that may not exist yet and may be locked.
#[derive(Debug)]
pub(crate) struct Vault {
    path: PathBuf,
    cost: Cost,
    open: Mutex<Option<Unlocked>>,
}

/// What is in memory between unlocking and locking; all of it is wiped when dropped.
#[derive(Debug)]
struct Unlocked {
    key: Key,
    entries: Entries,
}

impl Vault {
    /// The path the vault of a home has, whether it exists or not.
    pub(crate) fn path_in(home: &Path) -> PathBuf {
        home.join(FILE)
    }

    /// Takes the home's vault as it is, refusing a home where one could not be written.
    pub(crate) fn at(home: &Path, cost: Cost) -> Result<Self> {
        let path = Self::path_in(home);
        if !path.exists() {
            file::check_writable(&path)?;
        }
        Ok(Self { path, cost, open: Mutex::new(None) })
    }

    /// Whether there are secrets to speak of; an unlocked vault whose file vanished is written again by the next change.
    pub(crate) fn is_made(&self) -> bool {
        self.path.exists() || !self.is_locked()
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.opened().is_none()
    }

    /// Makes an empty vault and leaves it unlocked.
    pub(crate) fn init(&self, passphrase: &Secret) -> Result<()> {
        let mut open = self.opened();
        if open.is_some() || self.path.exists() {
            return Err(Error::VaultExists);
        }
        if passphrase.expose().is_empty() {
            return Err(Error::Empty);
        }
        let fresh = Unlocked { key: Key::fresh(passphrase, self.cost)?, entries: Entries::new() };
        self.write(&fresh.key, &fresh.entries)?;
        *open = Some(fresh);
        Ok(())
    }

    /// Opens the vault; a wrong passphrase leaves it as it was.
    pub(crate) fn unlock(&self, passphrase: &Secret) -> Result<()> {
        let mut open = self.opened();
        let bytes = file::read(&self.path)?;
        let sealed = Sealed::parse(&bytes).map_err(|damage| self.damaged(damage))?;
        let key = sealed.key(passphrase)?;
        // The digest was right, so what fails to open now was sealed under another key.
        let plain = sealed.open(&key).ok_or(Error::WrongPassphrase)?;
        let entries = entries::decode(&plain).ok_or_else(|| self.damaged(Damage::Content))?;
        *open = Some(Unlocked { key, entries });
        Ok(())
    }

    /// Forgets key and secrets.
    pub(crate) fn lock(&self) {
        *self.opened() = None;
    }

    pub(crate) fn get(&self, name: &SecretName) -> Result<Option<Secret>> {
        let open = self.opened();
        let unlocked = open.as_ref().ok_or(Error::VaultLocked)?;
        Ok(unlocked.entries.get(name).cloned())
    }

    pub(crate) fn put(&self, name: &SecretName, secret: &Secret) -> Result<()> {
        self.change(|entries| {
            entries.insert(name.clone(), secret.clone());
        })
    }

    pub(crate) fn delete(&self, name: &SecretName) -> Result<()> {
        self.change(|entries| {
            entries.remove(name);
        })
    }

    /// A change counts in memory only once the file holds it.
    fn change(&self, edit: impl FnOnce(&mut Entries)) -> Result<()> {
        let mut open = self.opened();
        let unlocked = open.as_mut().ok_or(Error::VaultLocked)?;
        let mut entries = unlocked.entries.clone();
        edit(&mut entries);
        self.write(&unlocked.key, &entries)?;
        unlocked.entries = entries;
        Ok(())
    }

    fn write(&self, key: &Key, entries: &Entries) -> Result<()> {
        let sealed = key.seal(&entries::encode(entries))?;
        file::replace(&self.path, &sealed, |written| Sealed::parse(written).is_ok_and(|back| back.open(key).is_some()))
    }

    fn damaged(&self, damage: Damage) -> Error {
        let path = self.path.clone();
        match damage {
            Damage::Newer(found) => Error::VaultNewer { found, known: sealed::VERSION },
            Damage::Cut => Error::VaultDamaged { path, what: "it is too short" },
            Damage::Foreign => Error::VaultDamaged { path, what: "it does not start as a vault does" },
            Damage::Digest => Error::VaultDamaged { path, what: "its digest does not match" },
            Damage::Cost => Error::VaultDamaged { path, what: "its key parameters are out of bounds" },
            Damage::Content => Error::VaultDamaged { path, what: "its content cannot be read" },
        }
    }

    fn opened(&self) -> MutexGuard<'_, Option<Unlocked>> {
        // Every change is one assignment, so a panic elsewhere cannot have left it half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
