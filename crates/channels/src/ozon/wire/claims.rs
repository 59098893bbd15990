//! Returns and cancellation requests. Shapes of Seller API 2.1, state of September 2026. Buyers' names, which some of them carry,
//! have no field here.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Items, Pictures, items};
use crate::lenient::{Count, Flag, Id, Moment, soft};

/// A list that is declared as an object, shown as an array, and sent as either; `null` is an empty one.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Items, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    match raw.get().bytes().next() {
        Some(b'{') => Ok(vec![raw]),
        Some(b'[' | b'n') => serde_json::from_str::<Option<Items>>(raw.get())
            .map(Option::unwrap_or_default)
            .map_err(serde::de::Error::custom),
        _ => Err(serde::de::Error::custom("neither a list nor an object")),
    }
}

/// `/v1/returns/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct ReturnList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) returns: Items,
    #[serde(default)]
    pub(in crate::ozon) has_next: Flag,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Return {
    pub(in crate::ozon) id: Id,
    #[serde(default, rename = "type", deserialize_with = "soft")]
    pub(in crate::ozon) kind: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) return_reason_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) order_number: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) posting_number: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) product: Option<Goods>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) visual: Option<Visual>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) logistic: Option<Logistic>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Goods {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) sku: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) offer_id: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) name: Option<String>,
    /// A number with the currency beside it, or an object that holds both.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) price: Option<Price>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) currency_code: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) quantity: Option<Count>,
}

/// An amount in either of its shapes.
pub(in crate::ozon) struct Price {
    pub(in crate::ozon) amount: Id,
    pub(in crate::ozon) currency: Option<String>,
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Both {
            price: Id,
            #[serde(default, deserialize_with = "soft")]
            currency_code: Option<String>,
        }
        let raw = Box::<RawValue>::deserialize(from)?;
        let read = if raw.get().starts_with('{') {
            serde_json::from_str(raw.get()).map(|Both { price, currency_code }| (price, currency_code))
        } else {
            serde_json::from_str(raw.get()).map(|amount| (amount, None))
        };
        read.map(|(amount, currency)| Self { amount, currency }).map_err(serde::de::Error::custom)
    }
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Visual {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) status: Option<VisualStatus>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) change_moment: Option<Moment>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct VisualStatus {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) display_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) sys_name: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Logistic {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) technical_return_moment: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) return_date: Option<Moment>,
}

/// `/v2/returns/rfbs/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct RfbsList {
    #[serde(deserialize_with = "one_or_many")]
    pub(in crate::ozon) returns: Items,
}

/// `/v2/returns/rfbs/get`
#[derive(Deserialize)]
pub(in crate::ozon) struct RfbsOne {
    #[serde(deserialize_with = "one_or_many")]
    pub(in crate::ozon) returns: Items,
}

/// A return request of the list, or in full.
#[derive(Deserialize)]
pub(in crate::ozon) struct Rfbs {
    /// Absent when it was asked for by its number.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) return_id: Option<Id>,
    pub(in crate::ozon) created_at: Moment,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) return_number: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) order_number: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) product: Option<Goods>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) state: Option<RfbsState>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) comment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) rejection_comment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) return_reason: Option<Named>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) client_photo: Option<Pictures>,
    /// Only in full.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) available_actions: Option<Vec<Action>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) rejection_reason: Option<Vec<RejectionReason>>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct RfbsState {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) group_state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) state_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) money_return_state_name: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Named {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) name: Option<String>,
}

/// An action; an official example wraps each in `action`.
pub(in crate::ozon) struct Action {
    pub(in crate::ozon) id: Id,
    pub(in crate::ozon) name: Option<String>,
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(default, deserialize_with = "soft")]
            id: Option<Id>,
            #[serde(default, deserialize_with = "soft")]
            name: Option<String>,
            #[serde(default, deserialize_with = "soft")]
            action: Option<Box<RawValue>>,
        }
        let mut fields = Fields::deserialize(from)?;
        if let Some(inner) = fields.action.take() {
            fields = serde_json::from_str(inner.get()).map_err(serde::de::Error::custom)?;
        }
        let id = fields.id.ok_or_else(|| serde::de::Error::missing_field("id"))?;
        Ok(Self { id, name: fields.name })
    }
}

#[derive(Deserialize)]
pub(in crate::ozon) struct RejectionReason {
    pub(in crate::ozon) id: Id,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) is_comment_required: Option<Flag>,
}

/// `/v2/conditional-cancellation/list`
#[derive(Deserialize)]
pub(in crate::ozon) struct CancellationList {
    #[serde(deserialize_with = "items")]
    pub(in crate::ozon) result: Items,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) last_id: Option<Id>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct Cancellation {
    pub(in crate::ozon) cancellation_id: Id,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) posting_number: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) state: Option<CancellationState>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) cancellation_reason: Option<Named>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) cancellation_reason_message: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) cancelled_at: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) order_date: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) auto_approve_date: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) approve_date: Option<Moment>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) approve_comment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) cancellation_initiator: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::ozon) struct CancellationState {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::ozon) state: Option<String>,
}
