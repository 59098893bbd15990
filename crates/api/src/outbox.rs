//! Answers on their way: queued, watched, decided on.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use dragoman_domain::offer::Act as OfferTaken;
use dragoman_domain::outbox::{FileRef, Publication, Reason, State as Standing};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{ConversationId, MessageId, OutboxId, SignedDuration};
use dragoman_engine::outbox::{OutboxView, Request};
use dragoman_engine::{Engine, Tag};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::cursor;
use crate::extract::{Body, ById, Path, Query, rows};
use crate::key::Key;
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::{change, read};
use crate::words;

const SPOILS: &[Tag] = &[Tag::Outbox, Tag::Conversation, Tag::Inbox];
/// Longest wait for an item to settle, in seconds.
const LONGEST_WAIT: u32 = 120;
/// Longest hold before an answer leaves, in seconds.
const LONGEST_UNDO: u32 = 3_600;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(change(Permission::Answer, SPOILS, routes!(queue_action)))
        .routes(read(Permission::Read, &[Tag::Outbox], routes!(list_outbox)))
        .routes(read(Permission::Read, &[Tag::Outbox], routes!(get_outbox_item)))
        .routes(change(Permission::Answer, SPOILS, routes!(retry_outbox_item)))
        .routes(change(Permission::Answer, SPOILS, routes!(edit_outbox_item)))
        .routes(change(Permission::Answer, SPOILS, routes!(cancel_outbox_item)))
        .routes(change(Permission::Answer, SPOILS, routes!(mark_outbox_item_sent)))
}

/// An intended action and where it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutboxItem {
    id: i64,
    shop: i64,
    conversation: i64,
    #[schema(schema_with = words::action)]
    action: ActionKind,
    /// As its bytes will leave.
    text: String,
    /// Files that go with it.
    files: Vec<OutboxFile>,
    /// The offer that is taken up.
    act: Option<Act>,
    /// The platform's id of the message that is edited or deleted.
    target: Option<String>,
    #[schema(schema_with = words::state)]
    state: Standing,
    /// Why it is where it is.
    #[schema(schema_with = words::reason)]
    reason: Reason,
    /// The platform's or the network's words.
    detail: String,
    /// Calls that may have reached the platform.
    #[schema(minimum = 0)]
    attempts: u32,
    /// What became of an accepted public answer.
    #[schema(schema_with = words::publication_or_null)]
    publication: Option<Publication>,
    /// The platform's id of the message.
    remote_id: Option<String>,
    /// It can still be changed or withdrawn.
    editable: bool,
    created_at: Timestamp,
    /// When it is looked at next; while it is held back for undo, when that ends.
    due_at: Timestamp,
    settled_at: Option<Timestamp>,
}

/// A file of an intended action.
#[derive(Serialize, ToSchema)]
struct OutboxFile {
    /// As the other side sees it.
    name: String,
    /// Found from the bytes.
    mime: String,
    #[schema(minimum = 0)]
    size: u64,
}

impl From<FileRef> for OutboxFile {
    fn from(FileRef { name, mime, size, .. }: FileRef) -> Self {
        Self { name, mime, size }
    }
}

impl From<OutboxView> for OutboxItem {
    fn from(OutboxView { id, item, .. }: OutboxView) -> Self {
        Self {
            id: id.0,
            shop: item.shop.0,
            conversation: item.conversation.0,
            action: item.action,
            editable: item.editable(),
            text: item.text,
            files: item.files.into_iter().map(OutboxFile::from).collect(),
            act: item.act.map(Act::from),
            target: item.target.map(|id| id.0),
            state: item.state,
            reason: item.reason,
            detail: item.detail,
            attempts: item.attempts,
            publication: item.publication,
            remote_id: item.remote_id.map(|id| id.0),
            created_at: item.created_at,
            due_at: item.due_at,
            settled_at: item.settled_at,
        }
    }
}

/// An offer of the platform with what was filled in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Act {
    /// Name of the offer, as the conversation's `offers` have it.
    #[schema(max_length = 200)]
    name: String,
    /// Values by field.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

impl From<OfferTaken> for Act {
    fn from(OfferTaken { name, fields }: OfferTaken) -> Self {
        Self { name, fields }
    }
}

impl From<Act> for OfferTaken {
    fn from(Act { name, fields }: Act) -> Self {
        Self { name, fields }
    }
}

/// Something to do in a conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Action {
    /// What to do; the conversation's `actions` say what is offered.
    #[schema(schema_with = words::action)]
    action: ActionKind,
    /// The text, empty where the action has none.
    #[serde(default)]
    #[schema(max_length = 100_000)]
    text: String,
    /// Files that go with it, by the numbers they got when they were taken in.
    #[serde(default)]
    #[schema(max_items = 50)]
    files: Vec<Uuid>,
    /// With the action `act`: the offer that is taken up.
    act: Option<Act>,
    /// With `edit` and `delete`: our message; the newest when left out.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    target: Option<i64>,
    /// The person was told what follows and wants it.
    #[serde(default)]
    confirmed: bool,
    /// Seconds it can still be withdrawn; the home's own hold when left out.
    #[schema(minimum = 0, maximum = 3_600)]
    undo_s: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Text {
    #[schema(max_length = 100_000)]
    text: String,
}

/// A page of the outbox.
#[derive(Serialize, ToSchema)]
struct Outbox {
    /// Newest first.
    rows: Vec<OutboxItem>,
    /// Where the page of older items begins; null at the end.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Settled items, too.
    all: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wait {
    /// Seconds to wait for the item to be settled or held.
    #[param(minimum = 0, maximum = 120, default = 0)]
    wait_s: Option<u32>,
}

/// Queues an action. Its key is the item's for good: the same request after a restart is still the same item. Where the
/// platform takes no files together with a text, several items are queued, and the answer is the last of them.
#[utoipa::path(post, path = "/api/conversations/{id}/actions", tag = "outbox", params(ById), request_body = Action,
    responses((status = 201, body = OutboxItem)))]
async fn queue_action(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Key(key): Key,
    Body(asked): Body<Action>,
) -> Result<(StatusCode, Json<OutboxItem>), Problem> {
    let Action { action, text, files, act, target, confirmed, undo_s } = asked;
    if undo_s.is_some_and(|seconds| seconds > LONGEST_UNDO) {
        return Err(Problem::new(ErrorCode::Invalid, format!("undo_s: 0 to {LONGEST_UNDO}")).with("field", "undo_s"));
    }
    let undo = undo_s.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
    let request = Request {
        act: act.map(OfferTaken::from),
        target: target.map(MessageId),
        files,
        confirmed,
        undo,
        ..Request::new(key, ConversationId(id), action, text)
    };
    let view = engine.queue(request).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// What is on its way or waits for a person.
#[utoipa::path(get, path = "/api/outbox", tag = "outbox", params(Which), responses((status = 200, body = Outbox)))]
async fn list_outbox(State(engine): State<Engine>, Query(which): Query<Which>) -> Result<Json<Outbox>, Problem> {
    let (limit, after) = (rows(which.limit)?, cursor::read::<OutboxId>(which.after.as_deref())?);
    let views = engine.outbox(which.all.unwrap_or(false), after, limit).await?;
    let last = views.last().filter(|_| views.len() == limit as usize).map(|view| view.id);
    let next = last.map(|place| cursor::write(&place)).transpose()?;
    Ok(Json(Outbox { rows: views.into_iter().map(OutboxItem::from).collect(), next }))
}

/// One item; with `wait_s` as soon as it is settled or held.
#[utoipa::path(get, path = "/api/outbox/{id}", tag = "outbox", params(ById, Wait),
    responses((status = 200, body = OutboxItem)))]
async fn get_outbox_item(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Query(Wait { wait_s }): Query<Wait>,
) -> Result<Json<OutboxItem>, Problem> {
    let seconds = wait_s.unwrap_or(0);
    if seconds > LONGEST_WAIT {
        return Err(Problem::new(ErrorCode::BadRequest, format!("wait_s: 0 to {LONGEST_WAIT}")).with("where", "query"));
    }
    let view = match seconds {
        0 => engine.outbox_item(OutboxId(id)).await?,
        seconds => engine.settled(OutboxId(id), Duration::from_secs(seconds.into())).await?,
    };
    Ok(Json(view.into()))
}

/// Sends a held or failed item, against the conversation as it now stands.
#[utoipa::path(post, path = "/api/outbox/{id}/retry", tag = "outbox", params(ById),
    responses((status = 200, body = OutboxItem)))]
async fn retry_outbox_item(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
) -> Result<Json<OutboxItem>, Problem> {
    Ok(Json(engine.outbox_retry(OutboxId(id)).await?.into()))
}

/// Changes the text of an item that has not left, and queues it.
#[utoipa::path(put, path = "/api/outbox/{id}/text", tag = "outbox", params(ById), request_body = Text,
    responses((status = 200, body = OutboxItem)))]
async fn edit_outbox_item(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Text { text }): Body<Text>,
) -> Result<Json<OutboxItem>, Problem> {
    Ok(Json(engine.outbox_edit(OutboxId(id), text).await?.into()))
}

/// Withdraws an item that has not left.
#[utoipa::path(post, path = "/api/outbox/{id}/cancel", tag = "outbox", params(ById),
    responses((status = 200, body = OutboxItem)))]
async fn cancel_outbox_item(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
) -> Result<Json<OutboxItem>, Problem> {
    Ok(Json(engine.outbox_cancel(OutboxId(id)).await?.into()))
}

/// Settles an item that a person has seen on the platform.
#[utoipa::path(post, path = "/api/outbox/{id}/mark-sent", tag = "outbox", params(ById),
    responses((status = 200, body = OutboxItem)))]
async fn mark_outbox_item_sent(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
) -> Result<Json<OutboxItem>, Problem> {
    Ok(Json(engine.outbox_mark_sent(OutboxId(id)).await?.into()))
}
