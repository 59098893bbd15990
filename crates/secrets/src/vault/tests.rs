#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use std::fs;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn vault(home: &TempDir) -> Vault {
    Vault::at(home.path(), Cost::LEAST).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn name(shop: i64) -> SecretName {
    SecretName::new(shop, "token").unwrap()
}

/// A vault with one secret, locked again.
fn filled(home: &TempDir) -> Vault {
    let vault = vault(home);
    vault.init(&secret("open sesame")).unwrap();
    vault.put(&name(1), &secret("one")).unwrap();
    vault.lock();
    vault
}

fn files_in(home: &TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn secrets_survive_locking_and_a_new_process() {
    let home = home();
    let passphrase = "длинная фраза 密码";
    let first = vault(&home);
    first.init(&secret(passphrase)).unwrap();
    let odd = Secret::from(b"nul\0and\xff\xfebytes".to_vec());
    first.put(&name(1), &odd).unwrap();
    first.put(&name(-2), &secret("ключ 密钥")).unwrap();
    first.put(&name(3), &secret("gone soon")).unwrap();
    first.delete(&name(3)).unwrap();
    first.delete(&name(4)).unwrap();

    let second = vault(&home);
    assert!(second.is_made() && second.is_locked());
    second.unlock(&secret(passphrase)).unwrap();
    assert_eq!(second.get(&name(1)).unwrap().unwrap().expose(), odd.expose());
    assert_eq!(second.get(&name(-2)).unwrap().unwrap().expose_str().unwrap(), "ключ 密钥");
    assert!(second.get(&name(3)).unwrap().is_none());
}

#[test]
fn the_strong_parameters_open_what_they_sealed() {
    let home = home();
    Vault::at(home.path(), Cost::STRONG).unwrap().init(&secret("open sesame")).unwrap();
    // The file's own parameters count, not those of the program that reads it.
    vault(&home).unlock(&secret("open sesame")).unwrap();
    assert!(matches!(vault(&home).unlock(&secret("open says me")), Err(Error::WrongPassphrase)));
}

#[test]
fn a_locked_vault_gives_and_takes_nothing() {
    let home = home();
    let vault = filled(&home);
    let before = fs::read(&vault.path).unwrap();
    assert!(matches!(vault.get(&name(1)), Err(Error::VaultLocked)));
    assert!(matches!(vault.put(&name(1), &secret("two")), Err(Error::VaultLocked)));
    assert!(matches!(vault.delete(&name(1)), Err(Error::VaultLocked)));
    assert_eq!(fs::read(&vault.path).unwrap(), before);
}

#[test]
fn a_wrong_passphrase_is_told_and_changes_nothing() {
    let home = home();
    let vault = filled(&home);
    for wrong in ["open sesam", "open sesame ", "Open sesame", "x"] {
        assert!(matches!(vault.unlock(&secret(wrong)), Err(Error::WrongPassphrase)), "{wrong}");
    }
    assert!(vault.is_locked());
    vault.unlock(&secret("open sesame")).unwrap();
    assert!(matches!(vault.unlock(&secret("wrong now")), Err(Error::WrongPassphrase)));
    assert_eq!(vault.get(&name(1)).unwrap().unwrap().expose(), b"one");
}

#[test]
fn a_vault_is_never_made_over_another_nor_with_an_empty_passphrase() {
    let home = home();
    assert!(matches!(vault(&home).init(&secret("")), Err(Error::Empty)));
    let vault = filled(&home);
    let before = fs::read(&vault.path).unwrap();
    assert!(matches!(vault.init(&secret("another")), Err(Error::VaultExists)));
    assert_eq!(fs::read(&vault.path).unwrap(), before);
}

#[test]
fn a_file_cut_at_any_byte_is_damaged_and_never_opens() {
    let home = home();
    let vault = filled(&home);
    let whole = fs::read(&vault.path).unwrap();
    for length in 0..whole.len() {
        fs::write(&vault.path, &whole[..length]).unwrap();
        let told = vault.unlock(&secret("open sesame"));
        assert!(matches!(told, Err(Error::VaultDamaged { .. })), "cut to {length}: {told:?}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_damage_and_not_a_wrong_passphrase() {
    let home = home();
    let vault = filled(&home);
    let whole = fs::read(&vault.path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&vault.path, &bytes).unwrap();
        let told = vault.unlock(&secret("open sesame"));
        assert!(matches!(told, Err(Error::VaultDamaged { .. })), "byte {at}: {told:?}");
    }
    fs::write(&vault.path, &whole).unwrap();
    vault.unlock(&secret("open sesame")).unwrap();
}

/// What someone who recomputes the digest can do: still not open it, and not exhaust the machine.
#[test]
fn a_forged_file_with_a_right_digest_does_not_open() {
    let home = home();
    let vault = filled(&home);
    let whole = fs::read(&vault.path).unwrap();
    let told = |at: usize, value: u8| {
        let mut bytes = whole[..whole.len() - 32].to_vec();
        bytes[at] = value;
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        fs::write(&vault.path, &bytes).unwrap();
        vault.unlock(&secret("open sesame")).unwrap_err()
    };
    assert!(matches!(told(8, 2), Error::VaultNewer { found: 2, known: 1 }));
    assert!(matches!(told(12, 0x40), Error::VaultDamaged { .. }), "a terabyte of memory");
    assert!(matches!(told(14, 1), Error::VaultDamaged { .. }), "257 passes");
    assert!(matches!(told(17, 0), Error::VaultDamaged { .. }), "no lanes");
    assert!(matches!(told(21, whole[21] ^ 1), Error::WrongPassphrase), "another salt");
    assert!(matches!(told(37, whole[37] ^ 1), Error::WrongPassphrase), "another nonce");
    assert!(matches!(told(62, whole[62] ^ 1), Error::WrongPassphrase), "another ciphertext");
}

#[test]
fn a_foreign_file_is_told_apart() {
    let home = home();
    fs::write(Vault::path_in(home.path()), "SQLite format 3\0 and so on").unwrap();
    let told = vault(&home).unlock(&secret("open sesame")).unwrap_err();
    assert!(matches!(told, Error::VaultDamaged { what: "it does not start as a vault does", .. }), "{told}");
}

#[test]
fn a_crash_between_writing_and_renaming_keeps_the_old_vault() {
    let home = home();
    let vault = filled(&home);
    let left_behind = home.path().join("vault.bin.new");
    fs::write(&left_behind, "half a vault").unwrap();
    vault.unlock(&secret("open sesame")).unwrap();
    assert_eq!(vault.get(&name(1)).unwrap().unwrap().expose(), b"one");
    vault.put(&name(2), &secret("two")).unwrap();
    assert_eq!(files_in(&home), ["vault.bin"]);
}

#[test]
fn a_failed_write_keeps_file_and_memory_as_they_were() {
    let home = home();
    let vault = filled(&home);
    vault.unlock(&secret("open sesame")).unwrap();
    // A folder in the staged file's place fails the write for every user, root included.
    let obstacle = home.path().join("vault.bin.new");
    fs::create_dir(&obstacle).unwrap();
    assert!(matches!(vault.put(&name(1), &secret("two")), Err(Error::Io { .. })));
    assert_eq!(vault.get(&name(1)).unwrap().unwrap().expose(), b"one");
    fs::remove_dir(&obstacle).unwrap();
    vault.lock();
    vault.unlock(&secret("open sesame")).unwrap();
    assert_eq!(vault.get(&name(1)).unwrap().unwrap().expose(), b"one");
}

#[test]
fn an_unlocked_vault_whose_file_was_removed_writes_it_again() {
    let home = home();
    let vault = filled(&home);
    vault.unlock(&secret("open sesame")).unwrap();
    fs::remove_file(&vault.path).unwrap();
    assert!(vault.is_made());
    assert!(matches!(vault.init(&secret("another")), Err(Error::VaultExists)));
    vault.put(&name(2), &secret("two")).unwrap();
    vault.lock();
    vault.unlock(&secret("open sesame")).unwrap();
    assert_eq!(vault.get(&name(1)).unwrap().unwrap().expose(), b"one");
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only_and_a_planted_link_is_not_followed() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let elsewhere = home.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, home.path().join("vault.bin.new")).unwrap();
    filled(&home);
    let mode = fs::metadata(Vault::path_in(home.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(files_in(&home), ["vault.bin"]);
}

#[test]
fn neither_the_file_nor_what_prints_shows_a_secret() {
    let home = home();
    let vault = vault(&home);
    vault.init(&secret("canary passphrase")).unwrap();
    vault.put(&name(1), &secret("canary token")).unwrap();
    let printed = format!("{vault:?}");
    let file = fs::read(&vault.path).unwrap();
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!file.windows(6).any(|w| w == b"canary"));
}

#[test]
fn each_writing_uses_a_fresh_nonce() {
    let home = home();
    let vault = vault(&home);
    vault.init(&secret("open sesame")).unwrap();
    let mut nonces: Vec<_> = (0..20)
        .map(|_| {
            vault.put(&name(1), &secret("same")).unwrap();
            fs::read(&vault.path).unwrap()[37..61].to_vec()
        })
        .collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 20);
}
