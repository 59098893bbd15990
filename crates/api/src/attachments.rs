//! Files of messages and files of ours: previews that were encoded anew here, downloads, uploads.
//!
//! A stranger's bytes leave here only as a download that no page renders. What a page shows is a preview.

use std::io::Read;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use dragoman_domain::MessageId;
use dragoman_engine::files::{Download, UploadView};
use dragoman_engine::{Engine, Tag};
use dragoman_pictures::Preview;
use dragoman_store::file::Upload as StoredUpload;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{BodyLimit, Path, Query};
use crate::key::Key;
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::{change, read};

/// Largest file that is taken in, in bytes; the home's own limit is lower unless somebody raised it.
const UPLOAD_LIMIT: usize = 64 << 20;
/// Bytes read from the disk in one go.
const PIECE: usize = 64 << 10;
/// Longest edge of a preview unless asked for, in pixels.
const EDGE: u32 = 480;
/// What a browser may do with a download that somebody opens in it: nothing.
const SANDBOX: &str = "default-src 'none'; sandbox";

pub(crate) fn routes() -> OpenApiRouter<App> {
    let upload = change(Permission::Answer, &[], routes!(add_upload)).map(|methods| {
        methods
            .route_layer(axum::extract::DefaultBodyLimit::max(UPLOAD_LIMIT))
            .route_layer(Extension(BodyLimit(UPLOAD_LIMIT)))
    });
    OpenApiRouter::new()
        .routes(read(Permission::Read, &[Tag::Conversation], routes!(get_attachment)))
        .routes(read(Permission::Read, &[Tag::Conversation], routes!(get_attachment_preview)))
        .routes(upload)
        .routes(read(Permission::Answer, &[], routes!(get_upload_preview)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Place {
    /// The message.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    id: i64,
    /// Which of its attachments, from 0.
    #[param(minimum = 0, maximum = 1_000)]
    place: u32,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ByKey {
    /// The upload.
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Size {
    /// Pixels of the longer edge at most.
    #[param(minimum = 16, maximum = 2_048, default = 480)]
    edge: Option<u32>,
}

impl Size {
    fn edge(&self) -> Result<u32, Problem> {
        match self.edge.unwrap_or(EDGE) {
            edge @ 16..=2_048 => Ok(edge),
            _ => Err(Problem::new(ErrorCode::BadRequest, "edge: 16 to 2048").with("where", "query")),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Named {
    /// Name of the file; the other side sees it.
    #[param(max_length = 1_000)]
    name: String,
}

/// A file of ours that an answer may name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Upload {
    id: Uuid,
    /// As the other side will see it.
    name: String,
    /// Found from the bytes.
    mime: String,
    #[schema(minimum = 0)]
    size: u64,
}

impl From<StoredUpload> for Upload {
    fn from(StoredUpload { id, file }: StoredUpload) -> Self {
        Self { id, name: file.name, mime: file.mime, size: file.size }
    }
}

/// An attachment, to be saved. Fetched from the platform if it is not here yet.
#[utoipa::path(get, path = "/api/messages/{id}/attachments/{place}", tag = "inbox", params(Place),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn get_attachment(
    State(engine): State<Engine>,
    Path(Place { id, place }): Path<Place>,
) -> Result<Response, Problem> {
    let Download { name, stream, .. } = engine.attachment(MessageId(id), place).await?;
    let length = stream.size();
    let headers = [
        // Never the file's own type: nothing is to find a use for it before it is saved.
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition(&name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    Ok((headers, pieces(stream)).into_response())
}

/// An attachment as a picture, encoded anew.
#[utoipa::path(get, path = "/api/messages/{id}/attachments/{place}/preview", tag = "inbox", params(Place, Size),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")))))]
async fn get_attachment_preview(
    State(engine): State<Engine>,
    Path(Place { id, place }): Path<Place>,
    Query(size): Query<Size>,
) -> Result<Response, Problem> {
    Ok(picture(engine.attachment_preview(MessageId(id), place, size.edge()?).await?).into_response())
}

/// Takes in a file that an answer is to carry. The request's key is its number; the body is the bytes.
#[utoipa::path(post, path = "/api/uploads", tag = "outbox", params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload)))]
async fn add_upload(
    State(engine): State<Engine>,
    Key(key): Key,
    Query(Named { name }): Query<Named>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Upload>), Problem> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != "application/octet-stream") {
        return Err(Problem::new(ErrorCode::NotBytes, "the body has to be application/octet-stream"));
    }
    let UploadView { id, name, mime, size } = engine.add_upload(key, &name, body.into()).await?;
    Ok((StatusCode::CREATED, Json(Upload { id, name, mime, size })))
}

/// A file of ours as a picture, encoded anew.
#[utoipa::path(get, path = "/api/uploads/{id}/preview", tag = "outbox", params(ByKey, Size),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")))))]
async fn get_upload_preview(
    State(engine): State<Engine>,
    Path(ByKey { id }): Path<ByKey>,
    Query(size): Query<Size>,
) -> Result<Response, Problem> {
    Ok(picture(engine.upload_preview(id, size.edge()?).await?).into_response())
}

/// A picture that was encoded here.
pub(crate) fn picture(preview: Preview) -> ([(HeaderName, HeaderValue); 1], Vec<u8>) {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(preview.mime))], preview.bytes)
}

/// The bytes in pieces, read off the async threads.
fn pieces(stream: impl Read + Send + 'static) -> Body {
    Body::from_stream(futures::stream::try_unfold(stream, |mut stream| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            stream.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
            Ok::<_, std::io::Error>((Bytes::from(piece), stream))
        });
        let (piece, stream) = read.await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!piece.is_empty()).then_some((piece, stream)))
    }))
}

/// The header that makes a browser save under a name (RFC 6266, with the name as in RFC 8187).
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')') { c } else { '_' })
        .collect();
    let encoded = percent_encoded(name);
    HeaderValue::try_from(format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// Text as it may stand in a header or in one part of an address.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_travels_as_text_and_nothing_of_it_ends_the_header() {
        assert_eq!(disposition("a b.jpg"), "attachment; filename=\"a b.jpg\"; filename*=UTF-8''a%20b.jpg");
        assert_eq!(
            disposition("фото.jpg"),
            "attachment; filename=\"____.jpg\"; filename*=UTF-8''%D1%84%D0%BE%D1%82%D0%BE.jpg"
        );
        assert_eq!(
            disposition("\";\r\nx: y"),
            "attachment; filename=\"____x_ y\"; filename*=UTF-8''%22%3B%0D%0Ax%3A%20y"
        );
    }
}
