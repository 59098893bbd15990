//! The list of claims.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Claim;
use crate::{
    platform::{Answer, Call},
    time::after,
    wildberries::{errors, shop::Shop},
};

/// How far back the list reaches (specification, 2026-10).
const REACH: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What may be asked for.
struct Query {
    archive: bool,
    id: Option<String>,
    nm_id: Option<i64>,
    limit: usize,
    offset: usize,
}

impl Query {
    fn read(call: &Call) -> Result<Self, String> {
        let malformed = |name: &str| format!("Failed to deserialize query string: {name}: invalid value");
        let number = |name: &str, usual: usize| match call.query(name) {
            None => Ok(usual),
            Some(text) => text.parse().map_err(|_| malformed(name)),
        };
        let archive =
            call.query("is_archive").ok_or("Failed to deserialize query string: missing field `is_archive`")?;
        let limit = number("limit", 50)?;
        if !(1..=200).contains(&limit) {
            return Err(malformed("limit"));
        }
        let nm_id = call.query("nm_id").map(|text| text.parse().map_err(|_| malformed("nm_id"))).transpose()?;
        Ok(Self {
            archive: archive.parse().map_err(|_| malformed("is_archive"))?,
            id: call.query("id").map(ToOwned::to_owned),
            nm_id,
            limit,
            offset: number("offset", 0)?,
        })
    }

    fn fits(&self, claim: &Claim, now: Timestamp) -> bool {
        claim.filed > after(now, -REACH)
            && claim.undecided(now) != self.archive
            && self.id.as_ref().is_none_or(|id| *id == claim.id.to_string())
            && self.nm_id.is_none_or(|nm_id| claim.bought.product.nm_id == nm_id)
    }
}

/// `GET /api/v1/claims`: the claims of fourteen days, newest first.
pub(crate) fn list(shop: &Shop, call: &Call) -> Answer {
    let query = match Query::read(call) {
        Ok(query) => query,
        Err(detail) => return errors::returns(call, StatusCode::BAD_REQUEST, "Invalid query params", &detail),
    };
    let found: Vec<&Claim> = shop.claims.iter().filter(|claim| query.fits(claim, call.at)).collect();
    let page: Vec<Value> = found.iter().skip(query.offset).take(query.limit).map(|claim| claim.json(call.at)).collect();
    Answer::ok(json!({ "claims": page, "total": found.len() }))
}
