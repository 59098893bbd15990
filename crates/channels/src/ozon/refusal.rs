//! What an answer other than success means.
//!
//! Ozon pairs status and code loosely, so the order of decision is: the gRPC code, then the words (no code tells a closed
//! window from a missing subscription), then the status. A 5xx is never read here: it is doubt, whatever it says.
//! Source: error table of Seller API 2.1 and third-party production notes, read 2026-09-22.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Longest piece of the platform's words that is carried on.
const WORDS_LIMIT: usize = 300;

/// An answer that is not success.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) what: What,
    /// The platform's words, shortened.
    pub(super) words: String,
}

/// What it means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The key is wrong, switched off or belongs to another Client-Id.
    Key,
    /// Too many requests.
    Throttled,
    /// Premium Plus or Premium Pro is needed.
    Subscription,
    /// The key lacks a role, or may not be used from here.
    Right,
    /// The window for writing has closed.
    WindowClosed,
    /// Ozon has switched the chat off.
    ChatDisabled,
    /// The buyer has not begun this chat.
    NotStarted,
    /// Not known, or of another seller.
    NotFound,
    /// Something else happened at the same time.
    Conflict,
    /// The request as it is will never be accepted.
    Invalid,
    /// Not an answer of this API at all.
    Foreign,
}

#[derive(Deserialize)]
struct Body {
    code: Option<Box<RawValue>>,
    message: Option<String>,
    error: Option<Box<Body>>,
}

/// Reads an answer whose status is 4xx.
pub(super) fn read(status: u16, body: &str) -> Refused {
    let (code, words) = code_and_words(body);
    Refused { what: what(status, code.as_deref(), words.as_deref()), words: words.unwrap_or_default() }
}

fn what(status: u16, code: Option<&str>, words: Option<&str>) -> What {
    let lower = words.unwrap_or_default().to_lowercase();
    match code {
        Some("16") => return What::Key,
        Some("8") => return What::Throttled,
        Some("5") => return What::NotFound,
        _ => {}
    }
    match by_words(&lower) {
        Some(what) => what,
        None => by_status(status, code.is_some() || words.is_some()),
    }
}

fn by_words(lower: &str) -> Option<What> {
    let says = |words: &[&str]| words.iter().any(|part| lower.contains(part));
    let never_began =
        says(&["start", "initiat"]) && says(&["not", "n't", "only"]) && says(&["buyer", "customer", "client"]);
    if says(&["premium plus", "premium pro", "checksellerpremiumplus", "subscription"]) {
        Some(What::Subscription)
    } else if never_began {
        Some(What::NotStarted)
    } else if says(&["not permitted"]) {
        Some(What::WindowClosed)
    } else if says(&["required role", "restricted to specific ip", "offer not signed"]) {
        Some(What::Right)
    } else if says(&["disabled"]) {
        Some(What::ChatDisabled)
    } else if says(&["cannot"]) {
        Some(What::Invalid)
    } else {
        None
    }
}

/// `ours` = the body has the shape of this API. Between us and Ozon a proxy may refuse in its own words; of such answers
/// only what the status alone proves is believed.
fn by_status(status: u16, ours: bool) -> What {
    match status {
        401 => What::Key,
        429 => What::Throttled,
        _ if !ours => What::Foreign,
        403 => What::Right,
        404 => What::NotFound,
        409 => What::Conflict,
        400..=499 => What::Invalid,
        _ => What::Foreign,
    }
}

fn code_and_words(body: &str) -> (Option<String>, Option<String>) {
    let Ok(body) = serde_json::from_str::<Body>(body) else { return (None, None) };
    let body = match body.error {
        Some(inner) => *inner,
        None => body,
    };
    let code = body.code.map(|code| code.get().trim_matches('"').to_owned());
    (code, body.message.map(|words| words.chars().take(WORDS_LIMIT).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, code: i32, message: &str) -> What {
        read(status, &format!(r#"{{"code":{code},"message":"{message}","details":[]}}"#)).what
    }

    #[test]
    fn each_documented_error_is_told_apart() {
        let cases = [
            (400, 3, "Request validation error: invalid SendMessageRequest.Text", What::Invalid),
            (401, 16, "Client-Id and Api-Key headers are required", What::Key),
            (403, 16, "Invalid Api-Key, please check the key and try again", What::Key),
            (403, 7, "Api-Key is missing a required role for a method", What::Right),
            (403, 7, "Api-Key is restricted to specific IP addresses", What::Right),
            (403, 7, "checkSellerPremiumPlus: access denied", What::Subscription),
            (403, 7, "Method is available with Premium Plus only", What::Subscription),
            (403, 7, "sending messages to this chat is not permitted", What::WindowClosed),
            (400, 7, "Chat is Disabled", What::ChatDisabled),
            (403, 7, "chat was not started by the buyer", What::NotStarted),
            (404, 5, "chat not found", What::NotFound),
            (409, 10, "conflict", What::Conflict),
            (429, 8, "You have reached request rate limit per second", What::Throttled),
        ];
        for (status, code, message, expected) in cases {
            assert_eq!(error(status, code, message), expected, "{status} {code} {message}");
        }
    }

    #[test]
    fn the_code_outweighs_status_and_words() {
        assert_eq!(error(400, 16, "chat is disabled"), What::Key);
        assert_eq!(error(403, 8, "not permitted"), What::Throttled);
    }

    #[test]
    fn errors_of_other_sections_and_other_machines_are_read_too() {
        let wrapped = read(403, r#"{"error":{"code":"7","message":"missing a required role"}}"#);
        assert_eq!(wrapped, Refused { what: What::Right, words: "missing a required role".to_owned() });
        assert_eq!(read(403, "<html>Blocked by the office proxy</html>").what, What::Foreign);
        assert_eq!(read(302, "").what, What::Foreign);
        assert_eq!(read(429, "").what, What::Throttled);
        assert_eq!(read(404, r#"{"message":"no such method"}"#).what, What::NotFound);
    }
}
