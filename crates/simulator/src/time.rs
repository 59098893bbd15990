//! Arithmetic on virtual time that cannot overflow.

use jiff::{SignedDuration, Timestamp, tz};

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

/// A moment on the clocks of Moscow, with their offset.
pub(crate) fn moscow(at: Timestamp) -> String {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(3))).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The same to the microsecond and without the offset, as some methods tell it.
pub(crate) fn naive_moscow(at: Timestamp) -> String {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(3))).strftime("%Y-%m-%dT%H:%M:%S%.f").to_string()
}
