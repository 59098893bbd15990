//! From a platform's host and path to the address that is really called.

use url::{Host, Url};

use crate::Failure;

/// A scheme, host and port that stand in for those of every address of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(Url);

impl Base {
    /// Reads a shop's base address.
    ///
    /// # Errors
    /// [`Failure::Setup`] unless it is https, or plain http on this machine, and nothing but an origin.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let fault = |why: &str| Failure::Setup { field: "base_url".to_owned(), why: why.to_owned() };
        let url = Url::parse(text.trim())
            .map_err(|_| fault("the base address cannot be read; write it like http://127.0.0.1:4001"))?;
        let origin_only = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match url.scheme() {
            "https" | "http" if !origin_only => {
                Err(fault("the base address replaces scheme, host and port only; leave out everything after them"))
            }
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            _ => Err(fault(
                "the base address must use https; plain http is only for this machine (127.0.0.1, [::1], localhost)",
            )),
        }
    }

    /// Whether it is plain http.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether an address lies behind this base.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// The same path and query behind this base.
    pub(super) fn replace(&self, url: &Url) -> Url {
        let mut mapped = self.0.clone();
        mapped.set_path(url.path());
        mapped.set_query(url.query());
        mapped
    }
}

/// Whether an address names this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The address of a call, behind the base if there is one.
pub(super) fn of(
    host: &str,
    path: &str,
    leaf: Option<&str>,
    query: &[(&'static str, String)],
    base: Option<&Base>,
) -> Result<Url, String> {
    let mut url = Url::parse(&format!("https://{host}{path}"))
        .map_err(|error| format!("no address can be made for {host}: {error}"))?;
    if let Some(leaf) = leaf {
        url.path_segments_mut().map_err(|()| format!("{host} takes no path"))?.push(leaf);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(base.map_or_else(|| url.clone(), |base| base.replace(&url)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_base_replaces_scheme_host_and_port_of_every_address() {
        let base = Base::parse("http://127.0.0.1:4001/").unwrap();
        let query = [("id", "a b&c".to_owned())];
        let url = of("feedbacks-api.wildberries.ru", "/api/v1/question", None, &query, Some(&base)).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:4001/api/v1/question?id=a+b%26c");
        let plain = of("feedbacks-api.wildberries.ru", "/ping", None, &[], None).unwrap();
        assert_eq!(plain.as_str(), "https://feedbacks-api.wildberries.ru/ping");
    }

    #[test]
    fn a_leaf_is_one_segment_whatever_it_holds() {
        let base = Base::parse("http://127.0.0.1:4001/").unwrap();
        let at = |leaf| of("host.example", "/download", Some(leaf), &[], Some(&base)).unwrap().to_string();
        assert_eq!(at("fd6be4e3-5447"), "http://127.0.0.1:4001/download/fd6be4e3-5447");
        assert_eq!(at("../a?b#c"), "http://127.0.0.1:4001/download/..%2Fa%3Fb%23c");
        assert_eq!(at(".."), "http://127.0.0.1:4001/download");
    }

    #[test]
    fn plain_http_is_only_for_this_machine() {
        for good in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://mock.example"] {
            assert!(Base::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://mock.example",
            "http://192.168.0.7:80",
            "http://localhost.example",
            "ftp://127.0.0.1",
            "127.0.0.1:4001",
            "",
            "http://127.0.0.1:1/path",
            "https://user:word@mock.example",
            "https://mock.example/?q",
        ] {
            assert!(matches!(Base::parse(bad), Err(Failure::Setup { field, .. }) if field == "base_url"), "{bad}");
        }
    }
}
