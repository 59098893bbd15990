//! One Router, one OpenAPI document, one error list.
//!
//! Everything that asks the engine something comes through here: the page, the window, the command line, other programs.
//! A handler takes typed input, calls the engine and maps the answer to a document of its own; it knows neither SQL nor
//! the transport. Who is asking is put into the request by the transport as a [`Principal`]; a request without one is
//! refused, and each route names the permission it needs (`route`). The Router also serves the page (`ui`), so
//! that page and API share one origin and one set of security headers ([`headers`]).

mod app;
mod attachments;
mod conversations;
mod cursor;
mod doctor;
mod erasures;
mod events;
mod extract;
mod fault;
pub mod headers;
mod history;
mod home;
mod jobs;
mod key;
mod labels;
mod language;
mod outbox;
mod pictures;
mod principal;
mod problem;
mod quarantine;
mod route;
mod search;
mod settings;
mod shops;
mod sync;
mod ui;
mod vault;
mod words;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use dragoman_engine::Engine;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use crate::app::Scene;
pub use crate::key::HEADER as KEY_HEADER;
pub use crate::principal::{Permission, Principal};
pub use crate::problem::{ErrorCode, PROBLEM_JSON, Problem};

use crate::app::App;

/// What the document says of itself.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Dragoman",
        description = "The inbox of one home. Lists are keyset pages; every change carries a key; every failure is a problem document.",
    ),
    components(schemas(Problem, ErrorCode))
)]
struct Document;

/// The Router over an engine, page included, and its description.
pub fn router(engine: Engine, scene: Scene) -> (Router, OpenApi) {
    let (routes, document) = routes().split_for_parts();
    let described = document.clone();
    let router = routes
        .route("/api/openapi.json", get(move || async move { Json(described) }))
        .layer(from_fn(deny_by_default))
        .fallback(ui::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Extension(key::Ledger::new(engine.clone())))
        .layer(DefaultBodyLimit::max(extract::BODY_LIMIT))
        .layer(from_fn(headers::layer))
        .with_state(App { engine, jobs: jobs::Jobs::default(), scene });
    (router, document)
}

/// The description of the Router's API.
pub fn document() -> OpenApi {
    routes().split_for_parts().1
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(home::routes())
        .merge(shops::routes())
        .merge(pictures::routes())
        .merge(conversations::routes())
        .merge(attachments::routes())
        .merge(labels::routes())
        .merge(settings::routes())
        .merge(outbox::routes())
        .merge(search::routes())
        .merge(quarantine::routes())
        .merge(sync::routes())
        .merge(history::routes())
        .merge(erasures::routes())
        .merge(jobs::routes())
        .merge(doctor::routes())
        .merge(vault::routes())
        .merge(events::routes())
}

/// No route of the API answers somebody whom no transport let in, whatever it was registered with.
async fn deny_by_default(request: Request, next: Next) -> Response {
    if request.extensions().get::<Principal>().is_none() {
        return Problem::new(ErrorCode::SignedOut, "nobody is signed in").into_response();
    }
    next.run(request).await
}

async fn method_not_allowed() -> Problem {
    Problem::new(ErrorCode::MethodNotAllowed, "this address takes other methods")
}
