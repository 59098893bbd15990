//! Reviews, as section 09 "Communications" of the public specification has them (2026-10-24).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ProductDetails;
use crate::lenient::{Count, Flag, Id, Moment, soft};

/// One review. Id, date and words are what a thread cannot do without; words may be empty or absent, not of another shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct Review {
    pub(in crate::wildberries) id: Id,
    pub(in crate::wildberries) created_date: Moment,
    #[serde(default)]
    pub(in crate::wildberries) text: Option<String>,
    #[serde(default)]
    pub(in crate::wildberries) pros: Option<String>,
    #[serde(default)]
    pub(in crate::wildberries) cons: Option<String>,
    #[serde(default)]
    pub(in crate::wildberries) answer: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) product_valuation: Option<Count>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) product_details: Option<ProductDetails>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) photo_links: Option<Vec<Box<RawValue>>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) video: Option<Video>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) was_viewed: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) user_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) order_status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) matching_size: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) is_able_return_product_orders: Option<Flag>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) return_product_orders_date: Option<Moment>,
    /// The buyer's tags.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) bables: Option<Vec<String>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) last_order_created_at: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) color: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) parent_feedback_id: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) child_feedback_id: Option<Id>,
}

/// A buyer's photo.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct PhotoLink {
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) full_size: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) mini_size: Option<String>,
}

/// A buyer's video: a picture of it and the playlist (HLS) that plays it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::wildberries) struct Video {
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) preview_image: Option<String>,
    #[serde(deserialize_with = "soft")]
    pub(in crate::wildberries) link: Option<String>,
}

/// `POST` and `PATCH /api/v1/feedbacks/answer`.
#[derive(Debug, Serialize)]
pub(in crate::wildberries) struct ReviewAnswer<'a> {
    pub(in crate::wildberries) id: &'a str,
    pub(in crate::wildberries) text: &'a str,
}

/// `POST /api/v1/feedbacks/order/return`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::wildberries) struct OrderReturn<'a> {
    pub(in crate::wildberries) feedback_id: &'a str,
}
