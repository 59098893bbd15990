//! What the stems of words look like beyond what Snowball says.
//!
//! Two things: stems that Snowball leaves apart because a vowel comes and goes, and the stems that words with a given beginning
//! may have when the beginning reaches past the stem.
//!
//! `размеро*` means размеров and размером, yet the index holds only размер. So the beginning is completed with the endings that
//! Snowball removes, each completion is stemmed, and stems that do not begin as asked are looked for besides.

use std::collections::BTreeSet;

use super::analyse::Analyser;

/// Stems with a fleeting vowel, and the stem of the word's other forms. Words of trade and parcels; own list, sorted.
const FLEETING: &[(&str, &str)] = &[
    ("батареек", "батарейк"),
    ("брелок", "брелк"),
    ("денег", "деньг"),
    ("доставок", "доставк"),
    ("застежек", "застежк"),
    ("звонок", "звонк"),
    ("игрушек", "игрушк"),
    ("кнопок", "кнопк"),
    ("коробок", "коробк"),
    ("кроссовок", "кроссовк"),
    ("кружек", "кружк"),
    ("крышек", "крышк"),
    ("кусок", "куск"),
    ("лампочек", "лампочк"),
    ("молоток", "молотк"),
    ("наклеек", "наклейк"),
    ("наценок", "наценк"),
    ("носок", "носк"),
    ("ошибок", "ошибк"),
    ("пачек", "пачк"),
    ("перчаток", "перчатк"),
    ("писем", "письм"),
    ("подарок", "подарк"),
    ("покупок", "покупк"),
    ("порошок", "порошк"),
    ("посылок", "посылк"),
    ("пятен", "пятн"),
    ("ребенок", "ребенк"),
    ("рисунок", "рисунк"),
    ("рубашек", "рубашк"),
    ("скидок", "скидк"),
    ("сумок", "сумк"),
    ("тапок", "тапк"),
    ("упаковок", "упаковк"),
    ("футболок", "футболк"),
    ("цветок", "цветк"),
    ("чашек", "чашк"),
    ("чехол", "чехл"),
    ("шнурок", "шнурк"),
    ("этикеток", "этикетк"),
];

/// The stem of the other forms, for a stem with a fleeting vowel.
pub(super) fn regular(stem: &str) -> Option<&'static str> {
    FLEETING.binary_search_by_key(&stem, |(from, _)| from).ok().and_then(|at| FLEETING.get(at)).map(|(_, to)| *to)
}

/// Endings removed by the Russian Snowball algorithm (snowballstem.org, algorithm `russian`, read 2026-11), longest of each row.
const RUSSIAN: &[&str] = &[
    "ившись",
    "ывшись",
    "вшись",
    "ими",
    "ыми",
    "его",
    "ого",
    "ему",
    "ому",
    "ее",
    "ие",
    "ые",
    "ое",
    "ей",
    "ий",
    "ый",
    "ой",
    "ем",
    "им",
    "ым",
    "ом",
    "их",
    "ых",
    "ую",
    "юю",
    "ая",
    "яя",
    "ою",
    "ею",
    "нный",
    "нная",
    "нное",
    "нные",
    "нного",
    "нной",
    "нных",
    "ющий",
    "ющая",
    "ющие",
    "щий",
    "щая",
    "щие",
    "ивший",
    "ывший",
    "ующий",
    "ла",
    "на",
    "ете",
    "йте",
    "ли",
    "ло",
    "но",
    "ет",
    "ют",
    "ны",
    "ть",
    "ться",
    "тся",
    "ешь",
    "нно",
    "ила",
    "ыла",
    "ена",
    "ейте",
    "уйте",
    "ите",
    "или",
    "ыли",
    "уй",
    "ил",
    "ыл",
    "ен",
    "ило",
    "ыло",
    "ено",
    "ят",
    "ует",
    "уют",
    "ит",
    "ыт",
    "ены",
    "ить",
    "ыть",
    "ишь",
    "ился",
    "илась",
    "лась",
    "лось",
    "лись",
    "лся",
    "ев",
    "ов",
    "ье",
    "иями",
    "ями",
    "ами",
    "еи",
    "ии",
    "ией",
    "иям",
    "ям",
    "ием",
    "ам",
    "ах",
    "иях",
    "ях",
    "ию",
    "ью",
    "ия",
    "ья",
    "ейший",
    "ейше",
    "остью",
    "ости",
    "ость",
];

/// Endings removed by the English one (algorithm `english`, read 2026-11).
const ENGLISH: &[&str] = &[
    "s", "es", "ies", "ied", "sses", "ed", "edly", "eed", "ing", "ingly", "ly", "ational", "tional", "tion", "tions",
    "ation", "ations", "ization", "izations", "izer", "izers", "ize", "izes", "ence", "ences", "ance", "ances", "able",
    "ably", "ible", "ibly", "ability", "ibility", "ality", "alism", "ality", "ally", "ful", "fully", "fulness", "ous",
    "ously", "ousness", "ive", "ively", "iveness", "ivity", "icate", "ical", "ically", "ness", "ment", "ments",
    "ement", "ent", "ents", "ant", "ants", "ism", "ate", "ates", "ated", "ating", "iti", "ity", "al", "ic", "er",
    "ers", "ion", "ions", "y",
];

/// Stems of words that begin with `beginning` (folded, one alphabet) but whose stem does not.
pub(super) fn stems_of_beginning(analyser: &mut Analyser, beginning: &str) -> Vec<String> {
    let endings = if beginning.is_ascii() { ENGLISH } else { RUSSIAN };
    let mut stems = BTreeSet::new();
    let mut add = |word: &str| {
        analyser.each(word, |stem, _| {
            if !stem.starts_with(beginning) {
                stems.insert(stem.to_owned());
            }
        });
    };
    add(beginning);
    FLEETING.iter().map(|(from, _)| from).filter(|from| from.starts_with(beginning)).for_each(|from| add(from));
    for (cut, _) in beginning.char_indices().skip(1) {
        let (Some(head), Some(tail)) = (beginning.get(..cut), beginning.get(cut..)) else { continue };
        for ending in endings.iter().filter(|ending| ending.starts_with(tail)) {
            add(&format!("{head}{ending}"));
        }
    }
    stems.into_iter().collect()
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

    #[test]
    fn beginnings_inside_an_ending_lead_back_to_the_stem() {
        let mut analyser = Analyser::new();
        for (beginning, stem) in [
            ("размеро", "размер"),
            ("возвратами", "возврат"),
            ("доставкой", "доставк"),
            ("hopin", "hope"),
            ("refunde", "refund"),
        ] {
            let stems = stems_of_beginning(&mut analyser, beginning);
            assert!(stems.iter().any(|found| found == stem), "{beginning}: {stems:?}");
        }
    }

    #[test]
    fn fleeting_vowels_are_listed_in_order_and_lead_to_real_stems() {
        assert!(FLEETING.is_sorted());
        let mut analyser = Analyser::new();
        for (word, stem) in [("ребёнок", "ребенк"), ("чехол", "чехл"), ("посылок", "посылк"), ("посылка", "посылк")]
        {
            analyser.each(word, |found, _| assert_eq!(found, stem));
        }
        assert!(stems_of_beginning(&mut analyser, "ребено").iter().any(|stem| stem == "ребенк"));
    }

    #[test]
    fn a_beginning_shorter_than_any_ending_asks_for_nothing_more() {
        assert_eq!(stems_of_beginning(&mut Analyser::new(), "размер"), Vec::<String>::new());
    }
}
