//! Whether the page came to life. Some systems show a blank web view, without any error, for want of a graphics driver.

use std::time::Duration;

use tokio::sync::Notify;

/// How long a page may take to be drawn before the person is asked; starting takes about half a second where all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The page's sign of life.
#[derive(Default)]
pub(crate) struct Alive {
    sign: Notify,
}

impl Alive {
    /// The page says that it is drawn.
    pub(crate) fn seen(&self) {
        self.sign.notify_one();
    }

    /// Waits for the sign; false if it does not come.
    pub(crate) async fn in_time(&self, patience: Duration) -> bool {
        tokio::time::timeout(patience, self.sign.notified()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sign_that_came_before_anybody_waited_counts() {
        let alive = Alive::default();
        alive.seen();
        assert!(alive.in_time(Duration::ZERO).await);
    }

    #[tokio::test]
    async fn no_sign_is_noticed() {
        assert!(!Alive::default().in_time(Duration::ZERO).await);
    }
}
