//! The Markdown of Ozon's chat messages, read into plain text and attachments.
//!
//! Observed by third parties (February 2026), nowhere specified: one element usually holds the whole text with links written
//! `[text](https://…)`; a picture is `![](https://api-seller.ozon.ru/v2/chat/file/…)` alone, beside or inside the text; a file
//! is `[name (123 KB)](https://api-seller.ozon.ru/v2/chat/file/…)`. A buyer can type any of it, so only addresses on Ozon's own
//! file host count as attachments; every other link stays readable text and is never fetched.

use dragoman_domain::message::{AttachmentState, AttachmentStub};
use url::Url;

/// Host and path of files in chats.
const FILE_HOST: &str = "api-seller.ozon.ru";
const FILE_PATH: &str = "/v2/chat/file/";

/// What one message says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) attachments: Vec<AttachmentStub>,
}

/// Reads the elements of a message; `pictures` is the state its pictures are in.
pub(super) fn read(elements: &[String], pictures: AttachmentState) -> Content {
    let mut content = Content::default();
    for element in elements {
        let text = plain(element, pictures, &mut content.attachments);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        if !content.text.is_empty() {
            content.text.push('\n');
        }
        content.text.push_str(text);
    }
    content
}

fn plain(element: &str, pictures: AttachmentState, attachments: &mut Vec<AttachmentStub>) -> String {
    let mut text = String::with_capacity(element.len());
    let mut rest = element;
    while let Some((before, from_bracket)) = rest.split_once('[') {
        let Some((label, address, after)) = link(from_bracket) else {
            text.push_str(before);
            text.push('[');
            rest = from_bracket;
            continue;
        };
        let picture = before.ends_with('!');
        text.push_str(if picture { before.strip_suffix('!').unwrap_or(before) } else { before });
        if is_file(address) {
            attachments.push(if picture { picture_stub(label, address, pictures) } else { file_stub(label, address) });
        } else if label.is_empty() || label == address {
            text.push_str(address);
        } else {
            // The same letters in the same order as what was written, so that our own text is recognised when read back.
            text.push_str(label);
            text.push_str(" (");
            text.push_str(address);
            text.push(')');
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// `label](address)rest`, if the text after an opening bracket goes on as a link.
fn link(from_bracket: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = from_bracket.split_once(']')?;
    let rest = rest.strip_prefix('(')?;
    let (address, after) = rest.split_at_checked(closing(rest)?)?;
    let address = address.trim();
    let web = address.starts_with("https://") || address.starts_with("http://");
    let one_word = !address.contains(char::is_whitespace);
    (web && one_word && !label.contains('[')).then_some((label.trim(), address, after.strip_prefix(')')?))
}

/// Where the bracket that is already open closes; addresses may hold pairs of their own.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

fn is_file(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.scheme() == "https"
            && url.host_str() == Some(FILE_HOST)
            && url.port().is_none()
            && url.username().is_empty()
            && url.path().starts_with(FILE_PATH)
    })
}

fn picture_stub(label: &str, address: &str, state: AttachmentState) -> AttachmentStub {
    let name = if label.is_empty() { last_segment(address) } else { label.to_owned() };
    let mime = match mime_of(&last_segment(address)) {
        "" => "image/*",
        known => known,
    };
    AttachmentStub { mime: mime.to_owned(), name, size: None, source: address.to_owned(), state }
}

fn file_stub(label: &str, address: &str) -> AttachmentStub {
    let (name, size) = match size_suffix(label) {
        Some((name, size)) => (name.to_owned(), Some(size)),
        None if label.is_empty() => (last_segment(address), None),
        None => (label.to_owned(), None),
    };
    let mime = match mime_of(&name) {
        "" => mime_of(&last_segment(address)),
        known => known,
    };
    AttachmentStub { mime: mime.to_owned(), name, size, source: address.to_owned(), state: AttachmentState::Remote }
}

/// `name (123 KB)` → name and bytes.
fn size_suffix(label: &str) -> Option<(&str, u64)> {
    let (name, size) = label.strip_suffix(')')?.rsplit_once('(')?;
    let size = size.trim();
    let unit_at = size.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
    let (number, unit) = size.split_at_checked(unit_at)?;
    let factor: u64 = match unit.trim().to_lowercase().as_str() {
        "b" | "б" | "bytes" => 1,
        "kb" | "кб" => 1 << 10,
        "mb" | "мб" => 1 << 20,
        _ => return None,
    };
    let number = number.replace(',', ".");
    let (whole, tenths) = match number.split_once('.') {
        Some((whole, part)) => (whole, part.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(0)),
        None => (number.as_str(), 0),
    };
    let whole: u64 = whole.parse().ok()?;
    let size = whole.checked_mul(factor)?.checked_add(factor.checked_mul(u64::from(tenths))? / 10)?;
    Some((name.trim(), size))
}

pub(super) fn last_segment(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.path_segments()?.next_back().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn mime_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

    use proptest::prelude::*;

    use super::*;

    const PICTURE: &str = "https://api-seller.ozon.ru/v2/chat/file/messenger/ab12.jpg";

    fn read_all(elements: &[&str]) -> Content {
        let elements: Vec<String> = elements.iter().map(|&element| element.to_owned()).collect();
        read(&elements, AttachmentState::Remote)
    }

    #[test]
    fn pictures_become_attachments_wherever_they_stand() {
        let alone = read_all(&[&format!("![]({PICTURE})")]);
        assert_eq!(alone.text, "");
        let beside = read_all(&["Пришёл другой цвет", &format!("![]({PICTURE})")]);
        assert_eq!(beside.text, "Пришёл другой цвет");
        let inside = read_all(&[&format!("Вот фото: ![]({PICTURE}) видите?")]);
        assert_eq!(inside.text, "Вот фото:  видите?");
        for content in [alone, beside, inside] {
            let [picture] = content.attachments.as_slice() else { panic!("one picture expected: {content:?}") };
            assert_eq!((picture.name.as_str(), picture.mime.as_str()), ("ab12.jpg", "image/jpeg"));
            assert_eq!(picture.source, PICTURE);
        }
    }

    #[test]
    fn files_keep_their_name_and_size() {
        let file = |label: &str| {
            read_all(&[&format!("[{label}](https://api-seller.ozon.ru/v2/chat/file/x/act.pdf)")]).attachments[0].clone()
        };
        let act = file("Акт (2).pdf (123 KB)");
        assert_eq!(
            (act.name.as_str(), act.size, act.mime.as_str()),
            ("Акт (2).pdf", Some(123 * 1024), "application/pdf")
        );
        assert_eq!(file("фото (1,5 МБ)").size, Some(1_572_864));
        assert_eq!(file("без размера").size, None);
        assert_eq!(file("").name, "act.pdf");
    }

    #[test]
    fn links_stay_readable_text() {
        let cases = [
            (
                "данную [ модель ](https://www.ozon.ru/product/a-1) телефона?",
                "данную модель (https://www.ozon.ru/product/a-1) телефона?",
            ),
            ("[https://ozon.ru/x](https://ozon.ru/x)", "https://ozon.ru/x"),
            ("[скобки](https://ru.wikipedia.org/wiki/A_(b)) да", "скобки (https://ru.wikipedia.org/wiki/A_(b)) да"),
            ("размер [42] (или 43)?", "размер [42] (или 43)?"),
            ("[не ссылка](javascript:alert(1))", "[не ссылка](javascript:alert(1))"),
            ("[[x](https://a.b/c)", "[x (https://a.b/c)"),
            ("[незакрыто](https://a.b/c", "[незакрыто](https://a.b/c"),
        ];
        for (markdown, text) in cases {
            let content = read_all(&[markdown]);
            assert_eq!(content.text, text);
            assert_eq!(content.attachments, [], "{markdown}");
        }
    }

    #[test]
    fn only_ozons_own_file_host_gives_attachments() {
        for address in [
            "https://evil.example/v2/chat/file/a.jpg",
            "http://api-seller.ozon.ru/v2/chat/file/a.jpg",
            "https://api-seller.ozon.ru.evil.example/v2/chat/file/a.jpg",
            "https://u@api-seller.ozon.ru/v2/chat/file/a.jpg",
            "https://api-seller.ozon.ru/v1/roles",
        ] {
            let content = read_all(&[&format!("![]({address})")]);
            assert_eq!((content.text.as_str(), content.attachments.len()), (address, 0));
        }
    }

    #[test]
    fn empty_elements_leave_no_empty_lines() {
        assert_eq!(read_all(&["", " ", "а", "", "б"]).text, "а\nб");
        assert_eq!(read_all(&[]), Content::default());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_read(elements in prop::collection::vec(r"[\PC\[\]()!\n]{0,40}", 0..4)) {
            read(&elements, AttachmentState::Remote);
        }
    }
}
