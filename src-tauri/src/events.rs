//! What changes, told to the page over a channel, because the scheme cannot stream.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dragoman_api::Problem;
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use tauri::ipc::Channel;

use crate::household::Household;

/// Between two attempts to hear an owner that does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What the page is told.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Told {
    /// Cached reads became stale.
    Changed {
        /// Their names.
        tags: Vec<String>,
    },
    /// Whether the program behind the page can be heard.
    Connected {
        /// Yes or no.
        there: bool,
    },
    /// Show another place.
    Go {
        /// Its address after the `#`.
        place: String,
    },
}

/// The page that listens; a page that was loaded again takes the place of its predecessor.
#[derive(Default)]
pub(crate) struct Listener {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    there: bool,
    page: Option<Channel<Told>>,
    /// A place that was asked for before any page listened.
    next: Option<String>,
}

impl Listener {
    /// Tells this page from now on, and how things stand first.
    pub(crate) fn take(&self, page: Channel<Told>) {
        self.with(|state| {
            state.page = Some(page);
            state.tell(Told::Connected { there: state.there });
            if let Some(place) = state.next.take() {
                state.tell(Told::Go { place });
            }
        });
    }

    /// Leads the page to a place, now or as soon as it listens.
    pub(crate) fn go(&self, place: String) {
        self.with(|state| match state.page {
            Some(_) => state.tell(Told::Go { place }),
            None => state.next = Some(place),
        });
    }

    fn changed(&self, tags: Vec<String>) {
        self.with(|state| state.tell(Told::Changed { tags }));
    }

    fn connected(&self, there: bool) {
        self.with(|state| {
            if state.there != there {
                state.there = there;
                state.tell(Told::Connected { there });
            }
        });
    }

    fn with(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl State {
    fn tell(&self, what: Told) {
        if let Some(page) = &self.page
            && let Err(error) = page.send(what)
        {
            tracing::warn!(%error, "the page was not told");
        }
    }
}

/// Passes on what changes, for as long as the window is there. An owner that ends is followed by the next one, which may be us.
pub(crate) async fn follow(household: Arc<Household>, listener: Arc<Listener>) {
    loop {
        if let Err(problem) = hear(&household, &listener).await {
            tracing::info!(code = problem.code.word(), "changes cannot be heard: {}", problem.message);
        }
        listener.connected(false);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the stream ends.
async fn hear(household: &Household, listener: &Listener) -> Result<(), Problem> {
    let api = household.api().await?;
    let heard = async {
        let mut changes = std::pin::pin!(api.stream("/api/events").await?);
        listener.connected(true);
        while let Some(change) = changes.next().await {
            listener.changed(tags(&change?));
        }
        Ok(())
    };
    let ended = heard.await;
    household.forget(&api).await;
    ended
}

fn tags(change: &Value) -> Vec<String> {
    let tags = change.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    tags.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_is_told_tags_and_nothing_else() {
        assert_eq!(tags(&json!({ "type": "sync", "shop": 1, "tags": ["shops", "inbox"] })), ["shops", "inbox"]);
        assert_eq!(tags(&json!({ "type": "news" })), [""; 0]);
        let told = serde_json::to_value(Told::Changed { tags: vec!["inbox".to_owned()] }).unwrap();
        assert_eq!(told, json!({ "type": "changed", "tags": ["inbox"] }));
        assert_eq!(
            serde_json::to_value(Told::Connected { there: true }).unwrap(),
            json!({ "type": "connected", "there": true })
        );
    }
}
