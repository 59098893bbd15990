//! What changes, as a stream. An event says which cached reads are stale and carries ids, never a buyer's words.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as SseEvent, KeepAlive};
use dragoman_engine::{Engine, Event, Tag};
use futures::{Stream, StreamExt};
use serde::Serialize;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::principal::Permission;
use crate::route::read;

/// Shorter than any idle limit on the way.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[], routes!(follow_events)))
}

#[derive(Serialize)]
struct Change {
    #[serde(flatten)]
    event: Event,
    tags: &'static [Tag],
}

impl From<Event> for Change {
    fn from(event: Event) -> Self {
        Self { tags: event.tags(), event }
    }
}

/// What changes from now on, as server-sent events named `change`, with a comment every 15 s.
///
/// The data is an object with `type`, `tags` (the cached reads that are stale) and ids. Type `behind` means that events
/// were missed: read everything again. The stream does not end by itself.
#[utoipa::path(get, path = "/api/events", tag = "events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn follow_events(State(engine): State<Engine>) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let changes = BroadcastStream::new(engine.events()).filter_map(async |received| {
        let event = match received {
            Ok(event) => event,
            Err(BroadcastStreamRecvError::Lagged(_)) => Event::Behind,
        };
        // Plain data: cannot fail to become JSON.
        SseEvent::default().event("change").json_data(Change::from(event)).ok().map(Ok)
    });
    Sse::new(changes).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}
