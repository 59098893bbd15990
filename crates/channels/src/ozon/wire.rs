//! Ozon's JSON as it is really sent. Lists keep their items raw, so that one odd item does not spoil its page; unknown fields
//! are left alone, unknown words survive as text.
//!
//! Buyers' names, addresses and telephone numbers, which postings may carry, have no field here and are never read.
//! Source: Seller API 2.1, state of September 2026, and third-party production notes.

pub(super) mod claims;
pub(super) mod public;

use dragoman_domain::RemoteId;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::lenient::{Flag, Id, Moment, soft};

/// Items as they came.
pub(super) type Items = Vec<Box<RawValue>>;

/// A list that has to be there but may be `null`: an answer without it is no answer to what was asked.
fn items<'de, D: Deserializer<'de>>(from: D) -> Result<Items, D::Error> {
    Ok(Option::<Items>::deserialize(from)?.unwrap_or_default())
}

/// `/v1/roles`
#[derive(Deserialize)]
pub(super) struct Roles {
    #[serde(default, deserialize_with = "soft")]
    pub(super) expires_at: Option<Moment>,
    #[serde(deserialize_with = "items")]
    roles: Items,
}

#[derive(Deserialize)]
struct Role {
    methods: Vec<String>,
}

impl Roles {
    /// Whether the key may call a method. Entries are whole paths or, in the official example, beginnings of paths.
    pub(super) fn allow(&self, path: &str) -> bool {
        let roles = self.roles.iter().filter_map(|role| serde_json::from_str::<Role>(role.get()).ok());
        roles.flat_map(|role| role.methods).any(|entry| !entry.is_empty() && path.starts_with(&entry))
    }
}

/// `/v1/seller/info`
#[derive(Deserialize)]
pub(super) struct SellerInfo {
    #[serde(default, deserialize_with = "soft")]
    pub(super) company: Option<Company>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) subscription: Option<Subscription>,
}

impl SellerInfo {
    /// The names the seller goes by.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.company.iter().flat_map(|company| [&company.name, &company.legal_name]).filter_map(|name| name.as_deref())
    }
}

#[derive(Deserialize)]
pub(super) struct Company {
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) legal_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Subscription {
    #[serde(default, rename = "type", deserialize_with = "soft")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    is_premium: Option<Flag>,
}

impl Subscription {
    /// Whether it surely opens neither buyer chats nor questions. A word we do not know is given a try, and so is Premium Pro for
    /// questions, of which the method texts name only Premium Plus: the platform has the last word.
    pub(super) fn lacks_talk(&self) -> bool {
        match self.kind.as_deref().unwrap_or_default().to_ascii_uppercase().as_str() {
            "PREMIUM" | "PREMIUM_LITE" => true,
            "" | "UNKNOWN" | "UNSPECIFIED" => self.is_premium != Some(Flag(true)),
            _ => false,
        }
    }
}

/// `/v3/chat/list`
#[derive(Deserialize)]
pub(super) struct ChatList {
    #[serde(deserialize_with = "items")]
    pub(super) chats: Items,
    #[serde(default, deserialize_with = "soft")]
    cursor: Option<Id>,
    #[serde(default)]
    has_next: Flag,
}

impl ChatList {
    /// The cursor of the next page if there is one; empty if the platform promises a page but gives no cursor.
    pub(super) fn following(&self) -> Option<String> {
        self.has_next.0.then(|| self.cursor.as_ref().map(|cursor| cursor.0.clone()).unwrap_or_default())
    }
}

#[derive(Deserialize)]
pub(super) struct ListedChat {
    pub(super) chat: ChatHead,
    #[serde(default, deserialize_with = "soft")]
    pub(super) last_message_id: Option<Id>,
}

#[derive(Deserialize)]
pub(super) struct ChatHead {
    pub(super) chat_id: RemoteId,
    pub(super) chat_type: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) chat_status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: Option<Moment>,
}

/// `/v3/chat/history`
#[derive(Deserialize)]
pub(super) struct History {
    #[serde(deserialize_with = "items")]
    pub(super) messages: Items,
    #[serde(default)]
    pub(super) has_next: Flag,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) message_id: Id,
    pub(super) created_at: Moment,
    #[serde(default)]
    pub(super) data: Option<Vec<Option<String>>>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) is_read: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) moderate_image_status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) context: Option<Context>,
}

#[derive(Deserialize)]
pub(super) struct User {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: Option<Id>,
    #[serde(default, rename = "type", deserialize_with = "soft")]
    pub(super) kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Context {
    #[serde(default, deserialize_with = "soft")]
    pub(super) order_number: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) sku: Option<Id>,
}

/// `/v1/chat/send/message`
#[derive(Deserialize)]
pub(super) struct Outcome {
    result: String,
}

impl Outcome {
    pub(super) fn is_success(&self) -> bool {
        self.result.eq_ignore_ascii_case("success")
    }
}

/// `/v1/chat/start`
#[derive(Deserialize)]
pub(super) struct Started {
    pub(super) result: StartedChat,
}

#[derive(Deserialize)]
pub(super) struct StartedChat {
    pub(super) chat_id: RemoteId,
}

/// `/v2/chat/read`
#[derive(Deserialize)]
pub(super) struct Marked {
    #[serde(default, rename = "unread_count", deserialize_with = "soft")]
    _unread_count: Option<Id>,
}

/// `/v3/product/info/list`
#[derive(Deserialize)]
pub(super) struct Products {
    #[serde(deserialize_with = "items")]
    pub(super) items: Items,
}

#[derive(Deserialize)]
pub(super) struct Product {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) sku: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) offer_id: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) primary_image: Option<Pictures>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) images: Option<Pictures>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) price: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) currency_code: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) sources: Option<Vec<Goods>>,
}

/// Addresses of pictures: a list, in older answers a single one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Pictures {
    One(String),
    Many(Vec<String>),
}

impl Pictures {
    pub(super) fn all(self) -> Vec<String> {
        match self {
            Self::One(address) => vec![address],
            Self::Many(addresses) => addresses,
        }
    }

    pub(super) fn first(self) -> Option<String> {
        self.all().into_iter().next().filter(|address| !address.is_empty())
    }
}

/// Something with a product number.
#[derive(Deserialize)]
pub(super) struct Goods {
    #[serde(default, deserialize_with = "soft")]
    pub(super) sku: Option<Id>,
}

/// `/v4/posting/fbs/list` and `/v3/posting/fbo/list`
#[derive(Deserialize)]
pub(super) struct Postings {
    #[serde(deserialize_with = "items")]
    pub(super) postings: Items,
    #[serde(default, deserialize_with = "soft")]
    cursor: Option<Id>,
    #[serde(default)]
    has_next: Flag,
}

impl Postings {
    /// The cursor of the next page, if there is one that can be asked for.
    pub(super) fn following(&self) -> Option<String> {
        self.cursor.as_ref().filter(|_| self.has_next.0).map(|cursor| cursor.0.clone())
    }
}

#[derive(Deserialize)]
pub(super) struct Posting {
    pub(super) order_number: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) in_process_at: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) tracking_number: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) analytics_data: Option<Destination>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) products: Option<Vec<Goods>>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) posting_number: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) available_actions: Option<Vec<String>>,
}

/// `/v1/product/related-sku/get`
#[derive(Deserialize)]
pub(super) struct Related {
    #[serde(deserialize_with = "items")]
    pub(super) items: Items,
}

#[derive(Deserialize)]
pub(super) struct RelatedSku {
    pub(super) sku: Id,
    pub(super) product_id: Id,
}

#[derive(Deserialize)]
pub(super) struct Destination {
    #[serde(default, deserialize_with = "soft")]
    pub(super) city: Option<String>,
}
