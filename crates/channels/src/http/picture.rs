//! Product pictures from a platform's public hosts: no secrets, no redirects, a small cap, and the bytes decide what they are.

use url::{Host, Url};

use super::{Answer, Break, Http, fetch};
use crate::{Attached, Failure, Picture};

/// Longest picture that is read.
const LONGEST: usize = 5 * 1024 * 1024;

impl Http {
    /// Fetches a picture.
    ///
    /// # Errors
    /// [`Failure::Refused`] for addresses that are not https on one of the platform's picture hosts, [`Failure::NotFound`],
    /// [`Failure::Offline`], [`Failure::ServerFault`], and [`Failure::Unreadable`] for everything that is no picture.
    pub async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        let answer = self.public(address, LONGEST).await?;
        let mime = sniff(&answer.body).ok_or_else(|| Failure::Unreadable {
            why: "neither JPEG, PNG nor WebP".to_owned(),
            sample: String::new(),
        })?;
        Ok(Picture { mime: mime.to_owned(), bytes: answer.body })
    }

    /// Fetches a file of any sort from a public host, at most `most` bytes of it; without secrets, as pictures are.
    ///
    /// # Errors
    /// Those of [`Http::picture`].
    pub async fn public_file(&self, address: &str, most: u64) -> Result<Attached, Failure> {
        let answer = self.public(address, usize::try_from(most).unwrap_or(usize::MAX)).await?;
        Ok(Attached { mime: answer.mime(), bytes: answer.body })
    }

    async fn public(&self, address: &str, longest: usize) -> Result<Answer, Failure> {
        let url = allowed(address, self.platform.pictures)?;
        let url = self.base.as_ref().map_or_else(|| url.clone(), |base| base.replace(&url));
        let answer = fetch(self.pictures.get(url), longest).await.map_err(|broken| match broken {
            Break::Connect(why) | Break::Silence(why) | Break::Broken(why) => Failure::Offline { why },
            Break::Body(why) => Failure::Unreadable { why, sample: String::new() },
        })?;
        match answer.status.as_u16() {
            200 => {}
            404 | 410 => return Err(Failure::NotFound),
            status @ 500.. => {
                return Err(Failure::ServerFault { status, why: "the picture host has a fault".to_owned() });
            }
            status => {
                return Err(Failure::Unreadable { why: format!("no file but status {status}"), sample: String::new() });
            }
        }
        Ok(answer)
    }
}

/// An address on one of the public hosts.
pub(super) fn allowed(address: &str, endings: &[&str]) -> Result<Url, Failure> {
    let refused = |why: &str| Failure::Refused { why: format!("the address is not fetched: {why}") };
    let url = Url::parse(address).map_err(|_| refused("it cannot be read"))?;
    if url.scheme() != "https" || url.port().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("only plain https addresses are"));
    }
    let known = match url.host() {
        Some(Host::Domain(host)) => endings
            .iter()
            .any(|ending| host.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))),
        _ => false,
    };
    if known { Ok(url) } else { Err(refused("its host is none of the platform's picture hosts")) }
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
    fn only_the_platforms_picture_hosts_are_asked() {
        let ok = |address| allowed(address, &["wbbasket.ru"]).is_ok();
        assert!(ok("https://basket-02.wbbasket.ru/vol149/part14917/14917842/images/tm/1.webp"));
        for bad in [
            "http://basket-02.wbbasket.ru/1.webp",
            "https://wbbasket.ru.example/1.webp",
            "https://notwbbasket.ru/1.webp",
            "https://basket-02.wbbasket.ru@evil.example/1.webp",
            "https://evil.example/wbbasket.ru",
            "https://127.0.0.1/1.webp",
            "https://basket-02.wbbasket.ru:8443/1.webp",
            "file:///etc/passwd",
            "//basket-02.wbbasket.ru/1.webp",
            "",
        ] {
            assert!(!ok(bad), "{bad}");
        }
    }

    #[test]
    fn the_bytes_decide_what_a_picture_is() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(sniff(b"RIFF\x00\x00\x00\x00WEBPVP8 "), Some("image/webp"));
        assert_eq!(sniff(b"<svg onload=alert(1)>"), None);
        assert_eq!(sniff(b""), None);
    }
}
