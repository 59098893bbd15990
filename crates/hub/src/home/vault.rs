//! The passphrase vault, opened without questions where a file holds the passphrase.

use std::path::PathBuf;

use dragoman_api::{ErrorCode, Problem};
use dragoman_engine::Error;
use dragoman_secrets::Secret;
use http::Method;
use serde_json::json;

use crate::client::Api;

/// Names a file with the passphrase.
const VARIABLE: &str = "DRAGOMAN_PASSPHRASE_FILE";

/// Opens the vault, or makes it where keys have no place yet, if a file is named for that.
///
/// # Errors
/// If the file cannot be read or holds another passphrase.
pub async fn open_unasked(api: &Api) -> Result<(), Problem> {
    let Some(file) = std::env::var_os(VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    if api.call(Method::GET, "/api/vault", None).await?.get("ready").and_then(serde_json::Value::as_bool) == Some(true)
    {
        return Ok(());
    }
    let secret = Secret::from_file(&file).map_err(Error::from)?;
    let body = json!({ "passphrase": secret.expose_str().map_err(Error::from)? });
    match api.call(Method::POST, "/api/vault", Some(body.clone())).await {
        Err(problem) if problem.code == ErrorCode::VaultExists => {
            api.call(Method::POST, "/api/vault/unlock", Some(body)).await.map(drop)
        }
        made => made.map(drop),
    }
}
