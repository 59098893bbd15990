//! Product pictures, fetched by the engine from the platform's public hosts and encoded anew.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dragoman_domain::ShopId;
use dragoman_engine::{Engine, Tag};
use http::{HeaderValue, header};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::attachments::{percent_encoded, picture};
use crate::extract::Path;
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::read;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[Tag::Conversation], routes!(get_picture)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Product {
    /// The shop.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    id: i64,
    /// The platform's product number.
    #[param(min_length = 1, max_length = 64)]
    key: String,
}

/// Where the page finds the picture of a product.
pub(crate) fn address(shop: ShopId, key: &str) -> String {
    format!("/api/shops/{shop}/products/{}/picture", percent_encoded(key))
}

/// The main picture of a product.
#[utoipa::path(get, path = "/api/shops/{id}/products/{key}/picture", tag = "shops", params(Product), responses(
    (status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")))))]
async fn get_picture(
    State(engine): State<Engine>,
    Path(Product { id, key }): Path<Product>,
) -> Result<Response, Problem> {
    let preview = engine.picture(ShopId(id), key).await?;
    // Private: it came through this person's shop. A day: a platform's pictures keep their addresses when they change.
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400"))];
    Ok((headers, picture(preview)).into_response())
}
