//! Wildberries tokens: JWTs whose content anyone may read.
//!
//! Claims after the contract: `s` category mask, `exp`, `sid`, `oid`, `id`, `t`, `acc`, `for` (knowledge base, 2026-10).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bit of a token category.
pub(crate) mod bit {
    pub(crate) const CONTENT: u32 = 1;
    pub(crate) const ANALYTICS: u32 = 2;
    pub(crate) const MARKETPLACE: u32 = 4;
    pub(crate) const QUESTIONS: u32 = 7;
    pub(crate) const CHAT: u32 = 9;
    pub(crate) const RETURNS: u32 = 11;
    pub(crate) const READ_ONLY: u32 = 30;
}

/// Content, analytics, marketplace, questions, chat and returns.
pub(crate) const FULL: u64 = 1 << bit::CONTENT
    | 1 << bit::ANALYTICS
    | 1 << bit::MARKETPLACE
    | 1 << bit::QUESTIONS
    | 1 << bit::CHAT
    | 1 << bit::RETURNS;

/// The readable content of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    #[serde(rename = "s")]
    pub scopes: u64,
    #[serde(rename = "exp")]
    pub expires: i64,
    #[serde(rename = "sid")]
    pub seller: Uuid,
    pub oid: u64,
    pub id: Uuid,
    #[serde(rename = "t")]
    pub test: bool,
    /// 1 basic, 2 test, 3 personal, 4 service.
    #[serde(rename = "acc")]
    pub kind: u8,
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

pub(crate) const BASIC: u8 = 1;
pub(crate) const TEST: u8 = 2;
pub(crate) const PERSONAL: u8 = 3;

/// Why a token does not open the gate, in the gateway's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Missing,
    Malformed,
    UnknownSeller,
    Expired,
}

impl Flaw {
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::Missing => "empty Authorization header",
            Self::Malformed => "token problem; token is malformed: could not base64 decode header",
            Self::UnknownSeller => "token problem; token is withdrawn",
            Self::Expired => "token problem; token is expired",
        }
    }
}

impl Token {
    pub(crate) fn has(&self, bit: u32) -> bool {
        self.scopes & (1 << bit) != 0
    }

    /// The token as the seller copies it; the signature is only for show.
    pub(crate) fn encode(&self) -> String {
        let content = serde_json::to_string(self).unwrap_or_default();
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"20260302v1","typ":"JWT"}"#);
        let signature = URL_SAFE_NO_PAD.encode(self.id.as_bytes());
        format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(content))
    }

    /// Reads a header value, bare or behind `Bearer`: both are reported to work.
    pub(crate) fn read(header: Option<&str>) -> Result<Self, Flaw> {
        let text = header.filter(|text| !text.is_empty()).ok_or(Flaw::Missing)?;
        let text = text.strip_prefix("Bearer ").unwrap_or(text);
        let mut parts = text.split('.');
        let (Some(_), Some(content), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Flaw::Malformed);
        };
        if signature.is_empty() {
            return Err(Flaw::Malformed);
        }
        let content = URL_SAFE_NO_PAD.decode(content).map_err(|_| Flaw::Malformed)?;
        serde_json::from_slice(&content).map_err(|_| Flaw::Malformed)
    }

    pub(crate) fn expired(&self, now: Timestamp) -> bool {
        self.expires <= now.as_second()
    }
}
