//! Returns by Ozon's own logistics, of both schemes: read only.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    errors, ids,
    postings::{Posting, Scheme},
    shop::Shop,
};
use crate::{
    platform::{Answer, Call},
    time::after,
    world::dice::Dice,
};

/// Status, its words and what kind of return it is about.
type State = (i64, &'static str, &'static str, &'static str);

/// Those that need the seller come first.
const STATES: [State; 8] = [
    (30, "OnSellerApproval", "На согласовании у продавца", "ClientReturn"),
    (31, "OnSellerClarification", "Требуется уточнение", "ClientReturn"),
    (32, "DisputeOpened", "Открыт спор", "FullReturn"),
    (33, "CompensationOffered", "Предложена компенсация", "PartialReturn"),
    (3, "ArrivedAtReturnPlace", "В пункте выдачи", "FullReturn"),
    (4, "MovingToSeller", "Едет к продавцу", "Cancellation"),
    (5, "ReturnedToOzon", "Возвращён на склад Ozon", "Unknown"),
    (34, "CompensationRejectedBySla", "Срок компенсации истёк", "ClientReturn"),
];

#[derive(Debug)]
pub(crate) struct Return {
    id: i64,
    posting: Posting,
    reason: &'static str,
    state: State,
    changed: Timestamp,
    /// Whether Ozon knows where it is; otherwise the nested objects are null.
    located: bool,
}

pub(crate) fn grow(shop: &mut Shop, dice: &mut Dice, count: usize, now: Timestamp) {
    const REASONS: [&str; 3] =
        ["Покупатель отказался при вручении: недоволен качеством товара", "Не подошёл размер", "Товар с браком"];
    let mut id = 1_000_015_552;
    for (place, state) in STATES.into_iter().cycle().take(count).enumerate() {
        let Some(posting) = grow_posting(shop, dice, now) else { return };
        id += 1 + dice.below(90);
        let reason = dice.one(&REASONS).copied().unwrap_or_default();
        let changed = dice.before(now, 600, 60 * 3_600);
        shop.returns.push(Return { id, posting, reason, state, changed, located: place % 4 != 1 });
    }
}

/// A posting of the last month for something that is said about it.
pub(crate) fn grow_posting(shop: &mut Shop, dice: &mut Dice, now: Timestamp) -> Option<Posting> {
    let product = dice.one(&shop.products).cloned()?;
    let bought = dice.before(now, 3 * 86_400, 30 * 86_400);
    let postings = Posting::grow(dice, &product, bought);
    let posting = postings.first().cloned();
    shop.postings.extend(postings);
    posting
}

impl Return {
    fn json(&self, as_text: bool) -> Value {
        let number = |number: i64| ids::counted(number, as_text);
        let money = |price: i64| json!({ "currency_code": "RUB", "price": number(price) });
        let place =
            |name: &str| json!({ "id": number(23_869_688_194_000), "name": name, "address": "Россия, г. Подольск" });
        let price = self.posting.product.good.price;
        let moment = |hours: i64| format!("{:.6}", after(self.changed, SignedDuration::from_hours(hours)));
        let (status, sys_name, display_name, kind) = self.state;
        json!({
            "exemplars": [{ "id": number(1_019_562_967_545_956) }],
            "id": number(self.id),
            "company_id": number(3_058),
            "return_reason_name": self.reason,
            "type": kind,
            // The filter is written in capitals, the answers are not.
            "schema": if self.posting.scheme == Scheme::Fbs { "Fbs" } else { "Fbo" },
            "order_id": number(self.posting.order_id),
            "order_number": self.posting.order,
            "place": self.located.then(|| place("СЦ_Львовский_Возвраты")),
            "target_place": self.located.then(|| place("ПВЗ продавца")),
            "storage": self.located.then(|| json!({
                "sum": money(0),
                "tariffication_first_date": moment(72),
                "tariffication_start_date": moment(48),
                "arrived_moment": moment(0),
                "days": number(0),
                "utilization_sum": money(0),
                "utilization_forecast_date": moment(30 * 24),
            })),
            "product": {
                "sku": number(self.posting.product.sku),
                "offer_id": self.posting.product.offer,
                "name": self.posting.product.good.name,
                "price": money(price),
                "price_without_commission": money(price * 9 / 10),
                "commission_percent": number(10),
                "commission": money(price / 10),
                "quantity": 1,
            },
            "logistic": {
                "technical_return_moment": moment(-24),
                "final_moment": null,
                "cancelled_with_compensation_moment": null,
                "return_date": moment(-20),
                "barcode": self.barcode(),
            },
            "visual": {
                "status": { "id": status, "display_name": display_name, "sys_name": sys_name },
                "change_moment": moment(0),
            },
            "additional_info": { "is_opened": true, "is_super_econom": false },
            "source_id": number(90_426_223),
            "posting_number": self.posting.number,
            "clearing_id": number(21_190_893_156_000),
            "return_clearing_id": null,
            "compensation_status": null,
        })
    }

    fn barcode(&self) -> String {
        format!("ii{}", 4_275_194_751 + self.id)
    }
}

#[derive(Debug, Deserialize)]
struct ListRequest {
    #[serde(default)]
    filter: Filter,
    limit: usize,
    #[serde(default)]
    last_id: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    logistic_return_date: Option<Range>,
    storage_tariffication_start_date: Option<Range>,
    visual_status_change_moment: Option<Range>,
    order_id: Option<Box<RawValue>>,
    posting_numbers: Vec<String>,
    product_name: String,
    offer_id: String,
    visual_status_name: String,
    barcode: String,
    return_schema: String,
    compensation_status_id: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    time_from: Option<Timestamp>,
    time_to: Option<Timestamp>,
}

impl Range {
    fn holds(&self, at: Timestamp) -> bool {
        self.time_from.is_none_or(|from| at >= from) && self.time_to.is_none_or(|to| at <= to)
    }
}

/// `POST /v1/returns/list`, by id.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    let request: ListRequest = errors::read(call)?;
    if !(1..=500).contains(&request.limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 500]"));
    }
    let filter = request.filter;
    let ranges = [
        (&filter.logistic_return_date, -20),
        (&filter.storage_tariffication_start_date, 48),
        (&filter.visual_status_change_moment, 0),
    ];
    if ranges.iter().filter(|(range, _)| range.is_some()).count() > 1 {
        return Err(errors::invalid("filter: only one of the time ranges may be set"));
    }
    if filter.posting_numbers.len() > 50 {
        return Err(errors::invalid("filter.posting_numbers: value must contain no more than 50 items"));
    }
    let schema = match filter.return_schema.as_str() {
        "" => None,
        "FBS" => Some(Scheme::Fbs),
        "FBO" => Some(Scheme::Fbo),
        _ => return Err(errors::invalid("filter.return_schema")),
    };
    let same = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    let order = filter.order_id.as_deref().and_then(ids::read);
    let fits = |one: &&Return| {
        let posting = &one.posting;
        one.id > request.last_id
            && ranges.iter().all(|(range, hours)| {
                range.as_ref().is_none_or(|range| range.holds(after(one.changed, SignedDuration::from_hours(*hours))))
            })
            && schema.is_none_or(|schema| posting.scheme == schema)
            && (filter.posting_numbers.is_empty() || filter.posting_numbers.contains(&posting.number))
            && order.is_none_or(|order| order == 0 || order == u128::from(posting.order_id.unsigned_abs()))
            && same(&filter.product_name, posting.product.good.name)
            && same(&filter.offer_id, &posting.product.offer)
            && same(&filter.visual_status_name, one.state.1)
            && same(&filter.barcode, &one.barcode())
            && filter.compensation_status_id.is_none_or(|id| id == 0)
    };
    let mut found = shop.returns.iter().filter(fits).peekable();
    let page: Vec<Value> = found.by_ref().take(request.limit).map(|one| one.json(shop.ids_as_text)).collect();
    Ok(Answer::ok(json!({ "returns": page, "has_next": found.peek().is_some() })))
}
