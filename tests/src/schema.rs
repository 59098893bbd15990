//! OpenAPI 3.0 schemas as JSON Schema.

use anyhow::{Context as _, bail};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Deeper than any schema of a platform; a schema that contains itself would never end.
const DEEPEST: usize = 60;

/// Where a value is not as specified, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    /// JSON pointer with `*` for every index; or a word for what is no place in a body, such as `status 401`.
    pub place: String,
    /// What is wrong, in words.
    pub what: String,
}

impl Issue {
    /// An issue outside any body.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema(Validator);

impl Schema {
    /// Compiles a schema of a document.
    ///
    /// It is read strictly: a field that the specification does not name is an issue, because a misspelt one looks just so.
    ///
    /// # Errors
    /// If a reference leads nowhere, or the schema uses something this conversion does not know.
    pub fn compile(document: &Value, schema: &Value) -> anyhow::Result<Self> {
        let converted = convert(document, schema, true, 0)?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&converted)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Self(validator))
    }

    /// Everything in which the value differs.
    pub fn issues(&self, value: &Value) -> Vec<Issue> {
        let mut issues: Vec<Issue> = self
            .0
            .iter_errors(value)
            .flat_map(|error| {
                let place = starred(error.instance_path().as_str());
                match error.kind() {
                    ValidationErrorKind::UnevaluatedProperties { unexpected }
                    | ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
                        .iter()
                        .map(|name| Issue::new(format!("{place}/{name}"), "the specification has no such field"))
                        .collect(),
                    _ => vec![Issue::new(place, error.to_string())],
                }
            })
            .collect();
        issues.sort();
        issues.dedup();
        issues
    }
}

/// `/chats/3/chat_id` becomes `/chats/*/chat_id`.
fn starred(pointer: &str) -> String {
    let is_index = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = pointer.split('/').map(|part| if is_index(part) { "*" } else { part }).collect();
    parts.join("/")
}

/// Follows a `$ref`, if the value is one.
///
/// # Errors
/// If it leads nowhere or outside the document.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> anyhow::Result<&'a Value> {
    match value.get("$ref").and_then(Value::as_str) {
        None => Ok(value),
        Some(reference) => {
            let pointer = reference.strip_prefix('#').with_context(|| format!("{reference} leaves the document"))?;
            let target = document.pointer(pointer).with_context(|| format!("{reference} leads nowhere"))?;
            resolve(document, target)
        }
    }
}

/// `closed` says whether fields that are not named are refused; parts of an `allOf` leave that to the whole.
fn convert(document: &Value, schema: &Value, closed: bool, depth: usize) -> anyhow::Result<Value> {
    if depth > DEEPEST {
        bail!("a schema contains itself");
    }
    let schema = resolve(document, schema)?;
    let fields = schema.as_object().context("a schema is no object")?;
    let all = |parts: &Value, closed: bool| -> anyhow::Result<Value> {
        let parts = parts.as_array().context("parts of a schema are no list")?;
        parts.iter().map(|part| convert(document, part, closed, depth + 1)).collect()
    };
    let mut out = Map::new();
    for (keyword, value) in fields {
        let converted = match keyword.as_str() {
            "type" | "required" | "enum" | "minimum" | "maximum" | "minLength" | "maxLength" | "minItems"
            | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" | "multipleOf" | "pattern" => {
                value.clone()
            }
            "format" if value == "date-time" || value == "date" => value.clone(),
            "properties" => {
                let properties = value.as_object().context("properties are no object")?;
                let converted = properties
                    .iter()
                    .map(|(name, schema)| Ok((name.clone(), convert(document, schema, true, depth + 1)?)))
                    .collect::<anyhow::Result<Map<_, _>>>()?;
                Value::Object(converted)
            }
            "items" => convert(document, value, true, depth + 1)?,
            "additionalProperties" if value.is_object() => convert(document, value, true, depth + 1)?,
            "additionalProperties" => value.clone(),
            "allOf" | "oneOf" | "anyOf" => all(value, false)?,
            // Formats such as int64, uuid and webp are looked at no closer than production seems to.
            "format" | "nullable" | "default" | "example" | "description" | "title" | "deprecated" | "readOnly" => {
                continue;
            }
            extension if extension.starts_with("x-") => continue,
            other => bail!("the conversion does not know the keyword {other}"),
        };
        out.insert(keyword.clone(), converted);
    }
    let is_structured = out.contains_key("properties") || out.contains_key("allOf") || out.contains_key("oneOf");
    if closed && is_structured && !out.contains_key("additionalProperties") && admits_objects(&out) {
        out.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    Ok(if fields.get("nullable") == Some(&Value::Bool(true)) { nullable(out) } else { Value::Object(out) })
}

fn admits_objects(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_none_or(|kind| kind == "object")
}

fn nullable(mut schema: Map<String, Value>) -> Value {
    let Some(Value::String(kind)) = schema.get("type") else {
        return json!({ "anyOf": [{ "type": "null" }, schema] });
    };
    let kinds = json!([kind, "null"]);
    schema.insert("type".to_owned(), kinds);
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn places(schema: Value, value: Value) -> Vec<String> {
        let document = json!({ "components": { "schemas": {
            "Money": { "type": "object", "required": ["amount"], "properties": { "amount": { "type": "string" } } },
        } } });
        let issues = Schema::compile(&document, &schema).unwrap().issues(&value);
        issues.into_iter().map(|issue| issue.place).collect()
    }

    #[test]
    fn null_is_allowed_only_where_it_is_said_so() {
        let object = |nullable| {
            json!({ "type": "object", "properties": {
            "plain": { "type": "string", "enum": ["a"], "nullable": nullable },
            "whole": { "allOf": [{ "$ref": "#/components/schemas/Money" }], "nullable": nullable },
        } })
        };
        let value = json!({ "plain": null, "whole": null });
        assert_eq!(places(object(true), value.clone()), Vec::<String>::new());
        assert_eq!(places(object(false), value), ["/plain", "/plain", "/whole"]);
    }

    #[test]
    fn a_field_that_is_not_named_is_an_issue_at_any_depth() {
        let list = json!({ "type": "array", "items": { "allOf": [
            { "$ref": "#/components/schemas/Money" },
            { "type": "object", "properties": { "currency": { "type": "string" } } },
        ] } });
        let value = json!([{ "amount": "1", "currency": "RUB" }, { "amount": "1", "coinage": "RUB" }]);
        assert_eq!(places(list, value), ["/*/coinage"]);
    }

    #[test]
    fn an_object_without_named_fields_may_hold_anything() {
        assert_eq!(places(json!({ "type": "object" }), json!({ "any": 1 })), Vec::<String>::new());
    }

    #[test]
    fn one_of_several_bodies_may_not_borrow_from_another() {
        let body = json!({ "oneOf": [
            { "type": "object", "required": ["viewed"], "properties": { "viewed": { "type": "boolean" } } },
            { "type": "object", "required": ["text", "state"], "properties": { "text": { "type": "string" }, "state": {} } },
        ] });
        assert_eq!(places(body.clone(), json!({ "viewed": true })), Vec::<String>::new());
        assert_eq!(places(body, json!({ "viewed": true, "text": "a" })), ["/text"]);
    }

    #[test]
    fn dates_are_checked_and_other_formats_are_not() {
        let schema = json!({ "type": "object", "properties": {
            "at": { "type": "string", "format": "date-time" },
            "id": { "type": "string", "format": "UUID" },
        } });
        assert_eq!(places(schema, json!({ "at": "yesterday", "id": "whatever" })), ["/at"]);
    }

    #[test]
    fn what_the_conversion_does_not_know_is_refused() {
        assert!(Schema::compile(&json!({}), &json!({ "patternProperties": {} })).is_err());
        assert!(Schema::compile(&json!({}), &json!({ "$ref": "#/components/schemas/Nothing" })).is_err());
    }
}
