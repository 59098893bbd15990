//! The account methods: roles of the key, and the seller.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::shop::Shop;
use crate::{
    platform::{Answer, Call},
    time::after,
};

/// `POST /v1/roles`: what the key of the call opens.
pub(crate) fn roles(shop: &Shop, call: &Call) -> Answer {
    let key = shop.keys.values().find(|key| call.header("api-key") == Some(&key.text));
    let role = key.map(|key| json!({ "name": "Admin", "methods": key.methods }));
    Answer::ok(
        json!({ "expires_at": key.map(|key| format!("{:.3}", key.expires)), "roles": role.into_iter().collect::<Vec<_>>() }),
    )
}

/// `POST /v1/seller/info`: whose shop it is, and the subscription.
pub(crate) fn seller_info(shop: &Shop, now: Timestamp) -> Answer {
    let value = json!({
        "value": 4.8,
        "formatted": "4.8",
        "status": { "danger": false, "premium": true, "warning": false },
        "date_from": format!("{:.0}", after(now, SignedDuration::from_hours(-24))),
        "date_to": format!("{now:.0}"),
    });
    Answer::ok(json!({
        "company": {
            "name": shop.name,
            "legal_name": format!("ООО «{}»", shop.name),
            "country": "RU",
            "currency": "RUB",
            "inn": "7700000000",
            "ogrn": "1027700000000",
            "ownership_form": "ООО",
            "tax_system": "USN",
        },
        "ratings": [{
            "name": "Оценка товаров",
            "rating": "rating_review_avg_score_total",
            "status": "OK",
            "value_type": "REVIEW_SCORE",
            "current_value": value,
            "past_value": value,
        }],
        "subscription": {
            "is_premium": shop.subscription.starts_with("PREMIUM"),
            "type": shop.subscription,
        },
    }))
}
