//! The language a message is written in, for the page's fonts and hyphenation and for whoever reads aloud.

use whatlang::Lang;

/// Signs that are looked at; more of a text says no more.
const ENOUGH: usize = 500;

/// The BCP 47 tag of a text's language; `None` where it is too short or too mixed to tell.
pub(crate) fn of(text: &str) -> Option<&'static str> {
    let end = text.char_indices().nth(ENOUGH).map_or(text.len(), |(at, _)| at);
    let info = whatlang::detect(text.get(..end)?)?;
    // A script of its own is reliable however short the text is.
    info.is_reliable().then(|| tag(info.lang())).flatten()
}

/// The languages buyers of our platforms write in; others are too easily mistaken for one of them.
const fn tag(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Eng => "en",
        Lang::Ukr => "uk",
        Lang::Bel => "be",
        Lang::Hye => "hy",
        Lang::Kat => "ka",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Pol => "pl",
        Lang::Tur => "tr",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Heb => "he",
        Lang::Ara => "ar",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_buyers_write_is_told_apart() {
        for (text, lang) in [
            ("Здравствуйте! Чайник пришёл с трещиной, хочу вернуть деньги. Что для этого нужно сделать?", "ru"),
            ("这个水壶坏了，我想退货，请问怎么操作？", "zh"),
            ("The kettle arrived broken and I would like to return it. What should I do with the box?", "en"),
        ] {
            assert_eq!(of(text), Some(lang), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_tell_is_not_guessed() {
        for text in ["", "ok", "58544282-0057", "👍👍👍", "!!!"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn the_longest_text_costs_no_more_than_its_beginning() {
        let letter = "Чайник пришёл с трещиной, хочу вернуть деньги. Что для этого нужно сделать? Жду ответа. ";
        assert_eq!(of(&letter.repeat(100_000)), Some("ru"));
    }
}
