//! What a platform sent and we could not read.

use axum::Json;
use axum::extract::State;
use dragoman_domain::QuarantineId;
use dragoman_engine::{Engine, Tag};
use dragoman_store::quarantine::Quarantined;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::cursor;
use crate::extract::{ById, Path, Query, rows};
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::read;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[Tag::Quarantine], routes!(list_quarantine))).routes(read(
        Permission::Read,
        &[Tag::Quarantine],
        routes!(get_quarantined),
    ))
}

/// What could not be read.
#[derive(Serialize, ToSchema)]
struct Quarantine {
    /// Newest first.
    rows: Vec<Item>,
    /// Where the next page begins; null at the end.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// The `next` of the page before.
    after: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// An item that could not be read; it is tried again whenever it comes by.
#[derive(Serialize, ToSchema)]
#[schema(as = QuarantinedItem)]
struct Item {
    id: i64,
    shop: i64,
    stream: String,
    /// The platform's id when it could be made out, else a hash of the text.
    remote_id: String,
    /// What was wrong.
    cause: String,
    /// As the platform sent it.
    raw: String,
    first_at: Timestamp,
    last_at: Timestamp,
    /// How often it came by.
    #[schema(minimum = 1)]
    times: u32,
}

impl From<Quarantined> for Item {
    fn from(Quarantined { id, shop, item, first_at, last_at, times }: Quarantined) -> Self {
        Self {
            id: id.0,
            shop: shop.0,
            stream: item.stream,
            remote_id: item.remote_id,
            cause: item.cause,
            raw: item.raw,
            first_at,
            last_at,
            times,
        }
    }
}

/// What could not be read, with its cause.
#[utoipa::path(get, path = "/api/quarantine", tag = "quarantine", params(Listed),
    responses((status = 200, body = Quarantine)))]
async fn list_quarantine(
    State(engine): State<Engine>,
    Query(Listed { after, limit }): Query<Listed>,
) -> Result<Json<Quarantine>, Problem> {
    let (before, limit) = (cursor::read(after.as_deref())?, rows(limit)?);
    let items = engine.quarantine(before, limit).await?;
    let last = items.last().filter(|_| items.len() >= limit as usize);
    let next = last.map(|item| cursor::write(&item.id)).transpose()?;
    Ok(Json(Quarantine { rows: items.into_iter().map(Item::from).collect(), next }))
}

/// One item that could not be read.
#[utoipa::path(get, path = "/api/quarantine/{id}", tag = "quarantine", params(ById),
    responses((status = 200, body = Item)))]
async fn get_quarantined(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<Json<Item>, Problem> {
    Ok(Json(engine.quarantined(QuarantineId(id)).await?.into()))
}
