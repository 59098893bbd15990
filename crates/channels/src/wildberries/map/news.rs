//! The portal's news as notices.

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::{Author, Kind, RemoteId};

use super::said;
use crate::wildberries::wire::NewsItem;

/// Reads one of the news; also its number, by which the next call goes on.
///
/// # Errors
/// What a notice cannot do without is missing; the words name the field.
pub(in crate::wildberries) fn notice(raw: &str) -> Result<(u64, Incoming), String> {
    let item: NewsItem = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let (number, at) = (item.id.0, item.date.0);
    let text = said(item.content).unwrap_or_default();
    let message = IncomingMessage::new(RemoteId(format!("n:{number}")), Author::Platform, at, text, raw.to_owned());
    let facts = Facts { subject: said(item.header), started_at: Some(at), ..Facts::default() };
    let remote_id = RemoteId(number.to_string());
    Ok((number, Incoming { kind: Kind::Notice, remote_id, facts, messages: vec![message], mark: None }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_of_the_news_is_a_notice_of_the_platform() {
        let raw = r#"{"content":"Добавили отчёты. ","date":"2025-02-06T18:14:58+03:00","header":"Изменения в API\n","id":7373,"types":[{"id":8,"name":"API"}]}"#;
        let (number, notice) = notice(raw).unwrap();
        assert_eq!((number, notice.kind, notice.remote_id.as_str()), (7373, Kind::Notice, "7373"));
        assert_eq!(notice.facts.subject.as_deref(), Some("Изменения в API"));
        let message = notice.messages.first().unwrap();
        assert_eq!((message.remote_id.as_str(), message.text.as_str()), ("n:7373", "Добавили отчёты."));
        assert_eq!(message.sent_at.to_string(), "2025-02-06T15:14:58Z");
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = notice(&String::from_utf8_lossy(&bytes));
        }
    }
}
