//! The passphrase vault: made and opened by hand, or without questions where a file holds the passphrase.

use std::path::PathBuf;

use dragoman_api::ErrorCode;
use dragoman_hub::Api;
use dragoman_secrets::Secret;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{Passphrase, VaultCommand};
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, read};
use crate::secret::{self, text};

/// Names a file with the passphrase.
const VARIABLE: &str = "DRAGOMAN_PASSPHRASE_FILE";

/// Where keys are kept.
#[derive(Deserialize)]
struct Keys {
    place: Option<String>,
    ready: bool,
    why: Option<String>,
}

pub(crate) async fn run(home: &mut Home, out: Out, command: VaultCommand) -> Outcome {
    let (path, Passphrase { passphrase_file }) = match command {
        VaultCommand::Init(passphrase) => ("/api/vault", passphrase),
        VaultCommand::Unlock(passphrase) => ("/api/vault/unlock", passphrase),
    };
    let body = body(&secret::read_passphrase(&passphrase_file)?)?;
    let keys = home.call(Method::POST, path, Some(body)).await?;
    out.document(&keys, |keys| {
        let Keys { place, ready, why } = read(keys)?;
        let place = place.unwrap_or_else(|| "nowhere".to_owned());
        Ok(if ready {
            format!("Keys are kept in: {place}.")
        } else {
            format!("Keys cannot be used yet: {}.", why.unwrap_or(place))
        })
    })
}

/// Opens the vault, or makes it where keys have no place yet, if a file is named for that.
pub(crate) async fn open_unasked(api: &Api) -> Outcome {
    let Some(file) = std::env::var_os(VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let keys: Keys = read(&api.call(Method::GET, "/api/vault", None).await?)?;
    if keys.ready {
        return Ok(());
    }
    let body = body(&secret::read_passphrase(&file)?)?;
    match api.call(Method::POST, "/api/vault", Some(body.clone())).await {
        Err(problem) if problem.code == ErrorCode::VaultExists => {
            api.call(Method::POST, "/api/vault/unlock", Some(body)).await?;
        }
        made => drop(made?),
    }
    Ok(())
}

fn body(passphrase: &Secret) -> Outcome<Value> {
    Ok(json!({ "passphrase": text(passphrase)? }))
}
