//! How people are told instants.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An instant as people here read it.
pub(crate) fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Time left until an instant, in its two largest units.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> String {
    let minutes = until.duration_since(now).as_mins();
    let (late, minutes) = (minutes < 0, minutes.unsigned_abs());
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let span = match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest} min"),
        (1..14, _) => format!("{days} d {hours} h"),
        _ => format!("{days} d"),
    };
    if late { format!("{span} late") } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_in_its_two_largest_units() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (until, words) in [
            ("2026-11-22T12:07:30Z", "7 min"),
            ("2026-11-22T15:20:00Z", "3 h 20 min"),
            ("2026-11-24T13:00:00Z", "2 d 1 h"),
            ("2026-12-22T12:00:00Z", "30 d"),
            ("2026-11-22T10:59:00Z", "1 h 1 min late"),
        ] {
            assert_eq!(left(until.parse().unwrap(), now), words);
        }
    }
}
