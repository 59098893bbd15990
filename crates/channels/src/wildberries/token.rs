//! The token: a JWT whose claims say what it may do. Its signature is not checked; only the platform has the key.
//!
//! Claims and bits: Wildberries knowledge base and three client libraries, read 2026-10-24.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use dragoman_domain::shop::Feature;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Failure;
use crate::credential::Credential;
use crate::lenient::{Count, Flag, soft};

/// Some issuers pad, the standard does not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A category a token may be allowed to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Cards: names and pictures.
    Content,
    /// Questions and reviews.
    Questions,
    /// Chats with buyers.
    Chats,
    /// Buyers' return claims.
    Claims,
}

impl Right {
    /// All of them, in the order a person reads them.
    pub(super) const ALL: [Self; 4] = [Self::Questions, Self::Chats, Self::Claims, Self::Content];

    const fn bit(self) -> u32 {
        match self {
            Self::Content => 1,
            Self::Questions => 7,
            Self::Chats => 9,
            Self::Claims => 11,
        }
    }

    /// Name in the shop's standing.
    pub(super) const fn feature(self) -> &'static str {
        match self {
            Self::Content => "products",
            Self::Questions => "questions",
            Self::Chats => "chats",
            Self::Claims => "claims",
        }
    }

    /// The words for a token without it.
    pub(super) const fn missing(self) -> &'static str {
        match self {
            Self::Content => {
                "the token lacks the category Content, so product names and pictures are missing; make a token with that category too"
            }
            Self::Questions => {
                "the token lacks the category Questions and reviews; make a token with that category in the seller's cabinet"
            }
            Self::Chats => {
                "the token lacks the category Buyers chat; make a token with that category in the seller's cabinet"
            }
            Self::Claims => {
                "the token lacks the category Buyers returns; make a token with that category in the seller's cabinet"
            }
        }
    }

    pub(super) fn closed(self) -> Failure {
        Failure::Closed {
            feature: self.feature().to_owned(),
            code: "right_missing".to_owned(),
            why: self.missing().to_owned(),
        }
    }
}

const READ_ONLY_BIT: u32 = 30;
/// `acc` of a basic token.
const BASIC: u64 = 1;
/// `acc` of a test token.
const TEST: u64 = 2;

/// A token as it goes into the header, with what it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: Credential,
    claims: Claims,
}

/// What is absent or odd counts as unknown, and what is unknown is tried.
#[derive(Clone, Debug, Deserialize)]
struct Claims {
    #[serde(default, deserialize_with = "soft")]
    s: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    exp: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    t: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    acc: Option<Count>,
}

impl Token {
    /// Reads a token as people paste it: with `Bearer `, a byte order mark or line breaks.
    ///
    /// # Errors
    /// [`Failure::Setup`] if it is no token.
    pub(super) fn read(pasted: &Credential) -> Result<Self, Failure> {
        let text: String = pasted.expose().chars().filter(|c| !c.is_control() && *c != '\u{feff}').collect();
        let text = text.trim();
        let bare = match text.split_once(char::is_whitespace) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest,
            _ => text,
        };
        let bare: String = bare.split_whitespace().collect();
        let claims = claims(&bare).ok_or_else(|| Failure::Setup {
            field: "token".to_owned(),
            why: "this is no Wildberries token: it has three parts of letters and digits with dots between them; copy it whole from \
                  the seller's cabinet, where it is shown once"
                .to_owned(),
        })?;
        Ok(Self { secret: Credential::new(bare), claims })
    }

    /// Refuses tokens that no inbox can work with. `production` = the platform's own hosts are called.
    pub(super) fn usable(&self, production: bool) -> Result<(), Failure> {
        if self.claims.acc == Some(Count(BASIC)) {
            let why =
                "this is a basic token, good for five calls an hour; make a personal token in the seller's cabinet";
            return Err(Failure::Key { code: "token_basic".to_owned(), why: why.to_owned() });
        }
        if production && self.is_test() {
            return Err(test_refused());
        }
        Ok(())
    }

    /// Why the platform answered 401, as far as the token itself can tell.
    ///
    /// A missing category is told as a 401 too, in words that have been the same for years; there is no code for it.
    pub(super) fn refused(&self, words: &str, right: Option<Right>, now: Timestamp) -> Failure {
        if self.is_test() {
            return test_refused();
        }
        if self.expires_at().is_some_and(|at| at <= now) {
            let why = "the token has expired; make a new one in the seller's cabinet (tokens live 180 days)";
            return Failure::Key { code: "token_expired".to_owned(), why: why.to_owned() };
        }
        if let Some(right) = right.filter(|_| words.to_lowercase().contains("scope not allowed")) {
            return right.closed();
        }
        let why = format!(
            "Wildberries refuses the token ({words}); it may have been revoked: make a new one in the seller's cabinet"
        );
        Failure::Key { code: "token_refused".to_owned(), why }
    }

    /// Whether a right is there; a token that does not say may have it.
    pub(super) fn has(&self, right: Right) -> bool {
        self.claims.s.is_none_or(|Count(mask)| mask & (1 << right.bit()) != 0)
    }

    /// Writing is impossible with it.
    pub(super) fn read_only(&self) -> bool {
        self.claims.s.is_some_and(|Count(mask)| mask & (1 << READ_ONLY_BIT) != 0)
    }

    /// When it stops working.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(i64::try_from(self.claims.exp?.0).ok()?).ok()
    }

    /// The standing's entry for a right.
    pub(super) fn feature(&self, right: Right) -> Feature {
        if self.has(right) {
            Feature { open: true, ..Feature::default() }
        } else {
            Feature { open: false, code: "right_missing".to_owned(), why: right.missing().to_owned() }
        }
    }

    fn is_test(&self) -> bool {
        self.claims.t == Some(Flag(true)) || self.claims.acc == Some(Count(TEST))
    }
}

fn test_refused() -> Failure {
    let why = "this is a test token, which works in the sandbox only; make a personal token in the seller's cabinet";
    Failure::Key { code: "token_test".to_owned(), why: why.to_owned() }
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A token of the documented shape with a signature of nobody.
    pub(in crate::wildberries) fn token(claims: &serde_json::Value) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(r#"{"alg":"ES256","typ":"JWT"}"#), part(&claims.to_string()), part("signature"))
    }

    fn read(text: &str) -> Result<Token, Failure> {
        Token::read(&Credential::new(text))
    }

    fn with(claims: serde_json::Value) -> Token {
        read(&token(&claims)).unwrap()
    }

    #[test]
    fn a_pasted_token_is_tidied() {
        let clean = token(&json!({"s": 128}));
        let (head, tail) = clean.split_at(20);
        let dirty = [
            format!("Bearer {clean}"),
            format!("\u{feff}{clean}\r\n"),
            format!(" bearer {head}\r\n{tail} "),
            format!("{head}\n{tail}"),
        ];
        for text in dirty {
            assert_eq!(read(&text).unwrap().secret.expose(), clean, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        for text in ["", "canary-8731", "a.b", "a.b.c", "a.b.c.d", "..", "Bearer"] {
            let error = read(text).unwrap_err();
            assert!(matches!(&error, Failure::Setup { field, .. } if field == "token"), "{text}");
            assert!(!error.to_string().contains("8731"));
        }
    }

    #[test]
    fn bits_tell_the_rights_beyond_31_too() {
        let all = with(json!({"s": 2694_u64 | (1 << 40)}));
        assert!(all.has(Right::Questions) && all.has(Right::Content) && !all.read_only());
        let reader = with(json!({"s": 0x80 + 1_073_741_824_u64}));
        assert!(reader.read_only() && reader.has(Right::Questions) && !reader.has(Right::Content));
        assert!(!reader.feature(Right::Content).open);
        assert!(with(json!({})).has(Right::Questions), "a token that does not say is tried");
    }

    #[test]
    fn tokens_no_inbox_can_work_with_are_refused_in_plain_words() {
        let code = |token: Token, production| match token.usable(production) {
            Err(Failure::Key { code, .. }) => code,
            other => format!("{other:?}"),
        };
        assert_eq!(code(with(json!({"acc": 1})), false), "token_basic");
        assert_eq!(code(with(json!({"acc": 3, "t": true})), true), "token_test");
        assert_eq!(code(with(json!({"acc": 2})), true), "token_test");
        assert!(with(json!({"acc": 2, "t": true})).usable(false).is_ok(), "a sandbox may be anywhere else");
        assert!(with(json!({"acc": 3})).usable(true).is_ok());
    }

    #[test]
    fn a_refusal_names_the_reason_the_token_itself_gives() {
        let now = "2026-11-22T00:00:00Z".parse().unwrap();
        let code = |claims, words| match with(claims).refused(words, Some(Right::Questions), now) {
            Failure::Key { code, .. } | Failure::Closed { code, .. } => code,
            other => format!("{other:?}"),
        };
        assert_eq!(code(json!({"exp": 1_700_000_000}), "token expired"), "token_expired");
        assert_eq!(code(json!({"exp": 1_900_000_000}), "token is malformed"), "token_refused");
        assert_eq!(code(json!({"exp": 1_900_000_000}), "token scope not allowed"), "right_missing");
        assert_eq!(code(json!({"t": true}), "token scope not allowed"), "token_test");
    }

    proptest! {
        #[test]
        fn no_pasted_text_makes_reading_fail_hard(text in "\\PC{0,80}") {
            let _ = read(&text);
        }
    }
}
