//! The piece of a text that shows why it was found.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::analyse::{Analyser, Tokens};
use super::term::Term;

/// Characters shown before the first word found.
const BEFORE: usize = 30;

/// Characters shown in all.
const LENGTH: usize = 120;

/// Bytes of a text that are looked through; a longer one is a file pasted into a message.
const LOOKED_AT: usize = 65_536;

/// A piece of a fragment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Words of the original text, line breaks as spaces.
    pub text: String,
    /// Whether these are words that were asked for.
    pub hit: bool,
}

/// Cuts fragments for one query.
pub(super) struct Cutter<'a> {
    terms: Vec<&'a Term>,
    analyser: Analyser,
    tokens: Tokens,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(terms: Vec<&'a Term>) -> Self {
        Self { terms, analyser: Analyser::new(), tokens: Tokens::default() }
    }

    /// The fragment of a text; its beginning if the words were found elsewhere (in an order number, say).
    pub(super) fn cut(&mut self, text: &str) -> Vec<Span> {
        let text = text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or_default();
        let mut marks: Vec<Range<usize>> = Vec::new();
        if !self.terms.is_empty() {
            self.tokens.read(text);
            for term in &self.terms {
                term.occurrences(&mut self.analyser, &self.tokens, |span| marks.push(span));
            }
        }
        marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
        let start = start(text, marks.first().map_or(0, |mark| mark.start));
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
        let mut pieces = Pieces::default();
        if start > 0 {
            pieces.push("…", false);
        }
        let mut at = start;
        for mark in marks {
            let mark = mark.start.max(at)..mark.end.min(end);
            if !mark.is_empty() {
                pieces.push(text.get(at..mark.start).unwrap_or_default(), false);
                at = mark.end;
                pieces.push(text.get(mark).unwrap_or_default(), true);
            }
        }
        pieces.push(text.get(at..end).unwrap_or_default(), false);
        if end < text.len() {
            pieces.push("…", false);
        }
        pieces.0
    }
}

#[derive(Default)]
struct Pieces(Vec<Span>);

impl Pieces {
    fn push(&mut self, text: &str, hit: bool) {
        if text.is_empty() {
            return;
        }
        let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        match self.0.last_mut() {
            Some(last) if last.hit == hit => last.text.extend(shown),
            _ => self.0.push(Span { text: shown.collect(), hit }),
        }
    }
}

/// Where a fragment begins that shows the word at `first`: some characters before, at the beginning of a word if there is one.
fn start(text: &str, first: usize) -> usize {
    let head = text.get(..first).unwrap_or_default();
    let Some((from, _)) = head.char_indices().rev().nth(BEFORE) else { return 0 };
    let before = head.get(from..).unwrap_or_default();
    before.find(char::is_whitespace).map_or(from, |gap| from + gap + 1)
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

    fn cut(text: &str, asked: &[&str]) -> String {
        let mut analyser = Analyser::new();
        let terms: Vec<Term> = asked.iter().filter_map(|asked| Term::word(&mut analyser, asked)).collect();
        let spans = Cutter::new(terms.iter().collect()).cut(text);
        spans.iter().map(|span| if span.hit { format!("[{}]", span.text) } else { span.text.clone() }).collect()
    }

    #[test]
    fn words_are_marked_as_they_were_written() {
        for (text, asked, expected) in [
            ("Жду ВОЗВРАТА,\nспасибо", vec!["возврат"], "Жду [ВОЗВРАТА], спасибо"),
            ("買家要求退貨，退款", vec!["退货", "退"], "買家要求[退貨]，[退]款"),
            ("要求退款不退货", vec!["退款不"], "要求[退款不]退货"),
            ("Заказ 12345678-0001-1 где?", vec!["12345678-0001"], "Заказ [12345678-0001]-1 где?"),
            ("e\u{301}te\u{301} été", vec!["ete"], "[e\u{301}te\u{301}] [été]"),
            ("ничего", vec!["другое"], "ничего"),
            ("", vec!["другое"], ""),
        ] {
            assert_eq!(cut(text, &asked), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_word_found() {
        let text = format!("{}нужный товар {}", "слово ".repeat(100), "хвост ".repeat(100));
        let fragment = cut(&text, &["товары"]);
        assert!(fragment.starts_with("…слово слово"), "{fragment}");
        assert!(fragment.contains("нужный [товар] хвост") && fragment.ends_with('…'));
        assert!(fragment.chars().count() <= LENGTH + 4);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_cut(text in ".*", asked in ".*") {
            cut(&text, &[&asked]);
        }
    }
}
