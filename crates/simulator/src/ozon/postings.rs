//! Postings: the parts an order is sent in, by the seller (FBS) or by Ozon (FBO).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{errors, product::Product, shop::Shop};
use crate::{
    platform::{Answer, Call},
    time::after,
    world::dice::Dice,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Fbs,
    Fbo,
}

/// How long after an order a posting reaches its buyer here, and how long after that the seller may still write
/// (the 72 hours are the specification's, 2026-09).
const DELIVERY: SignedDuration = SignedDuration::from_hours(96);
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(72);

#[derive(Debug, Clone)]
pub(crate) struct Posting {
    pub order: String,
    pub number: String,
    pub order_id: i64,
    pub scheme: Scheme,
    pub product: Arc<Product>,
    pub created: Timestamp,
    status: &'static str,
    substatus: &'static str,
}

impl Posting {
    /// An order of one posting, now and then of two.
    pub(crate) fn grow(dice: &mut Dice, product: &Arc<Product>, bought: Timestamp) -> Vec<Self> {
        // The first group may start with a zero, so it is text and not a number.
        let order = format!("{:010}-{:04}", dice.below(200_000_000), 1 + dice.below(9_000));
        Self::of_order(dice, &order, product, bought)
    }

    /// The postings of an order that has its number already.
    pub(crate) fn of_order(dice: &mut Dice, order: &str, product: &Arc<Product>, bought: Timestamp) -> Vec<Self> {
        const STATUSES: [(&str, &str); 4] = [
            ("delivered", "posting_received"),
            ("delivering", "posting_in_pickup_point"),
            ("awaiting_deliver", "posting_in_courier_service"),
            ("cancelled", "posting_returned_to_warehouse"),
        ];
        let scheme = if dice.chance(0.5) { Scheme::Fbs } else { Scheme::Fbo };
        let order_id = 35_000_000_000 + dice.below(900_000_000);
        let (status, substatus) = *dice.one(&STATUSES).unwrap_or(&("delivered", "posting_received"));
        (1..=if dice.chance(0.1) { 2 } else { 1 })
            .map(|part| Self {
                number: format!("{order}-{part}"),
                order: order.to_owned(),
                order_id,
                scheme,
                product: Arc::clone(product),
                created: bought,
                status,
                substatus,
            })
            .collect()
    }

    /// Whether the seller may open a chat about it, and write there unasked.
    pub(crate) fn may_be_talked_about(&self, now: Timestamp) -> bool {
        self.scheme == Scheme::Fbs
            && self.status != "cancelled"
            && now <= after(after(self.created, DELIVERY), AFTERWARDS)
    }

    fn json(&self, with: With, form: Form, now: Timestamp) -> Value {
        let price = self.product.good.price;
        let fbs = self.scheme == Scheme::Fbs;
        // The lists of 2026 write money as an object, the older `get` methods as text and currency.
        let product = match form {
            Form::List => json!({
                "sku": self.product.sku,
                "offer_id": self.product.offer,
                "name": self.product.good.name,
                "quantity": 1,
                "price": { "amount": price.to_string(), "currency": "RUB" },
            }),
            Form::Get => json!({
                "sku": self.product.sku,
                "offer_id": self.product.offer,
                "name": self.product.good.name,
                "quantity": 1,
                "price": self.product.price(),
                "currency_code": "RUB",
            }),
        };
        let mut posting = json!({
            "posting_number": self.number,
            "order_id": self.order_id,
            "order_number": self.order,
            "status": self.status,
            "substatus": self.substatus,
            "in_process_at": format!("{:.0}", self.created),
            "products": [product],
            "analytics_data": with.analytics_data.then(|| self.analytics()),
            "financial_data": with.financial_data.then(|| json!({
                "cluster_from": "Москва",
                "cluster_to": "Ростов",
                "products": [{ "product_id": self.product.sku, "price": price, "old_price": price, "payout": 0 }],
            })),
            "legal_info": null,
        });
        if let Some(fields) = posting.as_object_mut() {
            let own =
                if fbs { self.fbs_fields(now) } else { json!({ "created_at": self.created, "cancel_reason_id": 0 }) };
            if let Value::Object(own) = own {
                fields.extend(own);
            }
            if !fbs && form == Form::List {
                fields.insert("cancellation".to_owned(), Value::Null);
            }
        }
        posting
    }

    fn analytics(&self) -> Value {
        match self.scheme {
            Scheme::Fbs => json!({
                "region": "",
                "city": "",
                "delivery_type": "PVZ",
                "delivery_date_begin": format!("{:.0}", after(self.created, SignedDuration::from_hours(96))),
                "delivery_date_end": format!("{:.0}", after(self.created, SignedDuration::from_hours(120))),
            }),
            Scheme::Fbo => json!({ "city": "", "delivery_type": "PVZ", "warehouse_name": "ХОРУГВИНО_РФЦ" }),
        }
    }

    fn fbs_fields(&self, now: Timestamp) -> Value {
        let actions = if self.may_be_talked_about(now) { vec!["can_create_chat"] } else { Vec::new() };
        json!({
            "shipment_date": format!("{:.0}", after(self.created, SignedDuration::from_hours(24))),
            "delivering_date": format!("{:.0}", after(self.created, SignedDuration::from_hours(20))),
            "delivery_method": {
                "id": 1_020_005_003_107_121_i64,
                "name": "Доставка Ozon самостоятельно",
                "warehouse": "Склад 1",
                "tpl_provider_id": 24,
                "tpl_provider": "Доставка Ozon",
            },
            "tpl_integration_type": "ozon",
            "tracking_number": "",
            "cancellation": {
                "cancel_reason_id": 0,
                "cancel_reason": "",
                "cancellation_type": "",
                "cancellation_initiator": "",
                "cancelled_after_ship": false,
                "affect_cancellation_rating": false,
            },
            "customer": null,
            "addressee": null,
            "available_actions": actions,
            "parent_posting_number": "",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    List,
    Get,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct With {
    analytics_data: bool,
    financial_data: bool,
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    #[serde(default)]
    filter: Filter,
    limit: usize,
    #[serde(default)]
    cursor: String,
    sort_dir: Option<String>,
    #[serde(default)]
    with: With,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    since: Option<Timestamp>,
    to: Option<Timestamp>,
    order_numbers: Vec<String>,
    posting_numbers: Vec<String>,
    statuses: Vec<String>,
}

/// `POST /v4/posting/fbs/list` and `POST /v3/posting/fbo/list`.
///
/// Orders of archived chats are found by their numbers, and not listed without.
pub(crate) fn list(shop: &Shop, scheme: Scheme, call: &Call) -> Answer {
    let request: ListRequest = match serde_json::from_slice(&call.body) {
        Ok(request) => request,
        Err(error) => return errors::invalid(&error.to_string()),
    };
    if !(1..=100).contains(&request.limit) {
        return errors::invalid("limit: value must be inside range [1, 100]");
    }
    let filter = request.filter;
    let most = if scheme == Scheme::Fbs { 100 } else { 1_000 };
    if filter.order_numbers.len() > most || filter.posting_numbers.len() > most {
        return errors::invalid("order_numbers: too many items");
    }
    if scheme == Scheme::Fbs && (filter.since.is_none() || filter.to.is_none()) {
        return errors::invalid("filter.since and filter.to are required");
    }
    if let (Some(since), Some(to)) = (filter.since, filter.to)
        && to.duration_since(since) > SignedDuration::from_hours(366 * 24)
    {
        return errors::invalid("PERIOD_IS_TOO_LONG");
    }
    let newest_first = match request.sort_dir.as_deref() {
        None | Some("DESC" | "desc") => true,
        Some("ASC" | "asc") => false,
        Some(_) => return errors::invalid("sort_dir"),
    };
    let cursor = if request.cursor.is_empty() { "0" } else { &request.cursor };
    let Ok(skip) = cursor.parse::<usize>() else {
        return errors::invalid("cursor");
    };
    let listed = |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
    let mut found: Vec<Posting> = shop
        .postings_of(&filter.order_numbers)
        .into_iter()
        .filter(|posting| posting.scheme == scheme)
        .filter(|posting| filter.since.is_none_or(|since| posting.created >= since))
        .filter(|posting| filter.to.is_none_or(|to| posting.created <= to))
        .filter(|posting| listed(&filter.order_numbers, &posting.order) && listed(&filter.statuses, posting.status))
        .filter(|posting| listed(&filter.posting_numbers, &posting.number))
        .collect();
    found.sort_by_key(|posting| posting.created);
    if newest_first {
        found.reverse();
    }
    let page: Vec<Value> = found
        .iter()
        .skip(skip)
        .take(request.limit)
        .map(|posting| posting.json(request.with, Form::List, call.at))
        .collect();
    let has_next = skip + page.len() < found.len();
    let cursor = if has_next { (skip + page.len()).to_string() } else { String::new() };
    Answer::ok(json!({ "cursor": cursor, "has_next": has_next, "postings": page }))
}

#[derive(Debug, Deserialize)]
struct GetRequest {
    posting_number: String,
    #[serde(default)]
    with: With,
}

/// `POST /v3/posting/fbs/get` and `POST /v2/posting/fbo/get`: 404 means not this scheme or not this shop.
pub(crate) fn get(shop: &Shop, scheme: Scheme, call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<GetRequest>(&call.body) else {
        return errors::invalid("posting_number is required");
    };
    match shop.posting(&request.posting_number).filter(|posting| posting.scheme == scheme) {
        Some(posting) => Answer::ok(json!({ "result": posting.json(request.with, Form::Get, call.at) })),
        None => errors::not_found("posting not found"),
    }
}
