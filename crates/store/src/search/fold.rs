//! Characters as search sees them: one width, one case, no accents, simplified Chinese.
//!
//! The result of folding is a stream of characters, each with the bytes of the original it came from, so that a match can be
//! shown in the text as it was written. Nearly all text is plain Cyrillic, ASCII or Chinese and takes the table-free way.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::han;

/// Calls `each` with every folded character of `text` and the bytes it stands for. Characters without a trace in search
/// (soft hyphens, joiners, accents standing alone) are left out.
pub(super) fn fold(text: &str, mut each: impl FnMut(char, Range<usize>)) {
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let next = rest.peek().map(|&(_, next)| next);
        if !next.is_some_and(joins) {
            let span = start..start + c.len_utf8();
            match plain(c) {
                Plain::Is(folded) => each(folded, span),
                Plain::Nothing => {}
                Plain::No => std::iter::once(c).nfkc().for_each(|c| strip(c, |c| each(c, span.clone()))),
            }
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((at, mark)) = rest.next_if(|&(_, next)| joins(next)) {
            end = at + mark.len_utf8();
        }
        let cluster = text.get(start..end).unwrap_or_default();
        cluster.nfkc().for_each(|c| strip(c, |c| each(c, start..end)));
    }
}

/// How a lone character folds.
enum Plain {
    Is(char),
    Nothing,
    No,
}

/// The characters that need no table of normalisation.
fn plain(c: char) -> Plain {
    Plain::Is(match c {
        '\0'..='\x7f' => c.to_ascii_lowercase(),
        'а'..='я' => c,
        'А'..='Я' => shifted(c, 0x20),
        'ё' | 'Ё' | 'ѐ' | 'Ѐ' => 'е',
        'ѝ' | 'Ѝ' => 'и',
        'ђ'..='џ' => c,
        'Ђ'..='Џ' => shifted(c, 0x50),
        // A dash of any length, a quotation mark, a space of any width.
        '\u{2000}'..='\u{200a}' | '\u{2010}'..='\u{205f}' => ' ',
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {
            return Plain::Nothing;
        }
        '\u{3400}'..='\u{9fff}' => han::simplify(c),
        '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => ' ',
        'ぁ'..='ゖ' | 'ァ'..='ヿ' | '가'..='힣' => c,
        // Full-width ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c).to_ascii_lowercase(),
        // Signs that normalisation would glue to the number or name beside them.
        '№' | '™' | '℠' | 'ª' | 'º' => ' ',
        _ => return Plain::No,
    })
}

fn shifted(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

/// Whether a character joins the one before it under normalisation.
fn joins(c: char) -> bool {
    match c {
        '\0'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}' | '\u{2000}'..='\u{206f}' => false,
        '\u{3400}'..='\u{9fff}' => false,
        // Hangul vowels and finals, half-width Japanese voicing marks.
        '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}' => true,
        _ => is_combining_mark(c),
    }
}

/// Lower case and no accents for a character that is already normalised.
fn strip(c: char, mut each: impl FnMut(char)) {
    for c in c.to_lowercase() {
        match plain(c) {
            Plain::Is(folded) => each(folded),
            Plain::Nothing => {}
            Plain::No => match c {
                '\u{300}'..='\u{36f}' => {}
                'ß' => "ss".chars().for_each(&mut each),
                'æ' => "ae".chars().for_each(&mut each),
                'œ' => "oe".chars().for_each(&mut each),
                'þ' => "th".chars().for_each(&mut each),
                'ø' => each('o'),
                'ł' => each('l'),
                'đ' | 'ð' => each('d'),
                'ı' => each('i'),
                // Letters of Latin and Greek; in other scripts a mark makes another letter.
                '\u{80}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' => decompose_canonical(c, |c| {
                    if !is_combining_mark(c) {
                        each(c);
                    }
                }),
                _ => each(c),
            },
        }
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

    fn folded(text: &str) -> String {
        let mut out = String::new();
        fold(text, |c, _| out.push(c));
        out
    }

    #[test]
    fn equal_to_a_reader_is_equal_to_search() {
        for (written, expected) in [
            ("ВОЗВРАТ", "возврат"),
            ("Ещё ЁЛКА", "еще елка"),
            ("е\u{308}лка", "елка"),
            ("Мой и\u{306}од", "мой йод"),
            ("замо\u{301}к", "замок"),
            ("Ұлы Қала Ғ ӘІ", "ұлы қала ғ әі"),
            ("¿Dónde? Größe ŒUVRE Łódź İstanbul", "¿donde? grosse oeuvre lodz istanbul"),
            ("do\u{301}nde", "donde"),
            ("ＡＢＣ１２３：ｘ", "abc123:x"),
            ("退貨運費", "退货运费"),
            ("№123 м² ﬁt", " 123 м2 fit"),
            ("воз\u{ad}врат", "возврат"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
        ] {
            assert_eq!(folded(written), expected, "{written}");
        }
    }

    #[test]
    fn every_folded_character_knows_its_bytes() {
        let text = "é😀ﬁ е\u{308}！退";
        let mut spans = Vec::new();
        fold(text, |c, span| spans.push((c, text.get(span).unwrap_or_default())));
        assert_eq!(
            spans,
            [
                ('e', "é"),
                ('😀', "😀"),
                ('f', "ﬁ"),
                ('i', "ﬁ"),
                (' ', " "),
                ('е', "е\u{308}"),
                ('!', "！"),
                ('退', "退")
            ]
        );
    }
}
