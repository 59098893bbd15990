//! Return claims, as section 09 "Communications" of the public specification has them (2026-10-24).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::lenient::{Count, Id, soft};

/// `GET /api/v1/claims`.
#[derive(Debug, Deserialize)]
pub(in crate::wildberries) struct Claims {
    pub(in crate::wildberries) claims: Vec<Box<RawValue>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) total: Option<Count>,
}

/// One claim. Id, date and standing are what it cannot do without.
#[derive(Debug, Deserialize)]
pub(in crate::wildberries) struct Claim {
    pub(in crate::wildberries) id: Id,
    pub(in crate::wildberries) dt: Moscow,
    /// 0 under review, 1 refused, 2 approved.
    pub(in crate::wildberries) status: Count,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) status_ex: Option<Count>,
    #[serde(default)]
    pub(in crate::wildberries) user_comment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) wb_comment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) dt_update: Option<Moscow>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) nm_id: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) imt_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) photos: Option<Vec<String>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) video_paths: Option<Vec<String>>,
    /// What may be done; absent or odd = nothing is known of it.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) actions: Option<Vec<String>>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) price: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) currency_code: Option<Id>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::wildberries) srid: Option<Id>,
}

/// A local time of Moscow without an offset; one with an offset is taken at its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wildberries) struct Moscow(pub(in crate::wildberries) Timestamp);

impl<'de> Deserialize<'de> for Moscow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let text = text.trim();
        if let Ok(instant) = text.parse() {
            return Ok(Self(instant));
        }
        let local: DateTime = text.parse().map_err(|error| D::Error::custom(format!("no date: {error}")))?;
        let zoned = local.to_zoned(TimeZone::fixed(offset(3))).map_err(D::Error::custom)?;
        Ok(Self(zoned.timestamp()))
    }
}

/// `PATCH /api/v1/claim`.
#[derive(Debug, Serialize)]
pub(in crate::wildberries) struct Decide<'a> {
    pub(in crate::wildberries) id: &'a str,
    pub(in crate::wildberries) action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wildberries) comment: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_moscows() {
        let at = |text: &str| serde_json::from_str::<Moscow>(&format!("{text:?}")).map(|at| at.0.to_string()).ok();
        assert_eq!(at("2025-03-26T17:06:12.245611").unwrap(), "2025-03-26T14:06:12.245611Z");
        assert_eq!(at("2025-03-26T17:06:12").unwrap(), "2025-03-26T14:06:12Z");
        assert_eq!(at("2025-03-26T00:00:00").unwrap(), "2025-03-25T21:00:00Z");
        assert_eq!(at("2025-03-26T17:06:12+05:00").unwrap(), "2025-03-26T12:06:12Z");
        for none in ["", "26.03.2025", "2025-13-01T00:00:00"] {
            assert_eq!(at(none), None, "{none}");
        }
    }
}
