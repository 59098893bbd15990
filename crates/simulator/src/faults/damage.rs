//! Ways to make an answer unreadable, in whole or in one item.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Damage;

const JSON: &str = "application/json";

/// The body that leaves in place of `body`, with its content type.
pub(crate) fn damaged(how: Damage, body: Value, page: &[&str]) -> (Bytes, &'static str) {
    let text = |value: &Value| value.to_string();
    match how {
        Damage::Html => (
            "<!doctype html><title>Проверка</title><p>Подождите, идёт проверка браузера".into(),
            "text/html; charset=utf-8",
        ),
        Damage::NotJson => ("upstream connect error or disconnect/reset before headers".into(), JSON),
        Damage::Truncated => {
            let mut whole = text(&body).into_bytes();
            whole.truncate(whole.len() / 2);
            (whole.into(), JSON)
        }
        Damage::WrongCharset => (windows_1251(&text(&body)).into(), "application/json; charset=utf-8"),
        Damage::Bom => (format!("\u{feff}{body}").into(), JSON),
        Damage::DuplicateKeys => (duplicate_keys(&body).into(), JSON),
        Damage::NullItem => (text(&with_first_item(body, page, |_| Value::Null)).into(), JSON),
        Damage::StringForNumber => (text(&numbers_as_text(body)).into(), JSON),
        Damage::Deep => ("[".repeat(10_000).into(), JSON),
    }
}

/// `body` with one item of its page made unreadable: the id has become an object.
pub(crate) fn with_bad_item(body: Value, page: &[&str]) -> Value {
    with_first_item(body, page, |item| match item {
        Value::Object(mut fields) => {
            for (name, value) in &mut fields {
                if name.ends_with("id") || name.ends_with("ID") || name == "chat" || name.ends_with("number") {
                    *value = json!({ "unexpected": value.take() });
                }
            }
            Value::Object(fields)
        }
        _ => json!(false),
    })
}

/// Changes the middle item of the first list found: in the middle, the rest on both sides must survive.
fn with_first_item(mut body: Value, page: &[&str], change: impl FnOnce(Value) -> Value) -> Value {
    let found = page
        .iter()
        .find(|pointer| body.pointer(pointer).is_some_and(|list| list.as_array().is_some_and(|list| !list.is_empty())));
    let list = found.and_then(|pointer| body.pointer_mut(pointer)).and_then(Value::as_array_mut);
    if let Some(list) = list {
        let middle = list.len() / 2;
        if let Some(item) = list.get_mut(middle) {
            *item = change(item.take());
        }
    }
    body
}

fn numbers_as_text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(numbers_as_text).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, numbers_as_text(value))).collect(),
        other => other,
    }
}

fn duplicate_keys(body: &Value) -> String {
    let text = body.to_string();
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    match inner {
        Some(inner) if !inner.is_empty() => format!("{{{inner},{inner}}}"),
        _ => text,
    }
}

/// Cyrillic letters in one byte each; everything else outside ASCII as a question mark.
fn windows_1251(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            'Ё' => 0xA8,
            'ё' => 0xB8,
            'А'..='я' => 0xC0 + (u32::from(letter) - u32::from('А')) as u8,
            _ => u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(b'?'),
        })
        .collect()
}
