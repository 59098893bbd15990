//! The clock everything reads and waits by, and how people are told its instants.

use std::sync::Arc;

use dragoman_api::{ErrorCode, Problem};
use dragoman_channels::clock::{Clock, RemoteClock, SystemClock};
use dragoman_channels::http::is_loopback;
use dragoman_engine::Engine;
use dragoman_engine::shops::IMPORTED;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::failure::{Failure, Outcome};

/// Names a simulator's clock.
const VARIABLE: &str = "DRAGOMAN_CLOCK";

/// The machine's clock, or the simulator's that `DRAGOMAN_CLOCK` names.
pub(crate) async fn choose() -> Outcome<Arc<dyn Clock>> {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => match RemoteClock::connect(&url).await {
            Ok(clock) => Ok(Arc::new(clock)),
            Err(error) => Err(refused(error.to_string())),
        },
        _ => Ok(Arc::new(SystemClock::default())),
    }
}

/// Whether time is simulated.
pub(crate) fn is_simulated() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|url| !url.is_empty())
}

/// Refuses simulated time for a home with a shop on a real platform: its deadlines and pauses would be made up.
pub(crate) async fn allow(engine: &Engine) -> Outcome {
    if !is_simulated() {
        return Ok(());
    }
    for view in engine.shops().await? {
        if view.shop.pause != IMPORTED && !is_local(view.shop.base_url.as_deref()) {
            return Err(refused(format!(
                "shop {} is not on this machine: simulated time is for simulated platforms only",
                view.shop.id
            )));
        }
    }
    Ok(())
}

/// The same for a shop that is about to be connected.
pub(crate) fn allow_base(base_url: Option<&str>) -> Outcome {
    if is_simulated() && !is_local(base_url) {
        return Err(refused("a shop on a real platform cannot be connected in simulated time".to_owned()));
    }
    Ok(())
}

fn is_local(base_url: Option<&str>) -> bool {
    base_url.and_then(|url| Url::parse(url).ok()).is_some_and(|url| is_loopback(&url))
}

fn refused(why: String) -> Failure {
    Problem::new(ErrorCode::Invalid, format!("{VARIABLE}: {why}")).with("field", VARIABLE).with("why", why).into()
}

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
