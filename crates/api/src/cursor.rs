//! Places in lists as opaque words: base64url of JSON, made and read only here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{ErrorCode, Problem};

/// Longest cursor that is read, in bytes; ours are far shorter.
const LIMIT: usize = 512;

pub(crate) fn write<T: Serialize>(place: &T) -> Result<String, Problem> {
    let json = serde_json::to_vec(place).map_err(|error| Problem::new(ErrorCode::Internal, error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

pub(crate) fn read<T: DeserializeOwned>(word: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(word) = word else { return Ok(None) };
    let place = (word.len() <= LIMIT)
        .then(|| URL_SAFE_NO_PAD.decode(word).ok())
        .flatten()
        .and_then(|json| serde_json::from_slice(&json).ok());
    match place {
        Some(place) => Ok(Some(place)),
        None => Err(Problem::new(ErrorCode::BadCursor, "this cursor was not made by this list").with("where", "query")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_cursor_comes_back_and_anything_else_is_refused() {
        let word = write(&(7_i64, 8_i64)).unwrap();
        assert_eq!(read::<(i64, i64)>(Some(&word)).unwrap(), Some((7, 8)));
        assert_eq!(read::<(i64, i64)>(None).unwrap(), None);
        for bad in ["", "!", "AAAA", "bnVsbA", &"A".repeat(10_000)] {
            assert_eq!(read::<(i64, i64)>(Some(bad)).unwrap_err().code, ErrorCode::BadCursor, "{bad}");
        }
    }
}
