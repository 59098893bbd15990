#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex};

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, mock};

use super::*;
use crate::MAX_SECRET_BYTES;

const HOME: Uuid = Uuid::from_u128(0xd7a9);
const SHORT: Duration = Duration::from_millis(50);
const PATIENT: Duration = Duration::from_secs(30);

/// How the fake keyring misbehaves.
#[derive(Clone, Debug)]
enum Fault {
    /// Opens and refuses writes, as a locked Secret Service does.
    Locked,
    /// Takes a write, answers success, and keeps something else.
    Garbles,
    /// Refuses blobs as Windows does.
    WindowsLimit,
    /// Keeps the staged entry and fails the one that counts.
    FailsOnMain,
    /// Cannot remove anything.
    KeepsForever,
    /// Never answers a write until the test ends.
    Hangs(Arc<(Mutex<bool>, Condvar)>),
}

/// The core's mock store with one fault in front of it.
#[derive(Debug)]
struct Faulty {
    inner: Arc<mock::Store>,
    fault: Fault,
}

#[derive(Debug)]
struct FaultyEntry {
    inner: Entry,
    user: String,
    fault: Fault,
}

impl CredentialStoreApi for Faulty {
    fn vendor(&self) -> String {
        "faulty".into()
    }

    fn id(&self) -> String {
        "faulty".into()
    }

    fn build(&self, service: &str, user: &str, modifiers: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        let inner = self.inner.build(service, user, modifiers)?;
        Ok(Entry::new_with_credential(Arc::new(FaultyEntry {
            inner,
            user: user.to_owned(),
            fault: self.fault.clone(),
        })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl CredentialApi for FaultyEntry {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        match &self.fault {
            Fault::Locked => Err(CoreError::NoStorageAccess("locked".into())),
            Fault::Garbles => self.inner.set_secret(b"something else"),
            Fault::WindowsLimit if secret.len() > 2_560 => Err(CoreError::TooLong("secret".into(), 2_560)),
            Fault::FailsOnMain if !self.user.ends_with(".new") && secret != b"old" => {
                self.inner.set_secret(b"half written")?;
                Err(CoreError::PlatformFailure("disk full".into()))
            }
            Fault::Hangs(gate) => {
                let mut open = gate.0.lock().unwrap();
                while !*open {
                    open = gate.1.wait(open).unwrap();
                }
                Ok(())
            }
            _ => self.inner.set_secret(secret),
        }
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        self.inner.get_secret()
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        match self.fault {
            Fault::KeepsForever => Err(CoreError::PlatformFailure("read only".into())),
            _ => self.inner.delete_credential(),
        }
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn healthy(store: &Arc<mock::Store>) -> Connect {
    let store = Arc::clone(store);
    Arc::new(move || Ok(store.clone()))
}

fn faulty(store: &Arc<mock::Store>, fault: Fault) -> Connect {
    let store = Arc::new(Faulty { inner: Arc::clone(store), fault });
    Arc::new(move || Ok(store.clone()))
}

/// A keyring that was fine when it was probed.
fn keyring(connect: Connect) -> Keyring {
    Keyring { connect, home: HOME }
}

fn name() -> SecretName {
    SecretName::new(3, "token").unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn entries_left(store: &mock::Store) -> Vec<(String, Vec<u8>)> {
    let entries = store.search(&HashMap::new()).unwrap();
    entries.iter().filter_map(|e| Some((e.get_specifiers()?.1, e.get_secret().ok()?))).collect()
}

#[test]
fn the_probe_leaves_nothing_behind() {
    let store = mock::Store::new().unwrap();
    Keyring::probe(healthy(&store), HOME, PATIENT).unwrap();
    assert_eq!(entries_left(&store), vec![]);
}

#[test]
fn the_probe_tells_why_a_keyring_does_not_serve() {
    let store = mock::Store::new().unwrap();
    let of = |fault| Keyring::probe(faulty(&store, fault), HOME, PATIENT).unwrap_err();
    assert!(matches!(of(Fault::Locked), KeyringProblem::Locked(_)));
    assert!(matches!(of(Fault::Garbles), KeyringProblem::Failed(_)));
    assert!(matches!(of(Fault::KeepsForever), KeyringProblem::Failed(_)));
    let absent: Connect = Arc::new(|| Err(CoreError::PlatformFailure("no bus".into())));
    assert!(matches!(Keyring::probe(absent, HOME, PATIENT), Err(KeyringProblem::NoService(_))));
    let panicking: Connect = Arc::new(|| panic!("the client crate has a bug"));
    assert!(matches!(Keyring::probe(panicking, HOME, PATIENT), Err(KeyringProblem::Failed(_))));
}

#[test]
fn a_hanging_service_is_given_up_and_a_later_probe_may_succeed() {
    let store = mock::Store::new().unwrap();
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let stuck = faulty(&store, Fault::Hangs(Arc::clone(&gate)));
    assert_eq!(Keyring::probe(stuck, HOME, SHORT).unwrap_err(), KeyringProblem::TimedOut { seconds: 0 });
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    Keyring::probe(healthy(&store), HOME, PATIENT).unwrap();
}

#[test]
fn a_secret_is_put_read_replaced_and_removed_under_its_own_name_only() {
    let store = mock::Store::new().unwrap();
    let keyring = keyring(healthy(&store));
    assert!(keyring.get(&name()).unwrap().is_none());
    keyring.put(&name(), &secret("one")).unwrap();
    keyring.put(&name(), &secret("two")).unwrap();
    assert_eq!(keyring.get(&name()).unwrap().unwrap().expose(), b"two");
    assert_eq!(entries_left(&store), vec![(format!("{HOME}/3/token"), b"two".to_vec())]);
    keyring.delete(&name()).unwrap();
    keyring.delete(&name()).unwrap();
    assert_eq!(entries_left(&store), vec![]);
}

#[test]
fn a_failed_write_keeps_the_old_secret() {
    let store = mock::Store::new().unwrap();
    let good = keyring(healthy(&store));
    good.put(&name(), &secret("old")).unwrap();
    let faults = [Fault::Locked, Fault::Garbles, Fault::FailsOnMain];
    for fault in faults {
        let told = keyring(faulty(&store, fault.clone())).put(&name(), &secret("new"));
        assert!(told.is_err(), "{fault:?}");
        assert_eq!(good.get(&name()).unwrap().unwrap().expose(), b"old", "{fault:?}");
        assert_eq!(entries_left(&store).len(), 1, "{fault:?} left a staged entry");
    }
}

#[test]
fn a_failed_first_write_leaves_no_half_secret() {
    let store = mock::Store::new().unwrap();
    keyring(faulty(&store, Fault::FailsOnMain)).put(&name(), &secret("new")).unwrap_err();
    assert_eq!(entries_left(&store), vec![]);
}

#[test]
fn a_staged_entry_left_by_a_crash_goes_with_the_secret() {
    let store = mock::Store::new().unwrap();
    let keyring = keyring(healthy(&store));
    keyring.put(&name(), &secret("old")).unwrap();
    let staged = store.build(SERVICE, &staged_user(&name().entry_user(HOME)), None).unwrap();
    staged.set_secret(b"never came to count").unwrap();
    assert_eq!(keyring.get(&name()).unwrap().unwrap().expose(), b"old");
    keyring.delete(&name()).unwrap();
    assert_eq!(entries_left(&store), vec![]);
}

#[test]
fn two_homes_do_not_see_each_other() {
    let store = mock::Store::new().unwrap();
    let here = keyring(healthy(&store));
    let there = Keyring { connect: healthy(&store), home: Uuid::from_u128(1) };
    here.put(&name(), &secret("here")).unwrap();
    assert!(there.get(&name()).unwrap().is_none());
    there.delete(&name()).unwrap();
    assert_eq!(here.get(&name()).unwrap().unwrap().expose(), b"here");
}

#[test]
fn a_store_limit_that_is_smaller_than_ours_is_an_error_and_not_a_loss() {
    let store = mock::Store::new().unwrap();
    let keyring = keyring(faulty(&store, Fault::WindowsLimit));
    keyring.put(&name(), &secret("old")).unwrap();
    let error = keyring.put(&name(), &Secret::from(vec![b'x'; 2_561])).unwrap_err();
    assert!(matches!(error, Error::Keyring(KeyringProblem::Failed(_))), "{error}");
    assert_eq!(keyring.get(&name()).unwrap().unwrap().expose(), b"old");
}

/// K03: sizes up to and above what Windows keeps, in bytes and in UTF-16 units, against a store with its limit.
#[test]
fn every_size_comes_back_whole_or_is_refused_with_the_old_secret_kept() {
    let scripts: [(&str, &[u8]); 5] = [
        ("ascii", b"x"),
        ("cyrillic", "я".as_bytes()),
        ("chinese", "密".as_bytes()),
        ("emoji", "🔑".as_bytes()),
        ("nul", b"\0"),
    ];
    let (mut whole, mut refused) = (0, 0);
    for units in [1_280, 1_281, 2_560, 2_561, 5_000] {
        for (script, letter) in scripts {
            let store = mock::Store::new().unwrap();
            let keyring = keyring(faulty(&store, Fault::WindowsLimit));
            keyring.put(&name(), &secret("old")).unwrap();
            // Outside the basic plane a letter is two units.
            let letters = if letter.len() == 4 { units / 2 } else { units };
            let new = Secret::from(letter.repeat(letters));
            let told = new.check_size().and_then(|()| keyring.put(&name(), &new));
            let kept = keyring.get(&name()).unwrap().unwrap();
            match told {
                Ok(()) => {
                    assert_eq!(kept.expose(), new.expose(), "{units} units of {script}");
                    whole += 1;
                }
                Err(Error::TooLong { bytes, limit: MAX_SECRET_BYTES }) => {
                    assert!(bytes > MAX_SECRET_BYTES && kept.expose() == b"old", "{units} units of {script}");
                    refused += 1;
                }
                Err(other) => panic!("{units} units of {script}: {other}"),
            }
            assert_eq!(entries_left(&store).len(), 1, "{units} units of {script} left a staged entry");
        }
    }
    println!(
        "K03: {} of 25 sizes as expected: {whole} came back whole, {refused} refused with the old secret kept",
        whole + refused
    );
    assert_eq!((whole, refused), (9, 16));
}

#[test]
fn errors_never_show_the_secret() {
    let canary = "canary-0123456789";
    let errors = [
        CoreError::BadEncoding(canary.into()),
        CoreError::BadDataFormat(canary.into(), "odd".into()),
        CoreError::Ambiguous(vec![{
            let entry = mock::Store::new().unwrap().build(SERVICE, "x", None).unwrap();
            entry.set_secret(canary.as_bytes()).unwrap();
            entry
        }]),
    ];
    let bytes_as_debug = format!("{:?}", canary.as_bytes());
    for error in errors {
        let ours = failed(error);
        let shown = format!("{ours} {ours:?}");
        assert!(!shown.contains(canary) && !shown.contains(&bytes_as_debug), "{shown}");
    }
}
