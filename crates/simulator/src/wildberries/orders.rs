//! Orders: the feed of the analytics host and the assembly orders of the marketplace host.

use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{chats::Bought, errors, product::Product};
use crate::{
    platform::{Answer, Call},
    time::{after, moscow},
    world::dice::Dice,
};

#[derive(Debug)]
pub(crate) struct Order {
    id: i64,
    srid: String,
    product: Arc<Product>,
    created: Timestamp,
    updated: Timestamp,
    status: &'static str,
    /// Sold from the seller's own warehouse, so that an assembly order exists.
    fbs: bool,
    city: (&'static str, &'static str),
}

impl From<&Order> for Bought {
    fn from(order: &Order) -> Self {
        Self { srid: order.srid.clone(), product: Arc::clone(&order.product), at: order.created }
    }
}

impl Order {
    pub(crate) fn grow(dice: &mut Dice, products: &[Arc<Product>], now: Timestamp) -> Vec<Self> {
        const STATUSES: [&str; 5] = ["created", "buyout", "buyout", "cancel", "return"];
        const CITIES: [(&str, &str); 4] = [
            ("Москва", "Центральный"),
            ("Санкт-Петербург", "Северо-Западный"),
            ("Алматы", "Казахстан"),
            ("Екатеринбург", "Уральский"),
        ];
        let mut orders: Vec<Self> = products
            .iter()
            .flat_map(|product| [product; 2])
            .filter_map(|product| {
                let created = dice.before(now, 600, 40 * 86_400);
                Some(Self {
                    id: 5_632_423 + dice.below(900_000_000),
                    srid: format!(
                        "{}.{}.0",
                        7_000_000_000_000_000_000 + dice.below(999_999_999_999_999_999),
                        dice.below(9)
                    ),
                    product: Arc::clone(product),
                    created,
                    updated: after(
                        created,
                        SignedDuration::from_secs(dice.below(now.duration_since(created).as_secs())),
                    ),
                    status: dice.one(&STATUSES)?,
                    fbs: dice.chance(0.5),
                    city: *dice.one(&CITIES)?,
                })
            })
            .collect();
        orders.sort_by_key(|order| order.created);
        orders
    }

    fn feed_row(&self) -> Value {
        let mut row = json!({
            "nmId": self.product.nm_id,
            "chrtId": self.product.size_id,
            "srid": self.srid,
            "createdAt": moscow(self.created),
            "updatedAt": moscow(self.updated),
            "status": self.status,
            "warehouseName": if self.fbs { "Склад продавца" } else { "Склад WB" },
            "warehouseRegion": "",
            "isMp": self.fbs,
            "destinationCity": self.city.0,
            "destinationDistrict": self.city.1,
            "sellerPrice": self.product.good.price,
            "isB2b": false,
        });
        if let (true, Some(row)) = (self.status == "cancel", row.as_object_mut()) {
            row.insert("cancelType".to_owned(), json!("app"));
        }
        row
    }

    /// Prices are integers, times 100, with a numeric currency (specification, 2026-10).
    fn assembly(&self) -> Value {
        json!({
            "address": null,
            "deliveryType": "fbs",
            "orderUid": format!("{}_{}", self.id, self.product.uuid.simple()),
            "article": self.product.article,
            "colorCode": "",
            "rid": self.srid,
            "createdAt": format!("{:.0}", self.created),
            "offices": [self.city.0],
            "skus": [self.product.barcode],
            "id": self.id,
            "warehouseId": 658_434,
            "officeId": 123,
            "nmId": self.product.nm_id,
            "chrtId": self.product.size_id,
            "price": self.product.good.price * 100,
            "convertedPrice": self.product.good.price * 100,
            "currencyCode": 643,
            "convertedCurrencyCode": 643,
            "cargoType": 1,
            "crossBorderType": 0,
            "comment": "",
            "isZeroOrder": false,
            "options": { "isB2B": false },
        })
    }

    /// An order of the full list, where it has found its way into a supply.
    fn supplied(&self) -> Value {
        let mut order = self.assembly();
        if let Some(fields) = order.as_object_mut() {
            fields.insert("supplyId".to_owned(), json!(format!("WB-GI-{}", self.id % 100_000_000)));
        }
        order
    }

    fn states(&self) -> (&'static str, &'static str) {
        match self.status {
            "created" => ("confirm", "waiting"),
            "cancel" => ("cancel", "canceled"),
            "return" => ("complete", "declined_by_client"),
            _ => ("complete", "sold"),
        }
    }

    fn is_new(&self, now: Timestamp) -> bool {
        self.fbs && self.status == "created" && now.duration_since(self.created) < SignedDuration::from_hours(48)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeedRequest {
    selected_period: Period,
    #[serde(default)]
    nm_ids: Vec<i64>,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Debug, Deserialize)]
struct Period {
    start: Timestamp,
    end: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Pagination {
    snapshot_time: Option<Timestamp>,
    offset: usize,
    limit: Option<usize>,
}

/// `POST /api/analytics/v1/order-feed`: the last 31 days by time of the current status, newest first.
pub(crate) fn feed(orders: &[Order], call: &Call) -> Answer {
    let bad = |detail: &str| errors::short(call.at, StatusCode::BAD_REQUEST, "Invalid request body", detail);
    let request: FeedRequest = match serde_json::from_slice(&call.body) {
        Ok(request) => request,
        Err(error) => return bad(&error.to_string()),
    };
    let limit = request.pagination.limit.unwrap_or(50);
    if limit > 10_000 || request.nm_ids.len() > 1_000 {
        return bad("pagination.limit: maximum is 10000");
    }
    let oldest = after(call.at, SignedDuration::from_hours(-31 * 24)).max(request.selected_period.start);
    let mut found: Vec<&Order> = orders
        .iter()
        .filter(|order| order.updated >= oldest && request.selected_period.end.is_none_or(|end| order.updated <= end))
        .filter(|order| request.nm_ids.is_empty() || request.nm_ids.contains(&order.product.nm_id))
        .collect();
    found.sort_by_key(|order| std::cmp::Reverse(order.updated));
    let rows: Vec<Value> =
        found.iter().skip(request.pagination.offset).take(limit).map(|order| order.feed_row()).collect();
    let snapshot = request.pagination.snapshot_time.unwrap_or(call.at);
    Answer::ok(json!({ "data": { "snapshotTime": format!("{snapshot:.0}"), "currency": "RUB", "orders": rows } }))
}

fn incorrect(message: &str) -> Answer {
    errors::marketplace(StatusCode::BAD_REQUEST, "IncorrectParameter", message)
}

/// `GET /api/v3/orders/new`.
pub(crate) fn new(orders: &[Order], now: Timestamp) -> Answer {
    let rows: Vec<Value> = orders.iter().filter(|order| order.is_new(now)).map(Order::assembly).collect();
    Answer::ok(json!({ "orders": rows }))
}

/// `GET /api/v3/orders`: 30 days per call; `next` counts the orders already given.
pub(crate) fn list(orders: &[Order], call: &Call) -> Answer {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let (Some(limit @ 1..=1_000), Some(next @ 0..)) = (number("limit"), number("next")) else {
        return incorrect("Передан некорректный параметр");
    };
    let to = number("dateTo").unwrap_or(call.at.as_second());
    let from = number("dateFrom").unwrap_or(to - 30 * 86_400);
    if to - from > 30 * 86_400 {
        return incorrect("Период не должен превышать 30 дней");
    }
    let rows: Vec<Value> = orders
        .iter()
        .filter(|order| order.fbs && (from..=to).contains(&order.created.as_second()))
        .skip(next as usize)
        .take(limit as usize)
        .map(Order::supplied)
        .collect();
    let next = if rows.len() < limit as usize { 0 } else { next + limit };
    Answer::ok(json!({ "next": next, "orders": rows }))
}

/// `POST /api/v3/orders/status`.
pub(crate) fn status(orders: &[Order], call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Request {
        orders: Vec<i64>,
    }
    let Ok(request) = serde_json::from_slice::<Request>(&call.body) else {
        return errors::marketplace(StatusCode::BAD_REQUEST, "IncorrectRequestBody", "Некорректное тело запроса");
    };
    if !(1..=1_000).contains(&request.orders.len()) {
        return incorrect("Передан некорректный параметр");
    }
    let rows: Vec<Value> = orders
        .iter()
        .filter(|order| order.fbs && request.orders.contains(&order.id))
        .map(|order| {
            let (supplier, wb) = order.states();
            json!({ "id": order.id, "supplierStatus": supplier, "wbStatus": wb, "isCancellable": false, "isTransferable": false })
        })
        .collect();
    Answer::ok(json!({ "orders": rows }))
}
