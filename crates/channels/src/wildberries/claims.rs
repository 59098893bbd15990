//! The streams of return claims: those under review, which end in a sweep, and the archive. The platform shows 14 days of both.

use dragoman_domain::incoming::{Cursor, Page};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Api;
use super::map;
use super::page::{read_cursor, write_cursor};
use crate::Failure;
use crate::lenient::each;

/// Name of the stream of claims under review.
pub(super) const OPEN: &str = "claims_open";
/// Name of the stream of decided claims.
pub(super) const ARCHIVE: &str = "claims_archive";

/// Rows of a page; the most the platform gives.
const PAGE: u32 = 200;
/// Rows that two pages share: a claim decided while we count moves the rest up.
const OVERLAP: u32 = 20;
/// A shop with more claims in 14 days than this is one whose pages never end.
const DEEPEST: u32 = 100_000;

/// Where a stream stands; `None` between two passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    pass: Option<Pass>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pass {
    started: Timestamp,
    offset: u32,
}

/// One step: one call.
pub(super) async fn step(api: &Api, archive: bool, cursor: &Cursor) -> Result<Page, Failure> {
    let stream = if archive { ARCHIVE } else { OPEN };
    let state: State = read_cursor(cursor).unwrap_or_default();
    let Pass { started, offset } = state.pass.unwrap_or(Pass { started: api.clock.now(), offset: 0 });
    let list = api.claims(archive, PAGE, offset).await?;
    let terms = api.terms();
    let (conversations, unreadable) = each(stream, "id", &list.claims, |raw| map::claim::claim(raw, &terms));
    let rows = u32::try_from(list.claims.len()).unwrap_or(u32::MAX);
    let met = u64::from(offset) + u64::from(rows);
    let total = list.total.map(|count| count.0);
    // A page may come short of what the platform itself counts; an empty one is the end.
    let more = rows > 0 && total.map_or(rows >= PAGE, |total| met < total);
    if more && offset > DEEPEST {
        return Err(Failure::Endless { why: "Wildberries' list of claims does not end".to_owned() });
    }
    let onwards = rows.saturating_sub(OVERLAP).clamp(1, PAGE - OVERLAP);
    let pass = more.then(|| Pass { started, offset: offset.saturating_add(onwards) });
    let left = total.map(|total| total.saturating_sub(met).div_ceil(u64::from(PAGE - OVERLAP)));
    let sweep = (!more && !archive).then_some(started);
    let next = write_cursor(&State { pass });
    Ok(Page { conversations, unreadable, next, more, sweep, left, ..Page::default() })
}
