//! Files that strangers point at: which addresses are fetched at all, and how.
//!
//! Only https, only hosts of the platform's own list, and only addresses of the public network: the resolver hands out no others
//! (`public`), so the address that was checked is the one that is used. Each redirect is checked as the first address was. Nothing
//! of ours goes along: no key, no cookie, no referrer. A shop's base address is the one origin that is exempt from all this. Behind
//! a proxy names are looked up by the proxy, so there the list of hosts is what protects.

use url::{Host, Url};

use super::{Base, Break, Http, fetch};
use crate::{Attached, Failure};

/// Redirects that are followed.
const HOPS: usize = 3;

/// A redirect's target, or the answer itself.
enum Step {
    Answer(Attached),
    To(Url),
}

impl Http {
    /// Fetches a file from the platform's public hosts, at most `most` bytes of it, without the key.
    ///
    /// # Errors
    /// [`Failure::Refused`] for addresses that are not fetched, [`Failure::TooLarge`], [`Failure::NotFound`],
    /// [`Failure::Offline`], [`Failure::ServerFault`], and [`Failure::Unreadable`] for every other answer than 200.
    pub async fn file(&self, address: &str, most: u64) -> Result<Attached, Failure> {
        let mut url = allowed(address, self.platform.pictures, self.base.as_ref())?;
        for _ in 0..=HOPS {
            match self.step(&url, most).await? {
                Step::Answer(file) => return Ok(file),
                Step::To(next) => url = allowed(next.as_str(), self.platform.pictures, self.base.as_ref())?,
            }
        }
        Err(unreadable(format!("more than {HOPS} redirects")))
    }

    async fn step(&self, url: &Url, most: u64) -> Result<Step, Failure> {
        let called = self.base.as_ref().map_or_else(|| url.clone(), |base| base.replace(url));
        let longest = usize::try_from(most).unwrap_or(usize::MAX);
        let answer = fetch(self.pictures.get(called), longest).await.map_err(|broken| match broken {
            Break::Connect(why) | Break::Silence(why) | Break::Broken(why) => Failure::Offline { why },
            Break::Long => Failure::TooLarge { limit: most },
            Break::Body(why) => unreadable(why),
        })?;
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        match answer.status.as_u16() {
            200 => {
                let mime = header("content-type").unwrap_or_default().to_owned();
                Ok(Step::Answer(Attached { mime, bytes: answer.body }))
            }
            301 | 302 | 303 | 307 | 308 => {
                let next = header("location").and_then(|location| url.join(location).ok());
                next.map(Step::To).ok_or_else(|| unreadable("a redirect that leads nowhere".to_owned()))
            }
            404 | 410 => Err(Failure::NotFound),
            status @ 500.. => Err(Failure::ServerFault { status, why: "the file host has a fault".to_owned() }),
            status => Err(unreadable(format!("no file but status {status}"))),
        }
    }
}

fn unreadable(why: String) -> Failure {
    Failure::Unreadable { why, sample: String::new() }
}

/// Reads an address, and refuses it unless it is https on one of the hosts, or on the base.
pub(super) fn allowed(address: &str, endings: &[&str], base: Option<&Base>) -> Result<Url, Failure> {
    let refused = |why: &str| Failure::Refused { why: format!("this address is not fetched: {why}") };
    let url = Url::parse(address).map_err(|_| refused("it cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it carries a name or a password"));
    }
    if base.is_some_and(|base| base.is_origin_of(&url)) {
        return Ok(url);
    }
    if url.scheme() != "https" || url.port().is_some() {
        return Err(refused("only plain https addresses are"));
    }
    let known = match url.host() {
        // A dot at the end is the same name to a resolver and another one to a list.
        Some(Host::Domain(host)) => endings
            .iter()
            .any(|ending| host.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))),
        _ => false,
    };
    if known { Ok(url) } else { Err(refused("its host is none of the platform's file hosts")) }
}

#[cfg(test)]
mod tests;
