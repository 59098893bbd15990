//! Text to tokens: the one place that decides what counts as the same word.
//!
//! Index and query share it, so it may be coarse but must be steady; every change raises [`VERSION`], and a home whose rows
//! were made by another version rebuilds them in the background.
//!
//! - A Russian word becomes its Snowball stem (put right where a vowel comes and goes: ребёнок, ребёнка), a Latin word the
//!   English one; other alphabets stay as they are.
//! - A run of Chinese, Japanese or Korean becomes every two neighbouring characters, and its last character alone besides: so
//!   any single character is found by a prefix (it begins a pair or ends the run), and two by their pair, without a dictionary
//!   that could cut differently inside and outside a sentence.
//! - Digits and mixes of letters and digits stay whole; a hyphen divides, so that an order number is found by its beginning.

use std::collections::HashMap;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use super::endings;
use super::fold::fold;

/// Version of everything that decides the tokens of a text.
pub const VERSION: u32 = 1;

/// Characters of a word that are looked at: more than any word has, and a bound for what a hostile text can put in the index.
const WORD_CHARS: usize = 64;

/// Words whose stems are remembered. Text repeats itself, and looking up is ten times cheaper than stemming.
const CACHED_WORDS: usize = 32_768;

/// Makes tokens; keeps the stems of words it has met, so one per thread is worth keeping.
pub struct Analyser {
    russian: Stemmer,
    english: Stemmer,
    stems: HashMap<Box<str>, Box<str>>,
    word: String,
}

impl Default for Analyser {
    fn default() -> Self {
        Self::new()
    }
}

/// One token while its text is being read.
pub(super) struct Token<'a> {
    /// The word as written, folded.
    pub(super) form: &'a str,
    /// Its bytes in the text.
    pub(super) span: Range<usize>,
    /// What sort of token it is.
    pub(super) sort: Sort,
}

/// What decides how a token is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A word of Russian letters only.
    Russian,
    /// A word of Latin letters only.
    Latin,
    /// Another word, or a number.
    Plain,
    /// Two characters of a run without spaces.
    Pair,
    /// The last character of such a run.
    Tail,
    /// A run of one character.
    Lone,
}

impl Analyser {
    /// An analyser with nothing remembered.
    pub fn new() -> Self {
        Self {
            russian: Stemmer::create(Algorithm::Russian),
            english: Stemmer::create(Algorithm::English),
            stems: HashMap::new(),
            word: String::new(),
        }
    }

    /// Appends the tokens of `text` to `out`, separated by spaces and made of ASCII letters, digits and non-ASCII characters only.
    pub fn tokens(&mut self, text: &str, out: &mut String) {
        self.each(text, |stem, _| {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(stem);
        });
    }

    /// Calls `sink` with the stem of every token, which is what the index holds, and the token.
    pub(super) fn each(&mut self, text: &str, mut sink: impl FnMut(&str, Token<'_>)) {
        let mut word = std::mem::take(&mut self.word);
        split(text, &mut word, |token| match self.remembered(&token) {
            Some(stem) => sink(stem, token),
            None => sink(token.form, token),
        });
        self.word = word;
    }

    /// Whether a word is a form of the one with this stem.
    pub(super) fn is_form_of(&mut self, token: &Token<'_>, stem: &str) -> bool {
        // No algorithm touches the first letter, and most words of a text differ there.
        token.form.chars().next() == stem.chars().next() && self.remembered(token).unwrap_or(token.form) == stem
    }

    /// The stem of a word that has one.
    fn remembered(&mut self, token: &Token<'_>) -> Option<&str> {
        let stemmer = match token.sort {
            Sort::Russian => &self.russian,
            Sort::Latin => &self.english,
            Sort::Plain | Sort::Pair | Sort::Tail | Sort::Lone => return None,
        };
        if !self.stems.contains_key(token.form) {
            if self.stems.len() >= CACHED_WORDS {
                self.stems.clear();
            }
            let stem = stemmer.stem(token.form);
            let stem = endings::regular(&stem).unwrap_or(&stem);
            self.stems.insert(token.form.into(), stem.into());
        }
        self.stems.get(token.form).map(|stem| &**stem)
    }
}

/// Calls `sink` with every token of a text in order; `word` is room to work in.
fn split(text: &str, word: &mut String, mut sink: impl FnMut(Token<'_>)) {
    let mut run = Run { word, chars: 0, scripts: 0, span: 0..0, last: None };
    fold(text, |c, span| {
        let script = script(c);
        if script == Script::Pairs {
            run.end_word(&mut sink);
            run.pair(c, span, &mut sink);
            return;
        }
        run.end_pairs(&mut sink);
        if script == Script::Gap {
            run.end_word(&mut sink);
        } else {
            run.letter(c, script, span);
        }
    });
    run.end_word(&mut sink);
    run.end_pairs(&mut sink);
}

/// What is being read: a word, or a run of characters without spaces.
struct Run<'a> {
    word: &'a mut String,
    /// Characters of the word so far, `0` outside of a word.
    chars: usize,
    /// One bit per [`Script`] in the word.
    scripts: u8,
    span: Range<usize>,
    /// The last character of a run and whether it already ended a pair.
    last: Option<(char, Range<usize>, bool)>,
}

impl Run<'_> {
    fn letter(&mut self, c: char, script: Script, span: Range<usize>) {
        if self.chars == 0 {
            self.word.clear();
            self.scripts = 0;
            self.span = span;
        } else {
            self.span.end = span.end;
        }
        if self.chars < WORD_CHARS {
            self.chars += 1;
            self.scripts |= script.bit();
            self.word.push(c);
        }
    }

    fn end_word(&mut self, sink: &mut impl FnMut(Token<'_>)) {
        if self.chars == 0 {
            return;
        }
        self.chars = 0;
        let sort = match self.scripts {
            scripts if scripts == Script::Russian.bit() => Sort::Russian,
            scripts if scripts == Script::Latin.bit() => Sort::Latin,
            _ => Sort::Plain,
        };
        sink(Token { form: self.word, span: self.span.clone(), sort });
    }

    fn pair(&mut self, c: char, span: Range<usize>, sink: &mut impl FnMut(Token<'_>)) {
        let paired = match self.last.take() {
            None => false,
            Some((before, from, _)) => {
                let mut bytes = [0; 8];
                let pair = joined(&mut bytes, before, c);
                sink(Token { form: pair, span: from.start..span.end, sort: Sort::Pair });
                true
            }
        };
        self.last = Some((c, span, paired));
    }

    fn end_pairs(&mut self, sink: &mut impl FnMut(Token<'_>)) {
        if let Some((c, span, paired)) = self.last.take() {
            let mut bytes = [0; 4];
            let single: &str = c.encode_utf8(&mut bytes);
            sink(Token { form: single, span, sort: if paired { Sort::Tail } else { Sort::Lone } });
        }
    }
}

fn joined(bytes: &mut [u8; 8], first: char, second: char) -> &str {
    let length = first.len_utf8() + second.len_utf8();
    let (head, tail) = bytes.split_at_mut(first.len_utf8());
    first.encode_utf8(head);
    second.encode_utf8(tail);
    bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// How a folded character takes part in a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Russian,
    Latin,
    Digit,
    Other,
    Pairs,
    Gap,
}

impl Script {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

fn script(c: char) -> Script {
    match c {
        'а'..='я' => Script::Russian,
        'a'..='z' => Script::Latin,
        '0'..='9' => Script::Digit,
        '\0'..='\x7f' => Script::Gap,
        // Bopomofo, kana, Hangul, Han; Thai, Lao, Burmese and Khmer, which are written without spaces too.
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{312f}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
            Script::Pairs
        }
        '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Script::Pairs,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' if c.is_alphanumeric() => {
            Script::Pairs
        }
        _ if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => Script::Other,
        _ => Script::Gap,
    }
}

/// The tokens of one text, kept for looking at them more than once.
#[derive(Default)]
pub(super) struct Tokens {
    word: String,
    forms: String,
    tokens: Vec<(Range<usize>, Range<usize>, Sort)>,
}

impl Tokens {
    /// Replaces the content with the tokens of `text`.
    pub(super) fn read(&mut self, text: &str) {
        let Self { word, forms, tokens } = self;
        forms.clear();
        tokens.clear();
        split(text, word, |token| {
            let start = forms.len();
            forms.push_str(token.form);
            tokens.push((start..forms.len(), token.span, token.sort));
        });
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<Token<'_>> {
        let (form, span, sort) = self.tokens.get(at)?;
        Some(Token { form: self.forms.get(form.clone())?, span: span.clone(), sort: *sort })
    }
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

    fn tokens(text: &str) -> String {
        let mut out = String::new();
        Analyser::new().tokens(text, &mut out);
        out
    }

    #[test]
    fn texts_become_these_tokens() {
        for (text, expected) in [
            ("", ""),
            ("!!! 😀 — …", ""),
            ("Возврата, ВОЗВРАТЫ возврат", "возврат возврат возврат"),
            ("ещё раз", "ещ раз"),
            ("ребёнок ребёнка, денег деньгам", "ребенк ребенк деньг деньг"),
            ("Returns returned", "return return"),
            ("¿Dónde está?", "dond esta"),
            ("退貨", "退货 货"),
            ("好", "好"),
            ("要求換貨，谢谢", "要求 求换 换货 货 谢谢 谢"),
            ("iPhone手机壳15", "iphon 手机 机壳 壳 15"),
            ("заказ 12345678-0001-1!", "заказ 12345678 0001 1"),
            ("№24521886267", "24521886267"),
            ("арт. A-00012-XL, usb3", "арт a 00012 xl usb3"),
            ("Қалай ұлкен", "қалай ұлкен"),
            ("ＵＳＢ　３", "usb 3"),
            ("ガラス", "ガラ ラス ス"),
            ("반품 해주세요", "반품 품 해주 주세 세요 요"),
            ("a\0b\tc\"d'e*f(g)", "a b c d e f g"),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_without_end_is_cut_and_stays_one_token() {
        assert_eq!(tokens(&"1".repeat(100_000)).len(), WORD_CHARS);
    }

    #[test]
    fn spans_are_the_bytes_as_written() {
        let text = "«ЁЛКИ» 退貨 e\u{301}te\u{301}";
        let mut seen = Vec::new();
        Analyser::new().each(text, |_, token| seen.push(text.get(token.span).unwrap_or_default().to_owned()));
        assert_eq!(seen, ["ЁЛКИ", "退貨", "貨", "e\u{301}te\u{301}"]);
    }

    #[test]
    fn remembering_stems_is_bounded_and_changes_nothing() {
        let mut analyser = Analyser::new();
        let letters: Vec<char> = ('a'..='z').collect();
        for n in 0..CACHED_WORDS + 10 {
            let word: String = (0..4).map(|place| letters[n / 26usize.pow(place) % 26]).collect();
            analyser.each(&word, |_, _| {});
        }
        assert!(analyser.stems.len() <= CACHED_WORDS);
        let mut out = String::new();
        analyser.tokens("returns", &mut out);
        assert_eq!(out, "return");
    }

    proptest::proptest! {
        #[test]
        fn tokens_hold_only_what_the_index_takes_for_letters(text in ".*") {
            let made = tokens(&text);
            proptest::prop_assert!(made.chars().all(|c| c == ' ' || c.is_ascii_lowercase() || c.is_ascii_digit() || !c.is_ascii()));
            proptest::prop_assert!(!made.contains("  ") && !made.starts_with(' ') && !made.ends_with(' '));
        }

        #[test]
        fn width_and_composition_make_no_difference(text in "[a-zA-Zа-яА-ЯёЁàéîõüñçšłÅ退貨货가각 ]{0,40}") {
            use unicode_normalization::UnicodeNormalization;
            let wide: String = text.chars().map(|c| match c {
                '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap(),
                _ => c,
            }).collect();
            proptest::prop_assert_eq!(tokens(&text), tokens(&text.nfd().collect::<String>()));
            proptest::prop_assert_eq!(tokens(&text), tokens(&wide));
        }
    }
}
