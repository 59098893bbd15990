//! The bytes of a vault file: parameters in the clear, secrets under an authenticated cipher.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `DRGVAULT` |
//! | 1 | format, 1 |
//! | 3 × 4 | argon2id memory in KiB, passes, lanes; little-endian |
//! | 16 | salt |
//! | 24 | nonce, fresh for each writing |
//! | n + 16 | XChaCha20-Poly1305 over the entries, everything above as associated data |
//! | 32 | SHA-256 of everything above, in every format |
//!
//! The plain digest tells a damaged file from a wrong passphrase; against an attacker the cipher's tag stands alone.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::Secret;

pub(super) const VERSION: u8 = 1;

const MAGIC: &[u8; 8] = b"DRGVAULT";
const SALT: usize = 16;
const NONCE: usize = 24;
const TAG: usize = 16;
const DIGEST: usize = 32;
const HEADER: usize = MAGIC.len() + 1 + 3 * 4 + SALT + NONCE;

/// What deriving the key costs, whoever tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// 64 MiB and three passes: the second recommendation of RFC 9106 §4 with one lane instead of four.
    pub(crate) const STRONG: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// The least argon2 allows, so that tests spend their time elsewhere.
    #[cfg(test)]
    pub(crate) const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Bounds for what a file may ask for: a forged header must not take the machine's memory or an hour.
    fn is_sane(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 16 && self.lanes <= 16 && self.params().is_some()
    }

    fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()
    }
}

/// The derived key with what it was derived from.
pub(super) struct Key {
    cost: Cost,
    salt: [u8; SALT],
    bytes: Zeroizing<[u8; 32]>,
}

impl Key {
    /// Derives the key of a new vault.
    pub(super) fn fresh(passphrase: &Secret, cost: Cost) -> Result<Self> {
        Self::derive(passphrase, cost, random()?)
    }

    fn derive(passphrase: &Secret, cost: Cost, salt: [u8; SALT]) -> Result<Self> {
        let params = cost.params().ok_or_else(no_key)?;
        let mut bytes = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &salt, bytes.as_mut())
            .map_err(|_| no_key())?;
        Ok(Self { cost, salt, bytes })
    }

    /// Seals the entries into the bytes of a file.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = random()?;
        let mut file = Vec::with_capacity(HEADER + plain.len() + TAG + DIGEST);
        file.extend_from_slice(MAGIC);
        file.push(VERSION);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&nonce);
        let payload = Payload { msg: plain, aad: &file };
        let ciphertext = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| no_key())?;
        file.extend_from_slice(&ciphertext);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// Why bytes are not a vault this program can open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    Cut,
    Foreign,
    Digest,
    Newer(u8),
    Cost,
    Content,
}

/// A whole vault file that has not been opened.
#[derive(Debug)]
pub(super) struct Sealed<'a> {
    header: &'a [u8],
    cost: Cost,
    salt: [u8; SALT],
    nonce: [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Checks everything that can be checked without the passphrase.
    pub(super) fn parse(file: &'a [u8]) -> std::result::Result<Self, Damage> {
        if !file.starts_with(MAGIC) {
            return Err(if MAGIC.starts_with(file) { Damage::Cut } else { Damage::Foreign });
        }
        let (body, digest) = file.split_last_chunk::<DIGEST>().ok_or(Damage::Cut)?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(Damage::Digest);
        }
        let (header, ciphertext) = body.split_at_checked(HEADER).ok_or(Damage::Cut)?;
        let (version, rest) = header.get(MAGIC.len()..).and_then(<[u8]>::split_first).ok_or(Damage::Cut)?;
        if *version != VERSION {
            return Err(Damage::Newer(*version));
        }
        let (memory_kib, rest) = rest.split_first_chunk().ok_or(Damage::Cut)?;
        let (passes, rest) = rest.split_first_chunk().ok_or(Damage::Cut)?;
        let (lanes, rest) = rest.split_first_chunk().ok_or(Damage::Cut)?;
        let (salt, rest) = rest.split_first_chunk().ok_or(Damage::Cut)?;
        let nonce = rest.try_into().map_err(|_| Damage::Cut)?;
        let cost = Cost {
            memory_kib: u32::from_le_bytes(*memory_kib),
            passes: u32::from_le_bytes(*passes),
            lanes: u32::from_le_bytes(*lanes),
        };
        if !cost.is_sane() {
            return Err(Damage::Cost);
        }
        Ok(Self { header, cost, salt: *salt, nonce, ciphertext })
    }

    /// Derives the key by the file's own parameters.
    pub(super) fn key(&self, passphrase: &Secret) -> Result<Key> {
        Key::derive(passphrase, self.cost, self.salt)
    }

    /// The entries, or nothing under another key.
    pub(super) fn open(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg: self.ciphertext, aad: self.header };
        key.cipher().decrypt(XNonce::from_slice(&self.nonce), payload).ok().map(Zeroizing::new)
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::io("the system's random numbers")(e.into()))?;
    Ok(bytes)
}

/// Parameters and sizes are checked before, which leaves argon2 nothing to refuse but want of memory.
fn no_key() -> Error {
    Error::io("deriving the vault's key")(std::io::ErrorKind::OutOfMemory.into())
}
