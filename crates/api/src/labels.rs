//! The tags a person can put on conversations.

use axum::Json;
use axum::extract::State;
use dragoman_domain::TagId;
use dragoman_domain::tag::TagColour;
use dragoman_engine::{Engine, Tag};
use dragoman_store::tag::Tag as StoredTag;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::{Body, ById, Path};
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::{change, read};
use crate::words;

const SPOILS: &[Tag] = &[Tag::Labels, Tag::Inbox, Tag::Conversation];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(read(Permission::Read, &[Tag::Labels], routes!(list_tags)))
        .routes(change(Permission::Answer, &[Tag::Labels], routes!(add_tag)))
        .routes(change(Permission::Answer, SPOILS, routes!(change_tag)))
        .routes(change(Permission::Answer, SPOILS, routes!(remove_tag)))
}

/// A word that a person puts on conversations.
#[derive(Serialize, ToSchema)]
#[schema(as = Tag)]
struct Label {
    id: i64,
    name: String,
    #[schema(schema_with = words::tag_colour)]
    colour: TagColour,
    /// Conversations that have it.
    #[schema(minimum = 0)]
    conversations: u64,
}

impl From<StoredTag> for Label {
    fn from(StoredTag { id, name, colour, conversations }: StoredTag) -> Self {
        Self { id: id.0, name, colour, conversations }
    }
}

/// All tags, in the order they were made.
#[derive(Serialize, ToSchema)]
#[schema(as = Tags)]
struct Labels {
    rows: Vec<Label>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TagWanted)]
struct Wanted {
    /// No other tag may have it, whatever its letters' case.
    #[schema(min_length = 1, max_length = 40)]
    name: String,
    #[schema(schema_with = words::tag_colour)]
    colour: TagColour,
}

/// All tags.
#[utoipa::path(get, path = "/api/tags", tag = "inbox", responses((status = 200, body = Labels)))]
async fn list_tags(State(engine): State<Engine>) -> Result<Json<Labels>, Problem> {
    Ok(Json(Labels { rows: engine.tags().await?.into_iter().map(Label::from).collect() }))
}

/// Makes a tag.
#[utoipa::path(post, path = "/api/tags", tag = "inbox", request_body = Wanted, responses((status = 201, body = Label)))]
async fn add_tag(
    State(engine): State<Engine>,
    Body(Wanted { name, colour }): Body<Wanted>,
) -> Result<(StatusCode, Json<Label>), Problem> {
    Ok((StatusCode::CREATED, Json(engine.add_tag(&name, colour).await?.into())))
}

/// Gives a tag another name or colour.
#[utoipa::path(put, path = "/api/tags/{id}", tag = "inbox", params(ById), request_body = Wanted,
    responses((status = 200, body = Label)))]
async fn change_tag(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Wanted { name, colour }): Body<Wanted>,
) -> Result<Json<Label>, Problem> {
    Ok(Json(engine.change_tag(TagId(id), &name, colour).await?.into()))
}

/// Removes a tag from everything it was on.
#[utoipa::path(delete, path = "/api/tags/{id}", tag = "inbox", params(ById), responses((status = 204)))]
async fn remove_tag(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<StatusCode, Problem> {
    engine.remove_tag(TagId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
