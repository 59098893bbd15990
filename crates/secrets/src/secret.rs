//! The one type that holds a secret.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The largest secret in bytes: the credential blob of Windows, the smallest of the stores, so that a home can move.
///
/// Source: `CRED_MAX_CREDENTIAL_BLOB_SIZE`, learn.microsoft.com "CREDENTIALW", 2026-11. Secrets are stored as bytes,
/// because the store's text form would spend two bytes per character and halve the limit.
pub const MAX_SECRET_BYTES: usize = 2_560;

/// Shorter secrets show nothing of themselves: four of seven characters would be a give-away.
const SHORTEST_WITH_A_TAIL: usize = 12;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes that print as stars, cannot be serialised and are wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Reads a secret from a file; see [`Secret::from_reader`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::io(path.display()))?;
        Self::read(file, &path.display())
    }

    /// Reads a secret as people save them: a UTF-8 byte order mark and one line end at the close are dropped.
    pub fn from_reader(reader: impl Read) -> Result<Self> {
        Self::read(reader, &"secret input")
    }

    fn read(reader: impl Read, what: &dyn fmt::Display) -> Result<Self> {
        // One more than can be right, so that too much is noticed without reading all of it; allocated once, because
        // a growing buffer would leave unwiped copies behind.
        let most = BYTE_ORDER_MARK.len() + MAX_SECRET_BYTES + b"\r\n".len() + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(most));
        let mut reader = reader.take(u64::try_from(most).unwrap_or(u64::MAX));
        let mut chunk = Zeroizing::new([0_u8; 512]);
        loop {
            match reader.read(chunk.as_mut()) {
                Ok(0) => break,
                Ok(n) => bytes.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io(what)(e)),
            }
        }
        // PowerShell's `>` writes UTF-16, whose mark is not UTF-8; a token full of NUL bytes would fail much later.
        std::str::from_utf8(&bytes).map_err(|_| Error::NotText)?;
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        let text = text.strip_suffix(b"\n").map_or(text, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let secret = Self::from(text.to_vec());
        secret.check_size()?;
        Ok(secret)
    }

    /// The secret itself, for the layer that sends it.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text.
    pub fn expose_str(&self) -> Result<&str> {
        std::str::from_utf8(&self.0).map_err(|_| Error::NotText)
    }

    /// The last four characters, by which a person tells one token from another; empty for short secrets and bytes.
    pub fn last_four(&self) -> String {
        let Ok(text) = self.expose_str() else { return String::new() };
        match text.chars().count().checked_sub(4) {
            Some(hidden) if hidden + 4 >= SHORTEST_WITH_A_TAIL => text.chars().skip(hidden).collect(),
            _ => String::new(),
        }
    }

    /// Refuses what not every store can keep: nothing at all, and too much.
    pub(crate) fn check_size(&self) -> Result<()> {
        match self.0.len() {
            0 => Err(Error::Empty),
            bytes if bytes > MAX_SECRET_BYTES => Err(Error::TooLong { bytes, limit: MAX_SECRET_BYTES }),
            _ => Ok(()),
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// Stars, always as many: the length of a short secret is part of it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "tests may panic"
    )]

    use super::*;
    use std::marker::PhantomData;

    #[test]
    fn a_secret_prints_as_stars_of_one_length() {
        for text in ["a", "canary-token-0123456789"] {
            let secret = Secret::from(text.to_owned());
            assert_eq!(format!("{secret}"), "********");
            assert_eq!(format!("{secret:?}"), "********");
            assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    ********,\n)");
        }
    }

    /// An inherent constant wins over the trait's, but only where its bound holds.
    struct Ask<T>(PhantomData<T>);
    trait Otherwise {
        const SERIALISES: bool = false;
    }
    impl<T> Otherwise for Ask<T> {}
    impl<T: serde::Serialize> Ask<T> {
        const SERIALISES: bool = true;
    }

    #[test]
    fn a_secret_cannot_be_serialised() {
        const { assert!(Ask::<String>::SERIALISES) };
        const { assert!(!Ask::<Secret>::SERIALISES) };
    }

    #[test]
    fn the_screen_sees_four_characters_of_long_text_and_nothing_of_the_rest() {
        let cases: [(&[u8], &str); 6] = [
            (b"abcdefghijkl", "ijkl"),
            (b"abcdefghijk", ""),
            (b"", ""),
            (b"abc", ""),
            ("токен-с-хвостом".as_bytes(), "стом"),
            (b"\xff\xfe0123456789abcdef", ""),
        ];
        for (bytes, tail) in cases {
            assert_eq!(Secret::from(bytes.to_vec()).last_four(), tail, "{bytes:?}");
        }
    }

    #[test]
    fn reading_drops_a_byte_order_mark_and_one_line_end() {
        let cases: [(&[u8], &[u8]); 7] = [
            (b"token", b"token"),
            (b"token\n", b"token"),
            (b"token\r\n", b"token"),
            (b"token\n\n", b"token\n"),
            (b"token\r", b"token\r"),
            (b"\xef\xbb\xbftoken\n", b"token"),
            (b" token ", b" token "),
        ];
        for (given, read) in cases {
            assert_eq!(Secret::from_reader(given).unwrap().expose(), read, "{given:?}");
        }
    }

    #[test]
    fn reading_refuses_nothing_too_much_and_other_encodings() {
        for nothing in [&b""[..], b"\n", b"\r\n", b"\xef\xbb\xbf\n"] {
            assert!(matches!(Secret::from_reader(nothing), Err(Error::Empty)), "{nothing:?}");
        }
        assert!(matches!(Secret::from_reader(&b"\xff\xfet\0o\0k\0"[..]), Err(Error::NotText)));
        assert!(matches!(Secret::from_reader(std::io::repeat(b'x')), Err(Error::TooLong { .. })));
        let whole = [b"\xef\xbb\xbf".as_slice(), &[b'x'; MAX_SECRET_BYTES], b"\r\n"].concat();
        assert_eq!(Secret::from_reader(whole.as_slice()).unwrap().expose().len(), MAX_SECRET_BYTES);
    }

    #[test]
    fn a_missing_file_is_named_in_the_error() {
        let error = Secret::from_file("/no/such/passphrase").unwrap_err();
        assert!(error.to_string().starts_with("/no/such/passphrase: "), "{error}");
    }
}
