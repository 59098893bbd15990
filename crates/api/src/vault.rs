//! Where keys are kept, and the passphrase vault for machines without a keyring.

use axum::Json;
use axum::extract::State;
use dragoman_engine::Engine;
use dragoman_secrets::{Place, Readiness, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Body;
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::{change_in_memory, read};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(read(Permission::Read, &[], routes!(get_keys)))
        .routes(change_in_memory(Permission::Home, &[dragoman_engine::Tag::Shops], routes!(make_vault)))
        .routes(change_in_memory(Permission::Home, &[dragoman_engine::Tag::Shops], routes!(unlock_vault)))
}

/// Where keys are kept.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyPlace)]
struct Keys {
    /// Null when there is no place yet.
    place: Option<KeyStore>,
    /// Whether keys can be read and written now.
    ready: bool,
    /// Why not, or why the keyring does not serve, in English.
    why: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum KeyStore {
    Keyring,
    Vault,
    Memory,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Passphrase {
    #[schema(min_length = 1, max_length = 2_560, format = Password, write_only)]
    passphrase: String,
}

async fn keys(engine: &Engine) -> Keys {
    match engine.keys_status().await {
        Ok(status) => {
            let waits = match status.readiness {
                Readiness::Ready => None,
                Readiness::Locked => Some("the vault is locked: unlock it with its passphrase".to_owned()),
                Readiness::NotMade => Some("there is no vault yet: make one with a passphrase".to_owned()),
            };
            Keys {
                place: Some(match status.place {
                    Place::Keyring => KeyStore::Keyring,
                    Place::Vault => KeyStore::Vault,
                    Place::Memory => KeyStore::Memory,
                }),
                ready: waits.is_none(),
                why: waits.or_else(|| status.keyring_problem.map(|problem| problem.to_string())),
            }
        }
        Err(why) => Keys { place: None, ready: false, why: Some(why) },
    }
}

/// Where keys are kept.
#[utoipa::path(get, path = "/api/vault", tag = "home", responses((status = 200, body = Keys)))]
async fn get_keys(State(engine): State<Engine>) -> Json<Keys> {
    Json(keys(&engine).await)
}

/// Makes the passphrase vault of this home and opens it.
#[utoipa::path(post, path = "/api/vault", tag = "home", request_body = Passphrase, responses((status = 200, body = Keys)))]
async fn make_vault(
    State(engine): State<Engine>,
    Body(Passphrase { passphrase }): Body<Passphrase>,
) -> Result<Json<Keys>, Problem> {
    engine.vault_init(Secret::from(passphrase)).await?;
    Ok(Json(keys(&engine).await))
}

/// Opens the passphrase vault of this home.
#[utoipa::path(post, path = "/api/vault/unlock", tag = "home", request_body = Passphrase,
    responses((status = 200, body = Keys)))]
async fn unlock_vault(
    State(engine): State<Engine>,
    Body(Passphrase { passphrase }): Body<Passphrase>,
) -> Result<Json<Keys>, Problem> {
    engine.vault_unlock(Secret::from(passphrase)).await?;
    Ok(Json(keys(&engine).await))
}
