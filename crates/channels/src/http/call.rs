//! One request, before it has an address.

use std::sync::Arc;

use reqwest::Method;
use serde::Serialize;

/// Longest answer that is read, after decompression.
pub(super) const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// A call to one of a platform's hosts. Paths are templates, so that they can be logged: ids travel in query, body or leaf.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) method: Method,
    pub(super) host: &'static str,
    pub(super) path: &'static str,
    pub(super) leaf: Option<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
    pub(super) longest: usize,
}

/// What a call carries.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Json(String),
    Form(Vec<Part>),
}

/// One field of a form with files (`multipart/form-data`).
#[derive(Clone)]
pub struct Part {
    pub(super) field: &'static str,
    pub(super) content: Content,
}

/// What a field holds.
#[derive(Clone)]
pub(super) enum Content {
    Text(String),
    File { name: String, mime: String, bytes: Arc<[u8]> },
}

impl Part {
    /// A field with a text.
    pub fn text(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, content: Content::Text(text.into()) }
    }

    /// A field with a file.
    pub fn file(field: &'static str, name: &str, mime: &str, bytes: Arc<[u8]>) -> Self {
        // A name is one line of a header.
        let name = name.chars().filter(|c| !c.is_control()).collect();
        Self { field, content: Content::File { name, mime: mime.to_owned(), bytes } }
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its text may be a buyer's affair, or a secret.
        write!(f, "Part({})", self.field)
    }
}

impl Call {
    /// A call without query or body. `path` begins with a slash.
    pub const fn new(method: Method, host: &'static str, path: &'static str) -> Self {
        Self { method, host, path, leaf: None, query: Vec::new(), body: None, longest: LONGEST_ANSWER }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a last segment to the path, which no log shows.
    #[must_use]
    pub fn leaf(mut self, segment: impl Into<String>) -> Self {
        self.leaf = Some(segment.into());
        self
    }

    /// Reads an answer of at most so many bytes.
    #[must_use]
    pub fn within(mut self, most: u64) -> Self {
        self.longest = usize::try_from(most).unwrap_or(usize::MAX).min(LONGEST_ANSWER);
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// Only for types that JSON cannot express, such as maps whose keys are not text.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, serde_json::Error> {
        self.body = Some(Body::Json(serde_json::to_string(body)?));
        Ok(self)
    }

    /// Sets a form as body.
    #[must_use]
    pub fn form(mut self, parts: Vec<Part>) -> Self {
        self.body = Some(Body::Form(parts));
        self
    }
}
