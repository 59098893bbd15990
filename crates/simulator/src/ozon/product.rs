//! Products: what an sku is called and looks like.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors;
use crate::{
    picture,
    platform::{Answer, Call},
    world::{dice::Dice, goods::Good},
};

#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub id: i64,
    pub sku: i64,
    pub offer: String,
    pub good: Good,
    number: usize,
    created: Timestamp,
    /// Old products are missing from the product list and found only among related SKUs.
    deleted: bool,
}

impl Product {
    pub(crate) fn grow(dice: &mut Dice, number: usize, good: Good, now: Timestamp) -> Self {
        Self {
            id: 223_681_945 + dice.below(700_000_000),
            sku: 646_399_170 + dice.below(900_000_000),
            offer: format!("{}-{number}", good.article),
            good,
            number,
            created: dice.before(now, 30 * 86_400, 700 * 86_400),
            deleted: number % 12 == 11,
        }
    }

    /// Decimal text with four digits, as the product methods write prices.
    pub(crate) fn price(&self) -> String {
        format!("{}.0000", self.good.price)
    }

    /// Whether it is off the list of products.
    pub(crate) fn is_gone(&self) -> bool {
        self.deleted
    }

    pub(crate) fn picture(&self, number: usize) -> String {
        format!("https://cdn1.ozone.ru/s3/multimedia-{number}/{}.jpg", 6_000_000_000 + self.id)
    }

    fn json(&self) -> Value {
        // One product in seven has no main picture, then the first of `images` is it; one in ten has no price.
        let primary = if self.number % 7 == 6 { Vec::new() } else { vec![self.picture(1)] };
        let price = if self.number % 10 == 9 { String::new() } else { self.price() };
        json!({
            "id": self.id,
            "sku": self.sku,
            "offer_id": self.offer,
            "name": self.good.name,
            "primary_image": primary,
            "images": [self.picture(2), self.picture(3)],
            "color_image": [],
            "barcodes": [format!("OZN{}", self.sku)],
            "price": price,
            "old_price": format!("{}.0000", self.good.price + 200),
            "min_price": "",
            "currency_code": "RUB",
            "created_at": self.created,
            "updated_at": self.created,
            "is_archived": false,
            "is_autoarchived": false,
            "is_discounted": false,
            "description_category_id": 17_028_922,
            "type_id": 91_565,
            "sources": [{ "sku": self.sku, "source": if self.number.is_multiple_of(2) { "SDS" } else { "sds" } }],
            "statuses": {
                "status": "price_sent",
                "status_name": "Продаётся",
                "moderate_status": "approved",
                "validation_status": "success",
                "status_updated_at": self.created,
            },
            "stocks": {
                "has_stock": true,
                "stocks": [{ "sku": self.sku, "source": "fbs", "present": 5, "reserved": 1 }],
            },
        })
    }
}

/// An id that may be written as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Number(i64),
    Text(String),
}

impl Id {
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    sku: Vec<Id>,
    product_id: Vec<Id>,
    offer_id: Vec<String>,
}

/// `POST /v3/product/info/list`: one kind of id per call, at most 1000 (specification, 2026-09).
pub(crate) fn list(products: &[Arc<Product>], call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<Request>(&call.body) else {
        return errors::invalid("body");
    };
    let counts = [request.sku.len(), request.product_id.len(), request.offer_id.len()];
    let total: usize = counts.iter().sum();
    if counts.iter().filter(|&&count| count > 0).count() != 1 || total > 1_000 {
        return errors::invalid("use either offer_id or product_id or sku, from 1 to 1000 items");
    }
    let wanted = |product: &Product| {
        request.sku.iter().any(|id| id.number() == Some(product.sku))
            || request.product_id.iter().any(|id| id.number() == Some(product.id))
            || request.offer_id.contains(&product.offer)
    };
    let items: Vec<Value> =
        products.iter().filter(|product| !product.deleted && wanted(product)).map(|product| product.json()).collect();
    Answer::ok(json!({ "items": items }))
}

/// `POST /v1/product/related-sku/get`: knows deleted products too.
pub(crate) fn related(products: &[Arc<Product>], call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<Request>(&call.body) else {
        return errors::invalid("body");
    };
    if !(1..=200).contains(&request.sku.len()) {
        return errors::invalid("sku: value must contain between 1 and 200 items");
    }
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for sku in request.sku.iter().filter_map(Id::number) {
        match products.iter().find(|product| product.sku == sku) {
            Some(product) => {
                let mut item = json!({
                    "availability": if product.deleted { "UNAVAILABLE" } else { "AVAILABLE" },
                    "delivery_schema": "SDS",
                    "product_id": product.id,
                    "sku": sku,
                });
                if let (true, Some(item)) = (product.deleted, item.as_object_mut()) {
                    item.insert("deleted_at".to_owned(), json!(product.created));
                }
                items.push(item);
            }
            None => errors.push(json!({ "code": "SKU_NOT_FOUND", "sku": sku, "message": "sku does not exist" })),
        }
    }
    Answer::ok(json!({ "items": items, "errors": errors }))
}

/// A picture of the content network, whole or with a width segment: `/s3/multimedia-4/wc160/6804736960.jpg`.
pub(crate) fn picture<'a>(mut products: impl Iterator<Item = &'a Product>, path: &str) -> Option<Bytes> {
    let parts: Vec<&str> = path.split('/').collect();
    if let ["", "s3", "rp-photo-1", .., file] = parts.as_slice() {
        // What buyers add to reviews and claims; the colours follow from the name.
        let name: uuid::Uuid = file.strip_suffix(".jpg")?.parse().ok()?;
        return Some(picture::png(name.as_u64_pair().1, 300, 300).into());
    }
    let (folder, file, width) = match parts.as_slice() {
        ["", "s3", folder, file] => (folder, file, 300),
        ["", "s3", folder, width, file] => (folder, file, width.strip_prefix("wc")?.parse().ok()?),
        _ => return None,
    };
    let number: u64 = folder.strip_prefix("multimedia-")?.parse().ok()?;
    let id: i64 = file.strip_suffix(".jpg")?.parse().ok()?;
    let product = products.find(|product| 6_000_000_000 + product.id == id)?;
    let width = u32::clamp(width, 1, 300);
    Some(picture::png(product.id.unsigned_abs() + number, width, width).into())
}
