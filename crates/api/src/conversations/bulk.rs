//! The same deed on many conversations, and the way back.

use axum::Json;
use axum::extract::State;
use dragoman_domain::{Channel, ConversationId, Kind, ShopId, TagId, Turn};
use dragoman_engine::bulk::{Deed as EngineDeed, TakenBack, Which};
use dragoman_engine::{Engine, Tag};
use dragoman_store::inbox::Filter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Folder;
use crate::app::App;
use crate::extract::{Body, Path};
use crate::key::Key;
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::change;
use crate::words;

const SPOILS: &[Tag] = &[Tag::Inbox, Tag::Conversation, Tag::Labels];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(change(Permission::Answer, SPOILS, routes!(do_with_many))).routes(change(
        Permission::Answer,
        SPOILS,
        routes!(take_back),
    ))
}

/// One deed on many conversations: either named one by one, or everything in a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bulk {
    /// Numbers of conversations; those that are gone are passed over.
    #[schema(max_items = 500)]
    ids: Option<Vec<i64>>,
    /// A list as it is asked for, whole.
    filter: Option<Everything>,
    deed: Deed,
}

/// What narrows a list, as in its own route.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Everything {
    // Without words of its own: with them the document says of it that it is an object, too.
    #[serde(default)]
    #[schema(inline)]
    folder: Folder,
    #[schema(schema_with = words::turn, required = false)]
    turn: Option<Turn>,
    #[schema(schema_with = words::kind, required = false)]
    kind: Option<Kind>,
    shop: Option<i64>,
    #[schema(schema_with = words::channel, required = false)]
    channel: Option<Channel>,
    starred: Option<bool>,
    tag: Option<i64>,
}

impl From<Everything> for Filter {
    fn from(Everything { folder, turn, kind, shop, channel, starred, tag }: Everything) -> Self {
        let (shop, tag) = (shop.map(ShopId), tag.map(TagId));
        Self { folder: folder.into(), shop, channel, kind, turn, starred, tag }
    }
}

/// What is done with each.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Deed {
    /// Put aside until the buyer writes again, or taken back.
    Done { on: bool },
    /// Snoozed until an instant; null brings it back now.
    Snooze { until: Option<Timestamp> },
    /// A star given or taken away.
    Star { on: bool },
    /// A tag put on or taken off.
    Tag { tag: i64, on: bool },
    /// Everything in it read, here only.
    Read,
}

/// What a deed did.
#[derive(Serialize, ToSchema)]
struct BulkDone {
    /// Conversations that it changed.
    #[schema(minimum = 0)]
    count: u64,
    /// Takes it back within a day; null when there is nothing to take back. It is the request's own key.
    undo: Option<Uuid>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ByToken {
    /// The deed's `undo`.
    token: Uuid,
}

/// What taking a deed back did.
#[derive(Serialize, ToSchema)]
struct BulkUndone {
    /// Conversations that are as they were.
    #[schema(minimum = 0)]
    restored: u64,
    /// Conversations that changed since and were left alone.
    #[schema(minimum = 0)]
    left: u64,
    /// The first 500 of these.
    changed: Vec<i64>,
}

impl From<TakenBack> for BulkUndone {
    fn from(TakenBack { restored, left, changed }: TakenBack) -> Self {
        Self { restored, left, changed: changed.into_iter().map(|id| id.0).collect() }
    }
}

/// Does the same with many conversations. One in which the other side writes meanwhile is left alone.
#[utoipa::path(post, path = "/api/conversations/bulk", tag = "inbox", request_body = Bulk,
    responses((status = 200, body = BulkDone)))]
async fn do_with_many(
    State(engine): State<Engine>,
    Key(key): Key,
    Body(Bulk { ids, filter, deed }): Body<Bulk>,
) -> Result<Json<BulkDone>, Problem> {
    let which = match (ids, filter) {
        (Some(ids), None) => Which::These(ids.into_iter().map(ConversationId).collect()),
        (None, Some(filter)) => Which::Everything(filter.into()),
        _ => {
            let why = "give either `ids` or `filter`";
            return Err(Problem::new(ErrorCode::Invalid, format!("ids: {why}")).with("field", "ids").with("why", why));
        }
    };
    let deed = match deed {
        Deed::Done { on } => EngineDeed::Done { at: on.then(|| engine.now()) },
        Deed::Snooze { until } => EngineDeed::Snooze { until },
        Deed::Star { on } => EngineDeed::Star { on },
        Deed::Tag { tag, on } => EngineDeed::Tag { tag: TagId(tag), on },
        Deed::Read => EngineDeed::Read,
    };
    let count = engine.bulk(key, which, deed).await?;
    Ok(Json(BulkDone { count, undo: (count > 0).then_some(key) }))
}

/// Takes a deed back: every conversation is as it was before, except those that changed since.
#[utoipa::path(post, path = "/api/bulk/{token}/undo", tag = "inbox", params(ByToken),
    responses((status = 200, body = BulkUndone)))]
async fn take_back(
    State(engine): State<Engine>,
    Path(ByToken { token }): Path<ByToken>,
) -> Result<Json<BulkUndone>, Problem> {
    Ok(Json(engine.take_back(token).await?.into()))
}
