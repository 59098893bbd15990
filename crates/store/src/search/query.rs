//! What a person typed, read as terms and operators. Nothing can be typed that is an error.
//!
//! ```text
//! возврат                 the word in any form           "не подошёл размер"   exactly these words
//! возвр*                  words that begin so            -брак                 without this word
//! 24521886267  245218     a number, whole or from its first three digits; also finds orders and products
//! shop:  channel:  kind:  turn:  order:  sku:  from:  before:  after:  has:  is:  tag:
//! ```
//!
//! Several values of one operator widen (`kind:chat kind:claim`), different operators narrow. A name that is no operator is plain
//! words; a value that means nothing is left out and said so in a [`Notice`].

use std::str::FromStr;

use dragoman_domain::{Author, Channel, Kind, Turn};
use jiff::civil::{Date, date};
use jiff::{SpanFieldwise, Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

use super::analyse::Analyser;
use super::term::Term;

/// Characters of a line that are read. Longer lines are pasted by mistake.
const LINE: usize = 1_000;

/// Terms of a line that are looked for; more would find nothing anyway.
const TERMS: usize = 32;

/// A line read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub(super) terms: Vec<Asked>,
    pub(super) shops: Vec<String>,
    pub(super) channels: Vec<Channel>,
    pub(super) kinds: Vec<Kind>,
    pub(super) turns: Vec<Turn>,
    pub(super) orders: Vec<String>,
    pub(super) skus: Vec<String>,
    pub(super) senders: Vec<Sender>,
    pub(super) before: Option<Moment>,
    pub(super) after: Option<Moment>,
    pub(super) has: Vec<Has>,
    pub(super) marks: Vec<Mark>,
    pub(super) tags: Vec<String>,
    pub(super) notices: Vec<Notice>,
}

/// A term and whether it is asked for or excluded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) term: Term,
    pub(super) wanted: bool,
    /// The word as typed, if it may be the beginning of an order or product number.
    pub(super) number: Option<String>,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Author(Author),
    /// The buyer of this name, or a part of it, folded.
    Buyer(String),
}

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    File,
    Picture,
}

/// What a person has made of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Starred,
    Snoozed,
}

/// A point in time as typed: its meaning depends on when and where it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    /// The beginning of a day.
    Day(Date),
    /// So long ago.
    Ago(SpanFieldwise),
}

impl Moment {
    /// The instant meant by somebody whose clock shows `now`; `None` outside of the calendar.
    pub(super) fn at(self, now: &Zoned) -> Option<Timestamp> {
        match self {
            Self::Day(day) => day.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp()),
            Self::Ago(span) => now.checked_sub(span.0).ok().map(|zoned| zoned.timestamp()),
        }
    }
}

/// Something of the line that was left out, to be shown beside the hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What is wrong.
    pub code: NoticeCode,
    /// The part of the line it is about.
    pub word: String,
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// No shop of this name or number.
    UnknownShop,
    /// No such channel.
    UnknownChannel,
    /// No such kind of conversation.
    UnknownKind,
    /// No such turn.
    UnknownTurn,
    /// Not `2026-11-01`, `2026-11` or `7d` (days, `w` weeks, `m` months, `y` years).
    BadDate,
    /// Not `file` or `picture`.
    UnknownHas,
    /// Not `starred` or `snoozed`.
    UnknownMark,
    /// No tag of this name.
    UnknownTag,
    /// The operator has no value yet.
    NoValue,
    /// Only words can be excluded.
    CannotExclude,
    /// Signs only: nothing that could be searched.
    NothingToFind,
    /// The line is too long; the rest was not read.
    TooLong,
}

impl Query {
    /// Reads a line.
    pub fn parse(line: &str) -> Self {
        let mut query = Self::default();
        let mut analyser = Analyser::new();
        let mut line = line.chars().map(plain_sign).collect::<Vec<_>>();
        if line.len() > LINE {
            line.truncate(LINE);
            query.notice(NoticeCode::TooLong, line.iter().rev().take(20).rev().collect());
        }
        let mut rest = line.as_slice();
        while let Some(item) = next_item(&mut rest) {
            query.take(&mut analyser, &item);
        }
        query
    }

    /// What was left out of the line.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    fn notice(&mut self, code: NoticeCode, word: String) {
        self.notices.push(Notice { code, word });
    }

    fn take(&mut self, analyser: &mut Analyser, item: &Item) {
        if let Some(name) = &item.operator
            && self.operator(&name.to_lowercase(), item)
        {
            return;
        }
        let text = item.plain();
        let prefix = !item.quoted && text.ends_with('*');
        let term = if item.quoted {
            Term::phrase(analyser, &text)
        } else if prefix {
            Term::prefix(analyser, &text)
        } else {
            Term::word(analyser, &text)
        };
        match term {
            None => self.notice(NoticeCode::NothingToFind, text),
            Some(_) if self.terms.len() >= TERMS => self.notice(NoticeCode::TooLong, text),
            Some(term) => {
                let number =
                    (!item.quoted && !item.excluded).then(|| text.trim_end_matches('*')).filter(|text| is_number(text));
                let asked = Asked { term, wanted: !item.excluded, number: number.map(str::to_owned) };
                if !self.terms.contains(&asked) {
                    self.terms.push(asked);
                }
            }
        }
    }

    /// Takes an operator; `false` if there is none of this name.
    fn operator(&mut self, name: &str, item: &Item) -> bool {
        const NAMES: [&str; 12] =
            ["shop", "channel", "kind", "turn", "order", "sku", "from", "before", "after", "has", "is", "tag"];
        if !NAMES.contains(&name) {
            return false;
        }
        let value = item.value.trim();
        let word = item.plain();
        if item.excluded {
            self.notice(NoticeCode::CannotExclude, word);
            return true;
        }
        if value.is_empty() {
            self.notice(NoticeCode::NoValue, word);
            return true;
        }
        match name {
            "shop" => self.shops.push(value.to_owned()),
            "channel" => match channel(value) {
                Some(channel) => self.channels.push(channel),
                None => self.notice(NoticeCode::UnknownChannel, word),
            },
            "kind" => match named(value.trim_end_matches('s'), Kind::ALL, Kind::word) {
                Some(kind) => self.kinds.push(kind),
                None => self.notice(NoticeCode::UnknownKind, word),
            },
            "turn" => match named(value, Turn::ALL, Turn::word) {
                Some(turn) => self.turns.push(turn),
                None => self.notice(NoticeCode::UnknownTurn, word),
            },
            "order" => self.orders.push(value.to_owned()),
            "sku" => self.skus.push(value.to_owned()),
            "from" => self.senders.push(sender(value)),
            "tag" => self.tags.push(value.to_owned()),
            "is" => match value.to_lowercase().as_str() {
                "starred" | "star" => self.marks.push(Mark::Starred),
                "snoozed" | "snooze" => self.marks.push(Mark::Snoozed),
                _ => self.notice(NoticeCode::UnknownMark, word),
            },
            "has" => match value.to_lowercase().as_str() {
                "file" | "files" | "attachment" => self.has.push(Has::File),
                "picture" | "pictures" | "image" | "photo" => self.has.push(Has::Picture),
                _ => self.notice(NoticeCode::UnknownHas, word),
            },
            _ => match moment(value) {
                None => self.notice(NoticeCode::BadDate, word),
                Some(moment) if name == "before" => self.before = Some(moment),
                Some(moment) => self.after = Some(moment),
            },
        }
        true
    }
}

/// One item of a line: a word, a quotation, or an operator with its value.
#[derive(Debug, Default)]
struct Item {
    excluded: bool,
    operator: Option<String>,
    value: String,
    quoted: bool,
}

impl Item {
    /// The item as plain text.
    fn plain(&self) -> String {
        match &self.operator {
            Some(name) => format!("{name}:{}", self.value),
            None => self.value.clone(),
        }
    }
}

fn next_item(rest: &mut &[char]) -> Option<Item> {
    while let [c, tail @ ..] = *rest
        && c.is_whitespace()
    {
        *rest = tail;
    }
    let mut item = Item::default();
    if let [sign, tail @ ..] = *rest
        && let [next, ..] = tail
        && matches!(sign, '-' | '−' | '–' | '—')
        && !next.is_whitespace()
    {
        item.excluded = true;
        *rest = tail;
    }
    rest.first()?;
    loop {
        match *rest {
            ['"', tail @ ..] if item.value.is_empty() => {
                let quotation: String = tail.iter().take_while(|&&c| c != '"').collect();
                let read = tail.iter().take_while(|&&c| c != '"').count() + 1;
                *rest = tail.get(read..).unwrap_or_default();
                item.value = quotation;
                item.quoted = true;
                return Some(item);
            }
            // A quotation right behind a word is an item of its own.
            [] | ['"', ..] => return Some(item),
            [c, ..] if c.is_whitespace() => return Some(item),
            [':', tail @ ..] if item.operator.is_none() && !item.value.is_empty() => {
                item.operator = Some(std::mem::take(&mut item.value));
                *rest = tail;
            }
            [c, tail @ ..] => {
                item.value.push(*c);
                *rest = tail;
            }
        }
    }
}

/// Full-width signs and the quotation marks of all languages as the plain ones.
fn plain_sign(c: char) -> char {
    match c {
        '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '\u{ff02}' => '"',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Whether a word may be the beginning of an order or product number: at least three digits, letters and joints only.
fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'))
        && word.chars().filter(char::is_ascii_digit).count() >= 3
}

/// The value of this name, or the only one that begins so.
fn named<T: Copy>(typed: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
    let typed = typed.to_lowercase();
    let mut begun = all.iter().copied().filter(|&value| name(value).starts_with(&typed));
    match (typed.is_empty(), begun.next(), begun.next()) {
        (false, Some(only), None) => Some(only),
        _ => None,
    }
}

fn channel(value: &str) -> Option<Channel> {
    if value.eq_ignore_ascii_case("wb") {
        Some(Channel::Wildberries)
    } else {
        named(value, Channel::ALL, Channel::word)
    }
}

fn sender(value: &str) -> Sender {
    let folded = value.to_lowercase();
    match (folded.as_str(), Author::from_str(&folded)) {
        ("me" | "us" | "shop", _) => Sender::Author(Author::Seller),
        (_, Ok(author)) => Sender::Author(author),
        _ => Sender::Buyer(super::folded(value)),
    }
}

fn moment(value: &str) -> Option<Moment> {
    let mut parts = value.split('-');
    let (year, month, day, end) = (parts.next()?, parts.next(), parts.next(), parts.next());
    if let Some(month) = month {
        let day = day.map_or(Some(1), |day| day.parse().ok())?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        return match end {
            None => Date::new(year, month, day).ok().filter(|day| *day >= date(1970, 1, 1)).map(Moment::Day),
            Some(_) => None,
        };
    }
    let unit = value.chars().last()?;
    let count: i32 = value.strip_suffix(unit)?.parse().ok().filter(|count| (0..=100_000).contains(count))?;
    let span = match unit {
        'd' | 'D' | 'д' | '天' => count.days(),
        'w' | 'W' => count.weeks(),
        'm' | 'M' if count <= 10_000 => count.months(),
        'y' | 'Y' if count <= 1_000 => count.years(),
        _ => return None,
    };
    Some(Moment::Ago(span.fieldwise()))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]
mod tests {
    use super::*;

    fn term(text: &str) -> Asked {
        Asked { term: Term::word(&mut Analyser::new(), text).unwrap(), wanted: true, number: None }
    }

    fn number(text: &str) -> Asked {
        Asked { number: Some(text.to_owned()), ..term(text) }
    }

    fn notices(line: &str) -> Vec<(NoticeCode, String)> {
        Query::parse(line).notices.into_iter().map(|notice| (notice.code, notice.word)).collect()
    }

    #[test]
    fn lines_are_read_as_terms() {
        let phrase = |text| Asked { term: Term::phrase(&mut Analyser::new(), text).unwrap(), ..term("x") };
        let prefix = |text| Asked { term: Term::prefix(&mut Analyser::new(), text).unwrap(), ..term("x") };
        let not = |asked| Asked { wanted: false, ..asked };
        for (line, expected) in [
            ("", vec![]),
            ("  возврат\u{3000}денег ", vec![term("возврат"), term("денег")]),
            ("возврат возврат", vec![term("возврат")]),
            ("\"не подошёл\" размер", vec![phrase("не подошёл"), term("размер")]),
            ("«не подошёл", vec![phrase("не подошёл")]),
            ("a“b c”d", vec![term("a"), phrase("b c"), term("d")]),
            ("возвр*", vec![prefix("возвр")]),
            ("возвр＊", vec![prefix("возвр")]),
            ("-брак －брак2 —\"мой брак\"", vec![not(term("брак")), not(term("брак2")), not(phrase("мой брак"))]),
            ("кое-что", vec![term("кое-что")]),
            ("24521886267", vec![number("24521886267")]),
            ("12345678-0001", vec![number("12345678-0001")]),
            ("24", vec![term("24")]),
            ("http://x", vec![term("http://x")]),
            ("unknown:value", vec![term("unknown value")]),
        ] {
            let query = Query::parse(line);
            assert_eq!(query.terms, expected, "{line}");
            assert_eq!(query.notices, [], "{line}");
        }
    }

    #[test]
    fn operators_are_read_with_their_values() {
        let query = Query::parse(
            "shop:\"Дом и сад\" shop：2 CHANNEL:wb channel:Ozon kind:reviews kind:chat turn:ours order:123 sku:AB-1 from:me from:\"Анна К\" \
             has:photo before:2026-11 after:2026-10-05 слово",
        );
        assert_eq!(query.shops, ["Дом и сад", "2"]);
        assert_eq!(query.channels, [Channel::Wildberries, Channel::Ozon]);
        assert_eq!(query.kinds, [Kind::Review, Kind::Chat]);
        assert_eq!(query.turns, [Turn::Ours]);
        assert_eq!((query.orders, query.skus), (vec!["123".to_owned()], vec!["AB-1".to_owned()]));
        assert_eq!(query.senders, [Sender::Author(Author::Seller), Sender::Buyer("анна к".to_owned())]);
        assert_eq!(query.has, [Has::Picture]);
        assert_eq!(query.before, Some(Moment::Day(date(2026, 11, 1))));
        assert_eq!(query.after, Some(Moment::Day(date(2026, 10, 5))));
        assert_eq!(query.terms, [term("слово")]);
        assert_eq!(query.notices, []);
    }

    #[test]
    fn what_means_nothing_is_left_out_and_said() {
        use NoticeCode::*;
        for (line, expected) in [
            ("channel:ebay", vec![(UnknownChannel, "channel:ebay")]),
            ("channel:w", vec![(UnknownChannel, "channel:w")]),
            ("kind:c", vec![(UnknownKind, "kind:c")]),
            ("turn:yours", vec![(UnknownTurn, "turn:yours")]),
            ("has:money", vec![(UnknownHas, "has:money")]),
            ("shop:", vec![(NoValue, "shop:")]),
            ("-kind:chat", vec![(CannotExclude, "kind:chat")]),
            ("after:2026-13", vec![(BadDate, "after:2026-13")]),
            ("before:2026-11-31 x", vec![(BadDate, "before:2026-11-31")]),
            ("before:yesterday", vec![(BadDate, "before:yesterday")]),
            ("after:99999999d", vec![(BadDate, "after:99999999d")]),
            ("!!! ...", vec![(NothingToFind, "!!!"), (NothingToFind, "...")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(code, word)| (code, word.to_owned())).collect();
            assert_eq!(notices(line), expected, "{line}");
        }
        assert_eq!(notices(&"я ".repeat(600)).len(), 1);
        assert_eq!(notices(&(0..40).map(|n| format!("слово{n} ")).collect::<String>()).len(), 8);
    }

    #[test]
    fn spans_reach_back_from_now() {
        let now: Zoned = "2026-11-22T10:00:00+08:00[Asia/Shanghai]".parse().unwrap();
        for (value, expected) in [
            ("7d", "2026-11-15T02:00:00Z"),
            ("7天", "2026-11-15T02:00:00Z"),
            ("2w", "2026-11-08T02:00:00Z"),
            ("1m", "2026-10-22T02:00:00Z"),
            ("1y", "2025-11-22T02:00:00Z"),
            ("2026-11-01", "2026-10-31T16:00:00Z"),
            ("2026-11", "2026-10-31T16:00:00Z"),
        ] {
            assert_eq!(moment(value).unwrap().at(&now).unwrap().to_string(), expected, "{value}");
        }
    }
}
