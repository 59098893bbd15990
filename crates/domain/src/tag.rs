//! Words that a person puts on conversations.

use thiserror::Error;

use crate::text::words;

/// Longest name, in characters.
const LONGEST: usize = 40;

words! {
    /// Colour of a tag, one of a few that both themes draw legibly.
    "tag colour" TagColour {
        /// The usual one.
        Grey = "grey",
        /// Red.
        Red = "red",
        /// Orange.
        Orange = "orange",
        /// Yellow.
        Yellow = "yellow",
        /// Green.
        Green = "green",
        /// Teal.
        Teal = "teal",
        /// Blue.
        Blue = "blue",
        /// Purple.
        Purple = "purple",
        /// Pink.
        Pink = "pink",
    }
}

/// A name that no tag can have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("give a name of 1 to {LONGEST} characters, without signs that nobody can see")]
pub struct BadName;

/// The name as it is kept: without blanks around it, one between words.
///
/// # Errors
/// [`BadName`] for an empty or too long one, and for one with control characters.
pub fn tag_name(typed: &str) -> Result<String, BadName> {
    if typed.chars().any(char::is_control) {
        return Err(BadName);
    }
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST { Err(BadName) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_tidied_and_held_to_its_length() {
        assert_eq!(tag_name("  Брак \u{3000} фото "), Ok("Брак фото".to_owned()));
        assert_eq!(tag_name(&"退".repeat(40)), Ok("退".repeat(40)));
        for bad in ["", "  ", "a\nb", "a\u{7}b", &"退".repeat(41)] {
            assert_eq!(tag_name(bad), Err(BadName), "{bad:?}");
        }
    }
}
