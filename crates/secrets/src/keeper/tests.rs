#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use keyring_core::{Error as CoreError, mock};
use tempfile::TempDir;

use super::*;
use crate::MAX_SECRET_BYTES;

const HOME: Uuid = Uuid::from_u128(0xd7a9);

fn around(connect: Connect) -> Surroundings {
    Surroundings { connect, probe_limit: Duration::from_secs(30), cost: Cost::LEAST }
}

fn with_keyring(store: &Arc<mock::Store>) -> Surroundings {
    let store = Arc::clone(store);
    around(Arc::new(move || Ok(store.clone())))
}

fn without_keyring() -> Surroundings {
    around(Arc::new(|| Err(CoreError::PlatformFailure("no bus".into()))))
}

fn open(home: &TempDir, preference: Preference, around: &Surroundings) -> Result<Keeper> {
    Keeper::open_in(HOME, home.path(), preference, around)
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn name() -> SecretName {
    SecretName::new(1, "token").unwrap()
}

/// One keeper of each kind, ready for use.
fn each_kind(home: &TempDir) -> [Keeper; 3] {
    let store = mock::Store::new().unwrap();
    let keyring = open(home, Preference::Keyring, &with_keyring(&store)).unwrap();
    let memory = open(home, Preference::Memory, &without_keyring()).unwrap();
    let vault = open(home, Preference::Vault, &without_keyring()).unwrap();
    vault.vault_init(&secret("open sesame")).unwrap();
    [keyring, vault, memory]
}

fn place_and_readiness(keeper: &Keeper) -> (Place, Readiness) {
    let status = keeper.status();
    (status.place, status.readiness)
}

#[test]
fn every_place_keeps_replaces_and_forgets() {
    let home = home();
    for keeper in each_kind(&home) {
        assert!(keeper.get(&name()).unwrap().is_none());
        keeper.put(&name(), &secret("one")).unwrap();
        keeper.put(&name(), &secret("two")).unwrap();
        assert_eq!(keeper.get(&name()).unwrap().unwrap().expose(), b"two");
        keeper.delete(&name()).unwrap();
        keeper.delete(&name()).unwrap();
        assert!(keeper.get(&name()).unwrap().is_none());
    }
}

#[test]
fn odd_secrets_come_back_whole_or_are_refused_before_anything_is_touched() {
    let home = home();
    let cyrillic = |letters: usize| "я".repeat(letters).into_bytes();
    let kept: [Vec<u8>; 8] = [
        vec![b'x'; 1_280],
        vec![b'x'; 1_281],
        vec![b'x'; 2_560],
        cyrillic(1_280),
        "密钥🔑".into(),
        b"nul\0in the middle".to_vec(),
        vec![0; 16],
        b"\xff\xfe not text".to_vec(),
    ];
    let refused: [(Vec<u8>, usize); 4] =
        [(vec![b'x'; 2_561], 2_561), (vec![b'x'; 5_000], 5_000), (cyrillic(1_281), 2_562), (cyrillic(2_500), 5_000)];
    for keeper in each_kind(&home) {
        let place = keeper.status().place;
        for bytes in &kept {
            keeper.put(&name(), &Secret::from(bytes.clone())).unwrap();
            assert_eq!(keeper.get(&name()).unwrap().unwrap().expose(), bytes, "{place:?}");
        }
        keeper.put(&name(), &secret("old")).unwrap();
        for (bytes, size) in &refused {
            let told = keeper.put(&name(), &Secret::from(bytes.clone()));
            assert!(
                matches!(told, Err(Error::TooLong { bytes, limit: MAX_SECRET_BYTES }) if bytes == *size),
                "{place:?}: {told:?}"
            );
            assert_eq!(keeper.get(&name()).unwrap().unwrap().expose(), b"old", "{place:?}");
        }
        assert!(matches!(keeper.put(&name(), &secret("")), Err(Error::Empty)), "{place:?}");
    }
}

#[test]
fn auto_takes_a_keyring_that_serves() {
    let home = home();
    let store = mock::Store::new().unwrap();
    let keeper = open(&home, Preference::Auto, &with_keyring(&store)).unwrap();
    assert_eq!(keeper.status(), Status { place: Place::Keyring, readiness: Readiness::Ready, keyring_problem: None });
    assert!(matches!(keeper.vault_init(&secret("x")), Err(Error::NotAVault)));
}

#[test]
fn auto_without_a_keyring_offers_a_vault_and_says_why() {
    let home = home();
    let keeper = open(&home, Preference::Auto, &without_keyring()).unwrap();
    assert_eq!(place_and_readiness(&keeper), (Place::Vault, Readiness::NotMade));
    assert!(matches!(keeper.status().keyring_problem, Some(KeyringProblem::NoService(_))));
    for told in [keeper.put(&name(), &secret("x")), keeper.delete(&name()), keeper.vault_unlock(&secret("x"))] {
        let told = told.unwrap_err().to_string();
        assert!(told.contains("no bus") && told.contains("vault init"), "{told}");
    }
    keeper.vault_init(&secret("open sesame")).unwrap();
    assert_eq!(place_and_readiness(&keeper), (Place::Vault, Readiness::Ready));
    keeper.put(&name(), &secret("x")).unwrap();
    keeper.lock();
    assert_eq!(place_and_readiness(&keeper), (Place::Vault, Readiness::Locked));
    assert!(matches!(keeper.get(&name()), Err(Error::VaultLocked)));
}

#[test]
fn a_keyring_that_appears_later_serves_the_next_open() {
    let home = home();
    let store = mock::Store::new().unwrap();
    assert_eq!(open(&home, Preference::Auto, &without_keyring()).unwrap().status().place, Place::Vault);
    assert_eq!(open(&home, Preference::Auto, &with_keyring(&store)).unwrap().status().place, Place::Keyring);
}

#[test]
fn a_vault_with_secrets_is_not_forgotten_when_a_keyring_appears() {
    let home = home();
    let [_, vault, _] = each_kind(&home);
    vault.put(&name(), &secret("one")).unwrap();
    let store = mock::Store::new().unwrap();
    let keeper = open(&home, Preference::Auto, &with_keyring(&store)).unwrap();
    assert_eq!(place_and_readiness(&keeper), (Place::Vault, Readiness::Locked));
    keeper.vault_unlock(&secret("open sesame")).unwrap();
    assert_eq!(keeper.get(&name()).unwrap().unwrap().expose(), b"one");
}

#[test]
fn an_emptied_keyring_asks_for_the_token_again_and_nothing_else() {
    let home = home();
    let full = mock::Store::new().unwrap();
    open(&home, Preference::Auto, &with_keyring(&full)).unwrap().put(&name(), &secret("one")).unwrap();
    let emptied = mock::Store::new().unwrap();
    let keeper = open(&home, Preference::Auto, &with_keyring(&emptied)).unwrap();
    assert!(keeper.get(&name()).unwrap().is_none());
    keeper.put(&name(), &secret("one again")).unwrap();
}

#[test]
fn no_place_at_all_is_an_error_that_tells_what_to_do() {
    let home = home();
    let told = open(&home, Preference::Keyring, &without_keyring()).unwrap_err();
    assert!(matches!(&told, Error::NoStore { reason } if reason.contains("choose the vault")), "{told}");
    let gone = home.path().join("not/there");
    let told = Keeper::open_in(HOME, &gone, Preference::Auto, &without_keyring()).unwrap_err();
    assert!(matches!(&told, Error::NoStore { reason } if reason.contains("no bus") && reason.contains("not/there")));
}

#[test]
fn nothing_that_prints_a_keeper_shows_a_secret() {
    let home = home();
    for keeper in each_kind(&home) {
        keeper.put(&name(), &secret("canary-0123456789")).unwrap();
        let printed = format!("{keeper:?} {:?}", keeper.status());
        assert!(!printed.contains("canary"), "{printed}");
    }
}
