//! How our types lie in columns: instants as Unix milliseconds, enumerations as their words, the rest of a record as JSON.

use std::str::FromStr;

use dragoman_domain::Timestamp;
use dragoman_domain::text::UnknownWord;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::de::DeserializeOwned;

/// `due_at` of a conversation that no rule covers: later than everything.
pub(crate) const NEVER: i64 = i64::MAX;

/// The instant as stored; what is finer than a millisecond is dropped.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The same, rounded up: who is woken at this instant never finds that it has not come yet.
pub(crate) fn millis_up(at: Timestamp) -> i64 {
    let whole = at.as_millisecond();
    if at.subsec_nanosecond() % 1_000_000 == 0 { whole } else { whole.saturating_add(1) }
}

/// The instant of a stored number, at the end of time if there is no such instant.
pub(crate) fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Reads an instant.
pub(crate) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(instant)
}

/// Reads an instant that may be missing.
pub(crate) fn time_if_any(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(instant))
}

/// Reads one of an enumeration's words.
pub(crate) fn word<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let word = row.get_ref(index)?.as_str()?;
    word.parse().map_err(|cause| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(cause)))
}

/// Reads one of an enumeration's words; empty = none.
pub(crate) fn word_if_any<T: FromStr<Err = UnknownWord>>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    if row.get_ref(index)?.as_str()?.is_empty() { Ok(None) } else { word(row, index).map(Some) }
}

/// Reads a record kept as JSON; empty = none.
pub(crate) fn json_if_any<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    if row.get_ref(index)?.as_str()?.is_empty() { Ok(None) } else { json(row, index).map(Some) }
}

/// Reads a record kept as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|cause| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(cause)))
}
