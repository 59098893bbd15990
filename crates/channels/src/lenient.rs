//! Reading what platforms really send: ids as numbers or text, booleans as words, dates in several forms, and lists in which one
//! item may be broken.
//!
//! The rule: what a thread cannot do without is read strictly and a fault in it quarantines that one item; everything else is
//! [`soft`], so that an odd decoration never hides a buyer's words.

use std::collections::BTreeMap;

use dragoman_domain::incoming::Unreadable;
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::http::brief;

/// Longest single item that is read, in bytes.
pub const LONGEST_ITEM: usize = 256 * 1024;
/// Deepest nesting of an item that is read.
pub const DEEPEST_ITEM: usize = 64;

/// An identifier sent as a number or as text, kept digit by digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let text = match raw.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(raw.get()).map_err(D::Error::custom)?,
            Some(b'-' | b'0'..=b'9') => raw.get().to_owned(),
            _ => return Err(D::Error::custom("an id is a number or a text")),
        };
        if text.trim().is_empty() { Err(D::Error::custom("an id is empty")) } else { Ok(Self(text)) }
    }
}

/// A count sent as a number or as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Id(text) = Id::deserialize(from)?;
        text.trim().parse().map(Self).map_err(|_| D::Error::custom("a count is a whole number, not below zero"))
    }
}

/// A yes or no sent as a boolean, as text, or as 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        match raw.get().trim_matches('"').to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(Self(true)),
            "false" | "0" | "no" => Ok(Self(false)),
            _ => Err(D::Error::custom("neither yes nor no")),
        }
    }
}

/// An instant in RFC 3339 with `Z` or an offset and up to nine fractional digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.trim().parse().map(Self).map_err(|error| D::Error::custom(format!("no date with a time zone: {error}")))
    }
}

/// For fields that nothing hangs on: absent, `null` and unreadable alike become `None`.
///
/// # Errors
/// Only if the text around the field is no JSON.
pub fn soft<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(from)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

/// Reads a list item by item: what cannot be read becomes an [`Unreadable`] of the stream, the rest arrives.
///
/// `id_field` names the field that tells items apart.
pub fn each<T>(
    stream: &str,
    id_field: &str,
    items: &[Box<RawValue>],
    read: impl Fn(&str) -> Result<T, String>,
) -> (Vec<T>, Vec<Unreadable>) {
    let (mut good, mut bad) = (Vec::with_capacity(items.len()), Vec::new());
    for raw in items.iter().map(|item| item.get()) {
        match sane(raw).and_then(|()| read(raw)) {
            Ok(item) => good.push(item),
            Err(cause) => bad.push(unreadable(stream, id_field, raw, &cause)),
        }
    }
    (good, bad)
}

/// An item for the quarantine. Its cause never repeats the item's own words.
pub fn unreadable(stream: &str, id_field: &str, raw: &str, cause: &str) -> Unreadable {
    let remote_id = id_of(raw, id_field).unwrap_or_else(|| {
        let digest = Sha256::digest(raw.as_bytes());
        format!("sha256:{}", hex::encode(digest).chars().take(32).collect::<String>())
    });
    let mut raw = raw.to_owned();
    let end = (0..=LONGEST_ITEM.min(raw.len())).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or(0);
    raw.truncate(end);
    Unreadable { stream: stream.to_owned(), remote_id, cause: brief(cause), raw }
}

/// The id of an item of which nothing else may be readable.
fn id_of(raw: &str, id_field: &str) -> Option<String> {
    sane(raw).ok()?;
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw).ok()?;
    serde_json::from_str(fields.get(id_field)?.get()).ok().map(|Id(id)| id)
}

fn sane(raw: &str) -> Result<(), String> {
    if raw.len() > LONGEST_ITEM {
        return Err(format!("the item has {} bytes, more than {LONGEST_ITEM}", raw.len()));
    }
    if depth(raw) > DEEPEST_ITEM {
        return Err(format!("the item is nested deeper than {DEEPEST_ITEM} levels"));
    }
    Ok(())
}

/// Deepest nesting of a valid JSON text.
fn depth(json: &str) -> usize {
    let (mut now, mut deepest, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                now += 1;
                deepest = deepest.max(now);
            }
            b'}' | b']' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
    use proptest::prelude::*;

    use super::*;

    fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn an_id_keeps_every_digit_however_it_is_sent() {
        for (json, id) in [
            ("3000000000118021931", "3000000000118021931"),
            ("\"3000000000118021931\"", "3000000000118021931"),
            ("99999999999999999999", "99999999999999999999"),
            ("\"n5um6IUBQOOSTxXoo0gV\"", "n5um6IUBQOOSTxXoo0gV"),
            ("0", "0"),
        ] {
            assert_eq!(read::<Id>(json), Some(Id(id.to_owned())), "{json}");
        }
        for none in ["null", "true", "{}", "[]", "\"\"", "\" \""] {
            assert_eq!(read::<Id>(none), None, "{none}");
        }
    }

    #[test]
    fn counts_and_flags_come_in_several_shapes() {
        assert_eq!(read::<Count>("24"), Some(Count(24)));
        assert_eq!(read::<Count>("\"24\""), Some(Count(24)));
        assert_eq!(read::<Count>("-1"), None);
        for yes in ["true", "\"true\"", "\"True\"", "1", "\"1\""] {
            assert_eq!(read::<Flag>(yes), Some(Flag(true)), "{yes}");
        }
        assert_eq!(read::<Flag>("\"false\""), Some(Flag(false)));
        assert_eq!(read::<Flag>("\"perhaps\""), None);
    }

    #[test]
    fn dates_are_read_in_every_documented_form() {
        // Forms of wildberries questions and reviews, 2026-10.
        let at = |json: &str| read::<Moment>(json).map(|moment| moment.0.to_string());
        assert_eq!(at("\"2026-04-02T09:18:08.769513469Z\"").unwrap(), "2026-04-02T09:18:08.769513469Z");
        assert_eq!(at("\"2026-04-02T12:18:08+03:00\"").unwrap(), "2026-04-02T09:18:08Z");
        assert_eq!(at("\"2026-04-02T09:18:08.7Z\"").unwrap(), "2026-04-02T09:18:08.7Z");
        assert_eq!(at("\"2026-04-02T09:18:08\""), None, "no zone, no instant");
        assert_eq!(at("\"\""), None);
    }

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "soft")]
        seen: Option<Flag>,
    }

    #[test]
    fn an_odd_decoration_does_not_spoil_its_item() {
        for odd in ["{}", "{\"seen\":null}", "{\"seen\":{\"deep\":[]}}", "{\"seen\":\"maybe\"}"] {
            assert_eq!(read::<Row>(odd).unwrap().seen, None, "{odd}");
        }
        assert_eq!(read::<Row>("{\"seen\":\"true\"}").unwrap().seen, Some(Flag(true)));
    }

    fn ids(list: &str) -> (Vec<Id>, Vec<Unreadable>) {
        #[derive(Deserialize)]
        struct Item {
            id: Id,
            #[serde(rename = "text")]
            _text: String,
        }
        let items: Vec<Box<RawValue>> = serde_json::from_str(list).unwrap();
        each("s", "id", &items, |raw| {
            serde_json::from_str::<Item>(raw).map(|item| item.id).map_err(|error| error.to_string())
        })
    }

    #[test]
    fn one_bad_item_is_set_aside_and_the_rest_arrives() {
        let (good, bad) = ids(r#"[{"id":"a","text":"x"},{"id":7,"text":null},null,{"id":"c","text":"z"}]"#);
        assert_eq!(good, [Id("a".to_owned()), Id("c".to_owned())]);
        assert_eq!(bad.len(), 2);
        assert_eq!((bad[0].remote_id.as_str(), bad[0].raw.as_str()), ("7", r#"{"id":7,"text":null}"#));
        assert!(bad[1].remote_id.starts_with("sha256:"), "{}", bad[1].remote_id);
    }

    #[test]
    fn items_that_are_too_long_or_too_deep_are_set_aside() {
        let long = format!(r#"[{{"id":"a","text":"{}"}}]"#, "ы".repeat(LONGEST_ITEM));
        let (good, bad) = ids(&long);
        assert!(good.is_empty());
        assert!(bad[0].raw.len() <= LONGEST_ITEM);
        let deep = format!(r#"[{{"id":"a","text":"x","more":{}1{}}}]"#, "[".repeat(500), "]".repeat(500));
        assert!(ids(&deep).1[0].cause.contains("nested"));
        assert_eq!(depth(r#"{"a":"[[[\"{{{","b":[1]}"#), 2, "brackets within texts do not count");
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail_hard(text in ".{0,200}") {
            let _ = (read::<Id>(&text), read::<Flag>(&text), read::<Moment>(&text), read::<Row>(&text));
            let _ = unreadable("s", "id", &text, "cause");
        }
    }
}
