//! Product pictures from a platform's public hosts: fetched as every file of strangers is, with a small cap, and the bytes decide what they are.

use super::Http;
use crate::{Failure, Picture};

/// Longest picture that is read.
const LONGEST: u64 = 5 * 1024 * 1024;

impl Http {
    /// Fetches a picture.
    ///
    /// # Errors
    /// [`Failure::Refused`] for addresses that are not https on one of the platform's picture hosts, [`Failure::NotFound`],
    /// [`Failure::Offline`], [`Failure::ServerFault`], and [`Failure::Unreadable`] for everything that is no picture.
    pub async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        let file = self.file(address, LONGEST).await?;
        let mime = sniff(&file.bytes).ok_or_else(|| Failure::Unreadable {
            why: "neither JPEG, PNG nor WebP".to_owned(),
            sample: String::new(),
        })?;
        Ok(Picture { mime: mime.to_owned(), bytes: file.bytes })
    }
}

fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_what_a_picture_is() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(sniff(b"RIFF\x00\x00\x00\x00WEBPVP8 "), Some("image/webp"));
        assert_eq!(sniff(b"<svg onload=alert(1)>"), None);
        assert_eq!(sniff(b""), None);
    }
}
