//! Chats and their messages as the world keeps them, and as answers show them.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{archive::Archive, growth, ids, ids::MessageId, product::Product, shelf::Shelved};

pub(crate) const BUYER: &str = "BUYER_SELLER";
/// Chats in which a person at Ozon, or their robot, speaks with the seller.
const WITH_OZON: [&str; 3] =
    ["SELLER_SUPPORT", "SELLER_PERSONAL_MANAGER_UNITY_CRM", "SELLER_BUSINESS_DEVELOPMENT_GROUP"];

#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub kind: &'static str,
    /// Its place in the list: the last message, or the beginning of a chat that has none.
    pub rank: MessageId,
    pub created: Timestamp,
    pub closed: bool,
    /// Ozon has switched the chat off.
    pub disabled: bool,
    pub buyer: String,
    pub product: Arc<Product>,
    pub order: Option<String>,
    pub messages: Vec<Message>,
    /// Last message the seller has read.
    pub read: MessageId,
    pub quirks: Quirks,
    /// Times the buyer has written again by themselves.
    pub follow_ups: usize,
}

/// How one chat deviates from the plain form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quirks {
    /// `Сustomer` with a Cyrillic first letter.
    pub cyrillic: bool,
    /// The seller's messages carry the label `errorText`.
    pub label: bool,
    pub context: Context,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    Full,
    Empty,
    Null,
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    Customer,
    Seller,
    Crm,
    Support,
    Notification,
    Bot,
    Courier,
    /// Somebody of a type that no document names.
    Stranger,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub id: MessageId,
    pub at: Timestamp,
    pub visible: Timestamp,
    pub author: Author,
    pub data: Vec<String>,
    /// What has become of the picture in it, if there is one.
    pub image: Option<Image>,
}

/// How far a picture is with its moderation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Image {
    /// `SUCCESS`, `MODERATION` or `FAILED`, for good.
    Settled(&'static str),
    Moderated {
        until: Timestamp,
        refused: bool,
    },
}

impl Image {
    fn state(self, now: Timestamp) -> &'static str {
        match self {
            Self::Settled(state) => state,
            Self::Moderated { until, .. } if now < until => "MODERATION",
            Self::Moderated { refused: true, .. } => "FAILED",
            Self::Moderated { refused: false, .. } => "SUCCESS",
        }
    }
}

impl Shelved for Chat {
    fn rank(&self) -> MessageId {
        self.rank
    }

    fn made(archive: &Archive, number: usize) -> Option<Self> {
        growth::old_chat(archive, number)
    }
}

impl Chat {
    pub(crate) fn is_buyers(&self) -> bool {
        self.kind.starts_with(BUYER)
    }

    /// Support tickets and the seller's managers; everything else that is no buyer's is a notice.
    pub(crate) fn is_with_ozon(&self) -> bool {
        WITH_OZON.contains(&self.kind)
    }

    /// Who speaks on the other side of the chat.
    pub(crate) fn other_side(&self) -> Author {
        match self.kind {
            "SELLER_SUPPORT" => Author::Support,
            _ if self.is_buyers() => Author::Customer,
            _ if self.is_with_ozon() => Author::Crm,
            _ => Author::Notification,
        }
    }

    /// What a reader sees now, oldest first.
    pub(crate) fn visible(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.visible <= now)
    }

    /// Only the seller's own messages can lag, so what is unread does not depend on the moment.
    fn unread_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.author != Author::Seller && message.id > self.read)
    }

    pub(crate) fn unread(&self) -> usize {
        self.unread_messages().count()
    }

    pub(crate) fn last_of(&self, author: Author) -> Option<&Message> {
        self.messages.iter().rfind(|message| message.author == author)
    }

    /// A row of the chat list.
    pub(crate) fn row(&self, id: &str, ids_as_text: bool, now: Timestamp) -> Value {
        let spell = |message: Option<&Message>| ids::json(message.map_or(0, |message| message.id), ids_as_text);
        json!({
            "chat": {
                "chat_id": id,
                "chat_status": if self.closed { "CLOSED" } else { "OPENED" },
                "chat_type": self.kind,
                "created_at": format!("{:.3}", self.created),
            },
            "first_unread_message_id": spell(self.unread_messages().next()),
            "last_message_id": spell(self.visible(now).next_back()),
            "unread_count": self.unread(),
        })
    }

    /// A message of the history.
    pub(crate) fn message(&self, message: &Message, ids_as_text: bool, now: Timestamp) -> Value {
        let (user_type, user) = match message.author {
            Author::Customer if self.quirks.cyrillic => ("Сustomer", self.buyer.as_str()),
            Author::Customer => ("Customer", self.buyer.as_str()),
            Author::Seller => ("Seller", "1"),
            Author::Crm => ("Crm", "2"),
            Author::Support => ("Support", "3"),
            Author::Notification => ("NotificationUser", "4"),
            Author::Bot => ("ChatBot", "5"),
            Author::Courier => ("Courier", "6"),
            Author::Stranger => ("Moderator", "7"),
        };
        let read = message.author == Author::Seller || message.id <= self.read;
        let labelled = self.quirks.label && message.author == Author::Seller;
        let label = labelled.then_some("errorText");
        let data: Vec<&str> = label.into_iter().chain(message.data.iter().map(String::as_str)).collect();
        let mut row = json!({
            "message_id": ids::json(message.id, ids_as_text),
            "user": { "id": user, "type": user_type },
            "created_at": format!("{:.0}", message.at),
            "is_read": read,
            "is_image": message.image.is_some(),
            "data": data,
        });
        if let Some(fields) = row.as_object_mut() {
            if let Some(image) = message.image {
                fields.insert("moderate_image_status".to_owned(), json!(image.state(now)));
            }
            let context = match self.quirks.context {
                Context::Full => json!({
                    "order_number": self.order.as_deref().unwrap_or_default(),
                    "sku": self.product.sku.to_string(),
                }),
                Context::Empty => json!({ "order_number": "", "sku": "" }),
                Context::Null => Value::Null,
                Context::Missing => return row,
            };
            fields.insert("context".to_owned(), context);
        }
        row
    }
}
