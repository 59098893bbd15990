//! Enumerations that are stored and shown as lower-case words.

use thiserror::Error;

/// A word that is none of an enumeration's names.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{word}` is not a {what}; use one of: {known}")]
pub struct UnknownWord {
    /// What was being read, for example `kind`.
    pub what: &'static str,
    /// The word that was met.
    pub word: String,
    /// The names that are known, separated by commas.
    pub known: String,
}

/// Declares an enumeration together with its words, so that the store, the API and the command line share one spelling.
macro_rules! words {
    ($(#[$doc:meta])* $what:literal $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored and shown word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| $crate::text::UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    known: Self::ALL.iter().map(|value| value.word()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

pub(crate) use words;
