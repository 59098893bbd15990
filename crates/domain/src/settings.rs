//! Settings of a home: a closed list of names, each with the values it takes.
//!
//! What nobody chose has its default, so that a new setting needs nothing in the file. A value that cannot be used is refused with
//! what is allowed, and what an older or newer program left behind is passed over when it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::text::words;

/// Commands whose keys somebody changed, at most.
const COMMANDS: usize = 200;
/// Key chords of one command, at most.
const CHORDS: usize = 4;
/// Longest id of a command, in bytes.
const COMMAND: usize = 64;
/// Longest chord, in bytes: `Ctrl+Shift+Enter` has 16.
const CHORD: usize = 40;
/// Items of the checklist, at most.
const ITEMS: usize = 40;
/// Longest id of such an item, in bytes.
const ITEM: usize = 40;
/// Width of the list, in pixels.
pub const LIST_WIDTH: RangeInclusive<u32> = 320..=480;
/// Width of the pane beside a conversation, in pixels.
pub const CONTEXT_WIDTH: RangeInclusive<u32> = 280..=380;
/// How long an answer may be held for a change of mind, in seconds.
pub const UNDO_S: RangeInclusive<u32> = 0..=60;

words! {
    /// What can be set.
    "setting" SettingName {
        /// Language of the page.
        Language = "language",
        /// Light or dark.
        Theme = "theme",
        /// Height of rows.
        Density = "density",
        /// Keys of commands.
        Keys = "keys",
        /// Width of the list.
        ListWidth = "list_width",
        /// Width of the pane beside a conversation.
        ContextWidth = "context_width",
        /// When nothing makes itself heard.
        QuietHours = "quiet_hours",
        /// Whether anything makes itself heard.
        Notifications = "notifications",
        /// Whether the program starts with the machine.
        Autostart = "autostart",
        /// How far the first run has come.
        FirstRun = "first_run",
        /// How long an answer is held for a change of mind.
        Undo = "undo_s",
    }
}

words! {
    /// Language of the page.
    "language" Language {
        /// The machine's own.
        System = "system",
        /// Chinese, simplified.
        SimplifiedChinese = "zh-CN",
        /// Chinese, traditional, as in Taiwan.
        TraditionalChinese = "zh-TW",
        /// English.
        English = "en",
        /// Russian.
        Russian = "ru",
    }
}

words! {
    /// Colours of the page.
    "theme" Theme {
        /// The machine's own.
        System = "system",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
}

words! {
    /// Height of rows.
    "density" Density {
        /// With room.
        Comfortable = "comfortable",
        /// More rows.
        Compact = "compact",
    }
}

/// Hours in which nothing makes itself heard; they may go over midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// They are kept.
    pub on: bool,
    /// `HH:MM` where the person sits.
    pub from: String,
    /// `HH:MM`.
    pub to: String,
}

/// How far the first run has come, by ids that the page gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    /// Items that are done.
    pub done: BTreeSet<String>,
    /// Items that a person does not want to see.
    pub dismissed: BTreeSet<String>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Language of the page.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// Height of rows.
    pub density: Density,
    /// Keys by command, only where they differ from the page's own; none = the command has no key.
    pub keys: BTreeMap<String, Vec<String>>,
    /// In pixels, within [`LIST_WIDTH`].
    pub list_width: u32,
    /// In pixels, within [`CONTEXT_WIDTH`].
    pub context_width: u32,
    /// When nothing makes itself heard.
    pub quiet_hours: QuietHours,
    /// Whether anything makes itself heard.
    pub notifications: bool,
    /// Whether the program is to start with the machine.
    pub autostart: bool,
    /// How far the first run has come.
    pub first_run: FirstRun,
    /// Seconds an answer is held for a change of mind, within [`UNDO_S`]; `None` = as the program was started.
    pub undo_s: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::System,
            theme: Theme::System,
            density: Density::Comfortable,
            keys: BTreeMap::new(),
            list_width: 384,
            context_width: 312,
            quiet_hours: QuietHours { on: false, from: "22:00".to_owned(), to: "08:00".to_owned() },
            notifications: true,
            autostart: false,
            first_run: FirstRun::default(),
            undo_s: None,
        }
    }
}

/// A value that a setting does not take; says what it takes.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name} takes {takes}")]
pub struct Misfit {
    /// The setting.
    pub name: SettingName,
    /// What it takes.
    pub takes: String,
}

impl Settings {
    /// Takes over the value of one setting.
    ///
    /// # Errors
    /// [`Misfit`]; nothing is changed then.
    pub fn set(&mut self, name: SettingName, value: &Value) -> Result<(), Misfit> {
        let taken = match name {
            SettingName::Language => take(&mut self.language, value, |_| true),
            SettingName::Theme => take(&mut self.theme, value, |_| true),
            SettingName::Density => take(&mut self.density, value, |_| true),
            SettingName::Keys => take(&mut self.keys, value, keys_fit),
            SettingName::ListWidth => take(&mut self.list_width, value, |width| LIST_WIDTH.contains(width)),
            SettingName::ContextWidth => take(&mut self.context_width, value, |width| CONTEXT_WIDTH.contains(width)),
            SettingName::QuietHours => {
                take(&mut self.quiet_hours, value, |hours: &QuietHours| is_time(&hours.from) && is_time(&hours.to))
            }
            SettingName::Notifications => take(&mut self.notifications, value, |_| true),
            SettingName::Autostart => take(&mut self.autostart, value, |_| true),
            SettingName::FirstRun => take(&mut self.first_run, value, |run: &FirstRun| {
                [&run.done, &run.dismissed]
                    .into_iter()
                    .all(|items| items.len() <= ITEMS && items.iter().all(|item| is_item(item)))
            }),
            SettingName::Undo => {
                take(&mut self.undo_s, value, |seconds: &Option<u32>| seconds.is_some_and(|s| UNDO_S.contains(&s)))
            }
        };
        if taken { Ok(()) } else { Err(Misfit { name, takes: takes(name) }) }
    }
}

/// Puts a value into its place if it can be read and fits.
fn take<T: DeserializeOwned>(place: &mut T, value: &Value, fits: impl Fn(&T) -> bool) -> bool {
    match T::deserialize(value) {
        Ok(read) if fits(&read) => {
            *place = read;
            true
        }
        _ => false,
    }
}

fn keys_fit(keys: &BTreeMap<String, Vec<String>>) -> bool {
    let plain = |text: &str, longest: usize| {
        (1..=longest).contains(&text.len()) && !text.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' ')
    };
    keys.len() <= COMMANDS
        && keys.iter().all(|(command, chords)| {
            plain(command, COMMAND) && chords.len() <= CHORDS && chords.iter().all(|chord| plain(chord, CHORD))
        })
}

fn is_time(text: &str) -> bool {
    text.len() == 5 && Time::strptime("%H:%M", text).is_ok()
}

fn is_item(item: &str) -> bool {
    (1..=ITEM).contains(&item.len())
        && item.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

/// What a setting takes, for whoever gave something else.
fn takes(name: SettingName) -> String {
    fn one_of(words: impl Iterator<Item = &'static str>) -> String {
        format!("one of: {}", words.collect::<Vec<_>>().join(", "))
    }
    fn within(range: &RangeInclusive<u32>, unit: &str) -> String {
        format!("{} to {} {unit}", range.start(), range.end())
    }
    match name {
        SettingName::Language => one_of(Language::ALL.iter().map(|value| value.word())),
        SettingName::Theme => one_of(Theme::ALL.iter().map(|value| value.word())),
        SettingName::Density => one_of(Density::ALL.iter().map(|value| value.word())),
        SettingName::Keys => format!(
            "an object of command ids (up to {COMMANDS}, {COMMAND} bytes each) with lists of up to {CHORDS} chords of {CHORD} bytes"
        ),
        SettingName::ListWidth => within(&LIST_WIDTH, "pixels"),
        SettingName::ContextWidth => within(&CONTEXT_WIDTH, "pixels"),
        SettingName::QuietHours => "an object with `on` (true or false), `from` and `to` as HH:MM".to_owned(),
        SettingName::Notifications | SettingName::Autostart => "true or false".to_owned(),
        SettingName::FirstRun => {
            format!("an object with the lists `done` and `dismissed`, up to {ITEMS} ids of a-z, 0-9, _ and - each")
        }
        SettingName::Undo => within(&UNDO_S, "seconds"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn every_setting_takes_its_values() {
        let mut settings = Settings::default();
        for (name, value) in [
            (SettingName::Language, json!("zh-TW")),
            (SettingName::Theme, json!("dark")),
            (SettingName::Density, json!("compact")),
            (SettingName::Keys, json!({"inbox.done": ["e", "Ctrl+Shift+E"], "inbox.star": []})),
            (SettingName::ListWidth, json!(480)),
            (SettingName::ContextWidth, json!(280)),
            (SettingName::QuietHours, json!({"on": true, "from": "23:30", "to": "07:00"})),
            (SettingName::Notifications, json!(false)),
            (SettingName::Autostart, json!(true)),
            (SettingName::FirstRun, json!({"done": ["shop", "first_sync"], "dismissed": ["hours-1"]})),
            (SettingName::Undo, json!(60)),
        ] {
            settings.set(name, &value).unwrap();
        }
        assert_eq!((settings.language, settings.theme), (Language::TraditionalChinese, Theme::Dark));
        assert_eq!((settings.list_width, settings.context_width, settings.undo_s), (480, 280, Some(60)));
        assert!(settings.quiet_hours.on && settings.autostart && !settings.notifications);
        assert_eq!(settings.first_run.done.len(), 2);
        assert_eq!(settings.keys.len(), 2);
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_what_would() {
        let many: BTreeMap<String, Vec<String>> = (0..=COMMANDS).map(|n| (format!("c{n}"), Vec::new())).collect();
        for (name, value) in [
            (SettingName::Language, json!("de")),
            (SettingName::Language, json!(7)),
            (SettingName::Theme, json!(null)),
            (SettingName::Density, json!("Compact")),
            (SettingName::Keys, json!(["e"])),
            (SettingName::Keys, json!({"a": ["b", "c", "d", "e", "f"]})),
            (SettingName::Keys, json!({"a": ["x".repeat(41)]})),
            (SettingName::Keys, json!({"": ["x"]})),
            (SettingName::Keys, json!({"a": ["\u{7}"]})),
            (SettingName::Keys, json!(many)),
            (SettingName::ListWidth, json!(319)),
            (SettingName::ListWidth, json!(-1)),
            (SettingName::ListWidth, json!(400.5)),
            (SettingName::ContextWidth, json!(381)),
            (SettingName::QuietHours, json!({"on": true, "from": "24:00", "to": "07:00"})),
            (SettingName::QuietHours, json!({"on": true, "from": "7:00", "to": "07:00"})),
            (SettingName::QuietHours, json!({"on": true, "from": "07:00"})),
            (SettingName::Notifications, json!("yes")),
            (SettingName::Autostart, json!(1)),
            (SettingName::FirstRun, json!({"done": ["A b"], "dismissed": []})),
            (SettingName::FirstRun, json!({"done": []})),
            (SettingName::Undo, json!(61)),
            (SettingName::Undo, json!(null)),
        ] {
            let mut settings = Settings::default();
            let misfit = settings.set(name, &value).unwrap_err();
            assert_eq!((misfit.name, settings), (name, Settings::default()), "{value}");
        }
        let misfit = Settings::default().set(SettingName::Language, &json!("de")).unwrap_err();
        assert_eq!(misfit.to_string(), "language takes one of: system, zh-CN, zh-TW, en, ru");
        let misfit = Settings::default().set(SettingName::Undo, &json!(61)).unwrap_err();
        assert_eq!(misfit.to_string(), "undo_s takes 0 to 60 seconds");
    }
}
