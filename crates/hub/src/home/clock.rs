//! The clock everything reads and waits by.

use std::sync::Arc;

use dragoman_api::{ErrorCode, Problem};
use dragoman_channels::clock::{Clock, RemoteClock, SystemClock};
use dragoman_channels::http::is_loopback;
use dragoman_engine::Engine;
use dragoman_engine::shops::IMPORTED;
use url::Url;

/// Names a simulator's clock.
const VARIABLE: &str = "DRAGOMAN_CLOCK";

/// The machine's clock, or the simulator's that `DRAGOMAN_CLOCK` names.
///
/// # Errors
/// [`ErrorCode::Invalid`] if that clock does not answer.
pub async fn choose() -> Result<Arc<dyn Clock>, Problem> {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => match RemoteClock::connect(&url).await {
            Ok(clock) => Ok(Arc::new(clock)),
            Err(error) => Err(refused(error.to_string())),
        },
        _ => Ok(Arc::new(SystemClock::default())),
    }
}

/// Whether time is simulated.
fn is_simulated() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|url| !url.is_empty())
}

/// Refuses simulated time for a home with a shop on a real platform: its deadlines and pauses would be made up.
///
/// # Errors
/// [`ErrorCode::Invalid`] that names the shop.
pub async fn allow(engine: &Engine) -> Result<(), Problem> {
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
///
/// # Errors
/// As [`allow`].
pub fn allow_base(base_url: Option<&str>) -> Result<(), Problem> {
    if is_simulated() && !is_local(base_url) {
        return Err(refused("a shop on a real platform cannot be connected in simulated time".to_owned()));
    }
    Ok(())
}

fn is_local(base_url: Option<&str>) -> bool {
    base_url.and_then(|url| Url::parse(url).ok()).is_some_and(|url| is_loopback(&url))
}

fn refused(why: String) -> Problem {
    Problem::new(ErrorCode::Invalid, format!("{VARIABLE}: {why}")).with("field", VARIABLE).with("why", why)
}
