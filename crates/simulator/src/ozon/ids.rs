//! Message ids: 19 digits, now and then 20, as a number or as a string.

use jiff::Timestamp;
use serde_json::{Value, json, value::RawValue};
use uuid::Uuid;

use crate::world::dice::Dice;

/// 128 bits, because an official example has a 20-digit id that overflows 64.
pub(crate) type MessageId = u128;

const BASE: MessageId = 3_000_000_000_000_000_000;
/// 2020-01-01T00:00:00Z in seconds.
const EPOCH: i64 = 1_577_836_800;

/// An id that grows with time; `salt` keeps messages of one moment apart.
pub(crate) fn at(moment: Timestamp, salt: usize) -> MessageId {
    let microseconds = (moment.as_microsecond() - EPOCH * 1_000_000).unsigned_abs();
    BASE + MessageId::from(microseconds) * 4_096 + (salt % 4_096) as MessageId
}

const OVERSIZE: MessageId = 30_000_000_000_000_000_000;

/// The twenty-digit form of an id.
pub(crate) fn oversized(id: MessageId) -> MessageId {
    id + OVERSIZE
}

/// Where an id belongs among those of other chats: twenty digits make no message newer.
pub(crate) fn rank(id: MessageId) -> MessageId {
    if id > OVERSIZE { id - OVERSIZE } else { id }
}

/// A UUID that grows with time, as those of questions, answers, reviews and comments do.
pub(crate) fn uuid_at(moment: Timestamp, dice: &mut Dice) -> String {
    let (upper, lower) = dice.uuid().as_u64_pair();
    let milliseconds = moment.as_millisecond().unsigned_abs();
    Uuid::from_u64_pair(milliseconds << 16 | 0x7000 | upper & 0x0fff, lower).to_string()
}

/// A moment as questions and reviews tell it, so that filters by what was told find it again.
pub(crate) fn told(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}

/// A counter or a number that some shops write as text.
pub(crate) fn counted(number: impl Into<i64>, as_text: bool) -> Value {
    let number = number.into();
    if as_text { json!(number.to_string()) } else { json!(number) }
}

/// An id as the shop's answers spell it; what does not fit into 64 bits is always text.
pub(crate) fn json(id: MessageId, as_text: bool) -> Value {
    match u64::try_from(id) {
        Ok(id) if !as_text => json!(id),
        _ => json!(id.to_string()),
    }
}

/// Reads an id of any length from a number or a string, digit by digit.
pub(crate) fn read(raw: &RawValue) -> Option<MessageId> {
    raw.get().trim_matches('"').parse().ok()
}
