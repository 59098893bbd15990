//! What the page needs to know before anything else.

use axum::Json;
use axum::extract::State;
use dragoman_engine::Engine;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, Scene};
use crate::principal::Permission;
use crate::route::read;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[], routes!(get_home)))
}

#[derive(Serialize, ToSchema)]
struct Home {
    /// Version of the program.
    version: &'static str,
    /// Simulated platforms and invented buyers; screens are striped.
    demo: bool,
    /// The instant by the home's clock, which deadlines are counted by.
    now: Timestamp,
}

/// What this home is.
#[utoipa::path(get, path = "/api/home", tag = "home", responses((status = 200, body = Home)))]
async fn get_home(State(engine): State<Engine>, State(scene): State<Scene>) -> Json<Home> {
    Json(Home { version: env!("CARGO_PKG_VERSION"), demo: scene == Scene::Demo, now: engine.now() })
}
