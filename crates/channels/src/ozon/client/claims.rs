//! Returns, return requests and cancellation requests.

use dragoman_domain::Timestamp;
use dragoman_domain::offer::Act;
use dragoman_domain::outgoing::Sent;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Client, done, number};
use crate::Failure;
use crate::limits::Priority;
use crate::ozon::feature::Feature;
use crate::ozon::wire::claims as wire;

pub(in crate::ozon) const RETURNS: &str = "/v1/returns/list";
pub(in crate::ozon) const RFBS_LIST: &str = "/v2/returns/rfbs/list";
pub(in crate::ozon) const RFBS_GET: &str = "/v2/returns/rfbs/get";
const RFBS_ACTION: &str = "/v1/returns/rfbs/action/set";
pub(in crate::ozon) const CANCELLATIONS: &str = "/v2/conditional-cancellation/list";
const APPROVE: &str = "/v2/conditional-cancellation/approve";
const REJECT: &str = "/v2/conditional-cancellation/reject";

/// Rows of one page, the most that is documented.
pub(in crate::ozon) const PAGE: u32 = 500;

#[derive(Serialize)]
struct ReturnsRequest<'a> {
    filter: ReturnFilter<'a>,
    limit: u32,
    last_id: Box<RawValue>,
}

#[derive(Serialize)]
struct ReturnFilter<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    visual_status_change_moment: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting_numbers: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
struct Period {
    time_from: Timestamp,
    time_to: Timestamp,
}

#[derive(Serialize)]
struct RfbsRequest {
    filter: RfbsFilter,
    limit: u32,
    last_id: Box<RawValue>,
}

#[derive(Serialize)]
struct RfbsFilter {
    group_state: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<CreatedAt>,
}

#[derive(Serialize)]
struct CreatedAt {
    from: Timestamp,
    to: Timestamp,
}

#[derive(Serialize)]
struct RfbsOne {
    return_id: Box<RawValue>,
}

#[derive(Serialize)]
struct RfbsAction<'a> {
    return_id: Box<RawValue>,
    id: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason_id: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compensation_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_for_back_way: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct CancellationsRequest<'a> {
    filters: CancellationFilter<'a>,
    limit: u32,
    last_id: Box<RawValue>,
}

#[derive(Serialize)]
struct CancellationFilter<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    posting_number: Option<[&'a str; 1]>,
    state: &'static str,
}

#[derive(Serialize)]
struct Decision<'a> {
    cancellation_id: Box<RawValue>,
    comment: &'a str,
}

impl Client {
    /// A page of returns whose status changed in a period, or those of one posting.
    pub(in crate::ozon) async fn returns(
        &self,
        period: Option<(Timestamp, Timestamp)>,
        posting: Option<&str>,
        last_id: &str,
    ) -> Result<wire::ReturnList, Failure> {
        let visual_status_change_moment = period.map(|(time_from, time_to)| Period { time_from, time_to });
        let filter = ReturnFilter { visual_status_change_moment, posting_numbers: posting.map(|posting| [posting]) };
        let request = ReturnsRequest { filter, limit: PAGE, last_id: place(last_id)? };
        Ok(self.read(Feature::Returns, Priority::Read, RETURNS, &request).await?.json()?)
    }

    pub(in crate::ozon) async fn rfbs_returns(
        &self,
        groups: &'static [&'static str],
        period: Option<(Timestamp, Timestamp)>,
        last_id: &str,
    ) -> Result<wire::RfbsList, Failure> {
        let created_at = period.map(|(from, to)| CreatedAt { from, to });
        let filter = RfbsFilter { group_state: groups, created_at };
        let request = RfbsRequest { filter, limit: PAGE, last_id: place(last_id)? };
        Ok(self.read(Feature::RfbsReturns, Priority::Read, RFBS_LIST, &request).await?.json()?)
    }

    pub(in crate::ozon) async fn rfbs_return(&self, id: &str) -> Result<wire::RfbsOne, Failure> {
        let return_id = number(id).ok_or(Failure::NotFound)?;
        Ok(self.read(Feature::RfbsReturns, Priority::Read, RFBS_GET, &RfbsOne { return_id }).await?.json()?)
    }

    /// Takes up an action of a return request; `None` if a value is no number where one is needed.
    pub(in crate::ozon) async fn act_on_return(&self, id: &str, act: &Act) -> Option<Sent> {
        let given = |field: &str| act.fields.get(field).map(|value| value.trim()).filter(|value| !value.is_empty());
        let amount = |field: &str| given(field).map(decimal).transpose();
        let request = RfbsAction {
            return_id: number(id)?,
            id: integer(&act.name)?,
            comment: given("comment"),
            rejection_reason_id: given("rejection_reason_id").map(|id| integer(id).ok_or(())).transpose().ok()?,
            compensation_amount: amount("compensation_amount").ok()?,
            return_for_back_way: amount("return_for_back_way").ok()?,
        };
        let sent = self.send(RFBS_ACTION, &request).await;
        Some(self.outcome(sent, done))
    }

    pub(in crate::ozon) async fn cancellations(
        &self,
        state: &'static str,
        posting: Option<&str>,
        last_id: &str,
    ) -> Result<wire::CancellationList, Failure> {
        let filters = CancellationFilter { posting_number: posting.map(|posting| [posting]), state };
        let request = CancellationsRequest { filters, limit: PAGE, last_id: place(last_id)? };
        Ok(self.read(Feature::Cancellations, Priority::Read, CANCELLATIONS, &request).await?.json()?)
    }

    /// Decides a cancellation request; `None` for an action or number that cannot be.
    pub(in crate::ozon) async fn decide_cancellation(&self, id: &str, act: &Act) -> Option<Sent> {
        let path = match act.name.as_str() {
            "approve" => APPROVE,
            "reject" => REJECT,
            _ => return None,
        };
        let comment = act.fields.get("comment").map(|comment| comment.trim()).unwrap_or_default();
        let sent = self.send(path, &Decision { cancellation_id: number(id)?, comment }).await;
        Some(self.outcome(sent, done))
    }
}

/// A place in a list: a number, zero at the beginning.
fn place(last_id: &str) -> Result<Box<RawValue>, Failure> {
    let digits = if last_id.is_empty() { "0" } else { last_id };
    number(digits).ok_or_else(|| Failure::Refused { why: "the platform's place in the list is no number".to_owned() })
}

/// A whole number that may be below zero.
fn integer(text: &str) -> Option<Box<RawValue>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    number(digits)?;
    RawValue::from_string(text.to_owned()).ok()
}

/// A decimal without a loss.
fn decimal(text: &str) -> Result<Box<RawValue>, ()> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { RawValue::from_string(text.to_owned()).map_err(drop) } else { Err(()) }
}
