//! Ids that look random and carry the number of what they stand for, so that no table is needed to find it again.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::world::draw::{mix, named};

/// The ids of one kind of thing in one shop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn new(seed: u64, kind: &str) -> Self {
        Self(mix(seed ^ named(kind)))
    }

    /// The number under a mask, and the mask's key with eight bits to spare.
    fn seal(self, number: u64) -> (u64, u64) {
        let key = mix(self.0 ^ mix(number));
        (number ^ self.mask(key), key)
    }

    fn mask(self, key: u64) -> u64 {
        mix(self.0 ^ (key >> 8))
    }

    pub(crate) fn uuid(self, number: u64) -> Uuid {
        let (sealed, key) = self.seal(number);
        Uuid::from_u64_pair(sealed, key)
    }

    /// Twenty letters, as questions and reviews have them.
    pub(crate) fn letters(self, number: u64) -> String {
        let (sealed, key) = self.seal(number);
        let bytes: Vec<u8> = sealed.to_be_bytes().into_iter().chain(key.to_be_bytes().into_iter().take(7)).collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn of_uuid(self, text: &str) -> Option<u64> {
        let (sealed, key) = Uuid::parse_str(text).ok()?.as_u64_pair();
        let number = sealed ^ self.mask(key);
        (self.uuid(number).to_string() == text).then_some(number)
    }

    pub(crate) fn of_letters(self, text: &str) -> Option<u64> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let sealed = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let key = bytes.get(8..15)?.iter().fold(0_u64, |key, &byte| key << 8 | u64::from(byte)) << 8;
        let number = sealed ^ self.mask(key);
        (self.letters(number) == text).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_number_and_only_among_its_own_kind() {
        let (reviews, chats) = (Ids::new(1, "review"), Ids::new(1, "chat"));
        for number in [0, 1, 255, 1 << 40, u64::MAX] {
            assert_eq!(reviews.letters(number).len(), 20);
            assert_eq!(reviews.of_letters(&reviews.letters(number)), Some(number));
            assert_eq!(chats.of_uuid(&chats.uuid(number).to_string()), Some(number));
            assert_eq!(chats.of_letters(&reviews.letters(number)), None);
        }
        assert_eq!(chats.of_uuid("nobody"), None);
        assert_eq!(reviews.of_letters(""), None);
    }
}
