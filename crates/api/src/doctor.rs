//! What a person should mend.

use axum::Json;
use axum::extract::State;
use dragoman_engine::Engine;
use dragoman_engine::doctor::Finding as EngineFinding;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::read;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Home, &[], routes!(examine)))
}

/// All that was looked at.
#[derive(Serialize, ToSchema)]
struct Findings {
    rows: Vec<Finding>,
}

/// The outcome of one check.
#[derive(Serialize, ToSchema)]
struct Finding {
    /// What was looked at.
    check: &'static str,
    /// Nothing to do.
    ok: bool,
    /// What was found.
    text: String,
    /// What to do, empty when nothing.
    action: String,
}

impl From<EngineFinding> for Finding {
    fn from(EngineFinding { check, ok, text, action }: EngineFinding) -> Self {
        Self { check, ok, text, action }
    }
}

/// Looks at everything the program depends on.
#[utoipa::path(get, path = "/api/doctor", tag = "home", responses((status = 200, body = Findings)))]
async fn examine(State(engine): State<Engine>) -> Result<Json<Findings>, Problem> {
    Ok(Json(Findings { rows: engine.doctor().await?.into_iter().map(Finding::from).collect() }))
}
