//! The stream of the portal's news, as notices.

use dragoman_domain::incoming::{Cursor, Page};
use jiff::SignedDuration;
use jiff::tz::{TimeZone, offset};
use serde::{Deserialize, Serialize};

use super::client::{Api, NewsSince};
use super::map;
use super::page::{read_cursor, write_cursor};
use crate::Failure;
use crate::lenient::each;

/// Name of the stream.
pub(super) const STREAM: &str = "news";

/// Rows of a full page (specification of 2026-04-13).
const PAGE: usize = 100;

/// Where the stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Number of the newest that was read.
    newest: Option<u64>,
}

/// One step: one call.
pub(super) async fn step(api: &Api, cursor: &Cursor, first_days: u64) -> Result<Page, Failure> {
    let State { newest } = read_cursor(cursor).unwrap_or_default();
    let since = match newest {
        Some(number) => NewsSince::Number(number),
        None => {
            let hours = i64::try_from(first_days.min(36_500)).unwrap_or_default() * 24;
            let from = api.clock.now().saturating_sub(SignedDuration::from_hours(hours)).unwrap_or_default();
            NewsSince::Day(from.to_zoned(TimeZone::fixed(offset(3))).date().to_string())
        }
    };
    let rows = api.news(&since).await?;
    let (read, unreadable) = each(STREAM, "id", &rows, map::news::notice);
    let latest = read.iter().map(|(number, _)| *number).max().max(newest);
    // Whether the number asked for is among them is not documented; a full page without anything newer is the end in any case.
    let more = rows.len() >= PAGE && latest > newest;
    let conversations =
        read.into_iter().filter(|(number, _)| Some(*number) != newest).map(|(_, notice)| notice).collect();
    Ok(Page { conversations, unreadable, next: write_cursor(&State { newest: latest }), more, ..Page::default() })
}
