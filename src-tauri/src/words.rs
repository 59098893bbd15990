//! What the shell itself says, from the page's catalogues: little, because the page says everything it can.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The catalogues, by their languages.
const CATALOGUES: [(&str, &str); 4] = [
    ("zh-CN", include_str!("../../ui/locales/zh-CN.json")),
    ("zh-TW", include_str!("../../ui/locales/zh-TW.json")),
    ("en", include_str!("../../ui/locales/en.json")),
    ("ru", include_str!("../../ui/locales/ru.json")),
];

/// The catalogue of the system's language.
static SPOKEN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| catalogue(choose(sys_locale::get_locales())));

/// The words of an id; the id itself if there are none, which a test excludes for those in use.
pub(crate) fn say(id: &str) -> &str {
    SPOKEN.get(id).map_or(id, String::as_str)
}

fn catalogue(language: &str) -> BTreeMap<String, String> {
    let text = CATALOGUES.iter().find(|(known, _)| *known == language).map_or("{}", |(_, text)| text);
    serde_json::from_str(text).unwrap_or_default()
}

/// The first of the person's languages that we speak; English if none.
fn choose(wanted: impl IntoIterator<Item = String>) -> &'static str {
    for tag in wanted {
        let tag = tag.to_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next() {
            Some("zh") if parts.any(|part| ["tw", "hk", "mo", "hant"].contains(&part)) => return "zh-TW",
            Some("zh") => return "zh-CN",
            Some("ru") => return "ru",
            Some("en") => return "en",
            _ => {}
        }
    }
    "en"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble;

    #[test]
    fn everything_the_shell_says_is_in_every_catalogue_and_takes_no_values() {
        for (language, _) in CATALOGUES {
            let catalogue = catalogue(language);
            for id in trouble::SAID {
                let text = catalogue.get(*id).unwrap_or_else(|| panic!("{id} in {language}"));
                assert!(!text.contains('{'), "{id} in {language}");
            }
        }
    }

    #[test]
    fn the_language_of_the_person_is_found() {
        for (wanted, chosen) in [
            (&["de-DE", "ru-RU"][..], "ru"),
            (&["zh-Hant-HK"], "zh-TW"),
            (&["zh_TW"], "zh-TW"),
            (&["zh"], "zh-CN"),
            (&["fr"], "en"),
            (&[], "en"),
        ] {
            assert_eq!(choose(wanted.iter().map(|tag| (*tag).to_owned())), chosen, "{wanted:?}");
        }
    }
}
