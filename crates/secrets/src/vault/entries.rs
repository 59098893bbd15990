//! The secrets of a vault as bytes: per entry the shop (8 bytes), then field and secret, each after its length (4 bytes).
//!
//! Written by hand because a serialising crate would pass the secrets through buffers that nobody wipes.

use zeroize::Zeroizing;

use super::Entries;
use crate::name::SecretName;
use crate::secret::Secret;

const SHOP: usize = size_of::<i64>();
const LENGTH: usize = size_of::<u32>();

pub(super) fn encode(entries: &Entries) -> Zeroizing<Vec<u8>> {
    let size =
        entries.iter().map(|(name, secret)| SHOP + 2 * LENGTH + name.field().len() + secret.expose().len()).sum();
    // Never grows: a reallocation would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size));
    for (name, secret) in entries {
        bytes.extend_from_slice(&name.shop().to_le_bytes());
        for part in [name.field().as_bytes(), secret.expose()] {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(part);
        }
    }
    bytes
}

pub(super) fn decode(mut bytes: &[u8]) -> Option<Entries> {
    let mut entries = Entries::new();
    while !bytes.is_empty() {
        let (shop, rest) = bytes.split_first_chunk::<SHOP>()?;
        let (field, rest) = split_part(rest)?;
        let (secret, rest) = split_part(rest)?;
        let field = std::str::from_utf8(field).ok()?;
        let name = SecretName::new(i64::from_le_bytes(*shop), field).ok()?;
        entries.insert(name, Secret::from(secret.to_vec()));
        bytes = rest;
    }
    Some(entries)
}

fn split_part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}
