//! The one door to the secrets of a home.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, KeyringProblem, Result};
use crate::keyring::{Connect, Keyring};
use crate::name::SecretName;
use crate::platform;
use crate::secret::Secret;
use crate::vault::{Cost, Vault};

#[cfg(test)]
mod tests;

/// The program must be up soon whether the keyring answers or not.
const PROBE_LIMIT: Duration = Duration::from_secs(3);

/// Where the person wants the secrets of a home to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The home's vault if it has one, else the keyring if it serves, else a vault still to be made.
    #[default]
    Auto,
    /// The keyring or nothing.
    Keyring,
    /// The vault, even where a keyring serves.
    Vault,
    /// Memory, for the demo: gone with the process.
    Memory,
}

/// Where the secrets of an open home are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The keyring of the operating system.
    Keyring,
    /// The passphrase vault in the home.
    Vault,
    /// The memory of this process.
    Memory,
}

/// Whether secrets can be read and written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// They can.
    Ready,
    /// The vault waits for its passphrase.
    Locked,
    /// There is no vault yet; it is made with a passphrase.
    NotMade,
}

/// What to show about the place of the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Where the secrets are.
    pub place: Place,
    /// Whether they can be used now.
    pub readiness: Readiness,
    /// Why the keyring does not serve, if it was asked.
    pub keyring_problem: Option<KeyringProblem>,
}

/// Keeps the secrets of one home in the place chosen when it was opened.
#[derive(Debug)]
pub struct Keeper {
    store: Store,
    keyring_problem: Option<KeyringProblem>,
}

#[derive(Debug)]
enum Store {
    Keyring(Keyring),
    Vault(Vault),
    Memory(Mutex<BTreeMap<SecretName, Secret>>),
}

/// What differs between a real home and a test.
struct Surroundings {
    connect: Connect,
    probe_limit: Duration,
    cost: Cost,
}

impl Keeper {
    /// Chooses the place of a home's secrets; decides within a little over 3 s even if the keyring hangs.
    ///
    /// A vault that exists wins over a keyring, because secrets are in it: someone who once worked over a bare remote
    /// shell must find them at the desktop too. A keyring that fails now is asked again by the next `open`.
    pub fn open(home_id: Uuid, home_dir: &Path, preference: Preference) -> Result<Self> {
        let surroundings =
            Surroundings { connect: Arc::new(platform::connect), probe_limit: PROBE_LIMIT, cost: Cost::STRONG };
        Self::open_in(home_id, home_dir, preference, &surroundings)
    }

    fn open_in(home_id: Uuid, home_dir: &Path, preference: Preference, around: &Surroundings) -> Result<Self> {
        let vault = |keyring_problem| Self::with_vault(home_dir, around.cost, keyring_problem);
        match preference {
            Preference::Memory => Ok(Self { store: Store::Memory(Mutex::default()), keyring_problem: None }),
            Preference::Vault => vault(None),
            Preference::Auto if Vault::path_in(home_dir).exists() => vault(None),
            Preference::Auto | Preference::Keyring => {
                match Keyring::probe(Arc::clone(&around.connect), home_id, around.probe_limit) {
                    Ok(keyring) => Ok(Self { store: Store::Keyring(keyring), keyring_problem: None }),
                    Err(problem) if preference == Preference::Auto => vault(Some(problem)),
                    Err(problem) => Err(Error::NoStore {
                        reason: format!("{problem}; start or unlock the keyring, or choose the vault instead"),
                    }),
                }
            }
        }
    }

    fn with_vault(home_dir: &Path, cost: Cost, keyring_problem: Option<KeyringProblem>) -> Result<Self> {
        match Vault::at(home_dir, cost) {
            Ok(vault) => Ok(Self { store: Store::Vault(vault), keyring_problem }),
            Err(error) => Err(Error::NoStore {
                reason: match keyring_problem {
                    Some(problem) => format!("{problem}, and a vault cannot be made: {error}"),
                    None => format!("a vault cannot be made: {error}"),
                },
            }),
        }
    }

    /// Where the secrets are and whether they can be used.
    pub fn status(&self) -> Status {
        let (place, readiness) = match &self.store {
            Store::Keyring(_) => (Place::Keyring, Readiness::Ready),
            Store::Memory(_) => (Place::Memory, Readiness::Ready),
            Store::Vault(vault) if !vault.is_made() => (Place::Vault, Readiness::NotMade),
            Store::Vault(vault) if vault.is_locked() => (Place::Vault, Readiness::Locked),
            Store::Vault(_) => (Place::Vault, Readiness::Ready),
        };
        Status { place, readiness, keyring_problem: self.keyring_problem.clone() }
    }

    /// Keeps a secret under a name, replacing the one before it; on failure the one before it stays.
    pub fn put(&self, name: &SecretName, secret: &Secret) -> Result<()> {
        secret.check_size()?;
        match &self.store {
            Store::Keyring(keyring) => keyring.put(name, secret),
            Store::Vault(vault) => self.made(vault)?.put(name, secret),
            Store::Memory(secrets) => {
                held(secrets).insert(name.clone(), secret.clone());
                Ok(())
            }
        }
    }

    /// The secret of that name, if there is one.
    pub fn get(&self, name: &SecretName) -> Result<Option<Secret>> {
        match &self.store {
            Store::Keyring(keyring) => keyring.get(name),
            Store::Vault(vault) => self.made(vault)?.get(name),
            Store::Memory(secrets) => Ok(held(secrets).get(name).cloned()),
        }
    }

    /// Removes the secret of that name; removing what is not there is no error.
    pub fn delete(&self, name: &SecretName) -> Result<()> {
        match &self.store {
            Store::Keyring(keyring) => keyring.delete(name),
            Store::Vault(vault) => self.made(vault)?.delete(name),
            Store::Memory(secrets) => {
                held(secrets).remove(name);
                Ok(())
            }
        }
    }

    /// Makes the home's vault and leaves it unlocked.
    pub fn vault_init(&self, passphrase: &Secret) -> Result<()> {
        self.vault()?.init(passphrase)
    }

    /// Unlocks the home's vault; a wrong passphrase leaves it as it was.
    pub fn vault_unlock(&self, passphrase: &Secret) -> Result<()> {
        self.made(self.vault()?)?.unlock(passphrase)
    }

    /// Wipes the vault's key and secrets from memory; a keyring and memory have nothing to lock.
    pub fn lock(&self) {
        if let Store::Vault(vault) = &self.store {
            vault.lock();
        }
    }

    fn vault(&self) -> Result<&Vault> {
        match &self.store {
            Store::Vault(vault) => Ok(vault),
            Store::Keyring(_) | Store::Memory(_) => Err(Error::NotAVault),
        }
    }

    fn made<'a>(&self, vault: &'a Vault) -> Result<&'a Vault> {
        if vault.is_made() {
            return Ok(vault);
        }
        let what_to_do = "make a vault with `dragoman vault init`";
        let reason = match &self.keyring_problem {
            Some(problem) => format!("{problem}; unlock it and start again, or {what_to_do}"),
            None => format!("this home has no vault yet; {what_to_do}"),
        };
        Err(Error::NoStore { reason })
    }
}

fn held(secrets: &Mutex<BTreeMap<SecretName, Secret>>) -> MutexGuard<'_, BTreeMap<SecretName, Secret>> {
    secrets.lock().unwrap_or_else(PoisonError::into_inner)
}
