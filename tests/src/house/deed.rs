//! What a person can ask for in a conversation, as the API takes it.

use serde_json::{Map, Value, json};

/// A small picture for answers that carry one.
pub const PICTURE: &[u8] = include_bytes!("deed/photo.png");

/// An answer that leaves after so many seconds.
pub fn reply(text: &str, undo_s: u32) -> Value {
    json!({ "action": "reply", "text": text, "undo_s": undo_s })
}

/// One of a conversation's offers, with something in each field that it needs, confirmed.
pub fn act(offer: &Value) -> Value {
    let mut fields = Map::new();
    for field in offer.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let name = field.get("name").and_then(Value::as_str).unwrap_or_default();
        let required = field.get("required").and_then(Value::as_bool).unwrap_or_default();
        // A choice may need the words that are otherwise left out.
        if let Some(takes) = field.get("takes").filter(|_| required || name == "comment") {
            fields.insert(name.to_owned(), value(takes));
        }
    }
    let name = offer.get("name").cloned().unwrap_or_default();
    json!({ "action": "act", "act": { "name": name, "fields": fields }, "confirmed": true, "undo_s": 0 })
}

fn value(takes: &Value) -> Value {
    match takes.get("type").and_then(Value::as_str) {
        Some("choice") => takes.pointer("/options/0/value").cloned().unwrap_or_default(),
        Some("amount") => "1.00".into(),
        _ => {
            let length = |name: &str, otherwise| takes.get(name).and_then(Value::as_u64).unwrap_or(otherwise);
            let letters = length("min", 0).max(15).min(length("max", 100));
            "Проверим и ответим. "
                .chars()
                .cycle()
                .take(usize::try_from(letters).unwrap_or(15))
                .collect::<String>()
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_taken_up_with_everything_it_needs() {
        let offer = json!({ "name": "reject", "fields": [
            { "name": "reason", "required": true, "takes": { "type": "choice", "options": [{ "value": "7" }] } },
            { "name": "comment", "required": false, "takes": { "type": "text", "min": 20, "max": 1000 } },
            { "name": "sum", "required": true, "takes": { "type": "amount" } },
            { "name": "note", "required": false, "takes": { "type": "text", "min": 0, "max": 10 } },
        ] });
        let fields = json!({ "reason": "7", "comment": "Проверим и ответим. ", "sum": "1.00" });
        assert_eq!(act(&offer).pointer("/act"), Some(&json!({ "name": "reject", "fields": fields })));
    }
}
