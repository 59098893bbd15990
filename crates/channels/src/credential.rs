//! Secrets of a shop on their way into a request.

use std::fmt;

use zeroize::Zeroizing;

/// A secret that prints as stars, cannot be serialised and is wiped when dropped.
#[derive(Clone)]
pub struct Credential(Zeroizing<String>);

impl Credential {
    /// Takes over a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret itself; only connectors ask, to read claims or to put it into a header.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_prints_as_stars() {
        assert_eq!(format!("{:?}", Credential::new("canary-8731")), "****");
    }
}
