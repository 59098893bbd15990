//! An answer that was read to its end, and reading JSON out of it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;

use crate::Failure;

/// How much of an unreadable answer is kept, in characters.
const SAMPLE: usize = 400;

/// A platform's answer. Its body is complete, which says nothing about whether it makes sense.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// An answer that is not what the contract promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbled {
    /// What was wrong.
    pub why: String,
    /// Its beginning.
    pub sample: String,
}

impl From<Garbled> for Failure {
    fn from(Garbled { why, sample }: Garbled) -> Self {
        Self::Unreadable { why, sample }
    }
}

impl Answer {
    /// The body as text, without a byte order mark.
    ///
    /// # Errors
    /// [`Garbled`] if it is not UTF-8.
    pub fn text(&self) -> Result<&str, Garbled> {
        match std::str::from_utf8(&self.body) {
            Ok(text) => Ok(text.trim_start_matches('\u{feff}')),
            Err(error) => Err(self.garbled(format!("not UTF-8: {error}"))),
        }
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// [`Garbled`] if it is another shape, or no JSON at all.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Garbled> {
        serde_json::from_str(self.text()?).map_err(|error| self.garbled(format!("not the promised JSON: {error}")))
    }

    /// The media type it declares, in lower case and without parameters; empty when it does not.
    pub fn media_type(&self) -> String {
        let declared = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    /// The body's beginning, on one line.
    pub fn sample(&self) -> String {
        brief(&String::from_utf8_lossy(&self.body))
    }

    /// An error about this answer.
    pub fn garbled(&self, why: String) -> Garbled {
        Garbled { why, sample: self.sample() }
    }

    /// A pause named by a header, in whole seconds or as an HTTP date; `None` if it is absent, negative or makes no sense.
    pub fn pause(&self, header: &str, now: Timestamp) -> Option<Duration> {
        let text = self.headers.get(header)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(date.duration_since(now)).ok()
    }
}

/// The beginning of a text on one line, for messages and reports.
pub fn brief(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(SAMPLE).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn answer(headers: &[(&'static str, &'static str)], body: &[u8]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status: StatusCode::OK, headers, body: body.to_vec() }
    }

    #[test]
    fn a_pause_is_read_as_seconds_or_as_a_date() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let pause = |value| answer(&[("retry-after", value)], b"").pause("retry-after", now);
        assert_eq!(pause("30"), Some(Duration::from_secs(30)));
        assert_eq!(pause(" 0 "), Some(Duration::ZERO));
        assert_eq!(pause("Sun, 22 Nov 2026 10:02:00 GMT"), Some(Duration::from_secs(120)));
        for nonsense in ["-5", "soon", "", "1e9", "Sun, 22 Nov 2026 09:00:00 GMT", "99999999999999999999999"] {
            assert_eq!(pause(nonsense), None, "{nonsense}");
        }
        assert_eq!(answer(&[], b"").pause("retry-after", now), None);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_answer() {
        assert_eq!(
            answer(&[], b"\xef\xbb\xbf{\"a\":1}").json::<serde_json::Value>().unwrap(),
            serde_json::json!({"a": 1})
        );
    }

    #[test]
    fn what_is_not_json_is_told_with_a_sample() {
        let error = answer(&[], b"<html>\n<h1>Just a moment</h1>").json::<serde_json::Value>().unwrap_err();
        assert_eq!(error.sample, "<html> <h1>Just a moment</h1>");
        let error = answer(&[], &[0xcf, 0xf0, 0xe8]).text().unwrap_err();
        assert!(error.why.starts_with("not UTF-8"), "{}", error.why);
    }
}
