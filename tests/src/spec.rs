//! What a platform's specification says about a request and its answer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::proxy::Exchange;
use crate::schema::{Issue, Schema, resolve};

/// The operations of one platform.
#[derive(Debug)]
pub struct Contract {
    operations: Vec<Operation>,
}

/// One method on one path.
#[derive(Debug)]
pub struct Operation {
    /// Method and path template, such as `POST /v3/chat/list`.
    pub name: String,
    method: String,
    template: Vec<String>,
    parameters: Vec<Parameter>,
    /// Headers of which one set must be there; each set is one way to sign in.
    keys: Vec<Vec<String>>,
    body: Option<Body>,
    answers: BTreeMap<String, Media>,
}

type Media = BTreeMap<String, Option<Schema>>;

#[derive(Debug)]
struct Body {
    required: bool,
    media: Media,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: String,
    required: bool,
    may_be_empty: bool,
    kind: Option<String>,
    schema: Schema,
}

impl Contract {
    /// Reads a merged document.
    ///
    /// # Errors
    /// If it uses something we do not understand.
    pub fn read(document: &Value) -> anyhow::Result<Self> {
        const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
        let mut operations = Vec::new();
        for (path, item) in object(document.get("paths")) {
            for (method, operation) in object(Some(item)).filter(|(key, _)| METHODS.contains(&key.as_str())) {
                let name = format!("{} {path}", method.to_uppercase());
                let read = Operation::read(document, name.clone(), path, operation);
                operations.push(read.with_context(|| format!("{name} cannot be understood"))?);
            }
        }
        Ok(Self { operations })
    }

    /// The operation a request is for, if it is one of the contract's.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let parts: Vec<&str> = path.split('/').collect();
        self.operations.iter().find(|operation| operation.method == method && operation.is_at(&parts))
    }
}

impl Operation {
    fn read(document: &Value, name: String, path: &str, operation: &Value) -> anyhow::Result<Self> {
        let (method, _) = name.split_once(' ').context("no method")?;
        let listed = operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let parameters = listed
            .iter()
            .map(|parameter| Parameter::read(document, resolve(document, parameter)?))
            .collect::<anyhow::Result<_>>()?;
        let body = match operation.get("requestBody") {
            None => None,
            Some(body) => {
                let body = resolve(document, body)?;
                Some(Body { required: is_true(body, "required"), media: media(document, body)? })
            }
        };
        let answers = object(operation.get("responses"))
            .map(|(status, answer)| Ok((status.clone(), media(document, resolve(document, answer)?)?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            method: method.to_owned(),
            template: path.split('/').map(str::to_owned).collect(),
            parameters,
            keys: keys(document, operation),
            body,
            answers,
            name,
        })
    }

    fn is_at(&self, parts: &[&str]) -> bool {
        let fits = |(template, part): (&String, &&str)| template == part || template.starts_with('{');
        self.template.len() == parts.len() && self.template.iter().zip(parts).all(fits)
    }

    /// Error statuses below 500 that the specification lists.
    pub fn refusals(&self) -> impl Iterator<Item = u16> {
        self.answers.keys().filter_map(|status| status.parse().ok()).filter(|status| (400..500).contains(status))
    }

    /// In what a request differs from the specification.
    pub fn request_issues(&self, exchange: &Exchange) -> Vec<Issue> {
        let mut issues = Vec::new();
        for parameter in &self.parameters {
            let values = match parameter.place.as_str() {
                "query" => exchange.query(&parameter.name),
                "header" => exchange.header(&parameter.name).into_iter().map(str::to_owned).collect(),
                _ => continue,
            };
            issues.extend(parameter.issues(&values));
        }
        let known =
            |name: &str| self.parameters.iter().any(|parameter| parameter.place == "query" && parameter.name == name);
        let unknown: BTreeSet<String> = exchange.query_names().into_iter().filter(|name| !known(name)).collect();
        issues.extend(unknown.into_iter().map(|name| Issue::new(format!("query {name}"), "no such parameter")));
        let has_keys = |set: &Vec<String>| set.iter().all(|name| exchange.header(name).is_some());
        if !self.keys.is_empty() && !self.keys.iter().any(has_keys) {
            issues.push(Issue::new("key", format!("none of {:?} is there", self.keys)));
        }
        issues.extend(self.body_issues(exchange));
        issues
    }

    fn body_issues(&self, exchange: &Exchange) -> Vec<Issue> {
        let Some(body) = &self.body else {
            // Where nothing is declared an empty object may be sent, as the contracts ask for.
            let nothing = exchange.body.is_empty() || exchange.body.as_ref() == b"{}";
            return if nothing { Vec::new() } else { vec![Issue::new("body", "none is specified")] };
        };
        if exchange.body.is_empty() {
            return if body.required { vec![Issue::new("body", "missing")] } else { Vec::new() };
        }
        content_issues(&body.media, exchange.header(CONTENT_TYPE.as_str()), &exchange.body)
    }

    /// In what an answer differs from the specification.
    pub fn answer_issues(&self, exchange: &Exchange) -> Vec<Issue> {
        let mut issues = Vec::new();
        let media = self.answers.get(&exchange.status.to_string()).or_else(|| self.answers.get("default"));
        let media = media.or_else(|| {
            issues.push(Issue::new(format!("status {}", exchange.status), "the specification has no such answer"));
            // Then it has to look like the operation's other refusals.
            self.answers.iter().find(|(status, _)| status.starts_with('4')).map(|(_, media)| media)
        });
        if let Some(media) = media.filter(|media| !media.is_empty() || !exchange.answer.is_empty()) {
            issues.extend(content_issues(media, exchange.answer_type(), &exchange.answer));
        }
        issues
    }
}

impl Parameter {
    fn read(document: &Value, parameter: &Value) -> anyhow::Result<Self> {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).map(str::to_owned);
        let everything = json!({});
        let schema = resolve(document, parameter.get("schema").unwrap_or(&everything))?;
        Ok(Self {
            name: text("name").context("a parameter has no name")?,
            place: text("in").context("a parameter has no place")?,
            required: is_true(parameter, "required"),
            may_be_empty: is_true(parameter, "allowEmptyValue"),
            kind: schema.get("type").and_then(Value::as_str).map(str::to_owned),
            schema: Schema::compile(document, schema)?,
        })
    }

    fn issues(&self, values: &[String]) -> Vec<Issue> {
        let place = format!("{} {}", self.place, self.name);
        match values {
            [] if self.required => vec![Issue::new(place, "missing")],
            [] => Vec::new(),
            [text] if text.is_empty() && self.may_be_empty => Vec::new(),
            [text] => {
                let issues = self.schema.issues(&self.typed(text));
                issues.into_iter().map(|issue| Issue::new(place.clone(), issue.what)).collect()
            }
            _ => vec![Issue::new(place, "there more than once")],
        }
    }

    /// Parameters travel as text whatever they are.
    fn typed(&self, text: &str) -> Value {
        match self.kind.as_deref() {
            Some("integer" | "number" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            _ => json!(text),
        }
    }
}

fn media(document: &Value, holder: &Value) -> anyhow::Result<Media> {
    object(holder.get("content"))
        .map(|(kind, content)| {
            let schema = content.get("schema").map(|schema| Schema::compile(document, schema)).transpose()?;
            // Answers are compared without their character set, so the contract is read without it too.
            let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
            Ok((kind, schema))
        })
        .collect()
}

fn content_issues(media: &Media, content_type: Option<&str>, body: &[u8]) -> Vec<Issue> {
    let kind = content_type.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    let Some(schema) = media.get(kind) else {
        let listed: Vec<&String> = media.keys().collect();
        return vec![Issue::new("content-type", format!("{kind:?} is not one of {listed:?}"))];
    };
    let Some(schema) = schema else { return Vec::new() };
    if kind == "multipart/form-data" {
        let fields = content_type.and_then(|kind| fields(kind, body));
        return fields.map_or_else(|| vec![Issue::new("", "this is no form")], |fields| schema.issues(&fields));
    }
    if !kind.ends_with("json") {
        return schema.issues(&json!(String::from_utf8_lossy(body)));
    }
    match serde_json::from_slice(body) {
        Ok(value) => schema.issues(&value),
        Err(error) => vec![Issue::new("", format!("this is no JSON: {error}"))],
    }
}

/// The fields of a form as a schema sees them: each by its name, files and fields that come again as lists.
fn fields(content_type: &str, body: &[u8]) -> Option<Value> {
    let boundary = parameter(content_type, "boundary")?;
    let text = String::from_utf8_lossy(body);
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line before it.
    let text = format!("\r\n{text}");
    let mut pieces = text.split(&delimiter);
    if pieces.next() != Some("") {
        return None;
    }
    let mut fields = Map::new();
    for piece in pieces {
        let Some(part) = piece.strip_prefix("\r\n") else {
            // Nothing comes after the closing delimiter.
            return (piece.trim_end() == "--").then_some(Value::Object(fields));
        };
        let (head, content) = part.split_once("\r\n\r\n")?;
        let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let name = parameter(disposition, "name")?;
        match fields.get_mut(&name) {
            Some(Value::Array(list)) => list.push(json!(content)),
            Some(single) => *single = json!([single.take(), content]),
            None if parameter(disposition, "filename").is_some() => drop(fields.insert(name, json!([content]))),
            None => drop(fields.insert(name, json!(content))),
        }
    }
    None
}

/// A parameter of a header, without its quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut parameters = header.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    parameters.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
}

/// The header names of each way to sign in.
fn keys(document: &Value, operation: &Value) -> Vec<Vec<String>> {
    let ways = operation.get("security").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let header = |scheme: &str| {
        let scheme = document.pointer("/components/securitySchemes")?.get(scheme)?;
        match scheme.get("in").and_then(Value::as_str) {
            Some("header") => scheme.get("name").and_then(Value::as_str).map(str::to_owned),
            _ => Some("authorization".to_owned()),
        }
    };
    ways.iter().map(|way| object(Some(way)).filter_map(|(scheme, _)| header(scheme)).collect()).collect()
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn is_true(value: &Value, key: &str) -> bool {
    value.get(key) == Some(&Value::Bool(true))
}
