//! Finds what must not be somewhere, in every spelling a program might leave it in.

use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Texts to look for, all at once.
#[derive(Debug)]
pub struct Canaries {
    automaton: AhoCorasick,
    spellings: Vec<&'static str>,
}

impl Canaries {
    /// What to look for; a spelling of at most eight bytes would be found anywhere and is left out.
    ///
    /// # Panics
    /// If there is more than the searcher takes, which is gigabytes.
    #[expect(clippy::expect_used, reason = "an instrument of tests may panic")]
    pub fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let (mut patterns, mut spellings) = (Vec::new(), Vec::new());
        for text in texts {
            for (spelling, bytes) in spelled(&text).into_iter().filter(|(_, bytes)| bytes.len() > 8) {
                spellings.push(spelling);
                patterns.push(bytes);
            }
        }
        Self { automaton: AhoCorasick::new(patterns).expect("the patterns fit"), spellings }
    }

    /// The spelling in which something was found.
    pub fn found_in(&self, content: &[u8]) -> Option<&'static str> {
        let found = self.automaton.find(content)?;
        self.spellings.get(found.pattern().as_usize()).copied()
    }
}

fn spelled(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let url: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let mut spellings = vec![
        ("utf-8", bytes.to_vec()),
        ("utf-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("hex", hex::encode(bytes).into_bytes()),
        ("HEX", hex::encode_upper(bytes).into_bytes()),
        ("url with %20", url.replace('+', "%20").into_bytes()),
        ("url", url.into_bytes()),
    ];
    // What a text becomes in base64 depends on how many bytes stand before it.
    for skipped in 0..3 {
        let whole = bytes.len().saturating_sub(skipped) / 3 * 3;
        let part = bytes.get(skipped..skipped + whole).unwrap_or_default();
        spellings.push(("base64", STANDARD.encode(part).into_bytes()));
        spellings.push(("base64url", URL_SAFE.encode(part).into_bytes()));
    }
    spellings
}

/// Every file under a folder.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_every_spelling_and_at_every_place() {
        let text = "канарейка и ключ 73915";
        let canaries = Canaries::new([text.to_owned()]);
        for (spelling, bytes) in spelled(text) {
            for before in 0..4 {
                let content = [vec![b'x'; before], bytes.clone(), b"rest".to_vec()].concat();
                assert!(canaries.found_in(&content).is_some(), "{spelling} after {before} bytes");
            }
        }
        for before in 0..3 {
            let content = STANDARD.encode([vec![b'x'; before], text.as_bytes().to_vec()].concat());
            assert!(canaries.found_in(content.as_bytes()).is_some(), "base64 after {before} bytes");
        }
        assert_eq!(canaries.found_in("канарейка и ключ 73916".as_bytes()), None);
    }
}
