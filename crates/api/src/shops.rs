//! Shops: connected with their keys, which come in here and never go out again.

mod view;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use dragoman_domain::shop::UnknownHistory;
use dragoman_domain::{Channel, ShopId};
use dragoman_engine::shops::{NewShop, ShopChange};
use dragoman_engine::{Engine, Error, Tag};
use dragoman_secrets::Secret;
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use view::Shop;

use crate::app::App;
use crate::extract::{Body, ById, Path};
use crate::outbox::OutboxItem;
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::{change, change_in_memory, read};
use crate::words;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(read(Permission::Read, &[Tag::Shops], routes!(list_shops)))
        .routes(change_in_memory(Permission::Shops, &[Tag::Shops], routes!(add_shop)))
        .routes(read(Permission::Read, &[Tag::Shops], routes!(get_shop)))
        .routes(change_in_memory(Permission::Shops, &[Tag::Shops], routes!(change_shop)))
        .routes(change(
            Permission::Shops,
            &[Tag::Shops, Tag::Inbox, Tag::Outbox, Tag::Quarantine],
            routes!(remove_shop),
        ))
        .routes(change(Permission::Shops, &[Tag::Shops], routes!(check_shop)))
        .routes(change(Permission::Shops, &[Tag::Shops, Tag::Outbox], routes!(set_sending)))
}

/// A key on its way in.
struct Key(Secret);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::from(text)))
    }
}

fn secrets(keys: BTreeMap<String, Key>) -> BTreeMap<String, Secret> {
    keys.into_iter().map(|(field, Key(secret))| (field, secret)).collect()
}

/// A shop to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShopToAdd {
    /// The platform.
    #[schema(schema_with = words::channel)]
    channel: Channel,
    /// The seller's own name for it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Public fields, such as Ozon's `client_id`.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Keys by field; kept in the keyring or the vault and never shown again.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, write_only)]
    secrets: BTreeMap<String, Key>,
    /// Replaces scheme and host of every address of the platform.
    base_url: Option<String>,
    /// HTTP or SOCKS proxy for every call of this shop.
    proxy: Option<String>,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShopToChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Fields to set.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Keys to replace; they must belong to the same seller.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, write_only)]
    secrets: BTreeMap<String, Key>,
    /// Another base address; null for the platform's own.
    #[serde(default, deserialize_with = "given")]
    base_url: Option<Option<String>>,
    /// Another proxy; null for none.
    #[serde(default, deserialize_with = "given")]
    proxy: Option<Option<String>>,
    /// Days its conversations are kept after their last message; null for good.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 30, maximum = 36_500)]
    keep_days: Option<Option<u32>>,
    /// How far back its conversations are fetched: `all`, a number of days, or `usual` for the days the platform's rules name.
    /// Whatever awaits an answer is fetched however old it is.
    #[schema(pattern = "^(usual|all|[1-9][0-9]{0,4})$")]
    history: Option<String>,
}

/// Tells `null` from left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Every shop.
#[derive(Serialize, ToSchema)]
struct Shops {
    /// In order of connection.
    rows: Vec<Shop>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sending {
    /// Whether answers may leave.
    on: bool,
}

/// What is held in a shop.
#[derive(Serialize, ToSchema)]
struct Waiting {
    /// Items that wait for a person; switching sending on releases none of them.
    waiting: Vec<OutboxItem>,
}

/// Every shop.
#[utoipa::path(get, path = "/api/shops", tag = "shops", responses((status = 200, body = Shops)))]
async fn list_shops(State(engine): State<Engine>) -> Result<Json<Shops>, Problem> {
    let rows = engine.shops().await?.into_iter().map(Shop::from).collect();
    Ok(Json(Shops { rows }))
}

/// Connects a shop. The key is checked first; sending stays off until it is switched on.
#[utoipa::path(post, path = "/api/shops", tag = "shops", request_body = ShopToAdd, responses((status = 201, body = Shop)))]
async fn add_shop(
    State(engine): State<Engine>,
    Body(shop): Body<ShopToAdd>,
) -> Result<(StatusCode, Json<Shop>), Problem> {
    let ShopToAdd { channel, name, fields, secrets: keys, base_url, proxy } = shop;
    let view = engine.add_shop(NewShop { channel, name, fields, secrets: secrets(keys), base_url, proxy }).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// One shop.
#[utoipa::path(get, path = "/api/shops/{id}", tag = "shops", params(ById), responses((status = 200, body = Shop)))]
async fn get_shop(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<Json<Shop>, Problem> {
    Ok(Json(engine.shop(ShopId(id)).await?.into()))
}

/// Changes a shop. A new key is checked before it replaces the old one.
#[utoipa::path(patch, path = "/api/shops/{id}", tag = "shops", params(ById), request_body = ShopToChange,
    responses((status = 200, body = Shop)))]
async fn change_shop(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(shop): Body<ShopToChange>,
) -> Result<Json<Shop>, Problem> {
    let ShopToChange { name, fields, secrets: keys, base_url, proxy, keep_days, history } = shop;
    let history = history.map(|word| word.parse()).transpose();
    let history = history.map_err(|error: UnknownHistory| Error::invalid("history", error.to_string()))?;
    let change = ShopChange { name, fields, secrets: secrets(keys), base_url, proxy, keep_days, history };
    Ok(Json(engine.set_shop(ShopId(id), change).await?.into()))
}

/// Removes a shop with its conversations and keys.
#[utoipa::path(delete, path = "/api/shops/{id}", tag = "shops", params(ById), responses((status = 204)))]
async fn remove_shop(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<StatusCode, Problem> {
    engine.remove_shop(ShopId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the platform who the key belongs to and what it may do.
#[utoipa::path(post, path = "/api/shops/{id}/check", tag = "shops", params(ById), responses((status = 200, body = Shop)))]
async fn check_shop(State(engine): State<Engine>, Path(ById { id }): Path<ById>) -> Result<Json<Shop>, Problem> {
    Ok(Json(engine.check_shop(ShopId(id)).await?.into()))
}

/// Switches sending on or off. Switching on releases nothing; what waits is returned.
#[utoipa::path(put, path = "/api/shops/{id}/sending", tag = "shops", params(ById), request_body = Sending,
    responses((status = 200, body = Waiting)))]
async fn set_sending(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Body(Sending { on }): Body<Sending>,
) -> Result<Json<Waiting>, Problem> {
    let waiting = engine.set_sending(ShopId(id), on).await?.into_iter().map(OutboxItem::from).collect();
    Ok(Json(Waiting { waiting }))
}
