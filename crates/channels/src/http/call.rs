//! One request, before it has an address.

use reqwest::Method;
use serde::Serialize;

/// A call to one of a platform's hosts. Paths are templates: ids travel in query and body, so that a path can be logged.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) method: Method,
    pub(super) host: &'static str,
    pub(super) path: &'static str,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<String>,
}

impl Call {
    /// A call without query or body. `path` begins with a slash.
    pub const fn new(method: Method, host: &'static str, path: &'static str) -> Self {
        Self { method, host, path, query: Vec::new(), body: None }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// Only for types that JSON cannot express, such as maps whose keys are not text.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, serde_json::Error> {
        self.body = Some(serde_json::to_string(body)?);
        Ok(self)
    }
}
