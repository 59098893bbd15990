//! Claims of buyers who want to give something back, and what the seller decides.

mod decide;
mod list;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use self::decide::Decision;
pub(crate) use self::{
    decide::{decide, intent},
    list::list,
};
use super::chats::Bought;
use crate::{
    Options,
    platform::{Extra, Unknown},
    time::{after, naive_moscow},
    world::dice::Dice,
};

const DAY: i64 = 86_400;

/// Answers to a claim that Wildberries itself handles.
const USUAL: &[&str] = &["approve1", "approve2", "autorefund1", "reject1", "reject2", "reject3", "rejectcustom"];
/// Answers to a claim about an item that the buyer fetched from the seller's own shop.
const CLICK_AND_COLLECT: &[&str] = &["approvecc1", "rejectcustom"];
/// A cheap item, which nobody wants back.
const CHEAP: &[&str] = &["autorefund1", "approve1", "rejectcustom"];
/// What is left to do about a refused claim.
const RECONSIDER: &[&str] = &["approve1", "autorefund1"];

const COMPLAINTS: &[&str] = &[
    "Длина провода не соответствует описанию",
    "Прошу возврат: пришёл товар с трещиной, фото приложила",
    "Размер не подошёл, бирки на месте, не носила",
    "收到时已经损坏，申请退货退款",
    "Не включается. Проверял на двух розетках, результат один",
    "Цвет другой, заказывала синий, пришёл серый",
    "Wrong item in the box, photo attached",
    "Запах сырости, пятна на ткани",
];

/// One claim.
#[derive(Debug)]
pub(crate) struct Claim {
    pub id: Uuid,
    /// 1 portal, 3 chat.
    kind: u8,
    bought: Bought,
    delivered: Timestamp,
    comment: String,
    filed: Timestamp,
    photos: u8,
    video: bool,
    /// The name of the item has got lost.
    nameless: bool,
    /// Check of the device number, where there was one.
    check: Option<&'static str>,
    /// What the seller could answer at first.
    offered: &'static [&'static str],
    decisions: Vec<Decision>,
}

/// What a claim looks like at a moment.
#[derive(Debug)]
struct View<'a> {
    status: u8,
    status_ex: u8,
    reply: Option<&'a str>,
    actions: &'static [&'static str],
    updated: Timestamp,
}

impl Claim {
    pub(crate) fn grow(options: &Options, dice: &mut Dice, orders: &[Bought], now: Timestamp) -> Vec<Self> {
        let mut claims: Vec<Self> = (0..options.size.return_claims)
            .filter_map(|place| {
                // The last ones are older than the list reaches.
                let filed =
                    if place % 7 == 6 { dice.before(now, 15 * DAY, 40 * DAY) } else { dice.before(now, 600, 13 * DAY) };
                let comment = COMPLAINTS.get(place % COMPLAINTS.len())?;
                let mut claim = Self::file(dice, orders, comment, filed)?;
                claim.offered = match place % 5 {
                    1 => CLICK_AND_COLLECT,
                    2 => CHEAP,
                    // Nothing can be done any more.
                    4 => &[],
                    _ => USUAL,
                };
                let at = after(filed, SignedDuration::from_hours(2)).min(now);
                match place % 7 {
                    3 => claim.decisions.push(Decision::settled(decide::REFUSED, at)),
                    5 => claim.decisions.push(Decision::settled("autorefund1", at)),
                    _ => {}
                }
                Some(claim)
            })
            .collect();
        claims.sort_by_key(|claim| std::cmp::Reverse(claim.filed));
        claims
    }

    fn new(dice: &mut Dice, bought: Bought, comment: &str, filed: Timestamp) -> Self {
        let delivered = after(filed, -SignedDuration::from_secs(DAY + dice.below(5 * DAY)));
        Self {
            id: dice.uuid(),
            kind: if dice.chance(0.3) { 3 } else { 1 },
            delivered,
            comment: comment.to_owned(),
            filed,
            photos: u8::try_from(dice.below(4)).unwrap_or_default(),
            video: dice.chance(0.2),
            nameless: dice.chance(0.15),
            check: dice.chance(0.1).then_some("IMEI, указанный покупателем, не совпадает с IMEI, указанным продавцом"),
            offered: USUAL,
            decisions: Vec::new(),
            bought: Bought { at: bought.at.min(after(delivered, -SignedDuration::from_secs(3 * DAY))), ..bought },
        }
    }

    /// A buyer files a claim.
    pub(crate) fn file(dice: &mut Dice, orders: &[Bought], comment: &str, at: Timestamp) -> Option<Self> {
        let bought = dice.one(orders).cloned()?;
        Some(Self::new(dice, bought, comment, at))
    }

    /// The buyer adds evidence: up to ten photographs and one video.
    pub(crate) fn add(&mut self, extra: &Extra<'_>) -> Result<(), Unknown> {
        match extra {
            Extra::Attachment("picture") => self.photos = (self.photos + 1).min(10),
            Extra::Attachment("video") => self.video = true,
            _ => return Err(Unknown::Kind),
        }
        Ok(())
    }

    /// What those see who know of the decisions shown by now.
    fn view(&self, now: Timestamp) -> View<'_> {
        self.decided_by(|decision| decision.shown <= now)
    }

    fn decided_by(&self, known: impl Fn(&Decision) -> bool) -> View<'_> {
        let mut view = View { status: 0, status_ex: 0, reply: None, actions: self.offered, updated: self.filed };
        for decision in self.decisions.iter().filter(|decision| known(decision)) {
            view = decision.apply(view);
        }
        view
    }

    pub(crate) fn has_photo(&self, number: u8) -> bool {
        (1..=self.photos).contains(&number)
    }

    pub(crate) fn has_video(&self) -> bool {
        self.video
    }

    pub(crate) fn undecided(&self, now: Timestamp) -> bool {
        self.view(now).status == 0
    }

    fn json(&self, now: Timestamp) -> Value {
        let view = self.view(now);
        let (id, product) = (self.id, &self.bought.product);
        let photos: Vec<String> =
            (1..=self.photos).map(|number| format!("//photos.wbstatic.net/claim/{id}/{number}.webp")).collect();
        let videos: Vec<String> =
            self.video.then(|| format!("//video.wbstatic.net/claim/{id}/1.mp4")).into_iter().collect();
        json!({
            "id": id,
            "claim_type": self.kind,
            "status": view.status,
            "status_ex": view.status_ex,
            "nm_id": product.nm_id,
            "user_comment": self.comment,
            "wb_comment": view.reply,
            "dt": naive_moscow(self.filed),
            "imt_name": (!self.nameless).then_some(product.good.name),
            "order_dt": whole(self.bought.at),
            "dt_update": naive_moscow(view.updated),
            "photos": photos,
            "video_paths": videos,
            "actions": view.actions,
            "price": product.good.price,
            "currency_code": "643",
            "srid": self.bought.srid,
            "origin_id_info": self.check,
            "delivery_dt": whole(self.delivered),
        })
    }
}

/// Order and delivery have whole seconds; their zone is nowhere stated.
fn whole(at: Timestamp) -> String {
    naive_moscow(Timestamp::from_second(at.as_second()).unwrap_or(at))
}
