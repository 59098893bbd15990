//! What a person does with one conversation besides answering: snooze, star, tags, notes.

use axum::Json;
use axum::extract::State;
use dragoman_domain::{ConversationId, MessageId, TagId};
use dragoman_engine::{Engine, Tag};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::Message;
use crate::app::App;
use crate::extract::{Body, ById, Path};
use crate::key::Key;
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::change;

const SPOILS: &[Tag] = &[Tag::Inbox, Tag::Conversation];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(change(Permission::Answer, SPOILS, routes!(snooze)))
        .routes(change(Permission::Answer, SPOILS, routes!(set_star)))
        .routes(change(Permission::Answer, &[Tag::Inbox, Tag::Conversation, Tag::Labels], routes!(set_tags)))
        .routes(change(Permission::Answer, &[Tag::Conversation], routes!(add_note)))
        .routes(change(Permission::Answer, &[Tag::Conversation], routes!(change_note)))
        .routes(change(Permission::Answer, &[Tag::Conversation], routes!(remove_note)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// When it is back; null brings it back now.
    until: Option<Timestamp>,
}

/// A snooze.
#[derive(Serialize, ToSchema)]
struct Snoozed {
    snoozed_until: Option<Timestamp>,
    /// Our answer is due before it is back.
    past_due: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Star {
    on: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagsOfConversation {
    /// Numbers of all its tags.
    #[schema(max_items = 200)]
    tags: Vec<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteText {
    #[schema(min_length = 1, max_length = 65_536)]
    text: String,
}

/// Takes a conversation out of the working list until an instant or the next message of the other side.
#[utoipa::path(post, path = "/api/conversations/{id}/snooze", tag = "inbox", params(ById), request_body = Snooze,
    responses((status = 200, body = Snoozed)))]
async fn snooze(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Snooze { until }): Body<Snooze>,
) -> Result<Json<Snoozed>, Problem> {
    let snoozed = engine.snooze(ConversationId(id), until).await?;
    Ok(Json(Snoozed { snoozed_until: snoozed.until, past_due: snoozed.past_due }))
}

/// Gives a conversation a star, or takes it away.
#[utoipa::path(post, path = "/api/conversations/{id}/star", tag = "inbox", params(ById), request_body = Star,
    responses((status = 204)))]
async fn set_star(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Star { on }): Body<Star>,
) -> Result<StatusCode, Problem> {
    engine.set_star(ConversationId(id), on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a conversation these tags and no others.
#[utoipa::path(post, path = "/api/conversations/{id}/tags", tag = "inbox", params(ById),
    request_body = TagsOfConversation, responses((status = 204)))]
async fn set_tags(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(TagsOfConversation { tags }): Body<TagsOfConversation>,
) -> Result<StatusCode, Problem> {
    engine.set_tags(ConversationId(id), tags.into_iter().map(TagId).collect()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds an internal note, which no platform ever gets.
#[utoipa::path(post, path = "/api/conversations/{id}/notes", tag = "inbox", params(ById), request_body = NoteText,
    responses((status = 201, body = Message)))]
async fn add_note(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Key(key): Key,
    Body(NoteText { text }): Body<NoteText>,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let note = engine.add_note(ConversationId(id), key, &text).await?;
    Ok((StatusCode::CREATED, Json(note.into())))
}

/// Gives an internal note another text; its number is the message's.
#[utoipa::path(put, path = "/api/notes/{id}", tag = "inbox", params(ById), request_body = NoteText,
    responses((status = 200, body = Message)))]
async fn change_note(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(NoteText { text }): Body<NoteText>,
) -> Result<Json<Message>, Problem> {
    Ok(Json(engine.change_note(MessageId(id), &text).await?.into()))
}

/// Removes an internal note.
#[utoipa::path(delete, path = "/api/notes/{id}", tag = "inbox", params(ById), responses((status = 204)))]
async fn remove_note(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<StatusCode, Problem> {
    engine.remove_note(MessageId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
