//! Lists of the API page by page, for as many rows as are wanted.

use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::failure::Outcome;
use crate::home::Home;
use crate::output::read;

/// Most rows of one page, as the API has it.
const PAGE: u64 = 200;

/// A list that is being read.
pub(crate) struct Pages {
    path: &'static str,
    query: Vec<(&'static str, String)>,
    left: u64,
    place: Place,
}

enum Place {
    Start,
    After(String),
    End,
}

/// One page.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// Its rows.
    pub(crate) rows: Vec<Value>,
    next: Option<String>,
    /// What else the list says of itself.
    #[serde(flatten)]
    pub(crate) about: Value,
}

impl Pages {
    /// A list narrowed by what of the query is given; all of it without a limit.
    pub(crate) fn new<const N: usize>(
        path: &'static str,
        query: [(&'static str, Option<String>); N],
        limit: Option<u64>,
    ) -> Self {
        let query = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { path, query, left: limit.unwrap_or(u64::MAX), place: Place::Start }
    }

    /// The next page; `None` once there are as many rows as wanted, or no more.
    pub(crate) async fn next(&mut self, home: &mut Home) -> Outcome<Option<Page>> {
        let after = match &self.place {
            Place::End => return Ok(None),
            Place::Start => None,
            Place::After(place) => Some(("after", place.clone())),
        };
        let limit = ("limit", self.left.min(PAGE).to_string());
        let query = self.query.iter().cloned().chain([limit]).chain(after);
        let page: Page = read(&home.get(&with_query(self.path, query)).await?)?;
        self.left = self.left.saturating_sub(page.rows.len() as u64);
        self.place = match &page.next {
            Some(next) if self.left > 0 => Place::After(next.clone()),
            _ => Place::End,
        };
        Ok(Some(page))
    }

    /// Rows still wanted.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}

/// An address with its query.
pub(crate) fn with_query(path: &str, query: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut pairs = Serializer::new(String::new());
    pairs.extend_pairs(query);
    format!("{path}?{}", pairs.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_carries_any_words() {
        assert_eq!(
            with_query("/api/search", [("q", "退货 & ?".to_owned())]),
            "/api/search?q=%E9%80%80%E8%B4%A7+%26+%3F"
        );
    }
}
