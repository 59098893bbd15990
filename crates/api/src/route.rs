//! The only two ways a route comes into being: as a read or as a change.
//!
//! Either names the permission it needs and the cached reads it feeds or spoils, and describes every way it can fail; a
//! change is done once per key. What is not registered here is refused to everybody (see [`crate::router`]).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use dragoman_engine::Tag;
use http::StatusCode;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};
use utoipa_axum::router::{UtoipaMethodRouter, UtoipaMethodRouterExt};

use crate::app::App;
use crate::key::{HEADER, Kept, Ledger, once};
use crate::principal::{Permission, Principal};
use crate::problem::{ErrorCode, PROBLEM_JSON, Problem};

/// A route that changes nothing. `provides` are the cached reads its answer belongs to.
pub(crate) fn read(
    permission: Permission,
    provides: &[Tag],
    routes: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    describe(permission, "x-provides", provides, &[], guard(permission, routes))
}

/// A route that changes something, once per key. `spoils` are the cached reads it makes stale.
pub(crate) fn change(
    permission: Permission,
    spoils: &[Tag],
    routes: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    change_kept(Kept::Stored, permission, spoils, routes)
}

/// The same where the answer is remembered with this process only: the request carries a key or a passphrase, or its answer names
/// a job.
pub(crate) fn change_in_memory(
    permission: Permission,
    spoils: &[Tag],
    routes: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    change_kept(Kept::InMemory, permission, spoils, routes)
}

fn change_kept(
    kept: Kept,
    permission: Permission,
    spoils: &[Tag],
    routes: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    let layer = move |Extension(ledger): Extension<Ledger>, request, next| once(kept, ledger, request, next);
    let routes = routes.map(|methods| methods.route_layer(from_fn(layer)));
    describe(permission, "x-spoils", spoils, &[409, 413, 415], guard(permission, routes))
}

fn guard(permission: Permission, routes: UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    routes.map(|methods| methods.route_layer(from_fn(move |request, next| admit(permission, request, next))))
}

async fn admit(permission: Permission, request: Request, next: Next) -> Response {
    match request.extensions().get::<Principal>() {
        None => Problem::new(ErrorCode::SignedOut, "nobody is signed in").into_response(),
        Some(principal) if principal.may(permission) => next.run(request).await,
        Some(principal) => Problem::new(ErrorCode::Forbidden, format!("{} may not do this", principal.name()))
            .with("permission", permission.word())
            .into_response(),
    }
}

/// Statuses that any route can fail with, described as problem documents.
const FAILURES: &[u16] = &[400, 401, 403, 404, 422, 424, 429, 500, 503];

fn describe(
    permission: Permission,
    about: &str,
    tags: &[Tag],
    more_failures: &[u16],
    (schemas, mut paths, methods): UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    for operation in paths.paths.values_mut().flat_map(operations) {
        for status in FAILURES.iter().chain(more_failures) {
            let reason = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
            let response =
                ResponseBuilder::new().description(reason.unwrap_or("Failure")).content(PROBLEM_JSON, problem).build();
            operation.responses.responses.entry(status.to_string()).or_insert(RefOr::T(response));
        }
        if about == "x-spoils" {
            operation.parameters.get_or_insert_default().push(RefOr::T(key_parameter()));
        }
        let facts = BTreeMap::from([("x-permission".to_owned(), json!(permission)), (about.to_owned(), json!(tags))]);
        operation.extensions.get_or_insert_with(Extensions::default).extend(facts);
    }
    (schemas, paths, methods)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

fn key_parameter() -> Parameter {
    let uuid = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .build();
    ParameterBuilder::new()
        .name(HEADER.as_str())
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("Made by the client: the same key again is the same request and gets the same answer."))
        .schema(Some(uuid))
        .build()
}
