//! Return claims of orders that the seller delivers: what the buyer says, and what the seller may do about it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Turn, errors, postings::Posting, returns::grow_posting, review::media, shop::Shop};
use crate::{
    acceptance::Write,
    platform::{Answer, Call, Outcome},
    time::after,
    world::dice::Dice,
};

/// Time an approved return is on its way to the seller.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_hours(72);

#[derive(Debug)]
pub(crate) struct Claim {
    pub id: i64,
    posting: Posting,
    created: Timestamp,
    reason: (i64, &'static str, bool),
    comment: String,
    photos: Vec<Uuid>,
    state: State,
    rejection: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// Approved; the goods arrive at this time.
    Delivering(Timestamp),
    Checkout,
    Arbitration,
    Approved,
    Rejected,
}

/// What can be done about a claim. The contract names the ids of the two refusals and of the partial refund; clients
/// take all of them from `available_actions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Refuse,
    Approve,
    RefundPart,
    RefuseGoods,
    Refund,
}

impl Action {
    const fn id(self) -> i64 {
        match self {
            Self::Refuse => -1,
            Self::RefuseGoods => -10,
            Self::Approve => 1_000,
            Self::RefundPart => 1_020,
            Self::Refund => 1_030,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "Отклонить заявку",
            Self::RefuseGoods => "Отклонить после проверки",
            Self::Approve => "Одобрить возврат товара",
            Self::RefundPart => "Компенсировать часть стоимости",
            Self::Refund => "Вернуть деньги",
        }
    }
}

/// Id, words, hint and whether a comment is required.
const REJECTIONS: [(i64, &str, &str, bool); 3] = [
    (1, "Истёк срок возврата", "", false),
    (2, "Товар без брака", "Опишите, как проверили товар", true),
    (3, "Другое", "Укажите причину", true),
];

impl State {
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::New => ("New", "OnSellerApproval", "На рассмотрении у продавца"),
            Self::Delivering(_) => ("Delivering", "MovingToSeller", "Едет к продавцу"),
            Self::Checkout => ("Checkout", "OnSellerCheck", "На проверке у продавца"),
            Self::Arbitration => ("Arbitration", "DisputeOpened", "Открыт спор"),
            Self::Approved => ("Approved", "MoneyReturned", "Деньги возвращены"),
            Self::Rejected => ("Rejected", "RejectedBySeller", "Отклонено продавцом"),
        }
    }

    const fn actions(self) -> &'static [Action] {
        match self {
            Self::New => &[Action::Approve, Action::RefundPart, Action::Refuse],
            Self::Checkout => &[Action::Refund, Action::RefundPart, Action::RefuseGoods],
            Self::Delivering(_) | Self::Arbitration | Self::Approved | Self::Rejected => &[],
        }
    }
}

pub(crate) fn grow(shop: &mut Shop, dice: &mut Dice, count: usize, now: Timestamp) {
    const WORDS: [(&str, (i64, &str, bool)); 3] = [
        ("Пришёл с трещиной, прошу вернуть деньги", (10, "Товар с браком", true)),
        ("Не подошёл размер", (11, "Не подошёл размер или цвет", false)),
        ("收到的颜色不对，要求退货", (12, "Привезли не то", true)),
    ];
    const STATES: [State; 6] =
        [State::New, State::New, State::Checkout, State::Arbitration, State::Approved, State::Rejected];
    for (place, state) in STATES.into_iter().cycle().take(count).enumerate() {
        let Some((words, reason)) = WORDS.get(place % WORDS.len()).copied() else { return };
        let created = dice.before(now, 3_600 * (1 + place as i64), 3_600 * (40 + place as i64));
        let Some(claim) = begin(shop, dice, words, reason, created) else { return };
        claim.state = if place == 7 { State::Delivering(after(now, ON_ITS_WAY)) } else { state };
        if claim.state == State::Rejected {
            "Товар без брака".clone_into(&mut claim.rejection);
        }
    }
}

fn begin<'a>(
    shop: &'a mut Shop,
    dice: &mut Dice,
    words: &str,
    reason: (i64, &'static str, bool),
    created: Timestamp,
) -> Option<&'a mut Claim> {
    let posting = grow_posting(shop, dice, created)?;
    let photos = (0..if reason.2 { 2 } else { 0 }).map(|_| dice.uuid()).collect();
    let id = 70_000_000 + 1_000 * shop.claims.len() as i64 + dice.below(1_000);
    let (comment, state, rejection) = (words.to_owned(), State::New, String::new());
    shop.claims.push(Claim { id, posting, created, reason, comment, photos, state, rejection });
    shop.claims.last_mut()
}

/// A buyer claims a return now; returns the claim's id.
pub(crate) fn claim(shop: &mut Shop, text: &str, at: Timestamp) -> Option<String> {
    let mut dice = Dice::new(at.as_microsecond().unsigned_abs(), shop.claims.len() as u64);
    begin(shop, &mut dice, text, (10, "Товар с браком", true), at).map(|claim| claim.id.to_string())
}

impl Claim {
    /// Whether a claim with goods on their way has reached the seller.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        if matches!(self.state, State::Delivering(arrives) if arrives <= now) {
            self.state = State::Checkout;
        }
    }

    fn do_about(&mut self, action: Action, comment: &str, now: Timestamp) {
        self.state = match action {
            Action::Approve => State::Delivering(after(now, ON_ITS_WAY)),
            Action::RefundPart | Action::Refund => State::Approved,
            Action::Refuse | Action::RefuseGoods => State::Rejected,
        };
        if self.state == State::Rejected {
            comment.clone_into(&mut self.rejection);
        }
    }

    /// The seller decides in the web cabinet; false if the claim does not offer that act now.
    pub(crate) fn in_cabinet(&mut self, act: &str, comment: &str, now: Timestamp) -> bool {
        let action = self.state.actions().iter().find(|action| action.id().to_string() == act);
        action.inspect(|&&action| self.do_about(action, comment, now)).is_some()
    }

    /// Somebody else decides first, as the plan's colleague does.
    pub(crate) fn overtaken(&mut self, comment: &str, now: Timestamp) {
        if let Some(&action) = self.state.actions().first() {
            self.do_about(action, comment, now);
        }
    }

    fn common(&self) -> Map<String, Value> {
        let product = &self.posting.product;
        Map::from_iter([
            ("client_name".to_owned(), json!("")),
            ("created_at".to_owned(), json!(format!("{:.3}", self.created))),
            ("order_number".to_owned(), json!(self.posting.order)),
            ("posting_number".to_owned(), json!(self.posting.number)),
            ("return_number".to_owned(), json!(format!("{}-R1", self.posting.number))),
            (
                "product".to_owned(),
                json!({
                    "name": product.good.name,
                    "offer_id": product.offer,
                    "currency_code": "RUB",
                    "price": product.good.price,
                    "sku": product.sku,
                }),
            ),
        ])
    }

    fn row(&self) -> Value {
        let (group, state, name) = self.state.words();
        let mut row = self.common();
        row.insert("return_id".to_owned(), json!(self.id));
        row.insert(
            "state".to_owned(),
            json!({ "group_state": group, "money_return_state_name": "", "state": state, "state_name": name }),
        );
        row.into()
    }

    /// Everything about it; `wrapped` puts each action into an object of its own, as one official example does.
    fn info(&self, wrapped: bool) -> Value {
        let (_, state, name) = self.state.words();
        let action = |action: &Action| {
            let action = json!({ "id": action.id(), "name": action.name() });
            if wrapped { json!({ "action": action }) } else { action }
        };
        let rejection = |&(id, name, hint, is_comment_required): &(i64, &str, &str, bool)| json!({ "id": id, "name": name, "hint": hint, "is_comment_required": is_comment_required });
        let mut row = self.common();
        let (reason, reason_name, is_defect) = self.reason;
        let more = json!({
            "available_actions": self.state.actions().iter().map(action).collect::<Vec<_>>(),
            "client_photo": self.photos.iter().map(|name| media(name, "jpg")).collect::<Vec<_>>(),
            "client_return_method_type": { "id": 1, "name": "Курьером продавца" },
            "comment": self.comment,
            "rejection_comment": self.rejection,
            "rejection_reason": REJECTIONS.iter().map(rejection).collect::<Vec<_>>(),
            "return_method_description": "",
            "return_reason": { "id": reason, "is_defect": is_defect, "name": reason_name },
            "ru_post_tracking_number": "",
            "state": { "state": state, "state_name": name },
            "warehouse_id": 1_020_005_003_107_121_i64,
        });
        if let Value::Object(more) = more {
            row.extend(more);
        }
        row.into()
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
    offer_id: String,
    posting_number: String,
    group_state: Vec<String>,
    created_at: Created,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Created {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// `POST /v2/returns/rfbs/list`, by id. The specification declares one object, its example has a list: shops of the
/// text form answer with the object when there is one claim.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    let request: ListRequest = errors::read(call)?;
    if !(1..=1_000).contains(&request.limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 1000]"));
    }
    let filter = request.filter;
    let groups: Vec<String> = filter.group_state.iter().map(|group| group.to_uppercase()).collect();
    const GROUPS: [&str; 7] = ["ALL", "NEW", "DELIVERING", "CHECKOUT", "ARBITRATION", "APPROVED", "REJECTED"];
    if groups.iter().any(|group| !GROUPS.contains(&group.as_str())) {
        return Err(errors::invalid("filter.group_state"));
    }
    let all = groups.is_empty() || groups.iter().any(|group| group == "ALL");
    let same = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    let mut page: Vec<Value> = shop
        .claims
        .iter()
        .filter(|claim| claim.id > request.last_id)
        .filter(|claim| all || groups.contains(&claim.state.words().0.to_uppercase()))
        .filter(|claim| same(&filter.offer_id, &claim.posting.product.offer))
        .filter(|claim| same(&filter.posting_number, &claim.posting.number))
        .filter(|claim| filter.created_at.from.is_none_or(|from| claim.created >= from))
        .filter(|claim| filter.created_at.to.is_none_or(|to| claim.created <= to))
        .take(request.limit)
        .map(Claim::row)
        .collect();
    let returns = match page.len() {
        1 if shop.ids_as_text => page.pop().unwrap_or_default(),
        _ => json!(page),
    };
    Ok(Answer::ok(json!({ "returns": returns })))
}

#[derive(Debug, Deserialize)]
struct GetRequest {
    return_id: i64,
}

/// `POST /v2/returns/rfbs/get`.
pub(crate) fn get(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    let request: GetRequest = errors::read(call)?;
    let claim = shop.claims.iter().find(|claim| claim.id == request.return_id);
    let claim = claim.ok_or_else(|| errors::not_found("return not found"))?;
    Ok(Answer::ok(json!({ "returns": claim.info(shop.ids_as_text) })))
}

#[derive(Debug, Deserialize)]
struct ActRequest {
    return_id: i64,
    id: Option<i64>,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    rejection_reason_id: i64,
    #[serde(default)]
    compensation_amount: f64,
}

pub(crate) fn intent_to_act(call: &Call) -> Option<Write> {
    let request: ActRequest = serde_json::from_slice(&call.body).ok()?;
    let text = Some(request.comment).filter(|comment| !comment.is_empty());
    let fields: Value = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("act", request.return_id.to_string(), text).with(fields))
}

/// `POST /v1/returns/rfbs/action/set`.
pub(crate) fn act(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    let request: ActRequest = errors::read(turn.call)?;
    let claim = shop.claims.iter_mut().find(|claim| claim.id == request.return_id);
    let claim = claim.ok_or_else(|| errors::not_found("return not found"))?;
    let id = request.id.ok_or_else(|| errors::invalid("id: value is required"))?;
    let action = claim.state.actions().iter().find(|action| action.id() == id).copied();
    let action = action.ok_or_else(|| errors::conflict("action is not available for the return"))?;
    match action {
        Action::Refuse | Action::RefuseGoods => {
            let reason = REJECTIONS.iter().find(|(id, ..)| *id == request.rejection_reason_id);
            if reason.is_none() {
                return Err(errors::invalid("rejection_reason_id: value is required"));
            }
            if request.comment.trim().is_empty() {
                return Err(errors::invalid("comment: value is required"));
            }
        }
        Action::RefundPart => {
            let price = claim.posting.product.good.price as f64;
            if !(request.compensation_amount > 0.0 && request.compensation_amount <= price) {
                return Err(errors::invalid("compensation_amount: value must be above 0 and not above the price"));
            }
        }
        Action::Approve | Action::Refund => {}
    }
    if turn.wish.effect {
        claim.do_about(action, &request.comment, turn.call.at);
    }
    let success = shop.done();
    Ok(match intent_to_act(turn.call) {
        Some(write) => turn.accepted(success, write),
        None => success.into(),
    })
}
