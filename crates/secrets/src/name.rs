//! What a secret is called.

use std::fmt;

use uuid::Uuid;

use crate::error::{Error, Result};

const LONGEST_FIELD: usize = 64;

/// One secret field of one shop, such as `token` of shop 3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    shop: i64,
    field: String,
}

impl SecretName {
    /// Names a field of a shop; the alphabet is narrow, because every store writes names differently.
    pub fn new(shop: i64, field: impl Into<String>) -> Result<Self> {
        let field = field.into();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if field.is_empty() || field.len() > LONGEST_FIELD || !field.bytes().all(plain) {
            return Err(Error::BadField { field });
        }
        Ok(Self { shop, field })
    }

    /// The shop's id.
    pub fn shop(&self) -> i64 {
        self.shop
    }

    /// The field's name.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The user part of the keyring entry; the home's id keeps two homes on one machine apart.
    pub(crate) fn entry_user(&self, home: Uuid) -> String {
        format!("{home}/{self}")
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shop, self.field)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn names_keep_homes_shops_and_fields_apart() {
        let home = Uuid::from_u128(7);
        let name = SecretName::new(3, "api_key").unwrap();
        assert_eq!(name.entry_user(home), "00000000-0000-0000-0000-000000000007/3/api_key");
    }

    #[test]
    fn a_field_that_a_store_could_misread_is_refused() {
        for field in ["", "a/b", "Token", "to ken", "токен", "a.new", "x\0", &"x".repeat(65)] {
            assert!(matches!(SecretName::new(1, field), Err(Error::BadField { .. })), "{field:?}");
        }
    }
}
