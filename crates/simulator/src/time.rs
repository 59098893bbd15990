//! Arithmetic on virtual time that cannot overflow.

use jiff::{SignedDuration, Timestamp};

/// `at` plus `duration`, held at the ends of the calendar.
pub(crate) fn after(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_add(duration).unwrap_or(if duration.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at` plus a number of seconds that came from a plan or a request.
pub(crate) fn after_seconds(at: Timestamp, seconds: f64) -> Timestamp {
    after(at, duration(seconds))
}

/// A number of seconds as a duration; what is not a number counts as zero.
pub(crate) fn duration(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO)
}
