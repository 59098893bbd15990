//! The second net under the logs: what slipped through typed events is masked before it reaches a file.
//!
//! The first net is that events carry ids, codes, sizes and durations only. This one rather masks too much: a digest or
//! a trace id that looks like a key is a small loss, a key in a log is not.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

mod writer;

pub use writer::{Redacting, RedactingWriter};

/// What is masked, first match first, with the mask of each. A pattern with a group `keep_*` keeps that part.
///
/// Digits, letters and word boundaries are ASCII where that is enough: the Unicode classes make the pattern slow to
/// build, and a boundary must exist between a Chinese character and a digit.
const MASKED: [(&str, &str, &str); 9] = [
    // `Authorization: Bearer x`, `"api_key":"x"`, `?token=x&`, and a field that the log's formatter has coloured.
    (
        "named",
        r#"(?P<keep_name>(?i:(?:authorization|cookie|api[_-]?key|token|secret|passw(?:or)?d|passphrase))\\?["']?(?:\x1b\[[0-9;]*m)*\s*[:=]\s*(?:\x1b\[[0-9;]*m)*(?:\\?["'])?)(?i:(?:bearer|basic)\s+)?(?:\[secret\]|[^\s"'\\,;&})\]]+)"#,
        "[secret]",
    ),
    ("bearer", r"(?i:(?-u:\b)bearer)\s+[A-Za-z0-9_.~+/=-]{8,}", "[secret]"),
    // Wildberries tokens are JWTs (dev.wildberries.ru "API tokens", 2026-10).
    ("jwt", r"(?-u:\b)eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?", "[token]"),
    // Ozon keys are UUIDs (docs.ozon.ru "Seller API", 2026-10).
    ("uuid", r"(?-u:\b)[[:xdigit:]]{8}-(?:[[:xdigit:]]{4}-){3}[[:xdigit:]]{12}(?-u:\b)", "[key]"),
    ("mail", r#"[^\s@"'<>()\[\],;:=/\\]+@[^\s@"'<>()\[\],;:=/\\]+\.[^\s@"'<>()\[\],;:=/\\.]+"#, "[mail]"),
    (
        "home",
        r#"(?:/home/|/Users/)[^/\s"':,;]+|/root(?-u:\b)|(?i:(?-u:\b)[a-z]:(?:\\{1,2}|/)users(?:\\{1,2}|/))(?:[^\\/:*?"<>|\r\n]+(?P<keep_slash>[\\/])|[^\\/\s:*?"<>|]+)"#,
        "~",
    ),
    (
        "phone",
        r"\+[0-9](?:[\s().-]{0,2}[0-9]){8,14}|(?-u:\b)[78][\s(-]{0,2}[0-9]{3}[\s)-]{0,2}[0-9]{3}[\s-]?[0-9]{2}[\s-]?[0-9]{2}(?-u:\b)|(?-u:\b)1[3-9][0-9][\s-]?[0-9]{4}[\s-]?[0-9]{4}(?-u:\b)",
        "[phone]",
    ),
    // Cards in groups of four; order, account and document numbers.
    ("digits", r"(?-u:\b)[0-9]{4}(?:[ -][0-9]{4}){2,3}(?-u:\b)|[0-9]{9,}", "[number]"),
    // Opaque keys in hex or base64. Words joined by `_` or `-` are long too, so it takes a digit to be masked.
    ("opaque", r"[A-Za-z0-9_+=-]{32,}", "[token]"),
];

static PATTERNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let alternatives: Vec<_> = MASKED.iter().map(|(name, pattern, _)| format!("(?P<{name}>{pattern})")).collect();
    Regex::new(&alternatives.join("|")).ok()
});

/// Masks tokens, keys, phones, mail addresses, long numbers and home folders in a line of log.
pub fn redact(line: &str) -> Cow<'_, str> {
    match &*PATTERNS {
        Some(patterns) => match patterns.replace_all(line, masked) {
            Cow::Owned(same) if same == line => Cow::Borrowed(line),
            shown => shown,
        },
        None => Cow::Borrowed("[not shown: the log's masks failed to build]"),
    }
}

fn masked(found: &Captures<'_>) -> String {
    let whole = found.get(0).map_or("", |m| m.as_str());
    let Some((name, _, mask)) = MASKED.iter().find(|(name, ..)| found.name(name).is_some()) else {
        return whole.to_owned();
    };
    if *name == "opaque" && !whole.bytes().any(|b| b.is_ascii_digit()) {
        return whole.to_owned();
    }
    let kept = |group| found.name(group).map_or("", |m| m.as_str());
    format!("{}{mask}{}", kept("keep_name"), kept("keep_slash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_secret_and_personal_detail_is_masked() {
        let cases = [
            // Tokens and keys.
            ("got eyJhbGciOiJFUzI1NiJ9.eyJpZCI6IjEifQ.c2ln-X_z!", "got [token]!"),
            ("Authorization: Bearer abc.def", "Authorization: [secret]"),
            ("Authorization: plainvalue", "Authorization: [secret]"),
            ("sent Bearer abcdefgh12 on", "sent [secret] on"),
            ("Client-Id: 55, Api-Key: 0b1c", "Client-Id: 55, Api-Key: [secret]"),
            ("key 1b4e28ba-2fa1-11d2-883f-0016d3cca427.", "key [key]."),
            ("KEY 1B4E28BA-2FA1-11D2-883F-0016D3CCA427", "KEY [key]"),
            (r#"{"api_key":"s3cr3t","shop":3}"#, r#"{"api_key":"[secret]","shop":3}"#),
            (r#"{\"refresh_token\": \"abc\"}"#, r#"{\"refresh_token\": \"[secret]\"}"#),
            ("GET /x?access_token=abc&page=2", "GET /x?access_token=[secret]&page=2"),
            ("passphrase=open", "passphrase=[secret]"),
            ("PASSWORD: hunter2", "PASSWORD: [secret]"),
            ("Set-Cookie: session=abc; HttpOnly", "Set-Cookie: [secret]; HttpOnly"),
            ("\x1b[3mtoken\x1b[0m\x1b[2m=\x1b[0mabc", "\x1b[3mtoken\x1b[0m\x1b[2m=\x1b[0m[secret]"),
            ("hex 63616e6172792d63616e6172792d63616e617279 end", "hex [token] end"),
            ("b64 Y2FuYXJ5LWNhbmFyeS1jYW5hcnktMDEyMzQ1Njc4OQ== end", "b64 [token] end"),
            // Phones.
            ("call +7 (912) 345-67-89 now", "call [phone] now"),
            ("call 8 912 345 67 89 now", "call [phone] now"),
            ("call 8(912)345-67-89", "call [phone]"),
            ("call 79123456789", "call [phone]"),
            ("call +77011234567", "call [phone]"),
            ("打 138 1234 5678 吧", "打 [phone] 吧"),
            ("звонить +7\u{a0}912\u{a0}345-67-89", "звонить [phone]"),
            ("打13812345678吧", "打[phone]吧"),
            ("+86 138-1234-5678", "[phone]"),
            // Mail addresses.
            ("to ivan.petrov+wb@mail.example.ru, ok", "to [mail], ok"),
            ("to иван@почта.рф", "to [mail]"),
            // Numbers.
            ("card 4276 1234 5678 9010 paid", "card [number] paid"),
            ("card 4276-1234-5678-9010", "card [number]"),
            ("order 123456789", "order [number]"),
            ("at 1763812345678 ms", "at [number] ms"),
            // Homes.
            ("/home/ivan/.config/x.toml", "~/.config/x.toml"),
            ("/Users/ivan/Library", "~/Library"),
            ("open /root/inbox.db", "open ~/inbox.db"),
            (r"C:\Users\Ivan Petrov\AppData", r"~\AppData"),
            (r#"{"path":"C:\\Users\\ivan\\x"}"#, r#"{"path":"~\\x"}"#),
            (r"c:\users\ivan", "~"),
        ];
        for (line, shown) in cases {
            assert_eq!(redact(line), shown, "{line}");
        }
    }

    #[test]
    fn what_a_log_is_for_stays_readable() {
        let lines = [
            "2026-11-22T12:59:48.123456Z  INFO sync{shop=3}: page received items=100 ms=245",
            "2026-11-22 12:59:48 INFO dragoman_engine::outbox: reply parked",
            "WARN quota: 429 retry_after_s=60 remaining=0 shop=12345678",
            "listening on 127.0.0.1:8080, version 0.1.0-rc.1+linux",
            "the_name_of_a_function_that_is_very_long_but_a_name",
            "GET https://feedbacks-api.example.ru/api/v1/questions?isAnswered=false&take=100",
            "/var/lib/dragoman/inbox.db 1,048,576 bytes, sqlite 3.51.3",
            "ошибка чтения: нет данных 数据为空",
            "",
        ];
        for line in lines {
            assert!(matches!(redact(line), Cow::Borrowed(same) if same == line), "{line} -> {}", redact(line));
        }
    }

    #[test]
    fn masking_twice_changes_nothing_more() {
        for line in ["token=abc +79123456789 a@b.ru", "Authorization: Bearer x /home/ivan/y"] {
            let once = redact(line).into_owned();
            assert_eq!(redact(&once), once);
        }
    }
}
