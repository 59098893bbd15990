//! Links into the inbox, `dragoman://thread/ID`, as other programs and our own notifications carry them.

use url::Url;

/// The scheme of links; the page itself lives under another one.
const SCHEME: &str = "dragoman";

/// The place of the page a link leads to; `None` for what is no link of ours.
pub(crate) fn place(link: &str) -> Option<String> {
    let url = Url::parse(link).ok().filter(|url| url.scheme() == SCHEME)?;
    let id: i64 = url.path().strip_prefix('/')?.parse().ok()?;
    match url.host_str()? {
        "thread" => Some(format!("/inbox/all/{id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_led_to_and_nothing_else() {
        assert_eq!(place("dragoman://thread/17").as_deref(), Some("/inbox/all/17"));
        for link in [
            "dragoman://thread/",
            "dragoman://thread/1/2",
            "dragoman://thread/x",
            "dragoman://settings/1",
            "dragoman-app://thread/1",
            "https://thread/1",
            "--home",
            "",
        ] {
            assert_eq!(place(link), None, "{link}");
        }
    }
}
