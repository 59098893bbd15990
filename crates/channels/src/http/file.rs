//! Files of conversations that need the key: no redirects, a cap, and no word about what they are.

use url::Url;

use super::{Answer, Break, Http, fetch};
use crate::Failure;

impl Http {
    /// Whether an address is a file on a platform's own host, behind this path, that may see the key.
    pub fn owns_file(&self, address: &str, host: &str, path: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let platforms = url.scheme() == "https"
            && url.host_str() == Some(host)
            && url.port().is_none()
            && self.platform.api.contains(&host);
        let bases = self.base.as_ref().is_some_and(|base| base.is_origin_of(&url));
        (platforms || bases) && url.username().is_empty() && url.password().is_none() && url.path().starts_with(path)
    }

    /// Fetches a file with the key. The caller has made sure that [`Self::owns_file`].
    ///
    /// # Errors
    /// [`Failure::Offline`], [`Failure::ServerFault`], [`Failure::Unreadable`] for redirects and what is cut or too long. Every
    /// other status is an [`Answer`].
    pub async fn own_file(&self, address: &str, most: usize) -> Result<Answer, Failure> {
        let url = Url::parse(address)
            .map_err(|_| Failure::Refused { why: "the file's address cannot be read".to_owned() })?;
        let url = self.base.as_ref().map_or_else(|| url.clone(), |base| base.replace(&url));
        let mut request = self.reads.get(url);
        for (name, value) in &self.secrets {
            request = request.header(name, value);
        }
        plain(fetch(request, most).await, most)
    }
}

fn plain(fetched: Result<Answer, Break>, most: usize) -> Result<Answer, Failure> {
    let answer = fetched.map_err(|broken| match broken {
        Break::Connect(why) | Break::Silence(why) | Break::Broken(why) => Failure::Offline { why },
        Break::Long => Failure::TooLarge { limit: u64::try_from(most).unwrap_or(u64::MAX) },
        Break::Body(why) => Failure::Unreadable { why, sample: String::new() },
    })?;
    if answer.status.is_server_error() {
        let why = "the file's host has a fault".to_owned();
        return Err(Failure::ServerFault { status: answer.status.as_u16(), why });
    }
    if answer.status.is_redirection() {
        let why = "the file's host sends us to another address".to_owned();
        return Err(Failure::Unreadable { why, sample: String::new() });
    }
    Ok(answer)
}
