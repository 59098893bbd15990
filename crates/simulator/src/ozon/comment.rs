//! A comment on a review, and the moderation it goes through.

use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub id: String,
    /// Whether it is the seller's.
    pub own: bool,
    pub text: String,
    pub at: Timestamp,
    pub parent: Option<String>,
    /// When moderation has come to its end, and why it refused if it did.
    pub decided: Timestamp,
    pub refused: Option<&'static str>,
}

impl Comment {
    pub(crate) fn published(id: String, own: bool, text: &str, at: Timestamp) -> Self {
        Self { id, own, text: text.to_owned(), at, parent: None, decided: at, refused: None }
    }

    pub(crate) fn is_published(&self, now: Timestamp) -> bool {
        self.decided <= now && self.refused.is_none()
    }

    /// Invisible until decided. Whether a refused one is listed differs from shop to shop.
    pub(crate) fn is_listed(&self, now: Timestamp, with_refused: bool) -> bool {
        self.decided <= now && (with_refused || self.refused.is_none())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "text": self.text,
            "published_at": format!("{:.6}", self.at),
            "is_owner": self.own,
            "is_official": self.own,
            "parent_comment_id": self.parent.as_deref().unwrap_or_default(),
            "is_published": self.refused.is_none(),
            "is_rejected": self.refused.is_some(),
            "deviation_reason": self.refused.unwrap_or_default(),
            "likes_amount": 0,
            "dislikes_amount": 0,
        })
    }
}

/// What moderation holds against a text: here links and ways to meet outside the platform.
pub(crate) fn objection(text: &str) -> Option<&'static str> {
    ["http", "www.", "@", "+7"]
        .iter()
        .any(|sign| text.contains(sign))
        .then_some("Комментарий содержит ссылки или контактные данные")
}
