//! One thing a person asks for: how it is put to the index, and how it is recognised in a text.
//!
//! The index knows stems only. What it cannot tell apart (the word forms of an exact phrase, a beginning longer than the stem) it
//! answers too widely, and [`Term::found_in`] decides on the original text. [`Term::sure`] says when that is not needed.

use std::ops::Range;

use super::analyse::{Analyser, Sort, Tokens};
use super::endings;

/// A word, an exact phrase, or the beginning of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Never empty; more than one stand side by side in the text.
    parts: Vec<Part>,
    manner: Manner,
    /// Other stems that words with this beginning may have.
    stems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    form: String,
    stem: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// By stem.
    Word,
    /// By form.
    Exact,
    /// By stem, the last part by its beginning.
    Prefix,
    /// As `Prefix`; the last part is one character of a script without spaces, which begins a pair or stands alone.
    Character,
}

impl Term {
    /// A word in any of its forms, and a number or order id by its beginning; `None` if nothing of it can be searched.
    pub(super) fn word(analyser: &mut Analyser, text: &str) -> Option<Self> {
        let (parts, lone) = parts(analyser, text)?;
        let number = parts.last().is_some_and(|last| is_number(&last.form));
        let manner = match (lone, number) {
            (true, _) => Manner::Character,
            (false, true) => Manner::Prefix,
            (false, false) => Manner::Word,
        };
        Some(Self { parts, manner, stems: Vec::new() })
    }

    /// Words exactly as written, side by side.
    pub(super) fn phrase(analyser: &mut Analyser, text: &str) -> Option<Self> {
        let (parts, lone) = parts(analyser, text)?;
        let stemmed = parts.iter().any(|part| is_stemmed(&part.form));
        let manner = match (stemmed, lone) {
            (true, _) => Manner::Exact,
            (false, true) => Manner::Character,
            (false, false) => Manner::Word,
        };
        Some(Self { parts, manner, stems: Vec::new() })
    }

    /// Words that begin so.
    pub(super) fn prefix(analyser: &mut Analyser, text: &str) -> Option<Self> {
        let (parts, lone) = parts(analyser, text)?;
        let manner = if lone { Manner::Character } else { Manner::Prefix };
        let stems = match parts.last() {
            Some(last) if is_stemmed(&last.form) => endings::stems_of_beginning(analyser, &last.form),
            _ => Vec::new(),
        };
        Some(Self { parts, manner, stems })
    }

    /// Whether the index alone answers exactly.
    pub(super) fn sure(&self) -> bool {
        self.manner != Manner::Exact && self.stems.is_empty()
    }

    /// Appends the term in the index's query language; every text that holds the term is found by it.
    pub(super) fn write(&self, out: &mut String) {
        let Some((last, head)) = self.parts.split_last() else { return };
        let phrase = |out: &mut String, last: &str| {
            out.push('"');
            for part in head {
                out.push_str(&part.stem);
                out.push(' ');
            }
            out.push_str(last);
            out.push('"');
        };
        if matches!(self.manner, Manner::Word | Manner::Exact) {
            phrase(out, &last.stem);
            return;
        }
        out.push('(');
        phrase(out, &last.form);
        out.push('*');
        for stem in &self.stems {
            out.push_str(" OR ");
            phrase(out, stem);
        }
        out.push(')');
    }

    /// Calls `each` with the bytes of every occurrence.
    pub(super) fn occurrences(&self, analyser: &mut Analyser, tokens: &Tokens, mut each: impl FnMut(Range<usize>)) {
        for start in 0..(tokens.len() + 1).saturating_sub(self.parts.len()) {
            if let Some(span) = self.at(analyser, tokens, start) {
                each(span);
            }
        }
    }

    /// Whether a text holds the term.
    pub(super) fn found_in(&self, analyser: &mut Analyser, tokens: &Tokens) -> bool {
        (0..tokens.len()).any(|start| self.at(analyser, tokens, start).is_some())
    }

    fn at(&self, analyser: &mut Analyser, tokens: &Tokens, start: usize) -> Option<Range<usize>> {
        let mut whole: Option<Range<usize>> = None;
        for (place, part) in self.parts.iter().enumerate() {
            let token = tokens.get(start + place)?;
            let last = place + 1 == self.parts.len();
            let mut end = token.span.end;
            let same = match self.manner {
                Manner::Exact => token.form == part.form,
                Manner::Prefix if last => token.form.starts_with(&part.form),
                Manner::Character if last => {
                    // The token behind a pair begins with the pair's second character.
                    if token.sort == Sort::Pair {
                        end = tokens.get(start + place + 1).map_or(end, |next| next.span.start);
                    }
                    token.form.starts_with(&part.form)
                }
                Manner::Word | Manner::Prefix | Manner::Character => analyser.is_form_of(&token, &part.stem),
            };
            if !same {
                return None;
            }
            whole = Some(whole.map_or(token.span.start, |whole| whole.start)..end);
        }
        whole
    }
}

/// The tokens of a query word, and whether the last is a single character of a script without spaces.
fn parts(analyser: &mut Analyser, text: &str) -> Option<(Vec<Part>, bool)> {
    let mut parts = Vec::new();
    let mut end = Sort::Plain;
    analyser.each(text, |stem, token| {
        parts.push(Part { form: token.form.to_owned(), stem: stem.to_owned() });
        end = token.sort;
    });
    // In a longer run the last character does not stand alone: 退货 is also to be found inside 要求退货吗.
    if end == Sort::Tail {
        parts.pop();
    }
    (!parts.is_empty()).then_some((parts, end == Sort::Lone))
}

/// Whether other forms share the stem.
fn is_stemmed(form: &str) -> bool {
    form.bytes().all(|byte| byte.is_ascii_lowercase()) || form.chars().all(|c| matches!(c, 'а'..='я'))
}

/// Whether a token is long enough a number to be looked for by its beginning.
fn is_number(form: &str) -> bool {
    form.bytes().all(|byte| byte.is_ascii_alphanumeric()) && form.bytes().filter(u8::is_ascii_digit).count() >= 3
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

    fn spans(term: &Term, text: &str) -> Vec<String> {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let mut analyser = Analyser::new();
        let mut found = Vec::new();
        term.occurrences(&mut analyser, &tokens, |span| found.push(text.get(span).unwrap_or_default().to_owned()));
        assert_eq!(term.found_in(&mut analyser, &tokens), !found.is_empty());
        found
    }

    fn written(term: &Term) -> String {
        let mut out = String::new();
        term.write(&mut out);
        out
    }

    #[test]
    fn a_word_is_found_in_any_form() {
        let term = Term::word(&mut Analyser::new(), "возврат").unwrap();
        assert!(term.sure());
        assert_eq!(written(&term), "\"возврат\"");
        assert_eq!(spans(&term, "Жду возврата, ВОЗВРАТ оформлен"), ["возврата", "ВОЗВРАТ"]);
    }

    #[test]
    fn an_exact_phrase_takes_only_its_own_forms() {
        let term = Term::phrase(&mut Analyser::new(), "оформить возврат").unwrap();
        assert!(!term.sure());
        assert_eq!(spans(&term, "как оформить возврат; оформите возврат; оформить возврата"), ["оформить возврат"]);
    }

    #[test]
    fn chinese_is_found_inside_a_sentence_by_one_character_or_more() {
        let mut analyser = Analyser::new();
        for (asked, index, found) in [
            ("退货", "\"退货\"", "退货"),
            ("退貨款", "\"退货 货款\"", "退货款"),
            ("退", "(\"退\"*)", "退"),
            ("吗", "(\"吗\"*)", "吗"),
        ] {
            let term = Term::word(&mut analyser, asked).unwrap();
            assert_eq!(written(&term), index);
            assert_eq!(spans(&term, "仅退货款可以吗？"), [found]);
            assert!(term.sure());
        }
    }

    #[test]
    fn numbers_are_found_by_their_beginning_from_three_digits_on() {
        let mut analyser = Analyser::new();
        for (asked, index) in [
            ("245", "(\"245\"*)"),
            ("24", "\"24\""),
            ("12345678-0001-1", "\"12345678 0001 1\""),
            ("12345678-0001", "(\"12345678 0001\"*)"),
            ("8a3f901c", "(\"8a3f901c\"*)"),
        ] {
            assert_eq!(written(&Term::word(&mut analyser, asked).unwrap()), index);
        }
    }

    #[test]
    fn a_beginning_longer_than_the_stem_finds_its_words_and_no_others() {
        let mut analyser = Analyser::new();
        for (asked, text, found) in [
            ("размеров", "размер, размеры и размеров нет", vec!["размеров"]),
            ("размеро", "размер, размеры и размеров нет", vec!["размеров"]),
            ("hopin", "I hope; hoping; hopes", vec!["hoping"]),
            ("happy", "happy happiness", vec!["happy"]),
            ("вернут", "вернуть вернутся верните", vec!["вернуть", "вернутся"]),
        ] {
            let term = Term::prefix(&mut analyser, asked).unwrap();
            assert_eq!(spans(&term, text), found, "{asked}");
        }
    }

    #[test]
    fn signs_alone_are_nothing_to_look_for() {
        assert_eq!(Term::word(&mut Analyser::new(), "!?— 😀"), None);
    }
}
