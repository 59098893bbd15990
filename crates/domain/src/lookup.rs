//! Product and order facts beside a conversation: cached, and missed gracefully.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Channel;

/// What is known of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// The platform's product number, as text (Wildberries `nmID`, Ozon `sku`).
    pub key: String,
    /// Name as on the card, empty when unknown.
    pub name: String,
    /// The seller's own article.
    pub article: String,
    /// Address of the main picture on the platform, empty when unknown.
    pub picture: String,
    /// Page of the product, empty when unknown.
    pub page: String,
    /// Price as the platform spells it, with its currency; empty when unknown.
    pub price: String,
}

/// What is known of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// The platform's order number, as text.
    pub number: String,
    /// State as the platform spells it.
    pub status: String,
    /// When it was placed.
    pub created_at: Option<Timestamp>,
    /// When its state last changed.
    pub changed_at: Option<Timestamp>,
    /// Destination city when the platform says it.
    pub city: String,
    /// Tracking number, empty when there is none.
    pub tracking: String,
    /// Product numbers in it.
    pub products: Vec<String>,
    /// Number by which a chat with its buyer may be opened now, empty when it may not.
    pub chat_by: String,
}

/// Facts of one shop that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Products found.
    pub products: Vec<Product>,
    /// Orders found.
    pub orders: Vec<Order>,
    /// Product numbers the platform does not know; remembered for a day.
    pub unknown_products: Vec<String>,
    /// Order numbers the platform does not know; remembered for a day.
    pub unknown_orders: Vec<String>,
}

/// The product page of a platform for links on screen; `None` where we know no stable form.
///
/// Source: `product_url` of Ozon's official examples, read 2026-09-22; Wildberries catalogue address, read 2026-10-24.
pub fn product_page(channel: Channel, key: &str) -> Option<String> {
    match channel {
        Channel::Ozon => Some(format!("https://www.ozon.ru/product/{key}/")),
        Channel::Wildberries => Some(format!("https://www.wildberries.ru/catalog/{key}/detail.aspx")),
        Channel::Aliexpress | Channel::Wish | Channel::Email => None,
    }
}
