//! The inbox: lists, counts, one conversation, and what a person leaves on it.

mod bulk;
mod offer;
mod sorting;
mod view;

use axum::Json;
use axum::extract::State;
use dragoman_domain::{Channel, ConversationId, Kind, MessageId, ShopId, TagId, Turn};
use dragoman_engine::{Engine, Tag};
use dragoman_store::inbox::{Filter, Folder as StoreFolder, InboxCursor};
use dragoman_store::thread::ThreadCursor;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::view::{Conversation, ConversationPage, Count, Detail, Raw};
use crate::app::App;
use crate::cursor;
use crate::extract::{Body, ById, Path, Query, rows};
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::{change, read};
use crate::words;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(read(Permission::Read, &[Tag::Inbox], routes!(list_conversations)))
        .routes(read(Permission::Read, &[Tag::Inbox], routes!(count_conversations)))
        .routes(read(Permission::Read, &[Tag::Conversation], routes!(get_conversation)))
        .routes(change(Permission::Answer, &[Tag::Inbox, Tag::Conversation], routes!(mark_conversation_read)))
        .routes(change(Permission::Answer, &[Tag::Conversation], routes!(set_draft)))
        .routes(change(Permission::Answer, &[Tag::Inbox, Tag::Conversation], routes!(set_done)))
        .routes(read(Permission::Read, &[Tag::Conversation], routes!(get_raw)))
        .merge(sorting::routes())
        .merge(bulk::routes())
}

/// Which conversations, in which order.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Folder {
    /// Ours to answer, the least time left first.
    Needs,
    /// What was unanswered and late already when its shop was connected, newest first.
    Backlog,
    /// With unread messages, newest first.
    Unread,
    /// Snoozed, the soonest back first.
    Snoozed,
    /// Everything, newest first.
    #[default]
    All,
}

impl From<Folder> for StoreFolder {
    fn from(folder: Folder) -> Self {
        match folder {
            Folder::Needs => Self::Needs,
            Folder::Backlog => Self::Backlog,
            Folder::Unread => Self::Unread,
            Folder::Snoozed => Self::Snoozed,
            Folder::All => Self::All,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// The folder; `all` when left out.
    #[serde(default)]
    #[param(inline)]
    folder: Folder,
    /// Whose move it is.
    #[param(schema_with = words::turn)]
    turn: Option<Turn>,
    #[param(schema_with = words::kind)]
    kind: Option<Kind>,
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    shop: Option<i64>,
    #[param(schema_with = words::channel)]
    channel: Option<Channel>,
    /// Only with a star, or only without.
    starred: Option<bool>,
    /// Only with this tag.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    tag: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Messages {
    /// The `earlier` of the page after: the messages before those.
    before: Option<String>,
    /// Messages at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// How much the folders hold.
#[derive(Serialize, ToSchema)]
struct Counts {
    rows: Vec<Count>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// What the person is writing; empty to drop it.
    text: String,
    /// Keys of the files that are to go with it, in their order. Left out: they stay as they were, unless the text is empty, which drops
    /// the whole draft.
    #[schema(max_items = 50)]
    files: Option<Vec<Uuid>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Done {
    /// Put aside until the buyer writes again, or taken back.
    done: bool,
}

/// A page of the inbox.
#[utoipa::path(get, path = "/api/conversations", tag = "inbox", params(Listed),
    responses((status = 200, body = ConversationPage)))]
async fn list_conversations(
    State(engine): State<Engine>,
    Query(listed): Query<Listed>,
) -> Result<Json<ConversationPage>, Problem> {
    let Listed { folder, turn, kind, shop, channel, starred, tag, after, limit } = listed;
    let after: Option<InboxCursor> = cursor::read(after.as_deref())?;
    let (shop, tag) = (shop.map(ShopId), tag.map(TagId));
    let filter = Filter { folder: folder.into(), shop, channel, kind, turn, starred, tag };
    let page = engine.conversations(filter, after, rows(limit)?).await?;
    Ok(Json(ConversationPage {
        rows: page.rows.into_iter().map(Conversation::from).collect(),
        next: page.next.map(|place| cursor::write(&place)).transpose()?,
    }))
}

/// What each shop owes, by kind.
#[utoipa::path(get, path = "/api/counts", tag = "inbox", responses((status = 200, body = Counts)))]
async fn count_conversations(State(engine): State<Engine>) -> Result<Json<Counts>, Problem> {
    Ok(Json(Counts { rows: engine.counts().await?.into_iter().map(Count::from).collect() }))
}

/// One conversation with its newest messages, in the order they were written.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "inbox", params(ById, Messages),
    responses((status = 200, body = Detail)))]
async fn get_conversation(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Query(Messages { before, limit }): Query<Messages>,
) -> Result<Json<Detail>, Problem> {
    let before: Option<ThreadCursor> = cursor::read(before.as_deref())?;
    let view = engine.conversation(ConversationId(id), before, rows(limit)?).await?;
    Ok(Json(Detail::new(view)?))
}

/// Marks everything in a conversation read, here only; telling the platform is the action `read`.
#[utoipa::path(post, path = "/api/conversations/{id}/read", tag = "inbox", params(ById), responses((status = 204)))]
async fn mark_conversation_read(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
) -> Result<StatusCode, Problem> {
    engine.mark_read(ConversationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what a person is writing.
#[utoipa::path(put, path = "/api/conversations/{id}/draft", tag = "inbox", params(ById), request_body = Draft,
    responses((status = 204)))]
async fn set_draft(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Draft { text, files }): Body<Draft>,
) -> Result<StatusCode, Problem> {
    engine.set_draft(ConversationId(id), text, files).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a conversation aside until the buyer writes again, or takes it back.
#[utoipa::path(put, path = "/api/conversations/{id}/done", tag = "inbox", params(ById), request_body = Done,
    responses((status = 204)))]
async fn set_done(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Done { done }): Body<Done>,
) -> Result<StatusCode, Problem> {
    engine.set_done(ConversationId(id), done).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The platform's own JSON of a message.
#[utoipa::path(get, path = "/api/messages/{id}/raw", tag = "inbox", params(ById), responses((status = 200, body = Raw)))]
async fn get_raw(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<Json<Raw>, Problem> {
    match engine.raw(MessageId(id)).await? {
        Some(raw) => Ok(Json(Raw { raw })),
        None => Err(Problem::new(ErrorCode::NotFound, format!("there is no raw text of message {id}"))
            .with("what", "message")
            .with("id", id.to_string())),
    }
}
